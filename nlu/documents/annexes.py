"""Annexes with a table of tasks, flattened to text: "TT | Nhiệm vụ | Đơn vị chủ trì | Đơn vị phối hợp | Thời gian".

Three shapes are read: rows with cells still apart ("| … | … |"); rows on one or few lines, where the names of bodies
show the columns; and narrow columns printed one under the other, line by line. What cannot be told apart is said, not
guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from nlu.documents.kinds import kind_alone
from nlu.documents.layout import Line, Paragraph, join
from nlu.documents.letters import bare

_TITLE = re.compile(r"phu luc(?:\s+(?:so\s+)?(?P<label>\d{1,2}|[ivx]{1,5}))?\s*[.:]?(?P<rest>\s+\S.*)?")
_ATTACHED = re.compile(r"\(?\s*(?:ban hanh )?kem theo\b")
_HEADER = re.compile(r"(?:s?tt|so tt)\b")
_ROW = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,2}){0,3})\.?(?:\s+(?P<rest>\S.*))?$")
_PAGE = re.compile(r"\d{1,3}")
_GROUP = re.compile(r"[IVX]{1,5}\.?\s+[A-ZĐÀ-Ỹ].{2,80}|[A-D]\.\s+[A-ZĐÀ-Ỹ].{2,80}")
"""A line that heads rows of a flattened table: "II Kiểm tra"."""
_WORK = re.compile(r"\bnhiem vu|\bhoat dong|\bcong viec|\bgiai phap")
_MOST_HEADER_ROWS = 3
_LONGEST_HEADER = 16
_LONGEST_HEAD = 300
"""Characters of a table's head on one line."""


class Column(Enum):
    TASK = auto()
    PLACE = auto()
    LEAD = auto()
    COORDINATORS = auto()
    DUE = auto()
    TARGET = auto()


_COLUMNS = (
    (Column.COORDINATORS, r"phoi hop"),
    (Column.LEAD, r"chu tri|(?:don vi|co quan)(?: chiu trach nhiem)? thuc hien|chiu trach nhiem|phan cong"),
    (Column.DUE, r"thoi\s+gian|thoi han|tien do|hoan thanh"),
    (Column.TARGET, r"chi tieu|muc tieu|so luong|ket qua|san pham"),
    (Column.PLACE, r"dia diem|dia ban|dia phuong|ten (?:xa|don vi)"),
    (Column.TASK, r"nhiem vu|giai phap|noi dung|hoat dong|cong viec"),
)


@dataclass(slots=True)
class Row:
    """A numbered row: its number, and its lines page by page, the first one without the number."""

    number: str
    segments: list[list[Line]] = field(default_factory=lambda: [[]])
    cells: list[str] | None = None
    """The cells, where the text keeps them apart; without the number."""

    @property
    def all_lines(self) -> list[Line]:
        return [line for segment in self.segments for line in segment]

    @property
    def text(self) -> str:
        return join(self.all_lines).text if self.all_lines else ""

    @property
    def span(self) -> tuple[int, int]:
        numbers = [line.number for line in self.all_lines]
        return min(numbers), max(numbers)


@dataclass(slots=True)
class Annex:
    """An annex: label ("01", "i", "" for the only one), title, the columns in order, the rows, and its first line."""

    label: str
    line: int
    title: str = ""
    columns: list[Column] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    gaps: list[tuple[int, str, str]] = field(default_factory=list)
    """Where numbering jumps: line, last number before, first number after."""
    section: str | None = None
    """The path of the part a table in the body stands in; None for an annex."""

    work: bool = False
    """A header names work: "Nhiệm vụ", "Hoạt động"; "Nội dung" alone may stand over prices."""

    @property
    def assigns(self) -> bool:
        """Whether the table gives work: somebody to do it, a time, shares by place, or work by its name."""
        columns = set(self.columns)
        told = {Column.LEAD, Column.COORDINATORS, Column.DUE} & columns or {Column.PLACE, Column.TARGET} <= columns
        return self.work or bool(told)

    @property
    def prefix(self) -> str:
        """What comes before a row's number in its path."""
        if self.section is None:
            return f"PL{self.label.upper()}."
        return f"{self.section}." if self.section else "Bảng."

    def groups(self) -> set[str]:
        """Numbers of rows that only head others: "1" where there is "1.1"."""
        return {row.number.rpartition(".")[0] for row in self.rows if "." in row.number}


