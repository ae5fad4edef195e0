"""How the names of public bodies are built, for those no registry knows: field, level, place, lists of communes.

Names of offices under Nghị định 45/2025/NĐ-CP and those before it, of police, army, Party and Front; only patterns of
speech, nothing about a particular body.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.documents.letters import bare

_FIELDS = (
    r"y te|giao duc va dao tao|khoa hoc va cong nghe|noi vu|tai chinh|xay dung|cong thuong|tu phap|ngoai vu|ngoai giao|"
    r"quoc phong|cong an|dan toc va ton giao|du lich|van hoa va the thao|van hoa,? the thao va du lich|"
    r"van hoa va thong tin|van hoa - xa hoi|nong nghiep va moi truong|nong nghiep va phat trien nong thon|nn&mt|"
    r"nn va mt|"
    r"nn&ptnt|thong tin va truyen thong|tt&tt|kh&cn|gd&dt|gddt|vhttdl|vhtt&dl|ke hoach va dau tu|kh&dt|"
    r"giao thong van tai|gtvt|lao dong,? ?-? ?thuong binh va xa hoi|lao dong,? thuong binh va xa hoi|ldtbxh|"
    r"ld-tb&xh|tai nguyen va moi truong|tn&mt|quy hoach - kien truc|an toan thuc pham|tnmt|nnptnt"
)
_LEVEL = (
    r"(?:tinh|thanh pho|tp\.?|huyen|quan|thi xa|xa|phuong|thi tran|dac khu|trung uong|khu vuc|cap (?:tinh|huyen|xa))"
)
_COMMUNES = (
    r"cac (?:huyen|quan|thi xa|tinh|xa|phuong|thi tran|dac khu|thanh pho)"
    r"(?:(?:,| va|, va) (?:huyen|quan|thi xa|xa|phuong|thi tran|dac khu|"
    r"thanh pho))*(?: truc thuoc (?:trung uong|tinh))?"
)
_OF = rf"(?: (?:{_COMMUNES}|{_LEVEL}))?"
_NAME = re.compile(
    rf"(?:(?:giam doc|thu truong|chu tich|truong|lanh dao|nguoi dung dau|chanh) )?(?:cac )?(?:"
    rf"(?:so|bo|phong) (?:{_FIELDS}){_OF}|"
    rf"(?:ubnd|uy ban nhan dan|hdnd|hoi dong nhan dan) (?:{_COMMUNES}|{_LEVEL})|"
    rf"cong an{_OF}|bo chi huy (?:quan su|bo doi bien phong){_OF}|ban chi huy (?:quan su|phong thu dan su){_OF}|"
    rf"ban tuyen giao(?: va dan van)? (?:tinh uy|thanh uy|trung uong)|(?:van phong|"
    rf"ban [a-z ]{{4,30}}?) (?:tinh uy|thanh uy)|"
    rf"(?:van phong|cuc|vu|thanh tra) (?:bo|so) (?:{_FIELDS})|"
    rf"(?:van phong|thanh tra) (?:ubnd {_LEVEL}|uy ban nhan dan {_LEVEL}|bo|so|chinh phu|tinh|thanh pho)|"
    rf"dang uy (?:ubnd {_LEVEL}|uy ban nhan dan {_LEVEL}|cac co quan dang tinh)|cac dang uy(?: (?:xa|"
    rf"phuong))?(?:, phuong)?|"
    rf"bao va (?:dai )?phat thanh,?(?: va)? truyen hinh|dai phat thanh(?: va|,| -) truyen hinh|"
    rf"(?:uy ban )?(?:mttq|mat tran to quoc) viet nam{_OF}"
    rf")\b"
)
_PLACE = re.compile(r"(?:\s+(?:tỉnh|thành phố))?((?:\s+[^\W\d_][\w’']*){1,3})")
_AND = re.compile(r"(?:\s*[,;]\s*(?:va\s+)?|\s+va\s+)")
_WHOLE = re.compile(
    rf"\b(?:{_FIELDS}|{_COMMUNES}|tuyen giao va dan van|bao va (?:dai )?phat thanh,?(?: va)? truyen hinh|"
    rf"(?:cac )?so, ban,? (?:va )?nganh|cac co quan, don vi, dia phuong|"
    r"xa, phuong(?:, (?:thi tran|dac khu))?|co quan va doanh nghiep|"
    rf"tinh, thanh pho|phat thanh va truyen hinh|cap uy, to chuc dang|phong, don vi)\b"
)
_CONTINUES = re.compile(
    r"(?:va|(?:tinh|thanh|huyen)(?! uy| doan)|tp|xa|phuong|dac khu|khu|quan|thi xa|thi tran|viet nam|-|,)\b|-"
)
_BEGINS = re.compile(
    r"(?:so|bo|ban|cuc|vu|tong cuc|tinh doan|thanh doan|huyen doan|"
    r"chi cuc|van phong|vp|cong an|phong|trung tam|uy ban|ubnd|ubmttq|mttq|hoi|"
    r"hdnd|tinh uy|"
    r"thanh uy|huyen uy|dang uy|dang bo|mat tran|truong|benh vien|vien|thanh tra|lien doan|doan|dai|bao|kho bac|"
    r"bao hiem|toa an|vien kiem sat|chi nhanh|tong cong ty|cong ty|tap doan)\b"
)
_UNION = re.compile(r"doan (?:tncs|thanh nien cong san) ho chi minh")
"""The union's own name, which its documents set where others have the motto."""
_EQUAL = re.compile(r"so |lien so\b")
"""Bodies of one rank; two of them in a head issue together."""
_FRAGMENT = re.compile(r"ban (?:hanh|bo)\b|phong,|phong thu\b")


