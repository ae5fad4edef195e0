"""Agencies as a document names them: lists taken apart, names resolved to the registry only when certain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from content.schema import Agency
from nlu.documents.bodies import joined_spans, name_end
from nlu.documents.letters import bare

CERTAIN = 0.98
"""A name or alias word for word; anything merely alike stays without an id."""
LIKELY = 0.8
"""A name alike enough to be offered to a person."""
MOST_LOOKUPS = 4_000
"""Different names looked up per document; bounds the time a strange text can take."""
_LONGEST_LIST = 900
_LONGEST_NAME = 160
_EDGES = " .,;:…"
_WIDEST = 7
"""Separators one name may hold: "Các sở, ban, ngành, đơn vị thuộc tỉnh" has three."""

_BODIES = (
    r"sở|ban(?! hành)|công đoàn|ubnd|u[ỷy] ban|[ủu]y ban|ub|công an|bộ(?! máy| phận| tiêu)|cục|vụ(?! việc)|"
    r"tổng cục|văn phòng|vp|"
    r"báo(?! cáo| hiệu)|đài|tạp chí|trung tâm|hội(?! nghị| thảo| chợ| họp| nhập)|hđnd|đoàn(?! kết)|liên đoàn|"
    r"mặt trận|mttq|ubmttq|tỉnh đoàn|thành đoàn|tỉnh u[ỷy]|tỉnh [ủu]y|huyện u[ỷy]|huyện [ủu]y|thành u[ỷy]|thành [ủu]y|"
    r"đảng u[ỷy]|đảng [ủu]y|thường trực|chi cục|chi nhánh|trường(?! hợp)|bệnh viện|viện(?! dẫn)|"
    r"phòng(?!,| chống| cháy| ngừa| họp)|cổng|cơ quan|đơn vị|doanh nghiệp|kho bạc|"
    r"thanh tra(?!,)|tòa án|toà án|bảo hiểm|quỹ|"
    r"ngân hàng|công ty|"
    r"hạt kiểm lâm|hạt quản lý|đồn(?! điền)|trạm(?! sạc| biến áp| bts)|huyện đoàn|thị đoàn|bí thư|phó bí thư|"
    r"bưu điện|điện lực|cảng vụ|chi bộ|đảng bộ|tổ công|tổ đại biểu|đội(?! ngũ| hình| viên)|học viện|đại học|nhà trường|"
    r"kiểm toán|hải quan|quân khu|lữ đoàn|trung đoàn|hợp tác xã|liên minh|hiệu trưởng|trưởng thôn|trưởng các thôn|"
    r"tập đoàn|vnpt|viettel|thủ trưởng|người đứng đầu|chủ tịch|giám đốc|hiệp hội|liên hiệp|nhà xuất bản"
)
_PLURAL = (
    rf"(?:các|những|toàn thể)\s+(?:{_BODIES}|tổ chức|cơ sở|phòng|ban|địa phương|ngành|huyện|xã|phường|thị trấn|"
    rf"thành phố|nhà mạng|"
    r"cấp ủy|cấp uỷ)"
)
AGENCY = re.compile(rf"(?:{_PLURAL}|{_BODIES})\b", re.IGNORECASE)
"""How the name of a body begins; alone it proves nothing."""
_COMMISSION = re.compile(
    r"(?:kinh\s+)?(?:de nghi|giao(?: cho)?|yeu cau|phan cong|doi voi|(?:trach nhiem|nhiem vu)(?: cu the)? cua)\s+"
    r"(?:cho\s+|dong chi\s+|cac dong chi\s+)?"
)
_LISTED = re.compile(
    r"(?P<head>(?:giam doc |thu truong |chu tich )?(?:ubnd )?)"
    r"cac (?P<kind>so|bo|ban|huyen|xa|phuong|thanh pho)\s*:\s*(?=\S)"
)
""""Các Sở: Y tế, Công Thương" names Sở Y tế and Sở Công Thương."""
_LEADS_IN = re.compile(r"(?:(?:va|voi|cung|cho|la)\s+)+")
_SEPARATOR = re.compile(r"\s*,\s*|\s+va\s+|\s+cung\s+|\s*&\s*(?=[a-z]{3})")
_ASIDE = re.compile(r"\([^()]{0,200}\)")
_EACH = re.compile(
    r"(?P<body>ubnd|uy ban nhan dan|phong [a-z ,-]{3,40}?|trung tam [a-z ,-]{3,80}?)\s+(?:cac\s+)?"
    r"(?P<kind>huyen|xa|phuong|thi tran|thanh pho|tp)\s*(?P<colon>:?)\s*(?P<names>\S.*)"
)
_NAMED_AFTER = re.compile(r"\bcac (?:so|bo|huyen|xa|phuong|thi tran):$")
"""The colon of "UBND các huyện: A, B" is no end."""
_BY_FIELD = re.compile(r"(?:so|bo) ")
_LONGEST_SUBJECT = 24
"""Words of the bodies a sentence begins with, when no name among them is known."""
_COLON_LIST = re.compile(r"[^:]{0,60}\b(?:cac|trung uong)\b[^:]{0,60}:\s*\S")
_KIND = re.compile(r"(?:huyen|xa|phuong|thi tran|thanh pho|tp)\b")


class _Found(Protocol):
    @property
    def agency_id(self) -> str: ...
    @property
    def score(self) -> float: ...


class Finder(Protocol):
    """What can look up agencies by name; ``AgencyFinder`` does."""

    @property
    def agencies(self) -> Mapping[str, Agency]:
        """The registry by id."""
        ...

    def find(self, text: str, limit: int = 5) -> Sequence[_Found]: ...


@dataclass(frozen=True, slots=True)
class Party:
    """A body named in the document; ``agency_id`` only when the registry knows exactly this name."""

    text: str
    agency_id: str | None = None

    def to_json(self) -> dict[str, str | None]:
        return {"text": self.text, "id": self.agency_id}


@dataclass(slots=True)
class Registry:
    """Looks names up, each once, within a bound."""

    finder: Finder
    elsewhere: bool = False
    """The document comes from another place: names of its own bodies are not those of the registry."""
    home: str = ""
    """The registry's province; a name that holds it is looked up even in a document from elsewhere."""
    on: date | None = None
    """The day of the document: a body is looked for among those there were by then; without it among those that have
    no first day."""
    exhausted: bool = False
    """Some name was not looked up because the bound was reached."""
    _known: dict[str, str | None] = field(default_factory=dict)
    _alike: dict[str, Sequence[_Found]] = field(default_factory=dict)

    def certain(self, name: str) -> str | None:
        """The id of the one agency called exactly so; None when none is, or several are."""
        key = " ".join(_ASIDE.sub(" ", name).split()).strip(_EDGES)
        if not 2 < len(key) <= _LONGEST_NAME:
            return None
        if key not in self._known:
            if len(self._known) >= MOST_LOOKUPS:
                self.exhausted = True
                return None
            best = [match for match in self.alike(key)[:2] if match.score >= CERTAIN]
            best = [match for match in best if not self._is_over(match.agency_id)] or best
            clear = len(best) == 1 or (len(best) == 2 and best[0].score - best[1].score > 0.005)
            self._known[key] = best[0].agency_id if clear and self._ours(key, best[0].agency_id) else None
        return self._known[key]

    def alike(self, name: str) -> Sequence[_Found]:
        """The three bodies whose names are most like this one."""
        key = " ".join(_ASIDE.sub(" ", name).split()).strip(_EDGES)[:_LONGEST_NAME]
        if key not in self._alike:
            found = [match for match in self.finder.find(key, 6) if not self._is_to_come(match.agency_id)]
            self._alike[key] = found[:3]
        return self._alike[key]

    def to_come(self, name: str) -> list[Agency]:
        """The bodies called exactly so that the registry has only from a day after the document on."""
        key = " ".join(_ASIDE.sub(" ", name).split()).strip(_EDGES)[:_LONGEST_NAME]
        found = [match.agency_id for match in self.finder.find(key, 3) if match.score >= CERTAIN]
        return [self.finder.agencies[agency_id] for agency_id in found if self._is_to_come(agency_id)]

    def _is_to_come(self, agency_id: str) -> bool:
        first = self.finder.agencies[agency_id].valid_from
        return first is not None and (self.on is None or first > self.on)

    def _is_over(self, agency_id: str) -> bool:
        last = self.finder.agencies[agency_id].valid_to
        return last is not None and self.on is not None and last < self.on

    def _ours(self, name: str, agency_id: str) -> bool:
        """Whether a name may mean this body: in a document from elsewhere only a central one by its full name, or one
        whose name holds our province; "Đài Tiếng nói Việt Nam" there is not our region's office of it."""
        if not self.elsewhere or (self.home and bare(self.home) in bare(name)):
            return True
        agency = self.finder.agencies[agency_id]
        return agency.level == "central" and bare(agency.name) == bare(name)

    def ended(self, agency_id: str, on: date) -> Agency | None:
        """The body when it no longer existed on that day; None while it did."""
        agency = self.finder.agencies[agency_id]
        return agency if agency.valid_to and agency.valid_to < on else None

    def heirs(self, ended: Agency) -> list[Agency]:
        """The bodies there were on the day of the document among those that followed this one."""
        found: dict[str, Agency] = {}
        frontier = list(ended.successors)
        while frontier:
            agency = self.finder.agencies.get(frontier.pop(0))
            if agency is None or agency.id in found or self._is_to_come(agency.id):
                continue
            if self._is_over(agency.id):
                frontier += agency.successors
            else:
                found[agency.id] = agency
        return list(found.values())

    def choices(self, name: str) -> list[Agency]:
        """Bodies a name may mean, best first, for a person to choose from."""
        return [self.finder.agencies[match.agency_id] for match in self.alike(name) if match.score >= LIKELY]

    def party(self, text: str) -> Party:
        """One name as it stands, resolved if it can be."""
        text = text.strip(_EDGES)
        return Party(text, self.certain(text))

    def parties(self, text: str) -> list[Party]:
        """The bodies of a list such as ``Công an tỉnh; UBND các huyện, thành phố và các đơn vị có liên quan``."""
        if len(text) > _LONGEST_LIST:
            return []
        found: list[Party] = []
        for segment in _segments(text):
            start = _LEADS_IN.match(bare(segment))
            segment = (segment[start.end() :] if start else segment).strip(_EDGES)
            if not segment:
                continue
            whole = self.certain(segment)
            if whole:
                found.append(Party(segment, whole))
            else:
                found += self._each(segment) or self._listed(segment) or self._split(segment)
        return list(dict.fromkeys(found))

    def _each(self, segment: str) -> list[Party]:
        """``UBND các huyện: A, B và thành phố C`` names UBND huyện A, UBND huyện B and UBND thành phố C."""
        match = _EACH.match(bare(segment))
        if match is None:
            return []
        names = segment[match.start("names") :]
        if not names[:1].isupper():
            return []
        body, kind = segment[: match.end("body")], segment[match.start("kind") : match.end("kind")]
        found = []
        for name in (part for part, _, _ in _pieces(names)):
            own = _KIND.match(bare(name))
            found.append(self.party(f"{body} {name}" if own else f"{body} {kind} {name}"))
        known = any(party.agency_id for party in found)
        return found if known and (match["colon"] or all(party.agency_id for party in found)) else []

    def _listed(self, segment: str) -> list[Party]:
        """``Các Sở: Y tế, Công Thương``: a body for each name; a list whose names are none stays one party."""
        match = _LISTED.match(bare(segment))
        if match is None:
            return [Party(segment.strip(_EDGES))] if _COLON_LIST.match(bare(segment)) else []
        head = segment[: match.end("head")]
        kind = segment[match.start("kind") : match.end("kind")]
        names = [name.strip(_EDGES) for name, _, _ in _pieces(segment[match.end() :])]
        if not all((name[:1].isupper() and not self.begins(f"{name} ")) or name == "Công an" for name in names):
            return [Party(segment.strip(_EDGES))]
        return [
            self.party(f"{head}{kind[:1].upper() if not head else kind[:1].lower()}{kind[1:]} {name}") for name in names
        ]

    def _split(self, segment: str) -> list[Party]:
        """Longest names first; what no name covers stays together with what follows it up to the next body."""
        pieces = _pieces(segment)
        found: list[Party] = []
        at = 0
        while at < len(pieces):
            for end in range(min(len(pieces), at + _WIDEST), at, -1):
                name = segment[pieces[at][1] : pieces[end - 1][2]]
                agency = self.certain(name)
                if agency and not self._goes_on(segment, pieces, end):
                    found.append(Party(name, agency))
                    break
            else:
                end = at + 1
                while end < len(pieces) and not self.begins(pieces[end][0]):
                    end += 1
                found.append(Party(segment[pieces[at][1] : pieces[end - 1][2]].strip(_EDGES)))
            at = end
        return [party for party in found if party.text]

    def _goes_on(self, segment: str, pieces: Sequence[tuple[str, int, int]], end: int) -> bool:
        """Whether a known name is only the beginning of a longer one: "Sở Nông nghiệp" of "… và Môi trường"."""
        if end >= len(pieces):
            return False
        between = segment[pieces[end - 1][2] : pieces[end][1]]
        following = pieces[end][0]
        return bare(between).strip() == "va" and following[:1].isupper() and not self.begins(following)

    def begins(self, piece: str) -> bool:
        """Whether a piece of a list is a body of its own rather than more of the one before."""
        if AGENCY.match(piece) and (piece[:1].isupper() or bare(piece).startswith(("cac ", "nhung "))):
            return True
        return self.certain(piece) is not None

    def actors(self, text: str) -> tuple[list[Party], int]:
        """The bodies a sentence begins with, as its subject, and where they end; none when it begins otherwise.

        ``Sở Y tế chủ trì …``, ``Đề nghị Ban Tuyên giáo Tỉnh ủy: …``, ``Các đơn vị, địa phương tổ chức …``.
        """
        start = _COMMISSION.match(bare(text[:60]))
        begin = start.end() if start else 0
        agency = AGENCY.match(text, begin)
        if agency is None or not (text[begin : begin + 1].isupper() or (start and agency[0].startswith("các "))):
            return [], 0
        end = subject_end(text, begin)
        further = listed_end(text, begin, end)
        if further > end:
            found = self.parties(text[begin:further])
            if found and (all(party.agency_id for party in found) or _BY_FIELD.match(bare(found[-1].text))):
                return found, further
        found = self.parties(text[begin:end])
        heading = not text[end:].strip(_EDGES) or text[end : end + 1] == ":"
        acting = VERB.match(bare(text[end : end + 40])) and len(text[begin:end].split()) <= _LONGEST_SUBJECT
        known = any(party.agency_id for party in found) or acting or name_end(text, begin) > begin
        return (found, end) if known or heading or agency[0].lower().startswith("các") else ([], 0)


