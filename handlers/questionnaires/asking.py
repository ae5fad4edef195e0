"""How the questions of a form, its card and its summary are put to the officer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from content.courses import Course, Step, default_answer
from content.expressions import pieces
from content.figures import moment
from content.forms import SKIP
from content.periods import told_period
from content.questionnaires import CHOICES, FILES, Group, Kind, Per, Question
from handlers.forms.bubbles import LONGEST_SHOWN, ROOM, SECONDS, below, page_of
from handlers.forms.readings import PICKED
from handlers.messages import Choice, Reply, choice_value, plain
from handlers.plans.duties import short
from handlers.questionnaires.filling import Filling, Mode
from handlers.turn import LOCAL

LONGEST_PIPED = 120
"""Characters of an answer inside another question."""


def filling_choice(filling: Filling, *arguments: str) -> str:
    """A button of this question: ``bm:<token>:<action>[:argument]``."""
    return choice_value("bm", filling.token, *arguments)


def piped(filling: Filling, course: Course, text: str, place: int) -> str:
    """A label with the answers it names in it; "…" for one that is not there yet."""
    found = []
    for before, name in pieces(text):
        found.append(before)
        if name:
            seen = course.shown_at(name, place)
            question = filling.ready.outline.question(seen[0]) if seen else None
            told = filling.told(question, seen[1]) if seen and question else "…"
            found.append(plain(short(told, LONGEST_PIPED)))
    return "".join(found)


def card(filling: Filling, said: Sequence[str] = ()) -> Reply:
    """What the form is for, how long it takes, and what is there already."""
    turn, form, course = filling.turn, filling.ready.form, filling.course
    count = len(course.steps)
    done = sum(step.path in filling.answers for step in course.steps)
    lines = [*said, turn.text("forms.card.title", title=form.title, agency=_agency(filling))]
    if form.about:
        lines.append(form.about)
    if filling.draft.period:
        lines.append(turn.text("forms.card.period", period=told_period(filling.draft.period)))
    lines.append(turn.text("forms.card.length", count=count, minutes=max(1, round(count * SECONDS / 60))))
    key = "forms.button.begin"
    if done:
        at = moment(filling.draft.updated_at.astimezone(LOCAL))
        lines.append(turn.text("forms.card.draft", done=done, count=count, time=at))
        key = "forms.button.resume"
    lines.append(turn.text("forms.card.words"))
    choices = [turn.choice(key, filling_choice(filling, "begin"))]
    if form.per not in (Per.FREE, Per.ONCE):
        choices.append(turn.choice("forms.button.earlier", filling_choice(filling, "earlier")))
    choices.append(turn.choice("forms.button.later", filling_choice(filling, "save")))
    return Reply("\n".join(lines), tuple(choices))


def question(filling: Filling, said: Sequence[str] = ()) -> Reply:
    """Ask the open question below what was just said, with what helps to answer it."""
    turn, course = filling.turn, filling.course
    step = filling.step_at(filling.asking, course)
    assert step is not None
    number = course.steps.index(step) + 1
    progress = turn.text("forms.progress", number=number, count=len(course.steps))
    notes = [piped(filling, course, note, step.place) for note in step.notes]
    if isinstance(step.item, Group):
        lines = [turn.text("forms.more.ask", progress=progress, group=step.item.label or step.item.id, done=step.place)]
        yes = turn.choice("forms.button.more", filling_choice(filling, "pick", "them"))
        no = turn.choice("forms.button.done", filling_choice(filling, "pick", "xong"))
        return Reply(below([*said, *notes], lines), (yes, no, *_moves(filling, number)))
    asked = step.item
    where = _where(filling, step)
    lines = [f"{progress} {where}{piped(filling, course, asked.label, step.place)}"]
    lines += [piped(filling, course, asked.hint, step.place)] if asked.hint else []
    listed = asked.kind is Kind.MANY or len(asked.options) > ROOM - 2
    if listed and asked.options:
        lines += [f"{place}. {option.label}" for place, option in enumerate(asked.options, 1)]
    if asked.kind is Kind.MANY:
        lines.append(turn.text("forms.pick_several"))
    elif asked.kind in FILES:
        lines.append(turn.text(f"forms.send.{asked.kind.value}"))
    elif asked.example and asked.kind not in CHOICES:
        lines.append(turn.text("forms.example", example=asked.example))
    answer = filling.answers.get(step.path)
    if answer is not None:
        lines.append(turn.text("forms.current", value=short(plain(filling.told(asked, answer)), LONGEST_SHOWN)))
    choices = [*_answers(filling, course, step, asked, listed), *_moves(filling, number)]
    return Reply(below([*said, *notes], lines), tuple(choices[:ROOM]))


def _answers(filling: Filling, course: Course, step: Step, asked: Question, listed: bool) -> list[Choice]:
    """Buttons that answer the question."""
    turn, answer = filling.turn, filling.answers.get(step.path)
    if filling.candidates:
        return [
            Choice(short(str(name)), filling_choice(filling, "agency", str(place)))
            for place, (_, name, _) in enumerate(filling.candidates[: ROOM - 1])
        ]
    choices = []
    if not listed:
        choices += [
            Choice(short(option.label), filling_choice(filling, "pick", f"{PICKED}{place}"))
            for place, option in enumerate(asked.options, 1)
        ]
    if answer is not None and answer != SKIP and asked.kind in FILES:
        choices.append(turn.choice("forms.button.files_done", filling_choice(filling, "keep")))
        choices.append(turn.choice("forms.button.drop_file", filling_choice(filling, "dropfile")))
    elif answer is not None:
        told = short(plain(filling.told(asked, answer)), 30)
        choices.append(turn.choice("forms.button.keep", filling_choice(filling, "keep"), answer=told))
    else:
        offered = offer(filling, course, step, asked)
        if offered is not None:
            told = short(plain(filling.told(asked, offered[1])), 30)
            choices.append(turn.choice(offered[0], filling_choice(filling, "before"), answer=told))
    if not course.required(step):
        choices.append(turn.choice("forms.button.skip", filling_choice(filling, "skip")))
    return choices


def offer(filling: Filling, course: Course, step: Step, asked: Question) -> tuple[str, Any] | None:
    """An answer offered for an open question, with the wording of its button: the last submission's, else the form's
    own default. One that the question would refuse is not offered."""
    key, found = "forms.button.before", filling.before.get(step.path) if asked.before else None
    if (found is None or found == SKIP) and asked.default:
        key, found = "forms.button.default", default_answer(asked, course.value(asked.default, step.path))
    if found is None or found == SKIP or not possible(course, step, asked, found):
        return None
    return key, found


def possible(course: Course, step: Step, asked: Question, answer: Any) -> bool:
    """Whether the question's constraint lets the answer stand."""
    return not asked.constraint or answer == SKIP or course.holds(asked.constraint, step.path, answer)


