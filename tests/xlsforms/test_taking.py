"""XLSForm in and out: what is taken, what is refused by its cell, and that nothing is lost there and back."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook
from pyxform.xls2xform import convert

from bot.imports import ImportFault
from bot.xlsforms.book import Taken
from bot.xlsforms.giving import give
from bot.xlsforms.taking import take
from content.catalog import Catalog
from content.courses import Course, Outline
from content.questionnaires import ALWAYS, Group, Kind, Questionnaire
from tests.xlsforms.books import MARKET, PLAIN, Rows, book


def taken(content: bytes, catalog: Catalog, name: str = "cho.xlsx") -> Questionnaire:
    found = take(content, name, catalog.text)
    assert [fault.sentence(catalog.text) for fault in found.faults] == []
    assert found.form is not None
    return found.form


def refused(survey: Rows, catalog: Catalog, choices: Rows = (), **more: Any) -> list[tuple[str, str, str]]:
    found: Taken = take(book(survey, choices, **more), "thu.xlsx", catalog.text)
    assert found.form is None
    for fault in found.faults:
        sentence = fault.sentence(catalog.text)
        assert fault.cell in sentence
        assert "{" not in sentence.replace("${", "")
    return [(fault.cell, fault.key, fault.about) for fault in found.faults]


def test_a_form_of_kobo_is_taken(catalog: Catalog) -> None:
    form = taken(MARKET, catalog)
    assert (form.id, form.title) == ("kiem_tra_cho", "Kiểm tra chợ")
    asked = form.questions()
    assert [(name, one.kind) for name, one in asked.items()] == [
        ("ngay", Kind.DATE), ("ten_cho", Kind.TEXT), ("loai", Kind.ONE), ("loai_other", Kind.TEXT),
        ("so_quay", Kind.INTEGER), ("vi_pham", Kind.MANY), ("kg", Kind.DECIMAL), ("anh", Kind.PHOTO),
        ("tong_kg", Kind.CALCULATION), ("ket_qua", Kind.NOTE),
    ]  # fmt: skip
    assert (asked["ngay"].label, asked["ngay"].constraint_message) == ("Ngày kiểm tra", "Không ở phía trước.")
    assert (asked["ten_cho"].hint, asked["ten_cho"].required) == ("Ghi tên đầy đủ", ALWAYS)
    assert [option.label for option in asked["loai"].options] == ["Hạng 1", "Hạng 2", "Khác"]
    assert asked["loai_other"].relevant == "selected(${loai}, 'other')"
    repeat = next(item for item in form.items if isinstance(item, Group) and item.repeat)
    assert (repeat.id, repeat.label, repeat.count) == ("quay", "Quầy", "${so_quay}")


def test_a_taken_form_is_asked_as_odk_would(catalog: Catalog) -> None:
    outline = Outline(taken(MARKET, catalog))
    answers: dict[str, Any] = {"loai": "other", "so_quay": 2, "quay/1/vi_pham": ["het_han"], "quay/1/kg": 2.5}
    course = Course(outline, answers, date(2024, 11, 11))
    assert [step.path for step in course.steps] == [
        "ngay", "ten_cho", "loai", "loai_other", "so_quay", "quay/1/vi_pham", "quay/1/kg", "quay/1/anh",
        "quay/2/vi_pham",
    ]  # fmt: skip
    assert course.worked == {"tong_kg": 2.5}
    assert course.closing == ("Đã hủy ${tong_kg} kg",)


def test_what_is_left_out_is_said(catalog: Catalog) -> None:
    found = take(MARKET, "cho.xlsx", catalog.text)
    assert [(one.cell, one.key, one.about) for one in found.left_out] == [
        ("A2", "metadata", "start"), ("A3", "metadata", "today"), ("M6", "shown_only", "appearance"),
        ("", "languages", "English (en)"),
    ]  # fmt: skip


def test_a_form_made_by_hand_is_taken(catalog: Catalog) -> None:
    form = taken(PLAIN, catalog, "Khảo sát 2024.xlsx")
    assert (form.id, form.title) == ("khao_sat_2024", "Khảo sát 2024")
    asked = form.questions()
    assert (asked["ho_ten"].default, asked["tuoi"].default) == ('"O\'Brien"', "30")
    assert [option.name for option in asked["xe_dien"].options] == ["1", "0"]
    assert asked["bien_so"].relevant == "${xe_dien} = '1' and ${tuoi} >= 18"


@pytest.mark.parametrize("source", ["market", "plain", "noi_sac_xe_dien", "thong_tin_an_toan"])
def test_there_and_back_it_is_the_same_form(source: str, catalog: Catalog) -> None:
    books = {"market": MARKET, "plain": PLAIN}
    form = taken(books[source], catalog) if source in books else catalog.questionnaires[source]
    written = give(form, 2)
    assert taken(written, catalog) == form
    assert convert(io.BytesIO(written), file_type=".xlsx").xform.startswith("<?xml")


def test_nothing_anybody_wrote_becomes_a_formula(catalog: Catalog) -> None:
    form = taken(book((("type", "name", "label"), ("text", "a", "'=1+1"))), catalog)
    evil = form.model_copy(update={"title": '=HYPERLINK("x")'})
    assert load_workbook(io.BytesIO(give(evil, 1)))["settings"]["A2"].data_type == "s"


HEAD = ("type", "name", "label")


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([("geopoint", "a", "A")], ("A2", "geo", "geopoint")),
        ([("text", "o", "O"), ("barcode", "a", "A")], ("A3", "type", "barcode")),
        ([("select_one", "a", "A")], ("A2", "no_list", "")),
        ([("rank x", "a", "A")], ("A2", "type", "rank x")),
        ([("select_one_from_file x.csv", "a", "A")], ("A2", "type", "select_one_from_file x.csv")),
        ([("text", "a", "A"), ("text", "a", "A")], ("A3", "xlsform")),
        ([("text", "a b", "A")], ("A2", "xlsform")),
        ([("begin_group", "g", "G"), ("text", "a", "A")], ("A2", "xlsform")),
        ([("select_one thieu", "a", "A")], ("A2", "xlsform")),
        ([("text", "x" * 50, "A")], ("B2", "shape", "x" * 50)),
        ([("text", "a.b", "A")], ("B2", "shape", "a.b")),
        ([("note", "a", "A")], ("", "nothing_asked", "")),
    ],
)
def test_what_is_not_taken_is_named_with_its_cell(rows: Rows, fault: tuple[str, ...], catalog: Catalog) -> None:
    choices = (("list_name", "name", "label"), ("x", "1", "Một"))
    found = refused((HEAD, *rows), catalog, choices)
    assert fault in [one[: len(fault)] for one in found]


@pytest.mark.parametrize(
    ("column", "value", "fault"),
    [
        ("choice_filter", "x = 1", ("D2", "choice_filter", "x = 1")),
        ("parameters", "start=1", ("D2", "parameters", "start=1")),
        ("read_only", "yes", ("D2", "read_only", "")),
        ("relevant", "pulldata('a','b','c','d') = 1", ("D2", "formula.function", "pulldata")),
        ("relevant", "../x = 1", ("D2", "formula.unsupported", "/")),
        ("constraint", "regex(., '(a+)+')", ("D2", "formula.pattern", "(a+)+")),
        ("relevant", "(" * 40 + "1" + ")" * 40, ("D2", "formula.deep", "20")),
        ("constraint", "1+" * 900 + "1", ("D2", "shape")),
        ("loa::kind", "ratio", ("D2", "kind", "ratio")),
        ("loa::kind", "xa_lon", ("D2", "kind", "xa_lon")),
        ("loa::warning", ". > 3", ("A2", "message_wanted", "")),
    ],
)
def test_columns_that_are_not_taken(column: str, value: str, fault: tuple[str, ...], catalog: Catalog) -> None:
    found = refused(((*HEAD, column), ("integer", "a", "A", value)), catalog)
    assert fault in [one[: len(fault)] for one in found]


def test_a_name_that_is_not_there_is_named(catalog: Catalog) -> None:
    found = refused(((*HEAD, "relevant"), ("text", "a", "A"), ("text", "b", "B", "${c} = 1")), catalog)
    assert [one[1] for one in found] == ["xlsform"]
    assert "c" in found[0][2]


def test_calculations_in_a_circle_are_refused(catalog: Catalog) -> None:
    rows = (
        (*HEAD, "calculation"), ("text", "o", "O"), ("calculate", "a", None, "${b} + 1"),
        ("calculate", "b", None, "${a} + 1"),
    )  # fmt: skip
    assert [one[1] for one in refused(rows, catalog)] == ["circle"]


def test_groups_without_end_and_lists_without_end_are_refused(catalog: Catalog) -> None:
    nested = (HEAD, *(("begin_group", f"g{i}", "G") for i in range(1000)), ("text", "a", "A"))
    assert [one[:2] for one in refused(nested, catalog)] == [("A7", "deep")]
    choices = (("list_name", "name", "label"), *(("x", f"n{i}", f"N{i}") for i in range(300)))
    found = refused((HEAD, ("select_one x", "a", "A")), catalog, choices)
    assert [one[:2] for one in found] == [("A2", "too_many_options")]


def test_everything_wrong_is_told_at_once(catalog: Catalog) -> None:
    rows = ((*HEAD, "choice_filter"), ("geopoint", "a", "A"), ("video", "b", "B"), ("text", "c", "C", "x"))
    assert [one[0] for one in refused(rows, catalog)] == ["A2", "A3", "D4"]


def test_repeats_within_repeats_are_refused(catalog: Catalog) -> None:
    rows = (
        HEAD, ("begin_repeat", "a", "A"), ("begin_repeat", "b", "B"), ("text", "c", "C"), ("end_repeat",),
        ("end_repeat",),
    )  # fmt: skip
    assert [one[:2] for one in refused(rows, catalog)] == [("A3", "nested")]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "empty"),
        (b"type,name,label\ntext,a,A\n", "wrong_ending"),
        (b"PK\x03\x04" + b"x" * 100, "damaged"),
        (book((("a", "b"), (1, 2))), "no_survey"),
        (b"PK\x03\x04" + b"0" * (11 * 1024 * 1024), "too_big"),
    ],
)
def test_what_is_no_form_at_all(content: bytes, key: str, catalog: Catalog) -> None:
    with pytest.raises(ImportFault) as fault:
        take(content, "x.xlsx", catalog.text)
    assert fault.value.key == key
    assert fault.value.sentence(catalog.text)


def test_a_workbook_that_unpacks_to_far_more_is_not_opened(catalog: Catalog) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry, old.read(entry))
        new.writestr("xl/worksheets/sheet9.xml", b" " * (9 * 1024 * 1024))
    with pytest.raises(ImportFault, match="too_big"):
        take(file.getvalue(), "x.xlsx", catalog.text)
