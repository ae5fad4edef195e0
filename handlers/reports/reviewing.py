"""Reviewing reports from the phone: taking note with one tap, sending back with a reason for each answer.

The chat is linked to a console account as for approving digests (:mod:`handlers.approvals`). What the account may do is
asked when a button is pressed; a card only decides about the very version it shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from content.whole_numbers import whole
from handlers import start
from handlers.choices import folded
from handlers.covering import cover, uncover
from handlers.messages import Choice, Reply, choice_value, clean_text, plain
from handlers.reports.review import LONGEST_MARK, REVIEWERS, SHORTEST_REASON, NoReason, NotSubmitted, accept, send_back
from handlers.reports.review_cards import VERB, answers_in, card
from handlers.turn import Handler, Turn
from storage.links import user_of_chat
from storage.reports import ProgressReport, ReportState, ReportVersion, latest_version
from storage.submitted import count_waiting_for_review, next_for_review
from storage.users import ConsoleUser

NAME = "report_review"
_LINE = re.compile(r"(?:c[âa]u\s*)?(\d{1,2}|chung)\s*[:.)\-–]\s*(.+)", re.IGNORECASE | re.DOTALL)
_GENERAL = "chung"


async def pressed(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``rv:<accept|return|send|stop>:<report>:<version>``, ``rv:next[:<report passed over>]``."""
    act, number, version = [*arguments, "", "", ""][:3]
    user = await _reviewer(turn)
    if user is None:
        return [turn.say("report_review.chat.not_linked")]
    if act == "next":
        return await _next(turn, whole(number) or 0)
    if act == "stop":
        return await cancel(turn)
    if act == "send":
        return await _sent_back(turn, user)
    report = await turn.db.get(ProgressReport, whole(number) or 0)
    latest = await latest_version(turn.db, report) if report is not None else None
    if report is None or latest is None or act not in ("accept", "return"):
        return [start.old_button(turn)]
    if report.state is not ReportState.SUBMITTED:
        return [await _over(turn, report)]
    if version != str(latest.version):
        more = await count_waiting_for_review(turn.db) - 1
        fresh = await card(turn.db, turn.catalog, report, latest, more)
        return [turn.say("report_review.chat.newer"), fresh]
    if act == "return":
        return await _begin_return(turn, report, latest)
    await accept(turn.db, turn.catalog, report.id or 0, user.name, turn.now)
    return [await _done(turn, "report_review.chat.accepted", report)]


async def _reviewer(turn: Turn) -> ConsoleUser | None:
    assert turn.account.id is not None
    user = await user_of_chat(turn.db, turn.account.id)
    return user if user is not None and user.role in REVIEWERS else None


async def _next(turn: Turn, passed: int) -> list[Reply]:
    """The report that waits longest, after the one that was passed over."""
    found = await next_for_review(turn.db, passed)
    if found is None:
        return [turn.say("report_review.chat.none")]
    return [await card(turn.db, turn.catalog, *found, await count_waiting_for_review(turn.db) - 1)]


async def _over(turn: Turn, report: ProgressReport) -> Reply:
    return await _done(turn, "report_review.chat.over", report)


async def _done(turn: Turn, key: str, report: ProgressReport) -> Reply:
    """What came of it, and how many reports still wait."""
    left = await count_waiting_for_review(turn.db)
    said = turn.text(
        key,
        code=report.receipt,
        agency=turn.catalog.agency_name(report.agency_id),
        state=turn.text(f"report.state.{report.state.value}"),
    )
    if not left:
        return Reply(f"{said}\n{turn.text('report_review.chat.none')}")
    following = turn.choice("report_review.chat.button.next", choice_value(VERB, "next"))
    return Reply(f"{said}\n{turn.text('report_review.chat.left', count=left)}", (following,))


# Sending back: reasons are typed, answer by answer


async def _begin_return(turn: Turn, report: ProgressReport, version: ReportVersion) -> list[Reply]:
    cover(
        turn,
        {"name": NAME, "report": report.id, "version": version.version, "marks": {}, "reason": "", "open": None},
    )
    return [turn.say("report_review.chat.ask", _stop(turn), code=report.receipt, longest=LONGEST_MARK)]


def _stop(turn: Turn) -> Choice:
    return turn.choice("report_review.chat.button.stop", choice_value(VERB, "stop"))


async def cancel(turn: Turn) -> list[Reply]:
    """The report goes on waiting."""
    uncover(turn, NAME)
    return [turn.say("report_review.chat.kept")]


