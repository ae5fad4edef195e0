"""Answers to a digest or an item that need words: "đã giao cho …" and "cần làm rõ …".

The open form is ``{"name": "taking", "step": "hand" | "unclear", "of": [kind, name]}``; ``under`` holds the form that
was open before and comes back after. The words are kept as typed; a question opens a thread to whoever drafted the
digest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from handlers import start
from handlers.choices import folded
from handlers.covering import cover, uncover
from handlers.digests.acknowledging import take_newest, write_down
from handlers.digests.matters import Matter, items_in, matter_named
from handlers.digests.reading import elsewhere, officers_only
from handlers.digests.rendering import DIGEST, ITEM, item_label
from handlers.messages import Choice, Reply, choice_value, plain, read_choice
from handlers.plans.duties import short
from handlers.turn import Handler, Turn
from nlu.verdict import UnderstandingKind
from storage.acknowledgements import HandOver, editions_sent
from storage.appointments import contacts_of
from storage.clarifications import ask
from storage.contacts import Contact, accounts_of
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind

NAME = "taking"
HAND, UNCLEAR = "hand", "unclear"
OFFERED = 3
"""Colleagues, or items, with a button of their own."""
SHORTEST = {HAND: 2, UNCLEAR: 5}
"""Letters and digits an answer must have at least."""
LONGEST = {HAND: 200, UNCLEAR: 1000}
"""Characters kept of an answer."""
FEWEST = 5
"""Words from which a line that names an item asks something of it; fewer pick the item."""
_TAKEN = frozenset({"da tiep nhan", "da nhan", "da nhan duoc", "tiep nhan", "da nhan ban tin", "da tiep nhan ban tin"})
_HANDED = re.compile(r"\s*(?:tôi |toi )?(?:đã|da) (?:giao|chuyển|chuyen) cho\s+(?P<words>\S.*)", re.I | re.S)
_UNCLEAR = re.compile(r"\s*(?:cần|can) (?:làm|lam) (?:rõ|ro)\s*[:,.\-–]*\s*(?P<words>.*)", re.I | re.S)


async def hand(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``hand:<kind>:<name>``: ask to whom; ``hand:to:<contact>`` while that is asked: to this colleague."""
    if turn.contact is None:
        return [officers_only(turn)]
    if arguments[:1] == ["to"]:
        return await _handed_to_colleague(turn, arguments[1:])
    return await _begin(turn, HAND, arguments)


