"""Approving a digest from the phone: a card with what it holds, two buttons, and a reason when it goes back.

A console account's chat is linked by a code shown in the console. What the account may do is asked when the button is
pressed, not when the card was sent; and a card only approves the very content it told of.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import moment, weekday
from content.whole_numbers import whole
from handlers import start
from handlers.covering import cover, uncover
from handlers.digests.approval import APPROVERS, approve, return_to_draft
from handlers.digests.outlook import WARNED
from handlers.digests.refusals import DigestError
from handlers.digests.rendering import edition_reply, week_span
from handlers.digests.rhythm import Planned, plan_of
from handlers.digests.sending import audience
from handlers.digests.weeks import Week
from handlers.messages import Choice, Reply, choice_value, plain
from handlers.turn import LOCAL, Handler, Turn
from handlers.working_time import working_time
from storage.audit import note
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind, Digest, DigestState, digests_in, editions_of
from storage.editions import digest_fingerprint
from storage.links import chats_of, redeem_code, user_of_chat
from storage.users import ConsoleUser

NAME = "approval"
LINK = "lienket"
"""The command that makes a chat a console account's."""
STILL = timedelta(days=3)
"""How long after its moment approvers hear of a digest that was missed."""
_MARK = 12
"""Letters of a fingerprint in a button: 48 bits."""


