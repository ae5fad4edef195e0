"""From a phone through the poller, the inbox and the desk, and back to the phone."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator

import pytest

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.pauses import Pauses
from bot.channels.telegram.poller import TelegramPoller
from bot.inbox import Inbox
from content.catalog import Catalog
from handlers.desk import Desk
from simulators.telegram import TelegramSimulator, bad_gateway, dropped, throttled
from storage.contacts import account_at
from storage.database import Database
from tests.conftest import TestClock
from tests.handlers.talk import Known


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    db = Database(sqlite_url)
    yield db
    await db.close()


@pytest.fixture
async def inbox(
    telegram: TelegramSimulator, database: Database, catalog: Catalog, clock: TestClock
) -> AsyncIterator[Inbox]:
    channel = TelegramChannel(telegram.token, telegram.url, catalog.text, clock, database)
    inbox = Inbox(database, {"telegram": channel}, Desk(catalog, Known()), catalog, clock)
    polling = asyncio.create_task(TelegramPoller(channel.api, inbox.accept, Pauses(0.01, 0.02)).run())
    yield inbox
    polling.cancel()
    await inbox.close()
    await channel.aclose()


@pytest.mark.usefixtures("inbox")
async def test_a_first_talk(telegram: TelegramSimulator, catalog: Catalog) -> None:
    an = telegram.person(5190021, "An")
    await an.starts()
    [greeting] = await an.sees(1)
    assert catalog.province.department.name in greeting.text
    assert "**" not in greeting.text
    assert greeting.bold
    await an.taps(catalog.text("citizen.button.food"))
    [topic] = await an.sees(1)
    assert len(topic.buttons) > 2
    assert topic.text.startswith(catalog.text("citizen.topic.food"))
    async with asyncio.timeout(30):
        while an.spinning:
            await asyncio.sleep(0.005)


@pytest.mark.usefixtures("inbox")
async def test_every_command_of_the_menu_is_answered(telegram: TelegramSimulator, catalog: Catalog) -> None:
    an = telegram.person(5190021, "An")
    failed = {catalog.text("citizen.unknown_command"), catalog.text("citizen.our_fault").replace("**", "")}
    for name in catalog.text.section("telegram.commands"):
        answer = await an.asks(f"/{name}")
        assert not any(answer.text.startswith(sentence) for sentence in failed), name


@pytest.mark.usefixtures("inbox")
async def test_many_people_at_once_each_get_their_answers(telegram: TelegramSimulator) -> None:
    people = [telegram.person(number, f"Người {number}") for number in range(1, 21)]
    for person in people:
        await person.starts()
        await person.sends_photo()
        await person.says("x" * 10_000)
    for person in people:
        bubbles = await person.sees(5)
        assert [bubble.id for bubble in bubbles] == sorted(bubble.id for bubble in bubbles)
        assert len(person.messages) == 5, "one answer to each of the five messages, whose last three are one long text"


async def test_an_update_delivered_twice_is_answered_once(telegram: TelegramSimulator, inbox: Inbox) -> None:
    an = telegram.person(5190021, "An")
    await an.says("/menu")
    again = copy.deepcopy(telegram.pending[0])
    await an.sees(1)
    await telegram.taken()
    telegram.queue_raw(again)
    await telegram.taken()
    await inbox.drain()
    assert len(an.messages) == 1


@pytest.mark.usefixtures("inbox")
async def test_an_answer_gets_through_a_bad_moment(telegram: TelegramSimulator) -> None:
    an = telegram.person(5190021, "An")
    telegram.fail("sendMessage", throttled(1))
    telegram.fail("getUpdates", bad_gateway())
    await an.says("/menu")
    assert (await an.sees(1))[0].buttons


async def test_an_answer_that_may_have_arrived_is_not_repeated(telegram: TelegramSimulator, inbox: Inbox) -> None:
    an = telegram.person(5190021, "An")
    telegram.fail("sendMessage", dropped())
    await an.says("/menu")
    await an.sees(1)
    await inbox.drain()
    assert len(an.messages) == 1


async def test_who_blocks_the_bot_is_noted(telegram: TelegramSimulator, inbox: Inbox, database: Database) -> None:
    an = telegram.person(5190021, "An")
    await an.starts()
    await an.sees(1)
    an.blocks()
    await telegram.taken()
    await inbox.drain()
    async with database.reading() as db:
        account = await account_at(db, an.address)
    assert account is not None
    assert account.left_at is not None
