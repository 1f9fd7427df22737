"""The sums of counts that the definitions promise: norms, months, open cases, groups, attempts, contacts."""

from __future__ import annotations

from typing import Any

from tests.disclosure_system import Attack, Unknown, is_told, rows_by


def counts(a: Attack) -> None:
    for at, (norm, own) in enumerate(zip(a.whole.norms, a.team.norms, strict=True)):
        names = ("met", "missed", "open", "ended_otherwise", "not_determinable")
        for name in (*names, "at_risk", "at_risk_unknown"):
            a.unknown(("norm", at, name), getattr(norm, name))
            a.known(("norm", at, name), getattr(own, name))
        total = sum(getattr(norm, name) for name in names)
        a.truth["norm", at] = total
        a.rows.append({("norm", at): 1.0})
        a.sums([("norm", at, name) for name in names], ("norm", at))
        a.sums([("norm", at, "at_risk"), ("norm", at, "at_risk_unknown")], ("norm", at, "open"))
        if is_told(own.met_share):
            a.rows.append({("norm", at, "met"): 1 - own.met_share, ("norm", at, "missed"): -own.met_share})
        _left(a, ("norm", at), ("all",))
        _months(a, at, norm.name)
    _open(a)
    for at in range(len(a.whole.norms)):
        _left(a, ("norm", at, "open"), ("open",))
    _groups(a)
    _followed(a)
    _beside_all(a)


def _months(a: Attack, at: int, name: str) -> None:
    told = rows_by([one for one in a.team.norm_months if one.norm == name], "by", "month")
    for by in ("started_in", "reached_in"):
        mine = [one for one in a.whole.norm_months if (one.norm, one.by) == (name, by)]
        for one in mine:
            key = ("month", at, by, one.month)
            own = told.get((by, one.month))
            a.truth[key] = one.cases
            for kind in ("met", "missed", "open"):
                a.unknown((*key, kind), getattr(one, kind))
                a.known((*key, kind), getattr(own, kind) if own else None)
            a.known(key, own.cases if own else None)
            a.unknown((*key, "else"), one.cases - one.met - one.missed - one.open)
            a.sums([(*key, kind) for kind in ("met", "missed", "open", "else")], key)
            if own is not None and is_told(own.met_share):
                a.rows.append({(*key, "met"): 1 - own.met_share, (*key, "missed"): -own.met_share})
            if own is not None:
                a.times((*key, "open"), own.open_share, key)
        for kind in ("met", "missed", "open") if mine else ():
            a.sums([("month", at, by, one.month, kind) for one in mine], ("norm", at, kind))


def _open(a: Attack) -> None:
    a.unknown(("open",), a.whole.log.open_cases)
    for told in (a.team.log.open_cases, a.team.cohort.open_cases, a.team.wip.at_as_of):
        a.known(("open",), told)
    a.unknown(("without",), a.whole.log.without_lead_time)
    a.known(("without",), a.team.log.without_lead_time)
    a.sums([("N",), ("open",), ("without",)], ("all",))
    told = rows_by(a.team.steps, "step")
    for box in a.whole.steps:
        a.unknown(("wip", box.step), box.wip)
        a.known(("wip", box.step), told[box.step,].wip if (box.step,) in told else None)
    a.sums([("wip", box.step) for box in a.whole.steps], ("open",))
    ends = a.team.open_ends
    for one in ends.ages if ends else ():
        a.known(("open",) if one.step is None else ("wip", one.step), one.cases)
    months = rows_by(a.team.drift.months if a.team.drift else (), "month")
    for one in a.whole.drift.months if a.whole.drift else ():
        own = months.get((one.month,))
        key = ("drift", one.month)
        a.unknown(key, one.cases)
        a.unknown((*key, "open"), one.open)
        a.known(key, own.cases if own else None)
        a.known((*key, "open"), own.open if own else None)
        if own is not None:
            a.times((*key, "open"), own.open_share, key)
    drift = a.whole.drift.months if a.whole.drift else ()
    if drift:
        a.sums([("drift", one.month) for one in drift], ("all",))
        a.sums([("drift", one.month, "open") for one in drift], ("open",))
    for at, norm in enumerate(a.whole.norms):
        for one in drift:
            month = ("month", at, "started_in", one.month)
            if norm.is_whole and a.truth.get(month) == one.cases:
                a.rows.append({month: 1.0, ("drift", one.month): -1.0})