def summary(filling: Filling, said: Sequence[str] = (), page: int = 1) -> Reply:
    """Every answer with its number, what was worked out, and the ways on."""
    turn, course = filling.turn, filling.course
    closing = [piped(filling, course, note, 0) for note in course.closing]
    text, more = _paged(filling, course, page, "forms.summary.heading")
    lines = [text, *closing, turn.text("forms.summary.hint")]
    return Reply(below(said, lines), (*_summary_choices(filling), *more))


def view(filling: Filling, page: int = 1) -> Reply:
    """What was answered so far."""
    text, more = _paged(filling, filling.course, page, "forms.view")
    return Reply(text, more)


def hint(filling: Filling) -> Reply:
    """For a line that is no command at the summary."""
    return Reply(filling.turn.text("forms.summary.hint_again"), _summary_choices(filling))


def _paged(filling: Filling, course: Course, page: int, heading: str) -> tuple[str, tuple[Choice, ...]]:
    turn, lines = filling.turn, []
    done = 0
    for number, step in enumerate(course.steps, 1):
        answer = filling.answers.get(step.path)
        if answer is None:
            continue
        done += 1
        label, value = _line(filling, course, step, answer)
        reason = filling.reasons.get(step.path)
        key = "forms.summary.line_because" if reason else "forms.summary.line"
        lines.append(turn.text(key, number=number, label=label, value=value, reason=plain(reason or "")))
    for path, value in course.worked.items():
        question = filling.ready.outline.question(path)
        if question is not None and question.label and value != "":
            label = piped(filling, course, question.label, 0)
            lines.append(turn.text("forms.summary.worked", label=label, value=plain(filling.told(question, value))))
    shown, page, pages = page_of(lines, page)
    head = turn.text(heading, title=filling.row.title, done=done, count=len(course.steps))
    if pages == 1:
        return "\n".join([head, *lines]), ()
    head = turn.text("forms.paged", heading=head, page=page, pages=pages)
    following = filling_choice(filling, "page", str(page % pages + 1))
    return "\n".join([head, *shown]), (turn.choice("forms.button.next_page", following),)


