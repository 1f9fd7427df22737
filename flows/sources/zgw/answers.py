"""What an answer that is no data means, and what to do about it: the `code` of the standard in plain words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from mappings.errors import SourceError

CLOCK_CODES = frozenset({"jwt-expired", "jwt-decode-error", "jwt-missing-iat-claim", "not-before"})
"""Refusals that a clock which differs from ours may be behind."""
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request may succeed."""

_ADVICE = {
    "invalid-jwt-signature": "the secret is not the one that the installation has for this client id; correct it",
    "invalid-client-identifier": "the installation does not know 'client_id'; have an application made with it",
    "missing-client-identifier": "the installation wants a client id in the token; set 'client_id'",
    "jwt-expired": "the clocks differ, or something between keeps answers back; set the clock of this machine right",
    "jwt-missing-iat-claim": "something between here and the installation changes the token; ask its administrator",
    "jwt-decode-error": "the token is not read as JWT; does the address lead to a ZGW API that takes JWT?",
    "precondition_failed": "the server wants the header Accept-Crs, which is sent: something between takes it away",
    "not_acceptable": "the server serves no EPSG:4326 or no JSON; is this a ZGW API?",
}
_BY_STATUS = {
    301: "the address has moved: write the new one in the mapping (redirects are not followed with a token)",
    302: "the address leads elsewhere, often to a login page: write the address of the API itself",
    307: "the address leads elsewhere: write the new one in the mapping",
    308: "the address has moved: write the new one in the mapping",
    400: "the server does not take this question; is its version of the standard 1.2 to 1.5?",
    401: "the server wants other credentials; check 'client_id' and the secret",
    404: "there is nothing at this address; check 'root' or the address of the component",
    429: "the server asks for fewer requests; lower 'concurrency'",
}
_SCOPES = {
    "zaken": "zaken.lezen",
    "catalogi": "catalogi.lezen",
    "besluiten": "besluiten.lezen",
    "audittrail": "audittrails.lezen, which Open Zaak heeds only for an application with all authorisations",
}


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818
    """An answer that says no: its status, and the standard's code and details where it has them."""

    status: int
    code: str
    detail: str
    invalid: tuple[tuple[str, str], ...] = ()
    """(parameter, code) of each parameter that the server does not take."""
    where: str = ""
    """The address that was asked."""

    @property
    def is_forbidden(self) -> bool:
        """The client may not see this; nothing is wrong with the question."""
        return self.status in (401, 403) and self.code in ("permission_denied", "not_authenticated", "")

    @property
    def is_hidden(self) -> bool:
        """What was asked for is not there, or not for this client; a refusal of the token says nothing of it."""
        return self.status in (404, 410) or (self.status == 403 and self.code == "permission_denied")

    @property
    def may_be_the_clock(self) -> bool:
        """The token may be too old or too new; a 401 tells no more than that."""
        return self.status == 401 or self.code in CLOCK_CODES

    @property
    def is_unknown_parameter(self) -> bool:
        """The server does not know a parameter, rather than its value."""
        return self.status == 400 and any(code == "unknown-parameters" for _, code in self.invalid)

    def told(self, where: str, component: str) -> SourceError:
        """Return the error for the administrator: what the server said, and what to do."""
        what = f"the server answers {self.status}" + (f" ({self.code})" if self.code else "")
        return SourceError(where, what + (f": {self.detail}" if self.detail else ""), self._advice(component))

    def _advice(self, component: str) -> str:
        if self.is_forbidden and self.status != 401:
            return f"give the application of this client the scope {_SCOPES.get(component, component)}"
        if self.code in _ADVICE:
            return _ADVICE[self.code]
        if self.status >= 500:
            return "the fault is at the server: ask its administrator, or run again; what was read is kept"
        return _BY_STATUS.get(self.status, "ask the administrator of the installation")


def refusal(status: int, body: Any, where: str = "", secret: str = "") -> Refusal:
    """Return what an error answer says; whatever is not as the standard has it is left out, and so is our secret."""
    said = body if isinstance(body, dict) else {}
    listed = said.get("invalidParams")
    invalid = tuple(
        (_short(each.get("name"), secret), _short(each.get("code"), secret))
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
    )
    return Refusal(status, _short(said.get("code"), secret), _short(said.get("detail"), secret), invalid, where)


_PERSONAL = re.compile(r"\beyJ[\w.-]+|[\w.+-]+@[\w.-]+|\b[A-Z]{2}\d{2}[A-Z0-9 ]{9,29}[A-Z0-9]\b|\+?\d(?:[ .-]?\d){7,}")
"""A token, an address, an account, a long number: whoever writes an error may put anything in it."""


def _short(value: Any, secret: str = "") -> str:
    """Return a text of the server as one short line: it is shown, and may be anything."""
    text = value if isinstance(value, str) else ""
    text = text.replace(secret, "…") if secret else text
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    # hidden before it is cut: half a number would not be known for one
    return _PERSONAL.sub("…", plain)[:300]