def listed_end(text: str, begin: int, end: int) -> int:
    """Where a list of bodies ends that stands after the colon of "các Sở: …"; ``end`` when there is none."""
    return subject_end(text, end + 1) if _NAMED_AFTER.search(bare(text[max(begin, end - 12) : end + 1])) else end


def subject_end(text: str, begin: int = 0) -> int:
    """Where the bodies named at ``begin`` end: at a colon, a full stop or the first verb."""
    named = name_end(text, begin)
    if named > begin and not _GOES_ON.match(bare(text[named : named + 12])):
        return named
    words = bare(text[begin : begin + _LONGEST_LIST])
    sent = text.find(" cử ", begin, begin + len(words))  # "cũ", "cụ" are no verbs: only the mark tells
    if sent >= 0:
        words = words[: sent - begin]
    verb = VERB.search(words)
    while verb is not None and not text[begin + verb.start("word")].islower():
        verb = VERB.search(words, verb.start("word") + 1)
    mark = _MARK.search(words)
    return begin + min(verb.start() if verb else len(words), mark.start() if mark else len(words))


_GOES_ON = re.compile(r"\s*[,;&-]|\s+(?:va|cung|thuoc|truc thuoc|cap|lien quan|co lien quan)\b|\s*\(")
_MARK = re.compile(r":|…|\.\.\.|\.(?=\s|$)|;\s*(?=phoi hop|de nghi|yeu cau)")
VERB = re.compile(
    r"[\s,;]+(?P<word>(?:kinh\s+)?de nghi|yeu cau|can cu|tren co so|theo\b(?! doi)|theo doi|chu tri|ket qua|"
    r"xem xet|chi tri|phoi hop|"
    r"thuc hien|(?<!cac )(?<!tung )to chuc(?! (?:dang|chinh tri|doan|hoi(?! (?:nghi|thao|thi|cho))|co so))|"
    r"xay dung|trien khai|"
    r"co trach nhiem|chiu trach nhiem|tham muu|huong dan|"
    r"dinh ky|bao cao|chu dong|tiep tuc|tang cuong|day manh|long ghep|ra soat|nghien cuu|bien soan|hoan thien|kiem tra|"
    r"don doc|tong hop|cung cap|ky hop dong|ky ket|dam bao|bao dam|xu ly|chi dao|thong nhat|truoc (?:ngay|\d)|"
    r"trong|nham|de\b|"
    r"ban hanh|thong tin(?= kip| ve| den)|tuyen truyen|quan triet|khan truong|nghiem tuc|quan tam|la co quan|cham nhat|"
    r"hang nam|hang thang|hang quy|lap\b|trinh|thanh lap|xac minh|phat huy|san xuat|ky\b|gui\b|nop\b|duoc\b|"
    r"quyet dinh|san sang|tong kiem tra|tap huan|tap trung|dinh huong|lanh dao|tham dinh|bo tri|phat dong|phan anh|"
    r"phe duyet|giam sat|van dong|huy dong|cap nhat|duy tri|nang cao|thuong xuyen|lam dau moi|la (?:dau moi|don vi)|"
    r"keu goi|kiem dem|kiem soat|danh gia|tham gia|ap dung|thong ke|cham lo|tang\b|dua tin|mo\b|ho tro|"
    r"tiep nhan|cong bo|ngan chan|dau tranh|dieu tra|phong ngua(?! va)|"
    r"phan cong|de xuat|van hanh|tuan tra|so tan|du bao|canh bao|truc ban|hoan thanh|phu song|lap dat|khac phuc|"
    r"giai quyet|day nhanh|so hoa|chuan bi|tinh hinh|treo\b|chung minh|thong bao(?= den| cho| ve| ket)|co y kien|"
    r"co van ban|quy dinh|bien tap|ket noi|lam sach|trao doi|phat song|dang tai|bo sung|chuan hoa|so ket|"
    r"(?<!ban )(?<!co quan )(?<!don vi )(?<!doanh nghiep )quan ly)"
)
"""Where a list of bodies ends and what they do begins."""


def _segments(text: str) -> Iterable[str]:
    """Parts between semicolons that do not stand in brackets."""
    depth = begin = 0
    for place, letter in enumerate(text):
        depth = max(0, depth + (letter == "(") - (letter == ")"))
        if letter == ";" and depth == 0:
            yield text[begin:place]
            begin = place + 1
    yield text[begin:]


def _pieces(text: str) -> list[tuple[str, int, int]]:
    """Parts between commas and "và", with their offsets."""
    found: list[tuple[str, int, int]] = []
    begin = 0
    words = bare(text)
    whole = joined_spans(words)
    for match in _SEPARATOR.finditer(words):
        if any(first < match.start() and match.end() < last for first, last in whole):
            continue
        if match.start() > begin:
            found.append((text[begin : match.start()], begin, match.start()))
        begin = match.end()
    if begin < len(text):
        found.append((text[begin:], begin, len(text)))
    return found
