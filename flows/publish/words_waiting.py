"""The texts about why it waited, certain wait, and work that came again: key → (Dutch, English)."""

# ruff: noqa: E501 - a text stands on one line

WAITING_TEXTS: dict[str, tuple[str, str]] = {
    "causes_question": ("Waarom lag het te wachten?", "Why did it wait?"),
    "causes_answer": (
        "Van het vastgelegde wachten is {share} te verklaren: {absent} buiten openingstijd, {queue} achter ander werk van dezelfde medewerker, {batching} tot een stapel compleet was; {unexplained} verklaart niets in het log.",
        "Of the recorded waiting {share} can be explained: {absent} outside opening hours, {queue} behind other work of the same employee, {batching} until a batch had gathered; {unexplained} nothing in the log explains.",
    ),
    "causes_off": (
        "Niet te bepalen: metingen per medewerker staan uit in de mapping (resource_measures).",
        "Not determinable: measures by employee are switched off in the mapping (resource_measures).",
    ),
    "causes_no_starts": (
        "Niet te bepalen: de bronnen kennen geen begin van het werk.",
        "Not determinable: the sources know no start of the work.",
    ),
    "causes_no_resources": (
        "Niet te bepalen: de bronnen noemen bij het werk geen medewerker.",
        "Not determinable: the sources name no employee with the work.",
    ),
    "causes_few_people": (
        "Niet te bepalen: het werk is van te weinig mensen om niet over personen te gaan.",
        "Not determinable: the work is of too few people not to be about persons.",
    ),
    "causes_table": (
        "Oorzaken van het wachten, gemiddeld per zaak; per team, nooit per medewerker",
        "Causes of the waiting, mean per case; by team, never by employee",
    ),
    "causes_few": ("Overige, van te weinig mensen om apart te tonen", "Others, of too few people to be shown apart"),
    "causes_all": ("Alle vastgelegde wachten", "All recorded waiting"),
    "cause_batching": ("Stapel", "Batch"),
    "cause_queue": ("Achter ander werk", "Behind other work"),
    "cause_absent": ("Gesloten", "Closed"),
    "cause_unexplained": ("Onverklaard", "Unexplained"),
    "cause_not_determinable": ("Niet te bepalen", "Not determinable"),
    "column_determined": ("Te bepalen", "Determinable"),
    "column_why_not": ("Waarom niet te bepalen", "Why not determinable"),
    "reason_no_resource": ("geen medewerker vastgelegd", "no employee recorded"),
    "reason_dates_only": ("alleen datums bekend", "known by date only"),
    "reason_other_work_first": ("ander werk aan de zaak begon eerder", "other work on the case began first"),
    "certain_answer": (
        "Zeker wachten: ten minste {wait} per zaak, {share} van de doorlooptijd. {assumption}",
        "Certainly waiting: at least {wait} a case, {share} of the lead time. {assumption}",
    ),
    "certain_table": ("Zeker wachten per stap, gemiddeld per zaak", "Certain wait by step, mean per case"),
    "column_certain": ("Zeker wachten", "Certain wait"),
    "column_certain_unknown": ("waarvan in onbekende tijd", "of which in unknown time"),
    "again_table": ("Lussen: soort, en wie het opnieuw deed", "Loops: kind, and who did it again"),
    "column_kind_of_loop": ("Soort", "Kind"),
    "loop_supplement": ("aanvulling", "supplement"),
    "loop_ping_pong": ("pingpong", "ping-pong"),
    "loop_return": ("terug", "return"),
    "column_times_per_case": ("Keer per zaak", "Times per case"),
    "column_per_time": ("Per keer", "Per time"),
    "column_redo": ("Door een ander", "By another"),
    "column_repeat": ("Door dezelfde", "By the same"),
    "supplement_answer": (
        "{cases} zaken lagen opnieuw bij de burger, {times} keer in totaal; {more} zaken meer dan eens. Die extra keren kosten gemiddeld {cost} per zaak.",
        "{cases} cases lay with the citizen again, {times} times in all; {more} cases more than once. Those extra times cost {cost} a case on average.",
    ),
    "asked_table": ("Wat de burger is gevraagd", "What the citizen was asked"),
    "column_asked_again": ("Zaken waarin opnieuw gevraagd", "Cases in which asked again"),
    "levels_table": ("Overdrachten per niveau", "Handoffs by level"),
    "column_share_of_cases": ("Aandeel zaken", "Share of cases"),
    "column_per_case": ("Per zaak", "Per case"),
    "column_wait_per_case": ("Wachten (of werk) erna, per zaak", "Wait (or work) after, per case"),
    "column_ping_pong_wait": ("waarvan na pingpong", "of which after ping-pong"),
    "column_unknown_holder": ("Houder onbekend", "Holder unknown"),
    "waiting_contacts_table": (
        "Waar een zaak stond toen de burger contact had",
        "Where a case stood when the citizen made contact",
    ),
    "column_while_waiting": ("Tijdens wachten (of werk)", "While waiting (or working)"),
    "column_while_worked": ("Terwijl eraan werd gewerkt", "While being worked on"),
    "column_citizens_turn": ("De burger was aan zet", "The citizen was due"),
    "contacts_not_placed": (
        "Alleen op datum bekend, of buiten de doorlooptijd",
        "Known by date only, or outside the lead time",
    ),
}
