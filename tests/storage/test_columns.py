"""What the column types promise, on both engines."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import cast

import pytest
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import select

from storage.agencies import Agency
from storage.columns import Keyring, use_keyring
from storage.contacts import Account, Contact, set_phone
from storage.database import Database
from storage.digests import Digest, DigestState

NOW = datetime(2024, 11, 11, 0, 0, tzinfo=UTC)


async def _contact(database: Database, phone: str = "84905123456") -> None:
    async with database.session() as db:
        db.add(Agency(id="so_y_te", name="Sở Y tế", kind="department", level="province"))
        await db.flush()
        contact = Contact(agency_id="so_y_te", name="Y Hlơn", created_at=NOW)
        set_phone(contact, phone)
        db.add(contact)
        await db.commit()


async def test_moments_come_back_aware_and_in_utc(database: Database) -> None:
    local = NOW.astimezone(timezone(timedelta(hours=7)))
    async with database.session() as db:
        db.add(Account(address="phone:a", channel="phone", first_seen_at=local, last_seen_at=local))
        await db.commit()
    async with database.reading() as db:
        account = (await db.exec(select(Account))).one()
    assert account.first_seen_at == NOW
    assert account.first_seen_at.utcoffset() == timedelta(0)


async def test_a_naive_moment_is_refused(database: Database) -> None:
    async with database.session() as db:
        db.add(Account(address="phone:a", channel="phone", first_seen_at=datetime(2024, 1, 1), last_seen_at=NOW))  # noqa: DTZ001
        with pytest.raises(StatementError, match="naive"):
            await db.commit()


async def test_names_and_phones_are_unreadable_in_the_file_but_can_be_found(database: Database) -> None:
    await _contact(database)
    async with database.reading() as db:
        raw = (await db.exec(text("SELECT name, phone, phone_index FROM contact"))).one()  # type: ignore[call-overload]
        other = Contact(agency_id="so_y_te", name="x", created_at=NOW)
        set_phone(other, "84905123456")
        found = (await db.exec(select(Contact).where(Contact.phone_index == other.phone_index))).one()
    assert "Hlơn" not in raw[0]
    assert "905123456" not in raw[1] + raw[2]
    assert (found.name, found.phone) == ("Y Hlơn", "84905123456")


async def test_a_newer_key_still_opens_what_the_older_sealed(database: Database) -> None:
    use_keyring(Keyring(["old key"]))
    await _contact(database)
    use_keyring(Keyring(["new key", "old key"]))
    async with database.reading() as db:
        assert (await db.exec(select(Contact))).one().phone == "84905123456"
    use_keyring(Keyring(["new key"]))
    async with database.reading() as db:
        assert (await db.exec(select(Contact))).one().phone is None


def test_what_was_sealed_before_the_present_form_stays_readable() -> None:
    key = base64.urlsafe_b64encode(hashlib.sha256(b"loa data:old key").digest())
    token = Fernet(key).encrypt("Y Hlơn".encode()).decode()
    assert Keyring(["new key", "old key"]).open(token) == "Y Hlơn"
    with pytest.raises(InvalidToken):
        Keyring(["new key"]).open(token)


@pytest.mark.parametrize("damage", [lambda s: s[:-4] + "AAA=", lambda s: s[:8], lambda s: "s1.é", lambda s: ""])
def test_a_damaged_seal_is_an_invalid_token(damage: Callable[[str], str]) -> None:
    ring = Keyring(["key"])
    sealed = ring.seal("Y Hlơn")
    assert ring.open(sealed) == "Y Hlơn"
    assert sealed != ring.seal("Y Hlơn")
    with pytest.raises(InvalidToken):
        ring.open(damage(sealed))


async def test_an_unknown_state_is_refused_by_the_type_and_by_the_database(database: Database) -> None:
    async with database.session() as db:
        db.add(Digest(week="2024-W46", state=cast("DigestState", "bogus"), composed_at=NOW, composed_by="a"))
        with pytest.raises(StatementError):
            await db.commit()
    async with database.session() as db:
        with pytest.raises(IntegrityError):
            await db.exec(
                text(
                    "INSERT INTO digest (week, state, composed_at, composed_by) "
                    "VALUES ('2024-W46', 'bogus', '2024-11-11 00:00:00', 'a')"
                )  # type: ignore[call-overload]
            )


async def test_foreign_keys_hold(database: Database) -> None:
    async with database.session() as db:
        db.add(Contact(agency_id="nowhere", name="x", created_at=NOW))
        with pytest.raises(IntegrityError):
            await db.commit()


async def test_sqlite_is_tuned_to_be_safe_and_patient(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with database.reading() as db:
        found = {
            name: (await db.exec(text(f"PRAGMA {name}"))).scalar()  # type: ignore[call-overload]
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    await database.close()
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10_000}
