"""Numbers that Word only shows: automatic numbering written out as text, so that "1.", "a)" and "-" survive reading.

They are written as Word shows them, so points run a, b, c, d, e: Word knows no "đ".
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MOST_LEVELS = 9


def write_out_numbers(content: bytes) -> bytes:
    """The same .docx with each automatic number as the first words of its paragraph.

    Raises whatever python-docx raises for a file it cannot open.
    """
    document = docx.Document(io.BytesIO(content))
    formats = dict(_formats(document))
    counters: dict[str, list[int]] = {}
    styles = {style.element.get(qn("w:styleId")): style.element for style in document.styles}
    for paragraph in document.element.body.iter(qn("w:p")):
        place = _numbering(paragraph, styles)
        if place is None or place not in formats:
            continue
        number, level = place
        counts = counters.setdefault(number, [0] * _MOST_LEVELS)
        start = formats[place][2]
        counts[level] = counts[level] + 1 if counts[level] else start
        counts[level + 1 :] = [0] * (_MOST_LEVELS - level - 1)
        label = _label(number, level, counts, formats)
        if label:
            _prepend(paragraph, label + " ")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _formats(document: Any) -> Iterator[tuple[tuple[str, int], tuple[str, str, int]]]:
    """By list and level: kind of number, its pattern ("%1.%2."), and what it starts with."""
    part = next((rel.target_part for rel in document.part.rels.values() if rel.reltype.endswith("/numbering")), None)
    if part is None:
        return
    root = part.element
    abstract = {entry.get(qn("w:abstractNumId")): entry for entry in root.findall(qn("w:abstractNum"))}
    for entry in root.findall(qn("w:num")):
        base = abstract.get(_value(entry, "w:abstractNumId"))
        if base is None:
            continue
        for level in base.findall(qn("w:lvl")):
            depth = int(level.get(qn("w:ilvl"), "0"))
            if depth < _MOST_LEVELS:
                yield (
                    (entry.get(qn("w:numId")), depth),
                    (
                        _value(level, "w:numFmt") or "decimal",
                        _value(level, "w:lvlText") or "",
                        int(_value(level, "w:start") or "1"),
                    ),
                )


def _numbering(paragraph: Any, styles: dict[str, Any]) -> tuple[str, int] | None:
    """The list and level of a paragraph: its own, or its style's."""
    holder = paragraph.find(qn("w:pPr"))
    for _ in range(10):
        if holder is None:
            return None
        numbering = holder.find(qn("w:numPr"))
        if numbering is not None and _value(numbering, "w:numId") is not None:
            return str(_value(numbering, "w:numId")), min(int(_value(numbering, "w:ilvl") or "0"), _MOST_LEVELS - 1)
        style = styles.get(_value(holder, "w:pStyle") or "")
        holder = style.find(qn("w:pPr")) if style is not None else None
        if holder is not None and holder.find(qn("w:numPr")) is None:
            return None
    return None


def _value(element: Any, name: str) -> str | None:
    found = element.find(qn(name))
    value = found.get(qn("w:val")) if found is not None else None
    return str(value) if value is not None else None


def _label(number: str, level: int, counts: list[int], formats: dict[tuple[str, int], tuple[str, str, int]]) -> str:
    kind, pattern, _ = formats[number, level]
    if kind == "bullet":
        return "-"
    if kind == "none":
        return ""
    for depth in range(level + 1):
        shown = formats.get((number, depth), ("decimal", "", 1))[0]
        pattern = pattern.replace(f"%{depth + 1}", _shown(counts[depth] or 1, shown))
    return pattern


def _shown(count: int, kind: str) -> str:
    if kind in ("upperRoman", "lowerRoman"):
        written, rest = "", count
        for value, letters in _ROMAN:
            written += letters * (rest // value)
            rest %= value
        return written if kind == "upperRoman" else written.lower()
    if kind in ("lowerLetter", "upperLetter"):
        letter = _LETTERS[(count - 1) % len(_LETTERS)]
        return letter if kind == "lowerLetter" else letter.upper()
    return str(count)


def _prepend(paragraph: Any, label: str) -> None:
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = label
    text.set(qn("xml:space"), "preserve")
    run.append(text)
    properties = paragraph.find(qn("w:pPr"))
    paragraph.insert(0 if properties is None else 1, run)
    if properties is not None and (numbering := properties.find(qn("w:numPr"))) is not None:
        properties.remove(numbering)
