"""Every date on which the officer's agency owes something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from content.figures import day
from handlers.messages import Reply
from handlers.plans.duties import FAR, Duty, agency_name, duties_of, only_officers, standing_text
from handlers.turn import Handler, Turn
from storage.agencies import groups_of
from storage.plans import list_plans


@dataclass(frozen=True, slots=True)
class _Due:
    """One line of the list of deadlines."""

    due: date
    text: str


async def deadlines(turn: Turn, _arguments: list[str]) -> list[Reply]:
    """Every date on which the agency owes something: periodic reports of the plans, and its tasks by due date."""
    if turn.contact is None:
        return only_officers(turn)
    agency_id, today = turn.contact.agency_id, turn.local_now.date()
    agency = agency_name(turn, agency_id)
    duties = [duty for duty in await duties_of(turn.db, turn.catalog, agency_id, today) if duty.owed]
    found = [*_task_lines(turn, duties, today), *await _obligation_lines(turn, agency_id, today)]
    choices = (turn.choice("officer.button.tasks", "tasks"), turn.choice("officer.button.report", "reports"))
    if not found:
        return [turn.say("officer.deadlines.none", *choices, agency=agency)]
    lines = [turn.text("officer.deadlines.heading", agency=agency)]
    return [Reply("\n".join([*lines, *(entry.text for entry in sorted(found, key=lambda e: e.due))]), choices)]


def _task_lines(turn: Turn, duties: Sequence[Duty], today: date) -> list[_Due]:
    by_day: dict[date, list[Duty]] = {}
    for duty in duties:
        if duty.due is not None and (duty.due >= today or not duty.handed_in):
            by_day.setdefault(duty.due, []).append(duty)
    lines = []
    for due, group in by_day.items():
        when = _when(turn, due, today)
        if len(group) == 1:
            title, standing = group[0].title(turn.catalog.text), standing_text(turn, group[0])
            text = turn.text("officer.deadlines.one", day=day(due), when=when, title=title, standing=standing)
        else:
            still = sum(not duty.handed_in for duty in group)
            text = turn.text("officer.deadlines.tasks", day=day(due), when=when, count=len(group), open=still)
        lines.append(_Due(due, text))
    return lines


async def _obligation_lines(turn: Turn, agency_id: str, today: date) -> list[_Due]:
    named = {agency_id, *await groups_of(turn.db, agency_id, today)}
    lines = []
    for plan in await list_plans(turn.db):
        for obligation in plan.obligations:
            due = next_due(obligation, today)
            if due is None or not named.intersection(obligation["from"]) or agency_id in obligation["to"]:
                continue
            receiver = ", ".join(agency_name(turn, receiver) for receiver in obligation["to"])
            text = turn.text(
                "officer.deadlines.obligation",
                day=day(due),
                when=_when(turn, due, today),
                content=obligation["content"],
                receiver=receiver,
            )
            lines.append(_Due(due, text))
    return lines


def next_due(obligation: dict[str, Any], today: date) -> date | None:
    """The coming last day of a periodic report a plan demands; None when it has no date or is over."""
    if obligation.get("due"):
        due = date.fromisoformat(obligation["due"])
        return due if due >= today else None
    if not obligation.get("due_month_day"):
        return None
    month, day_of_month = (int(part) for part in obligation["due_month_day"].split("-"))
    for year in range(max(today.year, obligation["year_from"]), obligation["year_to"] + 1):
        due = date(year, month, day_of_month)
        if due >= today:
            return due
    return None


def _when(turn: Turn, due: date, today: date) -> str:
    left = (due - today).days
    key = "past" if left < 0 else "today" if left == 0 else "ahead" if left <= FAR else "far"
    return turn.text(f"officer.deadlines.when.{key}", days=abs(left), years=left // FAR)


CHOICES: dict[str, Handler] = {"deadlines": deadlines}
INTENTS: dict[str, Handler] = {"view_deadlines": deadlines}
