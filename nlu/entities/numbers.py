"""Numbers as people write them in a report: ``5/7 xã``, ``1.250,5``, ``85 phần trăm``, ``hai mươi mốt thôn``.

How separators are read (official Vietnamese writing, Quyết định 249/QĐ-TTg and TCVN practice: dot for thousands, comma
for decimals):

- a comma is a decimal mark: ``1,250`` is one and a quarter, not 1250 (two commas, ``1,250,000``, can only be groups);
- a dot before exactly three digits groups thousands: ``1.250`` is 1250; otherwise it is a decimal mark: ``1.25``;
- ``1.250,5`` and ``1,250.5`` are both 1250.5: the last mark is the decimal one.

Whoever asks should show what was understood, so that the rare other reading is noticed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from content.words import fold

LONGEST = 300
"""Characters; a longer text is prose, not a number."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number somebody wrote. ``5/7 xã`` has the denominator 7; the unit is as written, or None."""

    value: float
    denominator: float | None = None
    unit: str | None = None
    percent: bool = False


_Run = tuple[list[str], int, int]
"""Number words standing together, and where they begin and end."""
_FULL_WIDTH = {ord("０") + digit: ord("0") + digit for digit in range(10)} | {ord("％"): "%", ord("／"): "/"}
_DIGITS = r"\d{1,3}(?:[  ]\d{3})+(?![\d.,])|\d[\d.,]*\d|\d"
_SCALES = {
    "chục": 10, "trăm": 100, "nghìn": 1_000, "ngàn": 1_000, "k": 1_000,
    "triệu": 1_000_000, "tr": 1_000_000, "tỷ": 1_000_000_000, "tỉ": 1_000_000_000,
}  # fmt: skip
_ONES = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "nhăm": 5,
    "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
_TEN, _TENS, _ODD, _HALF = {"mười"}, {"mươi", "chục"}, {"linh", "lẻ"}, {"rưỡi"}
_WORDS = {*_ONES, *_TEN, *_TENS, *_ODD, *_HALF, *_SCALES} - {"k", "tr"}
_UNITS = (
    "xã, phường, thị trấn", "thị trấn", "phường", "xã", "huyện", "thành phố", "thôn", "làng", "tổ dân phố", "tổ", "hộ",
    "người", "lượt người", "lượt", "cơ quan", "đơn vị", "chuyên mục", "chuyên trang", "đài", "trạm", "cụm", "bộ", "tin",
    "bài", "tin bài", "tin, bài", "lớp", "buổi", "cuộc", "hội nghị", "văn bản", "kế hoạch", "đồng", "ngày", "giờ",
    "phút", "tháng", "tuần", "năm", "cái", "chiếc", "câu lạc bộ", "trường", "học sinh", "cán bộ", "đợt", "lần",
    "tờ rơi", "pa nô", "áp phích", "khẩu hiệu", "video", "phóng sự", "chương trình",
)  # fmt: skip
_PERCENT = re.compile(r"\s*(?:%|phần\s+trăm|phan\s+tram|pt\b)", re.IGNORECASE)
_OVER = re.compile(r"\s*(?:/|\b(?:trên|tren|trong|phần|phan)\b(?:\s+(?:tổng|tong)(?:\s+(?:số|so))?|\s+(?:số|so))?)\s*")
_YEAR = re.compile(r"\b(?:năm|nam)\s+(?:19|20)\d\d\b", re.IGNORECASE)
_DATED = re.compile(r"\b(?:ngay|mung|mong)\s+\d|\d\s+thang\s+\d|\bthang\s+\d")
_NONE_AT_ALL = re.compile(
    r"^(?:chưa|không|chua|khong)\s+(?P<there>(?:có|co)\s+)?(?P<unit>\S+(?:\s\S+){0,2})\s+(?:nào|nao)\b", re.IGNORECASE
)
_HALVED = re.compile(
    r"^(?:(?:được|duoc|khoảng|khoang|đạt|dat|gần|gan)\s+)?(?:một|mot|1)?\s*(?:nửa|nua)$", re.IGNORECASE
)
_AFTER_UNIT = re.compile(r"[.;:!?()\n]|\b(?:rồi|ạ|nhé|nha|roi|nhe|đã|da|và|va|là|la|thì|thi|trong|trên|tren|nay|này)\b")


def parse_number(text: str) -> Number | None:
    """The one number in ``text``; None when there is none, more than one, or one that cannot be read with certainty.

    "chưa có" alone is None: it may mean zero or that the figure is not known yet, so it has to be asked.
    "chưa có xã nào" is zero communes.
    """
    text = " ".join(unicodedata.normalize("NFC", text.translate(_FULL_WIDTH)).split())
    if not text or len(text) > LONGEST:
        return None
    if _HALVED.fullmatch(text.strip(" .!")):
        return Number(50.0, percent=True)
    none = _NONE_AT_ALL.match(text)
    if none:
        unit = _unit(none["unit"])
        return Number(0.0, unit=unit) if none["there"] or unit in _UNITS else None
    text = _YEAR.sub(" ", text)
    if _DATED.search(fold(text)):
        return None
    return _from_digits(text) if re.search(r"[0-9]", text) else _from_words(text)