def name_end(text: str, begin: int = 0) -> int:
    """Where the list of well-built names that begins at ``begin`` ends; ``begin`` itself when none does."""
    words = bare(text)
    end = begin
    at = begin
    while (match := _NAME.match(words, at)) and (
        at > begin or text[at : at + 1].isupper() or words.startswith("cac ", at)
    ):
        end = match.end()
        place = _PLACE.match(text, end)
        if place:
            end = _capitals_end(text, place.start(1), place.end(1)) or end
        joint = _AND.match(words, end)
        if joint is None:
            break
        at = joint.end()
    return end


def _capitals_end(text: str, start: int, stop: int) -> int:
    """Where the words with a capital that begin at ``start`` end; 0 when the first has none."""
    end = 0
    for word in re.finditer(r"\S+", text[start:stop]):
        if not word[0][:1].isupper():
            break
        end = start + word.end()
    return end


def joined_spans(words: str) -> list[tuple[int, int]]:
    """Where, in bare text, commas and "và" belong to one name: "Văn hóa, Thể thao và Du lịch", "các xã, phường"."""
    return [match.span() for match in _WHOLE.finditer(words)]


def own_body(lines: Sequence[str]) -> tuple[list[str], str | None]:
    """The issuer of a head's lines, best reading first, and the body above it.

    The issuer is the last body named (the one in bold); lines that go on with a name belong to it.
    """
    groups: list[list[str]] = []
    union = [line for line in lines if _UNION.fullmatch(bare(line).strip())]
    lines = [*union[:1], *(line for line in lines if line not in union)] if len(union) < len(lines) else lines
    for line in lines:
        words = bare(line)
        fresh = _BEGINS.match(words) and not _CONTINUES.match(words) and not _FRAGMENT.match(words)
        open_end = bool(groups) and groups[-1][-1].rstrip().endswith((",", "-"))
        if not groups or (fresh and not open_end):
            groups.append([line])
        else:
            groups[-1].append(line)
    if not groups:
        return [], None
    names = [" ".join(groups[-1])]
    above = " ".join(groups[-2]) if len(groups) > 1 else None
    if above and all(_EQUAL.match(bare(name)) for name in (above, names[0])):
        return [f"{above} - {names[0]}"], None
    if above:
        names += [f"{above} {names[0]}", f"{names[0]} {above}"]
    return names, above
