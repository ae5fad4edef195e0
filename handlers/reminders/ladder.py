"""The ladder: who is told that an agency has not taken a digest or an item in, and when. Only in working hours.

Main contact, deputy, head of the agency, then the department's own list; each rung a number of working hours after the
one before. It ends with the agency's acknowledgement and rests while a question of the agency waits for an answer. A
rung is a row with a unique key, written in the transaction that queues its messages: a look repeated, or made by two
processes at once, tells nobody twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import day
from content.registry import Registry
from handlers.digests.matters import Matter
from handlers.digests.rendering import BUTTONS, DIGEST, answers_to, week_words
from handlers.messages import Choice, Reply, choice_value
from handlers.turn import LOCAL
from handlers.working_time import working_time
from storage.acknowledgements import acknowledgements
from storage.appointments import ContactRole, contacts_of, reachable
from storage.clarifications import threads_about
from storage.contacts import Account
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.ladder import ChaseStep, Rung, call_off, climb, reword, sent_since, steps_of, waiting_reminders

STALE = timedelta(days=10)
"""A digest first sent longer ago than this is not chased any more: two others have followed it."""
LINES = 6
"""Matters a message names; the rest is counted."""
RUNGS = tuple(Rung)
CHASE = "chase:"
"""Begins the keys of the ladder's messages."""


@dataclass(frozen=True, slots=True)
class Owed:
    """Something an agency has not taken in."""

    matter: Matter
    since: datetime
    """When the agency got it as it reads now, or got the answer to its question about it."""
    steps: tuple[ChaseStep, ...] = ()

    @property
    def agency_id(self) -> str:
        return self.matter.edition.agency_id

    @property
    def next_rung(self) -> Rung | None:
        """None when the department has it on its list already."""
        taken = {step.rung for step in self.steps}
        return next((rung for rung in RUNGS if rung not in taken), None)

    @property
    def counted_from(self) -> datetime:
        return max([self.since, *(step.at for step in self.steps)])


async def owed(db: AsyncSession, now: datetime) -> list[Owed]:
    """What agencies have been sent lately and not taken in, nobody's question about it waiting for an answer."""
    sent = await sent_since(db, now - STALE)
    matters = [
        (matter, moment)
        for edition, digest, moment in sent
        for matter in [Matter(digest, edition), *(Matter(digest, edition, entry) for entry in edition.body["items"])]
    ]
    subjects = {matter.subject for matter, _ in matters}
    taken: dict[tuple[str, str], dict[int, datetime]] = {}
    for row, _ in await acknowledgements(db, subjects):
        taken.setdefault((row.agency_id, row.subject), {})[row.revision] = row.at
    asked = {(thread.agency_id, thread.subject): thread for thread in await threads_about(db, subjects)}
    steps: dict[tuple[str, str, int], list[ChaseStep]] = {}
    for step in await steps_of(db, {digest.id or 0 for _, digest, _ in sent}):
        steps.setdefault((step.agency_id, step.subject, step.revision), []).append(step)
    found: dict[tuple[str, str], Owed] = {}
    for matter, moment in matters:
        agency, subject = matter.edition.agency_id, matter.subject
        if matter.revision in taken.get((agency, subject), {}):
            continue
        since = _since(matter, moment, taken.get((agency, Matter(matter.digest, matter.edition).subject), {}))
        thread = asked.get((agency, subject))
        if since is None or (thread is not None and thread.answered_at is None and thread.closed_at is None):
            continue
        if thread is not None:
            since = max([since, *filter(None, [thread.answered_at, thread.closed_at])])
        own = tuple(steps.get((agency, subject, matter.revision), ()))
        found[agency, subject] = Owed(matter, since, own)  # an item that runs on is owed as the newest digest has it
    return list(found.values())


def _since(matter: Matter, sent: datetime, digest_taken: Mapping[int, datetime]) -> datetime | None:
    """From when the matter counts; None for an item that is chased with its digest, which nobody has taken in yet."""
    if matter.item is None:
        return sent
    if matter.revision:
        return max(sent, datetime.fromisoformat(matter.item["corrected_at"]))
    return max(sent, *digest_taken.values()) if digest_taken else None


