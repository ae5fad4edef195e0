"""Long tables of a document made from a template: docxtpl renders one row of each look, the others are copied from it.

Rendered by the template engine, ten thousand rows took half a minute and a gigabyte. They look as the template, which
may be edited in Word, has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from docx.oxml.ns import qn
from lxml import etree

from bot.exports.rows import Row
from bot.exports.sheets import plain_text

_OPEN, _CLOSE = "\ue000", "\ue001"
"""Around the names of fields in a sample row; nobody's text has them (Unicode's private use area)."""
_FIELD = re.compile(f"{_OPEN}[^{_CLOSE}]*?\\.([a-z_]+){_CLOSE}")
_DECLARED = re.compile(r' xmlns:\w+="[^"]*"')
_BREAK = '</w:t><w:br/><w:t xml:space="preserve">'
TOGETHER = 500
"""Rows made at once."""
LOOKS = ("", "1")
"""Values of ``bold``, by which a template may tell rows apart."""


def samples(name: str, rows: Sequence[Row]) -> list[Row]:
    """What the template is given instead of the rows: one for each look, none when there is no row."""
    keys = [key for key in (rows[0] if rows else {}) if key != "bold"]
    return [{**{key: f"{_OPEN}{name}.{key}{_CLOSE}" for key in keys}, "bold": bold} for bold in LOOKS if keys]


def fill_in(body: Any, tables: Mapping[str, Sequence[Row]]) -> None:
    """Put the rows of each table in the place of their samples in the rendered document's ``w:body``."""
    spaces = "".join(f' xmlns:{prefix}="{address}"' for prefix, address in body.nsmap.items() if prefix)
    found = {name: _samples_in(body, name) for name in tables}  # looked for while the document is short
    for name, rows in tables.items():
        if len(found[name]) == len(LOOKS):  # else the template was edited and shows them no more
            _replace(found[name], rows, spaces)


def _samples_in(body: Any, name: str) -> list[Any]:
    mark = f"{_OPEN}{name}."
    return [row for row in body.iter(qn("w:tr")) if any(mark in (text.text or "") for text in row.iter(qn("w:t")))]


def _replace(found: Sequence[Any], rows: Sequence[Row], spaces: str) -> None:
    looks = {bold: _source(row) for bold, row in zip(LOOKS, found, strict=True)}
    table, after = found[0].getparent(), found[-1]
    parser = etree.XMLParser(huge_tree=True, resolve_entities=False)
    for start in range(0, len(rows), TOGETHER):
        written = "".join(_row(looks[row.get("bold", "")], row) for row in rows[start : start + TOGETHER])
        for row in list(etree.fromstring(f"<rows{spaces}>{written}</rows>", parser)):
            after.addprevious(row)
    for row in found:
        table.remove(row)


def _source(row: Any) -> str:
    return _DECLARED.sub("", etree.tostring(row, encoding="unicode", with_tail=False))


def _row(source: str, row: Row) -> str:
    return _FIELD.sub(lambda field: _words(row.get(field.group(1), "")), source)


def _words(text: str) -> str:
    return escape(plain_text(text)).replace("\n", _BREAK)
