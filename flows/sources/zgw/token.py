"""The token that every request carries: JWT, HS256, made anew in time, on the clock of the server.

A server refuses a token 3600 s after `iat`, and one whose `iat` lies ahead of its own clock. So the token is
renewed after half of that, and `iat` follows the `Date` that the server answers with.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

FRESH_SECONDS = 1_800
BEHIND_SECONDS = 30
"""How far `iat` stays behind the server's clock: its `Date` is cut to whole seconds, and is old when it arrives."""


@dataclass
class Token:
    """Makes tokens for one client; may be asked from several threads."""

    client_id: str
    secret: str = field(repr=False)
    user_id: str
    wall_clock: Callable[[], float] = time.time
    _ahead_seconds: float = 0.0
    _made_at: float = float("-inf")
    _made: str = field(default="", repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def hidden(self) -> str:
        """Return what no message may show."""
        return self.secret

    def header(self) -> str:
        """Return the value of `Authorization`, with a token that still holds for half an hour."""
        with self._lock:
            now = self.wall_clock()
            if not 0 <= now - self._made_at < FRESH_SECONDS:
                self._made, self._made_at = self._signed(now), now
            return f"Bearer {self._made}"

    def follow(self, server_seconds: float) -> None:
        """Take over the server's clock and forget the token."""
        with self._lock:
            self._ahead_seconds = server_seconds - self.wall_clock()
            self._made_at = float("-inf")

    def _signed(self, now: float) -> str:
        import jwt

        claims = {
            "iss": self.client_id,
            "iat": int(now + self._ahead_seconds) - BEHIND_SECONDS,
            "client_id": self.client_id,
            "user_id": self.user_id,
            "user_representation": self.user_id,
        }
        with warnings.catch_warnings():
            # the installation chose the secret; that it is short is told once, by the client
            warnings.simplefilter("ignore")
            return jwt.encode(claims, self.secret, algorithm="HS256")


@dataclass(frozen=True)
class StaticToken:
    """A token that was given out once, and holds whatever the clock says."""

    scheme: str
    token: str = field(repr=False)

    @property
    def hidden(self) -> str:
        """Return what no message may show."""
        return self.token

    def header(self) -> str:
        """Return the value of `Authorization`."""
        return f"{self.scheme} {self.token}"

    def follow(self, server_seconds: float) -> None:
        """Do nothing: no clock is in it."""
