"""Correcting (đính chính) or withdrawing (thu hồi) an item that has been sent, with the approval of a second person.

With the approval the new words stand everywhere at once: in the item, in the editions, in what has not left yet. Those
who may have the old words are told old and new side by side, first those who had seen them. Agencies that are to act on
the item take it in again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.approval import APPROVERS
from handlers.digests.freezing import freeze
from handlers.digests.matters import LOOKED_BACK, Matter, items_in
from handlers.digests.refusals import DigestError
from handlers.digests.rendering import BUTTONS, answers_to, edition_reply
from handlers.digests.rhythm import SHORTEST_REASON
from handlers.messages import Choice, Reply, choice_value, plain
from storage.acknowledgements import MAY_HAVE_IT, recipients_of
from storage.archive import archive_directive
from storage.audit import note
from storage.contacts import Account
from storage.corrections import (
    HAS_LEFT,
    Correction,
    CorrectionKind,
    CorrectionState,
    newest_editions,
    waiting_correction,
    withdrawn_items,
)
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import Delivery, DeliveryKind, DeliveryState, Digest, Edition
from storage.directives import LONGEST_SUMMARY, Directive, DirectiveItem
from storage.editions import digest_fingerprint
from storage.users import ConsoleUser

LONGEST_TITLE = 300
HEAD_START = timedelta(seconds=30)
"""By how much those who saw the old words are told before the others."""
SEEN = frozenset({DeliveryState.SEEN, DeliveryState.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True)
class Sent:
    """An item that has gone out, and in which of the newest digests."""

    item: DirectiveItem
    number: str
    weeks: tuple[str, ...]
    agencies: int
    """Agencies whose editions have it."""
    waiting: Correction | None
    withdrawn: bool


async def sent_items(db: AsyncSession) -> list[Sent]:
    """Items in the newest digests that have gone out, those of the newest week first."""
    weeks: dict[str, dict[str, None]] = {}
    agencies: dict[str, set[str]] = {}
    numbers: dict[str, str] = {}
    for digest, edition in await newest_editions(db, LOOKED_BACK):
        for entry in _entries(edition.body) if digest.state in HAS_LEFT else ():
            weeks.setdefault(entry["id"], {})[digest.week] = None
            agencies.setdefault(entry["id"], set()).add(edition.agency_id)
            numbers.setdefault(entry["id"], entry["number"])
    withdrawn, found = await withdrawn_items(db), []
    for item_id, named in weeks.items():
        item = await db.get(DirectiveItem, item_id)
        if item is not None:
            waiting = await waiting_correction(db, item_id)
            reached = len(agencies[item_id])
            found.append(Sent(item, numbers[item_id], tuple(named), reached, waiting, item_id in withdrawn))
    return found


def _entries(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [*body["items"], *body["topics"]]


async def propose(
    db: AsyncSession,
    item_id: str,
    kind: CorrectionKind,
    title: str,
    summary: str,
    reason: str,
    actor: str,
    now: datetime,
) -> Correction:
    """A correction that waits for a second person.

    Raises DigestError when the item has not been sent, nothing changes, the words are too long, the reason is missing,
    or another correction of the item waits.
    """
    sent = next((one for one in await sent_items(db) if one.item.id == item_id), None)
    if sent is None:
        raise DigestError("not_sent_item")
    if sent.withdrawn:
        raise DigestError("item_withdrawn")
    if sent.waiting is not None:
        raise DigestError("correction_waits", by=sent.waiting.drafted_by)
    if sum(letter.isalnum() for letter in reason) < SHORTEST_REASON:
        raise DigestError("correction_reason")
    item, title, summary = sent.item, title.strip(), summary.strip()
    if kind is CorrectionKind.WITHDRAW:
        title, summary = item.title, item.summary
    elif not title or len(title) > LONGEST_TITLE or len(summary) > LONGEST_SUMMARY:
        raise DigestError("correction_length", title=LONGEST_TITLE, summary=LONGEST_SUMMARY)
    elif (title, summary) == (item.title, item.summary):
        raise DigestError("nothing_corrected")
    drafted = Correction(
        item_id=item_id,
        kind=kind,
        old_title=item.title,
        old_summary=item.summary,
        new_title=title,
        new_summary=summary,
        reason=reason.strip(),
        drafted_by=actor,
        drafted_at=now,
    )
    db.add(drafted)
    await db.flush()
    note(db, actor, "correction.drafted", f"correction:{drafted.id}", now, item=item_id, kind=kind.value)
    return drafted


async def reject(db: AsyncSession, correction_id: int, user: ConsoleUser, answer: str, now: datetime) -> None:
    """Turn a correction down, or take one's own back; the item stays as it is."""
    drafted = await _waiting(db, correction_id)
    if user.role not in APPROVERS and user.name != drafted.drafted_by:
        raise DigestError("not_an_approver")
    if sum(letter.isalnum() for letter in answer) < SHORTEST_REASON:
        raise DigestError("correction_reason")
    drafted.state, drafted.answer = CorrectionState.REJECTED, answer.strip()
    drafted.decided_by, drafted.decided_at = user.name, now
    db.add(drafted)
    note(db, user.name, "correction.rejected", f"correction:{correction_id}", now)


