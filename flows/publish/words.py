"""Every text that a publication shows, in Dutch and English, by one key.

A text holds its own placeholders; what is filled in is formatted by `Numbers` in the same language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows.publish.words_a3 import A3_TEXTS
from flows.publish.words_design import DESIGN_TEXTS
from flows.publish.words_journey import JOURNEY_TEXTS
from flows.publish.words_legal import LEGAL_TEXTS
from flows.publish.words_map import MAP_TEXTS
from flows.publish.words_sections import SECTION_TEXTS
from flows.publish.words_site import SITE_TEXTS
from flows.publish.words_waiting import WAITING_TEXTS

LANGUAGES = ("nl", "en")
TEXTS: dict[str, tuple[str, str]] = {
    "short_day": ("d", "d"),
    "short_hour": ("u", "h"),
    "short_minute": ("min", "min"),
    "short_working_hour": ("wku", "wkh"),
    "long_day": ("dagen", "days"),
    "long_hour": ("uur", "hours"),
    "long_minute": ("minuten", "minutes"),
    "long_working_hour": ("werkuren", "working hours"),
    "long_one_day": ("dag", "day"),
    "long_one_hour": ("uur", "hour"),
    "long_one_minute": ("minuut", "minute"),
    "long_one_working_hour": ("werkuur", "working hour"),
    "unknown": ("onbekend", "unknown"),
    "none": ("geen", "none"),
    "nobody": ("wie aan zet is, is onbekend", "holder unknown"),
    "yes": ("ja", "yes"),
    "no": ("nee", "no"),
    "layer_citizen": ("Burger", "Citizen"),
    "layer_frontstage": ("Voorkant", "Frontstage"),
    "layer_backstage": ("Achterkant", "Backstage"),
    "layer_partner": ("Ketenpartner", "Partner"),
    "layer_support": ("Ondersteuning", "Support"),
    "layer_unknown": ("Onbekend", "Unknown"),
    "channel_web": ("web", "web"),
    "channel_phone": ("telefoon", "phone"),
    "channel_counter": ("balie", "counter"),
    "channel_letter": ("brief", "letter"),
    "channel_mail": ("e-mail", "mail"),
    "channel_visit": ("huisbezoek", "home visit"),
    "channel_chat": ("chat", "chat"),
    "clock_elapsed": ("Burger: kalendertijd", "Citizen: calendar time"),
    "clock_working": ("Organisatie: werkuren", "Organisation: working hours"),
    "verdict_ok": ("in orde", "ok"),
    "verdict_warn": ("let op", "warning"),
    "verdict_stop": ("stop", "stop"),
    "verdict_not_determinable": ("niet te bepalen", "not determinable"),
    "cohort_closed_in": ("afgeronde zaken", "closed cases"),
    "cohort_started_in": ("gestarte zaken", "started cases"),
    "cohort_open_at": ("openstaande zaken", "open cases"),
    **MAP_TEXTS,
    **SECTION_TEXTS,
    **WAITING_TEXTS,
    **JOURNEY_TEXTS,
    **SITE_TEXTS,
    **DESIGN_TEXTS,
    **A3_TEXTS,
    **LEGAL_TEXTS,
}


@dataclass(frozen=True)
class Words:
    """The texts of one language."""

    language: str

    def __call__(self, key: str, **filled: object) -> str:
        """Return the text of `key` with its placeholders filled."""
        text = TEXTS[key][LANGUAGES.index(self.language)]
        return text.format(**filled) if filled else text

    def either(self, key: str, otherwise: str) -> str:
        """Return the text of `key`, or `otherwise` where the key is not one of ours."""
        return self(key) if key in TEXTS else otherwise

    def of(self, text: Mapping[str, str], otherwise: str = "") -> str:
        """Return a text of the findings in this language, else in the first that it has."""
        return text.get(self.language) or next((t for t in text.values() if t), otherwise)
