"""The text of a .docx: paragraphs, tables with their cells apart, footnotes at the end."""

from __future__ import annotations

import io
import re
import zipfile
from html.parser import HTMLParser

import mammoth
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from bot.docx_numbers import write_out_numbers
from nlu.documents.stamps import bears_secret_stamp

_WORD_ART = "{urn:schemas-microsoft-com:vml}textpath"
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_BLOCKS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "li"))
_SIDE_BY_SIDE = ("cộng hòa xã hội", "cộng hoà xã hội", "đảng cộng sản việt nam", "nơi nhận")
"""Words of the tables that only put two columns of a head or a closing beside each other."""
_SIGNED = re.compile(r"(?:TM|KT|TL|TUQ|Q)\. ?[A-ZĐ]|T/M |K/T |T/L ")
"""How a cell begins that holds a signature."""
_MOST_SPAN = 60
"""Columns or rows one cell may cover."""


def docx_text(content: bytes) -> str:
    """The text of a .docx, one line per paragraph, a blank line between.

    Raises whatever the libraries raise for a broken file.
    """
    html = mammoth.convert_to_html(
        io.BytesIO(write_out_numbers(content)), convert_image=lambda _image: [], ignore_empty_paragraphs=True
    )
    flow = _Flow()
    flow.feed(html.value)
    flow.close()
    return "\n\n".join([*_stamps(content), *flow.lines, *flow.notes])


def _stamps(content: bytes) -> list[str]:
    """A stamp of secrecy set in a page's header or footer or in a text box, where the text itself has none."""
    found: list[str] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if re.fullmatch(r"word/(?:header|footer)\d*\.xml", name) or name == "word/document.xml":
                root = parse_xml(archive.read(name))
                boxes = [root] if name != "word/document.xml" else root.iter(qn("w:txbxContent"))
                paragraphs = (part for box in boxes for part in box.iter(qn("w:p")))
                words = ["".join(piece.text or "" for piece in part.iter(qn("w:t"))) for part in paragraphs]
                words += [str(art.get("string") or "") for art in root.iter(_WORD_ART)]
                found += [text for text in words if bears_secret_stamp(text)]
    return found[:1]


def _count(span: str | None) -> int:
    return min(int(span), _MOST_SPAN) if span and span.isdigit() and int(span) > 0 else 1


def _only_sets_side_by_side(table: list[list[list[str]]]) -> bool:
    """Whether a table holds no data: a head, a closing, or one row of several paragraphs beside each other."""
    words = "\n".join(line for row in table for cell in row for line in cell).lower()
    signed = any(cell and _SIGNED.match(cell[0]) for row in table for cell in row)
    single = len(table) == 1 and any(len(cell) > 1 or "\n" in "".join(cell) for cell in table[0])
    return signed or single or any(sign in words for sign in _SIDE_BY_SIDE)


class _Flow(HTMLParser):
    """Collects the lines of mammoth's HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.notes: list[str] = []
        self._words: list[str] = []
        self._tables: list[list[list[list[str]]]] = []
        """Open tables: rows of cells of paragraphs; a cell that covers several columns is followed by empty ones."""
        self._spans: list[dict[int, tuple[int, list[str]]]] = []
        """For each open table the columns covered from above: how many more rows, and by which cell."""
        self._open: list[str] = []
        """The cell that takes the words now."""
        self._note: str | None = None
        self._skipping = False
        self._raised = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _BLOCKS:
            self._end_line()
        if tag == "table":
            self._end_line()
            self._tables.append([])
            self._spans.append({})
        elif tag == "tr" and self._tables:
            self._tables[-1].append([])
            self._cover()
        elif tag in ("td", "th") and self._tables and self._tables[-1]:
            self._cell(_count(given.get("colspan")), _count(given.get("rowspan")))
        elif tag == "li" and (given.get("id") or "").startswith("footnote-"):
            self._note = str(given["id"]).removeprefix("footnote-")
        elif tag == "sup":
            self._raised = True
        elif tag == "br":
            self._words.append("\n")
        elif tag == "a" and (given.get("href") or "").startswith("#footnote-"):
            self._skipping = True
            if not str(given["href"]).startswith("#footnote-ref-"):
                self._words.append(str(given["href"]).removeprefix("#footnote-").translate(_RAISED))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS or tag in ("td", "th"):
            self._end_line()
        if tag in ("td", "th") and self._tables and self._tables[-1]:
            self._cover()
        if tag == "li":
            self._note = None
        elif tag == "sup":
            self._raised = False
        elif tag == "a":
            self._skipping = False
        elif tag == "table" and self._tables:
            self._end_table()

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._words.append(data.translate(_RAISED) if self._raised and data.strip().isdigit() else data)

    def close(self) -> None:
        super().close()
        self._end_line()

    def _end_line(self) -> None:
        pieces = (" ".join(piece.split()) for piece in "".join(self._words).split("\n"))
        line = "\n".join(piece for piece in pieces if piece)
        self._words.clear()
        if not line:
            return
        if self._note is not None:
            self.notes.append(f"{self._note.translate(_RAISED)} {' '.join(line.split())}")
        elif self._tables and self._tables[-1] and self._tables[-1][-1]:
            self._open.append(line)
        else:
            self.lines.append(line)

    def _cell(self, columns: int, rows: int) -> None:
        """Open a cell; where it covers more columns, empty ones stand before the next."""
        row, spans = self._tables[-1][-1], self._spans[-1]
        cell: list[str] = []
        for place in range(len(row), len(row) + columns):
            if rows > 1:
                spans[place] = (rows - 1, cell if place == len(row) else [])
        row += [[] for _ in range(columns - 1)]
        row.insert(len(row) - (columns - 1), cell)
        self._open = cell

    def _cover(self) -> None:
        """Add the cells that reach down into this row. They are said again in a row with a number of its own; a row
        whose number reaches down too only goes on with the one above."""
        row, spans = self._tables[-1][-1], self._spans[-1]
        while len(row) in spans:
            left, above = spans.pop(len(row))
            if left > 1:
                spans[len(row)] = (left - 1, above)
            going_on = not row or (not row[0] and len(self._tables[-1]) > 1)
            row.append([] if going_on else list(above))

    def _end_table(self) -> None:
        """A table of data keeps its cells apart; one that only sets columns side by side is read column by column."""
        table = self._tables.pop()
        self._spans.pop()
        if self._tables and self._tables[-1] and self._tables[-1][-1]:
            self._open = self._tables[-1][-1][-1]
        if _only_sets_side_by_side(table):
            for column in range(max((len(row) for row in table), default=0)):
                block = [line for row in table if column < len(row) for line in row[column]]
                if block:
                    self._emit("\n".join(block))
        else:
            rows = [[" ".join(" ".join(cell).split()).replace("|", "/") for cell in row] for row in table]
            lines = ["| " + " | ".join(row) + " |" for row in rows if any(row)]
            if lines:
                self._emit("\n".join(lines))

    def _emit(self, block: str) -> None:
        if self._tables and self._tables[-1] and self._tables[-1][-1]:
            self._open.append(block)
        else:
            self.lines.append(block)
