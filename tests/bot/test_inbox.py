"""The inbox when something is wrong: faults, hangs, repetitions, two processes, more than can be held."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import event
from sqlmodel import select

from bot import inbox as inbox_module
from bot import turns
from bot.channels.base import Arrival
from bot.errors import BadCredentials, ChannelUnavailable, SendError, Unclear
from bot.inbox import LEASE, Inbox
from content.catalog import Catalog
from handlers.desk import Desk
from handlers.messages import Address, Reply
from nlu.verdict import Understanding
from storage.database import Database
from storage.journal import DatabaseAway, Journal
from storage.journal_entries import Kept, Recorded
from storage.journal_pages import SqlitePage
from storage.questions import QuestionLog
from storage.updates import InboundUpdate, UpdateState, claim_updates
from tests.conftest import TestClock
from tests.handlers.talk import Known
from tests.people import Phones


class Moody(Known):
    """Fails on some lines."""

    def understand(self, text: str) -> Understanding:
        if text.startswith("poison"):
            raise RuntimeError("bug")
        return super().understand(text)


class Stuck(Desk):
    """Never ends a turn about some lines."""

    async def answer_citizen(self, db, message, now, standing, understood=None):  # type: ignore[no-untyped-def]
        if message.text == "hang":
            await asyncio.Event().wait()
        return await super().answer_citizen(db, message, now, standing, understood)


class Strange(StrEnum):
    """No state of an update: the table's check refuses it."""

    VALUE = "strange"