def take_tables(paragraphs: Sequence[Paragraph]) -> tuple[list[Paragraph], list[tuple[int, Annex]]]:
    """The paragraphs of a body without its tables of tasks, and the tables, each with how many paragraphs come before.

    A table that is no table of tasks is left out too: its cells are no prose.
    """
    kept: list[Paragraph] = []
    tables: list[tuple[int, Annex]] = []
    run: list[Paragraph] = []
    for paragraph in [*paragraphs, None]:
        if paragraph is not None and paragraph.text.startswith("|"):
            run.append(paragraph)
            continue
        head = next((at for at, row in enumerate(run) if _is_header(row.text)), None)
        if head is not None and len(run) > head + 1:
            found = Annex("", run[head].first, section="")
            _read_cells(found, [Line(row.first, row.text) for row in run[head:]])
            tables.append((len(kept), found))
        run = []
        if paragraph is not None:
            kept.append(paragraph)
    return kept, tables


def heads_table(text: str) -> bool:
    """Whether a line of prose is the head of a table whose cells ran together."""
    return _is_header(text) and len(text) < _LONGEST_HEAD and Column.LEAD in _columns(text)


def attachment_start(lines: Sequence[Line], start: int, end: int) -> tuple[int, int] | None:
    """Where a plan or rules issued with a decision begin below its signature: the line of its title, and of its text.

    "KẾ HOẠCH / … / (Ban hành kèm theo Quyết định số …)".
    """
    for index in range(start, end):
        text = lines[index].text
        if not (text.isupper() and kind_alone(text)):
            continue
        near = [at for at in range(index + 1, min(end, index + 16)) if lines[at].text][:8]
        attached = next((at for at in near if _ATTACHED.match(bare(lines[at].text))), None)
        if attached is not None:
            return index, attached + 1
    return None


def annex_starts(lines: Sequence[Line], start: int) -> list[int]:
    """Indexes of the lines on which an annex begins, from index ``start`` on."""
    found = []
    for index in range(start, len(lines)):
        text = lines[index].text
        match = _TITLE.fullmatch(bare(text)) if text[:1] == "P" and len(text) < 160 else None
        if match and (not match["rest"] or text[match.start("rest") :].strip()[:1].isupper()):
            found.append(index)
    return found


def read_annex(lines: Sequence[Line]) -> Annex:
    """The annex that begins with the first of these lines."""
    match = _TITLE.fullmatch(bare(lines[0].text))
    found = Annex((match["label"] or "") if match else "", lines[0].number)
    head = next((i for i in range(1, len(lines)) if _is_header(lines[i].text)), len(lines))
    found.title = _title(lines, match, head)
    if head == len(lines):
        return found
    if lines[head].text.startswith("|"):
        _read_cells(found, lines[head:])
    else:
        _read_flat(found, lines, head)
    return found


def _is_header(text: str) -> bool:
    return bool(_HEADER.match(bare(text.lstrip("| ")[:8])))


def _title(lines: Sequence[Line], match: re.Match[str] | None, head: int) -> str:
    words = [lines[0].text[match.start("rest") :].strip()] if match and match["rest"] else []
    for line in lines[1 : min(head, 30)]:
        if _ATTACHED.match(bare(line.text)):
            break
        words.append(line.text)
    return " ".join(" ".join(words).split())


def named_column(cell: str) -> Column | None:
    """The column a header's cell names by a word of its own."""
    words = bare(cell)
    return next((column for column, pattern in _COLUMNS if re.search(pattern, words)), None)


def _column(cell: str) -> Column:
    """The column a header's cell names; one with unknown words is more of the task."""
    words = bare(cell)
    named = named_column(cell)
    if named is not None:
        return named
    return Column.LEAD if re.match(r"(?:don vi|co quan)\b", words) else Column.TASK


def _columns(header: str) -> list[Column]:
    """The columns a header names, in the order of their names."""
    places: dict[Column, int] = {}
    words = bare(header)
    for column, pattern in _COLUMNS:
        match = re.search(pattern, words)
        if match:
            places[column] = match.start()
    if Column.LEAD not in places:
        match = re.search(r"\b(?:don vi|co quan)\b", words)
        if match:
            places[Column.LEAD] = match.start()
    return sorted(places, key=lambda column: places[column])


def _read_cells(found: Annex, lines: Sequence[Line]) -> None:
    """Rows of "| … |": the header's cells name the columns, in order."""
    header = _cells_of(lines[0].text)
    lines = [line for line in lines if line.text]
    for line in lines[1:_MOST_HEADER_ROWS]:  # a second row of names: "Đơn vị" over "Chủ trì" and "Phối hợp"
        below = _cells_of(line.text) if line.text.startswith("|") else []
        named = [cell for cell in below[1:] if cell]
        if below[:1] != [""] or len(below) != len(header) or not named or not all(map(named_column, named)):
            break
        header = [" ".join(pair).strip() for pair in zip(header, below, strict=True)]
        lines = [lines[0], *lines[2:]]
    found.columns = [_column(cell) for cell in header[1:]]
    found.work = any(_WORK.search(bare(cell)) for cell in header[1:])
    for line in lines[1:]:
        if not line.text.startswith("|"):
            continue
        cells = _cells_of(line.text)
        if found.rows and found.rows[-1].cells and not cells[0] and len(cells) == len(found.rows[-1].cells) + 1:
            row = found.rows[-1]  # a row merged downwards, or broken by a page
            row.cells = [" ".join(pair).strip() for pair in zip(found.rows[-1].cells, cells[1:], strict=True)]
            row.segments[0].append(line)
            continue
        match = _ROW.fullmatch(cells[0]) if cells else None
        if match:
            _note_gap(found, line.number, match["number"])
            found.rows.append(Row(match["number"], [[line]], cells[1:]))