def _from_digits(text: str) -> Number | None:
    found = list(re.finditer(_DIGITS, text, re.ASCII))
    first = _reading(text, found, 0)
    if first is None:
        return None
    value, used, end = first
    denominator = None
    over = _OVER.match(text, end)
    if over and used < len(found) and found[used].start() == over.end():
        second = _reading(text, found, used)
        if second is None or second[0] == 0:
            return None
        denominator, used, end = second
    if used != len(found) or value < 0 < (denominator or 0):
        return None
    return _closed(text, value, denominator, end)


def _reading(text: str, found: list[re.Match[str]], index: int) -> tuple[float, int, int] | None:
    """Value, index after the digits used, and position after them: ``2 triệu 500 nghìn`` uses two runs of digits."""
    match = found[index]
    before = text[: match.start()]
    negative = bool(re.search(r"(?:^|\s)[-−]$|(?:^|\s)âm\s$", before))
    if not negative and before and (before[-1].isalnum() or (before[-1] in "-−.,_/" and index == 0)):
        return None
    plain = _plain(match[0])
    if plain is None:
        return None
    value, end, smallest = plain, match.end(), float("inf")
    index += 1
    scale = _scale(text, end)
    if scale:
        value, end, smallest = plain * scale[0], scale[1], scale[0]
    while scale and smallest > 1:
        half = re.compile(r"\s*(?:rưỡi|ruoi)\b").match(text, end)
        if half:
            value, end = value + smallest / 2, half.end()
            break
        if index >= len(found) or text[end : found[index].start()].strip():
            break
        more = _plain(found[index][0])
        next_scale = _scale(text, found[index].end())
        if more is None or more != int(more):
            return None
        if next_scale and next_scale[0] < smallest and more < smallest / next_scale[0]:
            value, end, smallest = value + more * next_scale[0], next_scale[1], next_scale[0]
        elif not next_scale and len(found[index][0]) == 1:  # "1tr2": two tenths of a million
            value, end, smallest = value + more * smallest / 10, found[index].end(), 1
        else:
            return None
        index += 1
    return (-value if negative else value), index, end


def _plain(digits: str) -> float | None:
    """The value of a run of digits and separators (see the head of this module); None if they contradict themselves."""
    digits = re.sub(r"\s", "", digits)
    if sum(letter.isdigit() for letter in digits) > 15:
        return None
    if re.match(r"0\d", digits) and not re.fullmatch(r"0[1-9]", digits):  # "05 xã" is official writing, "007" is none
        return None
    dots, commas = digits.count("."), digits.count(",")
    if dots and commas:
        decimal = max(".,", key=digits.rfind)
        group = "," if decimal == "." else "."
        whole, _, rest = digits.rpartition(decimal)
        if decimal in whole or not re.fullmatch(rf"\d{{1,3}}(?:\{group}\d{{3}})+", whole):
            return None
        return float(f"{whole.replace(group, '')}.{rest}")
    mark = "." if dots else ","
    count = dots + commas
    if count == 0:
        return float(digits)
    grouped = re.fullmatch(rf"[1-9]\d{{0,2}}(?:\{mark}\d{{3}})+", digits)
    if count > 1 or (mark == "." and grouped):
        return float(digits.replace(mark, "")) if grouped else None
    return float(digits.replace(",", "."))


def _scale(text: str, position: int) -> tuple[float, int] | None:
    """A word that multiplies, right after ``position``."""
    if _PERCENT.match(text, position):
        return None
    match = re.compile(r"\s*([^\W\d_]+)").match(text, position)
    if not match:
        return None
    word = _known(match[1].lower(), _bare(text))
    return (_SCALES[word], match.end()) if word in _SCALES else None


def _from_words(text: str) -> Number | None:
    tokens = [(match[0].lower(), match.start(), match.end()) for match in re.finditer(r"[^\W\d_]+", text)]
    bare = _bare(text)
    runs: list[_Run] = []
    last = -2
    for index, (token, start, end) in enumerate(tokens):
        word = _known(token, bare)
        if word is None or (runs and last == index - 1 and word == "trăm" and tokens[last][0] in ("phần", "phan")):
            continue
        if index and tokens[index - 1][0] in ("phần", "phan") and word == "trăm":
            continue
        if word == "mươi" and bare and not (last == index - 1 and _ONES.get(runs[-1][0][-1], 0) > 1):
            word = "mười"
        if last == index - 1 and runs and not text[runs[-1][2] : start].strip():
            runs[-1] = ([*runs[-1][0], word], runs[-1][1], end)
        else:
            runs.append(([word], start, end))
        last = index
    if not runs or len(runs) > 2:
        return None
    value = _worded(runs[0][0])
    if value is None:
        return None
    if len(runs) == 1:
        return _said(text, value, None, runs[0])
    over = _OVER.match(text, runs[0][2])
    denominator = _worded(runs[1][0])
    if not over or over.end() != runs[1][1] or not denominator:
        return None
    return _said(text, value, denominator, runs[1])


