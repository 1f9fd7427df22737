"""The texts of the A3: key → (Dutch, English)."""

# ruff: noqa: E501 - a text stands on one line

A3_TEXTS: dict[str, tuple[str, str]] = {
    "a3_map": ("1 · Waar blijft de tijd van de burger?", "1 · Where does the citizen’s time go?"),
    "a3_facts": ("2 · Feiten", "2 · Facts"),
    "a3_above": ("3 · Grootste bedragen boven ontwerp", "3 · Largest amounts above design"),
    "a3_waits": ("3 · Grootste wachttijden (er is geen ontwerp)", "3 · Largest waits (there is no design)"),
    "a3_cards": ("4 · Gekozen verbeteringen", "4 · Chosen improvements"),
    "a3_cards_room": (
        "Nog geen verbeterkaart gekozen. Wij denken dat … leidt tot …",
        "No improvement card chosen yet. We think that … leads to …",
    ),
    "a3_counter": ("5 · Maatregelen", "5 · Countermeasures"),
    "a3_what": ("Wat", "What"),
    "a3_who": ("Wie (rol)", "Who (role)"),
    "a3_when": ("Wanneer", "When"),
    "a3_measure": ("Hoe meten we het", "How we measure it"),
    "a3_amount_head": ("Waarde", "Value"),
    "a3_mean": ("Gemiddelde doorlooptijd", "Mean lead time"),
    "a3_median": ("De helft klaar binnen", "Half done within"),
    "a3_p90": ("9 van de 10 klaar binnen", "9 out of 10 done within"),
    "a3_direct": ("Rechtdoor", "Straight on"),
    "a3_loops": ("In lussen", "In loops"),
    "a3_work": ("Werk, voor zover vastgelegd", "Work, as far as recorded"),
    "a3_unknown": ("Wachten of werk: de bron zegt het niet", "Waiting or work: the source does not say"),
    "a3_cases": ("Afgeronde zaken", "Closed cases"),
    "a3_open": ("Nog open", "Still open"),
    "a3_norm": ("{norm}: gehaald", "{norm}: met"),
    "a3_covered": ("Log beslaat van de doorlooptijd", "The log covers, of the lead time"),
    "a3_amount": ("{time} gemiddeld per zaak, in {cases} zaken", "{time} per case on average, in {cases} cases"),
    "a3_none": ("Geen bedragen boven ontwerp.", "No amounts above design."),
    "a3_foot": (
        "Peildatum {as_of} · kwaliteit van het log: {verdict} · run {run} · alle tijden zijn kalendertijd, gemiddeld per zaak",
        "As of {as_of} · quality of the log: {verdict} · run {run} · all times are calendar time, mean per case",
    ),
    "a3_map_alt": ("Waardestroom. {summary}", "Value stream. {summary}"),
}