def _cells_of(text: str) -> list[str]:
    return [cell.strip() for cell in text.removeprefix("|").removesuffix("|").split("|")]


def _read_flat(found: Annex, lines: Sequence[Line], head: int) -> None:
    """Rows of flattened text. A header repeated on each page, and the page's number above it, are left out."""
    first = next((i for i in range(head + 1, len(lines)) if _follows("", lines[i].text)), None)
    if first is None or first - head > 4 * _LONGEST_HEADER:
        return
    header = [line.text for line in lines[head:first] if line.text]
    found.columns = _columns(" ".join(header))
    found.work = bool(_WORK.search(bare(" ".join(header))))
    last = ""
    rows = found.rows
    for line, fresh in _body(lines, first, header):
        match = _ROW.fullmatch(line.text)
        if match and _follows(last, line.text):
            last = match["number"]
            _note_gap(found, line.number, last)
            rows.append(Row(last, [[Line(line.number, match["rest"] or "")]]))
        elif rows and _GROUP.fullmatch(line.text):
            continue
        elif rows:
            if fresh and rows[-1].segments[-1]:
                rows[-1].segments.append([])
            rows[-1].segments[-1].append(line)
    _one_cell_a_line(found, header)


def _one_cell_a_line(found: Annex, header: Sequence[str]) -> None:
    """Take rows apart whose every cell is one line, under a header whose every cell is one line."""
    columns = [named_column(cell) for cell in header[1:]]
    if len(columns) < 2 or None in columns or len(set(columns)) < len(columns):
        return
    found.columns = [column for column in columns if column]
    for row in found.rows:
        cells = [line.text for line in row.all_lines if line.text]
        if len(cells) == len(columns):
            row.cells = cells


def _note_gap(found: Annex, line: int, number: str) -> None:
    """Note where a row's number is not the one after the row before it."""
    last = found.rows[-1].number if found.rows else ""
    if last and not _next(last, number):
        found.gaps.append((line, last, number))


def _body(lines: Sequence[Line], first: int, header: Sequence[str]) -> Iterator[tuple[Line, bool]]:
    """Lines with words after the header; true with the first one after a repeated header."""
    index, fresh = first, False
    while index < len(lines):
        line = lines[index]
        if not line.text:
            index += 1
            continue
        if _is_header(line.text) and (end := _past_header(lines, index, header)):
            index, fresh = end, True
            continue
        if _PAGE.fullmatch(line.text):
            after = next((i for i in range(index + 1, min(len(lines), index + 6)) if lines[i].text), None)
            if after is not None and _is_header(lines[after].text) and _past_header(lines, after, header):
                index = after
                continue
        yield line, fresh
        fresh = False
        index += 1


def _past_header(lines: Sequence[Line], index: int, header: Sequence[str]) -> int:
    """The index after a repeated header beginning at ``index``; 0 when it is none."""
    for text in header:
        while index < len(lines) and not lines[index].text:
            index += 1
        if index >= len(lines) or lines[index].text != text:
            return 0
        index += 1
    return index


def _follows(last: str, text: str) -> bool:
    """Whether a line's number can be that of the row after ``last``: the next one, or a small jump on one level."""
    match = _ROW.fullmatch(text)
    if match is None:
        return False
    number = match["number"]
    if not last:
        return number in ("1", "1.1")
    return _next(last, number) or (number.count(".") == last.count(".") and _jump(last, number) in (2, 3))


def _next(last: str, number: str) -> bool:
    """Whether ``number`` comes right after ``last``: 1.2 after 1.1, 1.1 after 1, 2 after 1.4, 2.1 after 1.4."""
    parts = [int(part) for part in last.split(".")]
    now = [int(part) for part in number.split(".")]
    if now == [*parts, 1]:
        return True
    return any(now == [*parts[:at], parts[at] + 1, *[1] * (len(now) - at - 1)] for at in range(len(parts)))


def _jump(last: str, number: str) -> int:
    """How far the last part moved when the parts before it are the same; 0 otherwise."""
    before, _, end = last.rpartition(".")
    again, _, now = number.rpartition(".")
    return int(now) - int(end) if before == again else 0
