"""Long tables of a document made from a template: docxtpl renders one row of each look, the others are copied from it.

Rendered by the template engine, ten thousand rows took half a minute and a gigabyte. They look as the template, which
may be edited in Word, has them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from lxml import etree

from bot.exports.rows import Row
from bot.exports.sheets import plain_text

_OPEN, _CLOSE = "\ue000", "\ue001"
"""Around the names of fields in a sample row; nobody's text has them (Unicode's private use area)."""
_FIELD = re.compile(f"{_OPEN}[^{_CLOSE}]*?\\.([a-z_]+){_CLOSE}")
_DECLARED = re.compile(r' xmlns:\w+="[^"]*"')
_MARK = "loa-rows"
"""Names the processing instruction that stands for a table's rows while the document is put together."""
_BREAK = '</w:t><w:br/><w:t xml:space="preserve">'
LOOKS = ("", "1")
"""Values of ``bold``, by which a template may tell rows apart."""


def samples(name: str, rows: Sequence[Row]) -> list[Row]:
    """What the template is given instead of the rows: one for each look, none when there is no row."""
    keys = [key for key in (rows[0] if rows else {}) if key != "bold"]
    return [{**{key: f"{_OPEN}{name}.{key}{_CLOSE}" for key in keys}, "bold": bold} for bold in LOOKS if keys]


def save(template: DocxTemplate, tables: Mapping[str, Sequence[Row]], path: Path) -> None:
    """Write the rendered template to ``path`` with the rows of each table in the place of their samples.

    They never become a tree: that of a large document is ten times as large as the document.
    """
    looks = {name: looked for name in tables if (looked := _taken_out(template.docx.element.body, name))}
    made = io.BytesIO()
    template.save(made)
    main = str(template.docx.part.partname).lstrip("/")
    with ZipFile(made) as short, ZipFile(path, "w", ZIP_DEFLATED) as long:
        for entry in short.infolist():
            if entry.filename != main:
                long.writestr(entry, short.read(entry))
                continue
            with long.open(main, "w") as file:
                for piece in _pieces(short.read(entry).decode(), looks, tables):
                    file.write(piece.encode())


def _taken_out(body: Any, name: str) -> dict[str, str]:
    """The samples of a table by their look, as XML; a mark is left in their place. None where the template was edited
    and shows them no more."""
    mark = f"{_OPEN}{name}."
    found = [row for row in body.iter(qn("w:tr")) if any(mark in (text.text or "") for text in row.iter(qn("w:t")))]
    if len(found) != len(LOOKS):
        return {}
    found[0].addprevious(etree.ProcessingInstruction(_MARK, name))
    for row in found:
        row.getparent().remove(row)
    return {bold: _source(row) for bold, row in zip(LOOKS, found, strict=True)}


def _pieces(xml: str, looks: Mapping[str, Mapping[str, str]], tables: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """The document bit by bit: what stands between the marks, and the rows of each."""
    for place, piece in enumerate(re.split(rf"<\?{_MARK} (\w+)\?>", xml)):
        if place % 2 == 0:
            yield piece
            continue
        for row in tables[piece]:
            yield _row(looks[piece][row.get("bold", "")], row)


def _source(row: Any) -> str:
    """The row as XML; the prefixes it uses are declared at the root of the document."""
    return _DECLARED.sub("", etree.tostring(row, encoding="unicode", with_tail=False))


def _row(source: str, row: Row) -> str:
    return _FIELD.sub(lambda field: _words(row.get(field.group(1), "")), source)


def _words(text: str) -> str:
    return escape(plain_text(text)).replace("\n", _BREAK)
