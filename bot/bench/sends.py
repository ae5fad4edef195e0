"""Messages through the Zalo client, beside aiohttp alone sending the same bodies."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
from pydantic import SecretStr

from bot.bench.sink import Sink
from bot.channels.zalo.bodies import text_message
from bot.channels.zalo.channel import zalo_channel
from bot.clock import Clock
from bot.config import Settings
from content.catalog import load_catalog
from storage.columns import Keyring, use_keyring
from storage.database import Database

SENDS = 2000
TEXT = "Bản tin tuần. " * 60
"""About as long as a digest's main message."""
IN_FLIGHT = 16
ROUNDS = 3


async def zalo_sends() -> dict[str, Any]:
    """Sends per second with 16 in flight, and the ratio."""
    use_keyring(Keyring(["bench"]))
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'loa.db'}"
        await asyncio.to_thread(Database(url).upgrade)
        database = Database(url)
        async with Sink() as sink, aiohttp.ClientSession() as client:
            channel = zalo_channel(_settings(sink.url), database, Clock(), load_catalog())

            async def bare(user: str) -> None:
                async with client.post(f"{sink.url}/v3.0/oa/message/cs", json=text_message(user, TEXT)) as answer:
                    await answer.json()

            async def ours(user: str) -> None:
                await channel.api.send(text_message(user, TEXT), user)

            await _rate(ours, 50)
            rounds = [(await _rate(bare, SENDS), await _rate(ours, SENDS)) for _ in range(ROUNDS)]
            await channel.aclose()
        await database.close()
    return {
        "loa_per_s": round(median(ours for _, ours in rounds)),
        "aiohttp_per_s": round(median(bare for bare, _ in rounds)),
        "ratio": round(median(ours / bare for bare, ours in rounds), 3),
    }


async def _rate(send: Callable[[str], Awaitable[None]], count: int) -> float:
    left = iter(range(count))

    async def work() -> None:
        for number in left:
            await send(str(number + 1))

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return count / (time.perf_counter() - began)


def _settings(sink: str) -> Settings:
    """A Zalo account whose platform is ``sink``."""
    return Settings.model_validate(
        {
            "zalo_app_id": "1",
            "zalo_oa_id": "2",
            "zalo_app_secret": SecretStr("bench"),
            "zalo_access_token": SecretStr("bench-access"),
            "zalo_refresh_token": SecretStr("bench-refresh"),
            "zalo_api_url": sink,
            "zalo_oauth_url": sink,
        }
    )
