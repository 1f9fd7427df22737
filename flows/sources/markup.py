"""XML read element by element, with nothing kept: no document type, no entities, no network, bounded depth
and text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from lxml import etree

from flows.sources.packed import CountedStream
from mappings.errors import SourceError


def elements(stream: CountedStream | IO[bytes], name: str, tags: tuple[str, ...]) -> Iterator[Any]:
    """Yield each element with one of the tags when it is complete; the caller clears it.

    Raises SourceError for a document type, and where the XML is broken or ends too early.
    """
    wanted = [f"{{*}}{tag}" for tag in tags]
    context = etree.iterparse(
        stream,
        events=("start", "end"),
        tag=wanted,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    is_checked = False
    try:
        for event, element in context:
            if not is_checked:
                _refuse_document_type(element, name)
                is_checked = True
            if event == "end":
                yield element
        _refuse_document_type(context.root, name)
    except etree.XMLSyntaxError as error:
        remedy = "it is cut off or damaged; ask for the file again"
        raise SourceError(f"{name} line {error.lineno}", f"is not whole XML: {error.msg}", remedy) from error


def _refuse_document_type(element: Any, name: str) -> None:
    if element is not None and element.getroottree().docinfo.internalDTD is not None:
        raise SourceError(
            name,
            "declares a document type, with which XML can hold bombs or read files",
            "take the <!DOCTYPE …> out",
        )


def discard(element: Any) -> None:
    """Free an element and all that stands before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def local_name(element: Any) -> str:
    """Return an element's tag without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
