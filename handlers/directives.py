"""Finding a directive, one of its items, or a plan: by number, by words, with or without diacritics. Officers only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from content.words import fold
from handlers.digests.reading import officers_only
from handlers.digests.rendering import document_label, item_choice, shortened
from handlers.digests.sections import document_json, item_bases, item_number
from handlers.messages import Choice, Reply, choice_value, plain
from handlers.turn import Handler, Turn
from storage.agencies import list_agencies
from storage.directives import (
    Directive,
    DirectiveItem,
    DirectiveState,
    directives_known,
    items_of,
    items_of_all,
    providers_of,
)
from storage.plans import list_plans, tasks_of_plan

MOST = 5
"""Results told at once."""
QUERY_LIMIT = 60
"""Characters of the question that are repeated back."""
SUMMARY_LIMIT = 160
HALF = 0.5
"""Share of the words that must be found for a result to count."""
PAIR = 0.2
"""What two neighbouring words found side by side add to a result's score; in the title, twice that."""

_WORD = re.compile(r"[a-z0-9]+")
_SMALL_CHANGE = """
tim tra cuu kiem xem doc lai gui xin cho toi tui minh em anh chi hoi nghe giup gium giao dau roi vay nhe
cong van cv vb ban dao ke hoach kh thi quyet dinh qd so ve cua cai nao noi gi co khong la ai ky ngay nhat moi de nghi
cung cap muc dieu nhiem vu can cu file hanh do nay kia bua truoc voi cac nhung va theo
"""
_FILLER = frozenset(_SMALL_CHANGE.split())
"""Words that name no subject: commands, kinds of documents, and the small change of speech, folded."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for."""

    words: tuple[str, ...]
    """Words that carry the subject, folded."""
    pairs: frozenset[tuple[str, str]]
    """Neighbouring words of the whole question."""

    @classmethod
    def read(cls, text: str) -> Query:
        spoken = _WORD.findall(fold(text))
        words = dict.fromkeys(word for word in spoken if word not in _FILLER)
        return cls(tuple(words), frozenset(pairwise(spoken)))

    def score(self, heading: str, text: str = "") -> float:
        """How well something answers: 0 when too few words are in it, or a number asked for is not."""
        title = _WORD.findall(fold(heading))
        body = _WORD.findall(fold(text))
        there = {*title, *body}
        hits = sum(word in there for word in self.words)
        wanted = [word for word in self.words if word.isdigit() and len(word) > 2]
        if hits < HALF * len(self.words) or not there.issuperset(wanted):
            return 0.0
        pairs = len(self.pairs.intersection(pairwise(title))) + len(self.pairs.intersection(pairwise([*title, *body])))
        return hits / len(self.words) + PAIR * pairs


@dataclass(frozen=True, slots=True)
class Result:
    """One thing found, in words."""

    score: float
    key: str
    params: dict[str, object]
    replaced: bool = False
    choices: tuple[Choice, ...] = field(default=())


async def search(turn: Turn, _arguments: list[str]) -> list[Reply]:
    """Answer a question after a document; without a subject, offer those in force."""
    if turn.contact is None:
        return [officers_only(turn)]
    query = Query.read(turn.message.text)
    if not query.words:
        return [await _offered(turn, "digest.search.ask")]
    results = sorted([*await _directives(turn, query), *await _plans(turn, query)], key=lambda found: -found.score)
    asked = plain(shortened(turn.message.text, QUERY_LIMIT))
    if not results:
        return [await _offered(turn, "digest.search.nothing", query=asked)]
    shown = results[:MOST]
    key = "digest.search.found" if len(results) == len(shown) else "digest.search.found_more"
    lines = [turn.text(key, query=asked, count=len(results), shown=len(shown))]
    for place, result in enumerate(shown, 1):
        line = turn.text(result.key, place=place, **result.params)
        lines.append(turn.text("digest.search.replaced", line=line) if result.replaced else line)
    choices = dict.fromkeys(choice for result in shown for choice in result.choices)
    return [Reply("\n\n".join(lines), tuple(choices))]


