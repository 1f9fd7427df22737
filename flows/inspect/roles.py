"""Which column is what: by the name it has, and by how its values behave within cases."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from flows.inspect.moments import MomentGuess

Columns = dict[str, list[str | None]]

NAMED: dict[str, tuple[str, ...]] = {
    "case": (
        r"case:concept:name", r"ocel:oid", r"case[ _:-]?(id|nr|number|key)?",
        r"zaak[ _-]?(id|nummer|nr|kenmerk)?", r"zaakidentificatie", r"dossier[ _-]?(id|nummer|nr)?",
        r"kenmerk", r"aanvraag[ _-]?(id|nummer|nr)", r"trace[ _]?id",
    ),
    "activity": (
        r"concept:name", r"ocel:activity", r"activity([ _]?name)?", r"activiteit", r"stap", r"handeling",
        r"taak", r"event([ _]?name|[ _]?type)?", r"gebeurtenis", r"status(type)?", r"statustoelichting",
        r"action", r"task",
    ),
    "completed_at": (
        r"time:timestamp", r"ocel:timestamp", r"complete[d]?([ _]?(at|time|timestamp))?",
        r"gereed([ _]?op)?", r"end[ _]?(time|timestamp|date)?", r"eind(tijd|datum)?", r"timestamp",
        r"tijdstip", r"datum([ _]?tijd)?", r"date[ _]?time", r"tijd", r"datum[ _]?status[ _]?gezet",
        r"date", r"time",
    ),
    "started_at": (
        r"start_timestamp", r"start(ed)?([ _]?(at|time|timestamp|date))?", r"begin(tijd|datum)?",
        r"begonnen([ _]?op)?",
    ),
    "resource": (
        r"org:resource", r"resource", r"medewerker", r"user(name)?", r"gebruiker", r"behandelaar",
        r"employee", r"uitvoerder",
    ),
    "lane": (
        r"org:group", r"org:role", r"group", r"groep", r"team", r"afdeling", r"department",
        r"org:department", r"unit", r"lane",
    ),
    "channel": (r"(case:)?channel", r"(case:)?kanaal", r"communicatiekanaal"),
    "lifecycle": (r"lifecycle:transition", r"lifecycle", r"transition", r"transitie"),
    "event_id": (r"ocel:eid", r"event[ _]?id", r"concept:instance", r"identity:id", r"id", r"uuid"),
    "received_at": (
        r"start[ _]?date", r"reg[ _]?date", r"received([ _]?(at|on))?",
        r"ontvangen([ _]?op)?", r"ontvangst(datum)?", r"startdatum", r"registratiedatum", r"aanvraagdatum",
        r"datum[ _]?(ontvangst|ontvangen|aanvraag)", r"creat(ed|ion)[ _]?(at|date)?",
    ),
    "closed_at": (
        r"end[ _]?date", r"closed([ _]?(at|on))?", r"(af)?gesloten([ _]?op)?", r"einddatum",
        r"afgehandeld([ _]?op)?", r"(af)?sluit(ings)?datum", r"afhandeldatum",
        r"datum[ _]?(afgesloten|afsluiting|afhandeling|einde)",
    ),
    "zaaktype": (r"zaak[ _]?type", r"case[ _]?type"),
}  # fmt: skip
"""Role → what such columns are called, the surest name first."""

_TARGET = re.compile(r"deadline|planned|gepland|uiter(st|lijk)|streef|fatale|due", re.IGNORECASE)
_OF_THE_CASE = ("received_at", "closed_at", "zaaktype")
_TIMES = ("completed_at", "started_at", "received_at", "closed_at")
TRANSITIONS = {
    "schedule", "assign", "reassign", "start", "suspend", "resume", "complete", "withdraw", "abort", "skip",
    "manualskip", "autoskip", "ate_abort", "pi_abort",
}  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """Which column has a role, how sure that is (0–1), and why."""

    role: str
    column: str
    confidence: float
    reason: str


@dataclass
class Behaviour:
    """How the values of the columns behave: told once a case column is known."""

    columns: Columns
    moments: dict[str, MomentGuess]
    case: str | None = None
    constant: dict[str, bool] = field(default_factory=dict)
    """Column → it holds one value a case."""

    def distinct(self, name: str) -> int:
        """Return how many different values a column holds."""
        return len({value for value in self.columns[name] if value is not None})

    def filled(self, name: str) -> int:
        """Return how many records have a value."""
        return sum(value is not None for value in self.columns[name])

    def take_case(self, case: str) -> None:
        """Tell which columns hold one value a case."""
        self.case = case
        for name, values in self.columns.items():
            pairs = {(c, v) for c, v in zip(self.columns[case], values, strict=True) if c and v is not None}
            cases = {c for c, _ in pairs}
            self.constant[name] = bool(cases) and len(pairs) <= 1.02 * len(cases)


def guess_roles(columns: Columns, moments: dict[str, MomentGuess]) -> list[Guess]:
    """Return the guesses for every role that a column seems to have."""
    seen = Behaviour(columns, moments)
    case = _best("case", seen, set())
    if case is None:
        return []
    seen.take_case(case.column)
    guesses, taken = [case], {case.column}
    for role in (*(role for role in NAMED if role != "case"),):
        if (guess := _best(role, seen, taken)) is not None:
            guesses.append(guess)
            taken.add(guess.column)
    return [*guesses, *_targets(seen, taken)]


def _best(role: str, seen: Behaviour, taken: set[str]) -> Guess | None:
    """Return the column with the highest score; below 0.3 it is no guess."""
    scored = [_scored(role, name, seen) for name in seen.columns if name not in taken and seen.filled(name)]
    best = max(scored, key=lambda guess: guess.confidence, default=None)
    return best if best is not None and best.confidence >= 0.3 else None


def _scored(role: str, name: str, seen: Behaviour) -> Guess:
    named = _name_score(role, name)
    behaves, why = _behaviour_score(role, name, seen)
    score = 0.0 if behaves is None else min(1.0, 0.6 * named + 0.4 * behaves)
    if not named and role not in ("case", "activity", "completed_at", "lifecycle"):
        score = 0.0
    told = f"it is called '{name}' and {why}" if named else why
    return Guess(role, name, round(score, 2), told)


def _name_score(role: str, name: str) -> float:
    bare = name.strip().lower()
    bare = bare.removeprefix("case:") if role in _OF_THE_CASE else bare
    for rank, pattern in enumerate(NAMED[role]):
        if re.fullmatch(pattern, bare):
            return 1.0 - 0.03 * rank
    return 0.0


def _behaviour_score(role: str, name: str, seen: Behaviour) -> tuple[float | None, str]:
    """Return how well the values fit the role, None where they rule it out, and the reason in words."""
    is_moment = name in seen.moments
    if is_moment != (role in _TIMES):
        return None, "it holds moments" if is_moment else "it holds no moments"
    if seen.case is not None and role in _OF_THE_CASE and not seen.constant[name]:
        return None, "it changes within a case"
    rule = {
        "case": _like_case,
        "activity": _like_activity,
        "lifecycle": _like_lifecycle,
        "event_id": _like_id,
    }.get(role)
    if rule is not None:
        return rule(name, seen)
    if role in ("completed_at", "started_at"):
        return _like_event_time(name, seen)
    if role in ("resource", "lane"):
        return _like_actor(name, seen)
    return 0.8, f"holds {seen.distinct(name)} different values, one a case" if seen.constant[name] else "fits"


def _like_case(name: str, seen: Behaviour) -> tuple[float | None, str]:
    distinct, filled = seen.distinct(name), seen.filled(name)
    per_case = filled / distinct
    told = f"holds {distinct} different values over {filled} records ({per_case:.1f} each)"
    if distinct == 1 and len(seen.columns[name]) > 20:
        return None, told
    if per_case < 1.2:
        return 0.1, told
    text = [value for value in seen.columns[name][:500] if value]
    numbered = sum(any(letter.isdigit() for letter in value) for value in text) / max(1, len(text))
    return (1.0 if 1.5 <= per_case <= 60 else 0.3) * (0.4 + 0.6 * numbered), told


def _like_activity(name: str, seen: Behaviour) -> tuple[float | None, str]:
    distinct, filled = seen.distinct(name), seen.filled(name)
    told = f"holds {distinct} labels that recur over {filled} records"
    if seen.constant.get(name) or distinct > max(20, 0.2 * filled) or _all_numbers(seen.columns[name]):
        return None, told
    return (1.0 if 3 <= distinct <= 200 else 0.4), told + " and change within a case"


def _like_lifecycle(name: str, seen: Behaviour) -> tuple[float | None, str]:
    values = {value.lower() for value in seen.columns[name] if value}
    known = values & TRANSITIONS
    if len(known) < len(values):
        return None, "holds other values than lifecycle transitions"
    return 2.0, f"holds {', '.join(sorted(values))}"


def _like_id(name: str, seen: Behaviour) -> tuple[float | None, str]:
    unique = seen.distinct(name) == seen.filled(name) == len(seen.columns[name])
    return (1.0, "differs in every record") if unique else (None, "is not unique")


def _like_event_time(name: str, seen: Behaviour) -> tuple[float | None, str]:
    if seen.constant[name] and seen.distinct(seen.case or name) < len(seen.columns[name]):
        return None, "holds one value a case"
    moment = seen.moments[name]
    share = seen.filled(name) / len(seen.columns[name])
    return (
        share,
        f"holds moments ({moment.format}) that change within a case, filled in {share:.0%} of the records",
    )


def _like_actor(name: str, seen: Behaviour) -> tuple[float | None, str]:
    distinct = seen.distinct(name)
    if distinct > 0.5 * seen.filled(name) and distinct > 20:
        return None, f"holds {distinct} different values"
    return (0.4 if seen.constant[name] else 1.0), f"holds {distinct} different values"


def _all_numbers(values: Iterable[str | None]) -> bool:
    return all(re.fullmatch(r"-?\d+([.,]\d+)?", value) for value in values if value)


def _targets(seen: Behaviour, taken: set[str]) -> list[Guess]:
    """Return the columns with a date that a case should have ended by."""
    names = [n for n in seen.moments if n not in taken and seen.constant[n] and _TARGET.search(n)]
    return [Guess("target", name, 0.8, "it is called so, and holds one date a case") for name in names]
