"""The registry of agencies on one day and another: names, heirs, what a group stands for."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from content.catalog import Catalog
from content.changes import AgencyChange, ChangeKind
from content.registry import Registry
from content.schema import Agency

BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)


def _change(kind: ChangeKind, day: date, before: list[str], after: list[str], **more: str) -> AgencyChange:
    return AgencyChange(
        id=more.pop("id", kind.value), kind=kind, day=day, basis="QĐ 1", before=before, after=after, **more
    )


@pytest.fixture
def registry() -> Registry:
    bodies = {
        one: Agency(id=one, name=one.upper(), kind="department", level="province", aliases=[], members=[])
        for one in ("a", "b", "c", "d")
    }
    group = Agency(id="g", name="Nhóm", kind="group", level="group", members=["a", "b", "d"])
    return Registry({**bodies, "g": group})


def test_a_renamed_agency_has_each_name_in_its_time(registry: Registry) -> None:
    first = _change(ChangeKind.RENAME, date(2025, 1, 1), ["a"], [], id="r1", formerly="A", name="A hai")
    second = _change(ChangeKind.RENAME, AFTER, ["a"], [], id="r2", formerly="A hai", name="A ba")
    registry.settle(BEFORE, changes=[second, first])
    assert registry["a"].name == "A hai"
    assert set(registry["a"].aliases) == {"A", "A hai", "A ba"}  # found under all of them
    registry.settle(AFTER, changes=[second, first])
    assert [registry.name("a", on) for on in (date(2024, 12, 31), BEFORE, None)] == ["A", "A hai", "A ba"]


def test_heirs_stand_in_a_groups_place_from_the_day_on(registry: Registry) -> None:
    merge = _change(ChangeKind.MERGE, AFTER, ["a", "b"], ["c"])
    registry.settle(BEFORE, changes=[merge])
    assert registry.expand("g") == ("a", "b", "d")
    assert registry["a"].exists_on(BEFORE)
    assert not registry.forebears("c")
    registry.settle(AFTER, changes=[merge])
    assert registry.expand("g") == ("c", "d")  # once, though it follows two
    assert registry.expand_as_written("g") == ("a", "b", "d")
    assert registry.forebears("c") == {"a", "b"}
    assert not registry["a"].exists_on(AFTER)


def test_heirs_over_generations_are_those_who_are_there(registry: Registry) -> None:
    changes = [
        _change(ChangeKind.MERGE, BEFORE, ["a"], ["b"]),
        _change(ChangeKind.SPLIT, AFTER, ["b"], ["c", "d"]),
    ]
    registry.settle(AFTER, changes=changes)
    assert [heir.id for heir in registry.heirs("a")] == ["c", "d"]
    assert [heir.id for heir in registry.heirs("a", BEFORE)] == ["b"]
    assert registry.forebears("d") == {"a", "b"}


def test_nobody_stands_for_what_has_ended(registry: Registry) -> None:
    registry.settle(AFTER, changes=[_change(ChangeKind.DISSOLVE, AFTER, ["a"], [])])
    assert registry.expand("g") == ("b", "d")
    assert registry.has_passed_on("a")
    assert registry.heirs("a") == []


def test_what_the_state_decided_moves_nobody_until_it_is_confirmed(catalog: Catalog) -> None:
    registry = catalog.province.agencies.own()
    registry.settle(AFTER)
    assert [heir.id for heir in registry.heirs("so_khdt")] == ["so_tai_chinh_quang_ngai"]
    assert len(registry.expand("nhom_ubnd_cap_huyen")) == 10
    assert "ubnd_xa_mang_den_quang_ngai" in registry
    decided = next(one for one in registry.decided if one.id == "cap_huyen_2025_07")
    registry.settle(AFTER, changes=[decided])
    assert registry.expand("nhom_ubnd_cap_huyen") == ()
    assert "ubnd_xa_mang_den_quang_ngai" not in catalog.province.agencies  # the content's own has no day


def test_something_of_the_past_is_shown_with_both_names(catalog: Catalog) -> None:
    house = catalog.for_one_house()
    renamed = _change(
        ChangeKind.RENAME, BEFORE, ["so_y_te"], [], formerly="Sở Y tế", name="Sở Y tế và Dân số", id="one"
    )
    house.province.agencies.settle(BEFORE, changes=[renamed])
    assert house.agency_name("so_y_te") == "Sở Y tế và Dân số"
    assert house.agency_then("so_y_te", date(2025, 1, 1)) == "Sở Y tế và Dân số (trước là Sở Y tế)"
    assert house.agency_then("so_khdt", date(2025, 1, 1)) == "Sở Kế hoạch và Đầu tư (nay là Sở Tài chính)"
    assert catalog.agency_name("so_y_te") == "Sở Y tế"


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        (ChangeKind.MERGE, ["a"], []),
        (ChangeKind.MERGE, ["a"], ["a"]),
        (ChangeKind.SPLIT, ["a"], ["b"]),
        (ChangeKind.DISSOLVE, ["a"], ["b"]),
        (ChangeKind.RENAME, ["a"], []),
    ],
)
def test_a_change_fits_its_kind(kind: ChangeKind, before: list[str], after: list[str]) -> None:
    with pytest.raises(ValidationError):
        _change(kind, AFTER, before, after)
