"""A province ten times Kon Tum's size: 500 agencies with items, tasks and as many officers as are wanted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests import approve, save_draft, start_sending, submit_for_approval
from storage.agencies import Agency, AgencyMember
from storage.appointments import Appointment, ContactRole
from storage.contacts import Account, Contact, Subscription
from storage.database import Database
from storage.directives import Directive, DirectiveItem, DirectiveState, ItemProvider
from storage.plans import Assignment, AssignmentRole, Plan, Task
from storage.users import ConsoleUser, Role

AGENCIES, ITEMS, TASKS = 500, 24, 300
NOW = datetime(2024, 11, 11, 0, 0, tzinfo=UTC)
WEEK = "2024-W46"
FIRST_ID = 1_000_001
"""Of officers and their accounts: rows that come later count from one."""


async def approve_digest(db: AsyncSession, catalog: Catalog, digest_id: int) -> None:
    """The second person's word."""
    await submit_for_approval(db, catalog, digest_id, "lan", NOW)
    approver = ConsoleUser(name="hung", role=Role.APPROVER, password_hash="", created_at=NOW)
    await approve(db, catalog, digest_id, approver, NOW)


async def approved_digest(database: Database, catalog: Catalog) -> int:
    """The week's digest, composed and approved; its id."""
    async with database.session() as db:
        digest = await save_draft(db, catalog, WEEK, "lan", NOW)
        assert digest.id is not None
        await approve_digest(db, catalog, digest.id)
        await db.commit()
    return digest.id


async def digest_on_its_way(database: Database, catalog: Catalog, channel: str, count: int) -> int:
    """The week's digest, queued for so many officers on the channel; its id."""
    async with database.session() as db:
        await fill(db, count, channel)
        await db.commit()
    digest = await approved_digest(database, catalog)
    async with database.session() as db:
        await start_sending(db, catalog, digest, "hung", NOW)
        await db.commit()
    return digest


async def fill(db: AsyncSession, count: int, channel: str = "zalo") -> None:
    """Agencies, what they are told of, and ``count`` subscribed officers of theirs on the channel."""
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
    people = range(FIRST_ID, FIRST_ID + count)
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
                    "address": f"{channel}:{i - FIRST_ID + 1}",
                    "channel": channel,
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
