"""One officer, several accounts: a code told on one channel and typed on the other joins them; and taking one away.

A citizen needs none of it: a citizen is an account and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from content.figures import day
from handlers import start
from handlers.messages import Choice, Reply, choice_value, plain
from handlers.plans.duties import agency_name
from handlers.turn import LOCAL, Handler, Turn
from storage.audit import note, times_noted
from storage.contacts import Account, Contact, Purpose, accounts_of, give_consent
from storage.conversations import conversation_at
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.joins import CODE_LIFE, claim_join, offer_join, open_join, part

NAME = "join"
MOST_CODES, GUESSES = 5, 5
"""Codes a contact may ask for, and wrong ones an account may type, within WINDOW; a code has 40 bits."""
WINDOW = timedelta(hours=1)
OFFERED, WRONG = "join.offered", "join.wrong_code"
"""Noted in the audit log and counted from there."""

_TYPED = re.compile(r"(?i)\s*/?(?:nối|noi)\s*k[êe]nh\W*((?:[a-z0-9][\s-]?){7}[a-z0-9])\s*")


def typed_code(text: str) -> str | None:
    """The code in a line like "nối kênh ABCD 2345"; None in any other."""
    found = _TYPED.fullmatch(text)
    return found[1] if found else None


async def entered(turn: Turn, arguments: list[str]) -> list[Reply]:
    """A code was typed: say whom this account would belong to, and ask."""
    [code] = arguments
    subject = f"account:{turn.account.id}"
    wrong = await times_noted(turn.db, WRONG, subject, turn.now - WINDOW)
    if wrong >= GUESSES:
        return [turn.say("joining.too_many", *_menu(turn), until=f"{(turn.now + WINDOW).astimezone(LOCAL):%H:%M}")]
    contact = await _contact_of_code(turn, code)
    if contact is None:
        note(turn.db, "bot", WRONG, subject, turn.now)
        return [turn.say("joining.wrong", *_menu(turn), left=GUESSES - wrong - 1)]
    if turn.contact is not None:
        key = "joining.already" if turn.contact.id == contact.id else "joining.somebody_elses"
        return [turn.say(key, *_menu(turn), name=plain(turn.contact.name))]
    yes = choice_value(NAME, "yes", "".join(filter(str.isalnum, code.upper())))
    return [
        Reply(
            _question(turn, contact),
            (turn.choice("joining.button.yes", yes), turn.choice("joining.button.no", choice_value(NAME, "no"))),
        )
    ]


async def mine(turn: Turn, _arguments: list[str]) -> list[Reply]:
    """The officer's accounts, with the buttons to add one or take one away."""
    if turn.contact is None:
        return [turn.say("joining.citizen", *_menu(turn))]
    accounts = await accounts_of(turn.db, turn.contact.id or 0)
    lines = [turn.text("joining.heading", name=plain(turn.contact.name))]
    lines += [
        turn.text(
            "joining.here" if account.id == turn.account.id else "joining.there",
            channel=_channel(turn, account),
            last=day(account.last_seen_at.astimezone(LOCAL)),
        )
        for account in accounts
    ]
    return [Reply("\n".join(lines), _ways(turn, accounts))]