async def approve_correction(
    db: AsyncSession, catalog: Catalog, correction_id: int, user: ConsoleUser, now: datetime
) -> Correction:
    """Put a correction into effect, by an approver who did not draft it; wake the outbox after the commit."""
    drafted = await _waiting(db, correction_id)
    if not user.active or user.role not in APPROVERS:
        raise DigestError("not_an_approver")
    if user.name == drafted.drafted_by:
        raise DigestError("correction_same_person")
    drafted.state, drafted.decided_by, drafted.decided_at = CorrectionState.APPROVED, user.name, now
    await _reword_item(db, drafted)
    editions = await _reword_editions(db, drafted, now)
    drafted.reworded = await _reword_queued(db, catalog, editions)
    told = await _to_tell(db, drafted.item_id, editions)
    first = [one for one in told if one.seen]
    then = [one for one in told if not one.seen]
    drafted.told_first = await _tell(db, catalog, drafted, first, now)
    drafted.told_then = await _tell(db, catalog, drafted, then, now + (HEAD_START if first else timedelta(0)), now)
    db.add(drafted)
    note(
        db,
        user.name,
        "correction.approved",
        f"correction:{correction_id}",
        now,
        item=drafted.item_id,
        told=drafted.told_first + drafted.told_then,
        reworded=drafted.reworded,
    )
    return drafted


async def _waiting(db: AsyncSession, correction_id: int) -> Correction:
    drafted = await db.get(Correction, correction_id, with_for_update=True, populate_existing=True)
    if drafted is None or drafted.state is not CorrectionState.WAITING:
        raise DigestError("correction_decided")
    return drafted


async def _reword_item(db: AsyncSession, drafted: Correction) -> None:
    item = await db.get_one(DirectiveItem, drafted.item_id)
    item.title, item.summary = drafted.new_title, drafted.new_summary
    db.add(item)
    await db.flush()
    await archive_directive(db, await db.get_one(Directive, item.directive_id))


async def _reword_editions(db: AsyncSession, drafted: Correction, now: datetime) -> list[tuple[Digest, Edition]]:
    """Put the new words into every edition that has the item; what was approved stays approved, by a new fingerprint.

    Where people have the item, the old words stay beside the new ones, and a withdrawn item stays marked as such; from
    a digest that has not gone out a withdrawn item disappears.
    """
    touched: list[tuple[Digest, Edition]] = []
    digests: dict[int, tuple[Digest, list[Edition]]] = {}
    for digest, edition in await newest_editions(db, LOOKED_BACK):
        assert digest.id is not None
        digests.setdefault(digest.id, (digest, []))[1].append(edition)
        if any(entry["id"] == drafted.item_id for entry in _entries(edition.body)):
            edition.body = _reworded(edition.body, drafted, now, digest.state in HAS_LEFT)
            db.add(edition)
            touched.append((digest, edition))
    changed = {digest.id for digest, _ in touched}
    for digest, editions in digests.values():
        if digest.id in changed and digest.content_hash is not None:
            digest.content_hash = digest_fingerprint(editions)
            db.add(digest)
    await db.flush()
    return touched


