"""Wrong passwords of late, so that nobody can try them by the thousand."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

TRIES = 5
"""Wrong passwords for one name from one address before it must wait."""
ADDRESS_TRIES = 20
"""Wrong passwords from one address, whatever the names."""
WAIT = timedelta(minutes=15)
"""How long wrong passwords are remembered."""
REMEMBERED = 10_000
"""Names and addresses remembered at most."""


class Attempts:
    """Kept in the process: each web process counts for itself, and a restart forgets."""

    def __init__(self) -> None:
        self._wrong: dict[tuple[str, str], deque[datetime]] = {}

    def wait(self, name: str, address: str, now: datetime) -> timedelta | None:
        """How long this name from this address must wait; None when it may try."""
        waits = [
            self._until(key, most, now) for key, most in (((name, address), TRIES), (("", address), ADDRESS_TRIES))
        ]
        return max((wait for wait in waits if wait is not None), default=None)

    def left(self, name: str, address: str, now: datetime) -> int:
        """Tries this name from this address still has."""
        return max(0, TRIES - len(self._recent((name, address), now)))

    def failed(self, name: str, address: str, now: datetime) -> None:
        for key, most in (((name, address), TRIES), (("", address), ADDRESS_TRIES)):
            self._wrong.setdefault(key, deque(maxlen=most)).append(now)
        if len(self._wrong) > REMEMBERED:
            for key in list(self._wrong)[: REMEMBERED // 2]:
                del self._wrong[key]

    def forget(self, name: str, address: str) -> None:
        """The password was right: the name starts afresh."""
        self._wrong.pop((name, address), None)

    def _recent(self, key: tuple[str, str], now: datetime) -> list[datetime]:
        return [moment for moment in self._wrong.get(key, ()) if now - moment < WAIT]

    def _until(self, key: tuple[str, str], most: int, now: datetime) -> timedelta | None:
        recent = self._recent(key, now)
        return None if len(recent) < most else recent[0] + WAIT - now
