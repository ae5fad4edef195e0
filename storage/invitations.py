"""Invitations: codes with which officers register for an agency, in a role. Only their fingerprints are stored."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_
from sqlmodel import Field, SQLModel, col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.appointments import ContactRole
from storage.codes import letters
from storage.columns import EncryptedText, UTCDateTime, state

INVITATION_LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Named:
    """Whom an invitation is for, as their agency told it, and from which day to which."""

    name: str
    position: str | None = None
    phone: str | None = None
    """International form, digits only."""
    first_day: date | None = None
    """None: from the day they register."""
    last_day: date | None = None


class Invitation(SQLModel, table=True):
    """A code for one agency and role, good for a number of officers until it expires or is withdrawn."""

    id: int | None = Field(default=None, primary_key=True)
    code_hash: str = Field(unique=True, max_length=64)
    agency_id: str = Field(foreign_key="agency.id", max_length=60)
    role: ContactRole = Field(default=ContactRole.MAIN, sa_type=state(ContactRole, "invitation_role"))
    issued_by: str = Field(max_length=60)
    issued_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    """Moved to the moment of withdrawal when the department withdraws the code."""
    most_uses: int = 1
    uses: int = 0
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When it was used last."""
    used_by: int | None = Field(default=None, foreign_key="contact.id")
    """Who used it last."""
    invitee_name: str | None = Field(default=None, sa_type=EncryptedText)
    """Whom the code is for; with position and phone shredded when it is used or can be used no more."""
    invitee_position: str | None = Field(default=None, sa_type=EncryptedText)
    invitee_phone: str | None = Field(default=None, sa_type=EncryptedText)
    first_day: date | None = None
    """First day of the appointment; None: the day of registration."""
    last_day: date | None = None

    def is_open(self, now: datetime) -> bool:
        return self.uses < self.most_uses and now < self.expires_at


def new_code() -> str:
    """A fresh invitation code of 8 letters and digits (40 bits)."""
    return letters(8)


def code_fingerprint(code: str) -> str:
    """What is stored of a code: case, spaces and dashes do not matter."""
    bare = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(b"loa invitation:" + bare.encode()).hexdigest()


async def invite(
    db: AsyncSession,
    agency_id: str,
    issued_by: str,
    now: datetime,
    code: str | None = None,
    *,
    role: ContactRole = ContactRole.MAIN,
    uses: int = 1,
    life: timedelta = INVITATION_LIFE,
    named: Named | None = None,
) -> str:
    """Issue an invitation and return its code, which is not kept anywhere."""
    code = code or new_code()
    db.add(
        Invitation(
            code_hash=code_fingerprint(code),
            agency_id=agency_id,
            role=role,
            issued_by=issued_by,
            issued_at=now,
            expires_at=now + life,
            most_uses=uses,
            invitee_name=named.name if named else None,
            invitee_position=named.position if named else None,
            invitee_phone=named.phone if named else None,
            first_day=named.first_day if named else None,
            last_day=named.last_day if named else None,
        )
    )
    return code


async def named_invitations(db: AsyncSession, now: datetime) -> Sequence[Invitation]:
    """Invitations that can be used and say whom they are for."""
    still = (col(Invitation.expires_at) > now, col(Invitation.uses) < col(Invitation.most_uses))
    query = select(Invitation).where(col(Invitation.invitee_name).is_not(None), *still)
    return (await db.exec(query.order_by(col(Invitation.id)))).all()


async def forget_invitees(db: AsyncSession, now: datetime) -> int:
    """Shred whom invitations were for that can be used no more; how many."""
    over = or_(col(Invitation.expires_at) <= now, col(Invitation.uses) >= col(Invitation.most_uses))
    result = await db.exec(
        update(Invitation)
        .where(col(Invitation.invitee_name).is_not(None), over)
        .values(invitee_name=None, invitee_position=None, invitee_phone=None)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)


async def open_invitation(db: AsyncSession, code: str, now: datetime) -> Invitation | None:
    """The invitation with this code, if it can still be used."""
    invitation = await invitation_of_code(db, code)
    return invitation if invitation is not None and invitation.is_open(now) else None


async def invitation_of_code(db: AsyncSession, code: str) -> Invitation | None:
    """The invitation with this code whatever has become of it."""
    return (await db.exec(select(Invitation).where(Invitation.code_hash == code_fingerprint(code)))).one_or_none()


async def claim_invitation(db: AsyncSession, invitation: Invitation, now: datetime) -> bool:
    """Use the invitation once; False when it expired meanwhile, or somebody else just took its last use."""
    result = await db.exec(
        update(Invitation)
        .where(
            col(Invitation.id) == invitation.id,
            col(Invitation.uses) < col(Invitation.most_uses),
            col(Invitation.expires_at) > now,
        )
        .values(uses=col(Invitation.uses) + 1, used_at=now)
        .execution_options(synchronize_session=False)
    )
    await db.refresh(invitation)
    return bool(result.rowcount)


async def invitations_issued(db: AsyncSession, limit: int) -> Sequence[Invitation]:
    """Invitations, newest first."""
    return (await db.exec(select(Invitation).order_by(col(Invitation.id).desc()).limit(limit))).all()
