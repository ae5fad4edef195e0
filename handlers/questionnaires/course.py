"""The course of a filling: on to the next open question or the summary, aside, out, handed in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from content.courses import Step
from content.figures import moment
from content.periods import told_period
from content.questionnaires import FILES, Question
from handlers.messages import Choice, Reply, choice_value
from handlers.questionnaires.asking import ask_again, card, possible, question, summary
from handlers.questionnaires.filling import Filling, Mode
from handlers.turn import LOCAL, Turn
from storage.audit import note
from storage.files import StoredFile
from storage.questionnaires import FormState, form_for_update, hand_in

TOLD_CHANGES = 3
"""Questions named at most of those a new version brought or dropped."""


async def onward(filling: Filling, path: str | None, said: Sequence[str]) -> Reply:
    """To this question, or to the summary when there is none."""
    filling.step += 1
    filling.asking, filling.mode = path, Mode.ASK if path else Mode.SUMMARY
    filling.failures, filling.doubted, filling.doubt_said, filling.candidates = 0, "", "", []
    await filling.keep()
    return question(filling, said) if path else summary(filling, said)


async def enter(filling: Filling, mode: Mode, said: Sequence[str] = ()) -> Reply:
    """Put another question before the open one: the card, which answer to edit, whether to stop."""
    filling.step += 1
    filling.mode = mode
    await filling.keep()
    return card(filling, said) if mode is Mode.START else ask_again(filling)


async def back_to_open(filling: Filling) -> Reply:
    if filling.mode is Mode.START:
        return ask_again(filling)
    return await enter(filling, Mode.ASK if filling.asking else Mode.SUMMARY)


def first_open(filling: Filling) -> str | None:
    """The first question without an answer."""
    return next((step.path for step in filling.course.steps if step.path not in filling.answers), None)


async def renewed(filling: Filling) -> Reply:
    """The form has a new version since the last message: what changed is told, and the first open question asked."""
    said = [changes_told(filling)]
    if filling.mode is Mode.START:
        return await enter(filling, Mode.START, said)
    return await onward(filling, first_open(filling), said)


def changes_told(filling: Filling) -> str:
    """What a new version of the form changed for this draft."""
    turn, change = filling.turn, filling.change
    assert change is not None
    lines = [turn.text("forms.changed.heading", kept=change.kept)]
    for key, labels in (("added", change.added), ("removed", change.removed), ("altered", change.altered)):
        if labels:
            named = "; ".join(f"«{label}»" for label in labels[:TOLD_CHANGES])
            rest = len(labels) - TOLD_CHANGES
            more = turn.text("forms.changed.more", count=rest) if rest > 0 else ""
            lines.append(turn.text(f"forms.changed.{key}", named=named, more=more))
    return "\n".join(lines)


def saved(filling: Filling) -> Reply:
    """Close the form; the draft, written after every answer, stays."""
    turn, row = filling.turn, filling.row
    filling.close()
    if not filling.answers:
        return turn.say("forms.left", *after(turn))
    return turn.say("forms.saved", resume_choice(filling), *after(turn)[1:], title=row.title, done=_done(filling))


async def dropped(filling: Filling) -> Reply:
    """Close the form and forget the officer's draft."""
    turn = filling.turn
    await turn.db.delete(filling.draft)
    filling.close()
    return turn.say("forms.dropped", *after(turn), title=filling.row.title)


def aside(filling: Filling) -> Reply:
    """Close the form; its answers stay in the draft."""
    turn = filling.turn
    filling.close()
    if not filling.answers:
        return Reply("")
    return turn.say("forms.aside", resume_choice(filling), title=filling.row.title, done=_done(filling))


async def send(filling: Filling) -> Reply:
    """Hand the form in, when every question has an answer and no answer has become impossible meanwhile."""
    turn = filling.turn
    missing = first_open(filling)
    if missing is not None:
        return await onward(filling, missing, [turn.text("forms.incomplete")])
    wrong = _impossible(filling)
    if wrong is not None:
        return await onward(filling, wrong.path, [turn.text("forms.impossible_now")])
    lost = await _lost_files(filling)
    if lost is not None:
        return await onward(filling, lost, [turn.text("forms.files_lost")])
    assert filling.row.id is not None
    row = await form_for_update(turn.db, filling.row.id)
    if row is None or row.state is not FormState.OPEN:
        filling.close()
        return turn.say("forms.closed_now", *after(turn), title=filling.row.title)
    kept = filling.course.kept()
    reasons = {path: reason for path, reason in filling.reasons.items() if path in kept}
    await filling.keep()
    await _keep_files(filling)
    content = {"answers": kept, "reasons": reasons}
    made = await hand_in(turn.db, filling.draft, content, turn.account.channel, turn.now)
    detail = {"agency": made.agency_id, "period": made.period, "revision": made.revision, "version": made.version}
    note(turn.db, "account", "form.handed_in", f"form:{row.id}", turn.now, **detail)
    filling.close()
    return turn.say(
        "forms.sent_period" if made.period else "forms.sent",
        *after(turn),
        title=row.title,
        code=made.receipt,
        time=moment(turn.now.astimezone(LOCAL)),
        period=told_period(made.period),
        department=turn.catalog.province.department.name,
    )


def _impossible(filling: Filling) -> Step | None:
    """The first answer its question would refuse by now: another answer it is held against has changed since."""
    course = filling.course
    for step in course.steps:
        answer = filling.answers.get(step.path)
        if isinstance(step.item, Question) and answer is not None and not possible(course, step, step.item, answer):
            return step
    return None


async def _lost_files(filling: Filling) -> str | None:
    """The first question whose photos or documents are gone: a draft may lie longer than what people send is kept."""
    for path, files in _sent_files(filling):
        left = [file for file in files if await filling.turn.db.get(StoredFile, file["file"]) is not None]
        if len(left) < len(files):
            filling.answers.pop(path)
            return path
    return None


async def _keep_files(filling: Filling) -> None:
    """What was handed in belongs to the agency's submission from now on, not to the account that sent it."""
    turn, policy = filling.turn, filling.turn.catalog.province.reporting
    for _, files in _sent_files(filling):
        for file in files:
            row = await turn.db.get_one(StoredFile, file["file"])
            row.owner, row.expires_at = f"form:{filling.row.id}", turn.now + policy.form_files_kept
            turn.db.add(row)


def _sent_files(filling: Filling) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The answers that are photos or documents, by path."""
    for step in filling.course.steps:
        answer = filling.answers.get(step.path)
        if isinstance(step.item, Question) and step.item.kind in FILES and isinstance(answer, list):
            yield step.path, answer


def resume_choice(filling: Filling) -> Choice:
    value = choice_value("bieumau", filling.row.id, filling.draft.period)
    return filling.turn.choice("forms.button.resume", value)


def after(turn: Turn) -> tuple[Choice, ...]:
    return turn.choice("forms.button.forms", "bieumau"), turn.choice("forms.button.menu", "menu")


def down(turn: Turn) -> Reply:
    """The actions cannot be run now: nothing is lost, the same message may be sent again later."""
    return turn.say("forms.down")


def above(filling: Filling, said: str) -> Reply:
    """A line above the open question."""
    asked = ask_again(filling)
    return replace(asked, text=f"{said}\n\n{asked.text}")


def may_skip(filling: Filling) -> bool:
    """Whether the open question may be left open."""
    course = filling.course
    step = filling.step_at(filling.asking, course)
    return step is not None and not course.required(step)


def _done(filling: Filling) -> int:
    return sum(step.path in filling.answers for step in filling.course.steps)
