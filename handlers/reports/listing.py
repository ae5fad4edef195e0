"""The list of who owes which report of a plan: filtered and page by page, counted without reading the reports.

The database says which agencies' reports stand how on each task; the rest is sets of their ids. Read are only the
reports of the page that is shown, and those of forebears between which there is a choice. What stands for what is the
rule of :mod:`handlers.succession.inherited`, as in the consolidated report.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.registry import Registry
from content.words import fold
from handlers.plans.periods import subject
from handlers.reports.consolidated import MISSING, entry_head, listed_row
from handlers.reports.outline import Entry, Outline, outline_of
from handlers.succession.inherited import ended_with_a_report, owing_before
from handlers.turn import LOCAL
from storage.reports import HANDED_IN, Key, ReportState
from storage.submitted import Submitted, submitted_by, who_submitted

Json = dict[str, Any]
Place = tuple[str, str]
"""A row of the list: of which task and period (as ``Entry.id``), and of which agency."""
ByEntry = Mapping[tuple[str, str], Mapping[ReportState, Sequence[str]]]
_COUNTED = ("owed", "handed_in", "accepted", "returned", "overdue")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows are wanted; empty for all."""

    state: str = ""
    """A :class:`ReportState`, or MISSING."""
    agency: str = ""
    """Part of an agency's name in any spelling, or its id."""
    task: str = ""
    """A task, or one period of it."""
    late: bool = False
    """Only what came late, or should have come."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list, and what stands above it."""

    counts: Json
    """Of the whole plan: reports owed, handed in, accepted, returned, overdue."""
    count: int
    """Rows that are wanted."""
    first: int
    """Number of the page's first row among them, from 0."""
    rows: Sequence[tuple[Json, Json]]
    """The task's head and the agency's row, as in the consolidated report."""
    start: Place | None
    """Of the first row; None on the first page."""
    end: Place | None
    """Of the last row; None on the last page."""


async def listed(
    db: AsyncSession,
    catalog: Catalog,
    plan_id: str,
    asked: Asked,
    now: datetime,
    most: int,
    after: Place | None = None,
    before: Place | None = None,
) -> Listing:
    """The first rows, or those ``after`` or ``before`` a place, which need not be in the list any more.

    Raises LookupError for an unknown plan.
    """
    outline = await outline_of(db, catalog, plan_id, now)
    entries = outline.reported
    submitted = await who_submitted(db, [task.id for task in outline.tasks])
    late = await _late(db, outline, entries) if asked.late else {}
    sections = await _sections(db, outline, entries, submitted, late)
    counts = {name: sum(getattr(section, name) for section in sections) for name in _COUNTED}
    named = _named(outline, sections, asked.agency)
    found = [
        (number, agency)
        for number, section in enumerate(sections)
        if asked.task in ("", section.entry.id, section.entry.task.id)
        for agency in section.wanted(asked, named)
    ]
    first = _first(sections, found, most, after, before)
    shown = found[first : first + most]
    places = [(sections[number].entry.id, agency) for number, agency in shown]
    return Listing(
        counts=counts,
        count=len(found),
        first=first,
        rows=await _rows(db, outline, [(sections[number], agency) for number, agency in shown]),
        start=places[0] if first else None,
        end=places[-1] if first + most < len(found) else None,
    )


@dataclass(frozen=True, slots=True)
class _Answering:
    """Who answers for the tasks with the same leads."""

    owing: Sequence[str]
    ended: Sequence[str]
    """Agencies that were given the task and ended without anybody having their part."""
    behind: Mapping[str, Sequence[str]]
    """Of agencies that owe a report: the forebears whose reports may stand for it."""


