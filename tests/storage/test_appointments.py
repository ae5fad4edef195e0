"""Who speaks for an agency on a day, on both engines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import create_engine, text
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.agencies import Agency
from storage.appointments import (
    ContactRole,
    agencies_without_main,
    appoint,
    appointments_of,
    appointments_on,
    contact_of,
    contacts_of,
    depart,
    end_appointments,
    enrol,
    follow_appointments,
    nearest_appointment,
    reachable,
    subscribers,
)
from storage.columns import keyring
from storage.contacts import Account, Contact, is_subscribed, see_account, subscribe
from storage.database import Database

NOW = datetime(2024, 11, 11, 0, 0, tzinfo=UTC)
TODAY = date(2024, 11, 11)
DAY = timedelta(days=1)


async def _agencies(db: AsyncSession) -> None:
    db.add_all(Agency(id=name, name=name, kind="department", level="province") for name in ("a", "b"))
    await db.flush()


async def _officer(db: AsyncSession, name: str, role: ContactRole, agency: str = "a") -> tuple[Contact, Account]:
    contact = await enrol(db, agency, name, NOW, TODAY, by="lan", role=role)
    account = await see_account(db, f"phone:{name}", NOW)
    account.contact_id = contact.id
    await subscribe(db, account.id or 0, NOW)
    await db.flush()
    return contact, account


async def test_roles_come_in_order_and_the_newest_first(database: Database) -> None:
    async with database.session() as db:
        await _agencies(db)
        await _officer(db, "head", ContactRole.HEAD)
        await _officer(db, "main", ContactRole.MAIN)
        deputy, _ = await _officer(db, "deputy", ContactRole.DEPUTY)
        await appoint(db, deputy, "a", ContactRole.MAIN, TODAY + DAY, by="lan", now=NOW, last_day=TODAY + 2 * DAY)
        today = [(one.role.value, contact.name) for one, contact in await contacts_of(db, "a", TODAY)]
        assert today == [("main", "main"), ("deputy", "deputy"), ("head", "head")]
        tomorrow = [contact.name for _, contact in await contacts_of(db, "a", TODAY + DAY, ContactRole.MAIN)]
        assert tomorrow == ["deputy", "main"]
        assert [contact.name for _, contact in await contacts_of(db, "a", TODAY + 3 * DAY, ContactRole.MAIN)] == [
            "main"
        ]
        assert await contacts_of(db, "a", TODAY - DAY) == []
        assert set(await appointments_on(db, TODAY)) == {"a"}
        assert await agencies_without_main(db, ["province"], TODAY) == 1
        assert await agencies_without_main(db, ["province"], TODAY - DAY) == 2
        assert await agencies_without_main(db, ["commune"], TODAY) == 0
        told = await reachable(db, ["a", "b"], [ContactRole.HEAD, ContactRole.DEPUTY], TODAY)
        assert [(one.role, account.address) for one, _, account in told] == [
            (ContactRole.DEPUTY, "phone:deputy"),
            (ContactRole.HEAD, "phone:head"),
        ]


async def test_an_appointment_counts_on_its_last_day_and_not_after(database: Database) -> None:
    async with database.session() as db:
        await _agencies(db)
        contact, account = await _officer(db, "main", ContactRole.MAIN)
        assert contact.id is not None
        assert await end_appointments(db, contact.id, TODAY) == 1
        assert await contact_of(db, account, TODAY) is contact
        assert len(await subscribers(db, TODAY)) == 1
        assert await contact_of(db, account, TODAY + DAY) is None
        assert await subscribers(db, TODAY + DAY) == []
        assert await reachable(db, ["a"], list(ContactRole), TODAY + DAY) == []
        lapsed = await nearest_appointment(db, account, TODAY + DAY)
        assert lapsed is not None
        assert (lapsed.agency_id, lapsed.last_day) == ("a", TODAY)


async def test_who_is_appointed_elsewhere_is_there_from_that_day(database: Database) -> None:
    async with database.session() as db:
        await _agencies(db)
        contact, account = await _officer(db, "main", ContactRole.MAIN)
        assert contact.id is not None
        await end_appointments(db, contact.id, TODAY)
        await appoint(db, contact, "b", ContactRole.HEAD, TODAY + 2 * DAY, by="lan", now=NOW)
        assert await follow_appointments(db, TODAY) == 0
        coming = await nearest_appointment(db, account, TODAY + DAY)
        assert coming is not None
        assert coming.agency_id == "b"
        assert await follow_appointments(db, TODAY + 2 * DAY) == 1
        assert contact.agency_id == "b"
        assert [found.agency_id for _, found in await subscribers(db, TODAY + 2 * DAY)] == ["b"]


async def test_whoever_departs_keeps_the_past_and_loses_the_future(database: Database) -> None:
    async with database.session() as db:
        await _agencies(db)
        contact, account = await _officer(db, "main", ContactRole.MAIN)
        assert contact.id is not None
        await appoint(db, contact, "b", ContactRole.HEAD, TODAY + 5 * DAY, by="lan", now=NOW)
        await depart(db, contact, NOW, TODAY)
        await db.flush()
        assert await contact_of(db, account, TODAY) is None
        assert [found.name for _, found in await contacts_of(db, "a", TODAY)] == ["main"]
        assert [one.agency_id for one in await appointments_of(db, contact.id)] == ["a"]
        assert not await is_subscribed(db, account.id or 0)


async def test_no_appointment_ends_before_it_begins(database: Database) -> None:
    async with database.session() as db:
        await _agencies(db)
        contact, _ = await _officer(db, "main", ContactRole.MAIN)
        with pytest.raises(ValueError, match="before it begins"):
            await appoint(db, contact, "a", ContactRole.MAIN, TODAY, by="lan", now=NOW, last_day=TODAY - DAY)


def test_present_contacts_become_main(tmp_path: object) -> None:
    """An evening in UTC is the next day in Việt Nam already."""
    database = Database(f"sqlite:///{tmp_path}/old.db")
    command.upgrade(database.alembic_config(), "0004")
    engine = create_engine(f"sqlite:///{tmp_path}/old.db")
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO agency (id, name, kind, level, open_group) VALUES ('a', 'A', 'x', 'y', 0)")
        )
        row = "INSERT INTO contact (id, agency_id, name, created_at, ended_at) VALUES (:id, 'a', :name, :at, :over)"
        name, at = keyring().seal("An"), "2024-11-10 20:00:00.000000"
        connection.execute(text(row), {"id": 1, "name": name, "at": at, "over": None})
        connection.execute(text(row), {"id": 2, "name": name, "at": at, "over": "2024-12-01 03:00:00.000000"})
    database.upgrade()
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT contact_id, role, first_day, last_day FROM appointment ORDER BY id"))
        assert [tuple(one) for one in rows] == [
            (1, "main", "2024-11-11", None),
            (2, "main", "2024-11-11", "2024-12-01"),
        ]
    engine.dispose()
