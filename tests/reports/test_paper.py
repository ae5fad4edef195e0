"""The agency's own report as a Word document: in the chat after the receipt, laid out as the decree wants it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from docx import Document
from docxtpl import DocxTemplate

from bot.exports.agency_report import context, write_report
from bot.exports.conformity import departures
from bot.exports.template import AGENCY_TEMPLATE, build_agency
from content.catalog import Catalog
from handlers.reports.paper import facts_of
from storage.files import WORD, content_of
from storage.reports import latest_version
from tests.handlers.talk import Talk
from tests.reports.filling import ANSWERS, fill, report_of


async def received(officer: Talk, said: str = "Tải bản Word") -> bytes:
    await officer.taps(said)
    [attachment] = [reply.attachment for reply in officer.replies if reply.attachment]
    assert attachment.media_type == WORD
    async with officer.db.reading() as db:
        content = await content_of(db, attachment.file_id)
    assert content is not None
    return content


def words(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


async def test_the_receipt_says_all_and_brings_the_document(officer: Talk, catalog: Catalog, tmp_path: Path) -> None:
    await fill(officer, *ANSWERS)
    said = await officer.says("nộp")
    code = (await report_of(officer)).receipt
    assert f"Mã **{code}**, bản 1, lúc 07:0" in said
    assert "đúng hạn" in said
    assert "Sở Thông tin và Truyền thông tỉnh Kon Tum sẽ xem" in said
    content = await received(officer)
    text = words(content)
    assert "ỦY BAN NHÂN DÂN\nHUYỆN SA THẦY" in text
    assert "5/7 xã (71,4%)" in text
    assert f"Mã báo cáo {code}, bản 1, nộp lúc 07:0" in text
    assert "người nộp: Y Sa (demo)" in text
    assert "{{" not in text
    (tmp_path / "bc.docx").write_bytes(content)
    assert departures(tmp_path / "bc.docx", catalog.text) == []


async def test_a_corrected_report_is_the_newest_version(officer: Talk) -> None:
    await fill(officer, *ANSWERS)
    await officer.says("nộp")
    await officer.taps(f"report:{(await report_of(officer)).task_id}:add")
    await officer.says("sửa 1")
    await officer.says("6/7")
    await officer.says("nộp")
    text = words(await received(officer))
    assert "bản 2" in text
    assert "6/7" in text


@pytest.mark.parametrize("value", ["paper", "paper:x", "paper:999999", "paper:99999999999999"])
async def test_a_button_of_nothing_is_harmless(officer: Talk, value: str) -> None:
    await officer.taps(value)
    assert not [reply for reply in officer.replies if reply.attachment]


async def test_another_agencys_report_is_not_handed_out(officer: Talk) -> None:
    await fill(officer, *ANSWERS)
    await officer.says("nộp")
    stranger = officer.another("la")
    await stranger.becomes_officer("ubnd_huyen_ngoc_hoi")
    await stranger.taps(f"paper:{(await report_of(officer)).id}")
    assert not [reply for reply in stranger.replies if reply.attachment]


async def test_the_template_and_its_builder_want_what_is_given(officer: Talk, catalog: Catalog, tmp_path: Path) -> None:
    await fill(officer, *ANSWERS)
    await officer.says("nộp")
    report = await report_of(officer)
    async with officer.db.reading() as db:
        version = await latest_version(db, report)
        assert version is not None
        facts = await facts_of(db, catalog, report, version)
    build_agency(tmp_path / "new.docx")
    for path in (catalog.root / AGENCY_TEMPLATE, tmp_path / "new.docx"):
        assert DocxTemplate(str(path)).get_undeclared_template_variables() <= set(context(facts, catalog))
    office = write_report({**facts, "agency": "cong_an_tinh", "figures": [], "difficulties": ""}, catalog)
    assert "CÔNG AN TỈNH" in words(office)
    (tmp_path / "ca.docx").write_bytes(office)
    assert departures(tmp_path / "ca.docx", catalog.text) == []
