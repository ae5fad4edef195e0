"""Nobody sees or moves what is not theirs: every button, command and intent there is, with another agency's own ids.

Words are planted in everything an agency has of its own, and others in everything only officers may read. Whatever the
agency's officer is offered is collected, and pressed by everybody else.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel, select, update

from content.catalog import Catalog
from handlers import router
from handlers.digests import approve, clarifying, save_draft, start_sending, submit_for_approval
from handlers.messages import Kind
from handlers.officers import joining
from handlers.reports.review import send_back
from handlers.reports.snapshots import refresh_dashboard
from handlers.turn import LOCAL
from storage.appointments import end_appointments
from storage.clarifications import Clarification
from storage.contacts import subscribe
from storage.database import Database
from storage.digests import Edition
from storage.directives import Directive, DirectiveItem
from storage.files import FilePurpose, keep_file
from storage.plans import Plan, Task
from storage.questions import Ticket
from storage.reports import ProgressReport
from storage.reviews import DirectiveReview
from tests.digests.province import approver
from tests.handlers.talk import Known, Talk
from tests.reports.conftest import BOARDS, SA_THAY, STATION
from tests.reports.filling import fill

OWN = "rieng7q"
"""Stands in everything that is the agency's alone."""
INTERNAL = "noibo7q"
"""Stands in everything that is for officers, of whichever agency."""
WEEK = "2024-W46"
ELSEWHERE = "ubnd_huyen_dak_ha"
RETURNED = "t002_pl01_11"
PUBLIC = frozenset({"faq", "topic", "group", "other", "vote"})
"""Buttons of the answers for citizens."""
WITHOUT_ASKING = frozenset({"privacy", "join"})
"""Buttons their owner does not press while they are collected: they take away what was planted."""


@dataclass(slots=True)
class Planted:
    """The agency whose things they are, and what its officer was offered."""

    owner: Talk
    known: Known
    values: set[str]
    lines: list[str]
    ids: list[str]


@pytest.fixture
async def planted(citizen: Talk, catalog: Catalog, known: Known) -> Planted:
    """A draft, a report, a returned one, a digest, a question with its answer, a message, a file: all of Sa Thầy."""
    db, owner = citizen.db, citizen.another("sathay")
    await owner.becomes_officer(SA_THAY, f"Y {OWN} (demo)")
    account = await owner.account()
    async with db.session() as session:
        for column in (Task.title, DirectiveItem.title, Directive.title, Plan.name):
            await session.exec(update(column.class_).values({column.key: column + f" {INTERNAL}"}))  # type: ignore[attr-defined]
        await subscribe(session, account.id or 0, owner.now)
        digest = await save_draft(session, catalog, WEEK, "bientap", owner.now)
        assert digest.id is not None
        await submit_for_approval(session, catalog, digest.id, "bientap", owner.now)
        await approve(session, catalog, digest.id, approver(), owner.now)
        await start_sending(session, catalog, digest.id, "bientap", owner.now)
        edition = (await session.exec(select(Edition).where(Edition.agency_id == SA_THAY))).one()
        edition.body = {**edition.body, "slogans": [OWN]}
        session.add(edition)
        item = edition.body["items"][0]["id"]
        file = await keep_file(session, f"{OWN}.pdf", b"%PDF-1.4", "application/pdf", FilePurpose.DOCUMENT, owner.now)
        directive = await session.get_one(Directive, (await session.get_one(DirectiveItem, item)).directive_id)
        session.add(DirectiveReview(directive_id=directive.id, draft={}, file_id=file.id))
        await session.commit()

    await owner.taps("ticket:open:question")
    await owner.taps("ticket:agree")
    await owner.says(f"Hỏi {OWN}")
    await fill(
        owner, "xong", "xong", f"Đã làm {OWN}", f"Khó khăn {OWN}", "hôm qua", f"https://{OWN}.example", task=STATION
    )
    await owner.taps("Nộp báo cáo")
    await fill(owner, "xong", "xong", f"Đã làm {OWN}", "không", "hôm qua", "bỏ qua", task=RETURNED)
    await owner.taps("Nộp báo cáo")
    await fill(owner, "5/7", "0/1", "2", f"Nhap {OWN}")
    await owner.says("lưu nháp")
    await owner.taps(f"unclear:i:{item}")
    await owner.says(f"Chưa rõ {OWN}")
    await owner.taps(f"hand:i:{item}")
    await owner.says(f"chị {OWN}")
    async with db.session() as session:
        returned = (await session.exec(select(ProgressReport).where(ProgressReport.task_id == RETURNED))).one()
        await send_back(session, catalog, returned.id or 0, f"Xem lại {OWN}", "duyet", owner.now)
        thread = (await session.exec(select(Clarification))).one()
        await clarifying.answer(session, catalog, thread.id or 0, f"Trả lời {OWN}", False, "bientap", owner.now)
        ticket = (await session.exec(select(Ticket))).one()
        receipts = (await session.exec(select(ProgressReport.receipt))).all()
        await session.commit()
    await refresh_dashboard(db, catalog, owner.now)
    for intent in router.INTENTS:
        known.intent(f"muon {intent}", intent)
    lines = [f"muon {intent}" for intent in router.INTENTS]
    lines += [f"/{name}" for name in {*joining.COMMANDS, *("start", "huy")}]
    lines += [ticket.code, *filter(None, receipts), "tiến độ huyện Sa Thầy", "đơn vị nào chưa báo cáo"]
    lines += ["đã tiếp nhận", "đã giao cho chị Lan", "cần làm rõ: mục 1"]
    ids = ["1", item, directive.id, BOARDS, SA_THAY, ticket.code, f"i:{item}", f"d:{WEEK}"]
    values = await offered(owner, lines)
    return Planted(owner, known, values, lines, ids)


