"""From a platform's update to the handler that answers it, beside aiogram's dispatcher doing the same."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any, cast

from aiogram import Bot, Dispatcher
from aiogram.types import Message as TelegramMessage

from bot.channels.telegram.updates import read_update
from content.catalog import load_catalog
from handlers.desk import Desk
from handlers.messages import Reply
from handlers.router import CHOICES
from handlers.turn import Turn
from nlu.verdict import Understanding, UnderstandingKind
from storage.database import Database
from storage.standings import Standing

COUNT = 1500
ROUNDS = 5
CHAT = {"id": 7, "type": "private", "first_name": "An"}
PERSON = {"id": 7, "is_bot": False, "first_name": "An"}


class _Mute:
    """Nothing is understood here: what is measured is who gets the message."""

    def understand(self, text: str) -> Understanding:
        return Understanding(text, UnderstandingKind.FALLBACK)


async def dispatched() -> dict[str, Any]:
    """Updates per second; a tap on a button for Loa, a text for aiogram, each to a handler that does nothing."""
    bot = Bot("1000001:" + "A" * 35)
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def nothing(_message: TelegramMessage) -> None:
        return None

    async def quiet(_turn: Turn, _arguments: list[str]) -> list[Reply]:
        return []

    said = {
        "update_id": 1,
        "message": {"message_id": 1, "date": 1731283200, "chat": CHAT, "from": PERSON, "text": "menu"},
    }
    under = {"message_id": 1, "date": 1731283200, "chat": CHAT}
    tap = {"id": "1", "from": PERSON, "chat_instance": "1", "data": "bench:1", "message": under}
    tapped = json.dumps({"update_id": 1, "callback_query": tap})
    desk, now = Desk(load_catalog(), _Mute()), datetime.now(UTC)
    database = Database("sqlite://")
    CHOICES["bench"] = quiet
    rounds = []
    try:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            for _ in range(COUNT):
                await dispatcher.feed_raw_update(bot, json.loads(json.dumps(said)))
            bare = COUNT / (time.perf_counter() - began)
            began = time.perf_counter()
            for _ in range(COUNT):
                incoming = read_update(tapped, bot, now)
                assert incoming is not None
                async with database.late_session() as db:
                    await desk.answer_citizen(db, incoming.message, now, _somebody(now))
            rounds.append((bare, COUNT / (time.perf_counter() - began)))
            await asyncio.sleep(0)
    finally:
        del CHOICES["bench"]
        await database.close()
        await bot.session.close()
    bare, ours = (sorted(cast("list[float]", list(side)))[ROUNDS // 2] for side in zip(*rounds, strict=True))
    return {"loa_per_s": round(ours), "aiogram_per_s": round(bare), "ratio": round(ours / bare, 3)}


def _somebody(now: datetime) -> Standing:
    account = {
        "id": 1,
        "address": "telegram:7",
        "channel": "telegram",
        "contact_id": None,
        "first_seen_at": now,
        "last_seen_at": now,
        "left_at": None,
    }
    talk = {
        "address": "telegram:7",
        "greeted_at": now,
        "offered": [],
        "last_faq": None,
        "failures": 0,
        "form": {},
        "updated_at": now,
    }
    return Standing.of(account, talk, now)
