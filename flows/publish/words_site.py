"""The texts of the page over runs: key → (Dutch, English)."""

# ruff: noqa: E501 - a text stands on one line

SITE_TEXTS: dict[str, tuple[str, str]] = {
    "site_title": ("Runs", "Runs"),
    "site_question": ("{project}: wordt het wachten korter?", "{project}: does the wait get shorter?"),
    "site_answer": (
        "De nieuwste run ({date}): gemiddeld {mean} per zaak, de helft klaar binnen {median}. De run ervoor ({before}): gemiddeld {mean_before}. "
        "Of het verschil zeker is, staat in een vergelijking, niet hier.",
        "The newest run ({date}): {mean} per case on average, half done within {median}. The run before ({before}): {mean_before} on average. "
        "Whether the difference is sure stands in a comparison, not here.",
    ),
    "site_answer_one": (
        "Eén run ({date}): gemiddeld {mean} per zaak, de helft klaar binnen {median}. Een verloop is er vanaf twee runs.",
        "One run ({date}): {mean} per case on average, half done within {median}. A trend needs two runs.",
    ),
    "site_trend": ("Doorlooptijd, normen en kwaliteit over de runs", "Lead time, norms and quality across runs"),
    "site_trend_summary": (
        "{count} peildata, van {first} tot {last}; gemiddelde doorlooptijd van {mean_first} naar {mean_last}.",
        "{count} moments, from {first} to {last}; mean lead time from {mean_first} to {mean_last}.",
    ),
    "site_same_moment": (
        "Van runs met hetzelfde peilmoment staat alleen de laatste in het beeld; de tabel heeft ze alle.",
        "Of runs that look from the same moment only the last is drawn; the table has all of them.",
    ),
    "site_mapping_changed": (
        "◆ Hier is de mapping gewijzigd: ervoor en erna zijn niet zonder meer te vergelijken.",
        "◆ The mapping changed here: before and after cannot be compared just like that.",
    ),
    "site_table": ("Alle runs, de nieuwste eerst", "All runs, the newest first"),
    "site_as_of": ("Peildatum", "As of"),
    "site_interval": ("Gegevens", "Data"),
    "site_whole": ("alles", "all"),
    "site_open_end": ("…", "…"),
    "site_cases": ("Zaken", "Cases"),
    "site_open": ("Open", "Open"),
    "site_mean": ("Gemiddeld", "Mean"),
    "site_median": ("Mediaan", "Median"),
    "site_direct": ("Rechtdoor", "Direct"),
    "site_loops": ("In lussen", "In loops"),
    "site_norm": ("{norm}: gehaald", "{norm}: met"),
    "site_norm_cell": ("{share} van {cases}", "{share} of {cases}"),
    "site_quality": ("Kwaliteit", "Quality"),
    "site_mapping": ("Mapping", "Mapping"),
    "site_changed": ("◆ gewijzigd", "◆ changed"),
    "site_same": ("gelijk", "same"),
    "site_first": ("eerste", "first"),
    "site_unread": ("Niet gelezen: {folder} ({why})", "Not read: {folder} ({why})"),
    "site_none": ("Nog geen runs in deze map.", "No runs in this folder yet."),
    "site_mean_line": ("gemiddeld", "mean"),
    "site_median_line": ("mediaan", "median"),
    "site_loops_line": ("waarvan lussen", "of which loops"),
    "site_met_axis": ("norm gehaald", "norm met"),
    "site_quality_axis": ("kwaliteit", "quality"),
}
