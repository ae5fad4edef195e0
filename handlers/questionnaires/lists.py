"""The forms an officer may fill in: the list, and opening one for the period that runs."""

from __future__ import annotations

from datetime import date

from content import periods
from content.figures import moment
from content.questionnaires import Per
from content.whole_numbers import whole
from handlers.commands import FORMS
from handlers.messages import Choice, Reply, choice_value
from handlers.plans.duties import only_officers, short
from handlers.questionnaires.carrying_over import Change
from handlers.questionnaires.course import after, changes_told, enter
from handlers.questionnaires.filling import Filling, Mode, begin
from handlers.questionnaires.publishing import readied
from handlers.turn import LOCAL, Handler, Turn
from storage.questionnaires import (
    DepartmentForm,
    FormState,
    drafts_by,
    newest_submission,
    open_forms,
    version_of,
)

MOST_LISTED = 12
"""Forms offered at a time; the newest drafts come first."""


def period_on(per: Per, day: date) -> str:
    """The period of a form that runs on ``day``; empty for one without periods."""
    match per:
        case Per.WEEK:
            return periods.week_of(day)
        case Per.MONTH:
            return periods.month_of(day)
        case Per.QUARTER:
            return periods.quarter_of(day)
    return ""


async def list_forms(turn: Turn) -> list[Reply]:
    """Every open form with where it stands, drafts first."""
    if turn.contact is None:
        return only_officers(turn)
    assert turn.contact.id is not None
    rows = await open_forms(turn.db)
    if not rows:
        return [turn.say("forms.list.none", turn.choice("forms.button.menu", "menu"))]
    begun = {draft.form_id for draft in await drafts_by(turn.db, turn.contact.id, turn.contact.agency_id)}
    ordered = sorted(rows, key=lambda row: row.id not in begun)[:MOST_LISTED]
    lines, choices = [turn.text("forms.list.heading")], []
    for number, row in enumerate(ordered, 1):
        standing = await _standing(turn, row, row.id in begun)
        lines.append(turn.text("forms.list.line", number=number, title=row.title, standing=standing))
        choices.append(Choice(short(row.title), choice_value("bieumau", row.id)))
    return [Reply("\n".join(lines), (*choices, turn.choice("forms.button.menu", "menu")))]


async def _standing(turn: Turn, row: DepartmentForm, begun: bool) -> str:
    assert turn.contact is not None
    assert row.id is not None
    if begun:
        return turn.text("forms.list.draft")
    last = await newest_submission(turn.db, row.id, turn.contact.agency_id)
    if last is None:
        return turn.text("forms.list.new")
    at = moment(last.submitted_at.astimezone(LOCAL))
    if last.period:
        return turn.text("forms.list.handed_in_period", period=periods.told_period(last.period), time=at)
    return turn.text("forms.list.handed_in", time=at)


async def open_form(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``bieumau``: the list; ``bieumau:<form>[:<period>]``: the form's card, with what changed since it was begun."""
    if not arguments:
        return await list_forms(turn)
    if turn.contact is None:
        return only_officers(turn)
    number, wanted = arguments[0], arguments[1] if len(arguments) > 1 else ""
    row = await turn.db.get(DepartmentForm, whole(number) or 0)
    if row is None or row.state is not FormState.OPEN:
        return [turn.say("forms.gone", *after(turn))]
    assert row.id is not None
    version = await version_of(turn.db, row.id, row.version)
    assert version is not None
    running = period_on((await readied(version)).form.per, turn.local_now.date())
    period = wanted if wanted and running and wanted in (running, periods.before(running)) else running
    return [await _shown(turn, row, period)]


async def earlier(filling: Filling) -> list[Reply]:
    """The same form for the period before, or back to the one that runs."""
    turn, per = filling.turn, filling.ready.form.per
    running = period_on(per, turn.local_now.date())
    if not running:
        return [await enter(filling, Mode.START)]
    other = periods.before(running) if filling.draft.period == running else running
    return [await _shown(turn, filling.row, other)]


async def _shown(turn: Turn, row: DepartmentForm, period: str) -> Reply:
    filling = await begin(turn, row, period)
    change: Change | None = filling.change
    said = [changes_told(filling)] if change is not None and (change.kept or change.altered) else []
    return await enter(filling, Mode.START, said)


CHOICES: dict[str, Handler] = {FORMS: open_form}
