"""What can go wrong with a call of the Bot API."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.telegram_methods import Refused


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with one call."""

    status: int = 200
    body: str = ""
    """Sent instead of an answer, unless empty."""
    refusal: Refused | None = None
    drop: bool = False
    """The connection is closed instead of an answer."""
    delay: float = 0.0
    """Seconds the answer comes late."""
    carried_out: bool = False
    """Whether the method takes effect all the same."""


def refused(code: int, description: str, **parameters: int) -> Fault:
    """Telegram says no, e.g. ``refused(403, "Forbidden: bot was blocked by the user")``."""
    return Fault(status=code, refusal=Refused(code, description, **parameters))


def throttled(seconds: int) -> Fault:
    return refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def broken() -> Fault:
    return refused(500, "Internal Server Error")


def bad_gateway(status: int = 502) -> Fault:
    """A proxy in between answers with a page."""
    return Fault(status=status, body="<html><head><title>Bad Gateway</title></head><body>nginx</body></html>")


def dropped() -> Fault:
    """The method is carried out, and the connection breaks before the answer."""
    return Fault(drop=True, carried_out=True)


def dropped_before() -> Fault:
    """The connection breaks and nothing has happened."""
    return Fault(drop=True)


def slow(seconds: float) -> Fault:
    """The method is carried out at once, and the answer comes late."""
    return Fault(delay=seconds, carried_out=True)
