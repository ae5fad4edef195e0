"""``loa bench broadcast``: a digest through the outbox table to a loopback server, beside bare requests to it.

The channel's own pace is taken off for the measurement: what is measured is what Loa costs, not what Zalo allows.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import insert

from bot.bench.figures import milliseconds, peak_memory
from bot.bench.sink import Sink
from bot.channels.zalo.bodies import text_message
from bot.channels.zalo.channel import zalo_channel
from bot.channels.zalo.wire import open_client
from bot.clock import Clock
from bot.config import Settings
from bot.outbox import Outbox
from content.catalog import Catalog, load_catalog
from storage.agencies import Agency
from storage.columns import Keyring, use_keyring
from storage.contacts import Account, Contact, Subscription
from storage.database import Database
from storage.digests import Delivery, DeliveryKind, DeliveryState

SMALL, LARGE = 200, 2000
"""Recipients: two sizes, to see what a tenfold audience costs per message."""
IN_FLIGHT = 16
TEXT = "Bản tin tuần. " * 60
"""About as long as a digest's main message."""


def run() -> dict[str, Any]:
    """Sends per second through the outbox and bare, and their ratio."""
    return asyncio.run(_measure())


async def _measure() -> dict[str, Any]:
    use_keyring(Keyring(["bench"]))
    catalog = load_catalog()
    async with Sink() as sink:
        bare = await _bare(sink, LARGE)
    small = await _outbox(catalog, SMALL)
    large = await _outbox(catalog, LARGE)
    return {
        "bench": "broadcast",
        "recipients": LARGE,
        "loa": large,
        "loa_small": {"recipients": SMALL, **small},
        "bare": bare,
        "ratio": {
            "sends_per_s": round(large["sends_per_s"] / bare["sends_per_s"], 3),
            "tenfold_per_message": round(small["sends_per_s"] / large["sends_per_s"], 3),
        },
        "peak_memory_mb": peak_memory(),
    }


async def _bare(sink: Sink, count: int) -> dict[str, float]:
    """The same bodies over the same client, nothing else."""
    client = open_client()
    took: list[float] = []
    waiting = list(range(count))

    async def send() -> None:
        while waiting:
            body = text_message(str(waiting.pop()), TEXT)
            began = time.perf_counter()
            await client.post(f"{sink.url}/v3.0/oa/message/cs", json=body)
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(IN_FLIGHT)))
    seconds = time.perf_counter() - began
    await client.aclose()
    return {"sends_per_s": round(count / seconds, 1), **milliseconds(took)}


async def _outbox(catalog: Catalog, count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'loa.db'}"
        await asyncio.to_thread(Database(url).upgrade)
        database = Database(url)
        clock = Clock()
        async with Sink() as sink:
            channel = zalo_channel(settings_for(sink.url), database, clock, catalog)
            channel.capabilities = channel.capabilities.at_rate(0)
            began = time.perf_counter()
            await _queue(database, count, clock.now())
            queued = time.perf_counter() - began
            outbox = Outbox(database, {"zalo": channel}, clock)
            began = time.perf_counter()
            await outbox.drain()
            seconds = time.perf_counter() - began
            sent = sink.count
            await channel.aclose()
        await database.close()
    return {"sends_per_s": round(sent / seconds, 1), "sent": sent, "queued_in_s": round(queued, 3)}


def settings_for(sink: str) -> Settings:
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


async def _queue(database: Database, count: int, now: datetime) -> None:
    """``count`` officers, subscribed, each with one delivery to come."""
    seen = {"channel": "zalo", "first_seen_at": now.astimezone(UTC), "last_seen_at": now.astimezone(UTC)}
    async with database.session() as db:
        db.add(Agency(id="bench", name="Bench", kind="department", level="province"))
        await db.flush()
        contact = Contact(agency_id="bench", name="bench", created_at=now)
        db.add(contact)
        await db.flush()
        people: Sequence[dict[str, Any]] = [
            {"id": number, "address": f"zalo:{number}", "contact_id": contact.id, **seen}
            for number in range(1, count + 1)
        ]
        await db.exec(insert(Account), params=people)
        await db.exec(insert(Subscription), params=[{"account_id": person["id"], "since": now} for person in people])
        await db.exec(
            insert(Delivery),
            params=[
                {
                    "kind": DeliveryKind.NOTICE,
                    "key": f"bench:{person['id']}",
                    "account_id": person["id"],
                    "address": person["address"],
                    "channel": "zalo",
                    "reply": {"text": TEXT, "choices": [["Đã nhận", "ack:1"]], "call": []},
                    "state": DeliveryState.QUEUED,
                    "attempts": 0,
                    "due_at": now,
                    "created_at": now,
                }
                for person in people
            ],
        )
        await db.commit()
