"""How official prose words a deadline, on bare text: days, months, quarters, spans, what recurs."""

from __future__ import annotations

import re

QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_DAY = (
    r"(?:ngay\s*)?(?:(?P<{0}d>\d{{1,2}})\s?[/.-]\s?(?P<{0}m>\d{{1,2}})(?:\s?[/.-]\s?(?P<{0}y>\d{{4}}))?(?![\d/])|"
    r"(?P<{0}d2>\d{{1,2}})\s+thang\s+(?P<{0}m2>\d{{1,2}})(?:\s*,?\s*nam\s+(?P<{0}y2>\d{{4}}))?)"
)
SPAN = (
    r"(?:thang\s+(?P<{0}sm>\d{{1,2}})(?:\s*[/-]\s*|\s*,?\s*nam\s+)(?P<{0}sy>\d{{4}})|"
    r"(?:quy\s+|\bq\.?\s?)(?P<{0}sq>iv|i{{1,3}}|[1-4])(?:\s*/\s*|\s*,?\s*(?:nam\s+)?)(?P<{0}qy>\d{{4}})|"
    r"(?:6|06|sau) thang (?P<{0}half>dau|cuoi) nam (?P<{0}hy>\d{{4}})|nam\s+(?P<{0}yy>\d{{4}}))"
)
_HOUR = (
    r"(?:(?P<{0}h>\d{{1,2}})\s*(?:gio|g|h)\s*\d{{0,2}}\s*(?:phut)?,?\s*)?"
    r"(?:(?:thu (?:hai|ba|tu|nam|sau|bay)|chu nhat)\s*,?\s*)?"
)
_PART = r"(?P<which>dau|giua|cuoi)\s+thang\s+(?P<pm>\d{1,2})(?:\s*/\s*|\s*,?\s*nam\s+)(?P<py>\d{4})"
_TOGETHER = (
    r"(?:(?:tu\s+)?thang\s+\d{1,2}(?:\s*/\s*\d{4})?\s*(?:-|den|toi|va|,)\s*(?:het\s+)?(?:thang\s+)?(?P<lm>\d{1,2})|"
    r"(?:tu\s+)?quy\s+(?:iv|i{1,3}|[1-4])(?:\s*/\s*\d{4})?\s*(?:-|den|toi|va|,)\s*(?:het\s+)?(?:quy\s+)?"
    r"(?P<lq>iv|i{1,3}|[1-4]))(?:\s*/\s*|\s*,?\s*nam\s+)(?P<ly>\d{4})"
)
"""Several months or quarters: "tháng 3 - 5/2025", "quý I, II năm 2025"."""
_ASIDE = r"(?:\s*\([^()]{0,80}\))?"
WORDS = re.compile(
    rf"(?P<yearly>\b(?:truoc|cham nhat|muon nhat|vao|den het|han chot)\s*(?:la|vao|truoc|den|:)*\s*{_HOUR.format('r')}"
    rf"(?:ngay\s*)?\d{{1,2}}(?:\s*/\s*\d{{1,2}}|\s+thang\s+\d{{1,2}})?,?\s*(?:cua\s+)?(?:thang (?:cuoi|dau)(?: cua)? )?"
    rf"(?:(?:(?:hang|moi|cuoi)\s+)?(?:(?<=hang )|(?<=moi )|(?<=cuoi )|(?<=cua ))(?:nam|thang|quy|tuan)\b|"
    rf"(?:thang (?:dau|cuoi)\s+(?:cua\s+)?)?(?:(?<=thang dau )|(?<=thang cuoi )|(?<=cua )|(?<=\d )|(?<=dau ))"
    rf"(?:nam|thang|quy|tuan) (?:sau|tiep theo|ke tiep|lien ke)\b))|"
    rf"(?P<from_now>\btu nay (?:cho )?den\s+(?:het\s+)?(?:{_DAY.format('n')}|{SPAN.format('n')}))|"
    rf"(?P<is_range>\btu\s+{_DAY.format('f')}\s*(?:,\s*)?(?:den|toi|-)\s+(?:het\s+)?{_DAY.format('t')})|"
    rf"(?P<relative>\b(?:trong|sau|cham nhat|khong qua)(?:\s+(?:vong|thoi han|thoi gian|khong qua|toi da|la|sau))*\s+"
    rf"(?P<count>\d{{1,3}})\s+(?P<unit>ngay lam viec|ngay|gio|tuan|thang)\b(?! (?:dau|cuoi) nam)"
    rf"(?P<since>\s*,?\s*(?:\([^()]{{0,40}}\)\s*)?(?:ke\s+)?tu\s+(?:ngay|khi|thoi diem|luc)[^.;,()]{{0,80}})?)|"
    rf"(?P<before_span>\btruoc\s+{SPAN.format('p')})|"
    rf"(?P<event>\btruoc\s+(?:dip\s+|khi\s+|ky\s+)?(?:tet|(?:ngay )?khai giang|dai hoi|ky hop|mua (?:mua|kho|bao)|"
    rf"nam hoc)\b[^.;,()]{{0,40}})|"
    rf"(?P<in_week>\btrong\s+tuan\s+(?:thu\s+)?\d{{1,2}}\s*(?:/|,?\s*nam\s+)\s*\d{{4}})|"
    rf"(?P<on_day>\btrong\s+ngay\s+{_DAY.format('i')})|"
    rf"(?P<done>(?<!da )\b(?:hoan thanh|xong)\s*,?\s+(?P<what>(?:vao\s+)?(?:cuoi\s+(?=quy|nam))?"
    rf"(?:{_PART}|{_TOGETHER}|{SPAN.format('o')}|{_DAY.format('o')})))|"
    rf"(?P<is_before>\btruoc\s+{_HOUR.format('b')}{_DAY.format('b')})|"
    rf"(?P<is_by>\b(?:cham nhat|muon nhat|han chot|han cuoi(?: cung)?|khong muon hon|khong cham hon|khong qua|den het)"
    rf"\s*(?:la|vao|den|trong|:)*\s*(?P<rather>truoc\s+)?{_HOUR.format('e')}(?:{_DAY.format('e')}|{SPAN.format('e')}))|"
    rf"(?P<is_within>\btrong\s+{SPAN.format('w')})|"
    rf"(?P<unyeared>\btrong\s+(?:quy\s+(?P<uq>iv|i{{1,3}}|[1-4])|thang\s+(?P<um>\d{{1,2}}))\b(?!\s*(?:/|,?\s*nam\b|-|\d)))|"
    rf"(?P<recurring>\bdinh ky,?\s+(?:\d{{1,2}}|sau|ba)\s+(?:thang|nam|tuan|quy)\b(?:\s+mot lan|"
    rf"\s*/\s*(?:\d+\s*)?lan)?|"
    rf"\b(?:dinh ky,?\s+)?(?:hang|moi)\s+(?:ngay|tuan|thang|quy|nam)\b{_ASIDE}"
    rf"(?:\s+hoac dot xuat{_ASIDE})?)"
)
LABELLED = re.compile(
    rf"(?P<together>{_TOGETHER})|(?P<years>(?P<from>20\d\d)\s*-\s*(?P<until>20\d\d))|(?:trong\s+)?(?P<span>{SPAN.format('w')})|"
    rf"(?P<part>{_PART})|"
    rf"(?P<day>{_DAY.format('d')})|(?:trong\s+)?(?P<unyeared>(?:quy\s+(?P<uq>iv|i{{1,3}}|[1-4])|"
    rf"thang\s+(?P<um>\d{{1,2}}))\b)|(?P<always>thuong xuyen|dinh ky|hang (?:ngay|tuan|thang|quy|nam))\b"
)
WEEK_OF_MONTH = re.compile(r"\btuan (?:thu )?(?:\d|dau|cuoi|nhat|hai|ba|tu)\b.*\bthang\b")
"""A week counted within a month; when it ends nothing says."""
EVERY_TIME = re.compile(r"\b(?:dinh ky|hang (?:nam|quy|thang)|(?:0?[136]|9|12) (?:thang|nam|quy)\s*\()")
"""Words before a day without a year that make it come again and again."""
INLINE = re.compile(
    r"\bthoi (?:gian|han)(?P<what> (?:hoan thanh|thuc hien|bao cao|trien khai|to chuc))?\s*:\s*"
    r"(?P<value>[^.;\n]*\d[^;\n]{0,40})"
)
OPEN_START = re.compile(r"tu\s+(?:dau\s+|giua\s+|cuoi\s+)?(?:ngay|thang|quy|tuan|nam)\b(?!.*\b(?:den|toi)\b)")
SIGNING = re.compile(
    r"tu\s+ngay\s+(?:ky|ban hanh)|tu\s+(?:ngay|khi)\s+\S+(?:\s\S+){0,4}\s+(?:duoc\s+)?(?:ky|ban hanh)\b"
)
STOPS = re.compile(r"\s*(?:[.;,)]|$)")
TIMED = re.compile(r"\bthoi (?:gian|han)[^.;]{0,40}$")
COMPLETE = re.compile(
    r"(?:thuc hien|trien khai|to chuc)[\s,:(]*$|"
    r"\b(?:hoan thanh|xong|bao cao|gui|(?<!cong )(?<!qua )(?<!chuong )(?<!quy )(?<!lo )trinh|ban hanh)\b[^.;:]{0,60}$"
)
RANGE = re.compile(
    rf"\btu\s+{_DAY.format('f')}\s*(?:,\s*)?(?:den|toi|-)\s+(?:het\s+)?{_DAY.format('t')}|"
    rf"\bden\s+het\s+(?:{_DAY.format('u')}|{SPAN.format('u')})"
)
SHORT_RANGE = re.compile(rf"\btu\s+ngay\s+(?P<d>\d{{1,2}})\s+(?:den|toi|-)\s+(?:het\s+)?{_DAY.format('t')}")
WEEK = re.compile(r"(?P<open>\btu\s+)?\btuan\s+(?:thu\s+)?(?P<week>\d{1,2})\s*(?:/|,?\s*nam\s+)\s*(?P<year>\d{4})")
