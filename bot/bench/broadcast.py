"""``loa bench broadcast``: a digest through the outbox to a stand-in for Telegram, beside aiogram alone sending the
same messages to it in the same minute; then at the platform's pace, with somebody asking in the middle."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from sqlalchemy import update

from bot.bench.audience import NOW, digest_on_its_way
from bot.bench.engines import empty_database, engines
from bot.bench.figures import Aim, judged, peak_memory
from bot.bench.paced import paced
from bot.bench.platform import Platform, platform
from bot.channels.layout import bold_html, lay_out
from bot.channels.telegram.channel import TelegramChannel
from bot.clock import Clock
from bot.commands.serve import SWITCH, keep_what_is_loaded
from bot.outbox import Outbox
from content.catalog import Catalog, load_catalog
from handlers.messages import Address, Reply
from storage.columns import Keyring, use_keyring
from storage.database import Database
from storage.digests import Delivery, DeliveryState, Digest, DigestState, editions_of

RECIPIENTS = 3000
IN_FLIGHT = 64
ROUNDS = 3
TOKEN = "1000001:" + "A" * 35
AIMS: dict[str, Aim] = {
    "R8_telegram_sends": (">=", 0.4),
    "R10_broadcast_sqlite": (">=", 0.6),
    "R11_broadcast_postgresql": (">=", 0.7),
}
CEILING = {"sqlite": "R10_broadcast_sqlite", "postgresql": "R11_broadcast_postgresql"}
AT_PACE: dict[str, Aim] = {
    "R12_paced": (">=", 0.93),
    "R12_refusals": ("<=", 0),
    "answer_p95_ms": ("<=", 300),
    "answer_p99_ms": ("<=", 1000),
}

Rate = dict[str, float]
Send = Callable[[str], Awaitable[object]]


def run() -> dict[str, Any]:
    """Sends per second through the outbox and bare, their ratio, and time on the processor for one."""
    import uvloop  # what Loa serves on

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure())


async def _measure() -> dict[str, Any]:
    use_keyring(Keyring(["bench"]))
    sys.setswitchinterval(SWITCH)
    catalog = load_catalog()
    async with platform() as sink:
        ceilings = {engine: await _ceiling(sink, catalog, engine) for engine in engines()}
        at_pace = {engine: await paced(sink, catalog, engine) for engine in engines()}
    figures = {CEILING[engine]: found["ratio"] for engine, found in ceilings.items()}
    figures["R8_telegram_sends"] = ceilings["sqlite"]["client_to_aiohttp"]
    return {
        "bench": "broadcast",
        "figures": {
            **judged(figures, AIMS),
            **{engine: judged({name: found[name] for name in AT_PACE}, AT_PACE) for engine, found in at_pace.items()},
        },
        "recipients": RECIPIENTS,
        "ceiling": ceilings,
        "paced": at_pace,
        "peak_memory_mb": peak_memory(),
    }


async def _ceiling(sink: Platform, catalog: Catalog, engine: str) -> dict[str, Any]:
    """The pace taken off: what is measured is what Loa costs, not what the platform allows."""
    rounds: list[dict[str, Rate]] = []
    async with empty_database(engine) as url, _house(sink, catalog, url) as (database, channel, digest):
        async with database.reading() as db:
            message = Reply.from_json((await editions_of(db, digest))[0].message or {})
        outbox = Outbox(database, {channel.name: channel}, Clock.starting_at(NOW))
        for _ in range(ROUNDS):
            one = {"loa": await _timed(sink, outbox.drain())}
            async with _aiogram(sink.url, channel, message) as send:
                one["aiogram"] = await _timed(sink, _together(send))
            one["client"] = await _timed(sink, _together(_with(channel, message)))
            async with _aiohttp(sink.url, message) as send:
                one["aiohttp"] = await _timed(sink, _together(send))
            rounds.append(one)
            await _queue_anew(database)
    return {
        "ratio": _ratio(rounds, "loa", "aiogram"),
        "client_to_aiohttp": _ratio(rounds, "client", "aiohttp"),
        **{
            name: {key: round(median(found[name][key] for found in rounds)) for key in ("sends_per_s", "processor_us")}
            for name in rounds[0]
        },
    }


def _ratio(rounds: Sequence[dict[str, Rate]], ours: str, bare: str) -> float:
    return round(median(found[ours]["sends_per_s"] / found[bare]["sends_per_s"] for found in rounds), 3)


@asynccontextmanager
async def _house(sink: Platform, catalog: Catalog, url: str) -> AsyncIterator[tuple[Database, TelegramChannel, int]]:
    """A digest on its way to everybody, and the channel it takes."""
    database = Database(url)
    channel = TelegramChannel(TOKEN, sink.url, catalog.text, Clock.starting_at(NOW), database)
    channel.capabilities = channel.capabilities.at_rate(0)
    try:
        digest = await digest_on_its_way(database, catalog, channel.name, RECIPIENTS)
        yield database, channel, digest
    finally:
        await channel.aclose()
        await database.close()


async def _queue_anew(database: Database) -> None:
    async with database.session() as db:
        await db.exec(update(Delivery).values(state=DeliveryState.QUEUED, attempts=0, provider_id=None, sent_at=None))
        await db.exec(update(Digest).values(state=DigestState.SENDING, sent_at=None))
        await db.commit()


async def _timed(sink: Platform, work: Coroutine[None, None, None]) -> Rate:
    await sink.begin()
    keep_what_is_loaded()
    began, worked = time.perf_counter(), time.process_time()
    await work
    seconds, processor = time.perf_counter() - began, time.process_time() - worked
    count = (await sink.taken()).count
    if count != RECIPIENTS:
        raise RuntimeError(f"{count} messages arrived, not {RECIPIENTS}")
    return {"sends_per_s": count / seconds, "processor_us": processor / count * 1e6}


async def _together(send: Send) -> None:
    """To everybody, IN_FLIGHT at once."""
    waiting = iter(range(1, RECIPIENTS + 1))

    async def work() -> None:
        for number in waiting:
            await send(str(number))

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))


def _with(channel: TelegramChannel, message: Reply) -> Send:
    return lambda user: channel.send(Address(channel.name, user), message)


@asynccontextmanager
async def _aiogram(url: str, channel: TelegramChannel, message: Reply) -> AsyncIterator[Send]:
    """The same messages by its own documentation."""
    [part] = lay_out(message, channel.capabilities)
    rows = [[InlineKeyboardButton(text=choice.label, callback_data=choice.value)] for choice in part.choices]
    keyboard, words = InlineKeyboardMarkup(inline_keyboard=rows), bold_html(part.text)
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))
    yield lambda user: bot.send_message(user, words, parse_mode="HTML", reply_markup=keyboard)
    await bot.session.close()


@asynccontextmanager
async def _aiohttp(url: str, message: Reply) -> AsyncIterator[Send]:
    """A form with the words alone."""
    async with aiohttp.ClientSession() as client:

        async def send(user: str) -> None:
            fields = {"chat_id": user, "text": message.text}
            async with client.post(f"{url}/bot{TOKEN}/sendMessage", data=fields) as answer:
                await answer.json()

        yield send
