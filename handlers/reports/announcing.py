"""Telling agencies what opened for them: a reporting period of a recurring task, a form of the department.

The first rung of the ladder, before anything is near its end: who owes it is told once, everything that opened since
the last look in one message. What opened more than a working day ago is not announced any more, so a house that starts
on an old database, or was off for a week, floods nobody. What was announced is a row, written with its messages. A form
that may be handed in at any time is owed by nobody, and announced to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.chasing import ReportStep
from content.figures import day
from content.periods import first_day, told_period
from content.questionnaires import Per
from handlers.digests.rendering import shortened
from handlers.messages import Choice, Reply, choice_value
from handlers.plans.periods import MONTHS, period_words, periods_begun, subject
from handlers.questionnaires.lists import period_on
from handlers.reports.chasing import BUTTONS, LINES, TITLE_LIMIT, Due, owed, people_by_rung, recipients
from handlers.turn import LOCAL
from handlers.working_time import working_time
from storage.contacts import Account
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.openings import note_openings
from storage.plans import recurring_tasks
from storage.questionnaires import DepartmentForm, agencies_that_handed_in, open_forms, version_of

FIRST = ReportStep(day=0, to=["main"])
"""Whom it is told: the main contact; where there is none, the next rung up."""
_ROOM = 40
"""Characters of a button."""


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form of the department in the period that runs."""

    row: DepartmentForm
    period: str

    @property
    def subject(self) -> str:
        return f"form:{self.row.id}:{self.period}"


@dataclass(frozen=True, slots=True)
class _Told:
    """What one officer is told: reports and forms their agencies owe."""

    account: Account
    agencies: dict[str, None]
    reports: dict[str, Due]
    forms: dict[str, OpenForm]


async def announce(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Queue the messages about what has opened; how many. The caller makes sure that it is working time."""
    today, working = now.astimezone(LOCAL).date(), working_time(catalog)
    earlier = working.day_before(today, 2)
    reports = await _periods_since(db, catalog, earlier, today)
    forms = await _forms_since(db, earlier, today)
    new = await note_openings(db, {*(f"report:{one}" for one in reports), *(one.subject for one in forms)}, now)
    if not new:
        return 0
    people = await people_by_rung(db, today)
    agencies = {agency for agency, _ in people}
    told: dict[int, _Told] = {}

    def hearing_of(agency: str) -> Iterable[_Told]:
        for contact, account in recipients(people, agency, FIRST):
            one = told.setdefault(contact, _Told(account, {}, {}, {}))
            one.agencies[agency] = None
            yield one

    for due in await owed(db, catalog, agencies, today):
        if f"report:{due.subject}" in new:
            for one in hearing_of(due.agency_id):
                one.reports[due.subject] = due
    for form in forms:
        if form.subject in new:
            handed_in = await agencies_that_handed_in(db, form.row.id or 0, form.period)
            for agency in sorted(agencies - handed_in.keys()):
                for one in hearing_of(agency):
                    one.forms[form.subject] = form
    key = min(new)
    rows = [
        new_delivery(
            DeliveryKind.REMINDER, f"opening:{key}:{contact}", one.account, _reply(catalog, one).to_json(), now
        )
        for contact, one in told.items()
    ]
    return await queue_deliveries(db, rows) if rows else 0


async def _periods_since(db: AsyncSession, catalog: Catalog, earlier: date, today: date) -> list[str]:
    """Tasks with the period that began after the day."""
    found = []
    for task in await recurring_tasks(db):
        begun = periods_begun(task, catalog.province.reporting, today)[-1:] if task.recurrence in MONTHS else []
        found += [subject(task.id, one.key) for one in begun if one.since is not None and one.since > earlier]
    return found


async def _forms_since(db: AsyncSession, earlier: date, today: date) -> list[OpenForm]:
    """Forms that were opened, or came into a new period, after the day."""
    found = []
    for row in await open_forms(db):
        version = await version_of(db, row.id or 0, row.version)
        assert version is not None
        per = Per(version.definition.get("per", Per.FREE))
        period = period_on(per, today)
        since = [first_day(period)] if period else []
        if row.opened_at is not None:
            since.append(row.opened_at.astimezone(LOCAL).date())
        if per is not Per.FREE and since and max(since) > earlier:
            found.append(OpenForm(row, period))
    return found


def _reply(catalog: Catalog, told: _Told) -> Reply:
    text = catalog.text
    reports = sorted(
        told.reports.values(), key=lambda one: (one.due, one.period.key, one.task.plan_id, one.task.position)
    )
    agencies = "; ".join(catalog.agency_name(agency) for agency in told.agencies)
    lines = [text("opening.heading", agency=agencies)]
    for key, together in groupby(reports[:LINES], key=lambda one: one.period.key):
        same = list(together)
        period = same[0].period
        assert period.since is not None
        assert period.until is not None
        words = period_words(text, key)
        lines.append(
            text("opening.period", period=words, since=day(period.since), until=day(period.until), due=day(same[0].due))
        )
        lines += [text("digest.line.bullet", text=shortened(one.task.title, TITLE_LIMIT)) for one in same]
    if len(reports) > LINES:
        lines.append(text("opening.more", count=len(reports) - LINES))
    lines += [_form_line(catalog, one) for one in told.forms.values()]
    lines.append(text("opening.later" if reports else "opening.form_later"))
    return Reply("\n".join(lines), _choices(catalog, reports, list(told.forms.values())))


def _form_line(catalog: Catalog, form: OpenForm) -> str:
    if not form.period:
        return catalog.text("opening.form", title=form.row.title)
    return catalog.text("opening.form_period", title=form.row.title, period=told_period(form.period))


def _choices(catalog: Catalog, reports: Sequence[Due], forms: Sequence[OpenForm]) -> tuple[Choice, ...]:
    own = [
        *(Choice(shortened(one.row.title, _ROOM), choice_value("bieumau", one.row.id)) for one in forms),
        *(Choice(shortened(one.title(catalog), _ROOM), choice_value("report", one.subject)) for one in reports),
    ]
    overview = Choice(catalog.text("digest.button.progress"), "tasks")
    return (*own[:BUTTONS], overview) if reports else tuple(own[:BUTTONS])
