"""The card a report opens with, and the two ways past its questions: all as before, or nothing arose."""

from __future__ import annotations

from content.figures import NIL, day, moment
from handlers.forms.bubbles import SECONDS
from handlers.forms.loop import Slots
from handlers.messages import Reply, choice_value
from handlers.plans.tasks import deadline_lines
from handlers.reports.answers import NAMED, VALUE, Answers, answers_of
from handlers.reports.filling import Filling, local
from handlers.reports.questions import filling_choice
from handlers.working_time import working_time

NEAR = 10
"""Working days before the last day in time from which the card offers to ask for more."""


def card(filling: Filling) -> Reply:
    """What is asked, until when, how long it takes and what is there already."""
    turn, past = filling.turn, filling.past
    count = len(filling.asked)
    lines = [turn.text("report.card.title", title=filling.title)]
    lines += deadline_lines(turn, filling.task, filling.period)
    lines += _time_left(filling)
    lines.append(turn.text("report.card.length", count=count, minutes=max(1, round(count * SECONDS / 60))))
    choices = [turn.choice("report.button.begin", filling_choice(filling, "begin"))]
    if past is not None:
        given = len(filling.before["values"]) + len(filling.before) - 1
        lines.append(
            turn.text(
                "report.card.before" if filling.latest is not None else "report.card.before_period",
                version=past.version,
                time=moment(local(past.submitted_at)),
                given=given,
                count=count,
            )
        )
        choices.append(turn.choice("report.button.as_before", filling_choice(filling, "before")))
    if filling.indicators:
        choices.append(turn.choice("report.button.nil", filling_choice(filling, NIL)))
    choices.append(turn.choice("report.button.later", filling_choice(filling, "save")))
    if _is_near(filling):
        choices.append(turn.choice("extension.button.ask", choice_value("extension", "ask", filling.subject)))
    lines.append(turn.text("report.card.words"))
    return Reply("\n".join(lines), tuple(choices))


def _is_near(filling: Filling) -> bool:
    """Whether the last day in time is so near that more time may be wanted, or past."""
    today, due = filling.turn.local_now.date(), filling.period.due
    return due is not None and working_time(filling.turn.catalog).days_between(today, due) <= NEAR


def _time_left(filling: Filling) -> list[str]:
    turn, due = filling.turn, filling.period.due
    if due is None:
        return []
    today = turn.local_now.date()
    if due < today:
        closes = filling.period.closes(turn.catalog.province.reporting.late_days)
        assert closes is not None
        overdue = turn.text("report.card.overdue", days=(today - due).days)
        return [overdue, turn.text("period.late_until", day=day(closes))]
    days = working_time(turn.catalog).days_between(today, due)
    return [turn.text("report.card.left", days=days) if days else turn.text("report.card.last_day")]


async def all_as_before(filling: Filling) -> str | None:
    """Take over every answer of the last version; the first question still open. Raises RunnerUnavailable."""
    filling.answers = filling.before
    step = await filling.loop.look(filling.slots)
    filling.take(step)
    return step.next


async def nothing_arose(filling: Filling) -> str | None:
    """Answer every question with "nothing arose" but where the task stands, which is still asked. Raises
    RunnerUnavailable."""
    slots: Slots = filling.slots
    for place in range(1, len(filling.indicators) + 1):
        slots = (await filling.loop.fill(slots, f"{VALUE}{place}", NIL)).slots
    nothing: Answers = dict.fromkeys(NAMED) | {"work": filling.turn.text("report.nil_work")}
    del nothing["status"]
    filling.answers = {**answers_of(slots, filling.indicators), **nothing}
    step = await filling.loop.look(filling.slots)
    filling.take(step)
    return step.next
