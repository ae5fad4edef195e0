"""What Loa does not ask, refused by its cell before anything else is read; what it loses without harm is said."""

from __future__ import annotations

from bot.xlsforms.book import YES, Book, select_of, type_of
from bot.xlsforms.columns import BEGIN, END, KINDS, METADATA, REFUSED, SHOWN_ONLY
from bot.xlsforms.sheets import Row, base_of, value_of

DEEPEST = 5
"""Groups within groups."""


def check(book: Book) -> None:
    """Note every type and column that is not taken."""
    _types(book)
    _columns(book)
    others = [one for one in book.languages if one != book.language]
    if others:
        book.leave_out("", "languages", ", ".join(others))


def _types(book: Book) -> None:
    depth = 0
    for row in book.survey.rows:
        kind = type_of(row)
        depth += (kind in BEGIN) - (kind in END)
        if depth > DEEPEST:
            book.refuse(row, "type", "deep", str(DEEPEST))
            return
        _type(book, row, kind)


def _type(book: Book, row: Row, kind: str) -> None:
    if kind in ("select_one", "select_multiple"):
        book.refuse(row, "type", "no_list")
    elif kind in METADATA:
        book.leave_out(book.survey.cell(row, "type"), "metadata", value_of(row, "type"))
    elif kind and kind not in END and kind not in BEGIN and kind not in KINDS and select_of(row) is None:
        book.refuse(row, "type", "geo" if kind.startswith("geo") else "type", value_of(row, "type"))


def _columns(book: Book) -> None:
    for heading in book.survey.headings:
        base = base_of(heading)
        used = [row for row in book.survey.rows if row.cells.get(heading)]
        if base in REFUSED:
            for row in used:
                book.refuse(row, base, base, row.cells[heading])
        elif base in SHOWN_ONLY and used:
            book.leave_out(book.survey.cell(used[0], base), "shown_only", heading)
        elif base in ("read_only", "readonly"):
            for row in used:
                if row.cells[heading].lower() in YES:
                    book.refuse(row, base, "read_only")
