"""The texts of the page of a journey without a log: key → (Dutch, English)."""

DESIGN_TEXTS: dict[str, tuple[str, str]] = {
    "design_only": ("Klantreis op papier: er ligt nog geen log onder", "Journey on paper: no log lies beneath it yet"),
    "design_about": (
        "Dit is het ontwerp. Wat er werkelijk gebeurt, blijkt pas als er een log onder ligt.",
        "This is the design. What really happens shows only once a log lies beneath it.",
    ),
    "design_norms": ("Normen en termijnen", "Norms and terms"),
    "design_norms_question": ("Wat is beloofd, en wat moet?", "What is promised, and what is required?"),
    "design_norm": ("Norm", "Norm"),
    "design_norm_kind": ("Soort", "Kind"),
    "design_norm_span": ("Van → tot", "From → to"),
    "design_norm_limit": ("Grens", "Limit"),
    "design_norm_clock": ("Klok", "Clock"),
    "design_norm_source": ("Bron", "Source"),
    "design_target": ("eigen datum van de zaak: {target}", "the case's own date: {target}"),
    "design_endings": (
        "Geleverd met: {delivers}. Kan onderweg eindigen met: {ends}. Heropent met: {reopens}.",
        "Delivered by: {delivers}. May end on the way by: {ends}. Reopened by: {reopens}.",
    ),
    "design_personas": ("Voor wie is deze reis?", "Whose journey is this?"),
    "design_changes": ("Wat verandert er, en waarom?", "What changes, and why?"),
    "design_change_table": ("Wijzigingen van {journey}", "Changes of {journey}"),
    "design_why": ("Waarom", "Why"),
    "design_change": ("Wijziging", "Change"),
    "design_skip": ("vervalt", "dropped"),
    "design_time": ("werk {process}, wachten {wait}", "work {process}, wait {wait}"),
    "design_reach": ("{share} van de zaken", "{share} of the cases"),
    "design_visits": ("{visits} bezoeken per zaak", "{visits} visits a case"),
    "clock_lane_working": ("Eigen kalender van de partij", "The party's own calendar"),
}
