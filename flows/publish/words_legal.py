"""The texts about legal terms: key → (Dutch, English)."""

LEGAL_TEXTS: dict[str, tuple[str, str]] = {
    "legal_title": ("Wettelijke termijnen: gebruikt, opgeschort, verlengd", "Legal terms: used, suspended, extended"),
    "legal_reasons_title": ("Waarom niet te bepalen", "Why not determinable"),
    "legal_days": ("{days} dagen", "{days} days"),
    "legal_months": ("{months} maanden", "{months} months"),
    "legal_own_date": ("eigen uiterste datum", "own target date"),
    "legal_rolls": ("ja (Algemene termijnenwet)", "yes (Algemene termijnenwet)"),
    "legal_does_not_roll": ("nee", "no"),
    "legal_cases_days": ("{cases} zaken, {days} dagen", "{cases} cases, {days} days"),
    "column_legal_term": ("Termijn", "Term"),
    "column_legal_rolls": ("Schuift door over weekend en feestdag", "Rolls over weekend and holiday"),
    "column_legal_known": ("Dagen bekend", "Days known"),
    "column_legal_used": ("Gebruikt per zaak", "Used per case"),
    "column_legal_suspended": ("Opgeschort", "Suspended"),
    "column_legal_extended": ("Verlengd", "Extended"),
    "column_legal_rolled": ("Einde doorgeschoven", "End rolled over"),
    "column_legal_overdue": ("Open en verlopen", "Open and overdue"),
    "column_legal_certain": ("Oordeel zonder bekende dagen", "Verdict without known days"),
    "column_legal_outside": (
        "Einde buiten de lijst van koninklijke besluiten",
        "End outside the list of royal decrees",
    ),
    "column_legal_reason": ("Reden", "Reason"),
    "column_legal_cases": ("Zaken", "Cases"),
}