async def chase(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Take every rung that is due at ``now``, one message to each person; how many messages were queued.

    The caller makes sure that it is working time.
    """
    working, policy = working_time(catalog), catalog.province.chase
    due = [
        one
        for one in await owed(db, now)
        if (rung := one.next_rung) and now >= working.hours_after(one.counted_from, policy.before(rung.value))
    ]
    if not due:
        return 0
    registry = catalog.province.agencies
    due = [one for one in due if registry.expand(one.agency_id)]  # nobody answers for what has ended
    people = await _people(db, registry, {one.agency_id for one in due}, now)
    wanted = [step for one in due for step in _steps(one, people, now)]
    by_name = {(one.agency_id, one.matter.subject): one for one in due}
    messages: dict[int, list[tuple[ChaseStep, Owed]]] = {}
    accounts: dict[int, Account] = {}
    for step in await climb(db, wanted):
        for account in people.get((step.agency_id, step.rung), ()):
            assert account.id is not None
            accounts[account.id] = account
            messages.setdefault(account.id, []).append((step, by_name[step.agency_id, step.subject]))
    rows = [_message(catalog, accounts[account], told, now) for account, told in messages.items()]
    return await queue_deliveries(db, rows) if rows else 0


async def _people(
    db: AsyncSession, registry: Registry, agencies: Iterable[str], now: datetime
) -> dict[tuple[str, Rung], list[Account]]:
    """Accounts of each agency's roles, or of those who have its part now, that can be told something today: of each
    officer the one they used last."""
    newest: dict[tuple[str, Rung, int], Account] = {}
    answering: dict[str, set[str]] = {}
    for agency in agencies:
        for body in registry.expand(agency):
            answering.setdefault(body, set()).add(agency)
    today = now.astimezone(LOCAL).date()
    for appointment, contact, account in await reachable(db, list(answering), list(ContactRole), today):
        for agency in answering[appointment.agency_id]:
            key = (agency, Rung(appointment.role.value), contact.id or 0)
            if key not in newest or newest[key].last_seen_at < account.last_seen_at:
                newest[key] = account
    found: dict[tuple[str, Rung], list[Account]] = {}
    for (agency, rung, _), account in newest.items():
        found.setdefault((agency, rung), []).append(account)
    return found


def _steps(one: Owed, people: Mapping[tuple[str, Rung], Sequence[Account]], now: datetime) -> list[dict[str, Any]]:
    """The rung that is due; one the agency has nobody for is passed at once, up to the department."""
    first = one.next_rung
    assert first is not None
    assert one.matter.digest.id is not None
    steps = []
    for rung in RUNGS[RUNGS.index(first) :]:
        told = len(people.get((one.agency_id, rung), ()))
        steps.append(
            {
                "agency_id": one.agency_id,
                "subject": one.matter.subject,
                "revision": one.matter.revision,
                "digest_id": one.matter.digest.id,
                "rung": rung,
                "told": told,
                "at": now,
            }
        )
        if told:
            break
    return steps


async def reconsider(db: AsyncSession, catalog: Catalog, agency_id: str, now: datetime) -> int:
    """What waits to chase somebody of the agency names only what is still owed; how many messages have nothing left to
    name and are called off. For the transaction in which the agency has taken something in."""
    officers = await contacts_of(db, agency_id, now.astimezone(LOCAL).date())
    waiting = await waiting_reminders(db, [contact.id for _, contact in officers if contact.id is not None], CHASE)
    if not waiting:
        return 0
    chased = [one for one in await owed(db, now) if one.steps]
    people = await _people(db, catalog.province.agencies, {one.agency_id for one in chased}, now)
    count = 0
    for row, contact_id in waiting:
        assert row.id is not None
        told = [
            (step, one)
            for one in chased
            for step in one.steps
            if step.at == row.created_at
            and any(account.contact_id == contact_id for account in people.get((one.agency_id, step.rung), ()))
        ]
        if told:
            await reword(db, row.id, _reply(catalog, told).to_json(), _only_digest(told))
        else:
            count += await call_off(db, row.id, "acknowledged")
    return count


def _message(
    catalog: Catalog, account: Account, told: Sequence[tuple[ChaseStep, Owed]], now: datetime
) -> dict[str, Any]:
    """One message for everything the person is to be told now."""
    key = f"{CHASE}{min(step.id or 0 for step, _ in told)}:{account.id}"
    reply = _reply(catalog, told).to_json()
    return new_delivery(DeliveryKind.REMINDER, key, account, reply, now, digest_id=_only_digest(told))


def _only_digest(told: Sequence[tuple[ChaseStep, Owed]]) -> int | None:
    """The digest whose taking in by the person makes the message pointless; None when it is about more."""
    digests = {step.digest_id for step, _ in told}
    return told[0][0].digest_id if len(digests) == 1 and told[0][1].matter.item is None else None


def _reply(catalog: Catalog, told: Sequence[tuple[ChaseStep, Owed]]) -> Reply:
    highest = max((step.rung for step, _ in told), key=RUNGS.index)
    agencies = dict.fromkeys(catalog.agency_name(one.agency_id) for _, one in told)
    lines = [catalog.text(f"chase.{highest.value}", agency="; ".join(agencies))]
    for _, one in told[:LINES]:
        since = day(one.since.astimezone(LOCAL))
        title = one.matter.title(catalog)
        key = "chase.line_corrected" if one.matter.revision else "chase.line"
        lines.append(catalog.text(key, title=title[:1].upper() + title[1:], day=since))
    if len(told) > LINES:
        lines.append(catalog.text("chase.more", count=len(told) - LINES))
    return Reply("\n".join(lines), _choices(catalog, [one.matter for _, one in told]))


def _choices(catalog: Catalog, matters: Sequence[Matter]) -> tuple[Choice, ...]:
    kind, name = matters[0].names
    if len(matters) == 1:
        view = (
            Choice(catalog.text("digest.button.view"), choice_value("digest", "view", name))
            if kind == DIGEST
            else Choice(catalog.text("taking.button.open"), choice_value("item", name))
        )
        return (*answers_to(catalog, kind, name), view)
    taking = [_take(catalog, matter) for matter in matters[: BUTTONS - 1]]
    return (*taking, Choice(catalog.text("digest.button.view"), choice_value("digest", "view")))


def _take(catalog: Catalog, matter: Matter) -> Choice:
    """A button that takes one of several matters in."""
    kind, name = matter.names
    take = answers_to(catalog, kind, name)[0].value
    if matter.item is None:
        return Choice(catalog.text("chase.button.digest", week=week_words(matter.edition.body)["week"]), take)
    return Choice(catalog.text("chase.button.item", number=matter.item["number"]), take)
