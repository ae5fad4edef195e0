"""``loa bench storage``: updates written down, a digest's deliveries queued and claimed, beside the bare driver doing
the least of it on the same disk. SQLite always; PostgreSQL too when ``DATABASE_URL`` names one."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from sqlalchemy import delete, make_url, text, update

from bot.bench.audience import NOW, approved_digest, fill
from bot.bench.engines import empty_database, engines
from bot.bench.figures import Aim, judged, peak_memory
from bot.bench.stalls import Stalls
from bot.commands.serve import SWITCH
from content.catalog import load_catalog
from handlers.digests.freezing import freeze_messages
from storage.broadcasts import queue_digest
from storage.columns import Keyring, use_keyring
from storage.database import Database
from storage.digests import Delivery, DeliveryState, Rank
from storage.dispatch import claim_deliveries
from storage.journal import Journal
from storage.journal_entries import Recorded

UPDATES, AT_ONCE = 2000, 32
RECIPIENTS = 10_000
BATCH = 100
ROUNDS = 3
AIMS: dict[str, Aim] = {
    "R13_enqueue_10000_s": ("<=", 0.3),
    "R13_longest_stall_ms": ("<=", 50),
    "R14_claims": (">=", 0.25),
    "R15_inbound_commits": (">=", 1.0),
}

Bare = dict[str, float]


def run() -> dict[str, Any]:
    """Rows per second of Loa's queries and of the bare driver, and their ratio."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        measured = {engine: runner.run(_measured(engine)) for engine in engines()}
    figures = {engine: judged({name: found.pop(name) for name in AIMS}, AIMS) for engine, found in measured.items()}
    return {"bench": "storage", "figures": figures, **measured, "peak_memory_mb": peak_memory()}


async def _measured(engine: str) -> dict[str, Any]:
    use_keyring(Keyring(["bench"]))
    sys.setswitchinterval(SWITCH)
    bare = await asyncio.to_thread(_bare_sqlite) if engine == "sqlite" else {}
    async with empty_database(engine) as url:
        if engine != "sqlite":
            bare = await asyncio.to_thread(_bare_postgresql, url)
        database = Database(url)
        recorded = await _recorded(database)
        seconds, stall = await _enqueued(database)
        claims = await _claimed(database)
        await database.close()
    return {
        "R13_enqueue_10000_s": seconds,
        "R13_longest_stall_ms": stall,
        "R14_claims": round(claims / bare["claims_per_s"], 3),
        "R15_inbound_commits": round(recorded / bare["commits_per_s"], 3),
        "loa": {"updates_per_s": round(recorded), "claims_per_s": round(claims)},
        "bare": {name: round(rate) for name, rate in bare.items()},
    }


async def _recorded(database: Database) -> float:
    """Updates a second, each durable before its platform is answered, AT_ONCE of them waiting."""
    journal, left = Journal(database), iter(range(UPDATES))

    async def platform() -> None:
        for number in left:
            await journal.record(Recorded("telegram", str(number), "x" * 300, NOW, None))

    began = time.perf_counter()
    await asyncio.gather(*(platform() for _ in range(AT_ONCE)))
    rate = UPDATES / (time.perf_counter() - began)
    await journal.aclose()
    return rate


async def _enqueued(database: Database) -> tuple[float, float]:
    """Seconds for the deliveries of a composed and approved digest, the median of ROUNDS, and the loop's longest stall
    in milliseconds."""
    catalog = load_catalog()
    async with database.session() as db:
        await fill(db, RECIPIENTS)
        await db.commit()
    digest = await approved_digest(database, catalog)
    async with database.session() as db:
        await freeze_messages(db, catalog, digest)
        await db.commit()
    took, stalled = [], []
    for _ in range(ROUNDS):
        await _none_queued(database)
        began = time.perf_counter()
        async with Stalls() as stalls, database.session() as db:
            queued = await queue_digest(db, digest, Rank.BULK, NOW.date(), NOW)
            await db.commit()
            took.append(time.perf_counter() - began)
        stalled.append(stalls.longest_ms)
        if queued != RECIPIENTS:
            raise RuntimeError(f"{queued} deliveries were queued, not {RECIPIENTS}")
    return round(median(took), 3), max(stalled)


async def _none_queued(database: Database) -> None:
    """As before the first one; with the statistics, and without the dead rows, that a server sees to by itself."""
    async with database.session() as db:
        await db.exec(delete(Delivery))
        await db.commit()
    if not database.is_sqlite:
        async with database.engine.connect() as connection:
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))


async def _claimed(database: Database) -> float:
    """Deliveries a second, BATCH in a transaction."""
    rates = []
    for _ in range(ROUNDS):
        claimed, began = 0, time.perf_counter()
        while claimed < 2000:
            async with database.session() as db:
                claimed += len(await claim_deliveries(db, NOW, BATCH, "zalo"))
                await db.commit()
        rates.append(claimed / (time.perf_counter() - began))
        async with database.session() as db:
            await db.exec(update(Delivery).values(state=DeliveryState.QUEUED))
            await db.commit()
    return median(rates)


def _bare_sqlite() -> Bare:
    with (
        tempfile.TemporaryDirectory(prefix="loa-bench-") as folder,
        closing(sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return _bare(connection.execute, connection.executemany, "?")


def _bare_postgresql(url: str) -> Bare:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        cursor = connection.cursor()
        return _bare(cursor.execute, cursor.executemany, "%s", "FOR UPDATE SKIP LOCKED")


def _bare(execute: Callable[..., Any], execute_many: Callable[..., Any], mark: str, skip: str = "") -> Bare:
    """A commit for each update; a commit for each claim of BATCH rows.

    The outbox claimed from is what the aim was reckoned with: rows of some 350 bytes, unique by broadcast and contact,
    indexed by state and id, BATCH of them taken by one ``UPDATE … IN (SELECT … LIMIT) RETURNING`` with a lease.
    """
    execute("CREATE TABLE bare_inbox (channel TEXT, ext TEXT, body TEXT, UNIQUE(channel, ext))")
    began = time.perf_counter()
    for number in range(UPDATES):
        execute(f"INSERT INTO bare_inbox VALUES ('z', {mark}, {mark})", (str(number), "x" * 300))  # noqa: S608
    committed = UPDATES / (time.perf_counter() - began)
    execute(
        "CREATE TABLE bare_outbox (id INTEGER PRIMARY KEY, bc INTEGER, contact INTEGER, body TEXT, state TEXT, "
        "attempts INTEGER, lease DOUBLE PRECISION, UNIQUE(bc, contact))"
    )
    execute("CREATE INDEX bare_outbox_state ON bare_outbox (state, id)")
    rows = [(number, number, "x" * 300) for number in range(RECIPIENTS)]
    execute("BEGIN")
    execute_many(f"INSERT INTO bare_outbox VALUES ({mark}, 1, {mark}, {mark}, 'queued', 0, NULL)", rows)  # noqa: S608
    execute("COMMIT")
    due = f"SELECT id FROM bare_outbox WHERE state = 'queued' ORDER BY id LIMIT {mark} {skip}"  # noqa: S608
    claim = (
        f"UPDATE bare_outbox SET state = 'sending', attempts = attempts + 1, lease = {mark} "  # noqa: S608
        f"WHERE id IN ({due}) RETURNING id, contact, body, attempts"
    )
    began, claimed = time.perf_counter(), 0
    while found := execute(claim, (began, BATCH)).fetchall():
        claimed += len(found)
    return {"commits_per_s": committed, "claims_per_s": claimed / (time.perf_counter() - began)}
