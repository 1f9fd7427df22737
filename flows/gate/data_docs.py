"""GX's Data Docs without a single outside request: its own renderers, then every load of another host taken out.

As GX renders them, a page loads scripts, styles, fonts and logos from sixteen addresses. Here scripts go, styles are
replaced by a small sheet of our own, and a Content-Security-Policy forbids whatever might be left.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from html import escape
from typing import Any

from lxml import etree, html

from mining.results.quality import Quality

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""Scripts never; styles inline only, since GX sets them on elements."""
_LOADING = (
    "script", "link", "iframe", "frame", "object", "embed", "video", "audio", "source", "track", "img", "image",
    "use", "base", "form", "style", "noscript", "meta", "button", "input", "footer",
)  # fmt: skip
# the footer asks to subscribe to a newsletter
_ATTRIBUTES = ("src", "srcset", "background", "poster", "ping", "integrity", "data", "formaction")
_STYLE = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:75rem;margin:0 auto;padding:1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}th,td{border:1px solid #8888;padding:.3rem .6rem;
text-align:left;vertical-align:top;overflow-wrap:anywhere}a{color:inherit}.badge,.alert{font-weight:600}
ul{padding-left:1.2rem}nav ol{list-style:none;padding:0}
.fa-check-circle::before{content:"✓ ok"}.fa-exclamation-triangle::before{content:"! warn"}
.fa-times::before,.fa-circle-xmark::before{content:"✗ failed"}
"""


def data_docs(results: Mapping[str, Any], quality: Quality) -> dict[str, str]:
    """Return the Data Docs as file name → page: an index, and for each source what GX judged."""
    pages = {f"{source}.html": clean(_rendered(result)) for source, result in results.items()}
    return {"index.html": _index(quality)} | pages


def clean(page: str) -> str:
    """Return a page that loads nothing: no script, no style sheet, no image, no frame, no handler, no outside link."""
    document = html.document_fromstring(page)
    for element in list(document.iter(*_LOADING)):
        element.drop_tree()
    for element in document.iter(etree.Element):
        _disarm(element)
    head = document.find("head")
    if head is None:
        head = html.Element("head")
        document.insert(0, head)
    head.insert(0, html.Element("meta", {"http-equiv": "Content-Security-Policy", "content": POLICY}))
    head.insert(0, html.Element("meta", {"charset": "utf-8"}))
    style = html.Element("style")
    style.text = _STYLE
    head.append(style)
    document.set("lang", "en")
    return "<!DOCTYPE html>\n" + html.tostring(document, encoding="unicode")


def _disarm(element: Any) -> None:
    for name, value in list(element.attrib.items()):
        is_handler = name.lower().startswith("on")
        loads = "url(" in value.lower() or name in _ATTRIBUTES
        leads_out = name.endswith("href") and not value.startswith("#")
        if leads_out and value.endswith("/index.html"):
            element.set(name, "index.html")
        elif is_handler or loads or leads_out:
            del element.attrib[name]
    # what GX folds away needs its scripts to unfold: show it
    if "collapse" in element.get("class", "").split():
        element.set("class", element.get("class").replace("collapse", ""))


def _rendered(result: Any) -> str:
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return str(DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(result)))


def _index(quality: Quality) -> str:
    items = "".join(
        f'<tr><td><a href="{escape(s.source)}.html">{escape(s.source)}</a></td><td>{s.verdict}</td>'
        f"<td>{sum(m.verdict == 'warn' for m in s.measures)}</td>"
        f"<td>{sum(m.verdict == 'stop' for m in s.measures)}</td></tr>"
        for s in quality.sources
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>Data Docs</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>Data Docs</h1>"
        "<p>Expectations on the quality measures of each source, judged by Great Expectations.</p>"
        "<table><thead><tr><th scope=col>Source<th scope=col>Verdict<th scope=col>Warnings<th scope=col>Stops"
        f"</thead><tbody>{items}</tbody></table></main></body></html>\n"
    )
