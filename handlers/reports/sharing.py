"""Two officers at one report: who is at it, which questions each takes on, and two answers to one question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import moment
from content.words import fold
from handlers.forms.bubbles import LONGEST_SHOWN, below
from handlers.forms.loop import SKIPPED
from handlers.messages import Reply, choice_value, plain
from handlers.plans.duties import short
from handlers.reports.answers import key_of, label, shown
from handlers.reports.drafts import drafts_of
from handlers.reports.filling import Filling, local
from handlers.reports.questions import filling_choice
from storage.contacts import Contact
from storage.reports import latest_version

_RANGE = re.compile(r"(\d{1,2})\s*(?:-|–|den)\s*(\d{1,2})|(\d{1,2})")


async def author_name(db: AsyncSession, catalog: Catalog, contact_id: int | None) -> str:
    """An officer's name, made safe; a neutral word once it was erased."""
    contact = None if contact_id is None else await db.get(Contact, contact_id)
    return plain(contact.name) if contact is not None and contact.name else catalog.text("report.somebody")


def at_work(filling: Filling) -> Reply:
    """Before an officer joins: who is at the report, what is answered, what is open and who has taken that on."""
    turn, slots = filling.turn, filling.slots
    shares = [one for one in drafts_of(filling.report) if one.contact_id != filling.contact_id]
    names = ", ".join(filling.names[one.contact_id] for one in shares)
    answered = [slot for slot in filling.asked if slots.get(slot) is not None]
    lines = [
        turn.text(
            "sharing.at_work",
            names=names,
            title=filling.title,
            time=moment(local(shares[0].at)),
            done=len(answered),
            count=len(filling.asked),
        )
    ]
    lines += _spread(filling, answered)
    lines.append(turn.text("sharing.one_report"))
    choices = [
        turn.choice("sharing.button.join", choice_value("report", filling.subject, "resume")),
        turn.choice("sharing.button.parts", choice_value("report", filling.subject, "parts")),
    ]
    if answered:
        choices.append(turn.choice("sharing.button.look", choice_value("report", filling.subject, "look")))
    return Reply("\n".join(lines), tuple(choices))


def _spread(filling: Filling, answered: Sequence[str]) -> list[str]:
    """The numbers of the questions that are answered, open, and taken on by others."""
    turn = filling.turn
    open_ones = [slot for slot in filling.asked if slot not in answered]
    lines = []
    if answered:
        lines.append(turn.text("sharing.answered", numbers=numbers(filling, answered)))
    if open_ones:
        lines.append(turn.text("sharing.open", numbers=numbers(filling, open_ones)))
    return lines + taken_lines(filling)


def taken_lines(filling: Filling) -> list[str]:
    """Which open questions each colleague has taken on."""
    slots, lines = filling.slots, []
    for share in drafts_of(filling.report):
        if share.contact_id == filling.contact_id:
            continue
        taken = [
            slot
            for slot in filling.asked
            if slots.get(slot) is None and key_of(slot, filling.indicators) in share.taken
        ]
        if taken:
            name = filling.names[share.contact_id]
            lines.append(filling.turn.text("sharing.taken_by", name=name, numbers=numbers(filling, taken)))
    return lines


def numbers(filling: Filling, slots: Sequence[str]) -> str:
    """ "1, 2, 5"."""
    return ", ".join(str(filling.number(slot)) for slot in slots)


def news(filling: Filling) -> list[str]:
    """What colleagues have answered since the officer last looked, a line each."""
    return [
        filling.turn.text("sharing.news", name=filling.names[one], numbers=numbers(filling, slots))
        for one, slots in filling.news.items()
    ]


