"""``loa bench compose``: a week's digest for 500 agencies, and queued for ever more contacts of theirs.

SQLite always; PostgreSQL too when ``DATABASE_URL`` names one, in a schema of its own that is dropped afterwards.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event, insert
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.bench.engines import alone, in_schema, postgresql
from bot.bench.figures import peak_memory
from content.catalog import Catalog, load_catalog
from handlers.digests import approve, save_draft, start_sending, submit_for_approval
from storage.agencies import Agency, AgencyMember
from storage.appointments import Appointment, ContactRole
from storage.columns import Keyring, use_keyring
from storage.contacts import Account, Contact, Subscription
from storage.database import Database
from storage.directives import Directive, DirectiveItem, DirectiveState, ItemProvider
from storage.plans import Assignment, AssignmentRole, Plan, Task
from storage.users import ConsoleUser, Role

AGENCIES, ITEMS, TASKS = 500, 24, 300
CONTACTS = (1_000, 10_000, 100_000)
NOW = datetime(2024, 11, 11, 0, 0, tzinfo=UTC)
WEEK = "2024-W46"
SCHEMA = "loa_bench_compose"


def run() -> dict[str, Any]:
    """Seconds for composing and for queueing, by number of contacts, and the statements composing took."""
    figures: dict[str, Any] = {"bench": "compose", "agencies": AGENCIES, "items": ITEMS, "tasks": TASKS}
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        figures["sqlite"] = [_figures(f"sqlite:///{Path(folder) / f'{count}.db'}", count) for count in CONTACTS]
    if server := postgresql():
        figures["postgresql"] = [in_schema(server, SCHEMA, _figures, count) for count in CONTACTS]
    return figures


def _figures(url: str, count: int) -> dict[str, Any]:
    alone(_prepare, url, count)
    return alone(_measure, url, count)


def _prepare(url: str, count: int) -> None:
    use_keyring(Keyring(["bench"]))
    database = Database(url)
    database.upgrade()

    async def fill() -> None:
        async with database.session() as db:
            await _fill(db, count)
            await db.commit()
        await database.close()

    asyncio.run(fill())


def _measure(url: str, count: int) -> dict[str, Any]:
    use_keyring(Keyring(["bench"]))
    return asyncio.run(_measured(load_catalog(), url, count))


async def _measured(catalog: Catalog, url: str, count: int) -> dict[str, Any]:
    database = Database(url)
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
    async with database.session() as db:
        assert digest.id is not None
        await submit_for_approval(db, catalog, digest.id, "lan", NOW)
        approver = ConsoleUser(name="hung", role=Role.APPROVER, password_hash="", created_at=NOW)
        await approve(db, catalog, digest.id, approver, NOW)
        await db.commit()
    began = time.perf_counter()
    async with database.session() as db:
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
        "peak_memory_mb": peak_memory(),
    }


async def _fill(db: AsyncSession, count: int) -> None:
    """Agencies with items, tasks and contacts, as a province ten times Kon Tum's size would have them."""
    names = [f"co_quan_{number}" for number in range(AGENCIES)]
    rows: list[tuple[type, list[dict[str, Any]]]] = [
        (Agency, [_agency(name, "commune") for name in names] + [_agency("cac_xa", "group")]),
        (AgencyMember, [{"group_id": "cac_xa", "agency_id": name} for name in names]),
        (Directive, [_directive()]),
        (DirectiveItem, [_item(number) for number in range(ITEMS)]),
        (
            ItemProvider,
            [{"item_id": f"muc_{i}", "agency_id": "cac_xa" if i % 3 else names[i]} for i in range(ITEMS)],
        ),
        (
            Plan,
            [{"id": "kh", "name": "Plan", "issuer": "ubnd", "year_from": 2024, "year_to": 2024, "obligations": []}],
        ),
        (Task, [_task(number) for number in range(TASKS)]),
        (
            Assignment,
            [
                {"task_id": f"viec_{i}", "agency_id": name, "role": AssignmentRole.LEAD}
                for i in range(TASKS)
                for name in names[i % AGENCIES :: 50]
            ],
        ),
    ]
    people = range(1, count + 1)
    rows += [
        (Contact, [{"id": i, "agency_id": names[i % AGENCIES], "name": "Y", "created_at": NOW} for i in people]),
        (
            Appointment,
            [
                {
                    "contact_id": i,
                    "agency_id": names[i % AGENCIES],
                    "role": ContactRole.MAIN,
                    "first_day": date(2024, 1, 1),
                    "made_by": "bench",
                    "made_at": NOW,
                }
                for i in people
            ],
        ),
        (
            Account,
            [
                {
                    "id": i,
                    "address": f"zalo:{i}",
                    "channel": "zalo",
                    "contact_id": i,
                    "first_seen_at": NOW,
                    "last_seen_at": NOW,
                }
                for i in people
            ],
        ),
        (Subscription, [{"account_id": i, "since": NOW} for i in people]),
    ]
    for table, values in rows:
        for start in range(0, len(values), 5000):
            await db.exec(insert(table), params=values[start : start + 5000])


def _agency(name: str, level: str) -> dict[str, Any]:
    return {"id": name, "name": name, "kind": "x", "level": level, "open_group": False}


def _directive() -> dict[str, Any]:
    return {
        "id": "cv",
        "kind": "cong_van",
        "title": "Directive",
        "issuer": "so",
        "period_from": date(2024, 11, 11),
        "state": DirectiveState.IN_FORCE,
        "created_at": NOW,
    }


def _item(number: int) -> dict[str, Any]:
    return {
        "id": f"muc_{number}",
        "directive_id": "cv",
        "position": number,
        "path": f"I.{number}",
        "title": "Item number so and so, about as long as one is",
    }


def _task(number: int) -> dict[str, Any]:
    return {
        "id": f"viec_{number}",
        "plan_id": "kh",
        "position": number,
        "path": str(number),
        "title": "Task number so and so, about as long as one is",
        "due": date(2024, 12, 15),
    }
