"""Filling the demo province: fictitious officers for every agency, subscribed, and accounts for the console."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.schema import DemoContact
from handlers.digests.approval import CLOCK
from handlers.turn import LOCAL
from storage.appointments import enrol
from storage.contacts import Contact, account_at, see_account, subscribe
from storage.users import Role, put_user, user_named

DEMO_PASSWORD = "loa-demo-2024"  # noqa: S105 - printed on the demo's start page, refused elsewhere
DEMO_USERS = (
    ("bientap", Role.EDITOR),
    ("duyet", Role.APPROVER),
    ("quantri", Role.ADMIN),
    ("xem", Role.VIEWER),
)


def demo_address(contact: DemoContact) -> str:
    """Where the demo's officers are reached: all of them in the web chat, since there are no platforms."""
    return f"webchat:{contact.user_id}"


async def fill_province(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Make the demo's officers and console accounts that are missing; how many officers were made."""
    if (await db.exec(select(Contact.id).limit(1))).first() is not None:
        return 0
    made, today = 0, now.astimezone(LOCAL).date()
    for spec in catalog.province.demo_contacts:
        if await account_at(db, demo_address(spec)) is not None:
            continue
        contact = await enrol(
            db, spec.agency, spec.name, now, today, by=CLOCK, position=spec.position, phone=spec.phone
        )
        account = await see_account(db, demo_address(spec), now)
        account.contact_id = contact.id
        assert account.id is not None
        await subscribe(db, account.id, now)
        made += 1
    for name, role in DEMO_USERS:
        if await user_named(db, name) is None:
            await put_user(db, name, role, DEMO_PASSWORD, now)
    return made
