"""Photos and documents as evidence: sent at that question, kept with the report, opened from the console."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.files import AWAITS_FILE
from handlers.messages import Kind, ReceivedFile
from handlers.reports.evidence import MOST
from storage.files import FilePurpose, StoredFile, drop_expired_files, forget_files, keep_file
from tests.conftest import MONDAY
from tests.handlers.talk import Talk, said
from tests.reports.filling import ANSWERS, fill, report_of, versions

JPEG = b"\xff\xd8\xff" + b"anh" * 20


async def sends(officer: Talk, name: str = "anh.jpg", text: str = "") -> str:
    """A photo, as the house takes it in."""
    async with officer.db.session() as db:
        content = JPEG + name.encode()
        row = await keep_file(db, name, content, "image/jpeg", FilePurpose.RECEIVED, MONDAY, owner=str(officer.address))
        await db.commit()
    received = ReceivedFile(row.id or 0, name, "image/jpeg", row.size)
    return said(await officer.does(Kind.MEDIA, media="photo", text=text, attachments=(received,)))


@pytest.fixture
async def at_evidence(officer: Talk) -> Talk:
    await fill(officer, *ANSWERS[:6])
    return officer


async def test_photos_are_kept_with_the_report(at_evidence: Talk) -> None:
    officer = at_evidence
    assert (await officer.conversation()).form[AWAITS_FILE]
    assert "Đã nhận 1 tệp" in await sends(officer, "lap-dat.jpg")
    assert "Đã nhận 2 tệp" in await sends(officer, "nghiem-thu.jpg", "125/BC-UBND")
    assert officer.labels == ["Xong", "Bỏ tệp cuối", "Lưu nháp"]
    text = await officer.taps("Xong")
    assert "7. Minh chứng: **125/BC-UBND; tệp kèm theo: lap-dat.jpg, nghiem-thu.jpg**" in text
    assert AWAITS_FILE not in (await officer.conversation()).form
    await officer.says("nộp")
    [version] = await versions(officer)
    assert [file["name"] for file in version.answers["files"]] == ["lap-dat.jpg", "nghiem-thu.jpg"]
    async with officer.db.session() as db:
        await forget_files(db, str(officer.address))
        await drop_expired_files(db, officer.now + timedelta(days=400))
        rows = [await db.get(StoredFile, file["id"]) for file in version.answers["files"]]
    assert all(row is not None and row.expires_at > officer.now + timedelta(days=3649) for row in rows)


async def test_the_last_one_is_taken_back_and_words_stand_beside(at_evidence: Talk) -> None:
    officer = at_evidence
    await sends(officer, "mot.jpg")
    await sends(officer, "hai.jpg")
    assert "Đã bỏ tệp «hai.jpg»" in await officer.taps("Bỏ tệp cuối")
    text = await officer.says("https://sathay.gov.vn/anh")
    assert "**https://sathay.gov.vn/anh; tệp kèm theo: mot.jpg**" in text
    await officer.says("sửa 7")
    assert "7. Minh chứng: **chưa có**" in await officer.says("bỏ qua")
    await officer.says("nộp")
    assert "files" not in (await versions(officer))[0].answers


async def test_there_is_an_end_to_it(at_evidence: Talk) -> None:
    for number in range(MOST):
        await sends(at_evidence, f"{number}.jpg")
    assert f"nhiều nhất {MOST} tệp" in await sends(at_evidence, "them.jpg")
    await at_evidence.taps("Xong")
    await at_evidence.says("nộp")
    assert len((await versions(at_evidence))[0].answers["files"]) == MOST


async def test_files_that_are_gone_are_not_handed_in(at_evidence: Talk) -> None:
    await sends(at_evidence)
    async with at_evidence.db.session() as db:
        await forget_files(db, str(at_evidence.address))
        await db.commit()
    await at_evidence.taps("Xong")
    await at_evidence.says("nộp")
    assert "files" not in (await versions(at_evidence))[0].answers


async def test_a_photo_at_another_question_is_no_evidence(officer: Talk) -> None:
    await fill(officer, "5/7")
    assert AWAITS_FILE not in (await officer.conversation()).form
    await sends(officer)
    assert "files" not in next(iter((await report_of(officer)).draft.values()))["answers"]
