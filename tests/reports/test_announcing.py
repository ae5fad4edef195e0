"""What opens is told once, in one message, to those who owe it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from content.catalog import Catalog
from handlers.questionnaires.publishing import put
from handlers.reports.announcing import announce
from storage.digests import Delivery
from storage.questionnaires import FormState, form_for_update
from tests.handlers.talk import Talk
from tests.reports.conftest import SA_THAY
from tests.reports.test_department_forms import ask, made, publish
from tests.reports.test_periods import COLUMN, CULTURE, MONTHLY


@pytest.fixture
async def culture(citizen: Talk) -> Talk:
    """An officer who owes monthly reports, subscribed, on the Monday when no period has just begun."""
    talk = citizen.another("vhttdl")
    await talk.becomes_officer(CULTURE, "Lê Văn Hóa (demo)")
    await talk.taps("sub:on")
    return talk


async def looked(talk: Talk, catalog: Catalog) -> int:
    async with talk.db.session() as db:
        count = await announce(db, catalog, talk.now)
        await db.commit()
    return count


async def told(talk: Talk) -> list[str]:
    query = select(Delivery).where(col(Delivery.key).startswith("opening:")).order_by(col(Delivery.id))
    async with talk.db.reading() as db:
        return [(row.reply or {})["text"] for row in (await db.exec(query)).all()]


async def test_a_period_is_announced_once_when_it_begins(culture: Talk, catalog: Catalog) -> None:
    assert await looked(culture, catalog) == 0, "November began in October: a first start floods nobody"
    culture.now += timedelta(days=4)  # Friday 15/11
    assert await looked(culture, catalog) == 1
    [text] = await told(culture)
    assert "Kỳ báo cáo **tháng 12/2024**, số liệu từ 15/11/2024 đến 14/12/2024, hạn gửi **20/12/2024**" in text
    assert "• " in text
    assert "20/11/2024" not in text, "what opened earlier is the reminders' business"
    assert await looked(culture, catalog) == 0
    culture.now += timedelta(days=3)
    assert await looked(culture, catalog) == 0


async def test_a_look_a_working_day_late_still_tells_and_two_are_too_late(culture: Talk, catalog: Catalog) -> None:
    late = culture.now + timedelta(days=8)  # Tuesday 19/11
    culture.now += timedelta(days=7)
    assert await looked(culture, catalog) == 1
    culture.now = late + timedelta(days=30)  # Thursday 19/12: January began on Sunday
    assert await looked(culture, catalog) == 0


async def test_who_has_reported_already_is_not_told(culture: Talk, catalog: Catalog) -> None:
    culture.now += timedelta(days=4)
    await culture.taps(f"report:{MONTHLY}@2024-12")
    await culture.says(COLUMN)
    await culture.says("nộp")
    await looked(culture, catalog)
    assert all("du lịch" not in text.lower() for text in await told(culture))


async def test_what_opened_together_stands_in_one_message(culture: Talk, catalog: Catalog) -> None:
    culture.now += timedelta(days=4)
    first = await publish(culture, made(ask("a"), per="week", title="Tuần"))
    assert await looked(culture, catalog) == 1
    [text] = await told(culture)
    assert text.index("tháng 12/2024") < text.index("Biểu mẫu **Tuần** (tuần 46/2024)")
    culture.now += timedelta(days=3)  # Monday
    assert await looked(culture, catalog) == 1, "the next week's"
    assert "tuần 47/2024" in (await told(culture))[-1]
    async with culture.db.session() as db:
        row = await form_for_update(db, first)
        assert row is not None
        put(db, row, FormState.CLOSED, "so", culture.now)
        put(db, row, FormState.OPEN, "so", culture.now)
        await db.commit()
    assert await looked(culture, catalog) == 0, "opened again is not new"


async def test_a_form_is_told_to_who_subscribed_and_owes_it(culture: Talk, catalog: Catalog) -> None:
    quiet = culture.another("im lặng")
    await quiet.becomes_officer(SA_THAY, "Y Sa (demo)")
    culture.now = quiet.now
    await publish(culture, made(ask("a"), per="free"))
    assert await looked(culture, catalog) == 0, "nobody owes what may be handed in at any time"
    form = await publish(culture, made(ask("a"), id="thu2", per="once", title="Một lần"))
    await culture.taps(f"bieumau:{form}")
    await culture.taps("Bắt đầu")
    await culture.says("3")
    await culture.says("nộp")
    assert await looked(culture, catalog) == 0, "one has handed in, the other wants no messages"
    await quiet.taps("sub:on")
    await publish(culture, made(ask("a"), id="thu3", per="once", title="Hai lần"))
    assert await looked(culture, catalog) == 2
    assert all("Hai lần" in text and "Một lần" not in text for text in await told(culture))
