"""What an officer does with a digest in the chat: reads it, opens an item, acknowledges it."""

from __future__ import annotations

from typing import Any

from handlers import topics
from handlers.digests.rendering import details_reply, document_label, edition_reply
from handlers.digests.sections import document_json, item_bases, item_number
from handlers.duties import not_today
from handlers.messages import Choice, Reply, choice_value
from handlers.turn import LOCAL, Handler, Turn
from storage.agencies import list_agencies
from storage.deliveries import digest_deliveries, digest_delivery
from storage.digests import (
    Delivery,
    DeliveryState,
    Digest,
    Edition,
    advance,
    digest_of_week,
    newest_edition,
)
from storage.directives import Directive, DirectiveItem, DirectiveState, providers_of

NOT_READ = frozenset({DeliveryState.QUEUED, DeliveryState.SKIPPED})
"""A delivery nobody can have read yet is not what "đã nhận" means."""


async def view(turn: Turn, _arguments: list[str]) -> list[Reply]:
    """The newest edition of the officer's agency."""
    return await _shown(turn, "view", None)


async def choose(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``digest:<view|more>[:<week>]``."""
    manner = "more" if arguments[:1] == ["more"] else "view"
    return await _shown(turn, manner, arguments[1] if len(arguments) > 1 else None)


async def _shown(turn: Turn, manner: str, week: str | None) -> list[Reply]:
    contact = turn.contact
    if contact is None:
        return [officers_only(turn)]
    agency = _agency_name(turn, contact.agency_id)
    edition = await newest_edition(turn.db, contact.agency_id, week)
    notes: list[Reply] = []
    if edition is None and week is not None:
        edition = await newest_edition(turn.db, contact.agency_id)
        notes = [turn.say("digest.week_not_found", week=week[:12], agency=agency)] if edition else []
    if edition is None:
        return [turn.say("digest.none_yet", *_elsewhere(turn)[1:], agency=agency)]
    unread = await _unread(turn, edition)
    reply = edition_reply if manner == "view" else details_reply
    return [*notes, reply(turn.catalog, edition.body, acknowledge=unread)]


async def _unread(turn: Turn, edition: Edition) -> bool:
    """Whether this account was sent the edition and has not acknowledged it."""
    assert turn.account.id is not None
    delivery = await digest_delivery(turn.db, edition.digest_id, turn.account.id)
    return delivery is not None and delivery.acknowledged_at is None


async def acknowledge(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``ack:<week>``: the digest of that week, as sent to this account."""
    if turn.contact is None:
        return [officers_only(turn)]
    assert turn.account.id is not None
    digest = await digest_of_week(turn.db, arguments[0]) if arguments else None
    if digest is None or digest.id is None:
        return [_nothing_to_acknowledge(turn)]
    delivery = await digest_delivery(turn.db, digest.id, turn.account.id)
    if delivery is None:
        return [_nothing_to_acknowledge(turn)]
    return [_acknowledged(turn, delivery, digest)]


async def acknowledge_newest(turn: Turn, _arguments: list[str]) -> list[Reply]:
    """ "Đã nhận", typed: the newest digest this account has not acknowledged."""
    if turn.contact is None:
        return [officers_only(turn)]
    assert turn.account.id is not None
    sent = [pair for pair in await digest_deliveries(turn.db, turn.account.id) if pair[0].state not in NOT_READ]
    unread = next((pair for pair in sent if pair[0].acknowledged_at is None), None)
    if unread is not None:
        return [_acknowledged(turn, *unread)]
    if not sent:
        return [_nothing_to_acknowledge(turn)]
    delivery, digest = sent[0]
    return [turn.say("digest.acknowledge.all_done", *_elsewhere(turn), **_moment(delivery, digest))]


def _acknowledged(turn: Turn, delivery: Delivery, digest: Digest) -> Reply:
    assert turn.contact is not None
    if delivery.acknowledged_at is not None:
        return turn.say("digest.acknowledge.again", *_elsewhere(turn), **_moment(delivery, digest))
    advance(delivery, DeliveryState.ACKNOWLEDGED, turn.now)
    turn.db.add(delivery)
    agency = _agency_name(turn, turn.contact.agency_id)
    return turn.say("digest.acknowledge.done", *_elsewhere(turn), agency=agency, **_moment(delivery, digest))


def _nothing_to_acknowledge(turn: Turn) -> Reply:
    return turn.say("digest.acknowledge.nothing", *_elsewhere(turn))


def _moment(delivery: Delivery, digest: Digest) -> dict[str, Any]:
    assert delivery.acknowledged_at is not None
    at = delivery.acknowledged_at.astimezone(LOCAL)
    year, number = digest.week.split("-W")
    return {"week": f"{int(number)}/{year}", "time": f"{at:%H:%M}", "day": f"{at:%d/%m/%Y}"}


async def item(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``item:<item id>``: one item of a directive, whole."""
    if turn.contact is None:
        return [officers_only(turn)]
    found = await turn.db.get(DirectiveItem, arguments[0]) if arguments else None
    directive = await turn.db.get(Directive, found.directive_id) if found else None
    if found is None or directive is None or directive.state is DirectiveState.IMPORTED:
        return [turn.say("digest.item.unknown", *_elsewhere(turn))]
    agencies = {agency.id: agency for agency in await list_agencies(turn.db)}
    lines = [
        turn.text("digest.item.heading", number=item_number(found.path), title=found.title),
        document_label(turn.catalog, document_json(directive)),
    ]
    if directive.state in (DirectiveState.REPLACED, DirectiveState.WITHDRAWN):
        lines.append(turn.text("digest.item.withdrawn"))
    lines += ["", found.summary, ""] if found.summary else [""]
    if found.period_as_written:
        lines.append(turn.text("digest.line.period", period=found.period_as_written))
    bases = item_bases(turn.catalog).get(found.id, [])
    if bases:
        lines.append(turn.text("digest.item.bases", numbers="; ".join(bases)))
    providers = (await providers_of(turn.db, [found.id])).get(found.id, [])
    for key, named in (("providers", providers), ("targets", found.targets)):
        known = [agencies[name] for name in named if name in agencies]
        if known:  # single agencies before groups
            names = [agency.name for agency in sorted(known, key=lambda one: (one.level == "group", one.name))]
            lines.append(turn.text(f"digest.item.{key}", names="; ".join(names)))
    return [Reply("\n".join(lines).strip(), _elsewhere(turn))]


def officers_only(turn: Turn) -> Reply:
    """For a citizen: what this is, and what they can ask instead. For a former officer: why not."""
    if turn.lapsed is not None:
        return not_today(turn, turn.lapsed)
    return turn.say("digest.officers_only", *topics.topic_choices(turn), turn.choice("citizen.button.menu", "menu"))


def _elsewhere(turn: Turn) -> tuple[Choice, ...]:
    return (
        turn.choice("digest.button.view", choice_value("digest", "view")),
        turn.choice("digest.button.progress", "tasks"),
        turn.choice("citizen.button.menu", "menu"),
    )


def _agency_name(turn: Turn, agency_id: str) -> str:
    agency = turn.catalog.province.agencies.get(agency_id)
    return agency.name if agency else agency_id


CHOICES: dict[str, Handler] = {"digest": choose, "ack": acknowledge, "item": item}
INTENTS: dict[str, Handler] = {"view_digest": view, "acknowledge_digest": acknowledge_newest}
