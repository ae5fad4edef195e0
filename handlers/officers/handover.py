"""One officer hands an agency's work over to another, or is stood in for while away."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import day as day_text
from handlers.digests.rendering import edition_reply
from handlers.messages import Choice, Reply, plain
from handlers.reports.drafts import drafts_of, restore_drafts
from handlers.turn import LOCAL
from storage.appointments import Appointment, appoint, appointments_of
from storage.audit import note
from storage.contacts import Account, Contact, accounts_of, is_subscribed
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind, DigestState
from storage.handovers import Handover, drafts_begun_by, handovers_due, unread_editions
from storage.questionnaires import pass_form_drafts

UNREAD_SINCE = timedelta(days=30)
"""Digests older than this are not sent to whoever takes over."""
LONGEST = timedelta(days=366)
"""How far ahead a handover may lie, and how long somebody may stand in."""


class NotPossible(Exception):
    """The step cannot be taken; ``key`` names the sentence that says why."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


async def hand_over(
    db: AsyncSession, catalog: Catalog, given: Appointment, taker: Contact, day: date, actor: str, now: datetime
) -> Handover:
    """From ``day`` on ``taker`` holds the appointment ``given``; whoever held it may act to the end of that day.

    Raises NotPossible.
    """
    today = now.astimezone(LOCAL).date()
    if given.last_day is not None and given.last_day < today:
        raise NotPossible("contacts.refused.over")
    _check(given, taker, day, today)
    assert taker.id is not None
    if day < given.first_day:
        raise NotPossible("contacts.refused.before_first")
    others = [one for one in await appointments_of(db, taker.id) if one.agency_id == given.agency_id]
    if not any(one.role is given.role and one.holds_on(day) and one.last_day is None for one in others):
        await appoint(db, taker, given.agency_id, given.role, day, by=actor, now=now, last_day=given.last_day)
    given.last_day = day
    handover = Handover(
        agency_id=given.agency_id,
        role=given.role,
        giver_id=given.contact_id,
        taker_id=taker.id,
        day=day,
        made_by=actor,
        made_at=now,
    )
    db.add_all([given, handover])
    await db.flush()
    detail = {"agency": given.agency_id, "to": f"contacts:{taker.id}", "day": day.isoformat()}
    note(db, actor, "appointment.handed_over", f"contacts:{given.contact_id}", now, **detail)
    if day <= today:
        await _carry_out(db, catalog, handover, now)
    return handover


async def stand_in(
    db: AsyncSession, given: Appointment, taker: Contact, first: date, last: date, actor: str, now: datetime
) -> Appointment:
    """``taker`` does the same from ``first`` to ``last``; the appointment itself goes on. Raises NotPossible."""
    today = now.astimezone(LOCAL).date()
    _check(given, taker, first, today)
    if last < first or last - first > LONGEST:
        raise NotPossible("contacts.refused.period")
    note(
        db,
        actor,
        "appointment.stood_in",
        f"contacts:{given.contact_id}",
        now,
        agency=given.agency_id,
        by=f"contacts:{taker.id}",
        first=first.isoformat(),
        last=last.isoformat(),
    )
    return await appoint(
        db,
        taker,
        given.agency_id,
        given.role,
        first,
        by=actor,
        now=now,
        last_day=last,
        stands_in_for=given.contact_id,
    )


def _check(given: Appointment, taker: Contact, first: date, today: date) -> None:
    if taker.id == given.contact_id:
        raise NotPossible("contacts.refused.same")
    if taker.ended_at is not None:
        raise NotPossible("contacts.refused.gone")
    if not today <= first <= today + LONGEST:
        raise NotPossible("contacts.refused.day")


async def carry_out_due(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Carry out the handovers whose day has come; how many."""
    due = await handovers_due(db, now.astimezone(LOCAL).date())
    for handover in due:
        await _carry_out(db, catalog, handover, now)
    return len(due)


async def _carry_out(db: AsyncSession, catalog: Catalog, handover: Handover, now: datetime) -> None:
    """Open drafts and unacknowledged digests go to the taker; both are told."""
    handover.done_at = now
    db.add(handover)
    giver, taker = await db.get_one(Contact, handover.giver_id), await db.get_one(Contact, handover.taker_id)
    drafts = await _pass_drafts(db, handover)
    reached = [account for account in await accounts_of(db, handover.taker_id) if await _hears(db, account)]
    digests = await _pass_digests(db, catalog, handover, reached, now)
    agency = catalog.agency_name(handover.agency_id)
    said = {"agency": agency, "giver": plain(giver.name), "taker": plain(taker.name), "day": day_text(handover.day)}
    role = catalog.text(f"contacts.roles.{handover.role.value}")
    taken = catalog.text("contacts.told.taken", role=role, drafts=drafts, digests=digests, **said)
    given = catalog.text("contacts.told.given", role=role, **said)
    tasks = Choice(catalog.text("officer.button.tasks"), "tasks")
    rows = [_notice(handover, account, Reply(taken, (tasks,)), now) for account in reached]
    left = [account for account in await accounts_of(db, handover.giver_id) if account.left_at is None]
    rows += [_notice(handover, account, Reply(given), now) for account in left]
    await queue_deliveries(db, rows)


async def _hears(db: AsyncSession, account: Account) -> bool:
    return account.left_at is None and await is_subscribed(db, account.id or 0)


async def _pass_drafts(db: AsyncSession, handover: Handover) -> int:
    """A draft of the taker's own on the same report or form is not overwritten: then both stay."""
    passed = 0
    for report in await drafts_begun_by(db, handover.agency_id, handover.giver_id):
        drafts = drafts_of(report)
        if any(draft.contact_id == handover.taker_id for draft in drafts):
            continue
        restore_drafts(report, [draft.by(handover.giver_id, handover.taker_id) for draft in drafts])
        db.add(report)
        passed += 1
    return passed + await pass_form_drafts(db, handover.agency_id, handover.giver_id, handover.taker_id)


async def _pass_digests(
    db: AsyncSession, catalog: Catalog, handover: Handover, reached: list[Account], now: datetime
) -> int:
    unread = await unread_editions(db, handover.agency_id, handover.giver_id, now - UNREAD_SINCE)
    for digest, edition in unread:
        reply = edition_reply(catalog, edition.body).to_json()
        rows = [
            new_delivery(
                DeliveryKind.DIGEST, f"digest:{digest.id}:{account.id}", account, reply, now, digest.id, edition.id
            )
            for account in reached
        ]
        if await queue_deliveries(db, rows):
            digest.state = DigestState.SENDING
            db.add(digest)
    return len(unread)


def _notice(handover: Handover, account: Account, reply: Reply, now: datetime) -> dict[str, object]:
    return new_delivery(DeliveryKind.NOTICE, f"handover:{handover.id}:{account.id}", account, reply.to_json(), now)


async def end_early(db: AsyncSession, given: Appointment, last: date, actor: str, now: datetime) -> None:
    """The appointment ends with ``last``, without anybody taking over. Raises NotPossible."""
    today = now.astimezone(LOCAL).date()
    if not today - timedelta(days=1) <= last <= today + LONGEST:
        raise NotPossible("contacts.refused.last_day")
    if given.last_day is not None and given.last_day < today:
        raise NotPossible("contacts.refused.over")
    if given.first_day > last:
        await db.delete(given)
    else:
        given.last_day = last
        db.add(given)
    detail = {"agency": given.agency_id, "last": last.isoformat()}
    note(db, actor, "appointment.ended", f"contacts:{given.contact_id}", now, **detail)