async def tell_approvers(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Send each approver's chat the card of what waits; once more shortly before its moment, and when it was missed.

    Nothing at night, but for an urgent digest. Whoever composed it is not asked.
    """
    waiting = await digests_in(db, DigestState.WAITING)
    chats = await chats_of(db, sorted(APPROVERS)) if waiting else []
    rows = []
    for digest in waiting if chats else ():
        if working_time(catalog).is_quiet(now) and not digest.is_urgent:
            continue
        plan = await _plan(db, catalog, digest)
        occasions = _occasions(catalog, digest, plan, now)
        mark = await _mark(db, digest)
        card = await _card(db, catalog, digest, plan, mark, occasions[-1], now)
        rows += [
            new_delivery(
                DeliveryKind.NOTICE,
                f"{NAME}:{digest.id}:{mark}:{occasions[-1]}:{account.id}",
                account,
                card.to_json(),
                now,
            )
            for user, account in chats
            if user.name != digest.composed_by
        ]
    return await queue_deliveries(db, rows)


def _occasions(catalog: Catalog, digest: Digest, plan: Planned, now: datetime) -> list[str]:
    """What there has been to tell by now, the newest last."""
    told = ["card"]
    if digest.is_urgent or plan.skip is not None:
        return told
    if now >= working_time(catalog).hours_before(plan.at, WARNED):
        told.append("soon")
    if plan.missed is not None and now - plan.at < STILL:
        told.append("missed")
    return told


async def _card(
    db: AsyncSession, catalog: Catalog, digest: Digest, plan: Planned, mark: str, occasion: str, now: datetime
) -> Reply:
    assert digest.id is not None
    text = catalog.text
    editions = await editions_of(db, digest.id)
    reach = await audience(db, digest.id, now.astimezone(LOCAL).date())
    kind = "urgent" if digest.is_urgent else "weekly"
    lines = [
        text(f"approval.heading.{kind}", **week_span(plan.week)),
        text(
            "approval.composed_by", composer=text.section("console.actor").get(digest.composed_by, digest.composed_by)
        ),
        text("approval.content", editions=len(editions), **_counted([edition.body for edition in editions])),
        text("approval.audience", accounts=reach.accounts, unreached=len(reach.unreached)),
        _when(catalog, digest, plan, occasion),
    ]
    show = Choice(text("approval.button.show"), choice_value(NAME, "show", digest.id))
    return Reply("\n".join(lines), (*_decisions(catalog, digest, mark), show))


def _decisions(catalog: Catalog, digest: Digest, mark: str) -> tuple[Choice, ...]:
    """What can be decided of the content with this mark."""
    return tuple(
        Choice(catalog.text(f"approval.button.{act}"), choice_value(NAME, act, digest.id, mark))
        for act in ("approve", "return")
    )


def _counted(bodies: list[dict[str, Any]]) -> dict[str, int]:
    """Items and tasks over all editions, each once."""
    items = {entry["id"] for body in bodies for entry in [*body["items"], *body["topics"]]}
    tasks = {entry["id"] for body in bodies for entry in [*body["tasks"], *body["coordinating"], *body["reports"]]}
    return {"items": len(items), "tasks": len(tasks)}


def _when(catalog: Catalog, digest: Digest, plan: Planned, occasion: str) -> str:
    if digest.is_urgent:
        return catalog.text("approval.when.urgent")
    if plan.skip is not None:
        return catalog.text("approval.when.skipped", reason=plan.skip.reason)
    return catalog.text(f"approval.when.{occasion}", moment=spoken(plan.at), late_until=spoken(plan.late_until))


def spoken(at: datetime) -> str:
    """ "thứ Hai, 07:30 ngày 18/11/2024"."""
    local = at.astimezone(LOCAL)
    return f"{weekday(local.date())}, {moment(local)}"


async def _plan(db: AsyncSession, catalog: Catalog, digest: Digest) -> Planned:
    (plan,) = await plan_of(db, catalog, [Week.parse(digest.week)])
    return plan


async def _mark(db: AsyncSession, digest: Digest) -> str:
    assert digest.id is not None
    return digest_fingerprint(await editions_of(db, digest.id))[:_MARK]


async def linked(turn: Turn, code: str) -> list[Reply]:
    """``/lienket CODE``: this chat is from now on that of the console account the code was shown to."""
    assert turn.account.id is not None
    user = await redeem_code(turn.db, code, turn.account.id, turn.now) if code else None
    if user is None:
        return [turn.say("approval.link.wrong")]
    note(turn.db, user.name, "chat.linked", f"account:{turn.account.id}", turn.now, channel=turn.account.channel)
    key = "approval.link.approver" if user.role in APPROVERS else "approval.link.done"
    return [turn.say(key, name=plain(user.name))]


async def pressed(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``approval:<approve|return|show>:<digest>[:<mark>]``, or ``approval:cancel``."""
    act, number, mark = [*arguments, "", "", ""][:3]
    if act == "cancel" and turn.conversation.form.get("name") == NAME:
        return await cancel(turn)
    user = await _approver(turn)
    if user is None:
        return [turn.say("approval.not_linked")]
    digest = await turn.db.get(Digest, whole(number) or 0)
    if digest is None or digest.id is None or act not in ("approve", "return", "show"):
        return [start.old_button(turn)]
    if act == "show":
        return await _sample(turn, digest)
    if mark != await _mark(turn.db, digest) and digest.state is DigestState.WAITING:
        plan = await _plan(turn.db, turn.catalog, digest)
        fresh = await _mark(turn.db, digest)
        return [turn.say("approval.changed"), await _card(turn.db, turn.catalog, digest, plan, fresh, "card", turn.now)]
    return await _approved(turn, user, digest.id) if act == "approve" else await _begin_return(turn, digest)


async def _approver(turn: Turn) -> ConsoleUser | None:
    assert turn.account.id is not None
    user = await user_of_chat(turn.db, turn.account.id)
    return user if user is not None and user.role in APPROVERS else None


async def _approved(turn: Turn, user: ConsoleUser, digest_id: int) -> list[Reply]:
    try:
        digest = await approve(turn.db, turn.catalog, digest_id, user, turn.now)
    except DigestError as error:
        return [Reply(turn.text(error.key, **error.params))]
    if digest.send_at is None:
        return [turn.say("approval.done.unplanned")]
    return [turn.say("approval.done.planned", moment=spoken(digest.send_at))]


async def _sample(turn: Turn, digest: Digest) -> list[Reply]:
    """The fullest edition, as its agency would see it."""
    assert digest.id is not None
    editions = await editions_of(turn.db, digest.id)
    if not editions:
        return [start.old_button(turn)]
    fullest = max(editions, key=lambda edition: (len(edition.body["items"]) + len(edition.body["tasks"]), edition.id))
    shown = edition_reply(turn.catalog, fullest.body, acknowledge=False)
    heading = turn.text("approval.sample", agency=fullest.body["agency"]["name"], count=len(editions))
    waits = digest.state is DigestState.WAITING
    choices = _decisions(turn.catalog, digest, await _mark(turn.db, digest)) if waits else ()
    return [Reply(heading), Reply(shown.text, choices)]


async def _begin_return(turn: Turn, digest: Digest) -> list[Reply]:
    if digest.state not in (DigestState.WAITING, DigestState.APPROVED):
        state = turn.text(f"digest.state.{digest.state.value}").lower()
        return [turn.say("approval.over", state=state)]
    cover(turn, {"name": NAME, "digest": digest.id})
    return await resume(turn)


async def resume(turn: Turn) -> list[Reply]:
    """Ask for the reason (again)."""
    return [turn.say("approval.reason", _keep(turn))]


def _keep(turn: Turn) -> Choice:
    return turn.choice("approval.button.cancel", choice_value(NAME, "cancel"))


async def answer(turn: Turn) -> list[Reply] | None:
    """The typed reason."""
    user, digest_id = await _approver(turn), turn.conversation.form["digest"]
    if user is None:
        uncover(turn, NAME)
        return [turn.say("approval.not_linked")]
    try:
        await return_to_draft(turn.db, turn.catalog, digest_id, user.name, turn.message.text, turn.now)
    except DigestError as error:
        if error.reason == "reason_needed":
            return [Reply(turn.text(error.key, **error.params), (_keep(turn),))]
        uncover(turn, NAME)
        return [Reply(turn.text(error.key, **error.params))]
    uncover(turn, NAME)
    return [turn.say("approval.returned")]


async def cancel(turn: Turn) -> list[Reply]:
    """Leave the digest as it is."""
    uncover(turn, NAME)
    return [turn.say("approval.kept")]


CHOICES: dict[str, Handler] = {NAME: pressed}
INTENTS: dict[str, Handler] = {}