def clash_card(filling: Filling, said: Sequence[str] = ()) -> Reply:
    """Both answers side by side; one is chosen, or another one given."""
    turn, slot = filling.turn, filling.asking
    assert slot is not None
    ones = filling.clashes[slot]
    lines = [
        turn.text("sharing.clash.card", number=filling.number(slot), label=label(turn.text, slot, filling.indicators))
    ]
    choices = []
    for one in ones:
        mine = one.contact_id == filling.contact_id
        name = turn.text("sharing.clash.mine") if mine else filling.names[one.contact_id]
        value = _value(filling, slot, one.value)
        said_value = short(value, LONGEST_SHOWN // 2)
        lines.append(turn.text("sharing.clash.line", name=name, value=said_value, time=moment(local(one.at))))
        choices.append(
            turn.choice(
                "sharing.clash.button.mine" if mine else "sharing.clash.button.theirs",
                filling_choice(filling, "choose", str(one.contact_id)),
                name=name,
                answer=short(value, 24),
            )
        )
    choices.append(turn.choice("sharing.clash.button.other", filling_choice(filling, "edit", slot)))
    return Reply(below(said, ["\n".join(lines)]), tuple(choices))


def _value(filling: Filling, slot: str, value: object) -> str:
    return shown(filling.turn.text, slot, SKIPPED if value is None else value, filling.indicators)


def parts_question(filling: Filling) -> Reply:
    """Which of the open questions the officer takes on; typed as numbers."""
    turn, slots = filling.turn, filling.slots
    others = filling.taken_by(mine=False)
    free = [slot for slot in filling.asked if slots.get(slot) is None and slot not in others]
    lines = [turn.text("sharing.parts.ask")]
    lines += [
        turn.text("sharing.parts.line", number=filling.number(slot), label=label(turn.text, slot, filling.indicators))
        for slot in free
    ]
    lines += taken_lines(filling)
    return Reply("\n".join(lines), (turn.choice("sharing.button.join", filling_choice(filling, "all")),))


def rest_question(filling: Filling, said: Sequence[str] = ()) -> Reply:
    """The officer's own part is done: the rest is others', or is done all the same."""
    turn, slots = filling.turn, filling.slots
    left = [slot for slot in filling.asked if slots.get(slot) is None]
    lines = [turn.text("sharing.rest", numbers=numbers(filling, left)), *taken_lines(filling)]
    choices = (
        turn.choice("sharing.button.all", filling_choice(filling, "all")),
        turn.choice("report.button.save", filling_choice(filling, "save")),
    )
    return Reply(below(said, lines), choices)


def named_questions(filling: Filling, text: str) -> list[str]:
    """The slots a line like "3, 5-6" names; empty when it names none, or says something else."""
    plainly = fold(text)
    if set(_RANGE.sub("", plainly).replace(",", " ").replace(";", " ").split()) - {"cau", "va"}:
        return []
    found: list[int] = []
    for first, last, one in _RANGE.findall(plainly):
        found += range(int(first), int(last) + 1) if first else [int(one)]
    return [filling.asked[number - 1] for number in dict.fromkeys(found) if 1 <= number <= len(filling.asked)]


async def handed_in(filling: Filling) -> Reply:
    """Close the form: a colleague, or the officer on another channel, has handed the report in meanwhile."""
    turn, report = filling.turn, filling.report
    latest = await latest_version(turn.db, report)
    filling.close()
    if report.awaiting:
        return turn.say(
            "sharing.put_to_head",
            turn.choice("report.button.status", choice_value("reports", "status")),
            name=await author_name(turn.db, turn.catalog, report.awaiting["by"]),
            title=filling.title,
        )
    own = latest is not None and turn.contact is not None and latest.contact_id == turn.contact.id
    return turn.say(
        "sharing.handed_in_own" if own else "sharing.handed_in",
        turn.choice("report.button.fix", choice_value("report", filling.subject)),
        turn.choice("report.button.status", choice_value("reports", "status")),
        name=await author_name(turn.db, turn.catalog, latest.contact_id if latest else None),
        title=filling.title,
        time=moment(local(latest.submitted_at)) if latest else "",
        code=report.receipt,
        version=report.version,
    )
