"""Kept files: sealed, kept once, erased in time and with their owner."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import func, select

from handlers.messages import Attachment, Reply
from storage.columns import Keyring, use_keyring
from storage.database import Database
from storage.files import (
    KEPT,
    LARGEST_FILE,
    FilePurpose,
    StoredContent,
    StoredFile,
    content_of,
    drop_expired_files,
    forget_files,
    forget_upload,
    keep_file,
    note_upload,
    upload_known,
)
from tests.conftest import MONDAY

ADDRESS = "zalo:2000000000000000001"


async def test_a_file_is_sealed_and_comes_back_whole(database: Database) -> None:
    content = bytes(range(256)) * 40
    async with database.session() as db:
        file = await keep_file(db, "ảnh Y Mai.png", content, "image/png", FilePurpose.RECEIVED, MONDAY, owner=ADDRESS)
        await db.commit()
        assert file.id is not None
        sealed = (await db.exec(select(StoredContent.sealed))).one()
        assert content[:64] not in sealed
        assert await content_of(db, file.id) == content
        use_keyring(Keyring(["another-key-altogether"]))
        assert await content_of(db, file.id) is None


async def test_the_same_file_for_the_same_purpose_is_kept_once_and_longer(database: Database) -> None:
    async def keep(name: str, owner: str, days: int) -> StoredFile:
        return await keep_file(
            db, name, b"%PDF", "application/pdf", FilePurpose.DOCUMENT, MONDAY, timedelta(days=days), owner
        )

    async with database.session() as db:
        first = await keep("a.pdf", "", 2)
        again = await keep("a.pdf", "", 9)
        assert first.id == again.id
        assert again.expires_at == MONDAY + timedelta(days=9)
        assert len({(await keep(name, owner, 1)).id for name, owner in (("b.pdf", ""), ("a.pdf", ADDRESS))}) == 2
        await db.commit()
        assert await drop_expired_files(db, MONDAY + timedelta(days=3)) == 2
        assert first.id is not None
        assert await content_of(db, first.id) == b"%PDF"


async def test_nothing_and_too_much_are_not_kept(database: Database) -> None:
    async with database.session() as db:
        for content in (b"", b"." * (LARGEST_FILE + 1)):
            with pytest.raises(ValueError, match="bytes wanted"):
                await keep_file(db, "a", content, "application/pdf", FilePurpose.CHART, MONDAY)


async def test_files_go_with_their_owner_and_what_platforms_called_them(database: Database) -> None:
    async with database.session() as db:
        mine = await keep_file(db, "a.png", b"1", "image/png", FilePurpose.RECEIVED, MONDAY, owner=ADDRESS)
        ours = await keep_file(db, "a.png", b"1", "image/png", FilePurpose.CHART, MONDAY)
        assert mine.id is not None
        assert ours.id is not None
        for file_id in (mine.id, ours.id):
            await note_upload(db, "zalo:1", file_id, "t0k", MONDAY + timedelta(days=6))
        assert await forget_files(db, ADDRESS) == 1
        await db.commit()
        assert await content_of(db, mine.id) is None
        assert (await db.exec(select(func.count()).select_from(StoredFile))).one() == 1
        assert await upload_known(db, "zalo:1", mine.id, MONDAY) == ""
        assert await upload_known(db, "zalo:1", ours.id, MONDAY) == "t0k"
        assert await upload_known(db, "zalo:1", ours.id, MONDAY + timedelta(days=6)) == ""
        assert await upload_known(db, "telegram:1", ours.id, MONDAY) == ""
        await forget_upload(db, "zalo:1", ours.id)
        assert await upload_known(db, "zalo:1", ours.id, MONDAY) == ""
        await db.commit()
        assert await drop_expired_files(db, MONDAY + KEPT) == 1


def test_a_reply_is_kept_with_a_reference_not_with_bytes() -> None:
    reply = Reply("Kính gửi", attachment=Attachment(7, "a.pdf", "application/pdf", 4_000_000, "Xem tại Sở."))
    assert Reply.from_json(reply.to_json()) == reply
    assert "attachment" not in Reply("a").to_json()
