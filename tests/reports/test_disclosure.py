"""What anybody may see: no count of fewer than five agencies, told or to be reckoned."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from handlers.reports.disclosure import LEAST, Told, groups_told, indicators_told


def sums(groups: dict[str, list[int]]) -> dict[str, Any]:
    """A plan whose agencies have so many reports overdue, by group."""
    return {
        "agencies": [
            {"id": f"{key}.{number}", "owed": 4, "handed_in": 4 - late, "overdue": late}
            for key, found in groups.items()
            for number, late in enumerate(found)
        ]
    }


def told(groups: dict[str, list[int]]) -> tuple[dict[str, Told], Told]:
    found, everybody = groups_told(sums(groups), lambda agency: agency.partition(".")[0])
    return {one.key: one for one in found}, everybody


def test_large_groups_are_told_with_their_total() -> None:
    found, everybody = told({"district": [0] * 5 + [1] * 5, "commune": [0] * 20})
    assert found["district"] == Told("district", 10, 5, 5, 90)
    assert found["commune"] == Told("commune", 20, 20, 0, 100)
    assert everybody == Told("", 30, 25, 5, 95)


def test_a_small_group_takes_the_next_one_with_it() -> None:
    found, everybody = told({"province": [1, 0], "district": [0] * 6, "commune": [0] * 20})
    assert found["province"].agencies is None
    assert found["district"].agencies is None, "else the small one were the total less the others"
    assert found["commune"].agencies == 20
    assert everybody.agencies == 28


def test_few_who_are_behind_are_not_counted_and_neither_is_the_total() -> None:
    found, everybody = told({"district": [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], "commune": [0] * 20})
    assert (found["district"].agencies, found["district"].behind, found["district"].in_time) == (10, None, None)
    assert found["commune"].behind == 0
    assert (everybody.agencies, everybody.behind, everybody.in_time) == (30, None, None)


def test_a_plan_of_few_agencies_tells_nothing() -> None:
    found, everybody = told({"district": [0, 1, 0]})
    assert {one.agencies for one in (*found.values(), everybody)} == {None}
    assert everybody.handed_in is None


@given(st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.lists(st.integers(0, 2), max_size=12)))
def test_no_small_count_can_be_reckoned(groups: dict[str, list[int]]) -> None:
    if not any(groups.values()):
        return
    found, everybody = told(groups)
    for field in ("agencies", "behind", "in_time"):
        known = [value for one in found.values() if (value := getattr(one, field)) is not None]
        assert all(value == 0 or value >= LEAST for value in known)
        total = getattr(everybody, field)
        if total is not None:
            rest = total - sum(known)
            assert rest == 0 or rest >= LEAST


def test_indicators_of_few_agencies_and_single_places_are_left_out() -> None:
    rows = [
        {"id": "few", "parent": None, "sources": 4},
        {"id": "enough", "parent": None, "sources": 5},
        {"id": "place", "parent": "enough", "sources": 9},
    ]
    assert [one["id"] for one in indicators_told({"indicators": rows})] == ["enough"]