def _line(filling: Filling, course: Course, step: Step, answer: Any) -> tuple[str, str]:
    """Label and answer of one step, as the summary has them."""
    turn = filling.turn
    if isinstance(step.item, Group):
        name = step.item.label or step.item.id
        return turn.text("forms.more.label", group=name), turn.text(f"forms.more.{answer}")
    label = short(piped(filling, course, step.item.label, step.place).rstrip(" ?:."), LONGEST_PIPED)
    return f"{_where(filling, step)}{label}", short(plain(filling.told(step.item, answer)), LONGEST_SHOWN)


def _where(filling: Filling, step: Step) -> str:
    """ "Nơi sạc 2 – " before a question that is asked for each of them."""
    if not step.place:
        return ""
    group = filling.ready.outline.spots[step.path.partition("/")[0]].item
    return filling.turn.text("forms.more.where", group=group.label or group.id, place=step.place)


def edit_menu(filling: Filling) -> Reply:
    """One button for every answer given so far."""
    course = filling.course
    choices = [
        Choice(
            short(f"{number}. {_line(filling, course, step, answer)[0]}"), filling_choice(filling, "edit", str(number))
        )
        for number, step in enumerate(course.steps, 1)
        if (answer := filling.answers.get(step.path)) is not None
    ]
    return Reply(filling.turn.text("forms.summary.edit"), tuple(choices))


def doubt_question(filling: Filling) -> Reply:
    """Whether an unlikely answer is meant: a reason makes it right."""
    turn = filling.turn
    because = turn.choice("forms.doubt.button.changed", filling_choice(filling, "because"))
    again = turn.choice("forms.doubt.button.again", filling_choice(filling, "stay"))
    return Reply(f"{filling.doubt_said}\n{turn.text('forms.doubt.ask')}", (because, again))


def leave_question(filling: Filling) -> Reply:
    """Before a form is left: keep the draft, drop it, or go on."""
    turn = filling.turn
    choices = (
        turn.choice("forms.button.stop", filling_choice(filling, "save")),
        turn.choice("forms.button.drop", filling_choice(filling, "drop")),
        turn.choice("forms.button.stay", filling_choice(filling, "stay")),
    )
    return turn.say("forms.leave", *choices, done=len(filling.answers))


def ask_again(filling: Filling) -> Reply:
    """The open question as it was asked: its buttons stay good."""
    shown = {
        Mode.START: card,
        Mode.DOUBT: doubt_question,
        Mode.SUMMARY: summary,
        Mode.EDIT: edit_menu,
        Mode.LEAVE: leave_question,
        Mode.ASK: question,
    }
    return shown[filling.mode](filling)


def _moves(filling: Filling, number: int) -> list[Choice]:
    turn = filling.turn
    choices = [turn.choice("forms.button.back", filling_choice(filling, "back"))] if number > 1 else []
    return [*choices, turn.choice("forms.button.save", filling_choice(filling, "save"))]


def _summary_choices(filling: Filling) -> tuple[Choice, ...]:
    turn = filling.turn
    return (
        turn.choice("forms.button.send", filling_choice(filling, "send")),
        turn.choice("forms.button.edit", filling_choice(filling, "edit")),
        turn.choice("forms.button.save", filling_choice(filling, "save")),
    )


def _agency(filling: Filling) -> str:
    return filling.turn.catalog.agency_name(filling.draft.agency_id)
