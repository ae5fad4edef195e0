"""Adding up what agencies reported on one indicator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from content.figures import PERCENT
from storage.plans import Indicator

Value = Mapping[str, Any]
"""``{"value", "part", "whole"}``, perhaps with ``kind`` and ``reason``; see :mod:`handlers.reports.answers`."""


def is_per_agency(indicator: Indicator) -> bool:
    """Whether the target holds for every agency (or month) by itself: "1 bảng/huyện", "01 chuyên mục/tháng"."""
    return "/" in (indicator.unit or "")


def meets(indicator: Indicator, value: float | None) -> bool | None:
    """Whether the value reaches the target; None when there is no value or no target."""
    if value is None or indicator.target is None:
        return None
    if indicator.comparison == "le":
        return value <= indicator.target
    return value >= indicator.target


def percent_of_target(indicator: Indicator, value: float | None) -> float | None:
    """How much of the target is reached, in percent; None where more is not better or there is nothing to divide."""
    if value is None or not indicator.target or indicator.comparison == "le":
        return None
    return round(100 * value / indicator.target, 1)


def total(indicator: Indicator, values: Sequence[Value]) -> float | None:
    """All agencies together, in the indicator's unit; None when nothing can be said.

    Counts are added. Shares are only put together when every one of them says what of what ("5/7"): a mean of
    percentages of unlike wholes would be no figure at all. A target that holds per agency has no sum.
    """
    if not values or (is_per_agency(indicator) and len(values) > 1):
        return None
    if len(values) == 1:
        return float(values[0]["value"])
    if indicator.unit != PERCENT:
        return float(sum(value["value"] for value in values))
    if any(not value["whole"] for value in values):
        return None
    parts, wholes = (float(sum(value[key] for value in values)) for key in ("part", "whole"))
    return round(100 * parts / wholes, 1)


def total_whole(values: Sequence[Value]) -> float | None:
    """The sum of the wholes ("of 7"), when every agency gave one."""
    if not values or any(not value["whole"] for value in values):
        return None
    return float(sum(value["whole"] for value in values))
