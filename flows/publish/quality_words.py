"""The words of the quality page in Dutch and English; what a measure means stands in the measures' catalogue."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "title": ("Kwaliteit van de gegevens", "Quality of the data"),
    "skip": ("Naar de inhoud", "To the content"),
    "ok": ("in orde", "ok"),
    "warn": ("waarschuwing", "warning"),
    "stop": ("stop", "stop"),
    "not_determinable": ("niet te bepalen", "not determinable"),
    "verdict_ok": (
        "Alle maten blijven binnen hun grenzen.",
        "All measures stay within their thresholds.",
    ),
    "verdict_warn": (
        "De uitkomsten zijn gepubliceerd; lees ze met de waarschuwingen hieronder ernaast.",
        "The results are published; read them with the warnings below beside them.",
    ),
    "verdict_stop": (
        "Er is niets gepubliceerd; de laatste goede publicatie blijft. Verhelp eerst wat hieronder op stop staat.",
        "Nothing is published; the last good publication stays. First mend what says stop below.",
    ),
    "attention": ("Wat aandacht vraagt", "What asks for attention"),
    "all_measures": ("Alle maten", "All measures"),
    "sources": ("Bronnen", "Sources"),
    "source": ("Bron", "Source"),
    "measure": ("Maat", "Measure"),
    "value": ("Waarde", "Value"),
    "warn_above": ("Waarschuwing boven", "Warn above"),
    "stop_above": ("Stop boven", "Stop above"),
    "verdict": ("Oordeel", "Verdict"),
    "meaning": ("Wat het betekent", "What it means"),
    "remedy": ("Wat te doen", "What to do"),
    "examples": ("Voorbeelden", "Examples"),
    "privacy": ("Persoonsgegevens", "Personal data"),
    "columns": ("Volledigheid en uniciteit", "Completeness and uniqueness"),
    "times": ("Tijden", "Times"),
    "mapping": ("Van bron naar gebeurtenis", "From source to event"),
    "cases": ("Zaken en dekking", "Cases and coverage"),
    "patterns": ("Elf onvolkomenheden (Suriadi e.a. 2017)", "Eleven imperfection patterns (Suriadi et al. 2017)"),
    "reconciliation": ("Niets kwijt", "Nothing lost"),
    "law": (
        "Elk gelezen record is opgeslagen, vervangen, al bekend, genegeerd of in quarantaine.",
        "Each record read is stored, replaced, already known, ignored or quarantined.",
    ),
    "read": ("gelezen", "read"),
    "stored": ("opgeslagen", "stored"),
    "replaced": ("vervangen", "replaced"),
    "already_known": ("al bekend", "already known"),
    "ignored": ("genegeerd", "ignored"),
    "left_out": ("Genegeerd volgens de mapping", "Ignored by the mapping"),
    "quarantined": ("in quarantaine", "quarantined"),
    "holds": ("klopt", "holds"),
    "does_not_hold": ("klopt niet", "does not hold"),
    "quarantine": ("Quarantaine", "Quarantine"),
    "no_quarantine": ("Geen enkel record staat in quarantaine.", "No record is quarantined."),
    "reason": ("Reden", "Reason"),
    "records": ("Records", "Records"),
    "record": ("Record", "Record"),
    "detail": ("Toelichting", "Detail"),
    "content": ("Inhoud (gepseudonimiseerd)", "Content (pseudonymised)"),
    "data_docs": ("Data Docs van Great Expectations (Engels)", "Data Docs of Great Expectations"),
    "days": ("dagen", "days"),
    "none": ("geen", "none"),
    "top": ("Naar boven", "To the top"),
}


def words(language: str) -> dict[str, str]:
    """Return the words in one language; Dutch where it is not English."""
    return {key: text[1 if language == "en" else 0] for key, text in WORDS.items()}
