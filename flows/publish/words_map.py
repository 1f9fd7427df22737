"""The texts of headline, value stream map and ladder: key → (Dutch, English)."""

# ruff: noqa: E501 - a text stands on one line

MAP_TEXTS: dict[str, tuple[str, str]] = {
    "headline_no_loops": ("{direct} rechtdoor, geen lussen", "{direct} straight on, no loops"),
    "headline_loops": ("{direct} rechtdoor, {loops} in lussen", "{direct} straight on, {loops} in loops"),
    "headline_work": ("{said}; {work} werk", "{said}; {work} of work"),
    "headline_work_least": ("{said}; ten minste {work} werk", "{said}; at least {work} of work"),
    "headline_work_unknown": ("{said}; hoeveel werk is onbekend", "{said}; how much is work is unknown"),
    "headline_none": (
        "Geen doorlooptijd: geen afgeronde zaak met begin en einde",
        "No lead time: no closed case with a start and an end",
    ),
    "headline_about": (
        "Gemiddeld {mean} per zaak over {cases} {kind}{period}; de helft is klaar binnen {median}, 9 van de 10 binnen {p90}. "
        "Nog open: {open} zaken ({share}).",
        "On average {mean} per case over {cases} {kind}{period}; half are done within {median}, 9 out of 10 within {p90}. "
        "Still open: {open} cases ({share}).",
    ),
    "period": (", {start} tot {end}", ", {start} to {end}"),
    "known_title": ("Hoeveel hiervan weten we?", "How much of this do we know?"),
    "known_summary": (
        "Van de doorlooptijd is {wait} wachten, {work} werk, {elsewhere} ander werk aan dezelfde zaak, "
        "en {unknown} wachten of werk, dat de bronnen niet onderscheiden.",
        "Of the lead time {wait} is waiting, {work} work, {elsewhere} other work on the same case, "
        "and {unknown} waiting or work, which the sources do not tell apart.",
    ),
    "holder_title": ("Wie was aan zet?", "Whose turn was it?"),
    "holder_summary": (
        "{declared} van de tijd is vastgelegd wie aan zet was, {inferred} is afgeleid, {unknown} is onbekend.",
        "For {declared} of the time it is recorded whose turn it was, {inferred} is inferred, {unknown} is unknown.",
    ),
    "cover_title": ("Hoeveel ziet het log?", "What does the log see?"),
    "cover_summary": (
        "{before} van de doorlooptijd ligt vóór de eerste gebeurtenis, {recorded} tussen de eerste en de laatste, "
        "{after} erna.",
        "{before} of the lead time lies before the first event, {recorded} between the first and the last, "
        "{after} after it.",
    ),
    "cover_alarm": (
        "Let op: de vastgelegde gebeurtenissen beslaan maar {recorded} van de doorlooptijd. {before} ligt vóór de eerste "
        "gebeurtenis en {after} na de laatste. Wat daar gebeurde, staat in geen bron; de mediaan van eerste tot laatste "
        "gebeurtenis ({span}) is geen doorlooptijd.",
        "Mind: the recorded events cover only {recorded} of the lead time. {before} lies before the first event and "
        "{after} after the last. What happened there is in no source; the median from first to last event ({span}) "
        "is not a lead time.",
    ),
    "wait": ("wachten", "waiting"),
    "work": ("werk", "work"),
    "elsewhere": ("ander werk aan de zaak", "other work on the case"),
    "either": ("wachten of werk", "waiting or work"),
    "declared": ("vastgelegd", "recorded"),
    "inferred": ("afgeleid", "inferred"),
    "before": ("vóór eerste gebeurtenis", "before first event"),
    "recorded": ("vastgelegd", "recorded"),
    "after": ("na laatste gebeurtenis", "after last event"),
    "also_known": (
        "{day} gebeurtenissen hebben alleen een datum; {together} zijn in één keer vastgelegd; van {starts} van de "
        "gebeurtenissen is het begin bekend; bij {start_inferred} zaken is het begin afgeleid, bij {end_inferred} het einde.",
        "{day} events carry a date only; {together} were recorded together; the start is known for {starts} of the "
        "events; for {start_inferred} cases the beginning is inferred, for {end_inferred} the end.",
    ),
    "map_question": ("Waar blijft de tijd van de burger?", "Where does the citizen's time go?"),
    "map_title": ("Waardestroom van {project}", "Value stream of {project}"),
    "map_summary": (
        "{count} stappen, samen {total} gemiddeld per zaak ({clock}). De meeste tijd staat bij {largest}: {amount}.",
        "{count} steps, together {total} on average per case ({clock}). Most time stands at {largest}: {amount}.",
    ),
    "demand": ("{rate} aanvragen per week", "{rate} applications a week"),
    "takt": ("takt: elke {takt} een zaak", "takt: a case every {takt}"),
    "takt_unknown": ("takt onbekend", "takt unknown"),
    "information": ("Informatie", "Information"),
    "source_events": ("{events} gebeurtenissen", "{events} events"),
    "interaction": ("lijn van interactie", "line of interaction"),
    "visibility": ("lijn van zichtbaarheid", "line of visibility"),
    "box_time": ("{reach} × {visits} × {time}", "{reach} × {visits} × {time}"),
    "box_work": ("werk {work}", "work {work}"),
    "box_work_unknown": ("werk onbekend", "work unknown"),
    "box_wip": ("{wip} in huis", "{wip} in hand"),
    "box_people": ("{people} mensen", "{people} people"),
    "box_right": ("{share} in één keer*", "{share} first time*"),
    "box_hint": (
        "{title} ({lane}): {reach} van de zaken × {visits} bezoeken × {time} per bezoek = {total} gemiddeld per zaak. "
        "Wachten {wait}, werk {work}, ander werk {elsewhere}, wachten of werk {unknown}.",
        "{title} ({lane}): {reach} of the cases × {visits} visits × {time} a visit = {total} on average per case. "
        "Waiting {wait}, work {work}, other work {elsewhere}, waiting or work {unknown}.",
    ),
    "queue_hint": (
        "Wachtrij voor {title}: gemiddeld {wait} wachten per zaak",
        "Queue for {title}: {wait} waiting per case on average",
    ),
    "queue_unknown": ("Vóór {title}: {time}, wachten of werk", "Before {title}: {time}, waiting or work"),
    "loop_label": ("{path}: {time}, {share} van de zaken", "{path}: {time}, {share} of the cases"),
    "loops_rest": (
        "Lussen samen {total}; getekend {drawn} van {count}, de overige {rest}.",
        "Loops together {total}; {drawn} of {count} drawn, the others {rest}.",
    ),
    "loops_none": ("Geen lussen.", "No loops."),
    "handoff_hint": (
        "Overdracht {start} → {end}: {count} keer, dan gemiddeld {wait} wachten, of wachten of werk",
        "Handoff {start} → {end}: {count} times, then {wait} waiting, or waiting or work, on average",
    ),
    "handoff_plain": ("Overdracht {start} → {end}", "Handoff {start} → {end}"),
    "ladder": ("Doorlooptijd", "Lead time"),
    "ladder_mean": ("gemiddeld per zaak", "mean per case"),
    "ladder_sum": ("som van {count} treden", "sum of {count} rungs"),
    "ladder_work": ("werk {work}", "work {work}"),
    "ladder_ratio": ("activiteit {share}", "activity {share}"),
    "ladder_ratio_unknown": ("activiteit onbekend", "activity unknown"),
    "ladder_right": ("in één keer goed* {share}", "first time right* {share}"),
    "stairs_title": ("De ladder in één blik", "The ladder at a glance"),
    "stairs_summary": (
        "Elke stap begint waar de vorige eindigt; samen zijn ze de gemiddelde doorlooptijd.",
        "Each step begins where the one before ends; together they are the mean lead time.",
    ),
    "in_loops": ("in lussen", "in loops"),
    "designed": ("Ontworpen", "Designed"),
    "ideal": ("Ideaal", "Ideal"),
    "future": ("Toekomst", "Future"),
    "service_norm": ("servicenorm", "service norm"),
    "legal_norm": ("wettelijke termijn", "legal term"),
    "beyond": ("{label} {time} (buiten de schaal)", "{label} {time} (beyond the scale)"),
    "only_elapsed": (
        "Ontwerp en normen in kalendertijd staan bij de klok van de burger.",
        "Design and norms in calendar time stand with the citizen's clock.",
    ),
    "kaizen_design": ("Grootste bedragen boven ontwerp", "Largest amounts above design"),
    "kaizen_wait": ("Grootste wachttijden (er is geen ontwerp)", "Largest waits (there is no design)"),
    "legend": (
        "▲ wachtrij · ● overdracht · gestreepte pijl: duw · gearceerd: wachten of werk, de bron zegt het niet · boog: lus, zo dik als de tijd die zij kost · * benadering: zaak keert niet terug",
        "▲ queue · ● handoff · striped arrow: push · hatched: waiting or work, the source does not say · arc: loop, as thick as the time it takes · * proxy: the case does not return",
    ),
    "loop": ("lus", "loop"),
}
