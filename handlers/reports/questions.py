"""How a report's questions, its summary and its way out are put to the officer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from content.figures import PERCENT, day, figure, told
from content.forms import Response
from handlers.choices import folded
from handlers.forms.bubbles import LONGEST_SHOWN, ROOM, below, page_of
from handlers.forms.loop import SKIPPED
from handlers.messages import Choice, Reply, choice_value
from handlers.plans.duties import last_text, short, target_text
from handlers.plans.periods import period_words
from handlers.reports.answers import indicator_of, is_single, label, shown, slots_of
from handlers.reports.filling import Filling
from storage.plans import Indicator

BECAUSE = ("previous", "changed")
"""Reasons offered for an unlikely figure."""


def response_to(filling: Filling, slot: str) -> Response:
    """How the slot is asked, with its own buttons."""
    indicator = indicator_of(slot, filling.indicators)
    kind = "single" if indicator is not None and is_single(indicator) else slot
    return filling.loop.domain.question(filling.loop.form, kind)


def around(filling: Filling, slot: str) -> dict[str, str]:
    """What fills the placeholders of a question, and of whatever is said about a wrong answer to it."""
    turn, due = filling.turn, filling.period.due
    told_due = day(due) if due else turn.text("report.no_due")
    indicator = indicator_of(slot, filling.indicators)
    if indicator is None:
        return {"due": told_due, "example": _date_example(slot, turn.local_now.date(), due)}
    past = filling.past.answers if filling.past else None
    period = period_words(turn.catalog.text, filling.period.key)
    return {
        "span": turn.text("report.span.period", period=period) if period else turn.text("report.span.until_now"),
        "due": told_due,
        "indicator": indicator.name,
        "target": target_text(turn, indicator),
        "last": last_text(turn, indicator, past),
        "example": _value_example(filling, indicator),
        "unit": indicator.unit or "",
    }


def _date_example(slot: str, today: date, due: date | None) -> str:
    if slot == "finished_on":
        return day(today - timedelta(days=1))
    return day(due if due is not None and due > today else today + timedelta(days=14))


def _value_example(filling: Filling, indicator: Indicator) -> str:
    turn, unit = filling.turn, indicator.unit or ""
    if unit == PERCENT:
        return turn.text("report.example.percent")
    if is_single(indicator):
        return turn.text("report.example.plain", value=1)
    value = max(1, int(indicator.target or 3))
    if "/" in unit:
        return turn.text("report.example.plain", value=figure(value))
    return turn.text("report.example.count", value=figure(value), whole=figure(value + 2), unit=unit)


def question(filling: Filling, said: Sequence[str] = ()) -> Reply:
    """Ask the open slot below what was just said, with its own buttons, "keep" or "as before", "back" and "save"."""
    turn, slot = filling.turn, filling.asking
    assert slot is not None
    response = response_to(filling, slot)
    progress = turn.text("report.progress", number=filling.number(slot), count=len(filling.asked))
    lines = [f"{progress} {response.text.format(**around(filling, slot))}"]
    choices = [_button(filling, title, payload) for title, payload in response.buttons]
    existing, last = filling.slots.get(slot), as_before(filling, slot)
    if existing is not None:
        value = shown(turn.text, slot, existing, filling.indicators)
        lines.append(turn.text("report.current", value=short(value, LONGEST_SHOWN)))
        choices.append(turn.choice("report.button.keep", filling_choice(filling, "keep"), answer=short(value, 30)))
    elif last is not None:
        value = short(shown(turn.text, slot, last, filling.indicators), 30)
        choices.append(turn.choice("report.button.same", filling_choice(filling, "before"), answer=value))
    if filling.number(slot) > 1:
        choices.append(turn.choice("report.button.back", filling_choice(filling, "back")))
    choices.append(turn.choice("report.button.save", filling_choice(filling, "save")))
    return Reply(below(said, lines), tuple(choices[:ROOM]))


def as_before(filling: Filling, slot: str) -> Any:
    """The slot's answer in the last version, when it may be given again; None without one."""
    today = filling.turn.local_now.date()
    value = slots_of(filling.period.due, filling.indicators, filling.before, today).get(slot)
    return None if value == SKIPPED else value


def payload_of(filling: Filling, slot: str, text: str) -> str | None:
    """The payload of the button a number stands for, where a number can be nothing else: "2" for the second button."""
    payloads = [payload for _, payload in response_to(filling, slot).buttons]
    typed = folded(text)
    if len(payloads) < 3 or typed in payloads or not typed.isdecimal() or not 1 <= int(typed[:3]) <= len(payloads):
        return None
    return payloads[int(typed) - 1]


def filling_choice(filling: Filling, *arguments: str) -> str:
    """The value of a button of the current step."""
    return choice_value("form", filling.token, *arguments)


