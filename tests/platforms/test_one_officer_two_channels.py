"""An officer begins a report on Zalo and finishes it on Telegram: one person, one draft."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from sqlmodel import select

from storage.contacts import account_at
from storage.reports import ProgressReport
from tests.platforms.conftest import World
from tests.platforms.test_three_jobs import PATIENCE, register, talk

REPORT = "report:t002_pl02_09"


async def _opens_the_report(world: World, person: Any) -> None:
    """Tap the button of Sa Thầy's line about notice boards, wherever it was offered."""
    before = len(person.messages)
    await (person.says(f"#{REPORT}") if person.address.startswith("zalo") else person.forges_tap(REPORT))
    async with asyncio.timeout(PATIENCE):
        while len(person.messages) == before:
            await world.settle()
            await asyncio.sleep(0.01)
    await world.settle()


@pytest.mark.parametrize(("first", "second"), [("zalo", "telegram"), ("telegram", "zalo")])
async def test_a_draft_begun_on_one_channel_goes_on_on_the_other(world: World, first: str, second: str) -> None:
    people: dict[str, Any] = {"zalo": world.zalo.person("A Thui"), "telegram": world.telegram.person(7, "A Thui")}
    here, there = people[first], people[second]
    await register(world, here, first, "ubnd_huyen_sa_thay")
    await talk(world, here, "thêm kênh")
    code = re.search(r"[A-Z2-9]{4} [A-Z2-9]{4}", here.messages[-1].text)
    assert code
    await there.says("chào")
    await there.sees(1, PATIENCE)
    await talk(world, there, f"nối kênh {code[0]}")
    assert "A Thui" in there.messages[-1].text
    await talk(world, there, "@Đúng, nối")
    await world.settle()
    assert any("vừa được nối" in bubble.text for bubble in here.messages)

    await _opens_the_report(world, here)
    await talk(world, here, "@Bắt đầu")
    assert "(Câu 1/7)" in here.messages[-1].text
    await talk(world, here, "5/7 xã")
    async with world.loa.db.reading() as db:
        accounts = [await account_at(db, person.address) for person in (here, there)]
        [report] = (await db.exec(select(ProgressReport))).all()
    assert accounts[0] is not None
    assert accounts[1] is not None
    assert accounts[0].contact_id == accounts[1].contact_id
    assert list(report.draft) == [str(accounts[0].contact_id)]

    await _opens_the_report(world, there)
    assert "đã trả lời 1/7 câu" in there.messages[-1].text
    await talk(world, there, "@Tiếp tục")
    assert "(Câu 2/7)" in there.messages[-1].text
    await talk(world, there, "0/1")
    assert "(Câu 3/7)" in there.messages[-1].text
