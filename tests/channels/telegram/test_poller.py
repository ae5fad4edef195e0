"""Long polling: nothing is lost, whatever fails in between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiogram.methods import DeleteWebhook, GetUpdates

from bot.channels.base import Arrival
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.pauses import Pauses
from bot.channels.telegram.poller import TelegramPoller
from bot.channels.telegram.updates import WANTED
from bot.errors import Throttled
from simulators.telegram import (
    Fault,
    Person,
    TelegramSimulator,
    bad_gateway,
    broken,
    dropped,
    dropped_before,
    refused,
    slow,
    throttled,
)
from tests.channels.telegram.conftest import Connect

QUICK = 0.01


class Book:
    """Where updates are written down; can be out of order."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.faults: list[Exception] = []

    async def accept(self, channel: str, arrival: Arrival) -> None:
        assert channel == "telegram"
        await asyncio.sleep(0)
        if self.faults:
            raise self.faults.pop(0)
        self.arrivals.append(arrival)

    @property
    def texts(self) -> list[str]:
        return [json.loads(arrival.payload)["message"]["text"] for arrival in self.arrivals]

    async def holds(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.arrivals) < count:
                await asyncio.sleep(0.005)


@pytest.fixture
def book() -> Book:
    return Book()


@asynccontextmanager
async def polling(poller: TelegramPoller) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(poller.run())
    try:
        yield task
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.fixture
def poller(channel: TelegramChannel, book: Book) -> TelegramPoller:
    return TelegramPoller(channel.api, book.accept, Pauses(QUICK, QUICK * 4))


async def test_updates_are_handed_over_in_order_and_confirmed(
    telegram: TelegramSimulator, an: Person, book: Book, poller: TelegramPoller, channel: TelegramChannel
) -> None:
    await an.says("một")
    async with polling(poller):
        await book.holds(1)
        await an.says("hai")
        await an.says("ba")
        await book.holds(3)
        await telegram.taken()
    assert book.texts == ["một", "hai", "ba"]
    assert len({arrival.external_id for arrival in book.arrivals}) == 3
    message = channel.translate(book.arrivals[0].payload)
    assert message is not None
    assert message.text == "một"


async def test_many_updates_come_in_batches(
    telegram: TelegramSimulator, an: Person, book: Book, poller: TelegramPoller
) -> None:
    for number in range(250):
        await an.says(str(number))
    async with polling(poller):
        await book.holds(250)
        await telegram.taken()
    assert book.texts == [str(number) for number in range(250)]


async def test_a_quiet_poll_is_held_open(telegram: TelegramSimulator, poller: TelegramPoller) -> None:
    async with polling(poller):
        await asyncio.sleep(0.3)
    assert len(telegram.called(GetUpdates)) == 1
    assert telegram.called(GetUpdates)[0].timeout == 25
    assert telegram.allowed == WANTED


@pytest.mark.parametrize("failures", [1, 4])
async def test_what_was_not_accepted_comes_again(
    telegram: TelegramSimulator, an: Person, book: Book, poller: TelegramPoller, failures: int
) -> None:
    await an.says("một")
    await an.says("hai")
    book.faults = [OSError("database is locked")] * failures
    async with polling(poller):
        await telegram.taken()
    assert book.texts == ["một", "hai"]


async def test_what_was_accepted_before_the_fault_does_not_come_again(
    telegram: TelegramSimulator, an: Person, poller: TelegramPoller, book: Book, channel: TelegramChannel
) -> None:
    for text in ("một", "hai", "ba"):
        await an.says(text)
    failing = iter([False, True, False, False])

    async def accept(channel: str, arrival: Arrival) -> None:
        if next(failing):
            raise OSError
        await book.accept(channel, arrival)

    async with polling(TelegramPoller(channel.api, accept, Pauses(QUICK))):
        await telegram.taken()
    assert book.texts == ["một", "hai", "ba"]


async def test_a_stop_in_mid_batch_loses_nothing(
    telegram: TelegramSimulator, an: Person, book: Book, channel: TelegramChannel
) -> None:
    for text in ("một", "hai", "ba"):
        await an.says(text)
    reached = asyncio.Event()

    async def hanging(channel: str, arrival: Arrival) -> None:
        if len(book.arrivals) == 1:
            reached.set()
            await asyncio.Event().wait()
        await book.accept(channel, arrival)

    async with polling(TelegramPoller(channel.api, hanging)):
        await reached.wait()
    assert book.texts == ["một"]
    async with polling(TelegramPoller(channel.api, book.accept)):
        await telegram.taken()
    assert book.texts == ["một", "một", "hai", "ba"], "the first comes twice, which its id tells"
    assert book.arrivals[0] == book.arrivals[1]


