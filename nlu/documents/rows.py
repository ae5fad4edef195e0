"""Rows of an annex's table as tasks: which words are the task, who leads, who helps, by when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from nlu.documents.annexes import Annex, Column, Row
from nlu.documents.deadlines import labelled_deadline
from nlu.documents.indicators import find_indicators
from nlu.documents.layout import Line, join
from nlu.documents.outline import shortened
from nlu.documents.parties import AGENCY, Party, Registry
from nlu.documents.roles import without
from nlu.documents.tasks import Task

_YEARS = re.compile(r"(?:20\d\d\s*[-–]\s*)?20\d\d|20\d\d\s*[-–]|[-–]\s*20\d\d")
_TIME = re.compile(r"(?:quý|tháng|năm|trước|hằng|hàng|thường xuyên|định kỳ|trong|chậm nhất|ngày)\b", re.IGNORECASE)
_NARROW = 0.62
"""A column of bodies is at most this part as wide as that of tasks."""
_MOST_SPLITS = 24
"""Lines of a row's second page that are still tried out in every way."""
_MOST_LINES = 160
"""Lines of a row; a longer one is no row of a table."""
_LONGEST_NAME = 14
"""Words."""
_LONGEST_TITLE = 160


@dataclass(slots=True)
class _Cells:
    """The words of a row by column; ``clear`` is false where columns could not be told apart for certain."""

    task: str = ""
    lead: list[Party] = field(default_factory=list)
    coordinators: list[Party] = field(default_factory=list)
    due: str = ""
    target: str = ""
    clear: bool = True


def row_tasks(registry: Registry, annex: Annex) -> Iterator[tuple[Task, bool]]:
    """The rows of an annex that are tasks, each with whether its columns were clear."""
    groups = annex.groups()
    for row in annex.rows:
        if row.number in groups or not row.text:
            continue
        cells = _cells(registry, annex, row)
        title = cells.task.strip(" .;:")
        if Column.TASK not in annex.columns:
            title = _placed(annex.title, title or cells.target.strip(" .;:"))
        yield (
            Task(
                path=f"{annex.prefix}{row.number}",
                title=shortened(title, _LONGEST_TITLE),
                lead=without(cells.lead, ()),
                coordinators=without(cells.coordinators, cells.lead),
                due=labelled_deadline(cells.due) if cells.due else None,
                indicators=list(
                    dict.fromkeys([*find_indicators(cells.task), *find_indicators(cells.target, stated=True)])
                ),
                lines=row.span,
                due_lines=row.span if cells.due else None,
            ),
            cells.clear,
        )


def _placed(work: str, part: str) -> str:
    """The title of an annex made a task of one place or one share of it."""
    return f"{shortened(work, max(40, _LONGEST_TITLE - len(part) - 2))}: {part}" if work and part else work or part


def _cells(registry: Registry, annex: Annex, row: Row) -> _Cells:
    if row.cells is not None:
        return _apart(registry, annex.columns, row.cells)
    below = [line for line in row.all_lines if line.text]
    narrow = Column.TASK in annex.columns and not row.segments[0][0].text and len(below) > 3
    return _stacked(registry, row) if narrow else _in_a_line(registry, annex.columns, row.text)


def _apart(registry: Registry, columns: Sequence[Column], cells: Sequence[str]) -> _Cells:
    found = _Cells()
    for column, cell in zip(columns, cells, strict=False):
        if column in (Column.TASK, Column.PLACE):
            found.task = " ".join([found.task, cell]).strip()
        elif column is Column.LEAD:
            found.lead += registry.parties(cell)
        elif column is Column.COORDINATORS:
            found.coordinators += registry.parties(cell)
        elif column is Column.DUE:
            found.due = cell
        else:
            found.target = cell
    return found


def _in_a_line(registry: Registry, columns: Sequence[Column], text: str) -> _Cells:
    """A row whose columns run on: bodies are found one by one, and a new column begins where no mark joins two."""
    names = list(_names(registry, text, bodies_first=bool(columns) and columns[0] is Column.LEAD))
    if not names:
        return _Cells(task=text, clear=False)
    runs = [[names[0]]]
    for before, after in pairwise(names):
        between = text[before[1] : after[0]].strip()
        if between in (";", ",", "và"):
            runs[-1].append(after)
        elif not between:
            runs.append([after])
        else:
            break
    end = runs[-1][-1][1]
    rest = text[end:].strip(" .;,")
    parties = [[registry.party(text[start:stop]) for start, stop in run] for run in runs]
    found = _Cells(task=text[: names[0][0]].strip(), lead=parties[0])
    found.coordinators = [party for run in parties[1:] for party in run]
    if rest and Column.DUE in columns and Column.TARGET not in columns:
        found.due = rest
    else:
        found.target = rest
    wanted = 1 + (Column.COORDINATORS in columns)
    found.clear = len(runs) == wanted and (bool(rest) is bool({Column.DUE, Column.TARGET} & set(columns)))
    return found


