"""Everybody a digest could reach, also those it will not, and why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.appointments import speaks_for_own
from storage.contacts import Account, Contact, Subscription


@dataclass(frozen=True, slots=True)
class Candidate:
    """An officer with one account, an officer without any, or an agency without officers."""

    agency_id: str
    contact: Contact | None
    account: Account | None
    refusal: str = ""
    """Why nothing is sent: ``nobody``, ``no_edition``, ``not_appointed``, ``no_account``, ``left``,
    ``not_subscribed``, ``unsubscribed``; empty when the digest is sent."""

    @property
    def phone_known(self) -> bool:
        return self.contact is not None and self.contact.phone is not None


async def candidates(db: AsyncSession, agencies: Collection[str], day: date) -> list[Candidate]:
    """Every officer who has not left, for a digest with editions for these agencies; in order of agency and officer."""
    query = (
        select(Contact, Account, Subscription, speaks_for_own(day))
        .outerjoin(Account, col(Account.contact_id) == col(Contact.id))
        .outerjoin(Subscription, col(Subscription.account_id) == col(Account.id))
        .where(col(Contact.ended_at).is_(None))
        .order_by(col(Contact.agency_id), col(Contact.id), col(Account.id))
    )
    found = [
        Candidate(contact.agency_id, contact, account, _refusal(contact, account, subscription, speaks, agencies))
        for contact, account, subscription, speaks in (await db.exec(query)).all()
    ]
    known = {one.agency_id for one in found}
    return found + [Candidate(agency, None, None, "nobody") for agency in sorted(agencies) if agency not in known]


def _refusal(
    contact: Contact,
    account: Account | None,
    subscription: Subscription | None,
    speaks: bool,
    agencies: Collection[str],
) -> str:
    if contact.agency_id not in agencies:
        return "no_edition"
    if not speaks:
        return "not_appointed"
    if account is None:
        return "no_account"
    if account.left_at is not None:
        return "left"
    if subscription is None:
        return "not_subscribed"
    return "unsubscribed" if subscription.ended_at is not None else ""