@dataclass(slots=True)
class _Section:
    """The rows of one task and period, as sets of agencies."""

    entry: Entry
    leads: Collection[str]
    """Those that owe a report, or ended with one."""
    order: Sequence[str]
    by_state: Mapping[str, set[str]]
    standing: Mapping[str, Sequence[str]]
    """Of agencies without a report of their own: the forebears whose reports stand for it."""
    late: set[str]
    """Those whose report came late."""
    overdue_by: set[str]

    @property
    def owed(self) -> int:
        return len(self.leads)

    @property
    def handed_in(self) -> int:
        return sum(len(self.by_state.get(state, set()).intersection(self.leads)) for state in HANDED_IN)

    @property
    def accepted(self) -> int:
        return len(self.by_state.get(ReportState.ACCEPTED, set()).intersection(self.leads))

    @property
    def returned(self) -> int:
        return len(self.by_state.get(ReportState.RETURNED, set()).intersection(self.leads))

    @property
    def overdue(self) -> int:
        return len(self.overdue_by)

    def differ(self, forebears: Sequence[str]) -> bool:
        """Whether it matters which of their reports is taken."""
        told = {(one in self.by_state.get(ReportState.ACCEPTED, ()), one in self.late) for one in forebears}
        return len(told) > 1

    def stand_in(self, agency: str, forebear: str) -> None:
        """Let the agency's row be that of the forebear's report."""
        for agencies in (*self.by_state.values(), self.late):
            agencies.discard(agency)
            if forebear in agencies:
                agencies.add(agency)

    def wanted(self, asked: Asked, named: set[str] | None) -> list[str]:
        """The agencies of the wanted rows, in order; ``named`` are those of the name that is asked for."""
        chosen = set(self.order) if named is None else named
        if asked.state:
            chosen = chosen & self.by_state.get(asked.state, set())
        if asked.late:
            chosen = chosen & (self.late | self.overdue_by)
        return [agency for agency in self.order if agency in chosen]


async def _sections(
    db: AsyncSession, outline: Outline, entries: Sequence[Entry], submitted: ByEntry, late: Mapping[str, set[str]]
) -> list[_Section]:
    registry = outline.catalog.province.agencies
    alike: dict[tuple[str, ...], _Answering] = {}
    moved: dict[str, list[tuple[str, date]]] = {}
    for (task_id, agency, key), until in outline.moved.items():
        moved.setdefault(subject(task_id, key), []).append((agency, until))
    found, doubtful = [], list[Key]()
    for entry in entries:
        task, period = entry.task, entry.period
        leads = tuple(outline.leads.get(task.id, ()))
        if leads not in alike:
            alike[leads] = _answering(registry, outline.owing[task.id], leads)
        stands = submitted.get((task.id, period.key), {})
        given = moved.get(entry.id, ())
        section = _section(entry, alike[leads], stands, late.get(entry.id, set()), given, outline.today)
        for forebears in section.standing.values():
            if section.differ(forebears):
                doubtful += [(task.id, one, period.key) for one in forebears]
        found.append(section)
    moments = await submitted_by(db, doubtful)
    for section in found:
        for agency, forebears in section.standing.items():
            section.stand_in(agency, max(forebears, key=partial(_moment, moments, section.entry)))
    return found


def _moment(moments: Mapping[Key, Submitted], entry: Entry, forebear: str) -> float:
    """When the forebear's newest version came; all alike where it was not looked up, since it does not matter."""
    found = moments.get((entry.task.id, forebear, entry.period.key))
    return found.submitted_at.timestamp() if found else 0.0


def _answering(registry: Registry, owing: Sequence[str], leads: Sequence[str]) -> _Answering:
    behind = {agency: owing_before(registry, agency, leads) for agency in owing if registry.forebears(agency)}
    return _Answering(
        owing,
        ended_with_a_report(registry, leads, registry.known),
        {agency: forebears for agency, forebears in behind.items() if forebears},
    )


def _section(
    entry: Entry,
    answering: _Answering,
    stands: Mapping[ReportState, Sequence[str]],
    late: set[str],
    moved: Sequence[tuple[str, date]],
    today: date,
) -> _Section:
    by_state = {state.value: set(agencies) for state, agencies in stands.items()}
    reported = set().union(*by_state.values())
    handed_in = set().union(*(by_state.get(state, ()) for state in HANDED_IN))
    owing = [*answering.owing, *(one for one in answering.ended if one in reported)]
    leads = set(owing)
    standing = {
        agency: forebears
        for agency, forebears in answering.behind.items()
        if agency not in handed_in and handed_in.issuperset(forebears)
    }
    open_ = leads - handed_in - standing.keys()
    by_state[MISSING] = open_ - reported
    due = entry.period.due
    overdue = set(open_) if due is not None and due < today else set()
    for agency, until in moved:
        overdue.discard(agency)
        if agency in open_ and until < today:
            overdue.add(agency)
    return _Section(entry, leads, [*owing, *sorted(reported - leads)], by_state, standing, set(late), overdue)


