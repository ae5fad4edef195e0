"""The OAuth side of the Zalo simulator: single-use refresh tokens, access tokens that end."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from simulators.clock import Clock
from simulators.zalo_rules import Refusal

ACCESS_LIFE = timedelta(hours=25)
REFRESH_LIFE = timedelta(days=90)
CODE_LIFE = timedelta(minutes=10)

_NAMES = {
    -14002: "Invalid appId",
    -14004: "Invalid secret key",
    -14005: "Invalid authorization code",
    -14014: "Invalid refresh token.",
    -14018: "Invalid grant type",
    -14020: "Refresh token has been used",
}


class Grants:
    """What one Official Account has granted to one application."""

    def __init__(self, app_id: str, app_secret: str, clock: Clock) -> None:
        self.app_id = app_id
        self.app_secret = app_secret
        self.clock = clock
        self.reused: Literal["-14014", "-14020", "empty"] = "-14014"
        """How a spent refresh token is answered; all three have been seen."""
        self.answers_number = False
        """``expires_in`` as a number instead of text."""
        self.keeps_refresh_token = False
        """The answer leaves the refresh token out: the old one stays good."""
        self.callback = "https://loa.example/console/zalo/callback"
        """The callback saved in the console; another one is refused."""
        self.codes: dict[str, tuple[str, datetime]] = {}
        """Codes not used yet, with the challenge each was asked for with and when it ends."""
        self.refuses_refresh = False
        """Every refresh token counts as spent: the administrator has to consent again."""
        self.expires_at_once = False
        """New access tokens are good for one call only."""
        self.refreshes = 0
        self.spent: set[str] = set()
        self.known: set[str] = set()
        self.access = self.refresh = ""
        self.consent()

    def consent(self) -> tuple[str, str]:
        """The administrator consents (again): a new pair, the old one is dead."""
        if self.refresh:
            self.spent.add(self.refresh)
        self._issue()
        return self.access, self.refresh

    def authorize(self, challenge: str) -> str:
        """The administrator allows it: a code for one exchange within ten minutes."""
        code = secrets.token_urlsafe(60)
        self.codes[code] = (challenge, self.clock.now() + CODE_LIFE)
        return code

    def expire_access(self) -> None:
        self.access_until = self.clock.now()

    def withdraw(self) -> None:
        """The administrator takes the consent back: neither token is good any more."""
        self.access = self.refresh = ""

    def check(self, token: str) -> None:
        """Raises Refusal for a token that is not good now."""
        if token == self.access and self.clock.now() < self.access_until:
            if self.expires_at_once:
                self.expire_access()
            return
        raise Refusal(-220 if token in self.known else -216)

    def exchange(self, headers: Mapping[str, str], form: Mapping[str, Any]) -> dict[str, Any] | None:
        """The answer to a token request; None is an empty body."""
        if form.get("app_id") != self.app_id:
            return _failure(-14002)
        if headers.get("secret_key") != self.app_secret:
            return _failure(-14004)
        if form.get("grant_type") == "authorization_code":
            return self._redeem(form)
        if form.get("grant_type") != "refresh_token":
            return _failure(-14018)
        token = form.get("refresh_token")
        if self.refuses_refresh or token in self.spent:
            return None if self.reused == "empty" else _failure(int(self.reused))
        if not token or token != self.refresh or self.clock.now() >= self.refresh_until:
            return _failure(-14014)
        self.refreshes += 1
        if self.keeps_refresh_token:
            self._issue(keep=True)
            return {"access_token": self.access, "expires_in": self._life()}
        self.spent.add(self.refresh)
        self._issue()
        return {"access_token": self.access, "refresh_token": self.refresh, "expires_in": self._life()}

    def _redeem(self, form: Mapping[str, Any]) -> dict[str, Any]:
        challenge, until = self.codes.pop(str(form.get("code")), ("", self.clock.now()))
        verifier = str(form.get("code_verifier", ""))
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if self.clock.now() >= until or (challenge and digest != challenge):
            return _failure(-14005)
        self.consent()
        return {"access_token": self.access, "refresh_token": self.refresh, "expires_in": self._life()}

    def _issue(self, keep: bool = False) -> None:
        self.access = "At_" + secrets.token_urlsafe(150)
        self.known.add(self.access)
        self.access_until = self.clock.now() + ACCESS_LIFE
        if not keep:
            self.refresh = "Rt_" + secrets.token_urlsafe(150)
            self.refresh_until = self.clock.now() + REFRESH_LIFE

    def _life(self) -> str | int:
        seconds = int(ACCESS_LIFE.total_seconds())
        return seconds if self.answers_number else str(seconds)


def _failure(code: int) -> dict[str, Any]:
    return {
        "error": code,
        "error_name": _NAMES[code],
        "error_description": "",
        "error_reason": "",
        "access_token": "",
        "refresh_token": "",
    }