async def pressed(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``join:<list|code|yes:code|no|drop:id|drop_yes:id|disown|disown_yes>``."""
    match arguments:
        case ["list"]:
            return await mine(turn, [])
        case ["code"]:
            return await _offer(turn)
        case ["yes", code]:
            return await _join(turn, code)
        case ["no"]:
            return [turn.say("joining.declined", *_menu(turn))]
        case ["drop" | "drop_yes" as action, number]:
            return await _drop(turn, number, sure=action == "drop_yes")
        case ["disown" | "disown_yes" as action] if turn.contact is not None:
            return await _disown(turn, turn.contact, sure=action == "disown_yes")
    return await mine(turn, []) if arguments == ["disown"] else [start.old_button(turn)]


async def _offer(turn: Turn) -> list[Reply]:
    if turn.contact is None:
        return await mine(turn, [])
    assert turn.contact.id is not None
    assert turn.account.id is not None
    subject = f"contact:{turn.contact.id}"
    if await times_noted(turn.db, OFFERED, subject, turn.now - WINDOW) >= MOST_CODES:
        return [turn.say("joining.too_many_codes", *_menu(turn))]
    code = await offer_join(turn.db, turn.contact.id, turn.account.id, turn.now)
    note(turn.db, "bot", OFFERED, subject, turn.now, account=turn.account.id)
    minutes = int(CODE_LIFE.total_seconds() // 60)
    return [turn.say("joining.code", *_menu(turn), code=f"{code[:4]} {code[4:]}", minutes=minutes)]


async def _join(turn: Turn, code: str) -> list[Reply]:
    """The account becomes the contact's. Whoever sends this holds the code: it is looked up again and used up."""
    subject = f"account:{turn.account.id}"
    if turn.contact is not None or await times_noted(turn.db, WRONG, subject, turn.now - WINDOW) >= GUESSES:
        return [start.old_button(turn)]
    contact = await _contact_of_code(turn, code)
    if contact is None or await claim_join(turn.db, code, turn.now) is None:
        note(turn.db, "bot", WRONG, subject, turn.now)
        return [turn.say("joining.over", *_menu(turn))]
    assert contact.id is not None
    assert turn.account.id is not None
    others = [each for each in await accounts_of(turn.db, contact.id) if each.left_at is None]
    await give_consent(turn.db, turn.account.id, Purpose.OFFICER_REGISTRATION, _question(turn, contact), turn.now)
    turn.account.contact_id = contact.id
    turn.db.add(turn.account)
    turn.contact = contact
    note(turn.db, "bot", "join.joined", f"contact:{contact.id}", turn.now, account=turn.account.id)
    channel = _channel(turn, turn.account)
    away = turn.choice("joining.button.drop", choice_value(NAME, "drop", turn.account.id), channel=channel)
    told = turn.say("joining.told", away, channel=channel).to_json()
    await queue_deliveries(
        turn.db,
        [
            new_delivery(
                DeliveryKind.NOTICE,
                f"join:{turn.account.id}:{int(turn.now.timestamp())}:{other.id}",
                other,
                told,
                turn.now,
            )
            for other in others
        ],
    )
    return [
        turn.say(
            "joining.joined",
            *start.menu_choices(turn),
            name=plain(contact.name),
            agency=agency_name(turn, contact.agency_id),
        )
    ]


async def _drop(turn: Turn, number: str, sure: bool) -> list[Reply]:
    """Take one of the officer's own accounts away."""
    own = await accounts_of(turn.db, turn.contact.id or 0) if turn.contact is not None else []
    account = next((each for each in own if str(each.id) == number), None)
    if account is None or turn.contact is None:
        return [start.old_button(turn)]
    if len(own) == 1:
        return [turn.say("joining.last", *_menu(turn))]
    if not sure:
        yes = turn.choice("joining.button.drop_yes", choice_value(NAME, "drop_yes", account.id))
        return [turn.say("joining.drop", yes, *_menu(turn), channel=_channel(turn, account))]
    note(turn.db, "account", "join.dropped", f"contact:{turn.contact.id}", turn.now, account=account.id)
    await _part(turn, account)
    return [turn.say("joining.dropped", *_menu(turn), channel=_channel(turn, account))]


async def _disown(turn: Turn, contact: Contact, sure: bool) -> list[Reply]:
    """Whoever writes from this account is not the officer it belongs to: a number given to somebody else, say."""
    if not sure:
        yes = turn.choice("joining.button.disown_yes", choice_value(NAME, "disown_yes"))
        return [turn.say("joining.disown", yes, *_menu(turn))]
    note(turn.db, "account", "join.disowned", f"contact:{contact.id}", turn.now, account=turn.account.id)
    await _part(turn, turn.account)
    return [turn.say("joining.disowned", *start.menu_choices(turn))]


async def _part(turn: Turn, account: Account) -> None:
    await part(turn.db, account, turn.now)
    if account.id == turn.account.id:
        turn.contact = None
        turn.conversation = await conversation_at(turn.db, account.address, turn.now)


async def _contact_of_code(turn: Turn, code: str) -> Contact | None:
    row = await open_join(turn.db, code, turn.now)
    contact = await turn.db.get(Contact, row.contact_id) if row is not None else None
    return contact if contact is not None and contact.ended_at is None else None


def _question(turn: Turn, contact: Contact) -> str:
    """What is agreed to by joining."""
    return turn.text("joining.ask", name=plain(contact.name), agency=agency_name(turn, contact.agency_id))


def _ways(turn: Turn, accounts: Sequence[Account]) -> tuple[Choice, ...]:
    ways = [turn.choice("joining.button.add", choice_value(NAME, "code"))]
    if len(accounts) > 1:
        ways += [
            turn.choice("joining.button.drop", choice_value(NAME, "drop", each.id), channel=_channel(turn, each))
            for each in accounts
        ]
    ways.append(turn.choice("joining.button.disown", choice_value(NAME, "disown")))
    return (*ways, *_menu(turn))


def _menu(turn: Turn) -> tuple[Choice, ...]:
    return (turn.choice("citizen.button.menu", "menu"),)


def _channel(turn: Turn, account: Account) -> str:
    key = f"citizen.privacy.channel.{account.channel}"
    return turn.text(key if key in turn.catalog.text else "citizen.privacy.channel.other")


COMMANDS: dict[str, list[str]] = {
    "themkenh": ["code"],
    "noikenh": ["list"],
    "kenhcuatoi": ["list"],
    "khongphaitoi": ["disown"],
}
"""Commands (folded, without slash and spaces) and what each asks for."""
CHOICES: dict[str, Handler] = {NAME: pressed}
INTENTS: dict[str, Handler] = {}
