"""``loa bench compose``: a week's digest for 500 agencies, and queued for ever more contacts of theirs, on SQLite and,
where ``DATABASE_URL`` names one, on PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from sqlalchemy import event

from bot.bench.audience import AGENCIES, ITEMS, NOW, TASKS, WEEK, approve_digest, fill
from bot.bench.engines import alone, empty_database, engines
from bot.bench.figures import Aim, judged, peak_memory
from bot.bench.stalls import Stalls
from content.catalog import load_catalog
from handlers.digests import save_draft, start_sending
from storage.columns import Keyring, use_keyring
from storage.database import Database

CONTACTS = (1_000, 10_000, 100_000)
AIMS: dict[str, Aim] = {
    "seconds_for_10000": ("<=", 10.0),
    "memory_mb_for_10000": ("<=", 200.0),
    "tenfold_contacts_cost": ("<=", 12.0),
}


def run() -> dict[str, Any]:
    """Seconds for composing and for queueing, by number of contacts, and the statements composing took."""
    measured = {engine: [asyncio.run(_alone(engine, count)) for count in CONTACTS] for engine in engines()}
    return {
        "bench": "compose",
        "figures": {engine: judged(_summed_up(found), AIMS) for engine, found in measured.items()},
        "agencies": AGENCIES,
        "items": ITEMS,
        "tasks": TASKS,
        **measured,
    }


def _summed_up(found: list[dict[str, Any]]) -> dict[str, float]:
    _, ten_thousand, hundred_thousand = found
    return {
        "seconds_for_10000": round(ten_thousand["compose_s"] + ten_thousand["queue_s"], 2),
        "memory_mb_for_10000": ten_thousand["peak_memory_mb"],
        "tenfold_contacts_cost": round(hundred_thousand["queue_s"] / ten_thousand["queue_s"], 1),
    }


async def _alone(engine: str, count: int) -> dict[str, Any]:
    """Fill and measure in a process each: what one needs at most must not hide what the other does."""
    async with empty_database(engine) as url:
        await asyncio.to_thread(alone, _prepare, url, count)
        return await asyncio.to_thread(alone, _measure, url, count)


def _prepare(url: str, count: int) -> None:
    use_keyring(Keyring(["bench"]))

    async def filled() -> None:
        database = Database(url)
        async with database.session() as db:
            await fill(db, count)
            await db.commit()
        await database.close()

    asyncio.run(filled())


def _measure(url: str, count: int) -> dict[str, Any]:
    use_keyring(Keyring(["bench"]))
    return asyncio.run(_measured(url, count))


async def _measured(url: str, count: int) -> dict[str, Any]:
    database, catalog = Database(url), load_catalog()
    statements = 0

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def counted(*_: Any) -> None:
        nonlocal statements
        statements += 1

    began = time.perf_counter()
    async with database.session() as db:
        digest = await save_draft(db, catalog, WEEK, "lan", NOW)
        await db.commit()
    composed, asked = time.perf_counter() - began, statements
    assert digest.id is not None
    async with database.session() as db:
        await approve_digest(db, catalog, digest.id)
        await db.commit()
    began = time.perf_counter()
    async with Stalls() as stalls, database.session() as db:
        queued = await start_sending(db, catalog, digest.id, "hung", NOW)
        await db.commit()
    took = time.perf_counter() - began
    await database.close()
    assert queued == count
    return {
        "contacts": count,
        "compose_s": round(composed, 2),
        "compose_statements": asked,
        "queue_s": round(took, 2),
        "queue_longest_stall_ms": stalls.longest_ms,
        "peak_memory_mb": peak_memory(),
    }
