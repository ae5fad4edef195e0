"""What stands on the pages is for whom it is for: people's words, numbers and drafts, on every page, for every role."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from bot.web.console.powers import POWERS, Power
from storage.questions import QuestionLog, Ticket
from storage.reports import ProgressReport
from tests.web.conftest import NewBrowser
from tests.web.office import ROLES
from tests.web.test_powers import PAGES, busy

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bot.app import Loa

__all__ = ["busy"]
WORDS, DRAFT = "loidan7q", "nhap7q"
PHONE = re.compile(r"905[ .]?000[ .]?111")
"""Of one of the department's officers."""
LOOKED_AT_ELSEWHERE = {
    "/console/login": "before anybody is known: test_login",
    "/console/clarifications/1": "wants a question about a digest: test_clarifications",
    "/console/corrections/1": "wants a correction: test_corrections",
    "/console/corrections/items/i003_1_3": "wants an item that was sent: test_corrections",
    "/console/directives/cv_moi/original": "wants a brought file: test_directives_brought",
    "/console/digests/1/ledger.xlsx": "a file: test_digest_pages",
    "/console/digests/1/report.docx": "a file: test_delivery_report",
    "/console/digests/1/report.xlsx": "a file: test_delivery_report",
    "/console/digests/1/sending": "wants a digest on its way: test_digest_pages",
    "/console/forms/1/submissions/1/files/1": "a file: the forms' own tests",
    "/console/loudspeaker.docx": "a file: the loudspeaker's own tests",
    "/console/progress/chart.svg": "wants a snapshot: test_progress",
    "/console/progress/figures": "wants a snapshot: test_progress",
    "/console/progress/snapshots/SL-1": "wants a snapshot: test_progress",
    "/console/questions/drafts/1/export": "wants a reviewed draft: test_proposals",
    "/console/reports/export": "a file: test_reports_and_tickets",
    "/console/reports/rows": "a file: test_reports_and_tickets",
    "/console/reports/1/files/1": "a file: test_reports_and_tickets",
    "/console/reports/1/word": "a file: test_reports_and_tickets",
}
"""Pages that are files, or want more than there is here."""
WRITTEN_TO_FILES = frozenset(
    {"/console/contacts/export", "/console/contacts/import/can-bo-mau.xlsx", "/console/directives/nhiem-vu.xlsx"}
)


@pytest.fixture
async def planted(busy: None, loa: Loa) -> None:
    async with loa.db.session() as db:
        ticket = await db.get_one(Ticket, 1)
        question = (await db.exec(select(QuestionLog))).one()
        report = (await db.exec(select(ProgressReport))).one()
        ticket.text, question.text = f"Xin hỏi {WORDS}", f"Giá vàng {WORDS}"
        report.draft = {"1": {"answers": {"values": {}, "work": DRAFT}, "done": 1, "count": 5, "at": "2024-11-11"}}
        db.add_all([ticket, question, report])
        await db.commit()


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("name", ROLES)
async def test_every_page_asks_for_its_power_and_shows_words_and_numbers_to_whom_they_are_for(
    browser: NewBrowser, name: str
) -> None:
    someone, powers = await browser(name), POWERS[ROLES[name]]
    seen: dict[str, set[str]] = {"words": set(), "phones": set(), "drafts": set()}
    for path, power in PAGES.items():
        answer = await someone.get(path)
        assert answer.status_code == (200 if power in powers else 403), (name, path)
        if path in WRITTEN_TO_FILES:
            continue
        for kind, found in (
            ("words", WORDS in answer.text),
            ("phones", PHONE.search(answer.text) is not None),
            ("drafts", DRAFT in answer.text),
        ):
            if found:
                seen[kind].add(path)
    assert bool(seen["words"]) == (Power.SEE_WORDS in powers), (name, seen["words"])
    assert bool(seen["phones"]) == (Power.SEE_PHONES in powers), (name, seen["phones"])
    assert not seen["drafts"], "an officer's draft is nobody's report yet"


def test_no_page_is_missing_in_the_table(app: FastAPI) -> None:
    """Whoever adds a page must say who may see it."""
    from starlette.applications import Starlette
    from starlette.routing import Mount, Route

    console = next(route.app for route in app.routes if isinstance(route, Mount) and route.path == "/console")
    assert isinstance(console, Starlette)
    known = [path.partition("?")[0] for path in (*PAGES, *LOOKED_AT_ELSEWHERE)]
    missing = []
    for route in console.routes:
        if isinstance(route, Route) and "GET" in (route.methods or ()):
            shape = re.compile(re.sub(r"\\\{\w+(:\w+)?\\\}", "[^/]+", re.escape(f"/console{route.path}")))
            if not any(shape.fullmatch(path) for path in known):
                missing.append(route.path)
    assert not missing
