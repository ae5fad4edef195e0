"""Zalo's signature of an event, and what a wrong one tells about the settings."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock

PREFIX = "mac="
LONGEST_TRIAL = timedelta(hours=24)
"""How long wrong signatures may be let pass while an account is connected for the first time."""
SUSPICIOUS = 3
"""Wrong signatures in a row, without a right one since the start, after which the secret is likely wrong."""


def signature(app_id: str, body: bytes, timestamp: str, oa_secret: str) -> str:
    """SHA-256 (a plain one, no HMAC) over application id, raw body, timestamp and OA secret; lower-case hex."""
    plain = app_id.encode() + body + timestamp.encode("utf-8", "replace") + oa_secret.encode()
    return hashlib.sha256(plain).hexdigest()


def same(given: str, expected: str) -> bool:
    """Whether a header carries the signature expected, with or without its prefix; in constant time."""
    given = given.strip()
    if given[: len(PREFIX)].lower() == PREFIX:
        given = given[len(PREFIX) :]
    return hmac.compare_digest(given.lower().encode("utf-8", "replace"), expected.encode())


class Signatures:
    """What this process has seen of signatures since its start, for the console; and the trial, if there is one.

    The trial ends by itself: it is a moment, and one further away than LONGEST_TRIAL does not count.
    """

    def __init__(self, clock: Clock, trial_until: datetime | None = None) -> None:
        self._clock = clock
        self.trial_until = trial_until
        self.right = 0
        self.wrong = 0
        self.wrong_in_a_row = 0
        self.last_right_at: datetime | None = None
        self.last_wrong_at: datetime | None = None
        self.reason = ""
        """Why the last wrong one was wrong: a key below ``zalo.signature``."""

    @property
    def on_trial(self) -> bool:
        """Whether wrong signatures are let pass now."""
        now = self._clock.now()
        return self.trial_until is not None and now < self.trial_until <= now + LONGEST_TRIAL

    @property
    def suspicious(self) -> bool:
        """Whether it looks as if the secret were wrong, rather than as if strangers were trying."""
        return self.wrong_in_a_row >= SUSPICIOUS and (self.right == 0 or self.wrong_in_a_row >= SUSPICIOUS * 10)

    def note_right(self) -> None:
        self.right += 1
        self.wrong_in_a_row = 0
        self.last_right_at = self._clock.now()

    def note_wrong(self, reason: str) -> None:
        self.wrong += 1
        self.wrong_in_a_row += reason != "unsigned"  # whoever does not sign is not Zalo and says nothing of the secret
        self.last_wrong_at, self.reason = self._clock.now(), reason


def why_wrong(given: str, event: dict[str, Any], body: bytes, timestamp: str, app_id: str, app_secret: str) -> str:
    """The likeliest reason for a signature that does not fit: a key below ``zalo.signature``."""
    if app_secret and same(given, signature(app_id, body, timestamp, app_secret)):
        return "secrets_swapped"
    if str(event.get("app_id", app_id)) != app_id:
        return "other_app"
    return "does_not_fit"