async def offered(owner: Talk, lines: Iterable[str]) -> set[str]:
    """Every button its own officer meets, pressing whatever comes up."""
    found: dict[str, None] = {}
    for line in lines:
        await owner.says(line)
        found.update(dict.fromkeys(choice.value for choice in owner.buttons))
    pressed = set[str]()
    while left := [value for value in found if _shape(value) not in pressed]:
        pressed.add(_shape(left[0]))
        if left[0].partition(":")[0] in WITHOUT_ASKING or left[0].endswith((":drop", ":send")):
            continue
        await owner.does(Kind.CHOICE, choice=left[0])
        found.update(dict.fromkeys(choice.value for choice in owner.buttons))
    shapes = {_shape(value): value for value in found if value.partition(":")[0] in PUBLIC}
    return {value for value in found if value.partition(":")[0] not in PUBLIC} | set(shapes.values())


def _shape(value: str) -> str:
    """Buttons that differ in a number, or in the mark of the question they belong to, lead to the same place; so do
    all that lead to what is written for everybody."""
    verb, _, rest = value.partition(":")
    if verb in PUBLIC:
        return verb
    return re.sub(r"\d+", "#", f"form:{rest.partition(':')[2]}" if verb == "form" else value)


async def rows(db: Database) -> dict[tuple[str, Any], str]:
    """Everything stored, by table and key."""
    found = {}
    async with db.reading() as session:
        for table in SQLModel.metadata.sorted_tables:
            for row in await session.exec(text(f"SELECT * FROM {table.name}")):  # type: ignore[call-overload]
                stored = row._mapping
                key = tuple(stored[column.name] for column in table.primary_key)
                found[table.name, key] = repr(dict(stored))
    return found


async def become_lapsed(talk: Talk) -> None:
    """Registered for the very agency once, not appointed any more."""
    contact = await talk.becomes_officer(SA_THAY, "Y Cũ (demo)")
    async with talk.db.session() as session:
        await end_appointments(session, contact, talk.now.astimezone(LOCAL).date().replace(day=1))
        await session.commit()


async def become_elsewhere(talk: Talk) -> None:
    """Officer of another agency."""
    await talk.becomes_officer(ELSEWHERE, "Y Khác (demo)")


async def stay_citizen(talk: Talk) -> None:
    """Anonymous."""
    await talk.says("chào")


async def test_nobody_else_sees_or_moves_what_is_an_agencys_own(planted: Planted) -> None:
    crossed = {f"{verb}:{name}" for verb, name in itertools.product(router.CHOICES, ["", *planted.ids])}
    every = planted.values | crossed
    assert {value.partition(":")[0] for value in every} >= set(router.CHOICES)
    assert len(planted.values) > 40, "its own officer is offered a good deal"
    await _its_own_officer_does_see_it(planted.owner)
    before = await rows(planted.owner.db)
    assert any(f"Nhap {OWN}" in row for row in before.values()), "the draft is still there"
    told: dict[str, list[str]] = {}
    for name, become in (("citizen", stay_citizen), ("lapsed", become_lapsed), ("elsewhere", become_elsewhere)):
        person = planted.owner.another(name)
        person.now = planted.owner.now
        await become(person)
        forbidden = (OWN,) if name == "elsewhere" else (OWN, INTERNAL)
        for value in sorted(every if name == "elsewhere" else planted.values):
            await person.does(Kind.CHOICE, choice=value)
            told.setdefault(name, []).extend(_leaked(person, value, forbidden))
        for line in planted.lines:
            await person.says(line)
            told[name].extend(_leaked(person, line, forbidden))
    assert not any(told.values()), told
    after = await rows(planted.owner.db)
    changed = {key[0] for key, row in before.items() if after.get(key) != row}
    assert changed <= {"question_log"}, "a vote is for whoever knows the question's code: the log names nobody"


def _leaked(person: Talk, asked: str, forbidden: tuple[str, ...]) -> list[str]:
    """What was asked, when the answer tells what it must not."""
    said = [reply.text for reply in person.replies]
    said += [f"{choice.label} {choice.value}" for choice in person.buttons]
    said += [reply.attachment.name for reply in person.replies if reply.attachment is not None]
    return [asked] if any(mark in words for mark in forbidden for words in said) else []


async def _its_own_officer_does_see_it(owner: Talk) -> None:
    """The words planted are really told to whom they belong, so that a leak would be found."""
    for value, mark in (
        ("digest:more", OWN),
        (f"report:{RETURNED}:edit", OWN),
        (f"report:{BOARDS}:resume", INTERNAL),
        ("tasks", INTERNAL),
    ):
        assert mark in await owner.taps(value), value