def _names(registry: Registry, text: str, bodies_first: bool) -> Iterator[tuple[int, int]]:
    """Offsets of the bodies in a row, longest names first; only names known for certain."""
    at = 0
    for match in re.finditer(r"\S+", text[:600]):
        if match.start() < at or (match.start() == 0 and not bodies_first):
            continue
        if not (match[0][:1].isupper() and AGENCY.match(text, match.start())):
            continue
        words = list(re.finditer(r"\S+", text[match.start() : match.start() + 200]))[:_LONGEST_NAME]
        for word in reversed(words):
            end = match.start() + word.end()
            name = text[match.start() : end].rstrip(" .;,")
            if registry.certain(name):
                at = match.start() + len(name)
                yield match.start(), at
                break


def _stacked(registry: Registry, row: Row) -> _Cells:
    """Columns printed one under the other. Bodies stand in narrow columns after the wide one of the task."""
    found = _Cells()
    pages = [[line for line in segment if line.text] for segment in row.segments]
    for index, lines in enumerate(pages):
        kept, due = _without_time(lines)
        pages[index] = kept
        found.due = found.due or due
    pages = [lines for lines in pages if lines]
    if not pages:
        return found
    begin = _narrow_start(registry, pages[0]) if sum(map(len, pages)) <= _MOST_LINES else None
    if begin is None:
        found.task, found.clear = _text([line for lines in pages for line in lines]), False
        return found
    best = (-1, 0, 0, 0)
    first, second = pages[0], [line for lines in pages[1:] for line in lines]
    for middle in [*_starts(first, begin + 1), len(first)]:
        for task_end, lead_end in _splits(second):
            score = _score(
                registry,
                _text([*first[begin:middle], *second[task_end:lead_end]]),
                _text([*first[middle:], *second[lead_end:]]),
            )
            if score > best[0]:
                best = (score, middle, task_end, lead_end)
    score, middle, task_end, lead_end = best
    found.task = _text([*first[:begin], *second[:task_end]])
    found.lead = registry.parties(_text([*first[begin:middle], *second[task_end:lead_end]]))
    found.coordinators = registry.parties(_text([*first[middle:], *second[lead_end:]]))
    found.clear = score >= 4
    return found


def _splits(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Ways to divide a row's second page into task, leaders and helpers; no leaders there is tried first."""
    if len(lines) > _MOST_SPLITS:
        yield len(lines), len(lines)
        return
    for task_end in range(len(lines), -1, -1):
        yield task_end, task_end
    for task_end in range(len(lines), -1, -1):
        for lead_end in range(task_end + 1, len(lines) + 1):
            yield task_end, lead_end


def _score(registry: Registry, lead: str, coordinators: str) -> int:
    """How well two cells read as lists of bodies: 2 for each whose every name is known; an empty cell of helpers is."""
    leaders, others = registry.parties(lead), registry.parties(coordinators)
    known = bool(leaders) and all(party.agency_id for party in leaders)
    helped = all(party.agency_id for party in others)
    return 2 * known + 2 * helped


def _narrow_start(registry: Registry, lines: Sequence[Line]) -> int | None:
    """The first line of the columns of bodies: it begins with one, and every line from there on is narrow."""
    width = max(len(line.text) for line in lines)
    limit = width if width < 20 else width * _NARROW
    tail = len(lines)
    while tail > 1 and len(lines[tail - 1].text) <= limit:
        tail -= 1
    return next(iter(_starts(lines, max(1, tail))), None)


def _starts(lines: Sequence[Line], begin: int) -> list[int]:
    """Lines from ``begin`` on where a cell of bodies can start: a body's first word, the line above not left open."""
    return [
        index
        for index in range(begin, len(lines))
        if lines[index].text[:1].isupper()
        and AGENCY.match(_text(lines[index : index + 3]))
        and not lines[index - 1].text.endswith((";", ","))
    ]


def _without_time(lines: list[Line]) -> tuple[list[Line], str]:
    """The lines without the last column's time, and that time."""
    end = len(lines)
    while end > 1 and end > len(lines) - 3 and (_YEARS.fullmatch(lines[end - 1].text)):
        end -= 1
    if end == len(lines) and end > 1 and _TIME.match(lines[-1].text) and len(lines[-1].text) < 30:
        end -= 1
    return lines[:end], _text(lines[end:])


def _text(lines: Sequence[Line]) -> str:
    return join(lines).text if lines else ""