def _groups(a: Attack) -> None:
    ends = a.whole.open_ends
    if ends is None:
        return
    told = rows_by(a.team.open_ends.survival if a.team.open_ends else (), "group", "value", "clock")
    names = ("open", "delivered", "ended", "closed")
    found = [one for one in ends.survival if one.clock == "elapsed"]
    for one in found:
        key, own = ("group", one.group, one.value), told.get((one.group, one.value, "elapsed"))
        for name in ("cases", *names):
            a.unknown((*key, name), getattr(one, name))
            a.known((*key, name), getattr(own, name) if own else None)
        a.sums([(*key, name) for name in names], (*key, "cases"))
        if ("segment", one.group, one.value) in a.truth:
            closed = [(*key, name) for name in names[1:]]
            if sum(a.truth[each] for each in closed) == a.truth["segment", one.group, one.value]:
                a.sums(closed, ("segment", one.group, one.value))
    for kind in {one.group for one in found} - {"all"}:
        for name in ("cases", *names):
            mine = [("group", one.group, one.value, name) for one in found if one.group == kind]
            if sum(a.truth[each] for each in mine) <= a.truth["group", "all", "", name]:
                a.sums(mine, ("group", "all", "", name))
    if ("group", "all", "", "cases") in a.truth and a.truth["group", "all", "", "cases"] == a.truth["all",]:
        a.rows.append({("group", "all", "", "cases"): 1.0, ("all",): -1.0})
        a.sums([("group", "all", "", "open")], ("open",))


def _left(a: Attack, part: Unknown, whole: Unknown) -> None:
    """Let a part of cases leave some of a whole."""
    left = a.truth[whole] - a.truth[part]
    if left >= 0:
        a.unknown(("left", part), left)
        a.sums([part, ("left", part)], whole)


def _followed(a: Attack) -> None:
    ends, own = a.whole.open_ends, a.team.open_ends
    if ends is None:
        return
    key = ("group", "all", "", "cases")
    a.truth.setdefault(key, float(ends.cases))
    a.known(key, own.cases if own else None)
    for name in ("not_followed", "ended_unobserved"):
        a.unknown((name,), getattr(ends, name))
        a.known((name,), getattr(own, name) if own else None)
    a.sums([key, ("not_followed",)], ("all",))
    if ("group", "all", "", "open") in a.truth:
        _left(a, ("open",), ("group", "all", "", "open"))


def _beside_all(a: Attack) -> None:
    """What counts cases too, in places of its own: those that it leaves out follow."""
    for name, count in (("takt", "arrivals"), ("dotted", "cases")):
        found, own = getattr(a.whole, name), getattr(a.team, name)
        if found is not None:
            a.unknown((name,), getattr(found, count))
            a.known((name,), getattr(own, count) if own else None)
            _left(a, (name,), ("all",))
    takt, own = a.whole.takt, a.team.takt
    if takt is not None and own is not None and is_told(own.arrivals_per_week):
        a.known(("takt",), own.arrivals_per_week)


def supplements(a: Attack) -> None:
    found, own = a.whole.supplements, a.team.supplements
    a.unknown(("asked",), found.times, found.cases)
    a.known(("asked",), own.times)
    told = rows_by(own.asked, "activity")
    for row in found.asked:
        a.unknown(("asked", row.activity), row.times, row.cases)
        seen = told.get((row.activity,))
        a.known(("asked", row.activity), seen.times if seen else None)
    if found.asked and sum(row.times for row in found.asked) == found.times:
        a.sums([("asked", row.activity) for row in found.asked], ("asked",))


def personas(a: Attack) -> None:
    for journey, own in zip(a.whole.journeys, a.team.journeys, strict=True):
        for at, persona in enumerate(journey.personas):
            _persona(a, ("persona", journey.name, at), persona, own.personas[at].cases)


def _persona(a: Attack, key: Unknown, persona: Any, told: Any) -> None:
    if persona.cases is None:
        return
    a.unknown(key, persona.cases)
    a.known(key, told)
    group = ("group", "persona", persona.persona, "cases")
    if group in a.truth and a.truth[group] <= persona.cases:
        a.sums([group], key)


def attempts(a: Attack) -> None:
    for at, one in enumerate(a.whole.conversion):
        own = next((each for each in a.team.conversion if each.channel == one.channel), None)
        for name in ("attempts", "reached", "switched", "stopped"):
            a.unknown(("try", at, name), getattr(one, name))
            a.known(("try", at, name), getattr(own, name) if own else None)
        a.sums([("try", at, name) for name in ("reached", "switched", "stopped")], ("try", at, "attempts"))
        for n, stop in enumerate(one.stops):
            a.unknown(("try", at, "stop", n), stop.attempts)
            a.known(("try", at, "stop", n), own.stops[n].attempts if own else None)
        if sum(stop.attempts for stop in one.stops) == one.stopped + one.switched and one.stops:
            stops = {("try", at, "stop", n): 1.0 for n in range(len(one.stops))}
            a.rows.append(stops | {("try", at, "stopped"): -1.0, ("try", at, "switched"): -1.0})
        for n, (_, count) in enumerate(one.stages):
            a.unknown(("try", at, "stage", n), count)
            a.known(("try", at, "stage", n), own.stages[n][1] if own else None)
        a.sums([("try", at, "stage", n) for n in range(len(one.stages))], ("try", at, "attempts"))
        for n, (name, count) in enumerate(one.stages):
            there = [("try", at, "stop", m) for m, stop in enumerate(one.stops) if stop.stopped == name]
            for told in (there, [("try", at, "reached")]):
                if told and sum(a.truth[each] for each in told) == count:
                    a.sums(told, ("try", at, "stage", n))


