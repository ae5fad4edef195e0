"""An agency takes a digest in, or one item of it. The officer who says so first stands for the agency; whoever says so
after is told who did, and nothing is lost by it."""

from __future__ import annotations

from typing import Any

from handlers.digests.matters import Json, Matter, matter_named, taker, untaken_items
from handlers.digests.reading import elsewhere, officers_only
from handlers.digests.rendering import BUTTONS, DIGEST, ITEM, item_choice
from handlers.messages import Choice, Reply, choice_value
from handlers.reminders.ladder import reconsider
from handlers.turn import LOCAL, Handler, Turn
from storage.acknowledgements import Acknowledgement, acknowledge, acknowledgements, editions_sent, item_subject
from storage.contacts import Contact
from storage.deliveries import digest_deliveries, digest_delivery
from storage.digests import Delivery, DeliveryState, Digest, advance

NOT_READ = frozenset({DeliveryState.QUEUED, DeliveryState.SKIPPED})
"""A delivery nobody can have read yet is not what "đã nhận" means."""
OFFERED = 2
"""Items with a button of their own under the answer to an acknowledgement."""


async def take_digest(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``ack:<week>``: the digest of that week."""
    if turn.contact is None:
        return [officers_only(turn)]
    matter = await matter_named(turn, [DIGEST, *arguments])
    return [_nothing(turn)] if matter is None else [await _taken(turn, matter)]


async def take_item(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``take:<item id>``: one item of a digest."""
    if turn.contact is None:
        return [officers_only(turn)]
    matter = await matter_named(turn, [ITEM, *arguments])
    if matter is None:
        return [turn.say("digest.item.unknown", *elsewhere(turn))]
    return [await _taken(turn, matter)]


async def take_items(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``takeall:<week>``: every item of the digest that waits to be taken in."""
    if turn.contact is None:
        return [officers_only(turn)]
    matter = await matter_named(turn, [DIGEST, *arguments])
    if matter is None:
        return [_nothing(turn)]
    left = await untaken_items(turn, matter.edition)
    for entry in left:
        await _write_down(turn, matter.edition.agency_id, item_subject(entry["id"]), int(entry.get("revision", 0)))
    if left:
        await reconsider(turn.db, turn.catalog, matter.edition.agency_id, turn.now)
    key = "taking.items.done" if left else "taking.items.none_left"
    return [turn.say(key, *elsewhere(turn), count=len(left), title=matter.title(turn.catalog))]


async def take_newest(turn: Turn, _arguments: list[str]) -> list[Reply]:
    """ "Đã nhận", typed: the newest digest this account has not acknowledged."""
    if turn.contact is None:
        return [officers_only(turn)]
    assert turn.account.id is not None
    sent = [pair for pair in await digest_deliveries(turn.db, turn.account.id) if pair[0].state not in NOT_READ]
    unread = next((digest for delivery, digest in sent if delivery.acknowledged_at is None), None)
    if unread is not None:
        return await take_digest(turn, [unread.name])
    newest = await editions_sent(turn.db, turn.contact.agency_id, 1)
    if not newest:
        return [_nothing(turn)]
    replies = await take_digest(turn, [newest[0][1].name])
    if not sent:
        return replies
    delivery, digest = sent[0]
    return [turn.say("digest.acknowledge.all_done", *elsewhere(turn), **_moment(delivery, digest))]


async def write_down(turn: Turn, matter: Matter) -> bool:
    """The agency takes the matter in; False when an officer of it had done so already.

    Taking a digest in settles this account's own delivery of it too, whoever was first.
    """
    first = await _write_down(turn, matter.edition.agency_id, matter.subject, matter.revision)
    if matter.item is None:
        assert turn.contact is not None
        assert turn.account.id is not None
        assert matter.digest.id is not None
        delivery = await digest_delivery(turn.db, matter.digest.id, turn.account.id)
        if delivery is not None:
            advance(delivery, DeliveryState.ACKNOWLEDGED, turn.now)
            turn.db.add(delivery)
    if first:
        await reconsider(turn.db, turn.catalog, matter.edition.agency_id, turn.now)
    return first


async def _write_down(turn: Turn, agency_id: str, subject: str, revision: int) -> bool:
    """For the agency the edition is of: the officer's own, or one it followed."""
    assert turn.contact is not None
    assert turn.contact.id is not None
    return await acknowledge(turn.db, agency_id, subject, revision, turn.account, turn.contact.id, turn.now)


async def _taken(turn: Turn, matter: Matter) -> Reply:
    assert turn.contact is not None
    first = await write_down(turn, matter)
    found = await acknowledgements(turn.db, [matter.subject], matter.edition.agency_id)
    taken, by = next(pair for pair in found if pair[0].revision == matter.revision)
    words = {"title": matter.title(turn.catalog), "name": taker(turn.catalog, by), **_at(taken)}
    if first:
        agency = turn.catalog.agency_name(matter.edition.agency_id)
        lines = [turn.text("taking.done", agency=agency, **words)]
        left = await untaken_items(turn, matter.edition)
        if left:
            lines.append(turn.text("taking.items.left", count=len(left)))
        hand = turn.choice("taking.button.hand", choice_value("hand", *matter.names))
        return Reply("\n".join(lines), (*_take_too(turn, matter, left), hand, *elsewhere(turn))[:BUTTONS])
    key = "taking.again" if _same_person(turn.contact, taken) else "taking.by_colleague"
    return turn.say(key, *elsewhere(turn), **words)


def _same_person(contact: Contact, taken: Acknowledgement) -> bool:
    return taken.contact_id == contact.id


def _take_too(turn: Turn, matter: Matter, left: list[Json]) -> list[Choice]:
    """Buttons of items that wait to be taken in by themselves: all at once, and one by one."""
    if not left:
        return []
    choices = [item_choice(turn.catalog, entry["id"], entry["number"], entry["title"]) for entry in left[:OFFERED]]
    take_all = turn.choice("taking.button.all", choice_value("takeall", matter.digest.name), count=len(left))
    return [take_all, *choices]


def _nothing(turn: Turn) -> Reply:
    return turn.say("digest.acknowledge.nothing", *elsewhere(turn))


def _at(taken: Acknowledgement) -> dict[str, Any]:
    at = taken.at.astimezone(LOCAL)
    return {"time": f"{at:%H:%M}", "day": f"{at:%d/%m/%Y}"}


def _moment(delivery: Delivery, digest: Digest) -> dict[str, Any]:
    assert delivery.acknowledged_at is not None
    at = delivery.acknowledged_at.astimezone(LOCAL)
    year, number = digest.week.split("-W")
    return {"week": f"{int(number)}/{year}", "time": f"{at:%H:%M}", "day": f"{at:%d/%m/%Y}"}


CHOICES: dict[str, Handler] = {"ack": take_digest, "take": take_item, "takeall": take_items}
INTENTS: dict[str, Handler] = {"acknowledge_digest": take_newest}
