"""How a piece of a Word document looks once its styles are worked out: font, size in points, weight, slant, colour.

Word keeps "not said here" apart from "no": what a run does not say its style says, then its paragraph's style, then the
style that one is based on, then the document's defaults (ECMA-376, 17.7.2). Read from the XML itself, because a report
has tens of thousands of runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docx.oxml.ns import qn

UNSAID_SIZE = 10.0
"""Points, where nothing says a size (ECMA-376, 17.3.2.38)."""
_SCRIPTS = tuple(qn(f"w:{script}") for script in ("ascii", "hAnsi", "cs", "eastAsia"))
_VAL, _TYPE, _ID, _DEFAULT = qn("w:val"), qn("w:type"), qn("w:styleId"), qn("w:default")
_OFF = {"0", "false", "off"}

Said = dict[str, Any]
"""What one place says of a look; what it leaves out is not there."""


@dataclass(frozen=True, slots=True)
class Dress:
    """The look of one run."""

    fonts: frozenset[str]
    """Of all scripts the run may use."""
    size: float
    bold: bool
    italic: bool
    colour: str
    """Six hexadecimal digits, or ``auto``."""


class Wardrobe:
    """Works out the looks of a document's runs; every style is read once."""

    def __init__(self, document: Any) -> None:
        styles = document.styles.element
        defaults = styles.find(qn("w:docDefaults"))
        self._defaults = {} if defaults is None else _said(defaults.find(f"{qn('w:rPrDefault')}/{qn('w:rPr')}"))
        self._styles = {style.get(_ID): style for style in styles.findall(qn("w:style"))}
        self._normal = next(
            (key for key, style in self._styles.items() if style.get(_TYPE) == "paragraph" and style.get(_DEFAULT)),
            None,
        )
        self._known: dict[str | None, Said] = {None: self._defaults}

    def worn(self, paragraph: Any) -> list[Dress]:
        """The looks of the runs of a ``w:p`` element that show something."""
        style = self._style(_named(paragraph.find(qn("w:pPr")), "w:pStyle") or self._normal)
        return [self._dress(run, style) for run in paragraph.iter(qn("w:r")) if _shows(run)]

    def _dress(self, run: Any, paragraph_style: Said) -> Dress:
        properties = run.find(qn("w:rPr"))
        own = {**self._style(_named(properties, "w:rStyle")), **_said(properties)}
        said = {**self._defaults, **paragraph_style, **own}
        return Dress(
            fonts=frozenset(said.get(script, "") for script in _SCRIPTS),
            size=said.get("size", UNSAID_SIZE),
            bold=said.get("bold", False),
            italic=said.get("italic", False),
            colour=said.get("colour", "auto"),
        )

    def _style(self, name: str | None) -> Said:
        if name not in self._known:
            element = self._styles.get(name)
            self._known[name] = {}  # a style based on itself ends here
            if element is not None:
                base = self._style(_named(element, "w:basedOn"))
                self._known[name] = {**base, **_said(element.find(qn("w:rPr")))}
        return self._known[name]


def _said(properties: Any) -> Said:
    """What a ``w:rPr`` says."""
    said: Said = {}
    if properties is None:
        return said
    fonts = properties.find(qn("w:rFonts"))
    if fonts is not None:
        said |= {script: fonts.get(script) for script in _SCRIPTS if fonts.get(script) is not None}
    size = properties.find(qn("w:sz"))
    if size is not None:
        said["size"] = float(size.get(_VAL)) / 2
    for key, tag in (("bold", "w:b"), ("italic", "w:i")):
        found = properties.find(qn(tag))
        if found is not None:
            said[key] = found.get(_VAL) not in _OFF
    colour = properties.find(qn("w:color"))
    if colour is not None:
        said["colour"] = colour.get(_VAL)
    return said


def _named(element: Any, tag: str) -> str | None:
    found = None if element is None else element.find(qn(tag))
    name: str | None = None if found is None else found.get(_VAL)
    return name


def _shows(run: Any) -> bool:
    return any((text.text or "").strip() for text in run.iter(qn("w:t")))