def contacts(a: Attack) -> None:
    found, own = a.whole.contacts, a.team.contacts
    a.unknown(("contacts",), found.contacts)
    a.known(("contacts",), own.contacts)
    a.times(("contacts",), own.mean_per_case, ("N",))
    for rows, name, key in (("at_steps", "contacts", "step"), ("reasons", "contacts", "activity")):
        told = rows_by(getattr(own, rows), key)
        mine = getattr(found, rows)
        for row in mine:
            a.unknown((rows, getattr(row, key)), getattr(row, name), row.cases)
            seen = told.get((getattr(row, key),))
            a.known((rows, getattr(row, key)), getattr(seen, name) if seen else None)
        if mine:
            a.sums([(rows, getattr(row, key)) for row in mine], ("contacts",))
    a.unknown(("repeats",), found.repeats)
    a.known(("repeats",), own.repeats)
    told = rows_by(own.reasons, "activity")
    for row in found.reasons:
        a.unknown(("repeats", row.activity), row.repeats)
        seen = told.get((row.activity,))
        a.known(("repeats", row.activity), seen.repeats if seen else None)
    if found.reasons:
        a.sums([("repeats", row.activity) for row in found.reasons], ("repeats",))
    for channel, n in found.by_channel.items():
        a.unknown(("channel", channel), n)
        a.known(("channel", channel), own.by_channel.get(channel))
    if found.by_channel:
        a.sums([("channel", channel) for channel in found.by_channel], ("contacts",))
    silent = rows_by(own.silence_steps, "step")
    for row in found.silence_steps:
        a.unknown(("silence", row.step), row.mean_seconds, row.cases)
        a.known(("silence", row.step), silent[row.step,].mean_seconds if (row.step,) in silent else None)
    if found.silence_steps:
        a.truth["silence",] = sum(row.mean_seconds for row in found.silence_steps)
        a.rows.append({("silence",): 1.0})
        a.sums([("silence", row.step) for row in found.silence_steps], ("silence",))


def links(a: Attack) -> None:
    parts = ("matched", "ambiguous", "orphans", "conflicts", "alone", "without_key")
    sure = ("stated", "stated_loosely", "inferred")
    found, own = a.whole.linking, a.team.linking
    for n, (one, told) in enumerate(zip(found.links, own.links, strict=True)):
        for name in ("dossiers", *parts, *sure):
            a.unknown(("link", n, name), getattr(one, name))
            a.known(("link", n, name), getattr(told, name))
        a.sums([("link", n, name) for name in parts], ("link", n, "dossiers"))
        a.sums([("link", n, name) for name in sure], ("link", n, "matched"))
        if is_told(told.share):
            with_key = {("link", n, name): told.share for name in parts[:4]}
            a.rows.append(with_key | {("link", n, "matched"): told.share - 1})
    for one, told in zip(found.sources, own.sources, strict=True):
        key = ("source", one.source)
        _linked_of(a, key, one, told)
        links_of = [n for n, link in enumerate(found.links) if link.source == one.source]
        for n in links_of:
            if a.truth["link", n, "dossiers"] == one.dossiers:
                a.rows.append({("link", n, "dossiers"): 1.0, (*key, "dossiers"): -1.0})
        if links_of and sum(a.truth["link", n, "matched"] for n in links_of) == one.linked:
            a.sums([("link", n, "matched") for n in links_of], (*key, "linked"))
    if found.cases is not None:
        _chain_cases(a, found.cases, own.cases)


def _linked_of(a: Attack, key: Unknown, one: Any, told: Any) -> None:
    a.unknown((*key, "unlinked"), one.dossiers - one.linked)
    for name in ("dossiers", "linked"):
        a.unknown((*key, name), getattr(one, name))
        a.known((*key, name), getattr(told, name))
    a.sums([(*key, "linked"), (*key, "unlinked")], (*key, "dossiers"))
    a.times((*key, "linked"), told.coverage, (*key, "dossiers"))
    # where no event is put aside and all are linked, or none, all dossiers are, or none
    if is_told(told.linked_events) and told.linked_events == told.events:
        a.rows.append({(*key, "unlinked"): 1.0})


def _chain_cases(a: Attack, one: Any, told: Any) -> None:
    for name in ("cases", "joined", "several_cases"):
        a.unknown(("chain", name), getattr(one, name))
        a.known(("chain", name), getattr(told, name))
    for n, count in one.by_organisations.items():
        a.unknown(("chain", "of", n), count)
        a.known(("chain", "of", n), told.by_organisations[n])
    a.sums([("chain", "of", n) for n in one.by_organisations], ("chain", "cases"))
    a.unknown(("chain", "apart"), one.cases - one.joined)
    a.sums([("chain", "joined"), ("chain", "apart")], ("chain", "cases"))
    several = [("chain", "of", n) for n in one.by_organisations if n != "1"]
    if several and sum(a.truth[each] for each in several) == one.joined:
        a.sums(several, ("chain", "joined"))
