"""The head of an official document: kind, number, date, issuer, subject, whom it is addressed to.

Layout of Nghị định 30/2020/NĐ-CP, phụ lục I. Electronic copies often leave number and date blank; blank stays None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from nlu.documents.bodies import own_body
from nlu.documents.citations import NUMBER, OWN_NUMBER, SYMBOL, without_spaces
from nlu.documents.deadlines import make_day
from nlu.documents.layout import Line, Paragraph, join, marker_of, paragraphs
from nlu.documents.letters import bare
from nlu.documents.parties import AGENCY
from nlu.documents.stamps import bears_secret_stamp

KINDS = {
    "nghi quyet": "nghi_quyet", "quyet dinh": "quyet_dinh", "chi thi": "chi_thi", "quy che": "quy_che",
    "quy dinh": "quy_dinh", "thong cao": "thong_cao", "thong bao": "thong_bao", "huong dan": "huong_dan",
    "chuong trinh": "chuong_trinh", "ke hoach": "ke_hoach", "phuong an": "phuong_an", "de an": "de_an",
    "du an": "du_an", "bao cao": "bao_cao", "bien ban": "bien_ban", "to trinh": "to_trinh",
    "hop dong": "hop_dong", "cong dien": "cong_dien", "giay moi": "giay_moi", "cong van": "cong_van",
    "ket luan": "ket_luan",
}  # fmt: skip
"""Names of kinds (phụ lục III) as they stand alone above the subject."""

CODES = {
    "NQ": "nghi_quyet", "QĐ": "quyet_dinh", "CT": "chi_thi", "QC": "quy_che", "QyĐ": "quy_dinh", "TC": "thong_cao",
    "TB": "thong_bao", "HD": "huong_dan", "CTr": "chuong_trinh", "KH": "ke_hoach", "PA": "phuong_an", "ĐA": "de_an",
    "DA": "du_an", "BC": "bao_cao", "BB": "bien_ban", "TTr": "to_trinh", "HĐ": "hop_dong", "CĐ": "cong_dien",
    "GM": "giay_moi", "CV": "cong_van", "KL": "ket_luan",
}  # fmt: skip
"""Codes of kinds in a symbol (phụ lục III; CV and KL in the Party's style)."""
_FARTHEST = 90
"""Lines with words in which a head is looked for."""
_MOTTO = re.compile(r"cong ?hoa ?xa ?hoi ?chu ?nghia ?viet ?nam|cong hoa xa hoi chu nghia$|dang ?cong ?san ?viet ?nam")
_WATCHWORD = re.compile(r"doc lap\s?-\s?tu do")
_STAMPED = re.compile(
    r"(?:nguoi ky|ky boi|email|co quan|thoi gian ky|ngay ky|chu ky so|digitally signed|signed by|"
    r"signature)\b[^:]{0,20}:"
)
"""Lines a digital signature leaves on the first page."""
_CALLED = re.compile(r"[^:;.]{4,160}\bdien\s*:")
""""CHỦ TỊCH … điện:" before the bodies an urgent dispatch goes to."""
_MOTTO_REST = "VIỆT NAM"
"""What a narrow column leaves of the motto for a second line."""
_URGENT = re.compile(r"(?:thuong )?khan|hoa toc.*|\*+|_+|-+")
_NUMBER_LINE = re.compile(r"so\s*:|so\s+[\d/]")
_DATE_LINE = re.compile(
    r"(?:^|[^,]{2,60},)\s*ngay\s*(?P<day>\d{0,2})[\s.…_]*thang\s*(?P<month>\d{0,2})[\s.…_]*nam\s*(?P<year>\d{0,4})"
)
_ABOUT = re.compile(r"v\s?/\s?v\b")
_ABOUT_UNDER_NUMBER = re.compile(r"ve (?:viec )?")
_TO = re.compile(r"kinh gui\s*:?\s*")
_OPENING = re.compile(
    r"(?:can cu|thuc hien|trien khai|theo|de|nham|tiep tuc|tiep theo|ngay|trong|hien nay|uy ban|ubnd|so|bo|thoi gian|"
    r"phuc vu|dap ung|vua qua|xet|xac dinh|qua)\b"
)
_SURE_OPENING = re.compile(
    r"(?:can cu|thuc hien|theo|thoi gian (?:qua|gan day|vua qua)|(?:trong )?nhung nam|(?:trong )?thoi gian qua|"
    r"hien nay|"
    r"vua qua|de (?:chu dong|tang cuong|trien khai|bao dam|dam bao|nang cao|kip thoi|thuc hien)|nham|ngay \d|xet|"
    r"tiep theo|trien khai)\b"
)
_SENTENCE_INSIDE = re.compile(r"[.;:]$|\. (?=[^\W\d_])")
_LONGEST_SUBJECT = 8
_LONGEST_LINE = 80
"""Characters of a subject's line in the narrow column under the number."""


@dataclass(slots=True)
class Heading:
    """What stands above the body; ``body`` is the index of the first line below it."""

    kind: str | None = None
    number: str | None = None
    symbol: str | None = None
    number_line: int | None = None
    issued_on: date | None = None
    date_line: int | None = None
    place: str | None = None
    """The place before the date: "Kon Tum" in "Kon Tum, ngày …"."""
    issuer: list[Line] = field(default_factory=list)
    subject: Paragraph | None = None
    addressees: list[Paragraph] = field(default_factory=list)
    confidential: bool = False
    body: int = 0

    def own_issuer(self) -> tuple[list[str], str | None]:
        """The names of the issuer itself, longest first, and of the body above it."""
        return own_body([line.text for line in self.issuer])


def read_heading(lines: Sequence[Line], width: int | None) -> Heading:
    """The head of a document of these lines (footnotes removed); everything may be missing."""
    found = Heading()
    subject: list[Line] = []
    about = False
    gap = seen = year_line = 0
    index = 0
    top = _top(lines)
    for index, line in enumerate(lines):
        if not line.text or line.number == year_line or (index < top and _STAMPED.match(bare(line.text))):
            gap += not line.text
            continue
        seen += 1
        words = bare(line.text)
        if seen > _FARTHEST or words.startswith("noi nhan"):
            break
        if _TO.match(words) or (found.kind == "cong_dien" and subject and _CALLED.fullmatch(words)):
            found.body = _read_addressees(found, lines, index, width)
            return _finished(found, subject, about)
        if _fact(found, line, words):
            if _yearless(line, words):
                year_line = _year_below(found, lines, index)
        else:
            if _continues(subject, about, line, words, gap, width):
                subject.append(line)
            elif subject or marker_of(line.text):
                if line.text.isupper() and not marker_of(line.text):
                    gap = 0
                    continue
                break
            elif _ABOUT.match(words) or (
                found.kind is None
                and found.number_line
                and _ABOUT_UNDER_NUMBER.match(words)
                and not line.text.isupper()
            ):
                about = True
                subject.append(line)
            elif (kind := _kind(line.text, words)) and found.kind is None:
                found.kind, rest = kind
                if rest:
                    subject.append(Line(line.number, rest))
            elif found.kind is not None:
                if not (line.text.isupper() and words.startswith("cua ")):
                    subject.append(line)
            elif line.text.isupper() and len(line.text) < 120:
                found.issuer.append(line)
            elif index > top:
                break
        gap = 0
    else:
        index = len(lines)
    found.body = index
    return _finished(found, subject, about)


def _finished(found: Heading, subject: list[Line], about: bool) -> Heading:
    found.subject = join(subject) if subject else None
    if found.kind is None:
        found.kind = next((CODES[part] for part in _codes(found.symbol) if part in CODES), None)
    if found.kind is None and (about or found.addressees):
        found.kind = "cong_van"
    return found


def _codes(symbol: str | None) -> list[str]:
    """The part of a symbol that may name a kind: the first, in "KH-UBND" as in "CV/TU"."""
    return re.split(r"[-/]", symbol)[:1] if symbol else []


def _top(lines: Sequence[Line]) -> int:
    """The index of the first line that surely is a head's: motto or number; 0 when none is near."""
    near = [index for index, line in enumerate(lines) if line.text][:40]
    for index in near:
        words = bare(lines[index].text)
        if _motto(lines[index].text, words) or (_NUMBER_LINE.match(words) and "/" in words[:60]):
            return index
    return 0


def _motto(text: str, words: str) -> re.Match[str] | None:
    """The State's or the Party's name in capitals, or the watchword under it."""
    match = _MOTTO.search(words)
    return match if match and text[match.start() : match.end()].isupper() else _WATCHWORD.search(words[:120])


def _fact(found: Heading, line: Line, words: str) -> bool:
    """Note what a line of the head's own form says: motto, stamps, number, place and date; whether it was one."""
    motto = _motto(line.text, words)
    if line.text == _MOTTO_REST:
        return True
    if motto:
        left = line.text[: motto.start()].strip()
        if left.isupper():
            found.issuer.append(Line(line.number, left))
        return True
    if bears_secret_stamp(line.text):
        return True
    if _URGENT.fullmatch(words):
        return True
    dated = _DATE_LINE.search(words) if len(words) < 140 else None
    numbered = _NUMBER_LINE.match(words) if found.number_line is None else None
    if numbered and ("/" in words[:60] or numbered[0].endswith(":")):
        _note_number(found, line)
        if dated:
            _note_date(found, line, dated)
        return True
    if dated and found.date_line is None and dated.end() >= len(words) - 3:
        _note_date(found, line, dated)
        return True
    return False


def _note_number(found: Heading, line: Line) -> None:
    found.number_line = line.number
    rest = re.sub(r"^\w+\s*:?\s*", "", line.text)
    number = NUMBER.match(rest) or OWN_NUMBER.match(rest)
    if number:
        found.number = without_spaces(number["number"])
    symbol = SYMBOL.search(rest)
    found.symbol = without_spaces(symbol["symbol"] or symbol["party"]) if symbol else None


def _note_date(found: Heading, line: Line, match: re.Match[str]) -> None:
    found.date_line = line.number
    found.place = line.text[match.start() : match.end()].partition(",")[0].strip() if "," in match[0] else None
    found.issued_on = make_day(match["day"], match["month"], match["year"])


def _yearless(line: Line, words: str) -> bool:
    dated = _DATE_LINE.search(words)
    return bool(dated and dated["day"] and dated["month"] and not dated["year"])


def _year_below(found: Heading, lines: Sequence[Line], index: int) -> int:
    """Complete a date whose year was wrapped to the next line; the number of that line, 0 when it is not there."""
    below = next((line for line in lines[index + 1 : index + 4] if line.text), None)
    dated = _DATE_LINE.search(bare(lines[index].text))
    if below is None or dated is None or not re.fullmatch(r"\d{4}", below.text):
        return 0
    found.issued_on = make_day(dated["day"], dated["month"], below.text)
    return below.number


def _as_line(paragraph: Paragraph) -> Line:
    return Line(paragraph.first, paragraph.text)


def _kind(text: str, words: str) -> tuple[str, str] | None:
    """The kind a line names, alone or in capitals before the subject, and the rest of the line."""
    if words.strip(" :") in KINDS:
        return KINDS[words.strip(" :")], ""
    for name, kind in KINDS.items():
        if words.startswith(name + " ") and text[: len(name)].isupper() and not text.isupper():
            return kind, text[len(name) :].strip()
    return None


def _continues(subject: list[Line], about: bool, line: Line, words: str, gap: int, width: int | None) -> bool:
    """Whether a line goes on with the subject begun above it."""
    if not subject or len(subject) >= _LONGEST_SUBJECT or marker_of(line.text):
        return False
    if line.text[:1].islower():
        return gap < 3 and (about or not _SENTENCE_INSIDE.search(line.text) or len(line.text) < _LONGEST_LINE)
    if about:
        short = len(line.text) < _LONGEST_LINE and not line.text.endswith((".", ":", ";", ","))
        return gap == 0 or (gap == 1 and short and not line.text.isupper())
    short = width is None or len(subject[-1].text) < 0.75 * width
    if line.text.isupper() and not subject[-1].text.isupper():
        return False
    if gap == 0:
        sentence = _SENTENCE_INSIDE.search(line.text) or len(line.text) > 2 * _LONGEST_LINE
        return not (_SURE_OPENING.match(words) or (short and sentence))
    title_like = width is not None or (len(line.text) < 120 and not line.text.endswith((".", ":", ";")))
    return gap == 1 and title_like and not _OPENING.match(words) and not line.text.isupper()


def _read_addressees(found: Heading, lines: Sequence[Line], start: int, width: int | None) -> int:
    """Note the bodies after "Kính gửi"; the index of the first line after them."""
    near = paragraphs(lines[start : start + 200], width)
    first = near[0]
    match = _TO.match(bare(first.text)) or _CALLED.match(bare(first.text))
    rest = first.without(match.end()) if match else first
    if rest.text.strip(" -"):
        marker = marker_of(rest.text)
        found.addressees.append(rest.without(marker.end()) if marker else rest)
    for paragraph in near[1:]:
        marker = marker_of(paragraph.text)
        if marker and marker.lastgroup in ("dash", "plus"):
            found.addressees.append(paragraph.without(marker.end()))
        elif not found.addressees and AGENCY.match(paragraph.text) and len(paragraph.text) < 200:
            found.addressees.append(paragraph)
        elif len(found.addressees) == 1 and not paragraph.text[:1].isupper() and len(paragraph.text) < 120:
            found.addressees[0] = join([_as_line(found.addressees[0]), _as_line(paragraph)])
        else:
            return next(index for index in range(start, len(lines)) if lines[index].number == paragraph.first)
    return min(len(lines), start + 200)
