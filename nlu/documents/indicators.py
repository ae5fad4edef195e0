"""Targets with a number: ``100% xã``, ``ít nhất 05 xã``, ``tối thiểu 01 chuyên mục`` each month."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlu.documents.letters import bare

_COMPARISONS = {
    "it nhat": "ge", "toi thieu": "ge", "khong duoi": "ge", "khong it hon": "ge", "tu": "ge", "toi da": "le",
    "khong qua": "le", "duoi": "lt", "hon": "gt", "tren": "gt", "dat": "eq",
}  # fmt: skip
_UNITS = (
    r"bang tin(?: dien tu)?(?: cong cong)?|chuyen muc|chuyen trang|chuyen de|tin[,/]? bai|tin|bai|phong su|"
    r"chuong trinh|video|clip|lop|hoi nghi|hoi thao|toa dam|buoi|cuoc thi|cuoc|dot|luot nguoi|luot|can bo|"
    r"nguoi|ho gia dinh|ho|dai truyen thanh|dai|cum loa|cum|mo hinh|tai khoan|an pham|to roi|to gap|pano|ap phich|"
    r"don vi|co quan|dia diem|diem|san pham|cong trinh|lan(?=\s*/)|xa, phuong(?:, (?:thi tran|dac khu))?|xa|"
    r"phuong|thi tran|huyen|thanh pho|thon|lang|to dan pho|"
    r"bo tai lieu|kenh|trang thong tin dien tu|khu dan cu|cay xanh|cay|co so|truong hoc|truong|cau lac bo|hoc sinh|"
    r"hoi vien|doan vien|xe|tram"
)
_TIMES = r"thang|quy|nam|tuan|ngay"
_COMPARE = r"(?:(?P<compare>it nhat|toi thieu|khong duoi|khong it hon|toi da|khong qua|duoi|hon|tren|dat|tu)\s+)?"
_NUMBER = r"(?P<value>\d{1,3}(?:\.\d{3})+|\d{1,7}(?:,\d{1,3})?)"
_PERCENT = re.compile(
    rf"{_COMPARE}(?<![\w.,/-])(?P<value>\d{{1,3}}(?:[.,]\d{{1,2}})?)\s*(?:%|phan tram\b)(?P<more>\s+tro len)?"
)
_COUNT = re.compile(
    rf"{_COMPARE}(?<![\w.,/-]){_NUMBER}\s+(?P<unit>{_UNITS})\b(?!\s+nam\b)(?:\s*/\s*(?P<per>{_TIMES})\b)?"
    rf"(?P<more>\s+tro len)?"
)
_EACH_ONE = re.compile(rf"\bmoi\b[^.;]{{0,80}}?\b(?P<value>mot)\s+(?P<unit>{_UNITS})\b")
_EVERY = re.compile(rf"\b(?:hang|moi)\s+(?P<per>{_TIMES})\b[^.;]{{0,60}}$")


@dataclass(frozen=True, slots=True)
class Indicator:
    """A target. ``comparison``: ``eq``, ``ge``, ``gt``, ``le``, ``lt``; None when the words leave it open."""

    as_written: str
    value: float
    unit: str
    comparison: str | None

    def to_json(self) -> dict[str, str | float | None]:
        value = int(self.value) if self.value == int(self.value) else self.value
        return {"as_written": self.as_written, "value": value, "unit": self.unit, "comparison": self.comparison}


def find_indicators(text: str, stated: bool = False) -> list[Indicator]:
    """The targets of a text, in order; ``stated`` for words that hold nothing else, such as a column of targets.

    A bare count ("5 xã") is a target only with a word of comparison or written the official way, with a leading zero;
    otherwise it may be a mere mention. Percentages always count.
    """
    words = bare(text)
    found: list[tuple[int, Indicator]] = []
    for match in _PERCENT.finditer(words):
        value = float(match["value"].replace(",", "."))
        found.append((match.start(), Indicator(_written(text, match), value, "%", _comparison(match))))
    for match in _COUNT.finditer(words):
        if not (match["compare"] in _COMPARISONS or match["value"].startswith("0") or match["per"] or stated):
            continue
        comparison = None if match["compare"] in ("tren", "tu") and not match["more"] else _comparison(match)
        value = float(match["value"].replace(".", "").replace(",", "."))
        unit = text[match.start("unit") : match.end("unit")] + _per(text, words, match)
        found.append((match.start(), Indicator(_written(text, match), value, unit, comparison)))
    for match in _EACH_ONE.finditer(words):
        unit = text[match.start("unit") : match.end("unit")]
        found.append((match.start(), Indicator(_written(text, match), 1.0, unit, "eq")))
    return list(dict.fromkeys(indicator for _, indicator in sorted(found, key=lambda entry: entry[0])))


def _comparison(match: re.Match[str]) -> str:
    if match["more"]:
        return "ge"
    return _COMPARISONS.get(match["compare"] or "", "eq")


def _per(text: str, words: str, match: re.Match[str]) -> str:
    """``/tháng`` where the words say how often: after a slash, or "hằng tháng" shortly before."""
    if match["per"]:
        return "/" + text[match.start("per") : match.end("per")]
    begin = max(0, match.start() - 90)
    every = _EVERY.search(words[begin : match.start()])
    return "/" + text[begin + every.start("per") : begin + every.end("per")] if every else ""


def _written(text: str, match: re.Match[str]) -> str:
    return text[match.start() : match.end()].strip()
