"""What an officer reads in the chat: a digest, all of it, one item of it."""

from __future__ import annotations

from content.figures import day
from handlers.digests.matters import agencies_of, matter_named, standing
from handlers.digests.rendering import BUTTONS, ITEM, answers_to, details_reply, document_label, edition_reply
from handlers.digests.sections import document_json, item_bases, item_number
from handlers.messages import Choice, Reply, choice_value, plain
from handlers.plans.duties import not_today
from handlers.questions import topics
from handlers.turn import LOCAL, Handler, Turn
from storage.acknowledgements import acknowledgements, digest_subject
from storage.agencies import list_agencies
from storage.corrections import Correction, CorrectionKind, approved_corrections
from storage.deliveries import digest_delivery
from storage.digests import Edition, newest_edition
from storage.directives import Directive, DirectiveItem, DirectiveState, providers_of


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
    agency = turn.catalog.agency_name(contact.agency_id)
    edition = await _newest(turn, week)
    notes: list[Reply] = []
    if edition is None and week is not None:
        edition = await _newest(turn, None)
        notes = [turn.say("digest.week_not_found", week=week[:12], agency=agency)] if edition else []
    if edition is None:
        return [turn.say("digest.none_yet", *elsewhere(turn)[1:], agency=agency)]
    unread = await _unread(turn, edition)
    reply = edition_reply if manner == "view" else details_reply
    return [*notes, reply(turn.catalog, edition.body, acknowledge=unread)]


async def _newest(turn: Turn, week: str | None) -> Edition | None:
    """Of the officer's agency, else of one it followed."""
    for agency in agencies_of(turn):
        if (edition := await newest_edition(turn.db, agency, week)) is not None:
            return edition
    return None


async def _unread(turn: Turn, edition: Edition) -> bool:
    """Whether the agency has not taken the edition in, or this account was sent it and has not said so."""
    assert turn.account.id is not None
    if not await acknowledgements(turn.db, [digest_subject(edition.digest_id)], edition.agency_id):
        return True
    delivery = await digest_delivery(turn.db, edition.digest_id, turn.account.id)
    return delivery is not None and delivery.acknowledged_at is None


async def item(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``item:<item id>``: one item of a directive, whole."""
    if turn.contact is None:
        return [officers_only(turn)]
    found = await turn.db.get(DirectiveItem, arguments[0]) if arguments else None
    directive = await turn.db.get(Directive, found.directive_id) if found else None
    if found is None or directive is None or directive.state is DirectiveState.IMPORTED:
        return [turn.say("digest.item.unknown", *elsewhere(turn))]
    agencies = {agency.id: agency for agency in await list_agencies(turn.db)}
    lines = [
        turn.text("digest.item.heading", number=item_number(found.path), title=found.title),
        document_label(turn.catalog, document_json(directive)),
    ]
    if directive.state in (DirectiveState.REPLACED, DirectiveState.WITHDRAWN):
        lines.append(turn.text("digest.item.withdrawn"))
    correction = (await approved_corrections(turn.db, [found.id])).get(found.id)
    if correction is not None:
        lines.append(_corrected(turn, correction))
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
    matter = await matter_named(turn, [ITEM, found.id])
    if matter is None:
        return [Reply("\n".join(lines).strip(), elsewhere(turn))]
    lines += await standing(turn, matter)
    return [Reply("\n".join(lines).strip(), (*answers_to(turn.catalog, ITEM, found.id), *elsewhere(turn))[:BUTTONS])]


def _corrected(turn: Turn, correction: Correction) -> str:
    """What became of the item since it was first sent."""
    assert correction.decided_at is not None
    when = day(correction.decided_at.astimezone(LOCAL))
    if correction.kind is CorrectionKind.WITHDRAW:
        return turn.text("correction.card.withdrawn", day=when, reason=plain(correction.reason))
    was = f"{correction.old_title}. {correction.old_summary}"
    return turn.text("correction.card.corrected", day=when, was=was)


def officers_only(turn: Turn) -> Reply:
    """For a citizen: what this is, and what they can ask instead. For a former officer: why not."""
    if turn.lapsed is not None:
        return not_today(turn, turn.lapsed)
    return turn.say("digest.officers_only", *topics.topic_choices(turn), turn.choice("citizen.button.menu", "menu"))


def elsewhere(turn: Turn) -> tuple[Choice, ...]:
    """Where an officer goes on from an answer about a digest."""
    return (
        turn.choice("digest.button.view", choice_value("digest", "view")),
        turn.choice("digest.button.progress", "reports"),
        turn.choice("citizen.button.menu", "menu"),
    )


CHOICES: dict[str, Handler] = {"digest": choose, "item": item}
INTENTS: dict[str, Handler] = {"view_digest": view}
