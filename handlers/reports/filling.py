"""A report that is being filled in: who, on what, how far, loaded anew for every message.

The open form is ``{"name": "report", "task", "report", "key", "step", "asking", "mode", "answers", "base", "over",
"seen", "anew", "failures", "doubt", "at"}``.
``key`` and ``step`` make the token in the buttons: a button of an earlier question is known by it. ``base`` is the
newest version when the filling began: a colleague's submission in between is noticed. ``answers`` are the agency's as
the officer last saw them, ``seen`` the place of the newest of them in the draft: what colleagues answer meanwhile is
told, and never overwritten unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from handlers.files import AWAITS_FILE
from handlers.forms.loop import FormLoop, Slots, Step
from handlers.forms.runner import RunnerUnavailable
from handlers.messages import plain
from handlers.plans.periods import Period, Standing, subject, titled
from handlers.reports.answers import FILES, Answers, answered, answers_of, by_key, key_of, slots_of
from handlers.reports.drafts import Given, clashes, contribute, drafts_of, given_in, last_place, together
from handlers.turn import LOCAL, Turn
from storage.contacts import names_of
from storage.plans import Indicator, Task
from storage.reports import ProgressReport, ReportState, ReportVersion

NAME = "report"
FORM = "progress_report"
EVIDENCE = "evidence"
"""The question that takes photos and documents too."""
WORDS = ("work", "difficulties", "evidence")
"""Answers a supplement adds to; a figure is a total and is given anew."""


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
    CLASH = "clash"
    """Which of two officers' answers to a question stands."""
    PARTS = "parts"
    """Which of the open questions the officer takes on."""
    REST = "rest"
    """What to do about the questions left to others."""


