"""Photos and documents as evidence: sent one after the other at that question, kept with the report."""

from __future__ import annotations

from typing import Any

from handlers.forms.runner import RunnerUnavailable
from handlers.messages import Reply, plain
from handlers.plans.duties import short
from handlers.reports.answers import FILES, Answers
from handlers.reports.course import ask_again, down
from handlers.reports.filling import EVIDENCE, Filling
from handlers.reports.questions import filling_choice
from storage.files import FilePurpose, StoredFile

MOST = 10
"""Files of one report."""
LONGEST_NAME = 40


async def received(filling: Filling) -> Reply:
    """Take the message's files, with the words below them, and wait for more or for the end."""
    turn = filling.turn
    known: list[dict[str, Any]] = filling.answers.get(FILES, [])
    files = {file["id"]: file for file in known}
    for one in turn.message.attachments:
        files[one.file_id] = {"id": one.file_id, "name": one.name, "media_type": one.media_type, "size": one.size}
    kept = list(files.values())[:MOST]
    words = plain(turn.message.text) if turn.message.text else _own_words(filling, known)
    filling.answers = {**filling.answers, FILES: kept}
    said = turn.text("evidence.received", count=len(kept))
    if len(files) > MOST:
        said = turn.text("evidence.too_many", most=MOST)
    return await _put(filling, words, kept, said)


async def dropped(filling: Filling) -> Reply:
    """Forget the newest file."""
    known: list[dict[str, Any]] = filling.answers.get(FILES, [])
    if not known:
        return ask_again(filling)
    words = _own_words(filling, known)
    filling.answers = {**filling.answers, FILES: known[:-1]}
    return await _put(filling, words, known[:-1], filling.turn.text("evidence.dropped", name=plain(known[-1]["name"])))


async def _put(filling: Filling, words: str, files: list[dict[str, Any]], said: str) -> Reply:
    turn = filling.turn
    slots = {**filling.slots, EVIDENCE: _told(filling, words, files) or None}
    try:
        filling.take(await filling.loop.look(slots))
    except RunnerUnavailable:
        return down(turn)
    filling.step += 1
    await filling.keep(answered=True)
    if not files:
        return ask_again(filling)
    choices = (
        turn.choice("evidence.button.done", filling_choice(filling, "keep")),
        turn.choice("evidence.button.drop", filling_choice(filling, "unfile")),
        turn.choice("report.button.save", filling_choice(filling, "save")),
    )
    return Reply(f"{said}\n{turn.text('evidence.more')}", choices)


def add_files(filling: Filling) -> None:
    """Let the words just typed stand together with the files that were sent before them."""
    files, words = filling.answers.get(FILES, []), filling.answers.get(EVIDENCE)
    if files and words:
        filling.hold({**filling.slots, EVIDENCE: _told(filling, words, files)})


def _told(filling: Filling, words: str, files: list[dict[str, Any]]) -> str:
    """What stands in the report: the officer's words and the names of the files."""
    names = ", ".join(short(plain(file["name"]), LONGEST_NAME) for file in files)
    told = filling.turn.text("evidence.files", names=names) if files else ""
    return "; ".join(filter(None, [words, told]))


def _own_words(filling: Filling, known: list[dict[str, Any]]) -> str:
    """The officer's words without the names of the files."""
    text = str(filling.answers.get(EVIDENCE) or "")
    told = _told(filling, "", known)
    return text.removesuffix(told).removesuffix("; ") if told else text


async def keep_for_good(filling: Filling, answers: Answers) -> Answers:
    """The answers as they are handed in, with the files that are still there; those are the agency's from now on."""
    if answers.get(EVIDENCE) is None:
        return answers
    kept, policy = [], filling.turn.catalog.province.reporting
    for file in filling.answers.get(FILES, []):
        row = await filling.turn.db.get(StoredFile, file["id"])
        if row is None:
            continue
        row.purpose, row.owner, row.expires_at = FilePurpose.EVIDENCE.value, "", filling.turn.now + policy.evidence_kept
        filling.turn.db.add(row)
        kept.append(file)
    return {**answers, FILES: kept} if kept else answers