def _said(text: str, value: float, denominator: float | None, run: _Run) -> Number | None:
    """The number, unless its words may be other words: "ba tôi" is a father, "không biết" no zero."""
    number = _closed(text, value, denominator, run[2])
    alone = not _AFTER_UNIT.split(text[run[2] :], maxsplit=1)[0].strip(" ,")
    if number.percent or number.unit in _UNITS or (alone and run[0] != ["không"]):
        return number
    return None


def _worded(words: list[str]) -> float | None:
    """``["hai", "mươi", "mốt"]`` → 21; None when the words do not make one number."""
    total, smallest, part = 0.0, float("inf"), list[str]()
    for word in words:
        scale = _SCALES.get(word, 0)
        if word in _HALF and part[-1:] == ["trăm"]:
            part.append(word)
        elif word in _HALF:
            if part or smallest == float("inf"):
                return None
            total, smallest = total + smallest / 2, 1
        elif scale >= 1_000:
            value = _below_thousand(part)
            if value is None or scale >= smallest:
                return None
            total, smallest, part = total + value * scale, scale, []
        else:
            part.append(word)
    if part:
        value = _below_thousand(part)
        if value is None or value >= smallest:
            return None
        total, smallest = total + value, 1
    return total if smallest != float("inf") else None


def _below_thousand(words: list[str]) -> float | None:
    rest = list(words)
    value = 0
    if len(rest) >= 2 and rest[1] == "trăm" and rest[0] in _ONES:
        value, rest = 100 * _ONES[rest[0]], rest[2:]
        if not rest:
            return value
        if rest == ["rưỡi"]:
            return value + 50
        if rest[0] in _ODD:
            return value + _ONES[rest[1]] if len(rest) == 2 and _ONES.get(rest[1], 0) else None
        if len(rest) == 1 and _ONES.get(rest[0], 0):  # "hai trăm năm": 250 and 205 are both said
            return None
    if rest and rest[0] in _TEN:
        value, rest = value + 10, rest[1:]
    elif len(rest) >= 2 and rest[1] in _TENS and _ONES.get(rest[0], 0):
        value, rest = value + 10 * _ONES[rest[0]], rest[2:]
    elif len(rest) == 1 and rest[0] in _ONES:
        return value + _ONES[rest[0]]
    elif len(rest) == 2 and value == 0 and _ONES.get(rest[0], 0) > 1 and rest[1] in ("mốt", "một", "tư", "lăm", "nhăm"):
        return 10 * _ONES[rest[0]] + _ONES[rest[1]]  # "hai mốt"
    else:
        return None
    if not rest:
        return value
    return value + _ONES[rest[0]] if len(rest) == 1 and _ONES.get(rest[0], 0) else None


def _bare(text: str) -> bool:
    """Whether the text is typed without diacritics, so that ``nam`` may be five."""
    return text.lower() == fold(text)


def _known(token: str, bare: bool) -> str | None:
    if token in _WORDS or token in ("k", "tr"):
        return token
    return _FOLDED.get(token) if bare else None


_FOLDED = {fold(word): word for word in sorted(_WORDS, key=lambda word: word == "mốt")} | {
    "mot": "một", "tu": "tư", "muoi": "mươi", "bay": "bảy", "ti": "tỉ", "ty": "tỷ",
}  # fmt: skip


def _closed(text: str, value: float, denominator: float | None, end: int) -> Number:
    """The number with what stands after it: a percent sign or a unit."""
    percent = _PERCENT.match(text, end)
    if percent:
        return Number(value, denominator, _unit(text[percent.end() :]), percent=True)
    return Number(value, denominator, _unit(text[end:]))


def _unit(text: str) -> str | None:
    """The unit at the head of ``text``: a known one (with its diacritics), else up to three words as written."""
    rest = text.strip().lower().removeprefix("số ").strip()
    folded = fold(rest)
    for unit in sorted(_UNITS, key=len, reverse=True):
        plain = fold(unit)
        if re.match(rf"{re.escape(plain)}(?!\w)", folded) and (folded == rest or rest.startswith(unit)):
            return unit
    words = _AFTER_UNIT.split(rest, maxsplit=1)[0].replace(",", " ").split()
    return " ".join(words) if 0 < len(words) <= 3 else None