async def unclear(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``unclear:<kind>:<name>``: ask what is unclear; of a digest with several items first ask which of them.

    ``unclear:whole:<week>`` is the digest as a whole.
    """
    if turn.contact is None:
        return [officers_only(turn)]
    if arguments[:1] == ["whole"]:
        return await _begin(turn, UNCLEAR, [DIGEST, *arguments[1:]])
    matter = await matter_named(turn, arguments)
    if matter is not None and matter.item is None:
        entries = [entry for entry, _ in items_in(matter.edition.body)]
        if entries:
            return [_which(turn, matter, entries)]
    return await _begin(turn, UNCLEAR, arguments)


def _which(turn: Turn, matter: Matter, entries: Sequence[Any]) -> Reply:
    choices = [
        Choice(item_label(turn.catalog, entry["number"], entry["title"]), choice_value(UNCLEAR, ITEM, entry["id"]))
        for entry in entries[:OFFERED]
    ]
    whole = turn.choice("taking.button.whole", choice_value(UNCLEAR, "whole", matter.digest.name))
    more = turn.choice("digest.button.details", choice_value("digest", "more", matter.digest.name))
    return turn.say("taking.unclear.which", *choices, whole, more, title=matter.title(turn.catalog))


async def _begin(turn: Turn, step: str, arguments: Sequence[str]) -> list[Reply]:
    matter = await matter_named(turn, arguments)
    if matter is None:
        return [turn.say("taking.gone", *elsewhere(turn))]
    cover(turn, {"name": NAME, "step": step, "of": list(matter.names)})
    return [await _asked(turn, matter)]


async def _asked(turn: Turn, matter: Matter) -> Reply:
    assert turn.contact is not None
    assert turn.contact.id is not None
    step = turn.conversation.form["step"]
    cancel = turn.choice("taking.button.cancel", choice_value(NAME, "cancel"))
    choices: list[Choice] = []
    if step == HAND:
        choices = [
            Choice(short(found.name), choice_value(HAND, "to", found.id))
            for found in (await _colleagues(turn))[:OFFERED]
        ]
    return turn.say(f"taking.{step}.ask", *choices, cancel, title=matter.title(turn.catalog))


async def _colleagues(turn: Turn) -> list[Contact]:
    """Who else speaks for the agency today, in order of role."""
    assert turn.contact is not None
    found = await contacts_of(turn.db, turn.contact.agency_id, turn.local_now.date())
    others = {contact.id: contact for _, contact in found if contact.ended_at is None}
    others.pop(turn.contact.id, None)
    return list(others.values())


async def resume(turn: Turn) -> list[Reply]:
    """Ask the open question again."""
    matter = await _matter(turn)
    return [await _asked(turn, matter)] if matter is not None else _close(turn, "taking.gone")


async def answer(turn: Turn) -> list[Reply]:
    """What was typed while the form is open is the answer."""
    matter = await _matter(turn)
    if matter is None:
        return _close(turn, "taking.gone")
    step, words = turn.conversation.form["step"], turn.message.text
    if sum(letter.isalnum() for letter in words) < SHORTEST[step]:
        return [turn.say(f"taking.{step}.too_short", *(await _asked(turn, matter)).choices)]
    uncover(turn, NAME)
    return await (_handed(turn, matter, words) if step == HAND else _put(turn, matter, words))


async def _matter(turn: Turn) -> Matter | None:
    return await matter_named(turn, turn.conversation.form.get("of", []))


async def pressed(turn: Turn, _arguments: list[str]) -> list[Reply]:
    """``taking:cancel``."""
    if turn.conversation.form.get("name") != NAME:
        return [start.old_button(turn)]
    return await cancel(turn)


async def cancel(turn: Turn) -> list[Reply]:
    return _close(turn, "taking.cancelled")


def _close(turn: Turn, key: str) -> list[Reply]:
    uncover(turn, NAME)
    return [turn.say(key, *elsewhere(turn))]


async def _handed_to_colleague(turn: Turn, arguments: Sequence[str]) -> list[Reply]:
    matter = await _matter(turn)
    if turn.conversation.form.get("step") != HAND or matter is None:
        return [start.old_button(turn)]
    colleague = next((one for one in await _colleagues(turn) if arguments == [str(one.id)]), None)
    if colleague is None:
        return [turn.say("taking.hand.left", *(await _asked(turn, matter)).choices)]
    uncover(turn, NAME)
    return await _handed(turn, matter, colleague.name, colleague)


async def _handed(turn: Turn, matter: Matter, words: str, colleague: Contact | None = None) -> list[Reply]:
    """Write down to whom the matter was given; giving it to somebody takes it in. A colleague is told."""
    assert turn.contact is not None
    assert turn.contact.id is not None
    words = words.strip()[: LONGEST[HAND]]
    await write_down(turn, matter)
    given = HandOver(
        agency_id=turn.contact.agency_id,
        subject=matter.subject,
        from_contact_id=turn.contact.id,
        to_contact_id=colleague.id if colleague is not None else None,
        to_words=None if colleague is not None else words,
        at=turn.now,
    )
    turn.db.add(given)
    told = False
    if colleague is not None:
        await turn.db.flush()
        told = await _tell(turn, matter, colleague, given)
    key = "taking.hand.told" if told else "taking.hand.done"
    return [turn.say(key, *elsewhere(turn), name=plain(words), title=matter.title(turn.catalog))]


async def _tell(turn: Turn, matter: Matter, colleague: Contact, given: HandOver) -> bool:
    """Queue a notice to the colleague's accounts; False when there is none that can be reached."""
    assert turn.contact is not None
    assert colleague.id is not None
    kind, name = matter.names
    open_it = (
        turn.choice("taking.button.open", choice_value("item", name))
        if kind == ITEM
        else turn.choice("digest.button.view", choice_value("digest", "view", name))
    )
    reply = turn.say("taking.hand.notice", open_it, name=plain(turn.contact.name), title=matter.title(turn.catalog))
    rows = [
        new_delivery(DeliveryKind.NOTICE, f"handover:{given.id}:{account.id}", account, reply.to_json(), turn.now)
        for account in await accounts_of(turn.db, colleague.id)
        if account.left_at is None
    ]
    return bool(rows and await queue_deliveries(turn.db, rows))


async def _put(turn: Turn, matter: Matter, words: str) -> list[Reply]:
    """Put the question to whoever drafted the digest."""
    assert turn.contact is not None
    assert turn.contact.id is not None
    assert turn.account.id is not None
    assert matter.digest.id is not None
    await ask(
        turn.db,
        turn.contact.agency_id,
        matter.subject,
        matter.digest.id,
        matter.digest.composed_by,
        turn.account.id,
        turn.contact.id,
        words.strip()[: LONGEST[UNCLEAR]],
        turn.now,
    )
    department = turn.catalog.province.department.short_name
    return [turn.say("taking.unclear.done", *elsewhere(turn), title=matter.title(turn.catalog), department=department)]


async def spoken(turn: Turn) -> list[Reply] | None:
    """An officer's typed answer to the newest digest, without a button: "đã tiếp nhận", "đã giao cho anh Nam",
    "cần làm rõ: …", or the question itself where the part it is about was asked for; None when the line is none of
    these."""
    if turn.contact is None:
        return None
    if folded(turn.message.text) in _TAKEN:
        return await take_newest(turn, [])
    part = _part_meant(turn)
    asked_about = await matter_named(turn, part) if part else None
    if asked_about is not None:
        return await _put(turn, asked_about, turn.message.text)
    handed, doubt = _HANDED.fullmatch(turn.message.text), _UNCLEAR.fullmatch(turn.message.text)
    found = handed or doubt
    newest = await editions_sent(turn.db, turn.contact.agency_id, 1) if found else []
    if found is None or not newest:
        return None
    matter = Matter(newest[0][1], newest[0][0])
    step, words = (HAND, found["words"]) if handed else (UNCLEAR, found["words"])
    if sum(letter.isalnum() for letter in words) < SHORTEST[step]:
        return await (hand if handed else unclear)(turn, list(matter.names))
    return await (_handed(turn, matter, words) if handed else _put(turn, matter, words))


def _part_meant(turn: Turn) -> list[str]:
    """The part of a digest a question is about, typed where "which part?" was asked: the item it names, else the whole
    when it is put as a question; nothing when it may as well be about something else."""
    parts = {
        str(value): str(label) for label, value in turn.conversation.offered if read_choice(str(value))[0] == UNCLEAR
    }
    typed = f" {folded(turn.message.text)} "
    for value, label in parts.items():
        if f" {folded(label.partition(':')[0])} " in typed and len(typed.split()) >= FEWEST:
            return read_choice(value)[1]
    whole = next((arguments for value in parts if (arguments := read_choice(value)[1])[:1] == ["whole"]), None)
    answered = turn.understanding.kind in (UnderstandingKind.FAQ, UnderstandingKind.EMERGENCY)
    return [DIGEST, *whole[1:]] if whole and not answered and turn.message.text.rstrip().endswith("?") else []


CHOICES: dict[str, Handler] = {HAND: hand, UNCLEAR: unclear, NAME: pressed}
INTENTS: dict[str, Handler] = {}
