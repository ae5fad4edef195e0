"""The cells of a sheet that came back, put through the forms of their reports one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from handlers.forms.runner import RunnerUnavailable
from handlers.messages import plain
from handlers.plans.duties import Duty, duties_of, short
from handlers.reports.answers import NAMED, VALUE, by_key, key_of, label
from handlers.reports.course import first_open
from handlers.reports.filling import Filling
from handlers.reports.loading import begin
from handlers.reports.several import put_answer
from handlers.reports.sheet_asking import is_taken, over_of, typed
from handlers.sheet_rows import Filled
from handlers.turn import Turn
from storage.reports import report_on

LONGEST_VALUE = 80
_DAY = re.compile(r"\d{2}/\d{2}/\d{4}")


@dataclass(slots=True)
class Read:
    """What a sheet says about one report."""

    filling: Filling
    given: dict[str, Any] = field(default_factory=dict)
    """New answers by indicator id or field name."""

    @property
    def ready(self) -> bool:
        return first_open(self.filling) is None and not self.filling.open_marks and not self.filling.clashes


async def read_cells(turn: Turn, filled: list[Filled]) -> tuple[list[Read], list[str]]:
    """What the sheet says about each report, and a sentence for each cell that could not be taken."""
    assert turn.contact is not None
    duties = {
        duty.subject: duty
        for duty in await duties_of(turn.db, turn.catalog, turn.contact.agency_id, turn.local_now.date())
        if (duty.owed or duty.report is not None) and is_taken(turn, duty)
    }
    errors: list[str] = []
    by_report: dict[str, dict[str, Filled]] = {}
    for one in filled:
        subject, _, key = one.key.partition("/")
        if subject not in duties or not key:
            errors.append(_error(turn, one, one.key[:40] or "–", turn.text("report_sheet.fault.unknown_key")))
        elif key in by_report.setdefault(subject, {}):
            errors.append(_error(turn, one, duties[subject].task.title, turn.text("report_sheet.fault.twice")))
        else:
            by_report[subject][key] = one
    read = []
    for subject, cells in by_report.items():
        try:
            read.append(await _report(turn, duties[subject], cells, errors))
        except RunnerUnavailable:
            one = next(iter(cells.values()))
            errors.append(_error(turn, one, duties[subject].task.title, turn.text("report_sheet.fault.down")))
    return read, errors


async def _report(turn: Turn, duty: Duty, cells: dict[str, Filled], errors: list[str]) -> Read:
    """Put the cells of one report through the form, in the order it asks. Raises RunnerUnavailable."""
    report = duty.report or await report_on(turn.db, duty.task.id, agency_of(turn), turn.now, duty.period.key)
    filling = await begin(turn, duty.task, duty.period, report, over_of(report))
    filling.take(await filling.loop.look(filling.slots))
    read, before = Read(filling), by_key(filling.answers)
    known = {key_of(f"{VALUE}{place}", filling.indicators): place for place in range(1, len(filling.indicators) + 1)}
    unknown = [cell for key, cell in cells.items() if key not in known and key not in NAMED]
    errors += [_error(turn, cell, duty.task.title, turn.text("report_sheet.fault.unknown_key")) for cell in unknown]
    for slot in [*(f"{VALUE}{place}" for place in known.values()), *NAMED]:
        key = key_of(slot, filling.indicators)
        cell = cells.get(key)
        if cell is None or slot not in filling.asked:
            continue
        indicator = filling.indicators[known[key] - 1] if key in known else None
        if cell.text == typed(turn, key, before, indicator):
            continue
        reason = turn.text(f"report_sheet.fault.{cell.fault}") if cell.fault else ""
        if not reason and indicator is not None and _DAY.fullmatch(cell.text):
            reason = turn.text("report_sheet.fault.day_for_figure", value=cell.text)
        if not reason:
            reason = await put_answer(filling, slot, cell.text, cell.reason)
        if reason:
            errors.append(_error(turn, cell, label(turn.text, slot, filling.indicators), reason))
        else:
            read.given[key] = by_key(filling.answers).get(key)
    return read


def agency_of(turn: Turn) -> str:
    assert turn.contact is not None
    return turn.contact.agency_id


def _error(turn: Turn, cell: Filled, about: str, reason: str) -> str:
    reason = " ".join(reason.split())
    return turn.text("report_sheet.fault.line", cell=cell.cell, about=plain(short(about, LONGEST_VALUE)), reason=reason)