async def _late(db: AsyncSession, outline: Outline, entries: Sequence[Entry]) -> dict[str, set[str]]:
    """Whose first version came after the last day in time, by task and period."""
    by_due: dict[date, list[Entry]] = {}
    for entry in entries:
        if entry.period.due is not None:
            by_due.setdefault(entry.period.due, []).append(entry)
    found: dict[str, set[str]] = {}
    for due, together in by_due.items():
        after = datetime.combine(due + timedelta(days=1), time(), LOCAL)
        came = await who_submitted(db, {entry.task.id for entry in together}, after)
        for entry in together:
            states = came.get((entry.task.id, entry.period.key), {})
            found[entry.id] = {agency for agencies in states.values() for agency in agencies}
    ids = {(entry.task.id, entry.period.key): entry.id for entry in entries}
    moved = {key: until for key, until in outline.moved.items() if (key[0], key[2]) in ids}
    for key, report in (await submitted_by(db, moved)).items():
        came_on = report.first_submitted_at.astimezone(LOCAL).date()
        late = found.setdefault(ids[key[0], key[2]], set())
        late.discard(key[1])
        if came_on > moved[key]:
            late.add(key[1])
    return found


def _named(outline: Outline, sections: Sequence[_Section], wanted: str) -> set[str] | None:
    """The agencies whose name has the wanted words in it, today or once; None when all are wanted."""
    words = fold(wanted)
    if not words:
        return None
    known = outline.catalog.province.agencies.known
    agencies = set().union(*(section.order for section in sections))

    def names(agency_id: str) -> list[str]:
        return [outline.name(agency_id), *(known[agency_id].aliases if agency_id in known else ())]

    return {one for one in agencies if one == wanted or any(words in fold(name) for name in names(one))}


def _first(
    sections: Sequence[_Section],
    found: Sequence[tuple[int, str]],
    most: int,
    after: Place | None,
    before: Place | None,
) -> int:
    """Number of the row the page begins with."""
    if before is not None:
        return max(0, _past(sections, found, before, itself=False) - most)
    first = _past(sections, found, after, itself=True) if after is not None else 0
    return first if first < len(found) else max(0, len(found) - most)


def _past(sections: Sequence[_Section], found: Sequence[tuple[int, str]], place: Place, itself: bool) -> int:
    """How many of the rows come before the place, and with ``itself`` stand at it; none for an unknown one."""
    number = next((number for number, section in enumerate(sections) if section.entry.id == place[0]), None)
    if number is None:
        return 0
    order = {agency: position for position, agency in enumerate(sections[number].order)}
    limit = order.get(place[1], -1) + itself
    begin = bisect_left(found, number, key=itemgetter(0))
    end = bisect_left(found, number + 1, key=itemgetter(0))
    return begin + sum(order[agency] < limit for _, agency in found[begin:end])


async def _rows(db: AsyncSession, outline: Outline, shown: Sequence[tuple[_Section, str]]) -> list[tuple[Json, Json]]:
    keys: dict[Key, None] = {}
    for section, agency in shown:
        for one in (agency, *section.standing.get(agency, ())):
            keys[section.entry.task.id, one, section.entry.period.key] = None
    reports = await submitted_by(db, keys)
    rows = []
    for section, agency in shown:
        entry = section.entry
        own = {
            one: report
            for one in (agency, *section.standing.get(agency, ()))
            if (report := reports.get((entry.task.id, one, entry.period.key)))
        }
        rows.append((entry_head(outline, entry), listed_row(outline, entry, agency, own, agency in section.leads)))
    return rows
