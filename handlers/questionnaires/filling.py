"""A form of the department that is being filled in, loaded anew for every message.

The answers stand in the officer's draft, wherever they were given: a form begun on Zalo goes on on Telegram. The
conversation only holds where it is: ``{"name": "questionnaire", "draft", "key", "step", "asking", "mode", "failures",
"doubt", "at"}``. ``key`` and ``step`` make the token in the buttons: one of an earlier question is known by it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from content.courses import Answers, Course, Step
from content.forms import SKIP
from content.questionnaires import FILES, Per, Question
from content.shown import shown_answer
from handlers.files import AWAITS_FILE
from handlers.forms.loop import FormLoop, Slots
from handlers.forms.loop import Step as Called
from handlers.questionnaires.carrying_over import Change, carried_over
from handlers.questionnaires.publishing import Ready, readied
from handlers.turn import Turn
from storage.columns import keyring
from storage.questionnaires import (
    DepartmentForm,
    FormDraft,
    FormState,
    draft_of,
    newest_submission,
    version_of,
)

NAME = "questionnaire"
ANSWER = "answer/"


class Mode(StrEnum):
    """What the officer is being asked."""

    START = "start"
    """The card: whether to begin."""
    ASK = "ask"
    DOUBT = "doubt"
    """Whether an unlikely answer is meant, and why."""
    SUMMARY = "summary"
    EDIT = "edit"
    """Which answer to edit."""
    LEAVE = "leave"
    """Whether to keep the draft."""


@dataclass(slots=True, kw_only=True)
class Filling:
    """One officer filling in one form for one agency and period."""

    turn: Turn
    row: DepartmentForm
    draft: FormDraft
    ready: Ready
    before: Answers
    """Answers of the agency's last submission of an earlier period."""
    key: str
    step: int = 0
    asking: str | None = None
    """Path of the open question."""
    mode: Mode = Mode.START
    failures: int = 0
    doubted: str = ""
    """The unlikely answer as typed, while its reason is asked for."""
    doubt_said: str = ""
    candidates: list[list[Any]] = field(default_factory=list)
    """Agencies the refused answer may have named: ``[id, name, likeness]``."""
    change: Change | None = None
    """What a new version of the form changed, when it did since the last message."""
    answers: Answers = field(init=False)
    reasons: dict[str, str] = field(init=False)
    loop: FormLoop = field(init=False)

    def __post_init__(self) -> None:
        self.answers = dict(self.draft.content.get("answers", {}))
        self.reasons = dict(self.draft.content.get("reasons", {}))
        self.loop = FormLoop(self.turn.catalog.forms, NAME, self.turn.forms)

    @property
    def course(self) -> Course:
        """What is asked with the answers as they are."""
        return self.ready.outline.course(self.answers, self.turn.local_now.date(), self.before)

    @property
    def slots(self) -> Slots:
        given: Slots = {f"{ANSWER}{path}": answer for path, answer in self.answers.items()}
        today = self.turn.local_now.date().isoformat()
        return {**given, "form": self.ready.slot, "today": today, "before": self.before, "found": self.candidates}

    @property
    def token(self) -> str:
        return f"{self.key}{self.step}"

    @property
    def asked(self) -> Question | None:
        """The open question; None when something else is asked."""
        return None if self.asking is None else self.ready.outline.question(self.asking)

    def take(self, called: Called) -> None:
        """Take over what a call to the action came to."""
        self.answers = {
            name.removeprefix(ANSWER): value
            for name, value in called.slots.items()
            if name.startswith(ANSWER) and value is not None
        }

    def told(self, question: Question, answer: Any) -> str:
        """An answer as people read it."""
        if answer == SKIP:
            return self.turn.text("forms.summary.skipped")
        return shown_answer(question, answer, self.turn.catalog.agency_name)

    async def keep(self) -> None:
        """Write where the form is into the conversation, and the answers into the draft."""
        turn, course = self.turn, self.course
        done = sum(step.path in self.answers for step in course.steps)
        self.draft.content = {
            "answers": self.answers,
            "reasons": {path: reason for path, reason in self.reasons.items() if path in self.answers},
            "done": done,
            "count": len(course.steps),
        }
        self.draft.version, self.draft.updated_at = self.row.version, turn.now
        turn.db.add(self.draft)
        await turn.db.flush()
        question = self.asked
        turn.conversation.form = {
            "name": NAME,
            "draft": self.draft.id,
            "key": self.key,
            "step": self.step,
            "asking": self.asking,
            "mode": self.mode.value,
            "failures": self.failures,
            "doubt": keyring().seal(self.doubted) if self.doubted else "",
            "doubt_said": keyring().seal(self.doubt_said) if self.doubt_said else "",
            "candidates": self.candidates,
            "at": turn.now.isoformat(),
            AWAITS_FILE: self.mode is Mode.ASK and question is not None and question.kind in FILES,
        }

    def step_at(self, path: str | None, course: Course) -> Step | None:
        return next((step for step in course.steps if step.path == path), None)

    def close(self) -> None:
        self.turn.conversation.form = {}