async def open_directive(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``directive:<id>``: the items of a directive."""
    if turn.contact is None:
        return [officers_only(turn)]
    directive = await turn.db.get(Directive, arguments[0]) if arguments else None
    if directive is None or directive.state is DirectiveState.IMPORTED:
        return [await _offered(turn, "digest.search.ask")]
    items = [item for item in await items_of(turn.db, directive.id) if item.parent_id is None]
    lines = [turn.text("digest.search.directive_heading", document=_label(turn, directive))]
    lines += [turn.text("digest.line.item", number=item_number(item.path), title=item.title) for item in items]
    return [Reply("\n".join(lines), tuple(_item_choice(turn, item) for item in items))]


async def _directives(turn: Turn, query: Query) -> list[Result]:
    known = await directives_known(turn.db, DirectiveState.IN_FORCE, DirectiveState.REPLACED)
    items = await items_of_all(turn.db, [directive.id for directive in known])
    providers = await providers_of(turn.db, [item.id for item in items])
    names = {agency.id: agency.name for agency in await list_agencies(turn.db)}
    bases = item_bases(turn.catalog)
    results = []
    for directive in known:
        own = [item for item in items if item.directive_id == directive.id]
        replaced = directive.state is DirectiveState.REPLACED
        score = query.score(f"{directive.number or ''} {directive.title} {directive.folded}")
        if score:
            results.append(_directive_result(turn, directive, own, score, replaced))
        for item in own:
            supplied_by = (names.get(agency, "") for agency in providers.get(item.id, ()))
            score = query.score(item.title, " . ".join([item.summary, *bases.get(item.id, ()), *supplied_by]))
            if score:
                results.append(_item_result(turn, directive, item, score, replaced))
    return results


def _directive_result(
    turn: Turn, directive: Directive, items: Sequence[DirectiveItem], score: float, replaced: bool
) -> Result:
    first, last = directive.period_from, directive.period_to
    if first is None:
        period = turn.text("digest.search.period_none")
    elif last is None:
        period = turn.text("digest.search.period_open", first=f"{first:%d/%m/%Y}")
    else:
        period = turn.text("digest.search.period_closed", first=f"{first:%d/%m/%Y}", last=f"{last:%d/%m/%Y}")
    return Result(
        score,
        "digest.search.directive",
        {"document": _label(turn, directive), "items": len(items), "period": period},
        replaced,
        (_directive_choice(turn, directive),),
    )


def _item_result(turn: Turn, directive: Directive, item: DirectiveItem, score: float, replaced: bool) -> Result:
    return Result(
        score,
        "digest.search.item",
        {
            "number": item_number(item.path),
            "title": item.title,
            "document": _label(turn, directive),
            "summary": shortened(item.summary, SUMMARY_LIMIT),
        },
        replaced,
        (_item_choice(turn, item),),
    )


async def _plans(turn: Turn, query: Query) -> list[Result]:
    results = []
    for plan in await list_plans(turn.db):
        score = query.score(f"{plan.number or ''} {plan.name} {plan.year_from}")
        if score:
            document = {"kind": "ke_hoach", "number": plan.number, "title": plan.name}
            params: dict[str, object] = {
                "document": plan.name if plan.number is None else document_label(turn.catalog, document),
                "tasks": len(await tasks_of_plan(turn.db, plan.id)),
                "first": plan.year_from,
                "last": plan.year_to,
            }
            tasks = turn.choice("citizen.button.tasks", "tasks")
            results.append(Result(score, "digest.search.plan", params, choices=(tasks,)))
    return results


async def _offered(turn: Turn, key: str, **params: object) -> Reply:
    """The directives in force, to choose from."""
    known = await directives_known(turn.db, DirectiveState.IN_FORCE)
    if not known:
        return turn.say("digest.search.empty", turn.choice("citizen.button.menu", "menu"))
    return Reply(turn.text(key, **params), _several(_directive_choice(turn, directive) for directive in known))


def _several(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    return tuple(choices)[:MOST]


def _label(turn: Turn, directive: Directive) -> str:
    return document_label(turn.catalog, document_json(directive))


def _directive_choice(turn: Turn, directive: Directive) -> Choice:
    return Choice(shortened(_label(turn, directive), SUMMARY_LIMIT), choice_value("directive", directive.id))


def _item_choice(turn: Turn, item: DirectiveItem) -> Choice:
    return item_choice(turn.catalog, item.id, item_number(item.path), item.title)


CHOICES: dict[str, Handler] = {"directive": open_directive}
INTENTS: dict[str, Handler] = {"search_directive": search}
