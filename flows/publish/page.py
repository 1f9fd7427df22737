"""The publication: one self-contained page, and the value stream map beside it, made from the findings alone.

The page holds both languages and both clocks and shows one of each. It fetches nothing: styles and scripts are
its own and named by their hash in its Content-Security-Policy.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from flows.publish.a3 import a3_pdf
from flows.publish.compact import compact
from flows.publish.disclosure import disclosed
from flows.publish.page_cards import told_cards
from flows.publish.page_cut import cut_pages
from flows.publish.page_detail import panels
from flows.publish.page_known import opening
from flows.publish.page_map import folds_of, parts_of
from flows.publish.page_phases import phases
from flows.publish.page_sections import sections
from flows.publish.page_tables import Clocked, Telling
from flows.publish.page_what_if import what_if_data, what_if_rows
from flows.publish.page_worlds import worlds
from flows.publish.png import png
from flows.publish.svg.draw import PALETTE, clean
from flows.publish.svg.value_stream import value_stream_svg
from flows.publish.words import LANGUAGES, Words
from mining.findings import Findings

TEMPLATES = Path(__file__).parent / "templates"


def page(findings: Findings, language: str | None = None) -> str:
    """Return the page as HTML; it opens in `language`, else in the project's own."""
    first = language or findings.project.language
    style = template("page.css.j2").render(palette=PALETTE)
    script = scripts()
    tellings = [Telling(findings, Words(each)) for each in sorted(LANGUAGES, key=lambda each: each != first)]
    told = template("page.html.j2").render(
        findings=findings,
        first=first,
        tellings=[(telling, opening(telling), sections(telling)) for telling in tellings],
        details={telling.words.language: panels(telling) for telling in tellings},
        phases={telling.words.language: phases(telling) for telling in tellings},
        worlds={telling.words.language: worlds(telling) for telling in tellings},
        what_ifs={telling.words.language: what_if_rows(telling) for telling in tellings},
        what_if_data=what_if_data(tellings[0]),
        cohorts=parts_of(tellings[0]),
        folds=folds_of(tellings[0]),
        style="",
        script=Markup(script),  # noqa: S704 our own file
        style_hash="",
        script_hash=content_hash(script),
    )
    return _styled(told, style)


def _styled(told: str, style: str) -> str:
    """Return the page with its style, to which the looks that its pictures share are added.

    The first place of each is ours: the policy stands before any label, and no label can hold a tag.
    """
    body, rules = compact(told)
    whole = f"{style}\n{rules}"
    hashed = body.replace("style-src ''", f"style-src '{content_hash(whole)}'", 1)
    return hashed.replace("<style></style>", f"<style>{whole}</style>", 1)


def write_publication(findings: Findings, out: Path) -> tuple[Path, ...]:
    """Write what the team may have: page, map as SVG and PNG, and A3, without small groups; return where they are."""
    out.mkdir(parents=True, exist_ok=True)
    findings = disclosed(findings)
    drawn = value_stream_svg(findings, findings.project.language)
    written = {
        **cut_pages(findings, page),
        "value-stream.svg": drawn.encode(),
        "value-stream.png": png(drawn),
        "a3.pdf": a3_pdf(findings, cards=told_cards(findings, findings.project.language)),
    }
    for name, content in written.items():
        (out / name).write_bytes(content)
    return tuple(out / name for name in written)


def scripts() -> str:
    """Return the scripts of a page, as one."""
    names = ("page.js", "process.js", "what_if_total.js", "what_if.js", "details.js", "phases.js", "print.js")
    return "".join((TEMPLATES / name).read_text("utf-8") for name in names)


def content_hash(text: str) -> str:
    """Return how a Content-Security-Policy names an inline style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clean"] = clean
    environment.filters["own"] = Markup
    environment.tests["views"] = lambda value: isinstance(value, tuple)
    environment.tests["clocked"] = lambda value: isinstance(value, Clocked)
    return environment


def template(name: str) -> Template:
    """Return one of our templates; it escapes what it is given."""
    return _environment().get_template(name)
