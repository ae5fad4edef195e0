"""Who issued a document: from its head, else from "… Ủy ban nhân dân tỉnh ban hành …", else from its symbol."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.documents.heading import Heading
from nlu.documents.layout import Paragraph
from nlu.documents.letters import bare
from nlu.documents.parties import Party, Registry

_ISSUING = re.compile(
    r"\s(?:\([^()]{1,60}\)\s*)?(?:kinh de nghi|de nghi|yeu cau|ban hanh|thong bao|huong dan|bao cao|chi dao|xay dung)\b"
)
_NEAR = 20
"""Paragraphs and places in them, counted from the last, in which the issuer is looked for."""
_LONGEST_NAME = 200


def find_issuer(registry: Registry, heading: Heading, opening: Sequence[Paragraph]) -> tuple[Party | None, int | None]:
    """The issuer, and the line it was inferred from: None when the head names it, 0 when that line is unknown."""
    names, _ = heading.own_issuer()
    for name in names:
        if agency := registry.certain(name):
            return Party(name, agency), None
    if names:
        return Party(_with_place(names[0], heading.authority or "")), None
    for paragraph in reversed(opening[-_NEAR:]):
        for match in list(_ISSUING.finditer(bare(paragraph.text)))[: -_NEAR - 1 : -1]:
            if party := _before(registry, paragraph.text, match.start()):
                return party, paragraph.lines(match.start(), match.end())[0]
    for part in (heading.symbol or "").split("-"):
        if agency := registry.certain(part):
            return Party(part, agency), heading.number_line or 0
    return None, None


def _with_place(name: str, authority: str) -> str:
    """The issuer's name with its place, where only the line above the bases has it."""
    at = bare(authority).find(bare(name))
    return authority[at:].strip(" :,") if at >= 0 and len(authority) - at > len(name) else name


def _before(registry: Registry, text: str, end: int) -> Party | None:
    """The body whose name ends at offset ``end``; names may hold commas."""
    begin, least = end, max(0, end - _LONGEST_NAME)
    for _ in range(4):
        begin = max(text.rfind(mark, least, max(least, begin - 1)) for mark in (",", ";", "."))
        name = text[begin + 1 : end].strip()
        if agency := registry.certain(name):
            return Party(name, agency)
        if begin <= least or text[begin] in ";.":
            return None
    return None
