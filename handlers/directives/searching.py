"""Finding a directive, one of its items, a plan or a task in chat: by number, by words, with or without diacritics.

Officers only: a citizen is told whom it is for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from content.whole_numbers import whole
from handlers.digests.reading import officers_only
from handlers.digests.rendering import document_label, item_choice, shortened
from handlers.digests.sections import document_json, item_number
from handlers.directives.asking import Query
from handlers.messages import CHOICE_BYTES, Attachment, Choice, Reply, choice_value, plain
from handlers.plans.duties import agency_name
from handlers.turn import Handler, Turn
from storage.agencies import groups_of
from storage.archive import ArchiveEntry, ArchiveKind, Search, agencies_concerned
from storage.directives import Directive, DirectiveItem, DirectiveState, directives_known, items_of
from storage.files import StoredFile
from storage.plans import Plan, Task, tasks_of_plan
from storage.reviews import DirectiveReview

PAGE = 4
"""Results on one page: with "next page" they fill the five buttons the narrowest channel has."""
OFFERED = 5
"""Directives offered to somebody who names no subject."""
QUERY_LIMIT = 60
"""Characters of the question that are repeated back."""
SUMMARY_LIMIT = 160
TOLD = (DirectiveState.IN_FORCE, DirectiveState.REPLACED)
"""States of the directives officers may find; what nobody has put into force is the department's own."""
BOLD = "**"


@dataclass(frozen=True, slots=True)
class Result:
    """One thing found, in words."""

    key: str
    params: dict[str, object]
    replaced: bool = False
    choices: tuple[Choice, ...] = field(default=())


async def search(turn: Turn, _arguments: list[str]) -> list[Reply]:
    """Answer a question after a document; without a subject, offer those in force."""
    return await _answered(turn, turn.message.text, 1)


