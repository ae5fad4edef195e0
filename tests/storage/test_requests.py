"""Requests of officers and invitations by name, on both engines: one open request an account, nothing kept after."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import text

from storage.agencies import Agency
from storage.contacts import see_account
from storage.database import Database
from storage.invitations import Named, claim_invitation, forget_invitees, invitation_of_code, invite, named_invitations
from storage.requests import (
    OfficerRequest,
    RequestState,
    count_waiting,
    forget_requests,
    open_request_of,
    requests_decided,
    requests_since,
    requests_waiting,
)
from tests.conftest import MONDAY


async def _account(database: Database) -> int:
    async with database.session() as db:
        db.add(Agency(id="a", name="A", kind="x", level="province"))
        account = await see_account(db, "phone:an", MONDAY)
        await db.commit()
    assert account.id is not None
    return account.id


def _request(account: int) -> OfficerRequest:
    return OfficerRequest(
        account_id=account, agency_id="a", name="Y Lan", position="Chuyên viên", phone="84905123456", asked_at=MONDAY
    )


async def test_an_account_has_one_open_request_and_a_decided_one_holds_nobody(database: Database) -> None:
    account = await _account(database)
    async with database.session() as db:
        db.add(_request(account))
        await db.commit()
    async with database.session() as db:
        db.add(_request(account))
        with pytest.raises(IntegrityError):
            await db.commit()
    async with database.session() as db:
        sealed = (await db.exec(text("SELECT name, position, phone FROM officer_request"))).one()  # type: ignore[call-overload]
        assert not {"Y Lan", "Chuyên viên", "84905123456"} & set(sealed)
        waiting = await open_request_of(db, account)
        assert waiting is not None
        waiting.decide(RequestState.REFUSED, "lan", MONDAY)
        db.add(waiting)
        await db.flush()
        db.add(_request(account))
        await db.commit()
    async with database.reading() as db:
        [refused], [again] = await requests_decided(db, 9), await requests_waiting(db)
        assert (refused.name, refused.position, refused.phone) == (None, None, None)
        assert (again.name, await count_waiting(db)) == ("Y Lan", 1)
        assert await requests_since(db, account, MONDAY) == 2
        assert await requests_since(db, account, MONDAY + timedelta(seconds=1)) == 0
    async with database.session() as db:
        await forget_requests(db, account)
        await db.commit()
        assert await requests_since(db, account, MONDAY) == 0


async def test_whom_an_invitation_was_for_is_shredded_when_it_is_used_or_over(database: Database) -> None:
    await _account(database)
    async with database.session() as db:
        used = await invite(db, "a", "lan", MONDAY, named=Named("Y Một", "Chuyên viên", "84905123456"))
        for days in (1, 9):
            await invite(db, "a", "lan", MONDAY, life=timedelta(days=days), named=Named(f"Y {days}"))
        await db.commit()
    async with database.session() as db:
        assert [one.invitee_name for one in await named_invitations(db, MONDAY)] == ["Y Một", "Y 1", "Y 9"]
        invitation = await invitation_of_code(db, used)
        assert invitation is not None
        assert await claim_invitation(db, invitation, MONDAY)
        await db.commit()
    later = MONDAY + timedelta(days=2)
    async with database.session() as db:
        assert await forget_invitees(db, later) == 2
        await db.commit()
    async with database.reading() as db:
        assert [one.invitee_name for one in await named_invitations(db, later)] == ["Y 9"]
        gone = await invitation_of_code(db, used)
    assert gone is not None
    assert (gone.invitee_name, gone.invitee_position, gone.invitee_phone) == (None, None, None)