def _reworded(body: dict[str, Any], drafted: Correction, now: datetime, has_left: bool) -> dict[str, Any]:
    withdrawn = drafted.kind is CorrectionKind.WITHDRAW
    new: dict[str, Any] = {
        "title": drafted.new_title,
        "summary": drafted.new_summary,
        "revision": drafted.id,
        "corrected_at": now.isoformat(),
    }
    if has_left:
        new |= (
            {"withdrawn": True} if withdrawn else {"was": {"title": drafted.old_title, "summary": drafted.old_summary}}
        )
    return body | {
        section: [
            entry | new if entry["id"] == drafted.item_id else entry
            for entry in body[section]
            if not (withdrawn and not has_left and entry["id"] == drafted.item_id)
        ]
        for section in ("items", "topics")
    }


async def _reword_queued(db: AsyncSession, catalog: Catalog, editions: Sequence[tuple[Digest, Edition]]) -> int:
    """Deliveries of these editions that have not left carry the new words; how many."""
    reworded, touched = 0, {edition.id for _, edition in editions}
    for digest_id in {digest.id for digest, _ in editions if digest.id is not None and digest.state in HAS_LEFT}:
        for delivery, edition, _ in await recipients_of(db, digest_id):
            if edition.id not in touched:
                continue
            held = await db.get(Delivery, delivery.id, with_for_update=True, populate_existing=True)
            if held is not None and held.state is DeliveryState.QUEUED:
                held.reply = edition_reply(catalog, edition.body).to_json()
                db.add(held)
                reworded += 1
    for _, edition in editions:
        if edition.message is not None:  # what is repeated from now on says it, too
            freeze(catalog, edition)
            db.add(edition)
    await db.flush()
    return reworded


@dataclass(frozen=True, slots=True)
class _Told:
    account: Account
    matter: Matter
    seen: bool


async def _to_tell(db: AsyncSession, item_id: str, editions: Sequence[tuple[Digest, Edition]]) -> list[_Told]:
    """Every account that may have the old words, once, by the newest digest it got them in."""
    by_edition = {edition.id: (digest, edition) for digest, edition in editions if digest.state in HAS_LEFT}
    found: dict[int, _Told] = {}
    for digest_id in dict.fromkeys(digest.id for digest, _ in by_edition.values() if digest.id is not None):
        for delivery, edition, account in await recipients_of(db, digest_id):
            if edition.id not in by_edition or delivery.state not in MAY_HAVE_IT or account.left_at is not None:
                continue
            assert account.id is not None
            seen = delivery.state in SEEN or delivery.seen_at is not None
            known = found.get(account.id)
            digest, own = by_edition[edition.id]
            matter = known.matter if known is not None else _matter(digest, own, item_id)
            found[account.id] = _Told(account, matter, seen or (known is not None and known.seen))
    return list(found.values())


def _matter(digest: Digest, edition: Edition, item_id: str) -> Matter:
    entry, own = next(pair for pair in items_in(edition.body) if pair[0]["id"] == item_id)
    return Matter(digest, edition, entry, own)


async def _tell(
    db: AsyncSession,
    catalog: Catalog,
    drafted: Correction,
    told: Sequence[_Told],
    due: datetime,
    made: datetime | None = None,
) -> int:
    rows = [
        new_delivery(
            DeliveryKind.NOTICE,
            f"correction:{drafted.id}:{one.account.id}",
            one.account,
            notice(catalog, drafted, one.matter).to_json(),
            due,
        )
        | {"created_at": made or due}
        for one in told
    ]
    return await queue_deliveries(db, rows) if rows else 0


def notice(catalog: Catalog, drafted: Correction, matter: Matter) -> Reply:
    """What somebody who has the old words is told: old and new side by side, and why."""
    assert matter.item is not None
    week = Matter(matter.digest, matter.edition).title(catalog)
    words = {"number": matter.item["number"], "digest": week, "reason": plain(drafted.reason)}
    before, after = _words(drafted.old_title, drafted.old_summary), _words(drafted.new_title, drafted.new_summary)
    if drafted.kind is CorrectionKind.WITHDRAW:
        text = catalog.text("correction.notice.withdraw", was=plain(before), **words)
    else:
        text = catalog.text("correction.notice.correct", was=plain(before), now=plain(after), **words)
    view = Choice(catalog.text("digest.button.view"), choice_value("digest", "view", matter.digest.name))
    if not matter.own:
        return Reply(text, (view,))
    lines = [text, catalog.text("correction.notice.take_again")]
    return Reply("\n".join(lines), (*answers_to(catalog, *matter.names), view)[:BUTTONS])


def _words(title: str, summary: str) -> str:
    return f"{title.rstrip(' .')}. {summary}".strip() if summary else title
