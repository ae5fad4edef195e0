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
from nlu.documents.kinds import CODES, is_joint, kind_alone, kind_before
from nlu.documents.layout import Line, Paragraph, join, marker_of, paragraphs
from nlu.documents.letters import bare
from nlu.documents.parties import AGENCY
from nlu.documents.stamps import bears_secret_stamp

_FARTHEST = 90
"""Lines with words in which a head is looked for."""
_MOTTO = re.compile(
    r"(?:cong ?)?(?:hoa ?)?xa ?hoi ?chu ?nghia ?viet ?nam|cong hoa xa hoi chu nghia$|dang ?cong ?san ?viet ?nam"
)
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
_MARKED = re.compile(
    r"(?:thuong )?khan|hoa toc.*|sao (?:y|luc|y ban chinh)|trich sao|ban sao|cong van den|den:?|luu hanh noi bo|"
    r"xem xong tra lai|khong pho bien|tai lieu thu hoi|chuyen\s*:.*|ngay(?: den)?\s*:.*|[-*_=~—–.\s|]+"
)
"""Lines that stamps and clerks leave on the first page, and rules."""
_DRAFT = re.compile(r"\(?du thao(?:\s+lan\s+\w+)?\)?")
_SYMBOL_ALONE = re.compile(r"/\s?[A-ZĐ][\w&.]{0,14}(?:\s?-\s?[A-ZĐ][\w&.]{0,14}){1,3}")
"""The symbol where the number before it was set apart or left blank."""
_AUTHORITY = re.compile(
    r"(?:(?:q\.|quyen )?(?:chu tich|giam doc|bo truong|truong ban|tong giam doc|cuc truong|chanh an|hieu truong)\b|"
    r"thu tuong|chinh phu|hoi dong nhan dan|uy ban|ubnd|"
    r"ban (?:chi dao|chi huy|chap hanh|thuong vu|bi thu|to chuc)|bo |"
    r"so |tong cuc|ngan hang)"
)
"""On whose authority a decision is taken: the line in capitals between its subject and "Căn cứ"."""
_SESSION = re.compile(r"\s*\b(?:KHÓA|KHOÁ|KỲ HỌP|NHIỆM KỲ)\b")
_BASES = re.compile(r"[-\s]*(?:can cu|xet|theo|thuc hien|khoa [ivx]+|ky hop)\b")
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
    draft: bool = False
    joint: bool = False
    """Issued by several bodies together, as its kind says."""
    authority: str | None = None
    """The body a decision names above its bases: "ỦY BAN NHÂN DÂN TỈNH SƠN LA"."""

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
            if _continues(subject, about, line, words, gap, width) and not _is_authority(
                line.text, words, lines, index
            ):
                subject.append(line)
            elif index < top and not line.text.isupper() and found.kind is None and not subject:
                continue  # what a digital signature or a received stamp leaves above the head
            elif subject or marker_of(line.text):
                if line.text.isupper() and not marker_of(line.text):
                    if _is_authority(line.text, words, lines, index):
                        found.authority = _SESSION.split(line.text)[0].strip(" ,-")
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
            elif found.kind is None and (kind := _kind(line.text, found, lines, index)):
                found.kind, rest = kind
                found.joint = is_joint(line.text.removesuffix(rest))
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
    if _MARKED.fullmatch(words):
        return True
    if _DRAFT.fullmatch(words):
        found.draft = True
        return True
    if found.number_line and found.symbol is None and _SYMBOL_ALONE.fullmatch(line.text):
        found.symbol = without_spaces(line.text.removeprefix("/"))
        return True
    dated = _DATE_LINE.search(words) if len(words) < 140 else None
    numbered = _NUMBER_LINE.match(words) if found.number is None and found.symbol is None else None
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


def _kind(text: str, found: Heading, lines: Sequence[Line], index: int) -> tuple[str, str] | None:
    """The kind a line names, alone or before the subject, and the rest of the line.

    A line wholly in capitals may be more of the issuer's name as long as the number has not come.
    """
    kind = kind_alone(text)
    if kind:
        return kind, ""
    numbered = found.number_line is not None or not any(
        _NUMBER_LINE.match(bare(line.text)) for line in lines[index : index + 12]
    )
    return kind_before(text) if not text.isupper() or numbered else None


def _is_authority(text: str, words: str, lines: Sequence[Line], index: int) -> bool:
    """Whether a line in capitals names the body that decides: the bases follow it."""
    if not (text.isupper() and _AUTHORITY.match(words)):
        return False
    following = [line.text for line in lines[index + 1 : index + 8] if line.text][:2]
    return any(_BASES.match(bare(below)) for below in following)


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


def _listed(lines: Sequence[Line], paragraph: Paragraph) -> list[Line]:
    """The lines of a paragraph up to the one that ends the list of bodies; prose may have run on to it."""
    own = [line for line in lines if paragraph.first <= line.number <= paragraph.last and line.text]
    end = next((at for at, line in enumerate(own) if line.text.endswith((".", ";"))), len(own) - 1)
    return own[: end + 1]


def _goes_on(addressees: Sequence[Paragraph], paragraph: Paragraph) -> bool:
    """Whether a list of bodies left open by ";" or "," is continued in this paragraph."""
    open_end = bool(addressees) and addressees[-1].text.endswith((";", ","))
    return open_end and len(paragraph.text) < 300 and bool(AGENCY.match(paragraph.text))


def _read_addressees(found: Heading, lines: Sequence[Line], start: int, width: int | None) -> int:
    """Note the bodies after "Kính gửi"; the index of the first line after them."""
    near = paragraphs(lines[start : start + 200], width)
    first = near[0]
    match = _TO.match(bare(first.text)) or _CALLED.match(bare(first.text))
    rest = first.without(match.end()) if match else first
    if rest.text.strip(" -"):
        marker = marker_of(rest.text)
        found.addressees.append(rest.without(marker.end()) if marker else rest)
    over = rest.text.endswith(".")
    for paragraph in near[1:]:
        marker = marker_of(paragraph.text)
        if marker and marker.lastgroup in ("dash", "plus") and not over:
            found.addressees.append(paragraph.without(marker.end()))
        elif not found.addressees and AGENCY.match(paragraph.text) and len(paragraph.text) < 200:
            found.addressees.append(paragraph)
        elif _goes_on(found.addressees, paragraph):
            listed = _listed(lines, paragraph)
            found.addressees.append(join(listed))
            if listed[-1].number < paragraph.last:
                return next(index for index in range(start, len(lines)) if lines[index].number > listed[-1].number)
        elif len(found.addressees) == 1 and paragraph.text[:1].islower() and len(paragraph.text) < 120:
            found.addressees[0] = join([_as_line(found.addressees[0]), _as_line(paragraph)])
        else:
            return next(index for index in range(start, len(lines)) if lines[index].number == paragraph.first)
    return min(len(lines), start + 200)
