"""The fault panel: everything that can go wrong between Loa and a platform, each by one switch or number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from simulators import telegram as tg
from simulators import zalo as zl
from simulators.clock import SkewedClock
from simulators.zalo_rules import CALLS_PER_MINUTE

Value = bool | float

ALL = "both"
"""The group of faults that both platforms share."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of the panel. Its label is the text ``simulate.fault.<name>``."""

    name: str
    group: str
    kind: Literal["switch", "number"]
    read: Callable[[], Value]
    write: Callable[[Value], None]
    most: int = 0
    """Largest number; numbers begin at 0, or at its negative where ``signed``."""
    signed: bool = False


class FaultPanel:
    """The faults by name, in the order of the panel."""

    def __init__(self, telegram: tg.TelegramSimulator, zalo: zl.ZaloSimulator, clock: SkewedClock) -> None:
        made = [_skew(clock), *_telegram(telegram), *_zalo(zalo)]
        self.faults = {fault.name: fault for fault in made}

    def values(self) -> dict[str, Value]:
        return {name: fault.read() for name, fault in self.faults.items()}

    def set(self, name: str, value: str) -> None:
        """Set a fault as a form says it: ``1`` or ``0`` for a switch. Raises KeyError or ValueError."""
        fault = self.faults[name]
        if fault.kind == "switch":
            if value not in ("0", "1"):
                raise ValueError(value)
            fault.write(value == "1")
            return
        number = float(value or 0)
        if not (-fault.most if fault.signed else 0) <= number <= fault.most:
            raise ValueError(value)
        fault.write(number)

    def clear(self) -> None:
        """Everything works again."""
        for fault in self.faults.values():
            fault.write(False if fault.kind == "switch" else 0.0)


def _attribute(owner: Any, attribute: str, name: str, group: str) -> Fault:
    return Fault(
        name, group, "switch", lambda: getattr(owner, attribute), lambda value: setattr(owner, attribute, bool(value))
    )


def _number(owner: Any, attribute: str, name: str, group: str, most: int, unit: float = 1.0) -> Fault:
    """``unit`` is what 1 of the panel is in the attribute."""
    return Fault(
        name,
        group,
        "number",
        lambda: getattr(owner, attribute) / unit,
        lambda value: setattr(owner, attribute, value * unit),
        most,
    )


def _standing(simulator: Any, fault: object, name: str, group: str) -> Fault:
    """One of several outcomes of every send: the last one chosen holds."""

    def write(value: Value) -> None:
        if value:
            simulator.standing = fault
        elif simulator.standing == fault:
            simulator.standing = None

    return Fault(name, group, "switch", lambda: simulator.standing == fault, write)


def _skew(clock: SkewedClock) -> Fault:
    def write(minutes: Value) -> None:
        clock.skew = timedelta(minutes=minutes)

    read = lambda: clock.skew.total_seconds() / 60  # noqa: E731
    return Fault("clock_skew", ALL, "number", read, write, most=24 * 60, signed=True)


def _telegram(telegram: tg.TelegramSimulator) -> list[Fault]:
    group = "telegram"

    def throttle(seconds: Value) -> None:
        if seconds:
            telegram.standing = tg.throttled(int(seconds))
        elif _asked_to_wait(telegram):
            telegram.standing = None

    return [
        _number(telegram, "latency", "telegram_latency", group, 20_000, 0.001),
        _standing(telegram, tg.broken(), "telegram_500", group),
        _standing(telegram, tg.bad_gateway(), "telegram_html", group),
        _standing(telegram, tg.dropped_before(), "telegram_dropped", group),
        _standing(telegram, tg.dropped(), "telegram_lost", group),
        Fault("telegram_429", group, "number", lambda: _asked_to_wait(telegram), throttle, 3600),
        _attribute(telegram, "revoked", "telegram_token", group),
        _attribute(telegram, "wrong_secret", "telegram_secret", group),
        *_disorder(telegram.disorder, group),
    ]


def _asked_to_wait(telegram: tg.TelegramSimulator) -> int:
    refusal = telegram.standing.refusal if telegram.standing else None
    return refusal.parameters.get("retry_after", 0) if refusal else 0


def _zalo(zalo: zl.ZaloSimulator) -> list[Fault]:
    group = "zalo"

    def limit(value: Value) -> None:
        zalo.calls_per_minute = 0 if value else CALLS_PER_MINUTE

    def expire(value: Value) -> None:
        zalo.grants.expires_at_once = bool(value)
        if value:
            zalo.grants.expire_access()

    def spend(value: Value) -> None:
        """The grant is lost at the next call, not when the token ends by itself."""
        zalo.grants.refuses_refresh = bool(value)
        if value:
            zalo.grants.expire_access()

    return [
        _number(zalo, "latency", "zalo_latency", group, 20_000, 0.001),
        _standing(zalo, zl.Fault.UNAVAILABLE, "zalo_503", group),
        _standing(zalo, zl.Fault.PAGE, "zalo_html", group),
        _standing(zalo, zl.Fault.DROPPED, "zalo_dropped", group),
        _standing(zalo, zl.Fault.LOST, "zalo_lost", group),
        Fault("zalo_limit", group, "switch", lambda: zalo.calls_per_minute == 0, limit),
        Fault("zalo_expired", group, "switch", lambda: zalo.grants.expires_at_once, expire),
        Fault("zalo_reused", group, "switch", lambda: zalo.grants.refuses_refresh, spend),
        _attribute(zalo.webhooks, "wrong_mac", "zalo_mac", group),
        *_disorder(zalo.disorder, group),
    ]


def _disorder(disorder: Any, group: str) -> list[Fault]:
    return [
        _attribute(disorder, "twice", f"{group}_twice", group),
        _number(disorder, "delay", f"{group}_late", group, 60),
        _attribute(disorder, "swapped", f"{group}_swapped", group),
    ]
