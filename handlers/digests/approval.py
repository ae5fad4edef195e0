"""From draft to approved: composed, handed in, approved by a second person, given a time. Nothing is sent here."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests.composing import compose
from handlers.digests.refusals import DigestError
from handlers.digests.rhythm import SHORTEST_REASON, is_skipped, moment_after_approval
from handlers.digests.weeks import Week
from storage.audit import note
from storage.digests import Digest, DigestState, digest_for_update, editions_of, open_digest, replace_editions
from storage.editions import digest_fingerprint
from storage.users import ConsoleUser, Role

CLOCK, CLI = "clock", "cli"
NOT_PEOPLE = frozenset({CLOCK, CLI})
"""Actors that cannot answer for a draft: whoever hands it in does."""
APPROVERS = frozenset({Role.APPROVER, Role.ADMIN})


async def save_draft(db: AsyncSession, catalog: Catalog, week: str, actor: str, now: datetime) -> Digest:
    """Compose the week and store it as a draft, instead of the draft there was.

    Raises DigestError when the week does not exist, concerns nobody, or has left the draft state.
    """
    week = str(Week.parse(week))
    editions = await compose(db, catalog, week)
    if not editions:
        raise DigestError("nobody_concerned", week=week)
    digest = await open_digest(db, week, actor, now)
    if digest.state is not DigestState.DRAFT:
        raise refusal("not_a_draft", digest, catalog)
    assert digest.id is not None
    await replace_editions(db, digest.id, [(edition.agency_id, edition.body) for edition in editions])
    digest.composed_at, digest.composed_by = now, actor
    db.add(digest)
    note(db, actor, "digest.composed", f"digest:{digest.id}", now, week=week, editions=len(editions))
    return digest


async def submit_for_approval(db: AsyncSession, catalog: Catalog, digest_id: int, actor: str, now: datetime) -> Digest:
    """Draft → waiting. What the clock composed is from now on the work of whoever hands it in."""
    digest = await held(db, digest_id)
    if digest.state is not DigestState.DRAFT:
        raise refusal("not_a_draft", digest, catalog)
    if digest.composed_by in NOT_PEOPLE:
        digest.composed_by = actor
    digest.state, digest.return_reason = DigestState.WAITING, None
    db.add(digest)
    note(db, actor, "digest.submitted", f"digest:{digest_id}", now)
    return digest


async def approve(db: AsyncSession, catalog: Catalog, digest_id: int, user: ConsoleUser, now: datetime) -> Digest:
    """Waiting → approved, by an approver who neither composed nor handed it in. Freezes the content's fingerprint.

    The digest gets the moment its week has in the rhythm; an urgent one leaves at once.
    """
    digest = await held(db, digest_id)
    if digest.state is not DigestState.WAITING:
        raise refusal("not_waiting", digest, catalog)
    if not user.active or user.role not in APPROVERS:
        raise DigestError("not_an_approver")
    if user.name == digest.composed_by:
        raise DigestError("same_person")
    digest.state = DigestState.APPROVED
    digest.content_hash = digest_fingerprint(await editions_of(db, digest_id))
    digest.approved_by, digest.approved_at = user.name, now
    digest.send_at = now if digest.is_urgent else await moment_after_approval(db, catalog, digest.week, now)
    db.add(digest)
    note(db, user.name, "digest.approved", f"digest:{digest_id}", now, content_hash=digest.content_hash)
    return digest


async def return_to_draft(
    db: AsyncSession, catalog: Catalog, digest_id: int, actor: str, reason: str, now: datetime
) -> Digest:
    """Waiting or approved → draft, with a reason for whoever composed it. The approval and its time are undone."""
    if sum(letter.isalnum() for letter in reason) < SHORTEST_REASON:
        raise DigestError("reason_needed")
    digest = await held(db, digest_id)
    if digest.state not in (DigestState.WAITING, DigestState.APPROVED):
        raise refusal("not_returnable", digest, catalog)
    digest.state, digest.return_reason = DigestState.DRAFT, reason.strip()
    digest.content_hash = digest.approved_by = digest.approved_at = digest.send_at = None
    db.add(digest)
    note(db, actor, "digest.returned", f"digest:{digest_id}", now, reason=digest.return_reason)
    return digest


async def schedule(
    db: AsyncSession, catalog: Catalog, digest_id: int, send_at: datetime | None, actor: str, now: datetime
) -> Digest:
    """Give an approved digest its moment (aware); None takes it away."""
    digest = await held(db, digest_id)
    if digest.state is not DigestState.APPROVED:
        raise refusal("not_approved", digest, catalog)
    if send_at is not None and send_at <= now:
        raise DigestError("in_the_past")
    if send_at is not None and not digest.is_urgent and await is_skipped(db, digest.week):
        raise DigestError("week_skipped", week=digest.week)
    digest.send_at = send_at
    db.add(digest)
    note(
        db,
        actor,
        "digest.scheduled",
        f"digest:{digest_id}",
        now,
        send_at=None if send_at is None else send_at.isoformat(),
    )
    return digest


async def held(db: AsyncSession, digest_id: int) -> Digest:
    """The digest, kept from everybody else until the transaction ends. Raises DigestError when there is none."""
    digest = await digest_for_update(db, digest_id)
    if digest is None:
        raise DigestError("no_such_digest")
    return digest


def refusal(reason: str, digest: Digest, catalog: Catalog) -> DigestError:
    """A refusal that names the week and the state the digest is in."""
    return DigestError(reason, week=digest.week, state=catalog.text(f"digest.state.{digest.state.value}").lower())
