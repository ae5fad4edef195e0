"""Documents of other provinces, ministries and Party committees, in many layouts, against what people read in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.imports import read_file
from tests.documents.conftest import Read
from tests.documents.measure import HERE, by_path
from tests.documents.test_any_text import check

FILES = HERE / "files"
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((FILES / "expected.yaml").read_text(encoding="utf-8"))


def names(parties: list[dict[str, Any]]) -> str:
    return ", ".join(party["text"] for party in parties).lower()


@pytest.fixture(params=sorted(EXPECTED))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def wanted(name: str) -> dict[str, Any]:
    return EXPECTED[name]


@pytest.fixture
def found(name: str, read: Read) -> dict[str, Any]:
    text = read_file(FILES / name)
    reading = read(text)
    check(reading, text)
    return reading


def test_head_and_closing(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    document = found["document"]
    for field in ("kind", "number", "issued_on", "subject", "signer"):
        assert document[field] == wanted[field], field
    assert document["issuer"]["text"] == wanted["issuer"]
    assert names([to for to in document["recipients"] if to["role"] == "to"]) == ", ".join(wanted["to"]).lower()
    copies = [copy for copy in document["recipients"] if copy["role"] == "copy"]
    assert len(copies) >= wanted["copies"]
    bases = [[base["number"], base["date"]] for base in document["legal_bases"]]
    assert sorted(bases, key=str) == sorted(wanted["legal_bases"], key=str)
    assert not document["confidential"]


def test_tasks_with_who_and_when(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    tasks = by_path(found["tasks"])
    assert set(tasks) == {*wanted["tasks"], *wanted["targets"]}
    for path, (lead, coordinators, day, meaning) in wanted["tasks"].items():
        task = tasks[path]
        assert names(task["lead"]) == ", ".join(lead).lower(), path
        assert names(task["coordinators"]) == ", ".join(coordinators).lower(), path
        assert [task["due"]["date"], task["due"]["semantics"]] == [day, meaning], path
    for path, task in tasks.items():
        figures = [[one["value"], one["unit"], one["comparison"]] for one in task["indicators"]]
        assert figures == wanted["indicators"].get(path, []), path


def test_items_and_publicity(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    items = by_path(found["items"])
    assert list(items) == wanted["items"]
    for path, providers in wanted.get("providers", {}).items():
        assert names(items[path]["providers"]) == ", ".join(providers).lower()
    for path, period in wanted.get("periods", {}).items():
        assert [items[path]["from"], items[path]["to"]] == period
    assert [slogan["text"] for slogan in found["slogans"]] == wanted.get("slogans", [])
    assert [form["path"] for form in found["forms"]] == wanted.get("forms", [])


def test_deadlines(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    left = [(one["date"], one["semantics"], str(one["as_written"]).lower()) for one in found["deadlines"]]
    for day, meaning, words in wanted["deadlines"]:
        match = next((one for one in left if one[:2] == (day, meaning) and words.lower() in one[2]), None)
        assert match is not None, (words, left)
        left.remove(match)
    assert left == []


def test_bodies_of_another_province_are_not_ours(name: str, found: dict[str, Any]) -> None:
    """ "Sở Y tế" of Lâm Đồng is not that of Kon Tum: no id, and the name is among those to settle."""
    named = [party for task in found["tasks"] for party in [*task["lead"], *task["coordinators"]]]
    assert [party for party in named if party["id"]] == []
    settled = {" ".join(name["text"].lower().split()) for name in found["names"]}
    assert {" ".join(party["text"].lower().split()) for party in named} <= settled
    told = any("sổ cơ quan chỉ có tỉnh Kon Tum" in warning for warning in found["warnings"])
    assert told or name.startswith("11"), "a commune does not say its province"


def test_every_file_has_its_answer() -> None:
    assert {path.name for path in Path(FILES).iterdir() if path.suffix in (".txt", ".md")} == set(EXPECTED)
