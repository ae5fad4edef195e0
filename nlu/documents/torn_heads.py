"""A head whose lines were torn: by narrow cells, by a web page's copy, by a form's blanks.

"CỘNG HÒA XÃ HỘI / CHỦ NGHĨA VIỆT NAM", "Số: / 61/QĐ-TTg", "Hà / Nội, ngày 12 tháng 01 / năm 2018", and cells of a
table parted by "|". They are made whole before the head is read; the words keep the number of their first line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.documents.kinds import kind_alone
from nlu.documents.letters import bare

Placed = tuple[int, str]
"""The number of a line and its words."""

_HEAD_LINES = 60
_BODY = re.compile(r"\s*(?:kinh gui|can cu|[ivx]{1,4}\s?[./-]\s|\d{1,2}[./-]\s)")
_WHOLE = (
    "cong hoa xa hoi chu nghia viet nam",
    "dang cong san viet nam",
    "doc lap - tu do - hanh phuc",
)
_NUMBER_BEGUN = re.compile(r"so\s*:?")
_NUMBER_REST = re.compile(r"[\d\s.…_]*\s?[-/]\s?[a-z]\S*.*|\d{1,5}\s?/.*")
_BLANK = r"[\s.…_]*"
_DATE = re.compile(
    rf"(?:[^,]{{2,60}},)?\s*ngay{_BLANK}\d{{0,2}}{_BLANK}thang{_BLANK}\d{{0,2}}{_BLANK}nam{_BLANK}\d{{0,4}}"
)
_DATE_BEGUN = re.compile(
    rf"(?:[^,]{{2,60}},)?\s*ngay(?:{_BLANK}\d{{1,2}})?(?:{_BLANK}thang(?:{_BLANK}\d{{1,2}})?)?(?:{_BLANK}nam)?{_BLANK}"
)
_PLACE_TORN = re.compile(r"[A-ZĐÀ-Ỹ][^\W\d_]+,\s*ngày\b.*")
_MOST_PARTS = 5


def mended(lines: Sequence[Placed]) -> list[Placed]:
    """The lines with those of the head made whole; lines below it are left as they are."""
    end = next((at for at, (_, text) in enumerate(lines[:_HEAD_LINES]) if _below_head(text)), _HEAD_LINES)
    head = [(number, piece) for number, text in lines[:end] for piece in _cells(text)]
    found: list[Placed] = []
    at = 0
    while at < len(head):
        number = head[at][0]
        taken, whole = _joined(head, at)
        if _PLACE_TORN.fullmatch(whole):
            found, number, whole = _with_place(found, number, whole)
        found.append((number, whole))
        at = taken
    return [*found, *lines[end:]]


def _below_head(text: str) -> bool:
    return bool(_BODY.match(bare(text))) or kind_alone(text.strip(" |\t")) is not None


def _cells(text: str) -> list[str]:
    """The cells of a head's row; a line that holds nothing but the stroke between two cells is blank."""
    if "|" not in text:
        return [text]
    return [cell for cell in text.split("|") if cell.strip()] or [""]


def _joined(head: Sequence[Placed], at: int) -> tuple[int, str]:
    """Where the words that begin on line ``at`` end, and the words; blank lines between them do not count."""
    text = head[at][1]
    words = " ".join(bare(text).split())
    if not words:
        return at + 1, text
    whole, taken, parts = " ".join(text.split()), at + 1, 1
    best = (at + 1, text)
    while taken < len(head) and parts < _MOST_PARTS:
        if not _begun(words):
            break
        following = " ".join(head[taken][1].split())
        taken += 1
        if not following:
            continue
        whole, parts = f"{whole} {following}", parts + 1
        words = " ".join(bare(whole).split())
        if _is_whole(words):
            best = (taken, whole)
    return best


def _begun(words: str) -> bool:
    """Whether the words are the beginning of something a head holds, and not the whole of it."""
    if any(motto.startswith(words + " ") for motto in _WHOLE):
        return True
    return bool(_NUMBER_BEGUN.fullmatch(words) or _DATE_BEGUN.fullmatch(words))


def _is_whole(words: str) -> bool:
    number = words.startswith("so") and _NUMBER_REST.fullmatch(re.sub(r"^so\s*:?\s*", "", words))
    return words in _WHOLE or bool(number) or bool(_DATE.fullmatch(words))


def _with_place(found: list[Placed], number: int, whole: str) -> tuple[list[Placed], int, str]:
    """The date line with the first word of its place, when that was torn off: "Hà" above "Nội, ngày …"."""
    above = next((at for at in range(len(found) - 1, -1, -1) if found[at][1].strip()), None)
    if above is None:
        return found, number, whole
    word = found[above][1].strip()
    if re.fullmatch(r"[A-ZĐÀ-Ỹ][^\W\d_]*", word) and not word.isupper():
        return found[:above], found[above][0], f"{word} {whole.strip()}"
    return found, number, whole
