"""Two columns set beside each other: the head's issuer and motto, the closing's list of copies and signature.

Text taken from a page keeps them on one line with a wide gap between; they are read one column after the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.documents.kinds import kind_alone
from nlu.documents.letters import bare

_GAP = re.compile(r"(?<=\S)[ \t\u00a0]{3,}(?=\S)")
_HEAD = re.compile(r"cong ?hoa ?xa ?hoi ?chu ?nghia|dang ?cong ?san ?viet ?nam|doan tncs ho chi minh")
_CLOSING = re.compile(r"noi ?nhan\b")
_BODY = re.compile(
    r"\s*(?:kinh gui|can cu|[ivx]{1,4}\s?[./-]\s|\d{1,2}[./-]\s|(?:thuc hien|trien khai|theo|de) \S+ \S+)"
)
_OFFICE = re.compile(r"(?:(?:tm|kt|tl|tuq|q)\.|t/m|k/t|t/l)\s?\w|dai dien\b|(?:pho )?(?:giam doc|chu tich)$")
_FULL_LINE = 70
"""Letters of a line that fills the page and stands in no column."""
_HEAD_LINES = 30
"""Lines from the top in which a head's columns stand."""
_CLOSING_LINES = 40
_SLACK = 12
"""Letters by which the lines of a centred right column begin before the others."""

Placed = tuple[int, str]
"""The number of a line and its words."""


def side_by_side(raw: Sequence[str]) -> list[Placed]:
    """The lines with their numbers from 1, columns read one after the other.

    The head's right column comes first (motto, place and date), so that the subject under the number stays next to what
    follows; at the closing the left one does.
    """
    lines = [text.replace("\u00a0", " ").expandtabs(8) for text in raw]
    found: list[Placed] = []
    head = _head(lines)
    closing = next((at for at in range(len(lines) - 1, head, -1) if _closes(lines[at])), None)
    left, right = _columns(lines, 0, head)
    found += right + left
    if closing is None:
        pair = next((at for at in range(head, len(lines)) if _two_offices(lines[at])), None)
        if pair is None:
            return found + _plain(raw, head, len(lines))
        end = next(
            (
                at
                for at in range(pair, min(len(lines), pair + _CLOSING_LINES))
                if _CLOSING.match(bare(lines[at].lstrip()))
            ),
            min(len(lines), pair + _CLOSING_LINES),
        )
        left, right = _columns(lines, pair, end)
        return [*found, *_plain(raw, head, pair), *left, *right, *_plain(raw, end, len(lines))]
    end = min(len(lines), closing + _CLOSING_LINES)
    end = next((at for at in range(closing + 1, end) if re.match(r"\s*phu luc\b", bare(lines[at]))), end)
    left, right = _columns(lines, closing, end)
    return [*found, *_plain(raw, head, closing), *left, *right, *_plain(raw, end, len(lines))]


def _plain(raw: Sequence[str], start: int, end: int) -> list[Placed]:
    return [(at + 1, raw[at]) for at in range(start, end)]


def _head(lines: Sequence[str]) -> int:
    """Where the head's two columns end; 0 when the motto stands beside nothing."""
    last = 0
    motto = False
    for at, text in enumerate(lines[:_HEAD_LINES]):
        plain = not _GAP.search(text)
        if plain and (_BODY.match(bare(text)) or kind_alone(text.strip()) or len(text.strip()) > _FULL_LINE):
            break
        if _GAP.search(text):
            last = at + 1
            motto = motto or bool(_HEAD.search(bare(re.sub(r"\s+", " ", text))))
    return last if motto else 0


def _closes(text: str) -> bool:
    """Whether a line begins the closing with a signature beside it."""
    gap = _GAP.search(text)
    return bool(gap and _CLOSING.match(bare(text.lstrip())) and text[gap.end() :].strip()[:1].isupper())


def _two_offices(text: str) -> bool:
    """Whether two signers' authorities stand beside each other, as in a document of two bodies."""
    cells = [cell for cell in _GAP.split(text.strip()) if cell]
    return len(cells) == 2 and all(cell.isupper() and _OFFICE.match(bare(cell.strip())) for cell in cells)


def _columns(lines: Sequence[str], start: int, end: int) -> tuple[list[Placed], list[Placed]]:
    """The left and the right column of some lines."""
    edges = [gap.end() for at in range(start, end) if (gap := _widest(lines[at]))]
    if not edges:
        return [], []
    edge = max(min(edges) - _SLACK, 10)
    left: list[Placed] = []
    right: list[Placed] = []
    for at in range(start, end):
        text = lines[at]
        gap = _widest(text)
        indent = len(text) - len(text.lstrip())
        if gap is not None and gap.end() >= edge:
            left.append((at + 1, text[: gap.start()]))
            right.append((at + 1, text[gap.end() :]))
        else:
            (right if indent >= edge and text.strip() else left).append((at + 1, text))
    return left, right


def _widest(text: str) -> re.Match[str] | None:
    return max(_GAP.finditer(text), key=lambda gap: gap.end() - gap.start(), default=None)
