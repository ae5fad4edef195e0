"""A broadcast at the platform's pace, against a platform that is strict about it and takes its time to answer: alone,
and with people asking in the middle."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.app import CACHE
from bot.bench.audience import NOW, digest_on_its_way
from bot.bench.engines import empty_database
from bot.bench.figures import percentile
from bot.bench.platform import Platform
from bot.channels.base import Arrival
from bot.channels.telegram.channel import TelegramChannel
from bot.clock import Clock
from bot.inbox import Inbox
from bot.outbox import Outbox
from bot.pace import Paces
from content.catalog import Catalog
from handlers.desk import Desk
from nlu.understanding import Understander
from storage.database import Database

RATE = 30
"""Messages the platform takes in any second."""
LATENCY = 0.1
RECIPIENTS = 600
QUESTIONS = 60
EVERY = 0.3
"""Seconds between two questions."""
FIRST_CITIZEN = 5_000_000
TOKEN = "1000001:" + "A" * 35


async def paced(sink: Platform, catalog: Catalog, engine: str) -> dict[str, Any]:
    """The rate as a share of the platform's, how often it refused, and how long answers took meanwhile."""
    nlu = await asyncio.to_thread(Understander.load, catalog, CACHE)
    async with empty_database(engine) as url, _house(sink, catalog, nlu, url) as (outbox, _):
        await sink.begin(LATENCY, RATE)
        await outbox.drain()
        alone = await sink.taken()
    async with empty_database(engine) as url, _house(sink, catalog, nlu, url) as (outbox, inbox):
        await sink.begin(LATENCY, RATE)
        sending = asyncio.create_task(outbox.drain())
        await asyncio.sleep(0.5)
        asked = await _ask(inbox)
        await asyncio.gather(sending, inbox.drain())
        both = await sink.taken()
    waits = [both.arrivals[str(person)][0] - moment for person, moment in asked.items()]
    return {
        "R12_paced": round(alone.per_second / RATE, 3),
        "R12_refusals": alone.refused + both.refused,
        "answer_p50_ms": round(percentile(waits, 0.50) * 1000),
        "answer_p95_ms": round(percentile(waits, 0.95) * 1000),
        "answer_p99_ms": round(percentile(waits, 0.99) * 1000),
        "with_answers": round(both.per_second / RATE, 3),
        "longest_gap_ms": round(alone.longest_gap * 1000),
        "recipients": RECIPIENTS,
        "questions": QUESTIONS,
    }


@asynccontextmanager
async def _house(sink: Platform, catalog: Catalog, nlu: Understander, url: str) -> AsyncIterator[tuple[Outbox, Inbox]]:
    """Telegram alone, with a digest on its way."""
    database, clock = Database(url), Clock.starting_at(NOW)
    channel = TelegramChannel(TOKEN, sink.url, catalog.text, clock, database)
    channels = {channel.name: channel}
    paces = Paces(channels, database)
    inbox = Inbox(database, channels, Desk(catalog, nlu), catalog, clock, None, paces)
    try:
        await digest_on_its_way(database, catalog, channel.name, RECIPIENTS)
        yield Outbox(database, channels, clock, paces=paces), inbox
    finally:
        await inbox.close()
        await paces.aclose()
        await channel.aclose()
        await database.close()


async def _ask(inbox: Inbox) -> dict[int, float]:
    """Somebody new asks, again and again; when, on the monotonic clock, by person."""
    asked: dict[int, float] = {}
    for number in range(QUESTIONS):
        person = FIRST_CITIZEN + number
        who = {"id": person, "first_name": "An"}
        message = {
            "message_id": number + 1,
            "date": int(time.time()),
            "chat": {**who, "type": "private"},
            "from": {**who, "is_bot": False, "language_code": "vi"},
            "text": "sạc xe điện qua đêm có sao không",
        }
        asked[person] = time.monotonic()
        update = {"update_id": number + 1, "message": message}
        await inbox.accept("telegram", Arrival(str(number + 1), json.dumps(update, ensure_ascii=False)))
        await asyncio.sleep(EVERY)
    return asked