@dataclass(slots=True)
class Filling:
    """One officer filling in one report."""

    turn: Turn
    task: Task
    period: Period
    report: ProgressReport
    indicators: Sequence[Indicator]
    latest: ReportVersion | None
    """The newest version of this report."""
    past: ReportVersion | None
    """What the agency reported last: that version, or the newest one of an earlier period."""
    answers: Answers
    key: str
    base: int
    over: int = 0
    """Number of the version the answers change; 0 for a report filled in from nothing."""
    seen: int = 0
    """Place of the newest answer in the draft the officer knows of."""
    anew: bool = False
    """The officer begins anew: what they had answered before goes with their first answer."""
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
    known: Answers = field(default_factory=dict)
    """The agency's answers when the message arrived."""
    names: dict[int, str] = field(default_factory=dict)
    """Colleagues who work on the draft, by contact."""
    news: dict[int, list[str]] = field(default_factory=dict)
    """What each has answered since the officer last looked, by slot."""
    loop: FormLoop = field(init=False)

    def __post_init__(self) -> None:
        self.loop = FormLoop(self.turn.catalog.forms, FORM, self.turn.forms)

    @property
    def slots(self) -> Slots:
        before = self.past.answers if self.past else None
        return slots_of(self.period.due, self.indicators, self.answers, self.turn.local_now.date(), before)

    @property
    def subject(self) -> str:
        """The task and the period, as buttons carry them."""
        return subject(self.task.id, self.period.key)

    @property
    def title(self) -> str:
        return titled(self.turn.catalog.text, self.task.title, self.period.key)

    @property
    def is_closed(self) -> bool:
        """Whether nothing is taken for the period any more. What was sent back may be corrected all the same."""
        late_days = self.turn.catalog.province.reporting.late_days
        closed = self.period.standing(self.turn.local_now.date(), late_days) is Standing.CLOSED
        return closed and not self.is_returned

    @property
    def is_returned(self) -> bool:
        """Whether the department has asked for a correction."""
        return self.report.state is ReportState.RETURNED

    @property
    def adds(self) -> bool:
        """Whether this is a supplement: what was reported stands, and is added to."""
        return self.latest is not None and self.over == self.latest.version and not self.is_returned

    @property
    def before(self) -> Answers:
        """The last version's answers as they may be given again: without reasons, which were about another change, and
        without a day that was still ahead then."""
        answers = self._lasting(self.past)
        answers["values"] = {
            indicator: value and {key: part for key, part in value.items() if key != "reason"}
            for indicator, value in answers.get("values", {}).items()
        }
        return answers

    def _lasting(self, version: ReportVersion | None) -> Answers:
        """The version's answers that still hold: without a day that was still ahead then."""
        answers: Answers = dict(version.answers) if version else {}
        expected = answers.get("expected_on")
        if expected and date.fromisoformat(expected) < self.turn.local_now.date():
            del answers["expected_on"]
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

    @property
    def contact_id(self) -> int:
        assert self.turn.contact is not None
        assert self.turn.contact.id is not None
        return self.turn.contact.id

    @property
    def floor(self) -> Answers:
        """The answers of the version that is being changed; none for a report filled in from nothing."""
        if self.latest is None or self.over != self.latest.version:
            return {}
        return self._lasting(self.latest) if self.adds else self.latest.answers

    @property
    def overtaken(self) -> bool:
        """Whether the report was handed in, or put to the head, by somebody else while this officer was at it."""
        return self.report.version != self.base or bool(self.report.awaiting)

    @property
    def clashes(self) -> dict[str, list[Given]]:
        """Slots two officers answered differently, with both answers."""
        found = {} if self.anew else clashes(self.report)
        keys = {slot: key_of(slot, self.indicators) for slot in self.asked}
        return {slot: sorted(found[key], key=lambda one: one.place) for slot, key in keys.items() if key in found}

    def taken_by(self, mine: bool) -> list[str]:
        """Slots the officer has taken on, or colleagues have, and nobody has answered yet."""
        shares = [one for one in drafts_of(self.report) if (one.contact_id == self.contact_id) is mine]
        taken = {key for share in shares for key in share.taken}
        slots = self.slots
        return [slot for slot in self.asked if slots.get(slot) is None and key_of(slot, self.indicators) in taken]

    def author(self, slot: str) -> str:
        """The colleague whose answer the slot shows; empty for the officer's own, or the last version's."""
        ones = given_in(self.report).get(key_of(slot, self.indicators), [])
        if not ones or any(one.contact_id == self.contact_id for one in ones):
            return ""
        return self.names.get(ones[0].contact_id, "")

    def take(self, step: Step) -> None:
        """Take over what a call to the form's action came to."""
        self.asked = step.asked
        self.hold(step.slots)

    def hold(self, slots: Slots) -> None:
        """Take over the answers in the slots."""
        answers = self._added(answers_of(slots, self.indicators))
        self.answers = answers | {name: self.answers[name] for name in ("explained", FILES) if name in self.answers}

    def _added(self, answers: Answers) -> Answers:
        """In a supplement, words given anew stand below those already reported."""
        old = {name: text for name in WORDS if self.adds and (text := self.floor.get(name)) and name in answers}
        return answers | {name: _below(text, answers[name]) for name, text in old.items()}

    async def keep(self, answered: bool = False) -> None:
        """Write the state into the conversation and, after an answer, what was answered into the agency's draft."""
        turn = self.turn
        if answered:
            await self.contribute()
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
            "over": self.over,
            "seen": last_place(self.report),
            "anew": self.anew,
            "failures": self.failures,
            "doubt": [self.doubted, self.doubt_said],
            "at": turn.now.isoformat(),
        }
        if self.asking == EVIDENCE and self.mode is Mode.ASK:
            turn.conversation.form[AWAITS_FILE] = True
        self.seen = last_place(self.report)

    async def contribute(self) -> None:
        """What the officer has changed goes into the draft; what colleagues have put there meanwhile comes back."""
        known, now = by_key(self.known), by_key(self.answers)
        given = {key: value for key, value in now.items() if key not in known or known[key] != value}
        said = {key: text for key, text in self.explained.items() if self.known.get("explained", {}).get(key) != text}
        self.report = await contribute(
            self.turn.db,
            self.report,
            self.contact_id,
            given,
            self.turn.now,
            seen=self.seen,
            over=self.over,
            asked=[key_of(slot, self.indicators) for slot in self.asked],
            base=by_key(self.floor),
            explained=said,
            anew=self.anew,
        )
        self.anew = False
        await self.gather()

    async def gather(self) -> None:
        """Take over the draft as it stands, with the names of those who work on it and what is new to the officer."""
        self.known = together(self.report, self.floor, self.contact_id, self.anew)
        if self.known != self.answers:
            self.answers = self.known
            with suppress(RunnerUnavailable):  # what is asked may lag behind until the actions are back
                self.asked = (await self.loop.look(self.slots)).asked or self.asked
        others = {one.contact_id for one in drafts_of(self.report)} - {self.contact_id}
        somebody = self.turn.text("report.somebody")
        found = await names_of(self.turn.db, others) if others else {}
        self.names = {one: plain(found.get(one) or "") or somebody for one in others}
        self.news = {}
        for slot in self.asked:
            for one in given_in(self.report).get(key_of(slot, self.indicators), [])[:1]:
                if one.contact_id != self.contact_id and one.place > self.seen:
                    self.news.setdefault(one.contact_id, []).append(slot)

    def close(self) -> None:
        self.turn.conversation.form = {}


def _below(old: str, new: str | None) -> str:
    """What is added below what stood; nothing twice."""
    return old if not new else new if old in new else f"{old}\n{new}"


def local(moment: datetime) -> datetime:
    """A stored moment as people in Việt Nam read it."""
    return moment.astimezone(LOCAL)
