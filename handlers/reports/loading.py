"""Filling in begun, and found again with every message."""

from __future__ import annotations

import hashlib
from typing import Any

from handlers.plans.periods import Period, period_for
from handlers.reports.answers import Answers
from handlers.reports.drafts import drafts_of, last_place
from handlers.reports.filling import NAME, Filling, Mode
from handlers.turn import Turn
from storage.plans import Task, indicators_of
from storage.reports import ProgressReport, latest_version, version_before


async def begin(
    turn: Turn, task: Task, period: Period, report: ProgressReport, over: int, anew: bool = False
) -> Filling:
    """A new filling, of the draft where there is one, else on top of version ``over``; nothing is asked yet."""
    key = hashlib.sha256(f"{turn.account.id}:{turn.message.external_id}".encode()).hexdigest()[:6]
    filling = await _filling(turn, task, period, report, {}, key, report.version)
    filling.over, filling.seen, filling.anew = over, last_place(report), anew
    shares = [one for one in drafts_of(report) if not (anew and one.contact_id == filling.contact_id)]
    if shares:
        filling.over = shares[0].over
    await filling.gather()
    return filling


async def _filling(
    turn: Turn, task: Task, period: Period, report: ProgressReport, answers: Answers, key: str, base: int
) -> Filling:
    indicators = await indicators_of(turn.db, task.id)
    latest = await latest_version(turn.db, report)
    past = latest or await version_before(turn.db, report)
    return Filling(turn, task, period, report, indicators, latest, past, answers, key, base)


async def open_filling(turn: Turn) -> Filling | None:
    """The filling the conversation is in; None when its task, its report or the officer's agency is no longer there."""
    form: dict[str, Any] = turn.conversation.form
    if form.get("name") != NAME or turn.contact is None:
        return None
    task = await turn.db.get(Task, form["task"])
    report = await turn.db.get(ProgressReport, form["report"])
    if task is None or report is None or report.agency_id != turn.contact.agency_id:
        return None
    policy, today = turn.catalog.province.reporting, turn.local_now.date()
    period = await period_for(turn.db, task, report.agency_id, report.period, policy, today)
    if period is None:
        return None
    filling = await _filling(turn, task, period, report, form["answers"], form["key"], form["base"])
    filling.over, filling.seen, filling.anew = form.get("over", 0), form.get("seen", 0), form.get("anew", False)
    filling.step, filling.asking, filling.mode = form["step"], form["asking"], Mode.SUMMARY
    if form["mode"] in set(Mode):  # a form may have been open while the modes changed
        filling.mode = Mode(form["mode"])
    filling.asked, filling.failures = tuple(form["asked"]), form.get("failures", 0)
    filling.doubted, filling.doubt_said = form.get("doubt", ("", ""))
    if not filling.overtaken:
        await filling.gather()
    return filling
