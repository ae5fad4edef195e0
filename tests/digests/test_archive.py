"""The archive: the same answers on both engines, bounded by who, when and what; quick when it is large."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from content.catalog import Catalog
from handlers.directives.asking import Query
from storage.archive import ArchiveEntry, ArchiveKind, Search, archive_is_empty, search_archive, spoken
from storage.database import Database
from storage.directives import DirectiveState
from storage.shipped import load_shipped
from tests.conftest import MONDAY, TestClock
from tests.handlers.talk import Known, Talk


@pytest.fixture
async def archive(province_url: str) -> AsyncIterator[Database]:
    db = Database(province_url)
    yield db
    await db.close()


async def found(archive: Database, text: str, bounds: Search | None = None) -> list[str]:
    async with archive.reading() as db:
        return [entry.subject_id for entry in await Query.read(text).ranked(db, bounds or Search())]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("chi dao ve ngo doc thuc pham", "i003_1_2"),
        ("Chỉ đạo về NGỘ ĐỘC thực phẩm!", "i003_1_2"),
        ("3929", "i003_1_1"),
        ("số 3929/KH-UBND", "i003_1_1"),
        ("phong chay pin lithium", "i003_1_3"),
        ("thong tin co so 2024", "kh_thong_tin_co_so_2024"),
        ("trang ttdt xa Sa Thay", "t002_2"),
    ],
)
async def test_words_find_with_and_without_diacritics(archive: Database, asked: str, first: str) -> None:
    ids = await found(archive, asked)
    assert first in ids[:4], ids[:6]


async def test_what_nobody_wrote_is_not_found(archive: Database) -> None:
    for asked in ("tàu vũ trụ", "9999", "3929 tàu vũ trụ lặn biển", "' OR 1=1 --", '"', "* AND NOT", "ngộ:độc(thực"):
        ids = await found(archive, asked)
        assert ids == [] or asked.startswith("ngộ")


async def test_bounds_hold(archive: Database) -> None:
    everything = await found(archive, "ngo doc thuc pham")
    assert "i003_1_2" in everything
    assert "i003_1_2" in await found(archive, "ngo doc thuc pham", Search(agencies=("so_y_te",)))
    assert await found(archive, "ngo doc thuc pham", Search(agencies=("so_y",))) == [], "half an id is no id"
    assert await found(archive, "ngo doc thuc pham", Search(last=date(2001, 1, 1))) == []
    assert await found(archive, "ngo doc thuc pham", Search(states=(DirectiveState.WITHDRAWN,))) == []
    assert await found(archive, "ngo doc thuc pham", Search(kinds=(ArchiveKind.PLAN,))) == []


async def test_an_entry_is_found_by_its_newest_words_only(archive: Database) -> None:
    """The engine's own index follows every change of a row."""
    async with archive.session() as db:
        (entry,) = [one for one in await search_archive(db, Search(words=("3929",))) if one.kind is ArchiveKind.ITEM]
        entry.words = spoken("đường sắt trên cao")
        db.add(entry)
        await db.commit()
    assert await found(archive, "duong sat tren cao") == [entry.subject_id]
    assert entry.subject_id not in await found(archive, "3929")
    async with archive.session() as db:
        await db.delete(await db.get_one(ArchiveEntry, entry.id))
        await db.commit()
    assert await found(archive, "duong sat tren cao") == []


async def test_a_house_that_has_no_archive_yet_gets_one(archive: Database, catalog: Catalog) -> None:
    async with archive.session() as db:
        for entry in await search_archive(db, Search(), limit=10_000):
            await db.delete(entry)
        await db.flush()
        assert await archive_is_empty(db)
        assert await load_shipped(db, catalog, MONDAY)
        assert not await archive_is_empty(db)
        assert not await load_shipped(db, catalog, MONDAY)


def test_a_snippet_shows_the_words_found() -> None:
    query = Query.read("ngo doc thuc pham")
    text = "Sở Y tế. " * 40 + "Phòng ngừa ngộ độc thực phẩm trong dịp Tết " + "và sau Tết " * 40
    shown = query.snippet(text, 160, "**")
    assert "**ngộ độc thực phẩm**" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) <= 170
    assert query.snippet("Không có gì ở đây", 160, "**") == "Không có gì ở đây"
    assert query.snippet("", 160, "**") == ""


async def test_an_officer_turns_the_pages_in_chat(shipped: Database, catalog: Catalog, clock: TestClock) -> None:
    known = Known()
    known.intent("tìm nhiệm vụ thông tin cơ sở", "search_directive")
    talk = Talk(shipped, catalog, known, clock.now())
    await talk.becomes_officer("ubnd_huyen_sa_thay")
    await talk.says("/start")
    first = await talk.says("tìm nhiệm vụ thông tin cơ sở")
    assert "trang 1/" in first
    assert talk.buttons[-1].value == "find:2:thong tin"
    assert talk.buttons[:-1], "some of what is found can be opened"
    for choice in talk.buttons[:-1]:
        assert f"**{choice.label.partition(' ')[0]} " in first, "the number typed is the number that was read"
    second = await talk.taps("find:2:thong tin")
    assert "trang 2/" in second
    assert "**5. " in second
    assert await talk.taps("find:x:thong tin") == await talk.taps("find:1:thong tin")
    assert "Không tìm thấy" in await talk.taps("find:1:khong gi ca xyz")
    stranger = talk.another("dan")
    assert "dành cho cán bộ" in await stranger.taps("find:1:thong tin")
    assert "dành cho cán bộ" in await stranger.taps("directive:cv_tuan_46_2024")
