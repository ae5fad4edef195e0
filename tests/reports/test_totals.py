"""Adding up: what may be put together and what may not."""

from __future__ import annotations

import pytest

from handlers.reports.totals import meets, percent_of_target, total, total_whole
from storage.plans import Indicator


def indicator(unit: str = "xã", target: float | None = 5, comparison: str | None = "ge") -> Indicator:
    return Indicator(id="i", plan_id="p", position=0, name="i", unit=unit, target=target, comparison=comparison)


def value(number: float, part: float | None = None, whole: float | None = None) -> dict[str, float | None]:
    return {"value": number, "part": part, "whole": whole}


@pytest.mark.parametrize(
    ("unit", "values", "sum_"),
    [
        ("xã", [], None),
        ("xã", [value(5)], 5),
        ("xã", [value(5), value(3)], 8),
        ("%", [value(80)], 80),
        ("%", [value(80), value(60)], None),
        ("%", [value(50, 1, 2), value(100, 8, 8)], 90),
        ("bảng/huyện", [value(1), value(1)], None),
        ("bảng/huyện", [value(1)], 1),
    ],
)
def test_total(unit: str, values: list[dict[str, float | None]], sum_: float | None) -> None:
    assert total(indicator(unit), values) == sum_


def test_wholes_are_only_added_when_all_are_known() -> None:
    assert total_whole([value(5, 5, 7), value(3, 3, 4)]) == 11
    assert total_whole([value(5, 5, 7), value(3)]) is None
    assert total_whole([]) is None


@pytest.mark.parametrize(
    ("comparison", "number", "met", "percent"),
    [("ge", 5, True, 100), ("ge", 4, False, 80), ("eq", 6, True, 120), ("le", 5, True, None), ("le", 6, False, None)],
)
def test_targets(comparison: str, number: float, met: bool, percent: float | None) -> None:
    assert meets(indicator(comparison=comparison), number) is met
    assert percent_of_target(indicator(comparison=comparison), number) == percent


def test_without_a_target_there_is_nothing_to_meet() -> None:
    assert meets(indicator(target=None), 5) is None
    assert percent_of_target(indicator(target=None), 5) is None
    assert meets(indicator(), None) is None
