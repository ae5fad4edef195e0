"""``loa bench storage``: recording updates and claiming deliveries, beside bare sqlite3 on the same disk."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.bench.figures import peak_memory
from storage.columns import Keyring, use_keyring
from storage.contacts import Account
from storage.database import Database
from storage.digests import Delivery, DeliveryKind
from storage.dispatch import claim_deliveries
from storage.updates import record_update

UPDATES = 500
DELIVERIES = 2000
BATCH = 100


def run() -> dict[str, Any]:
    """Rows per second of Loa's queries and of bare sqlite3, and their ratio."""
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        bare = _bare(Path(folder) / "bare.db")
        url = f"sqlite:///{Path(folder) / 'loa.db'}"
        Database(url).upgrade()
        loa = asyncio.run(_loa(url))
    ratio = {key: round(loa[key] / bare[key], 3) for key in bare}
    return {"bench": "storage", "loa": loa, "bare": bare, "ratio": ratio, "peak_memory_mb": peak_memory()}


def _bare(path: Path) -> dict[str, float]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(
        "CREATE TABLE inbox (id INTEGER PRIMARY KEY, channel TEXT, ext TEXT, body TEXT, UNIQUE(channel, ext))"
    )
    began = time.perf_counter()
    for number in range(UPDATES):
        connection.execute(
            "INSERT OR IGNORE INTO inbox (channel, ext, body) VALUES ('z', ?, ?)", (str(number), "x" * 300)
        )
    recorded = UPDATES / (time.perf_counter() - began)
    connection.execute("CREATE TABLE outbox (id INTEGER PRIMARY KEY, state TEXT)")
    connection.execute("CREATE INDEX outbox_state ON outbox (state)")
    connection.executemany("INSERT INTO outbox (state) VALUES (?)", [("queued",)] * DELIVERIES)
    began = time.perf_counter()
    claim = (
        "UPDATE outbox SET state='sending' WHERE id IN "
        "(SELECT id FROM outbox WHERE state='queued' LIMIT ?) RETURNING id"
    )
    claimed = 0
    while rows := connection.execute(claim, (BATCH,)).fetchall():
        claimed += len(rows)
    return {"updates_per_s": round(recorded), "claims_per_s": round(claimed / (time.perf_counter() - began))}


async def _loa(url: str) -> dict[str, float]:
    use_keyring(Keyring(["bench"]))
    database = Database(url)
    now = datetime.now(UTC)
    began = time.perf_counter()
    for number in range(UPDATES):
        async with database.session() as db:
            await record_update(db, "zalo", str(number), "x" * 300, now)
            await db.commit()
    recorded = UPDATES / (time.perf_counter() - began)
    async with database.session() as db:
        account = Account(address="zalo:1", channel="zalo", first_seen_at=now, last_seen_at=now)
        db.add(account)
        await db.flush()
        assert account.id is not None
        db.add_all(
            Delivery(
                kind=DeliveryKind.NOTICE,
                key=f"bench:{number}",
                account_id=account.id,
                address="zalo:1",
                channel="zalo",
                reply={"text": "x"},
                due_at=now,
                created_at=now,
            )
            for number in range(DELIVERIES)
        )
        await db.commit()
    began = time.perf_counter()
    claimed = 0
    while True:
        async with database.session() as db:
            rows = await claim_deliveries(db, now, BATCH, ["zalo"])
            await db.commit()
        if not rows:
            break
        claimed += len(rows)
    result: dict[str, float] = {
        "updates_per_s": round(recorded),
        "claims_per_s": round(claimed / (time.perf_counter() - began)),
    }
    await database.close()
    return result
