"""The list of groups, and the page of one group with what can be done about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.web.console.office import Office, found, needs, of, path_number, who
from bot.web.console.powers import Power, may
from bot.web.console.proposals.board import MOST, Board, Period
from content.schema import FaqEntry
from content.whole_numbers import whole
from content.words import fold
from handlers.questions.proposals import reachable
from storage.proposals import Kind, QuestionDecision, kind_of, questions_by_id
from storage.questions import QuestionLog

PAGE = 20
"""Groups of one page."""
PEEK = 10
"""Questions of a group shown in the list."""
SHOWN = 200
"""Questions of a group shown on its page."""
MATCHES = 12
"""Entries a search offers."""


def board(office: Office) -> Board:
    """The groups of this office's Loa."""
    if office.board is None:
        office.board = Board(office.loa)
    return office.board


def where(request: Request) -> tuple[Period, Kind | None]:
    """The filter in the address."""
    period = request.query_params.get("period", "")
    kind = request.query_params.get("kind", "")
    return Period(period) if period in set(Period) else Period.MONTH, Kind(kind) if kind in set(Kind) else None


@needs(Power.SEE)
async def list_page(request: Request) -> Response:
    office = of(request)
    period, kind = where(request)
    sees = may(who(request), Power.SEE_WORDS)
    q = request.query_params.get("q", "")[:80]
    seen = await board(office).look(period, kind)
    words = fold(q).split() if sees else []  # a search tells what is in the words it searches
    matching = [proposal for proposal in seen.proposals if proposal.matches(words)]
    pages = max(1, -(-len(matching) // PAGE))
    number = min(whole(request.query_params.get("page", "")) or 1, pages)
    shown = matching[(number - 1) * PAGE : number * PAGE]
    near = await board(office).nearest([proposal.group.typical.text for proposal in shown])
    undo = whole(request.query_params.get("undo", ""))
    async with office.loa.db.reading() as db:
        decision = await db.get(QuestionDecision, undo) if undo else None
    return office.paper.page(
        request,
        "proposals/list.html",
        proposals=list(zip(shown, near, strict=True)),
        groups=len(matching),
        questions=sum(proposal.group.count for proposal in matching),
        asked={"period": period.value, "kind": kind.value if kind else "", "q": q},
        periods=list(Period),
        kinds=list(Kind),
        filtered=bool(kind or words),
        cut=MOST if seen.cut else 0,
        page=number,
        pages=pages,
        peek=PEEK,
        undo=decision.id if decision is not None and decision.undone_at is None else None,
    )


@needs(Power.SEE)
async def page(request: Request) -> Response:
    """One group, named by one of its questions."""
    office = of(request)
    number = path_number(request)
    period, kind = where(request)
    seen = await board(office).look(period, kind)
    proposal = next((proposal for proposal in seen.proposals if number in proposal.ids), None)
    if proposal is not None:
        without = set(numbers(request.query_params.getlist("without")))
        return await show(request, [one for one in proposal.ids if one not in without], without=sorted(without))
    async with office.loa.db.reading() as db:
        question = await found(db, QuestionLog, number)
    if question.decision_id is None:
        raise HTTPException(404)
    return RedirectResponse(f"/console/questions/decided/{question.decision_id}", 303)


async def show(request: Request, ids: Sequence[int], status: int = 200, trouble: str = "", **typed: Any) -> Response:
    """The page of a group: its questions, whom an answer would reach, and the steps. ``typed`` is shown again."""
    office = of(request)
    return office.paper.page(
        request,
        "proposals/page.html",
        status,
        trouble=trouble,
        **await about(request, ids),
        **{**NOTHING_TYPED, **typed},
    )


NOTHING_TYPED: dict[str, Any] = {
    "typed": "",
    "draft": {"topic": "", "title": "", "question": "", "answer_lines": "", "sources": ""},
    "preview": None,
    "without": [],
}
"""What the forms hold before anything was typed."""


async def about(request: Request, ids: Sequence[int]) -> dict[str, Any]:
    """What the page of a group, or of what was decided about one, shows of its questions, the most typical first."""
    office = of(request)
    async with office.loa.db.reading() as db:
        questions = await questions_by_id(db, ids)
        told = await reachable(db, ids, list(office.loa.channels))
    by_id = {question.id: question for question in questions}
    typical = next((by_id[one].text for one in ids if one in by_id and by_id[one].text), "")
    (near,) = await board(office).nearest([typical])
    names = office.loa.catalog.text.section("console.channel")
    counts = Counter(names.get(account.channel, account.channel) for _, account in told)
    find = request.query_params.get("find", "")[:80]
    period, kind = where(request)
    return {
        "ids": ",".join(str(one) for one in ids if one in by_id),
        "questions": questions[:SHOWN],
        "kinds": {question.id: kind_of(question) for question in questions[:SHOWN]},
        "total": len(questions),
        "typical": typical,
        "near": near,
        "entries": matches(office, find) if find else [entry for entry, _ in near],
        "find": find,
        "reached": len(told),
        "channel_names": ", ".join(f"{name} {count}" for name, count in sorted(counts.items())),
        "topics": topics(office),
        "here": here(request, ids),
        "filter": urlencode({"period": period.value, "kind": kind.value if kind else ""}),
    }


def here(request: Request, ids: Sequence[int]) -> str:
    """Where the page about these questions is: a form that was refused shows it under its own address."""
    if request.method == "GET":
        return request.url.path
    return f"/console/questions/proposals/{ids[0]}" if ids else "/console/questions"


def topics(office: Office) -> dict[str, dict[str, str]]:
    """The groups of the menu a new entry may belong to, by domain."""
    return {
        domain: {
            f"{domain}.{group}": title
            for group, title in office.loa.catalog.text.section(f"citizen.group.{domain}").items()
        }
        for domain in ("food", "battery")
    }


def matches(office: Office, find: str) -> list[FaqEntry]:
    """Entries that hold all the words, diacritics or not."""
    words = fold(find).split()
    return [
        entry
        for entry in office.loa.catalog.faq.values()
        if all(word in fold(f"{entry.id} {entry.label} {entry.question}") for word in words)
    ][:MATCHES]


@needs(Power.SEE)
async def entries(request: Request) -> Response:
    """The entries found while a search is typed."""
    office = of(request)
    found_entries = matches(office, request.query_params.get("find", "")[:80])
    return office.paper.fragment(request, "proposals/_entries.html", entries=found_entries)


def numbers(raw: Iterable[str]) -> list[int]:
    """The row numbers among what was sent, each once."""
    return list(dict.fromkeys(number for text in raw if (number := whole(text)) is not None))


ROUTES = (
    Route("/questions", list_page, methods=["GET"]),
    Route("/questions/entries", entries, methods=["GET"]),
    Route("/questions/proposals/{id}", page, methods=["GET"]),
)
