"""``loa digest pause|resume|cancel|resend``: how many is said, and asked, before anything is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from content.catalog import Catalog
from storage.database import Database
from storage.digests import DeliveryState, Digest, DigestState
from tests.conftest import TestClock
from tests.digests.province import Small, deliveries
from tests.digests.test_steering import settled

Loa = Callable[..., Result]
QUEUED, SENT = DeliveryState.QUEUED, DeliveryState.SENT


@pytest.fixture
def loa(monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> Loa:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("DATA_KEYS", "a-key-only-for-the-tests")

    def run(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, ["digest", *words], input=typed)

    return run


def on_its_way(url: str, catalog: Catalog, *states: DeliveryState) -> None:
    """Digest 1 for four officers, with so many deliveries settled."""

    async def prepare() -> None:
        clock = TestClock()
        small = Small(Database(url), catalog)
        await small.build(clock.now())
        for _ in range(4):
            await small.officer("so_y_te", clock.now())
        assert await small.sending(clock.now()) == 1
        await settled(small, clock, *states)
        await small.db.close()

    asyncio.run(prepare())


def stands(url: str) -> tuple[DigestState, bool, list[DeliveryState]]:
    """The digest's state, whether it is paused, and its deliveries' states."""

    async def look() -> tuple[DigestState, bool, list[DeliveryState]]:
        database = Database(url)
        async with database.reading() as db:
            digest = await db.get(Digest, 1)
            states = sorted(row.state for row in await deliveries(db))
        await database.close()
        assert digest is not None
        return digest.state, digest.paused_at is not None, states

    return asyncio.run(look())


def test_a_digest_is_paused_resumed_and_cancelled_from_a_terminal(loa: Loa, sqlite_url: str, catalog: Catalog) -> None:
    on_its_way(sqlite_url, catalog, SENT)
    assert "3 tin đang chờ" in loa("pause", "1").output
    assert stands(sqlite_url)[1]
    assert loa("pause", "1").exit_code == 1, "it is paused already"
    assert "Đang gửi tiếp 3 tin" in loa("resume", "1").output
    asked = loa("cancel", "1", typed="n\n")
    assert "3 tin chưa gửi sẽ không gửi nữa" in asked.output
    assert asked.exit_code == 1
    assert stands(sqlite_url) == (DigestState.SENDING, False, [QUEUED] * 3 + [SENT])
    assert "1 tin đã gửi, 3 tin không gửi nữa" in loa("cancel", "1", "--yes").output
    assert stands(sqlite_url) == (DigestState.SENT, False, [SENT] + [DeliveryState.SKIPPED] * 3)


def test_sending_again_asks_first_and_says_how_many(loa: Loa, sqlite_url: str, catalog: Catalog) -> None:
    on_its_way(sqlite_url, catalog, SENT, SENT, DeliveryState.FAILED, DeliveryState.UNCLEAR)
    asked = loa("resend", "1", "--to", "failed", typed="n\n")
    assert "1 lượt không gửi được" in asked.output
    assert asked.exit_code == 1
    assert QUEUED not in stands(sqlite_url)[2]
    assert "Đang gửi lại 1 tin lỗi" in loa("resend", "1", "--to", "failed", typed="y\n").output
    assert "Đang gửi thêm cho 2 người" in loa("resend", "1", "--to", "unacknowledged", "--yes").output
    assert stands(sqlite_url)[2].count(QUEUED) == 3
    nobody = loa("resend", "1", "--to", "unseen", "--yes")
    assert nobody.exit_code == 1, "no channel of theirs says what was seen"
    assert "Không còn ai cần gửi thêm" in nobody.output
    assert loa("resend", "9", "--to", "failed").exit_code == 1
    assert loa("resend", "1", "--to", "everybody").exit_code == 2
