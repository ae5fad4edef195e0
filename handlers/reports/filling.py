"""A report that is being filled in: who, on what, how far, loaded anew for every message.

The open form is ``{"name": "report", "task", "report", "key", "step", "asking", "mode", "answers", "base",
"failures", "doubt", "at"}``.
``key`` and ``step`` make the token in the buttons: a button of an earlier question is known by it. ``base`` is the
newest version when the filling began: a colleague's submission in between is noticed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from handlers.forms.loop import FormLoop, Slots, Step
from handlers.reports.answers import Answers, answered, answers_of, key_of, slots_of
from handlers.reports.drafts import Draft, put_draft
from handlers.turn import LOCAL, Turn
from storage.plans import Indicator, Task, indicators_of
from storage.reports import ProgressReport, ReportVersion, latest_version

NAME = "report"
FORM = "progress_report"


class Mode(StrEnum):
    """What the officer is being asked."""

    START = "start"
    """The card: whether to begin."""
    ASK = "ask"
    """The open question."""
    DOUBT = "doubt"
    """Whether an unlikely figure is meant, and why."""
    SUMMARY = "summary"
    EDIT = "edit"
    """Which answer to edit."""
    CORRECT = "correct"
    """What to do about an answer the department asks about."""
    EXPLAIN = "explain"
    """Why that answer stays as it is."""
    LEAVE = "leave"
    """Whether to keep the draft."""
    CONFLICT = "conflict"
    """Whether to submit although a colleague just did."""


@dataclass(slots=True)
class Filling:
    """One officer filling in one report."""

    turn: Turn
    task: Task
    report: ProgressReport
    indicators: Sequence[Indicator]
    latest: ReportVersion | None
    answers: Answers
    key: str
    base: int
    step: int = 0
    asking: str | None = None
    mode: Mode = Mode.ASK
    asked: tuple[str, ...] = ()
    """What the form asks as things stand, in order."""
    failures: int = 0
    """Answers to the open question that were refused."""
    doubted: str = ""
    """The unlikely answer as typed, while its reason is asked for."""
    doubt_said: str = ""
    """What was asked about it."""
    loop: FormLoop = field(init=False)

    def __post_init__(self) -> None:
        self.loop = FormLoop(self.turn.catalog.forms, FORM, self.turn.forms)

    @property
    def slots(self) -> Slots:
        before = self.latest.answers if self.latest else None
        return slots_of(self.task, self.indicators, self.answers, self.turn.local_now.date(), before)

    @property
    def before(self) -> Answers:
        """The last version's answers as they may be given again: without reasons, which were about another change, and
        without a day that was still ahead then."""
        answers: Answers = dict(self.latest.answers) if self.latest else {}
        expected = answers.get("expected_on")
        if expected and date.fromisoformat(expected) < self.turn.local_now.date():
            del answers["expected_on"]
        answers["values"] = {
            indicator: value and {key: part for key, part in value.items() if key != "reason"}
            for indicator, value in answers.get("values", {}).items()
        }
        return answers

    @property
    def token(self) -> str:
        return f"{self.key}{self.step}"

    @property
    def done(self) -> int:
        """How many of the questions have an answer."""
        slots = self.slots
        return sum(slots.get(name) is not None for name in self.asked)

    def number(self, slot: str) -> int:
        """The question's number, from 1."""
        return self.asked.index(slot) + 1

    @property
    def explained(self) -> dict[str, str]:
        """What the officer says to the department's marks, by indicator id or field name."""
        found: dict[str, str] = self.answers.get("explained", {})
        return found

    @property
    def open_marks(self) -> list[str]:
        """The slots the department asks about whose answer is still the old one, without an explanation."""
        old = answered(self.latest.answers, self.indicators) if self.latest else {}
        slots, marks, explained = self.slots, self.report.marks, self.explained
        keys = {slot: key_of(slot, self.indicators) for slot in self.asked}
        return [
            slot
            for slot, key in keys.items()
            if key in marks and key not in explained and slots.get(slot) == old.get(slot)
        ]

    def take(self, step: Step) -> None:
        """Take over what a call to the form's action came to."""
        self.asked = step.asked
        self.hold(step.slots)

    def hold(self, slots: Slots) -> None:
        """Take over the answers in the slots."""
        explained = self.explained
        self.answers = answers_of(slots, self.indicators) | ({"explained": explained} if explained else {})

    async def keep(self, answered: bool = False) -> None:
        """Write the state into the conversation and, after an answer, the answers into the officer's draft."""
        turn = self.turn
        turn.conversation.form = {
            "name": NAME,
            "task": self.task.id,
            "report": self.report.id,
            "key": self.key,
            "step": self.step,
            "asking": self.asking,
            "mode": self.mode.value,
            "asked": list(self.asked),
            "answers": self.answers,
            "base": self.base,
            "failures": self.failures,
            "doubt": [self.doubted, self.doubt_said],
            "at": turn.now.isoformat(),
        }
        if answered and turn.contact is not None and turn.contact.id is not None:
            draft = Draft(turn.contact.id, self.answers, self.done, len(self.asked), turn.now)
            await put_draft(turn.db, self.report, draft)

    def close(self) -> None:
        self.turn.conversation.form = {}


async def begin(turn: Turn, task: Task, report: ProgressReport, answers: Answers) -> Filling:
    """A new filling; nothing is asked yet."""
    key = hashlib.sha256(f"{turn.account.id}:{turn.message.external_id}".encode()).hexdigest()[:6]
    indicators = await indicators_of(turn.db, task.id)
    latest = await latest_version(turn.db, report)
    return Filling(turn, task, report, indicators, latest, answers, key, report.version)


async def open_filling(turn: Turn) -> Filling | None:
    """The filling the conversation is in; None when its task, its report or the officer's agency is no longer there."""
    form: dict[str, Any] = turn.conversation.form
    if form.get("name") != NAME or turn.contact is None:
        return None
    task = await turn.db.get(Task, form["task"])
    report = await turn.db.get(ProgressReport, form["report"])
    if task is None or report is None or report.agency_id != turn.contact.agency_id:
        return None
    indicators = await indicators_of(turn.db, task.id)
    latest = await latest_version(turn.db, report)
    filling = Filling(turn, task, report, indicators, latest, form["answers"], form["key"], form["base"])
    filling.step, filling.asking, filling.mode = form["step"], form["asking"], Mode(form["mode"])
    filling.asked, filling.failures = tuple(form["asked"]), form.get("failures", 0)
    filling.doubted, filling.doubt_said = form.get("doubt", ("", ""))
    return filling


def kept_at(turn: Turn) -> datetime:
    """When the open form was last written."""
    return datetime.fromisoformat(turn.conversation.form["at"])


def local(moment: datetime) -> datetime:
    """A stored moment as people in Việt Nam read it."""
    return moment.astimezone(LOCAL)
