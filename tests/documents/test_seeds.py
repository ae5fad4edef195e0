"""The five real documents against the answer key: what share is found, and how much is found that is not there."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

import pytest

from content.catalog import Catalog
from tests.documents.conftest import Read
from tests.documents.measure import EXPECTED, by_path, covered, ids, score, seed

ALL = sorted(EXPECTED)
PLANS = ["000", "001", "002"]
DIRECTIVES = ["003", "004"]


@pytest.mark.parametrize("number", ALL)
def test_head_and_signature(reading: Read, number: str) -> None:
    document, wanted = reading(number)["document"], EXPECTED[number]
    assert document["kind"] == wanted["kind"]
    assert document["issuer"]["id"] == wanted["issuer"]
    assert document["signer"] == wanted["signer"]
    assert document["number"] is None, "every copy leaves the number blank"
    assert document["issued_on"] is None
    assert document["confidential"] is False


@pytest.mark.parametrize("number", ALL)
def test_subject_is_the_words_of_the_document(reading: Read, number: str) -> None:
    subject = reading(number)["document"]["subject"]
    starts = {
        "000": "Truyền thông nhiệm vụ trọng tâm tỉnh Kon Tum năm 2024",
        "001": "Triển khai thực hiện Nghị quyết số 47/NQ-CP ngày 15 tháng 4 năm 2024",
        "002": "Hành động năm 2024 triển khai Chiến lược phát triển thông tin cơ sở giai đoạn 2021 - 2025, trên",
        "003": "V/v tuyên truyền phục vụ nhiệm vụ chính trị, thông tin thiết yếu (từ tuần 46/2024)",
        "004": "V/v tăng cường đẩy mạnh tuyên truyền Đại hội đại biểu các dân tộc thiểu số tỉnh Kon Tum lần thứ IV",
    }
    assert subject.startswith(starts[number])
    assert subject.endswith(
        ("năm 2024", "trong tình hình mới", "trên địa bàn tỉnh Kon Tum", "(từ tuần 46/2024)"),
    )


@pytest.mark.parametrize("number", ALL)
def test_every_cited_document_with_its_date(reading: Read, number: str) -> None:
    found = {(base["number"], base["date"]) for base in reading(number)["document"]["legal_bases"]}
    result = score(found, {tuple(base) for base in EXPECTED[number]["legal_bases"]})
    assert result.recall == result.precision == 1.0, result


@pytest.mark.parametrize("number", ALL)
def test_recipients(reading: Read, catalog: Catalog, number: str) -> None:
    """Every body of "Kính gửi" and "Nơi nhận" that the shipped content names is resolved to the same agency."""
    shipped = next(d for d in catalog.province.documents.values() if str(d.source_file).startswith(number))
    listed = [*shipped.addressees, *shipped.recipients]
    wanted = {agency for line in listed if "Lưu" not in line.text for agency in line.agencies}
    if number == "000":  # its line "Các cơ quan báo chí" is spelled out in a footnote, which is no list of recipients
        footnote = next(line for line in listed if "chú thích" in line.text)
        wanted -= set(footnote.agencies)
        wanted.add("nhom_bao_chi_chung")
    found = ids(reading(number)["document"]["recipients"])
    result = score(found, wanted)
    least = 0.85 if number == "004" else 1.0  # "Các cơ quan báo chí" there means those of the province
    assert result.recall >= least, result
    assert result.precision >= least, result


@pytest.mark.parametrize("number", DIRECTIVES)
def test_items_are_complete_with_their_providers(reading: Read, number: str) -> None:
    items, wanted = by_path(reading(number)["items"]), by_path(EXPECTED[number]["items"])
    result = score(items, wanted)
    assert result.recall == result.precision == 1.0, result
    for path, item in wanted.items():
        assert ids(items[path]["providers"]) == item["providers"], path
        assert all(party["id"] for party in items[path]["providers"])
        if "from" in item:
            assert (items[path]["from"], items[path]["to"]) == (item["from"], item["to"]), path


@pytest.mark.parametrize("number", PLANS)
def test_a_plan_has_tasks_and_no_items(reading: Read, number: str) -> None:
    assert reading(number)["items"] == []


@pytest.mark.parametrize("number", ALL)
def test_tasks(reading: Read, number: str) -> None:
    wanted = EXPECTED[number]
    tasks = by_path(reading(number)["tasks"])
    result = score(set(tasks) & {task["path"] for task in wanted["tasks"]}, {task["path"] for task in wanted["tasks"]})
    assert result.recall == 1.0, result
    known = [task["path"] for task in wanted["tasks"]] + wanted["duties"] + [path for path, *_ in wanted["targets"]]
    assert [path for path in tasks if not covered(path, known)] == []
    assert [path for path in wanted["duties"] if not any(covered(task, [path]) for task in tasks)] == []


@pytest.mark.parametrize("number", PLANS)
def test_leaders(reading: Read, number: str) -> None:
    tasks, wanted = by_path(reading(number)["tasks"]), EXPECTED[number]["tasks"]
    found = {(path, agency) for path, task in tasks.items() for agency in ids(task["lead"])}
    paths = {task["path"] for task in wanted}
    result = score(
        {pair for pair in found if pair[0] in paths},
        {(task["path"], agency) for task in wanted for agency in task["lead"]},
    )
    assert result.precision == 1.0, result
    assert result.recall >= (0.9 if number == "000" else 1.0), result


@pytest.mark.parametrize("number", PLANS)
def test_coordinators(reading: Read, number: str) -> None:
    tasks, wanted = by_path(reading(number)["tasks"]), EXPECTED[number]["tasks"]
    found = {(path, agency) for path, task in tasks.items() for agency in ids(task["coordinators"])}
    paths = {task["path"] for task in wanted}
    result = score(
        {pair for pair in found if pair[0] in paths},
        {(task["path"], agency) for task in wanted for agency in task["coordinators"]},
    )
    # In 000 the key reads loose names as the nearest group: "các đơn vị, địa phương", "các cơ quan báo chí trung ương".
    assert result.precision >= (0.9 if number == "000" else 1.0), result
    assert result.recall >= (0.7 if number == "000" else 1.0), result


@pytest.mark.parametrize("number", PLANS)
def test_when_tasks_are_due(reading: Read, number: str) -> None:
    tasks = by_path(reading(number)["tasks"])
    wrong = [
        (task["path"], due)
        for task in EXPECTED[number]["tasks"]
        if [(due := tasks[task["path"]]["due"])["date"], due["semantics"]] != task["due"]
    ]
    assert wrong == []


@pytest.mark.parametrize("number", PLANS)
def test_targets_with_numbers(reading: Read, number: str) -> None:
    """Every figure the document writes; a town named without a number ("và thị trấn Đăk Hà") is not written as one."""
    tasks = by_path(reading(number)["tasks"])
    for task in EXPECTED[number]["tasks"]:
        found = [(entry["value"], entry["comparison"]) for entry in tasks[task["path"]]["indicators"]]
        assert sorted(found) == sorted((value, comparison) for value, _, comparison in task["indicators"]), task["path"]
    for path, value, unit in EXPECTED[number]["targets"]:
        assert tasks[path]["lead"] == []
        assert [(entry["value"], entry["unit"]) for entry in tasks[path]["indicators"]] == [(value, unit)]


@pytest.mark.parametrize("number", ALL)
def test_reports_owed_and_deadlines(reading: Read, number: str) -> None:
    wanted, found = EXPECTED[number], reading(number)["deadlines"]
    reports = [entry for entry in found if entry["reporter"] or entry["receiver"]]
    assert len(reports) == len(wanted["reports"])
    for report in wanted["reports"]:
        match = next(
            entry
            for entry in reports
            if set(_named(entry["reporter"])) <= set(report["from"])
            and entry["date"] == report["date"]
            and (entry["semantics"] == "recurring") is report["recurring"]
            and (set(_named(entry["receiver"])) == set(report["to"]) or (number == "001" and not entry["receiver"]))
        )
        assert match["semantics"] == ("recurring" if report["recurring"] else "before" if report["date"] else None)
        reports.remove(match)
    others = [(entry["date"], entry["semantics"]) for entry in found if not entry["reporter"] and not entry["receiver"]]
    assert sorted(others) == sorted((day, meaning) for _, day, meaning in wanted["deadlines"])


def _named(side: dict[str, Any] | None) -> list[str]:
    return [] if side is None else ids(side.get("parts", [side]))


@pytest.mark.parametrize("number", ALL)
def test_lines_point_at_the_words(reading: Read, number: str) -> None:
    """What was read stands on the lines given: the first words on the first, the last before the end of the last."""
    lines = [" ".join(unicodedata.normalize("NFC", line).split()) for line in seed(number).split("\n")]
    read = reading(number)
    for part in [*read["items"], *read["tasks"], *read["deadlines"]]:
        first, last = part["lines"]
        assert 1 <= first <= last <= len(lines)
        words = _letters(" ".join(lines[first - 1 : last]))
        expected = part.get("title") or part["as_written"] or ""
        start = expected.rstrip("…").split(": ")[-1][:40] if "PL" in part.get("path", "") else expected[:25]
        assert _letters(start) in words, (part.get("path"), start)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalpha())


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda text: unicodedata.normalize("NFD", text), id="decomposed"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="windows"),
        pytest.param(lambda text: "\ufeff" + text.replace(" ", "\u00a0"), id="hard spaces"),
        pytest.param(lambda text: text.replace("e", "e\u200b"), id="invisible letters"),
        pytest.param(lambda text: "\n".join(line.strip() for line in text.split("\n")), id="no indents"),
    ],
)
@pytest.mark.parametrize("number", ALL)
def test_the_same_whatever_wrote_it(read: Read, reading: Read, number: str, changed: Any) -> None:
    assert read(changed(seed(number))) == reading(number)


@pytest.mark.parametrize("number", ALL)
def test_what_is_doubtful_is_said(reading: Read, number: str) -> None:
    warnings = reading(number)["warnings"]
    assert _any(warnings, "Số văn bản để trống"), warnings
    assert _any(warnings, "Ngày ban hành để trống"), warnings
    if number == "000":
        assert _any(warnings, "Dòng 303: Chưa rõ đơn vị chủ trì"), warnings
        assert _any(warnings, "Dòng 65: Phần này không giao nhiệm vụ"), warnings
    if number == "001":
        assert _any(warnings, "Dòng 53: Phần này ghi chi tiết tại phụ lục"), warnings
    if number in ("000", "001", "003"):
        assert _any(warnings, "Cơ quan ban hành suy từ"), warnings


def _any(warnings: Iterable[str], words: str) -> bool:
    return any(words in warning for warning in warnings)