async def begin(turn: Turn, row: DepartmentForm, period: str) -> Filling:
    """The officer's draft for the period, gone on with or begun. Nothing is asked yet."""
    assert turn.contact is not None
    assert turn.contact.id is not None
    assert row.id is not None
    draft = await draft_of(turn.db, row.id, turn.contact.id, turn.contact.agency_id, period)
    if draft is None:
        draft = FormDraft(
            form_id=row.id,
            contact_id=turn.contact.id,
            agency_id=turn.contact.agency_id,
            period=period,
            version=row.version,
            updated_at=turn.now,
        )
        handed_in = await newest_submission(turn.db, row.id, draft.agency_id, period)
        if handed_in is not None and (await _held(turn, row)).form.per is not Per.FREE:
            # A correction begins with what stands.
            draft.version, draft.updated_at = handed_in.version, handed_in.submitted_at
            draft.content = dict(handed_in.content)
    key = hashlib.sha256(f"{turn.account.id}:{turn.message.external_id}".encode()).hexdigest()[:6]
    return await _loaded(turn, row, draft, key)


async def open_filling(turn: Turn) -> Filling | None:
    """The filling the conversation is in; None when its form is closed, its draft gone, or the officer elsewhere."""
    form: dict[str, Any] = turn.conversation.form
    if form.get("name") != NAME or turn.contact is None:
        return None
    draft = await turn.db.get(FormDraft, form["draft"])
    if draft is None or (draft.contact_id, draft.agency_id) != (turn.contact.id, turn.contact.agency_id):
        return None
    row = await turn.db.get(DepartmentForm, draft.form_id)
    if row is None or row.state is not FormState.OPEN:
        return None
    filling = await _loaded(turn, row, draft, form["key"])
    filling.step, filling.asking, filling.mode = form["step"], form["asking"], Mode(form["mode"])
    filling.failures, filling.candidates = form["failures"], form["candidates"]
    filling.doubted = keyring().open(form["doubt"]) if form["doubt"] else ""
    filling.doubt_said = keyring().open(form["doubt_said"]) if form["doubt_said"] else ""
    course = filling.course
    if filling.asking is not None and filling.step_at(filling.asking, course) is None:
        # A new version, or a new day, no longer asks it.
        filling.asking = next((step.path for step in course.steps if step.path not in filling.answers), None)
        filling.mode = Mode.ASK if filling.asking else Mode.SUMMARY
    return filling


async def _loaded(turn: Turn, row: DepartmentForm, draft: FormDraft, key: str) -> Filling:
    """The draft on the version that holds now."""
    assert row.id is not None
    ready = await _held(turn, row)
    last = await newest_submission(turn.db, row.id, draft.agency_id, before=draft.period)
    filling = Filling(
        turn=turn, row=row, draft=draft, ready=ready, before=last.content["answers"] if last else {}, key=key
    )
    if draft.version != row.version:
        old = await version_of(turn.db, row.id, draft.version)
        assert old is not None
        filling.change = carried_over((await readied(old)).outline, ready.outline, filling.answers)
        filling.answers = filling.change.answers
    return filling


async def _held(turn: Turn, row: DepartmentForm) -> Ready:
    """The version that holds now."""
    version = await version_of(turn.db, row.id or 0, row.version)
    assert version is not None
    return await readied(version)
