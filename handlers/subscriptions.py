"""Who receives the weekly digest, and people who leave and come back."""

from __future__ import annotations

from handlers import start
from handlers.messages import Reply, choice_value
from handlers.plans import duties
from handlers.turn import Handler, Turn
from storage import contacts
from storage.audit import note


def left(turn: Turn) -> None:
    """The person unfollowed or blocked us: nothing is sent until they come back; what they chose stays."""
    turn.account.left_at = turn.now
    turn.db.add(turn.account)


def returned(turn: Turn) -> None:
    """Whoever writes or taps is reachable again."""
    if turn.account.left_at is not None:
        turn.account.left_at = None
        turn.db.add(turn.account)


async def subscribe(turn: Turn, _arguments: list[str]) -> list[Reply]:
    if turn.contact is None:
        return duties.only_officers(turn)
    assert turn.account.id is not None
    if not await contacts.is_subscribed(turn.db, turn.account.id):
        note(turn.db, "account", "subscription.begun", f"account:{turn.account.id}", turn.now)
    await contacts.subscribe(turn.db, turn.account.id, turn.now)
    off = turn.choice("citizen.button.unsubscribe", choice_value("sub", "off"))
    return [
        turn.say(
            "citizen.subscription.on",
            turn.choice("citizen.button.digest", choice_value("digest", "view")),
            off,
            turn.choice("citizen.button.menu", "menu"),
            agency=duties.agency_name(turn, turn.contact.agency_id),
        )
    ]


async def unsubscribe(turn: Turn, _arguments: list[str]) -> list[Reply]:
    if turn.contact is None:
        return duties.only_officers(turn)
    assert turn.account.id is not None
    was_on = await contacts.unsubscribe(turn.db, turn.account.id, turn.now)
    if was_on:
        note(turn.db, "account", "subscription.ended", f"account:{turn.account.id}", turn.now)
    return [
        turn.say(
            "citizen.subscription.off" if was_on else "citizen.subscription.already_off",
            turn.choice("citizen.button.subscribe", choice_value("sub", "on")),
            turn.choice("citizen.button.menu", "menu"),
        )
    ]


async def switch(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``sub:<on|off>``."""
    if arguments[:1] == ["on"]:
        return await subscribe(turn, [])
    if arguments[:1] == ["off"]:
        return await unsubscribe(turn, [])
    return [start.old_button(turn)]


CHOICES: dict[str, Handler] = {"sub": switch}
INTENTS: dict[str, Handler] = {"subscribe_digest": subscribe, "unsubscribe_digest": unsubscribe}
