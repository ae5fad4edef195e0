"""From the text of an official document to its paragraphs: Unicode, line ends, page breaks, footnotes, wrapped lines.

A line's number is its place, from 1, in the text as read; it stays with the words through every step, so that whatever
is found can be shown in the document.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nlu.documents.columns import side_by_side
from nlu.documents.letters import bare
from nlu.documents.torn_heads import mended

LONGEST = 600_000
"""Characters read, some 200 pages; the rest of a longer text is left out, with a warning."""

_NOT_A_BREAK = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\x80-\x9f\u2028\u2029]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufff9-\ufffb\ud800-\udfff]")
_BULLET = re.compile("[•▪▫◦●○■□➢✓\uf000-\uf0ff]|[*o] ")
"""Bullets of word processors, which in PDF come out as letters of a symbol font."""
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|/-])")
_SPELLED = re.compile(r"(?<!\S)[^\W\d_](?:\s{1,3}[^\W\d_]){4,}(?!\S)")
"""Words whose letters stand apart, as character recognition gives wide headings: "C Ộ N G  H Ò A"."""
_LOOSE = re.compile(r"(?<=[\w)\"”]) +(?=[,;:.](?:\s|$))|(?<=\d) +(?=/ ?\d)|(?<=\d/) +(?=\d)|(?<=\d /) +(?=\d)")
"""Spaces before a mark and around the strokes of a date, as character recognition leaves them."""
_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_NOTE = re.compile(r"(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})\s*(?=\S)|(?P<plain>\d{1,2})\s+(?=[^\W\d])")
_RAISED = re.compile(r"(?<!\bm)(?<!\b[kc]m)[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_GLUED = re.compile(r"(?:(?<=[a-zà-ỹđ)”\"])(?<!\bm)(?<!km)|(?<=(?<!\d)(?:19|20)\d\d))(\d{1,2})(?![\w/%])")
"""A footnote's mark when the text is no longer raised: "thông1", "năm 20244"; "km2" is none."""
_ENDED = tuple(".;:!?…”")
_LABEL = re.compile(
    r"(?:don vi|co quan|dau moi|thoi gian|thoi han|cach thuc|noi nhan|kinh gui|noi dung|tran trong)\b[^:.;]{0,40}[:./]"
)
_FRESH = re.compile(
    r"(?:uy ban|ubnd|so|tran trong|tren day|can cu|(?:trong )?qua trinh|(?:ke hoach|cong van|van ban) nay|yeu cau|"
    r"de nghi)\b"
)
"""How the closing words of a document begin, which follow a full line without a mark."""
_PAGE_NUMBER = re.compile(r"\d{1,3}")
MARKER = re.compile(
    r"(?P<part>(?:phan|chuong)\s+(?:thu\s+\w+|[ivx]+|\d{1,2})\b[.:]?)|"
    r"(?P<article>dieu\s+\d{1,3}\s?[.:])(?=\s|$)|"
    r"(?P<roman>[ivx]{1,6}(?:\.|[-/](?=\s+[^\W\d])))(?=\s)|"
    r"(?P<capital>[a-e]\.)(?=\s)|"
    r"(?P<dotted>\d{1,2}(?:\.\d{1,2}){1,3}\.?)(?=\s+\D)|"
    r"(?P<number>\d{1,2}(?:\.(?=\s*[^\W\d]|\s+\d)|[-/](?=\s+[^\W\d])))|"
    r"(?P<bracket>\d{1,2}\))(?=\s)|"
    r"(?P<letter>[a-z]\))(?=\s)|"
    r"(?P<dash>[-•▪·])(?=\s|\w)|"
    r"(?P<plus>\+)(?=\s|\w)"
)
"""The numbering of Nghị định 30/2020/NĐ-CP, phụ lục I, on bare text: phần, I., 1., 1.1., a), dashes."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text, cleaned; ``page`` is true where a new page may begin with it."""

    number: int
    text: str
    page: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Joined lines. ``starts`` holds the offset and the number of each line in it."""

    text: str
    starts: tuple[tuple[int, int], ...]

    @property
    def first(self) -> int:
        return self.starts[0][1]

    @property
    def last(self) -> int:
        return self.starts[-1][1]

    def lines(self, start: int, end: int) -> tuple[int, int]:
        """The first and last line of the words from offset ``start`` to ``end``."""
        offsets = [offset for offset, _ in self.starts]
        first = max(0, bisect_right(offsets, start) - 1)
        last = max(first, bisect_right(offsets, max(start, end - 1)) - 1)
        return self.starts[first][1], self.starts[last][1]

    def without(self, length: int) -> Paragraph:
        """The paragraph without its first ``length`` characters and the spaces after them."""
        rest = self.text[length:]
        cut = length + len(rest) - len(rest.lstrip())
        moved = [(max(0, offset - cut), number) for offset, number in self.starts]
        kept = [pair for index, pair in enumerate(moved) if index + 1 == len(moved) or moved[index + 1][0] > 0]
        return Paragraph(self.text[cut:], tuple(kept))


@dataclass(slots=True)
class Layout:
    """The lines of a text without its footnotes, the footnotes, and how wide its lines were set."""

    lines: list[Line]
    notes: list[Paragraph] = field(default_factory=list)
    width: int | None = None
    """Characters of a full line; None when every paragraph is one line."""
    cut_at: int | None = None
    """The last line read of a text that was too long."""


def lay_out(text: str) -> Layout:
    """Lines, footnotes and line width of a text. Never fails."""
    cut = len(text) > LONGEST
    text = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n")
    raw = text.split("\n")
    lines = [_line(number, words) for number, words in mended(side_by_side(raw))]
    width = _width(lines)
    kept, notes, numbers = _take_notes(lines, width)
    return Layout(_unmark(kept, numbers), notes, _width(kept), len(raw) if cut else None)


def _line(number: int, raw: str) -> Line:
    page = "\f" in raw or (raw[:1].isspace() and raw[1:2].strip() != "")
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", _NOT_A_BREAK.sub(" ", raw)))
    text = _SPELLED.sub(_unspelled, text)
    text = _ESCAPED.sub(r"\1", " ".join(text.split()))
    if _LOOSE.search(text):
        text = _LOOSE.sub("", text)
    if text.startswith("#"):
        text = text.lstrip("#").lstrip()
    if _BULLET.match(text):
        text = "- " + text[1:].lstrip()
    return Line(number, text.replace("*", "").strip(), page)


def _unspelled(match: re.Match[str]) -> str:
    """The words of letters set apart; wider gaps part words."""
    return " ".join("".join(word.split()) for word in re.split(r"\s{2,}", match[0]))


def _width(lines: Sequence[Line]) -> int | None:
    """How long a full line is, in characters; None for a text that was not wrapped."""
    lengths = sorted(len(line.text) for line in lines if line.text)
    if not lengths or (longest := lengths[-1 - len(lengths) // 100]) > 140:
        return None
    long = lengths[bisect_right(lengths, longest // 2) :]
    return max(40, long[len(long) * 4 // 5] if long else 0)


def _take_notes(lines: Sequence[Line], width: int | None) -> tuple[list[Line], list[Paragraph], set[str]]:
    """The lines outside footnotes, the footnotes, and their numbers."""
    marks = {match[1] for line in lines for match in _GLUED.finditer(line.text)}
    kept: list[Line] = []
    notes: list[Paragraph] = []
    numbers: set[str] = set()
    index = after = 0
    while index < len(lines):
        number = _note_number(lines, index, len(notes) + 1, marks, index == after > 0)
        if number is None:
            kept.append(lines[index])
            index += 1
            continue
        end = _note_end(lines, index, width, len(notes) + 2, marks)
        words = [line for line in lines[index:end] if line.text]
        notes.append(join(words))
        numbers.add(number)
        index = after = end
    return kept, notes, numbers


def _note_number(lines: Sequence[Line], index: int, expected: int, marks: set[str], follows_note: bool) -> str | None:
    """The number of the footnote that begins on this line; None when none does.

    A number that is not raised counts when it is the next one, its mark stands in the text, and it comes after a blank
    line or another footnote.
    """
    match = _NOTE.match(lines[index].text)
    if match is None:
        return None
    if match["raised"]:
        return match["raised"].translate(_SUPER)
    number = str(match["plain"])
    apart = follows_note or (index > 0 and not lines[index - 1].text)
    return number if int(number) == expected and number in marks and apart else None


def _note_end(lines: Sequence[Line], start: int, width: int | None, following: int, marks: set[str]) -> int:
    """Where the footnote of line ``start`` ends: a new page, the next footnote, a gap, or text that cannot be it."""
    blank = 0
    last, longest = lines[start].text, len(lines[start].text)
    for index in range(start + 1, len(lines)):
        line = lines[index]
        if not line.text:
            blank += 1
            if width is None or blank >= 3:
                return index
            continue
        if line.page or _note_number(lines, index, following, marks, True):
            return index
        if _PAGE_NUMBER.fullmatch(line.text) or (_ended(last) and _is_body(line.text, last, longest)):
            return index
        last, longest, blank = line.text, max(longest, len(line.text)), 0
    return len(lines)


def _is_body(text: str, last: str, longest: int) -> bool:
    """Whether a line after the end of a footnote's sentence is body: numbered, going on in small letters, words that
    close a document, or below a line too short to have been wrapped."""
    words = bare(text)
    return bool(MARKER.match(words) or _FRESH.match(words)) or text[:1].islower() or len(last) < 0.75 * longest


def _unmark(lines: Sequence[Line], numbers: set[str]) -> list[Line]:
    """The lines without the marks of footnotes: raised digits, and the first glued one of each known number."""
    open_numbers = set(numbers)

    def drop(match: re.Match[str]) -> str:
        if match[1] in open_numbers:
            open_numbers.discard(match[1])
            return ""
        return match[0]

    cleaned = []
    for line in lines:
        text = _GLUED.sub(drop, _RAISED.sub("", line.text)) if line.text else ""
        cleaned.append(line if text == line.text else Line(line.number, text.strip(), line.page))
    return cleaned


def join(lines: Sequence[Line]) -> Paragraph:
    """One paragraph of several lines; a number or symbol broken at its hyphen is made whole."""
    parts: list[str] = []
    starts: list[tuple[int, int]] = []
    length = 0
    for line in lines:
        if parts:
            glue = "" if re.search(r"[\w]-$", parts[-1]) else " "
            parts[-1] += glue
            length += len(glue)
        starts.append((length, line.number))
        parts.append(line.text)
        length += len(line.text)
    return Paragraph("".join(parts), tuple(starts))


def paragraphs(lines: Iterable[Line], width: int | None) -> list[Paragraph]:
    """The paragraphs of lines: wrapped lines joined, page numbers left out."""
    found: list[list[Line]] = []
    gap = 0
    for line in lines:
        if not line.text:
            gap += 1
            continue
        if _PAGE_NUMBER.fullmatch(line.text) and (line.page or gap >= 2):
            continue
        parted = gap > 0 and bool(found) and _ended(found[-1][-1].text) and line.text[:1].isupper()
        if found and not parted and not _begins(line, found[-1][-1], width):
            found[-1].append(line)
        else:
            found.append([line])
        gap = 0
    return [join(group) for group in found]


def _begins(line: Line, previous: Line, width: int | None) -> bool:
    """Whether a line begins a paragraph, seen the line before it."""
    words = bare(line.text)
    marker = MARKER.match(words)
    lower = line.text[:1].islower()
    full = width is not None and len(previous.text) >= 0.75 * width
    if marker and _numbered(line.text, marker):
        after = line.text[marker.end() :].lstrip()
        return _ended(previous.text) or not after[:1].islower() or not (full or width is None)
    if line.text.startswith("|") or previous.text.startswith("|"):
        return True
    if line.text.isupper() and not previous.text.isupper() and _ended(previous.text) and " " in line.text:
        return True
    if line.text[:1].isupper() and (_LABEL.match(words) or (previous.text.endswith(".") and _FRESH.match(words))):
        return True
    if lower or previous.text.endswith((",", "-")):
        return False
    if width is None:
        return True
    return not full


def _numbered(text: str, marker: re.Match[str]) -> bool:
    """Whether a marker found on bare text is written as one: "I." and "A." in capitals, "a)" small."""
    written = text[: marker.end()]
    if marker["roman"] or marker["capital"]:
        return written.isupper()
    if marker["letter"]:
        return written.islower()
    if marker["part"] or marker["article"]:
        return written[:1].isupper()
    return True


def marker_of(text: str) -> re.Match[str] | None:
    """The numbering a paragraph begins with, by kind; None when it has none."""
    match = MARKER.match(bare(text[:60]))
    return match if match and _numbered(text, match) else None


def _ended(text: str) -> bool:
    return text.endswith(_ENDED)
