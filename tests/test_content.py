"""The content itself: complete, within its limits, true to the conflicts' wording; and its faults are told well."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from content.answers import ANSWER_LIMIT, card_text, plain_answer
from content.catalog import Catalog, anniversaries_between, load_catalog
from content.files import ROOT, ContentError
from content.schema import DeadlineSemantics, Severity
from content.words import fold


def test_all_of_the_catalogue_is_there(catalog: Catalog) -> None:
    province = catalog.province
    tasks = {document: len(plan.tasks) for document, plan in province.plans.items()}
    indicators = sum(
        len(plan.indicators) + sum(len(task.indicators) for task in plan.tasks) for plan in province.plans.values()
    )
    assert Counter(entry.domain for entry in catalog.faq.values()) == {"food": 60, "battery": 49}
    assert len(catalog.cards) == 19
    assert len(catalog.conflicts) == 31
    assert len(province.agencies) == 116
    assert len(province.documents) == 5
    assert sum(len(directive.items) for directive in province.directives.values()) == 24
    assert tasks == {"kh_truyen_thong_2024": 20, "kh_thong_tin_doi_ngoai_2024": 29, "kh_thong_tin_co_so_2024": 51}
    assert indicators == 62
    assert len(province.calendar) == 20
    assert len(province.ambiguities) == 35


def test_the_annexes_of_plan_002_are_whole(catalog: Catalog) -> None:
    tasks = catalog.province.plans["kh_thong_tin_co_so_2024"].tasks
    assert sum(task.id.startswith("t002_pl01_") for task in tasks) == 30
    assert sum(task.id.startswith("t002_pl02_") for task in tasks) == 10


def test_before_a_day_keeps_cut_off_and_due_apart(catalog: Catalog) -> None:
    """ "Trước ngày 16/12": the 16th is too late, the 15th is the last safe day, the words are kept."""
    deadlines = [
        task.deadline
        for plan in catalog.province.plans.values()
        for task in plan.tasks
        if task.deadline and task.deadline.semantics is DeadlineSemantics.BEFORE
    ]
    assert len(deadlines) > 40
    for deadline in deadlines:
        assert deadline.cut_off is not None
        assert deadline.due == deadline.cut_off - timedelta(days=1)
        assert "trước" in deadline.as_written.lower()


def test_answers_fit_and_name_their_source(catalog: Catalog) -> None:
    for entry in catalog.faq.values():
        answer = plain_answer(entry, catalog.sources, catalog.text)
        assert len(answer) <= ANSWER_LIMIT, entry.id
        assert catalog.sources[entry.cite[0]].cite in answer
        assert entry.needs_review == ("chưa được cơ quan chuyên môn duyệt" in answer), entry.id


def test_what_needs_review_says_why(catalog: Catalog) -> None:
    """A note that asks for approval stands only where the reader is told that the answer is not approved."""
    for entry in catalog.faq.values():
        assert entry.review_note or not entry.needs_review, entry.id
        asks = re.search(r"cần[^.]* duyệt", entry.review_note.lower())
        assert entry.needs_review or not asks, entry.id


def test_an_answer_on_disputed_first_aid_waits_for_a_doctor(catalog: Catalog) -> None:
    """The conflict itself says that a doctor has to sign its wording."""
    assert "bác sĩ" in (catalog.conflicts["gay_non"].note or "")
    disputed = [entry for entry in catalog.faq.values() if "gay_non" in entry.conflicts]
    assert disputed
    assert not [entry.id for entry in disputed if not entry.needs_review]


def test_eaten_wild_mushrooms_never_wait_for_symptoms(catalog: Catalog) -> None:
    """Conflict ``nam_cho_trieu_chung``: whoever ate goes, symptoms or not."""
    lines = [
        line
        for entry in catalog.faq.values()
        for line in entry.act
        if re.search(r"(đã|lỡ|nghi trẻ) ăn nấm", line.lower())
    ]
    assert lines
    assert not [line for line in lines if not re.search(r"dù chưa thấy gì|không chờ", line)]


def test_the_printed_table_is_the_one_in_the_docs(catalog: Catalog) -> None:
    printed = CliRunner().invoke(app, ["content", "table"])
    assert printed.exit_code == 0
    assert printed.stdout == (ROOT.parent / "docs" / "answers.md").read_text(encoding="utf-8"), (
        "run: ./run loa content table > docs/answers.md"
    )
    rows = [line.split(" | ") for line in printed.stdout.splitlines() if line.startswith("| `")]
    assert [row[0] for row in rows] == [f"| `{key}`" for key in catalog.faq]
    for entry, row in zip(catalog.faq.values(), rows, strict=True):
        assert row[3] == (f"có: {entry.review_note}" if entry.needs_review else "không")
        assert row[5] == f"{entry.checked_on:%d/%m/%Y} |"


def test_an_emergency_answer_begins_with_action_and_number(catalog: Catalog) -> None:
    for entry in catalog.faq.values():
        if entry.severity is Severity.EMERGENCY and entry.call:
            first_two = " ".join(entry.act[:2])
            assert any(number in first_two for number in ("115", "114", "113")), entry.id


def test_cards_put_the_number_first_and_promise_nothing(catalog: Catalog) -> None:
    for card in catalog.cards.values():
        text = card_text(card, catalog.text)
        assert card.numbers[0] in text.splitlines()[0], card.id
        assert len(card.lines) <= 5
        assert "trợ lý tự động" in text
        assert not re.search(r"(đang|sắp) (đến|tới)|đã gọi (giúp|cho)|cứu hộ đang", text), card.id


@pytest.mark.parametrize(
    "advice",
    [
        r"(?<!không )(?<!không tự )(?<!đừng )(?<!đừng tự )(?:hãy )?móc họng",
        r"(?<!không )(?<!không tự )uống than hoạt",
        r"nên uống bia",
    ],
)
def test_no_answer_gives_advice_the_conflicts_forbid(catalog: Catalog, advice: str) -> None:
    for entry in catalog.faq.values():
        for line in entry.act:
            for match in re.finditer(advice, line.lower()):
                before = line.lower()[: match.start()]
                assert re.search(r"không|đừng|chớ", before), f"{entry.id}: {line}"


def test_only_confirmed_numbers_are_offered(catalog: Catalog) -> None:
    usable = {hotline.number for hotline in catalog.hotlines if hotline.use_in_bot}
    for entry in catalog.faq.values():
        assert set(entry.call) <= usable, entry.id
    for hotline in catalog.hotlines:
        assert not hotline.use_in_bot or hotline.verified_on is not None


def test_aliases_name_one_agency_each(catalog: Catalog) -> None:
    owners: dict[str, set[str]] = {}
    for agency in catalog.province.agencies.values():
        for alias in agency.aliases:
            owners.setdefault(fold(alias), set()).add(agency.id)
    assert not {alias: ids for alias, ids in owners.items() if len(ids) > 1}


def test_groups_expand_to_bodies(catalog: Catalog) -> None:
    districts = catalog.province.agencies.expand("nhom_ubnd_cap_huyen")
    assert len(districts) == 10
    assert "ubnd_huyen_sa_thay" in districts


def test_anniversaries_of_a_week(catalog: Catalog) -> None:
    found = anniversaries_between(catalog, date(2024, 11, 18), date(2024, 11, 24))
    assert [when.day for when, _ in found][:2] == [18, 20]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The content folder, to be damaged."""
    target = tmp_path / "content"
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return target


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("vi/faq/food_ruou.yaml", "severity: ", "severty: ", "Extra inputs are not permitted"),
        ("vi/faq/food_ruou.yaml", "related: [", 'related: ["food.nothing"] # ', "no entry food.nothing"),
        ("vi/faq/food_ruou.yaml", "- id: ", "- id: [ ", "not valid YAML"),
        ("vi/faq/food_ruou.yaml", 'checked_on: "2026-11-21"', 'checked_on: "2026-11-31"', "valid date"),
        ("vi/emergency.yaml", 'domain: "food"', "domain: water", "domain"),
        ("vi/text/answer.yaml", 'why: "', 'why: 3 # "', "must be text"),
        ("vi/text/answer.yaml", "{why}", "{why", "expected"),
        ("kontum/agencies.yaml", "parent: ", "parent: nowhere #", "no agency nowhere"),
        ("kontum/plans/kh_thong_tin_co_so_2024.yaml", "path: III.1", "path: III.1\n    path: III.1", "duplicate key"),
    ],
)
def test_a_fault_names_file_line_and_reason(copy: Path, file: str, old: str, new: str, reason: str) -> None:
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_catalog(copy)
    told = [fault for fault in caught.value.faults if fault.file == file and reason in fault.reason]
    assert told, caught.value
    assert abs(told[0].line - line) <= 12


def test_an_answer_without_the_day_of_its_check_is_refused(copy: Path) -> None:
    path = copy / "vi" / "faq" / "food_ruou.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"  checked_on: .*\n", "", text, count=1), encoding="utf-8")
    with pytest.raises(ContentError, match="checked_on: Field required"):
        load_catalog(copy)


def test_text_in_decomposed_form_is_refused(copy: Path) -> None:
    path = copy / "vi" / "text" / "answer.yaml"
    path.write_text(path.read_text(encoding="utf-8") + 'nfd: "a\u0301"\n', encoding="utf-8")
    with pytest.raises(ContentError, match="NFC"):
        load_catalog(copy)


def test_every_fault_is_told_not_only_the_first(copy: Path) -> None:
    for name in ("vi/emergency.yaml", "vi/slogans.yaml"):
        (copy / name).write_text("- nonsense: 1\n", encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_catalog(copy)
    assert {"vi/emergency.yaml", "vi/slogans.yaml"} <= {fault.file for fault in caught.value.faults}