async def answer(turn: Turn) -> list[Reply] | None:
    """ "3: xem lại đơn vị tính", a line for each answer; "chung: …" for the whole; a number alone is asked about."""
    form, text = turn.conversation.form, turn.message.text
    if folded(text) in ("huy", "huy bo", "thoi"):
        return await cancel(turn)
    answers = await _of_form(turn)
    if answers is None:
        uncover(turn, NAME)
        return [turn.say("report_review.chat.gone")]
    if folded(text) in ("gui", "gui tra lai", "xong"):
        return await pressed(turn, ["send"])
    if text.strip().isdecimal():
        number = int(text.strip()[:3])
        if not 1 <= number <= len(answers):
            return [turn.say("report_review.chat.no_number", _stop(turn), count=len(answers))]
        turn.conversation.form = {**form, "open": str(number)}
        return [turn.say("report_review.chat.why", _stop(turn), number=number, label=answers[number - 1][1])]
    return [_noted(turn, answers, text)]


async def _of_form(turn: Turn) -> list[tuple[str, str, str]] | None:
    """The answers of the report that is being sent back; None when it is not waiting any more."""
    form = turn.conversation.form
    report = await turn.db.get(ProgressReport, form["report"])
    version = await latest_version(turn.db, report) if report is not None else None
    if report is None or version is None or version.version != form["version"]:
        return None
    return await answers_in(turn.db, turn.catalog, report, version) if report.state is ReportState.SUBMITTED else None


def _noted(turn: Turn, answers: Sequence[tuple[str, str, str]], text: str) -> Reply:
    """Keep the reasons a message holds, and say back all there are so far."""
    form = turn.conversation.form
    marks: dict[str, str] = dict(form["marks"])
    general, wrong = form["reason"], []
    for number, reason in _reasons(text, form["open"]):
        if number == _GENERAL:
            general = reason
        elif not 1 <= int(number) <= len(answers):
            wrong.append(turn.text("report_review.chat.no_number", count=len(answers)))
        elif not SHORTEST_REASON <= len(reason) <= LONGEST_MARK:
            wrong.append(turn.text("report_review.chat.length", number=number, longest=LONGEST_MARK))
        else:
            marks[answers[int(number) - 1][0]] = reason
    turn.conversation.form = {**form, "marks": marks, "reason": general, "open": None}
    lines = [*wrong, *_told(turn, answers, marks, general)]
    send = turn.choice("report_review.chat.button.send", choice_value(VERB, "send"))
    return Reply("\n".join(lines), ((send,) if marks or general else ()) + (_stop(turn),))


def _reasons(text: str, open_number: str | None) -> list[tuple[str, str]]:
    """Number (or "chung") and reason of each line; a line without one goes on with the line before, or is the reason
    that was asked for, or is about the whole."""
    found: list[tuple[str, str]] = []
    for line in filter(None, (part.strip() for part in text.split("\n"))):
        match = _LINE.fullmatch(line)
        if match:
            found.append((match[1].lower(), clean_text(match[2])))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line}")
        else:
            found.append((open_number or _GENERAL, clean_text(line)))
    return found


def _told(turn: Turn, answers: Sequence[tuple[str, str, str]], marks: Mapping[str, str], general: str) -> list[str]:
    lines = [turn.text("report_review.chat.so_far")] if marks or general else []
    lines += [
        turn.text("report_review.chat.mark", number=number, label=name, reason=plain(marks[key]))
        for number, (key, name, _) in enumerate(answers, 1)
        if key in marks
    ]
    if general:
        lines.append(turn.text("report_review.chat.general", reason=plain(general)))
    return [*lines, turn.text("report_review.chat.send_hint")]


async def _sent_back(turn: Turn, user: ConsoleUser) -> list[Reply]:
    form = turn.conversation.form
    if form.get("name") != NAME:
        return [start.old_button(turn)]
    if await _of_form(turn) is None:
        uncover(turn, NAME)
        return [turn.say("report_review.chat.gone")]
    try:
        report = await send_back(
            turn.db, turn.catalog, form["report"], form["reason"], user.name, turn.now, form["marks"]
        )
    except NoReason:
        return [turn.say("report_review.chat.no_reason", _stop(turn))]
    except NotSubmitted:  # somebody was faster between the look and the lock
        uncover(turn, NAME)
        return [turn.say("report_review.chat.gone")]
    uncover(turn, NAME)
    return [await _done(turn, "report_review.chat.returned", report)]


async def resume(turn: Turn) -> list[Reply]:
    """What was noted so far, and how to go on."""
    answers = await _of_form(turn)
    if answers is None:
        uncover(turn, NAME)
        return [turn.say("report_review.chat.gone")]
    form = turn.conversation.form
    return [Reply("\n".join(_told(turn, answers, form["marks"], form["reason"])), (_stop(turn),))]


CHOICES: dict[str, Handler] = {VERB: pressed}
INTENTS: dict[str, Handler] = {}
