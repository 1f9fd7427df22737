"""The tables about links: how dossiers found their case, how much of each source did, and what did not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flows.publish.page_tables import Table, Telling, table

_COUNTS = ("ambiguous", "orphans", "conflicts")


def linking_tables(telling: Telling, title: Callable[[Telling, str], str]) -> Iterator[Table]:
    """Yield the tables; none where the mapping declares no link. `title` names a source."""
    if telling.findings.linking.links:
        yield _links(telling, title)
        yield _coverage(telling, title)
    if telling.findings.linking.not_linked:
        yield _not_linked(telling, title)


def _links(telling: Telling, title: Callable[[Telling, str], str]) -> Table:
    words, count = telling.words, telling.numbers.count
    rows = [
        (
            f"{title(telling, each.source)} → {title(telling, each.to)}",
            words(f"link_{each.key}"),
            count(each.dossiers),
            count(each.matched),
            f"{count(each.stated)} / {count(each.stated_loosely)} / {count(each.inferred)}",
            *(count(getattr(each, name)) for name in _COUNTS),
            count(each.without_key + each.alone),
            words("unknown") if each.share is None else telling.numbers.share(each.share, 1),
        )
        for each in telling.findings.linking.links
    ]
    names = ("link", "by", "dossiers", "matched", "sure", *_COUNTS, "without_key", "link_share")
    return table(words("linking_title"), [words(f"column_{name}") for name in names], rows)


def _coverage(telling: Telling, title: Callable[[Telling, str], str]) -> Table:
    words, count = telling.words, telling.numbers.count
    rows = [
        (
            title(telling, each.source),
            count(each.dossiers),
            count(each.linked),
            words("unknown") if each.coverage is None else telling.numbers.share(each.coverage, 1),
            f"{count(each.linked_events)} / {count(each.events)}",
            count(each.aside_events),
        )
        for each in telling.findings.linking.sources
    ]
    names = ("source", "dossiers", "matched", "link_share", "events_linked", "aside")
    return table(words("linking_coverage"), [words(f"column_{name}") for name in names], rows)


def _not_linked(telling: Telling, title: Callable[[Telling, str], str]) -> Table:
    words, count = telling.words, telling.numbers.count
    rows = [
        (
            f"{title(telling, each.source)} → {title(telling, each.to)}",
            words(f"link_{each.key}"),
            words(f"link_{each.why}"),
            each.dossier,
            count(each.candidates),
        )
        for each in telling.findings.linking.not_linked
    ]
    names = ("link", "by", "why_not", "pseudonym", "candidates")
    return table(words("linking_not"), [words(f"column_{name}") for name in names], rows)
