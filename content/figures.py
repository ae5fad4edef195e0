"""Numbers, days and moments as official Vietnamese writing has them: 1.234,5 and 15/12/2024."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
PERCENT = "%"
NIL = "nil"
"""Kind of a reported value: nothing arose. What stood before still stands; without one it counts as 0."""
UNKNOWN = "unknown"
"""Kind of a reported value: there is no figure yet. It is neither 0 nor a question left open."""


def figure(value: float, decimals: int = 1) -> str:
    """``1234.5`` → ``"1.234,5"``; whole numbers stand without decimals."""
    rounded = round(value, decimals)
    if rounded == int(rounded):
        return f"{int(rounded):,}".replace(",", ".")
    whole, _, rest = f"{rounded:,.{decimals}f}".partition(".")
    return f"{whole.replace(',', '.')},{rest.rstrip('0')}"


def day(value: date) -> str:
    """``15/12/2024``."""
    return f"{value:%d/%m/%Y}"


def weekday(value: date) -> str:
    """``"Chủ nhật"``."""
    return _WEEKDAYS[value.weekday()]


def moment(value: datetime) -> str:
    """``"10:05 ngày 11/11/2024"``; the caller has turned it into local time."""
    return f"{value:%H:%M} ngày {value:%d/%m/%Y}"


def told(reported: Mapping[str, Any], unit: str) -> str:
    """A reported value with its unit: ``5/7 xã (71,4%)``, ``85%``, ``71,4% (5/7)``.

    ``value`` is in the indicator's unit; ``part`` of ``whole`` are there when both numbers were given. ``kind`` is
    there for an answer that is no figure: NIL (``value`` is what stood before, if anything) or UNKNOWN (``value`` is
    None).
    """
    value, part, whole = reported["value"], reported["part"], reported["whole"]
    kind = reported.get("kind")
    if kind == UNKNOWN:
        return "chưa có số liệu"
    if kind == NIL:
        before = told({"value": value, "part": part, "whole": whole}, unit) if value else ""
        return f"không phát sinh (vẫn {before})" if before else "không phát sinh"
    assert value is not None
    share = "" if part is None or not whole else f"{figure(part)}/{figure(whole)}"
    if unit == PERCENT:
        return f"{figure(value)}%" + (f" ({share})" if share else "")
    if share and part is not None and whole:
        return f"{share} {unit} ({figure(100 * part / whole)}%)"
    return f"{figure(value)} {unit}".strip()