@pytest.mark.parametrize(
    "fault",
    [
        broken(),
        bad_gateway(),
        dropped(),
        dropped_before(),
        refused(401, "Unauthorized"),
        refused(409, "Conflict: terminated by other getUpdates request"),
        refused(400, "Bad Request: something new"),
        Fault(body="<html>hello</html>"),
        Fault(body='{"ok": true, "result": [7]}'),
    ],
    ids=lambda fault: str(fault)[:50],
)
@pytest.mark.parametrize("method", ["getUpdates", "deleteWebhook"])
async def test_no_fault_ends_the_polling(
    telegram: TelegramSimulator, an: Person, book: Book, poller: TelegramPoller, fault: Fault, method: str
) -> None:
    telegram.fail(method, fault, times=2)
    await an.says("một")
    async with polling(poller) as task:
        await book.holds(1)
        await telegram.taken()
        assert not task.done()
    assert book.texts == ["một"]


async def test_an_answer_that_never_comes_is_given_up(
    telegram: TelegramSimulator, an: Person, book: Book, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.poller.PATIENCE", 0.2)
    telegram.fail("getUpdates", slow(30))
    await an.says("một")
    async with polling(TelegramPoller(connect(), book.accept, Pauses(QUICK), hold=0)):
        await book.holds(1)


async def test_it_waits_as_long_as_telegram_asks(
    telegram: TelegramSimulator, an: Person, book: Book, poller: TelegramPoller
) -> None:
    telegram.fail("getUpdates", throttled(1))
    await an.says("một")
    async with polling(poller):
        await asyncio.sleep(0.7)
        assert book.arrivals == []
        await book.holds(1)


async def test_after_a_success_the_pauses_start_over(
    telegram: TelegramSimulator, an: Person, book: Book, channel: TelegramChannel
) -> None:
    telegram.fail("getUpdates", broken(), times=7)
    await an.says("một")
    async with polling(TelegramPoller(channel.api, book.accept, Pauses(QUICK, longest=60))):
        await book.holds(1)
        await telegram.taken()
        telegram.fail("getUpdates", broken())
        await an.says("hai")  # ends the open poll; the next one fails
        await book.holds(2)
        before = asyncio.get_running_loop().time()
        await an.says("ba")
        await book.holds(3)
    assert asyncio.get_running_loop().time() - before < 0.5


async def test_a_webhook_left_over_is_removed(
    telegram: TelegramSimulator, an: Person, book: Book, poller: TelegramPoller
) -> None:
    telegram.set_webhook("http://127.0.0.1:9/", "", None)
    await an.says("một")
    async with polling(poller):
        await book.holds(1)
    assert telegram.webhook.url == ""


async def test_a_webhook_set_meanwhile_is_removed(
    telegram: TelegramSimulator, an: Person, book: Book, poller: TelegramPoller
) -> None:
    async with polling(poller):
        await an.says("một")
        await telegram.taken()
        telegram.set_webhook("http://127.0.0.1:9/", "", None)
        await an.says("hai")
        await book.holds(2)
    assert len(telegram.called(DeleteWebhook)) >= 2


async def test_two_pollers_take_turns_and_together_lose_nothing(
    telegram: TelegramSimulator, an: Person, book: Book, poller: TelegramPoller, connect: Connect
) -> None:
    other = Book()
    async with polling(poller), polling(TelegramPoller(connect(), other.accept, Pauses(QUICK))):
        for number in range(20):
            await an.says(str(number))
            await asyncio.sleep(0.01)
        await telegram.taken()
    assert {*book.texts, *other.texts} == {str(number) for number in range(20)}


async def test_an_update_nobody_can_read_does_not_hold_up_the_next(
    telegram: TelegramSimulator, an: Person, book: Book, poller: TelegramPoller
) -> None:
    telegram.queue_raw({"update_id": 882_000_000, "message": {"of": "a later version"}})
    await an.says("một")
    async with polling(poller):
        await book.holds(2)
        await telegram.taken()
    assert json.loads(book.arrivals[0].payload)["message"] == {"of": "a later version"}


async def test_numbers_may_begin_again_lower(
    telegram: TelegramSimulator, an: Person, book: Book, channel: TelegramChannel
) -> None:
    """After a week without updates Telegram may choose any next number."""
    async with polling(TelegramPoller(channel.api, book.accept, hold=0)):
        await an.says("một")
        await telegram.taken()
        await asyncio.sleep(0.1)
        telegram.queue_raw({"update_id": 5, "message": {"text": "hai"}})
        await book.holds(2)


async def test_pauses_grow_and_start_over(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    pauses = Pauses(first=1, longest=6)
    for _ in range(5):
        await pauses.after(OSError())
    for seconds, span in zip(slept, (1, 2, 4, 6, 6), strict=True):
        assert span / 2 <= seconds <= span
    await pauses.after(Throttled(90))
    assert slept[-1] == 90
    pauses.reset()
    await pauses.after(OSError())
    assert slept[-1] <= 1
