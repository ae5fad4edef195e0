"""Documents and pictures that go with a reply: carried where the channel can, said where else they are where not."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from aiogram.methods import SendDocument, SendPhoto

from bot.errors import ChannelUnavailable, ContactGone
from content.catalog import Catalog
from handlers.files import attached
from handlers.messages import Attachment, Choice, Reply
from simulators import telegram as tg
from simulators import zalo as zl
from storage.files import FilePurpose, drop_expired_files, keep_file
from tests.channels.contract.conftest import FarEnd, OnTelegram, OnZalo, Seen
from tests.conftest import TestClock

PDF = b"%PDF-1.7\nnot much of a document\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n and some points"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ACK = Choice("Đã nhận", "ack:1")
LARGE = 6 * 1024 * 1024
"""Bytes Zalo takes in no file."""


async def _kept(
    far: FarEnd, catalog: Catalog, clock: TestClock, name: str, media_type: str, content: bytes
) -> Attachment:
    async with far.db.session() as db:
        file = await keep_file(db, name, content, media_type, FilePurpose.DOCUMENT, clock.now())
        await db.commit()
    return attached(catalog.text, file)


@pytest.mark.parametrize(
    ("name", "media_type", "content"),
    [
        ("Công văn 003.pdf", "application/pdf", PDF),
        ("Phiếu nhận báo cáo.docx", DOCX, b"PK\x03\x04"),
        ("Biểu đồ tiến độ.png", "image/png", PNG),
    ],
)
async def test_a_file_comes_before_its_words_and_their_buttons(
    far: FarEnd, catalog: Catalog, clock: TestClock, name: str, media_type: str, content: bytes
) -> None:
    attachment = await _kept(far, catalog, clock, name, media_type, content)
    assert await far.channel.send(far.address, Reply("Kính gửi văn bản", (ACK,), attachment=attachment))
    file, words = await far.sees()
    assert (file.labels, file.calls) == ((), ())
    assert words.text.startswith("Kính gửi văn bản")
    assert words.labels == (("Đã nhận",) if far.channel.capabilities.buttons else ())
    if isinstance(far, OnTelegram | OnZalo):
        picture = media_type == "image/png"
        assert (file.file, file.picture, file.content) == ("" if picture else name, picture, content)
    else:
        assert name in file.file + file.text


@pytest.mark.parametrize(
    ("name", "media_type", "size"),
    [
        ("Biểu tổng hợp.xlsx", XLSX, 1000),
        ("Kế hoạch.pdf", "application/pdf", LARGE),
        ("Bản đồ.png", "image/png", LARGE),
    ],
)
async def test_what_a_channel_does_not_carry_is_told_of(
    far: FarEnd, catalog: Catalog, clock: TestClock, name: str, media_type: str, size: int
) -> None:
    content = PNG.ljust(size, b".")
    attachment = await _kept(far, catalog, clock, name, media_type, content)
    await far.channel.send(far.address, Reply("Kính gửi", attachment=attachment))
    file, words = await far.sees()
    assert words == Seen("Kính gửi")
    carried = far.channel.capabilities.carries(attachment) is not None
    assert carried is (far.channel.name != "zalo")
    if not carried:
        assert file == Seen(attachment.instead)
        assert name in attachment.instead


async def test_a_file_no_longer_kept_is_told_of(far: FarEnd, catalog: Catalog, clock: TestClock) -> None:
    attachment = await _kept(far, catalog, clock, "Công văn.pdf", "application/pdf", PDF)
    clock.move(timedelta(days=31))
    async with far.db.session() as db:
        assert await drop_expired_files(db, clock.now()) == 1
        await db.commit()
    if isinstance(far, OnZalo):
        await far.person.says("a")  # else the window has closed
    await far.channel.send(far.address, Reply("Kính gửi", attachment=attachment))
    seen = await far.sees()
    assert seen[-1].text == "Kính gửi"
    if isinstance(far, OnTelegram | OnZalo):
        assert seen[0] == Seen(attachment.instead)


@pytest.mark.parametrize("far", ["telegram", "zalo"], indirect=True)
async def test_a_file_for_many_is_uploaded_once_until_the_platform_forgets_it(
    far: FarEnd, catalog: Catalog, clock: TestClock
) -> None:
    attachment = await _kept(far, catalog, clock, "Công văn.pdf", "application/pdf", PDF)
    reply = Reply("Kính gửi", attachment=attachment)
    if isinstance(far, OnTelegram):
        await asyncio.gather(*(far.channel.send(far.address, reply) for _ in range(5)))
        assert len(far.simulator.files) == 1
        assert len(far.simulator.called(SendDocument)) == 5
        far.simulator.files.clear()  # a new token, say: the old names are good for nothing
    else:
        assert isinstance(far, OnZalo)
        await asyncio.gather(*(far.channel.send(far.address, reply) for _ in range(5)))
        assert far.simulator.requests["/v2.0/oa/upload/file"] == 1
        far.simulator.books.uploads = {
            token: (kind, content, clock.now()) for token, (kind, content, _) in far.simulator.books.uploads.items()
        }
    await far.channel.send(far.address, reply)
    seen = await far.sees()
    assert [bubble.file for bubble in seen if bubble.file] == ["Công văn.pdf"] * 6
    assert seen[-1].text == "Kính gửi"


@pytest.mark.parametrize("far", ["telegram", "zalo"], indirect=True)
async def test_a_refused_file_takes_no_words_with_it(far: FarEnd, catalog: Catalog, clock: TestClock) -> None:
    attachment = await _kept(far, catalog, clock, "Công văn.pdf", "application/pdf", PDF)
    if isinstance(far, OnTelegram):
        far.simulator.fail("sendDocument", tg.refused(400, "Bad Request: not enough rights to send documents"))
    else:
        assert isinstance(far, OnZalo)
        far.simulator.faults = [zl.Refusal(-210)]
    await far.channel.send(far.address, Reply("Kính gửi", attachment=attachment))
    assert await far.sees() == [Seen(attachment.instead), Seen("Kính gửi")]


@pytest.mark.parametrize("far", ["telegram", "zalo"], indirect=True)
async def test_an_outage_during_the_file_is_one_of_the_channel(far: FarEnd, catalog: Catalog, clock: TestClock) -> None:
    attachment = await _kept(far, catalog, clock, "Công văn.pdf", "application/pdf", PDF)
    reply = Reply("Kính gửi", attachment=attachment)
    if isinstance(far, OnTelegram):
        far.simulator.fail("sendDocument", tg.bad_gateway())
    else:
        assert isinstance(far, OnZalo)
        far.simulator.faults = [zl.Fault.UNAVAILABLE]
    with pytest.raises(ChannelUnavailable):
        await far.channel.send(far.address, reply)
    assert await far.sees() == []
    await far.channel.send(far.address, reply)
    assert [seen.file or seen.text for seen in await far.sees()] == ["Công văn.pdf", "Kính gửi"]


@pytest.mark.parametrize("far", ["telegram", "zalo"], indirect=True)
async def test_a_file_whose_answer_is_lost_may_come_and_is_told_of(
    far: FarEnd, catalog: Catalog, clock: TestClock
) -> None:
    attachment = await _kept(far, catalog, clock, "Công văn.pdf", "application/pdf", PDF)
    if isinstance(far, OnTelegram):
        far.simulator.fail("sendDocument", tg.dropped())
    else:
        assert isinstance(far, OnZalo)
        far.simulator.faults = [zl.Fault.LOST]
    await far.channel.send(far.address, Reply("Kính gửi", attachment=attachment))
    file, *rest = await far.sees()
    assert file.file == "Công văn.pdf"
    assert rest == [Seen(attachment.instead), Seen("Kính gửi")]


@pytest.mark.parametrize("far", ["telegram"], indirect=True)
async def test_a_picture_telegram_cannot_show_goes_as_a_document(
    far: FarEnd, catalog: Catalog, clock: TestClock
) -> None:
    assert isinstance(far, OnTelegram)
    attachment = await _kept(far, catalog, clock, "Dải.png", "image/png", PNG)
    far.simulator.fail("sendPhoto", tg.refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"))
    await far.channel.send(far.address, Reply("Biểu đồ", attachment=attachment))
    assert [seen.file for seen in await far.sees()] == ["Dải.png", ""]
    assert len(far.simulator.called(SendPhoto)) == 1


@pytest.mark.parametrize("far", ["telegram"], indirect=True)
async def test_somebody_who_has_blocked_the_bot_gets_no_upload(far: FarEnd, catalog: Catalog, clock: TestClock) -> None:
    assert isinstance(far, OnTelegram)
    attachment = await _kept(far, catalog, clock, "Công văn.pdf", "application/pdf", PDF)
    far.person.blocking = True
    with pytest.raises(ContactGone):
        await far.channel.send(far.address, Reply("Kính gửi", attachment=attachment))


@pytest.mark.parametrize("far", ["zalo"], indirect=True)
async def test_without_the_permission_to_upload_words_still_go_out(
    far: FarEnd, catalog: Catalog, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(far, OnZalo)
    attachment = await _kept(far, catalog, clock, "Công văn.pdf", "application/pdf", PDF)

    async def refuse(_request: object) -> dict[str, str]:
        raise zl.Refusal(-223)

    monkeypatch.setattr(far.simulator.books, "upload", refuse)
    await far.channel.send(far.address, Reply("Kính gửi", attachment=attachment))
    assert await far.sees() == [Seen(attachment.instead), Seen("Kính gửi")]