def _button(filling: Filling, title: str, payload: str) -> Choice:
    arguments = ("skip",) if payload == SKIPPED else ("pick", payload)
    return Choice(title, filling_choice(filling, *arguments))


def summary(filling: Filling, said: Sequence[str] = (), page: int = 1) -> Reply:
    """Every answer with its number, what looks contradictory first; long ones page by page."""
    turn = filling.turn
    text, more = _paged(filling, page, warnings(filling), "report.summary.heading")
    text = f"{text}\n{turn.text('report.summary.hint')}"
    return Reply(below(said, [text]), (*_summary_choices(filling), *more))


def view(filling: Filling, page: int = 1) -> Reply:
    """What was answered so far."""
    text, more = _paged(filling, page, [], "report.view")
    return Reply(text, more)


def _paged(filling: Filling, page: int, above: Sequence[str], heading: str) -> tuple[str, tuple[Choice, ...]]:
    """The page of the answers and the button to the next one."""
    turn, slots = filling.turn, filling.slots
    lines = list(above)
    for number, slot in enumerate(filling.asked, 1):
        if slots.get(slot) is not None:
            value = short(shown(turn.text, slot, slots[slot], filling.indicators), LONGEST_SHOWN)
            name = label(turn.text, slot, filling.indicators)
            line = turn.text("report.summary.line", number=number, label=name, value=value)
            author = filling.author(slot)
            lines.append(turn.text("sharing.by", line=line, name=author) if author else line)
    shown_lines, page, pages = page_of(lines, page)
    head = turn.text(heading, title=filling.title, done=filling.done, count=len(filling.asked))
    if pages == 1:
        return "\n".join([head, *lines]), ()
    head = turn.text("report.paged", heading=head, page=page, pages=pages)
    following = filling_choice(filling, "page", str(page % pages + 1))
    return "\n".join([head, *shown_lines]), (turn.choice("report.button.more", following),)


def doubt_question(filling: Filling) -> Reply:
    """Whether an unlikely figure is meant: a reason makes it right."""
    turn = filling.turn
    reasons = [turn.choice(f"report.doubt.button.{name}", filling_choice(filling, "because", name)) for name in BECAUSE]
    again = turn.choice("report.doubt.button.again", filling_choice(filling, "stay"))
    return Reply(f"{filling.doubt_said}\n{turn.text('report.doubt.ask')}", (*reasons, again))


def hint(filling: Filling) -> Reply:
    """For a line that is no command at the summary."""
    return Reply(filling.turn.text("report.summary.hint_again"), _summary_choices(filling))


def _summary_choices(filling: Filling) -> tuple[Choice, ...]:
    turn = filling.turn
    return (
        turn.choice("report.button.send", filling_choice(filling, "send")),
        turn.choice("report.button.edit", filling_choice(filling, "edit")),
        turn.choice("report.button.save", filling_choice(filling, "save")),
    )


def warnings(filling: Filling) -> list[str]:
    """What the officer may want to look at again: nothing here stops the report."""
    turn, slots, due = filling.turn, filling.slots, filling.period.due
    lines = []
    for slot in filling.asked:
        indicator, value = indicator_of(slot, filling.indicators), slots.get(slot)
        if indicator is None or value in (None, SKIPPED) or value.get("kind"):
            continue
        says = {"name": indicator.name, "value": told(value, indicator.unit or "")}
        short_of = indicator.target is not None and indicator.comparison != "le" and value["value"] < indicator.target
        if slots.get("status") == "done" and short_of:
            lines.append(turn.text("report.summary.below", target=target_text(turn, indicator), **says))
        if slots.get("status") == "not_yet" and value["value"] > 0:
            lines.append(turn.text("report.summary.reached", **says))
    late = 0 if due is None else (turn.local_now.date() - due).days
    if late > 0 and due is not None:
        lines.append(turn.text("report.summary.late", days=late, due=day(due)))
    return lines


def edit_menu(filling: Filling) -> Reply:
    """One button for every answer given so far."""
    turn, slots = filling.turn, filling.slots
    choices = [
        Choice(short(f"{number}. {label(turn.text, slot, filling.indicators)}"), filling_choice(filling, "edit", slot))
        for number, slot in enumerate(filling.asked, 1)
        if slots.get(slot) is not None
    ]
    return Reply(turn.text("report.summary.edit"), tuple(choices))


def leave_question(filling: Filling) -> Reply:
    """Before a report is left: keep the draft, drop it, or go on."""
    turn = filling.turn
    choices = (
        turn.choice("report.button.stop", filling_choice(filling, "save")),
        turn.choice("report.button.drop", filling_choice(filling, "drop")),
        turn.choice("report.button.stay", filling_choice(filling, "stay")),
    )
    return turn.say("report.leave", *choices, done=filling.done)