async def turn_page(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``find:<page>:<words>``."""
    page, words = (arguments[0], arguments[1]) if len(arguments) == 2 else ("", "")
    number = whole(page, 3) or 1
    return await _answered(turn, words, number)


async def _answered(turn: Turn, text: str, page: int) -> list[Reply]:
    if turn.contact is None:
        return [officers_only(turn)]
    query = Query.read(text)
    if not query.words:
        return [await _offered(turn, "digest.search.ask")]
    found = await query.ranked(turn.db, Search(states=TOLD))
    asked = plain(shortened(text, QUERY_LIMIT))
    if not found:
        return [await _offered(turn, "digest.search.nothing", query=asked)]
    pages = -(-len(found) // PAGE)
    page = min(max(page, 1), pages)
    key = "digest.search.found" if pages == 1 else "digest.search.found_page"
    lines = [turn.text(key, query=asked, count=len(found), page=page, pages=pages)]
    choices: list[Choice] = []
    for place, entry in enumerate(found[(page - 1) * PAGE : page * PAGE], (page - 1) * PAGE + 1):
        result = await _told(turn, query, entry)
        line = turn.text(result.key, place=place, **result.params)
        lines.append(turn.text("digest.search.replaced", line=line) if result.replaced else line)
        choices += [Choice(f"{place}. {choice.label}", choice.value) for choice in result.choices]
    if pages > 1:
        choices.append(turn.choice("officer.button.more", _page_value(page % pages + 1, query)))
    return [Reply("\n\n".join(lines), tuple(choices))]


def _page_value(page: int, query: Query) -> str:
    """The value of "next page"; it carries as many words of the question as a button may."""
    value = choice_value("find", page, " ".join(query.words))
    return value if len(value) <= CHOICE_BYTES else value[: CHOICE_BYTES + 1].rpartition(" ")[0]


async def open_directive(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``directive:<id>``: the items of a directive."""
    if turn.contact is None:
        return [officers_only(turn)]
    directive = await turn.db.get(Directive, arguments[0]) if arguments else None
    if directive is None or directive.state not in TOLD:
        return [await _offered(turn, "digest.search.ask")]
    items = [item for item in await items_of(turn.db, directive.id) if item.parent_id is None]
    lines = [turn.text("digest.search.directive_heading", document=_label(turn, directive))]
    lines += [turn.text("digest.line.item", number=item_number(item.path), title=item.title) for item in items]
    choices = [_item_choice(turn, item) for item in items]
    if await _original(turn, directive) is not None:
        choices.append(turn.choice("digest.button.original", choice_value("original", directive.id)))
    return [Reply("\n".join(lines), tuple(choices))]


async def send_original(turn: Turn, arguments: list[str]) -> list[Reply]:
    """``original:<directive id>``: the file itself, for officers of an agency the directive concerns."""
    if turn.contact is None:
        return [officers_only(turn)]
    directive = await turn.db.get(Directive, arguments[0]) if arguments else None
    file = await _original(turn, directive) if directive and directive.state in TOLD else None
    if directive is None or file is None:
        return [turn.say("digest.search.no_original", turn.choice("citizen.button.menu", "menu"))]
    assert file.id is not None
    instead = turn.text("digest.search.original_instead", name=file.name)
    attachment = Attachment(file.id, file.name, file.media_type, file.size, instead)
    text = turn.text("digest.search.original", document=_label(turn, directive))
    return [Reply(text, (_directive_choice(turn, directive),), attachment=attachment)]


async def _original(turn: Turn, directive: Directive) -> StoredFile | None:
    """The file, when there is one and the officer's agency is concerned: named in the directive, its issuer, or us."""
    assert turn.contact is not None
    review = await turn.db.get(DirectiveReview, directive.id)
    if review is None or review.file_id is None:
        return None
    mine = {turn.contact.agency_id, *await groups_of(turn.db, turn.contact.agency_id, turn.local_now.date())}
    concerned = {turn.catalog.province.department.id, *await agencies_concerned(turn.db, directive.id)}
    return await turn.db.get(StoredFile, review.file_id) if mine & concerned else None


async def _told(turn: Turn, query: Query, entry: ArchiveEntry) -> Result:
    """One entry in words, with the button that opens it."""
    if entry.kind is ArchiveKind.PLAN:
        return await _plan(turn, await turn.db.get_one(Plan, entry.subject_id))
    directive = await turn.db.get(Directive, entry.document_id)
    replaced = directive is not None and directive.state is DirectiveState.REPLACED
    if entry.kind is ArchiveKind.TASK:
        return await _task(turn, entry, directive, replaced)
    assert directive is not None
    if entry.kind is ArchiveKind.DIRECTIVE:
        return await _directive(turn, directive, replaced)
    item = await turn.db.get_one(DirectiveItem, entry.subject_id)
    params: dict[str, object] = {
        "number": item_number(item.path),
        "title": item.title,
        "document": _label(turn, directive),
        "summary": query.snippet(plain(item.summary), SUMMARY_LIMIT, BOLD),
    }
    return Result("digest.search.item", params, replaced, (_item_choice(turn, item),))


async def _directive(turn: Turn, directive: Directive, replaced: bool) -> Result:
    first, last = directive.period_from, directive.period_to
    if first is None:
        period = turn.text("digest.search.period_none")
    elif last is None:
        period = turn.text("digest.search.period_open", first=f"{first:%d/%m/%Y}")
    else:
        period = turn.text("digest.search.period_closed", first=f"{first:%d/%m/%Y}", last=f"{last:%d/%m/%Y}")
    params: dict[str, object] = {
        "document": _label(turn, directive),
        "items": len(await items_of(turn.db, directive.id)),
        "period": period,
    }
    return Result("digest.search.directive", params, replaced, (_directive_choice(turn, directive),))


async def _plan(turn: Turn, plan: Plan) -> Result:
    params: dict[str, object] = {
        "document": _plan_label(turn, plan),
        "tasks": len(await tasks_of_plan(turn.db, plan.id)),
        "first": plan.year_from,
        "last": plan.year_to,
    }
    return Result("digest.search.plan", params, choices=(turn.choice("citizen.button.tasks", "tasks"),))


def _plan_label(turn: Turn, plan: Plan) -> str:
    document = {"kind": "ke_hoach", "number": plan.number, "title": plan.name}
    return plan.name if plan.number is None else document_label(turn.catalog, document)


async def _task(turn: Turn, entry: ArchiveEntry, directive: Directive | None, replaced: bool) -> Result:
    """A task; only whoever has a part in it can open it."""
    assert turn.contact is not None
    task = await turn.db.get_one(Task, entry.subject_id)
    bodies = entry.agencies.split()
    mine = {turn.contact.agency_id, *await groups_of(turn.db, turn.contact.agency_id, turn.local_now.date())}
    label = _label(turn, directive) if directive else _plan_label(turn, await turn.db.get_one(Plan, task.plan_id))
    params: dict[str, object] = {
        "title": task.title,
        "document": label,
        "leads": "; ".join(agency_name(turn, body) for body in bodies) or turn.text("digest.search.nobody"),
        "due": task.deadline_as_written or turn.text("digest.search.no_due"),
    }
    choices = (_task_choice(turn, task),) if mine.intersection(bodies) else ()
    return Result("digest.search.task", params, replaced, choices)


async def _offered(turn: Turn, key: str, **params: object) -> Reply:
    """The directives in force, to choose from."""
    known = await directives_known(turn.db, DirectiveState.IN_FORCE)
    if not known:
        return turn.say("digest.search.empty", turn.choice("citizen.button.menu", "menu"))
    return Reply(turn.text(key, **params), _several(_directive_choice(turn, directive) for directive in known))


def _several(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    return tuple(choices)[:OFFERED]


def _label(turn: Turn, directive: Directive) -> str:
    return document_label(turn.catalog, document_json(directive))


def _directive_choice(turn: Turn, directive: Directive) -> Choice:
    return Choice(shortened(_label(turn, directive), SUMMARY_LIMIT), choice_value("directive", directive.id))


def _item_choice(turn: Turn, item: DirectiveItem) -> Choice:
    return item_choice(turn.catalog, item.id, item_number(item.path), item.title)


def _task_choice(turn: Turn, task: Task) -> Choice:
    return turn.choice("digest.button.task", choice_value("task", task.id), title=shortened(task.title, QUERY_LIMIT))


CHOICES: dict[str, Handler] = {"directive": open_directive, "find": turn_page, "original": send_original}
INTENTS: dict[str, Handler] = {"search_directive": search}
