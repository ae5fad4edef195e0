"""What is stored about an account, told in words, and its erasure (Luật 91/2025/QH15, articles 4 and 14)."""

from __future__ import annotations

from content.figures import day
from handlers import start
from handlers.messages import Reply, choice_value, plain
from handlers.plans.duties import agency_name
from handlers.turn import LOCAL, Handler, Turn
from storage import audit, contacts
from storage.appointments import depart
from storage.conversations import conversation_at, forget_conversation
from storage.files import forget_files
from storage.proposals import forget_notices, questions_wanted_by
from storage.questionnaires import drafts_by, forget_form_drafts
from storage.questions import forget_asker, tickets_of
from storage.requests import forget_requests, open_request_of
from storage.webchat import forget_webchat, webchat_count

TOLD_TICKETS = 20
"""Codes of a person's own messages told at most."""
SURE = choice_value("privacy", "erase_yes")


async def view(turn: Turn, _arguments: list[str]) -> list[Reply]:
    """What is stored, with the button that begins the erasure."""
    return [
        Reply(
            "\n".join(await _stored(turn)),
            (
                turn.choice("citizen.button.erase", choice_value("privacy", "erase")),
                turn.choice("citizen.button.keep", choice_value("privacy", "keep")),
                *([turn.choice("joining.button.mine", choice_value("join", "list"))] if turn.contact else []),
            ),
        )
    ]


async def pressed(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``privacy:<view|erase|erase_yes|keep>``."""
    match arguments[:1]:
        case ["view"]:
            return await view(turn, [])
        case ["erase"]:
            return [_confirmation(turn)]
        case ["erase_yes"]:
            # An old button does not erase: the question must be the last thing that was offered.
            if SURE not in [value for _, value in turn.conversation.offered]:
                return [_confirmation(turn)]
            await erase(turn)
            return [turn.say("citizen.privacy.erased", turn.choice("citizen.button.menu", "menu"))]
        case ["keep"]:
            return [turn.say("citizen.privacy.kept", *start.menu_choices(turn))]
    return [start.old_button(turn)]


async def erase(turn: Turn) -> None:
    """Forget the conversation, cut every link from account to person, withdraw consents; note that it was done."""
    account = turn.account
    assert account.id is not None
    contact = await contacts.registered_as(turn.db, account)
    if contact is not None and len(await contacts.accounts_of(turn.db, contact.id or 0)) == 1:
        await depart(turn.db, contact, turn.now, turn.local_now.date())
        await forget_form_drafts(turn.db, contact.id or 0)
        await contacts.erase_contact(turn.db, contact, turn.text("citizen.privacy.erased_name"), turn.now)
    account.contact_id = None
    turn.contact = None
    turn.db.add(account)
    await contacts.unsubscribe(turn.db, account.id, turn.now)
    await contacts.withdraw_consents(turn.db, account.id, turn.now)
    tickets = await forget_asker(turn.db, account.id)
    await forget_notices(turn.db, turn.now, account.id)
    await forget_webchat(turn.db, turn.message.address.user_id)
    await forget_files(turn.db, account.address)
    await forget_requests(turn.db, account.id)
    await turn.db.flush()
    await forget_conversation(turn.db, account.address)
    turn.conversation = await conversation_at(turn.db, account.address, turn.now)
    turn.conversation.greeted_at = turn.now  # who speaks has been said to this person
    audit.note(turn.db, "account", "privacy.erase", f"account:{account.id}", turn.now, tickets=tickets)


def _confirmation(turn: Turn) -> Reply:
    return turn.say(
        "citizen.privacy.confirm_officer" if turn.account.contact_id is not None else "citizen.privacy.confirm",
        turn.choice("citizen.button.erase_yes", SURE),
        turn.choice("citizen.button.keep", choice_value("privacy", "keep")),
    )


async def _stored(turn: Turn) -> list[str]:
    account = turn.account
    assert account.id is not None
    channel = f"citizen.privacy.channel.{account.channel}"
    if channel not in turn.catalog.text:
        channel = "citizen.privacy.channel.other"
    lines = [
        turn.text("citizen.privacy.heading"),
        turn.text(
            "citizen.privacy.account",
            channel=turn.text(channel),
            first=day(account.first_seen_at.astimezone(LOCAL)),
            last=day(account.last_seen_at.astimezone(LOCAL)),
        ),
    ]
    contact = await contacts.registered_as(turn.db, account)
    if contact is not None:
        agency = agency_name(turn, contact.agency_id)
        lines.append(turn.text("citizen.privacy.officer", name=plain(contact.name), agency=agency))
        if contact.phone:
            lines.append(turn.text("citizen.privacy.officer_phone", phone=plain(contact.phone)))
        begun = await drafts_by(turn.db, contact.id or 0, contact.agency_id)
        if begun:
            lines.append(turn.text("forms.stored", count=len(begun)))
    waiting = await open_request_of(turn.db, account.id)
    if waiting is not None:
        told = {"name": plain(waiting.name or ""), "position": plain(waiting.position or "")}
        lines.append(turn.text("request.stored", agency=agency_name(turn, waiting.agency_id), **told))
        if waiting.phone:
            lines.append(turn.text("citizen.privacy.officer_phone", phone=plain(waiting.phone)))
    subscription = await contacts.subscription_of(turn.db, account.id)
    if subscription is not None:
        lines.append(turn.text("citizen.privacy.subscribed", since=day(subscription.since.astimezone(LOCAL))))
    tickets = await tickets_of(turn.db, account.id, TOLD_TICKETS)
    if tickets:
        lines.append(turn.text("citizen.privacy.tickets", codes=", ".join(ticket.code for ticket in tickets)))
    wanted = await questions_wanted_by(turn.db, account.id)
    if wanted:
        lines.append(turn.text("citizen.privacy.wanted", count=wanted))
    purposes = await contacts.standing_consents(turn.db, account.id)
    if purposes:
        named = ", ".join(turn.text(f"citizen.privacy.purpose.{purpose.value}") for purpose in purposes)
        lines.append(turn.text("citizen.privacy.consents", purposes=named))
    lines.append(turn.text("citizen.privacy.conversation"))
    if turn.conversation.form:
        lines.append(turn.text("citizen.privacy.form"))
    bubbles = await webchat_count(turn.db, turn.message.address.user_id)
    if bubbles:
        lines.append(turn.text("citizen.privacy.bubbles", count=bubbles))
    return [*lines, turn.text("citizen.privacy.questions"), turn.text("citizen.privacy.offer")]


CHOICES: dict[str, Handler] = {"privacy": pressed}
INTENTS: dict[str, Handler] = {"delete_my_data": view}
