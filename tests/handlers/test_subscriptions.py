"""Switching the weekly digest on and off."""

from __future__ import annotations

import pytest

from storage.contacts import is_subscribed
from tests.handlers.talk import Known, Talk


async def subscribed(talk: Talk) -> bool:
    account = await talk.account()
    async with talk.db.session() as db:
        return await is_subscribed(db, account.id or 0)


@pytest.mark.parametrize("intent", ["subscribe_digest", "unsubscribe_digest"])
async def test_a_citizen_is_told_whom_the_digest_is_for(talk: Talk, known: Known, intent: str) -> None:
    known.intent("bản tin", intent)
    assert "dành cho cán bộ" in await talk.says("bản tin")
    assert "Đăng ký cán bộ" in talk.labels
    assert not await subscribed(talk)


async def test_an_officer_switches_it_on_and_off(talk: Talk, known: Known) -> None:
    await talk.becomes_officer("so_tttt")
    known.intent("nhận bản tin", "subscribe_digest")
    known.intent("ngừng bản tin", "unsubscribe_digest")
    assert talk.catalog.agency_name("so_tttt") in await talk.says("nhận bản tin")
    assert await subscribed(talk)
    assert "ngừng" in await talk.taps("sub:off")
    assert not await subscribed(talk)
    assert "không nhận" in await talk.taps("sub:off"), "twice is harmless"
    await talk.taps("Nhận bản tin")
    assert await subscribed(talk)
    assert "ngừng" in await talk.says("ngừng bản tin")
