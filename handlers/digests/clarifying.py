"""The department answers what an officer found unclear: to the asker alone, or to everybody who has the item."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.matters import Matter, items_in
from handlers.digests.refusals import DigestError
from handlers.digests.rendering import BUTTONS, answers_to
from handlers.messages import Reply, plain
from storage.acknowledgements import MAY_HAVE_IT, digest_subject, recipients_of
from storage.audit import note
from storage.clarifications import Clarification, ClarificationEntry, entries_of
from storage.contacts import Account
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind, Digest, Edition, editions_of


async def matter_of(db: AsyncSession, thread: Clarification) -> Matter:
    """What the thread is about, as the asker's agency got it. An item that has gone from the edition is told as its
    digest."""
    digest = await db.get(Digest, thread.digest_id)
    assert digest is not None
    edition = next(one for one in await editions_of(db, thread.digest_id) if one.agency_id == thread.agency_id)
    return _in(digest, edition, thread.subject) or Matter(digest, edition)


def _in(digest: Digest, edition: Edition, subject: str) -> Matter | None:
    """The subject as it stands in the edition; None where the edition does not have it."""
    if subject == digest_subject(edition.digest_id):
        return Matter(digest, edition)
    found = (Matter(digest, edition, entry, own) for entry, own in items_in(edition.body))
    return next((matter for matter in found if matter.subject == subject), None)


async def answer(
    db: AsyncSession, catalog: Catalog, thread_id: int, text: str, to_all: bool, actor: str, now: datetime
) -> int:
    """Write the answer into the thread and queue it for the asker, or for all who have the item; for how many accounts.

    To all the question goes along without saying who asked. Raises DigestError when the thread is closed.
    """
    thread = await held(db, thread_id)
    questions = [entry.text for entry, _ in await entries_of(db, thread_id) if entry.answered_by is None]
    entry = ClarificationEntry(clarification_id=thread_id, answered_by=actor, text=text, to_all=to_all, at=now)
    db.add(entry)
    await db.flush()
    asker = await db.get(Account, thread.account_id)
    told = [(asker, await matter_of(db, thread))] if asker is not None and asker.left_at is None else []
    if to_all:
        told += [pair for pair in await _all_who_have_it(db, thread) if pair[0].id != thread.account_id]
    rows = [
        new_delivery(
            DeliveryKind.NOTICE,
            f"clarification:{entry.id}:{account.id}",
            account,
            _reply(catalog, matter, questions[-1:], text).to_json(),
            now,
        )
        for account, matter in told
    ]
    entry.told = await queue_deliveries(db, rows) if rows else 0
    thread.answered_at = now
    db.add_all([entry, thread])
    note(db, actor, "clarification.answered", f"clarification:{thread_id}", now, to_all=to_all, told=entry.told)
    return entry.told


async def _all_who_have_it(db: AsyncSession, thread: Clarification) -> list[tuple[Account, Matter]]:
    """Every reachable account that has the subject, or may have it."""
    digest = await db.get(Digest, thread.digest_id)
    assert digest is not None
    return [
        (account, matter)
        for delivery, edition, account in await recipients_of(db, thread.digest_id)
        if delivery.state in MAY_HAVE_IT and account.left_at is None
        if (matter := _in(digest, edition, thread.subject)) is not None
    ]


def _reply(catalog: Catalog, matter: Matter, questions: Sequence[str], text: str) -> Reply:
    title = matter.title(catalog)
    lines = [catalog.text("taking.answer.heading", title=title)]
    lines += [catalog.text("taking.answer.question", text=plain(question)) for question in questions]
    lines.append(catalog.text("taking.answer.text", text=plain(text)))
    return Reply("\n".join(lines), answers_to(catalog, *matter.names)[:BUTTONS])


async def close(db: AsyncSession, thread_id: int, actor: str, now: datetime) -> None:
    """End the thread without another answer. Raises DigestError when it is closed already."""
    thread = await held(db, thread_id)
    thread.closed_at, thread.closed_by = now, actor
    db.add(thread)
    note(db, actor, "clarification.closed", f"clarification:{thread_id}", now)


async def held(db: AsyncSession, thread_id: int) -> Clarification:
    """The thread, kept from others until the transaction ends. Raises DigestError when it is closed, or none."""
    thread = await db.get(Clarification, thread_id, with_for_update=True, populate_existing=True)
    if thread is None or thread.closed_at is not None:
        raise DigestError("thread_closed")
    return thread