class House:
    """Inboxes on one database, as processes would be."""

    def __init__(self, db: Database, catalog: Catalog, clock: TestClock) -> None:
        self.db, self.catalog, self.clock = db, catalog, clock
        self.phones = Phones()
        self.inboxes: list[Inbox] = []
        self.inbox = self.another()

    def another(self, desk: Desk | None = None) -> Inbox:
        desk = desk or Stuck(self.catalog, Moody())
        self.inboxes.append(Inbox(self.db, {"phone": self.phones}, desk, self.catalog, self.clock))
        return self.inboxes[-1]

    def update(self, number: int | str, text: str, user: str = "an") -> Arrival:
        data = {"id": str(number), "user": user, "kind": "text", "text": text}
        return Arrival(str(number), json.dumps(data))

    async def crash(self, inbox: Inbox) -> None:
        """What kill -9 leaves: no worker, no word to the database."""
        inbox._open = False
        tasks = [*inbox._workers.values(), *([inbox._keeper] if inbox._keeper else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        inbox._held.clear()

    async def states(self) -> dict[str, UpdateState]:
        async with self.db.reading() as db:
            rows = (await db.exec(select(InboundUpdate).order_by("id"))).all()
        return {row.external_id: row.state for row in rows}

    async def asked(self) -> list[str]:
        async with self.db.reading() as db:
            return [row.text for row in (await db.exec(select(QuestionLog).order_by("id"))).all()]


@pytest.fixture
async def house(database: Database, catalog: Catalog, clock: TestClock) -> AsyncIterator[House]:
    house = House(database, catalog, clock)
    yield house
    for inbox in house.inboxes:
        await inbox.close(grace=0.1)


async def test_ten_deliveries_at_once_after_a_restart_and_a_day_later_are_one(house: House) -> None:
    again = house.update(7, "one")
    await asyncio.gather(*(house.inbox.accept("phone", again) for _ in range(10)))
    await house.inbox.drain()
    await house.inbox.close()
    second = house.another()
    await second.resume()
    await second.accept("phone", again)
    house.clock.move(timedelta(hours=25))
    await second.accept("phone", again)
    await second.drain()
    assert await house.asked() == ["one"]
    assert len(house.phones.inbox["an"]) == 1


async def test_numbers_may_come_in_any_order(house: House) -> None:
    for number in (900, 17, 901, 3):
        await house.inbox.accept("phone", house.update(number, f"q{number}"))
    await house.inbox.drain()
    assert await house.asked() == ["q900", "q17", "q901", "q3"]


async def test_a_poisoned_update_is_kept_and_the_next_ones_are_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN_PAUSES", (0.0, 0.0))
    for number, text in enumerate(["fine", "poison", "fine too"]):
        await house.inbox.accept("phone", house.update(number, text))
    await house.inbox.accept("phone", Arrival("broken", "not json"))
    await house.inbox.drain()
    states = await house.states()
    assert states == {
        "0": UpdateState.HANDLED,
        "1": UpdateState.FAILED,
        "2": UpdateState.HANDLED,
        "broken": UpdateState.FAILED,
    }
    said = [part.text for part in house.phones.inbox["an"]]
    assert len(said) == 3
    assert house.catalog.text("citizen.our_fault").split("\n")[0].replace("**", "") in said[1].replace("**", "")
    async with house.db.reading() as db:
        row = (await db.exec(select(InboundUpdate).where(InboundUpdate.external_id == "1"))).one()
    assert "RuntimeError" in (row.error or "")
    assert "poison" not in (row.error or "")


async def test_a_turn_that_hangs_is_given_up_and_holds_up_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_LIMIT", 0.3)
    await house.inbox.accept("phone", house.update(1, "hang"))
    await house.inbox.accept("phone", house.update(2, "fine"))
    await asyncio.wait_for(house.inbox.drain(), 10)
    assert await house.states() == {"1": UpdateState.FAILED, "2": UpdateState.HANDLED}


async def test_closing_does_not_wait_for_a_hung_turn_and_gives_it_back(house: House) -> None:
    await house.inbox.accept("phone", house.update(1, "hang"))
    await asyncio.sleep(0.05)
    await asyncio.wait_for(house.inbox.close(grace=0.1), 30)
    assert await house.another(Desk(house.catalog, Known())).resume() == 1  # without waiting for the lease to end


async def test_what_a_crash_left_is_worked_on_once_the_lease_is_over(house: House) -> None:
    await house.inbox.accept("phone", house.update(1, "hang"))
    await asyncio.sleep(0.05)
    await house.crash(house.inbox)
    other = house.another(Desk(house.catalog, Known()))
    assert await other.resume() == 0, "it may still be worked on"
    house.clock.move(LEASE + timedelta(seconds=1))
    assert await other.resume() == 1
    await other.drain()
    assert await house.asked() == ["hang"]
    assert len(house.phones.inbox["an"]) == 1


async def test_an_answered_update_is_only_sent(house: House) -> None:
    """A crash after the commit and before the sending."""
    gate = asyncio.Event()

    async def never(*_: object) -> None:
        gate.set()
        await asyncio.Event().wait()

    house.inbox._send = never  # type: ignore[method-assign, assignment]
    await house.inbox.accept("phone", house.update(1, "once"))
    await gate.wait()
    await house.crash(house.inbox)
    assert await house.states() == {"1": UpdateState.ANSWERED}
    house.clock.move(LEASE + timedelta(seconds=1))
    other = house.another()
    await other.resume()
    await other.drain()
    assert await house.states() == {"1": UpdateState.HANDLED}
    assert await house.asked() == ["once"]
    assert len(house.phones.inbox["an"]) == 1


async def test_a_turn_longer_than_its_lease_is_not_run_by_anybody_else(house: House) -> None:
    await house.inbox.accept("phone", house.update(1, "hang"))
    await asyncio.sleep(0.05)
    other = house.another(Desk(house.catalog, Known()))
    for _ in range(4):
        house.clock.move(LEASE - timedelta(seconds=1))
        await house.inbox._lengthen()
        assert await other.resume() == 0
    house.clock.move(LEASE + timedelta(seconds=1))  # the first one is wedged: it lengthens no more
    assert await other.resume() == 1


async def test_an_update_that_brings_down_every_process_is_given_up(house: House) -> None:
    await house.inbox.accept("phone", house.update(1, "hang"))
    await asyncio.sleep(0.05)
    await house.crash(house.inbox)
    taken = 0
    for _ in range(9):
        house.clock.move(LEASE + timedelta(seconds=1))
        async with house.db.session() as db:
            taken += len(await claim_updates(db, ["phone"], house.clock.now(), LEASE, 10, inbox_module.CRASHES))
            await db.commit()
    assert taken == inbox_module.CRASHES
    assert await house.states() == {"1": UpdateState.FAILED}


async def test_a_lease_from_a_clock_set_back_holds_nothing(house: House) -> None:
    await house.inbox.accept("phone", house.update(1, "hang"))
    await asyncio.sleep(0.05)
    await house.crash(house.inbox)
    house.clock.move(timedelta(days=-3))
    assert await house.another(Desk(house.catalog, Known())).resume() == 1


async def test_more_than_can_be_held_waits_in_the_database_in_order(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "HELD", 20)
    monkeypatch.setattr(inbox_module, "REFILL", 10)
    most = 0

    async def accept(number: int) -> None:
        nonlocal most
        await house.inbox.accept("phone", house.update(number, f"q{number}", f"u{number % 3}"))
        most = max(most, len(house.inbox._held))

    for begin in range(0, 200, 50):
        await asyncio.gather(*(accept(number) for number in range(begin, begin + 50)))
    await asyncio.wait_for(house.inbox.drain(), 60)
    assert most <= 20 + 50
    assert set((await house.states()).values()) == {UpdateState.HANDLED}
    asked = await house.asked()
    assert len(asked) == 200
    for user in range(3):
        mine = [int(text[1:]) for text in asked if int(text[1:]) % 3 == user]
        assert mine == sorted(mine)


async def test_one_row_that_cannot_be_written_does_not_take_the_others_with_it(house: House) -> None:
    journal, now = Journal(house.db), house.clock.now()
    await journal.record(Recorded("phone", "first", "{}", now, None))
    unknown = cast("UpdateState", Strange.VALUE)
    good, bad, better = await asyncio.gather(
        journal.record(Recorded("phone", "a", "{}", now, None)),
        journal.finish(1, unknown, now),
        journal.record(Recorded("phone", "b", "{}", now, None)),
        return_exceptions=True,
    )
    assert isinstance(good, Kept)
    assert isinstance(bad, Exception)
    assert not isinstance(bad, DatabaseAway)
    assert isinstance(better, Kept)
    await journal.aclose()


async def test_many_are_written_in_one_transaction(house: House) -> None:
    journal, now = Journal(house.db), house.clock.now()
    await journal.record(Recorded("phone", "first", "{}", now, None))
    groups = []
    statements = journal._statements
    journal._statements = lambda page, entries: (groups.append(len(entries)), statements(page, entries))[1]  # type: ignore[method-assign, func-returns-value]
    await asyncio.gather(*(journal.record(Recorded("phone", f"n{number}", "{}", now, None)) for number in range(40)))
    assert groups == [40]
    await journal.aclose()


async def test_a_locked_database_is_waited_for_and_then_said_to_be_away(
    sqlite_url: str, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform is sent away in time; what was handed in is written down all the same, and said so."""
    monkeypatch.setattr("storage.journal.PATIENCE", 0.2)
    db = Database(sqlite_url)
    journal, late = Journal(db), []
    journal.late = lambda entry, number: late.append((entry.external_id, number))
    await journal.record(Recorded("phone", "first", "{}", clock.now(), None))
    other = sqlite3.connect(Path(sqlite_url.removeprefix("sqlite:///")), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseAway):
        await journal.record(Recorded("phone", "second", "{}", clock.now(), None))
    with pytest.raises(DatabaseAway):
        await journal.record(Recorded("phone", "third", "{}", clock.now(), None))
    other.execute("ROLLBACK")
    other.close()
    async with asyncio.timeout(10):
        while not late:
            await asyncio.sleep(0.01)
    assert [name for name, _ in late] == ["second"]
    assert isinstance(await journal.record(Recorded("phone", "third", "{}", clock.now(), None)), Kept)
    await journal.aclose()
    await db.close()


async def test_the_loop_waits_for_a_disk_only_while_it_is_quick(
    sqlite_url: str, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed_by = []
    commit = SqlitePage.commit

    def committed(page: SqlitePage) -> None:
        committed_by.append(threading.current_thread() is threading.main_thread())
        commit(page)

    monkeypatch.setattr(SqlitePage, "commit", committed)
    db = Database(sqlite_url)
    journal = Journal(db)

    async def write(name: str) -> None:
        assert isinstance(await journal.record(Recorded("phone", name, "{}", clock.now(), None)), Kept)

    monkeypatch.setattr("storage.journal.QUICK", 60.0)
    for name in ("opens the connection", "quick", "quick again"):
        await write(name)
    assert committed_by == [False, True, True]
    monkeypatch.setattr("storage.journal.QUICK", 1e-9)
    await write("slow")
    await write("the next")
    assert committed_by[3:] == [True, False]
    await journal.aclose()
    await db.close()


class Resting(Phones):
    """A platform that takes nothing for a while."""

    def __init__(self, refusals: list[SendError]) -> None:
        super().__init__()
        self.refusals = refusals

    async def send(self, address: Address, reply: Reply) -> str:
        if self.refusals:
            raise self.refusals.pop()
        return await super().send(address, reply)


async def test_a_reply_outlives_an_outage_but_is_not_sent_again_when_it_may_have_arrived(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "FIRST_PAUSE", 0.001)
    house.phones = Resting([BadCredentials("-220", "x"), *(ChannelUnavailable("503", "x") for _ in range(7))])
    inbox = house.another()
    await inbox.accept("phone", house.update(1, "one"))
    await asyncio.wait_for(inbox.drain(), 20)
    assert len(house.phones.inbox["an"]) == 1
    house.phones.refusals.append(Unclear("no_answer", "x"))
    await inbox.accept("phone", house.update(2, "two"))
    await asyncio.wait_for(inbox.drain(), 20)
    assert len(house.phones.inbox["an"]) == 1


class Slow(Phones):
    """A platform that takes its time until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()

    async def send(self, address: Address, reply: Reply) -> str:
        await self.go_on.wait()
        return await super().send(address, reply)


async def test_an_impatient_tap_is_answered_once(house: House) -> None:
    house.phones = phones = Slow()
    inbox = house.another()
    for number, choice in enumerate(("menu", "menu", "menu", "topic:food", "menu"), 1):
        data = {"id": str(number), "user": "an", "kind": "choice", "choice": choice}
        await inbox.accept("phone", Arrival(str(number), json.dumps(data)))
    phones.go_on.set()
    await asyncio.wait_for(inbox.drain(), 20)
    assert len(phones.inbox["an"]) == 3
    states = await house.states()
    assert [states[str(number)] for number in range(1, 6)] == [
        UpdateState.HANDLED, UpdateState.IGNORED, UpdateState.IGNORED, UpdateState.HANDLED, UpdateState.HANDLED,
    ]  # fmt: skip
    await inbox.accept("phone", Arrival("6", json.dumps({"id": "6", "user": "an", "kind": "choice", "choice": "menu"})))
    await asyncio.wait_for(inbox.drain(), 20)
    assert len(phones.inbox["an"]) == 4


async def test_what_helps_in_an_emergency_is_sent_twice_rather_than_never(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "FIRST_PAUSE", 0.001)
    house.phones = phones = Resting([Unclear("no_answer", "x")])
    inbox, an = house.another(), Address("phone", "an")
    await inbox._send(an, (Reply("GỌI 115", call=("115",), urgent=True),))
    assert len(phones.inbox["an"]) == 1
    phones.refusals += [Unclear("no_answer", "x"), Unclear("no_answer", "x")]
    await inbox._send(an, (Reply("GỌI 115", call=("115",), urgent=True),))
    assert (len(phones.inbox["an"]), phones.refusals) == (1, []), "once more, not for ever"
    phones.refusals.append(Unclear("no_answer", "x"))
    await inbox._send(an, (Reply("Có thể nguy cấp: gọi 115", call=("115",)),))
    assert len(phones.inbox["an"]) == 1, "an answer may have arrived"


async def test_turns_of_citizens_take_few_round_trips(house: House) -> None:
    """Asking costs the pool's connections nothing; only the journal writes."""
    await house.inbox.accept("phone", house.update(1, "warm"))
    await house.inbox.drain()
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(house.db.engine.sync_engine, "before_cursor_execute", note)
    await house.inbox.accept("phone", house.update(2, "again"))
    await house.inbox.drain()
    event.remove(house.db.engine.sync_engine, "before_cursor_execute", note)
    assert statements == []
