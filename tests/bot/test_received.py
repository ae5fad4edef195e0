"""Files people send: fetched only when wanted, told by their bytes, kept sealed; what is wrong is said."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.channels.base import NotFetched
from bot.channels.media_types import ENDINGS, media_type
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.zalo.channel import zalo_channel
from bot.channels.zalo.fetching import safe_address
from bot.config import Settings
from bot.received import MOST_FILES, Received, file_name
from content.catalog import Catalog
from handlers.files import AWAITS_FILE
from handlers.messages import FileFault, Message
from simulators import telegram as tg
from simulators.telegram import TelegramSimulator
from simulators.zalo import ZaloSimulator
from storage.appointments import enrol
from storage.contacts import see_account
from storage.conversations import conversation_at
from storage.database import Database
from storage.files import FilePurpose, StoredFile, content_of, keep_file
from tests.conftest import TestClock

PDF = b"%PDF-1.7 a page"
JPEG = b"\xff\xd8\xff\xe0 a photo"


def archive(*members: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        for member in members:
            made.writestr(member, "x")
    return kept.getvalue()


SHEET = archive("[Content_Types].xml", "xl/workbook.xml")
WORD = archive("[Content_Types].xml", "word/document.xml")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 100


@pytest.mark.parametrize(
    ("content", "name", "ending"),
    [
        (PDF, "virus.exe", "pdf"),
        (JPEG, "", "jpg"),
        (b"\x89PNG\r\n\x1a\n", "a.pdf", "png"),
        (SHEET, "biểu.xlsx", "xlsx"),
        (WORD, "a.zip", "docx"),
        (OLE, "cu.DOC", "doc"),
        (OLE, "cu.xls", "xls"),
        (OLE, "cai-dat.msi", ""),
        (b"MZ\x90\x00", "bao-cao.pdf", ""),
        (b"<html><script>", "a.png", ""),
        (b"", "a.pdf", ""),
        (b"PK\x03\x04 torn", "a.docx", ""),
        (archive("evil.sh"), "a.docx", ""),
        (archive("[Content_Types].xml", "word/document.xml", *(f"m{n}" for n in range(5000))), "bom.docx", ""),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, name: str, ending: str) -> None:
    assert ENDINGS.get(media_type(content, name), "") == ending


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Báo cáo tháng 11.docx", "Báo cáo tháng 11.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\an\\bieu.xlsx", "bieu.pdf"),
        ("ten\u202egpj.exe", "ten gpj.pdf"),
        ("a\nb\x00.pdf", "a b.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ("x" * 500 + ".pdf", "x" * 100 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(name: str, safe: str) -> None:
    assert file_name(name, "application/pdf") == safe


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:5432/",
        "http://localhost/",
        "https://zdn.vn.evil.example/a",
        "https://evilzdn.vn/a",
        "https://zdn.vn@evil.example/a",
        "https://zdn.vn:8443/a",
        "file:///etc/passwd",
        "ftp://f.zdn.vn/a",
        "//f.zdn.vn/a",
        "",
        "http://[::1/",
    ],
)
def test_only_zalos_own_hosts_are_asked(url: str) -> None:
    with pytest.raises(NotFetched):
        safe_address(url, ("zdn.vn", "zadn.vn"))


def test_zalos_links_are_asked_by_https() -> None:
    assert str(safe_address("http://f9.photo.zdn.vn/a.jpg?x=1", ("zdn.vn",))) == "https://f9.photo.zdn.vn/a.jpg?x=1"


class Desk:
    """One account on a platform whose messages are taken in."""

    def __init__(
        self, db: Database, clock: TestClock, simulator: TelegramSimulator | ZaloSimulator, channel: Any, person: Any
    ) -> None:
        self.db, self.clock, self.simulator, self.channel, self.person = db, clock, simulator, channel, person
        self.received = Received(db, {channel.name: channel}, clock)

    async def awaits(self, form: dict[str, Any], officer: bool = False) -> None:
        async with self.db.session() as db:
            account = await see_account(db, self.person.address, self.clock.now())
            talk = await conversation_at(db, self.person.address, self.clock.now())
            talk.form = form
            if officer:
                day = self.clock.now().date()
                contact = await enrol(db, "so_y_te", "Y Mai", self.clock.now(), day, by="test")
                account.contact_id = contact.id
            await db.commit()

    async def sends(self, name: str, content: bytes) -> Message:
        """Send a document, or a photo when it has no name."""
        if self.channel.name == "zalo":
            await self.person.sends_file(name or "a.jpg", content)
        elif name:
            await self.person.sends_document(name, content=content)
        else:
            await self.person.sends_photo(content=content)
        if isinstance(self.simulator, ZaloSimulator):
            payload = self.simulator.webhooks.pushes[-1].body.decode()
        else:
            payload = json.dumps(self.simulator.pending.pop())
        message = self.channel.translate(payload)
        assert message is not None
        return await self.received.brought_in(message)

    async def kept(self) -> list[tuple[str, bytes | None]]:
        async with self.db.reading() as db:
            rows = (await db.exec(select(StoredFile))).all()
            return [(row.name, await content_of(db, row.id or 0)) for row in rows]


@pytest.fixture(params=["telegram", "zalo"])
async def desk(
    request: pytest.FixtureRequest, tmp_path: Path, province: Path, clock: TestClock, catalog: Catalog
) -> AsyncIterator[Desk]:
    db = Database(f"sqlite:///{shutil.copy(province, tmp_path / 'loa.db')}")
    channel: Any
    async with TelegramSimulator() as telegram, ZaloSimulator(clock) as zalo:
        if request.param == "telegram":
            channel = TelegramChannel(telegram.token, telegram.url, catalog.text, clock, db)
            person: Any = telegram.person(5190021)
            person.started = True
            yield Desk(db, clock, telegram, channel, person)
        else:
            channel = zalo_channel(Settings(**zalo.settings()), db, clock, catalog)
            yield Desk(db, clock, zalo, channel, zalo.person("Lan"))
        await channel.aclose()
    await db.close()


async def test_what_a_form_asked_for_is_kept_sealed(desk: Desk) -> None:
    await desk.awaits({"name": "a form", AWAITS_FILE: True})
    message = await desk.sends("Biểu số 1.xlsx", SHEET)
    [file] = message.attachments
    assert (file.name, file.size, ENDINGS[file.media_type]) == ("Biểu số 1.xlsx", len(SHEET), "xlsx")
    photo = await desk.sends("", JPEG)
    assert [each.media_type for each in photo.attachments] == ["image/jpeg"]
    assert [content for _, content in await desk.kept()] == [SHEET, JPEG]


async def test_what_nobody_asked_for_is_not_even_fetched(desk: Desk) -> None:
    message = await desk.sends("nam.pdf", PDF)
    assert (message.attachments, message.file_fault) == ((), None)
    assert message.files
    assert await desk.kept() == []


async def test_an_officers_document_is_kept_and_their_photo_is_not(desk: Desk) -> None:
    await desk.awaits({}, officer=True)
    assert len((await desk.sends("bieu.pdf", PDF)).attachments) == 1
    assert (await desk.sends("", JPEG)).attachments == ()


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("bao-cao.pdf", b"MZ\x90 a program", FileFault.UNKNOWN_KIND),
        ("ke-hoach.pdf", PDF + b"." * (20 * 1024 * 1024), FileFault.TOO_LARGE),
    ],
)
async def test_a_hostile_file_is_told_of_and_not_kept(desk: Desk, name: str, content: bytes, fault: FileFault) -> None:
    await desk.awaits({AWAITS_FILE: True})
    message = await desk.sends(name, content)
    assert (message.file_fault, message.attachments) == (fault, ())
    assert await desk.kept() == []
    assert len((await desk.sends("bieu.pdf", PDF)).attachments) == 1, "the next one is taken"


async def test_a_size_nobody_told_is_counted_while_fetching(desk: Desk) -> None:
    await desk.awaits({AWAITS_FILE: True})
    await desk.sends("bieu.pdf", PDF)
    large = PDF + b"." * (20 * 1024 * 1024)
    if isinstance(desk.simulator, ZaloSimulator):
        message = await desk.sends("", large)
    else:
        desk.simulator.files.clear()
        message = await desk.sends("", b"\xff\xd8\xff" + large)
    assert message.file_fault is FileFault.TOO_LARGE


async def test_a_file_that_cannot_be_had_is_told_of(desk: Desk) -> None:
    await desk.awaits({AWAITS_FILE: True})
    message = await desk.sends("bieu.pdf", PDF)
    bare = replace(message, attachments=())
    if isinstance(desk.simulator, ZaloSimulator):
        desk.simulator.books.sent.clear()
    else:
        desk.simulator.fail("download", tg.bad_gateway())
    assert (await desk.received.brought_in(bare)).file_fault is FileFault.NOT_FETCHED


async def test_nobody_fills_the_disk(desk: Desk, clock: TestClock) -> None:
    await desk.awaits({AWAITS_FILE: True})
    async with desk.db.session() as db:
        for number in range(MOST_FILES):
            content = PDF + str(number).encode()
            await keep_file(
                db, "a.pdf", content, "application/pdf", FilePurpose.RECEIVED, clock.now(), owner=desk.person.address
            )
        await db.commit()
    assert (await desk.sends("bieu.pdf", PDF)).file_fault is FileFault.TOO_MANY


async def test_the_person_sees_typing_while_a_file_is_fetched_where_there_is_such_a_sign(desk: Desk) -> None:
    await desk.awaits({AWAITS_FILE: True})
    await desk.sends("bieu.pdf", PDF)
    shown = bool(getattr(desk.person, "types_to_me", False))
    assert shown is not isinstance(desk.simulator, ZaloSimulator), "Zalo has none"
