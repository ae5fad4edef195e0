"""The end of an official document: whom copies go to, on whose authority it is signed, and by whom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from nlu.documents.layout import Line, Paragraph, marker_of, paragraphs
from nlu.documents.letters import bare
from nlu.documents.parties import AGENCY

_COPIES = re.compile(r"noi nhan\s*:?\s*")
_AUTHORITY = re.compile(r"(?:^|\s)(?P<authority>(?:(?:TM|KT|TL|TUQ|Q)\.|T/M|K/T|T/L)\s?[A-ZĐÀ-Ỹ][A-ZĐÀ-Ỹ ,.-]{2,})$")
_POSITION = re.compile(
    r"(?:(?:quyen |pho )?(?:chu tich|giam doc|cuc truong|vu truong|truong ban|truong phong|chanh van phong|bo truong|"
    r"thu truong|tong giam doc|hieu truong|chi cuc truong|chanh thanh tra|bi thu|thu tuong|"
    r"tong thanh tra|tong cuc truong|chanh an|vien truong|chu nhiem|tu lenh|chinh uy|chi huy truong|truong cong an|"
    r"truong doan|doi truong|tram truong|vien pho|pho cuc truong|tong bien tap)|pho (?:chanh van phong|bi thu))\b.*"
)
_TITLES = re.compile(r"^(?:(?:(?:PGS|GS|TS|ThS|BS|DS|KS|CN|CKI{1,2}|Ths|BSCKI{1,2}|Dr|NGƯT|NGND|TTƯT)\b[.,]?\s*)+)")
"""Degrees before a name, which do not belong to it (Nghị định 30/2020/NĐ-CP, phụ lục I)."""
_RANK = re.compile(
    r"^(?:Đại tướng|(?:Thượng|Trung|Thiếu) tướng|(?:Đại|Thượng|Trung|Thiếu) tá|Đại úy|Thượng úy|Đ/c|Đồng chí)\s+"
)
_NAME_WORD = re.compile(r"[A-ZĐÀ-Ỹ][\w'’-]*")
_NAME_BESIDE = re.compile(r"(?P<copies>Lưu\s?:.*?\.)\s+(?P<name>[A-ZĐÀ-Ỹ][\w'’-]*(?: [A-ZĐÀ-Ỹ][\w'’-]*){1,5})$")
_FAMILIES = """
nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh trinh truong mai lam ha cao luong dao dam to
chau ta luu doan kieu thai quach vuong nong lo giang kim thach son danh lau vang mua siu ksor rcom
"""
_FAMILY = frozenset(_FAMILIES.split())
"""Family names by which a name written in capitals is told from an office."""
_ENDING = re.compile(
    r"(?:tran trong|tren day|(?:trong )?qua trinh|(?:ke hoach|cong van|van ban) nay|yeu cau|de nghi|can cu ke hoach)\b|"
    r"[^.:]{3,80}\b(?:kinh de nghi|de nghi|yeu cau)\b"
)
"""How the words after the last numbered piece begin."""
_SHORTEST_NAME, _LONGEST_NAME = 2, 5
_BEFORE, _AFTER = 12, 70
"""Lines around "Nơi nhận" in which a signature is looked for."""


@dataclass(slots=True)
class Closing:
    """Copies, signer; ``start`` is the index of the first line that is no longer body."""

    start: int
    copies: list[Paragraph] = field(default_factory=list)
    signer: str | None = None
    signer_line: int | None = None


def read_closing(lines: Sequence[Line], start: int, end: int, width: int | None) -> Closing:
    """The closing among the lines from ``start`` to ``end`` (indexes; annexes excluded)."""
    at = next((index for index in range(start, end) if _COPIES.match(bare(lines[index].text[:20]))), None)
    if at is None:
        return _unlisted(lines, start, end)
    found = Closing(at)
    listed = [_without_authority(line) for line in lines[at : min(end, at + _AFTER)]]
    for paragraph in paragraphs([line for line in listed if not _is_office(line)], width):
        match = _COPIES.match(bare(paragraph.text))
        rest = paragraph.without(match.end()) if match else paragraph
        rest = Paragraph(rest.text.partition("|")[0].strip(), rest.starts)
        marker = marker_of(rest.text)
        if marker and marker.lastgroup in ("dash", "plus"):
            found.copies.append(rest.without(marker.end()))
        elif match and rest.text:
            found.copies.append(rest)
        elif found.copies and not match:
            break
    found.signer, found.signer_line = _signer(lines[at : min(end, at + _AFTER)])
    signed = any(_is_office(line) or _AUTHORITY.search(line.text) for line in lines[at : min(end, at + _AFTER)])
    if found.signer is None and found.copies and signed:
        found.copies[-1], found.signer, found.signer_line = _beside(found.copies[-1])
    if found.signer is None:  # in some copies the signature comes first
        first = max(start, at - _BEFORE)
        found.signer, found.signer_line = _signer(lines[first:at])
        if found.signer is not None:
            found.start = next(index for index in range(first, at) if _is_office(lines[index]))
    return found


def _beside(copies: Paragraph) -> tuple[Paragraph, str | None, int | None]:
    """The last line of copies without the signer's name that was set beside it: "Lưu: VT, NVY. Nguyễn Thị Lan"."""
    match = _NAME_BESIDE.match(copies.text)
    if match is None:
        return copies, None, None
    return Paragraph(match["copies"], copies.starts), match["name"], copies.last


def _unlisted(lines: Sequence[Line], start: int, end: int) -> Closing:
    """A closing without a list of copies: it begins with the signer's office near the end."""
    for index in range(max(start, end - _AFTER), end):
        if _is_office(lines[index]):
            name, number = _signer(lines[index:end])
            return Closing(index, [], name, number)
    return Closing(end)


def _is_office(line: Line) -> bool:
    """Whether a line holds an authority ("KT. GIÁM ĐỐC") or a position ("PHÓ GIÁM ĐỐC") and nothing else."""
    if not line.text or not line.text.isupper():
        return False
    authority = _AUTHORITY.search(line.text)
    return bool((authority and authority.start() == 0) or _POSITION.fullmatch(bare(line.text)))


def _without_authority(line: Line) -> Line:
    """A line of the left column, when the signer's authority was set beside it."""
    match = _AUTHORITY.search(line.text)
    return Line(line.number, line.text[: match.start()].strip(), line.page) if match and match.start() > 0 else line


def _signer(lines: Sequence[Line]) -> tuple[str | None, int | None]:
    """Who signs, and on which line: the first name after an office, and those after the offices that follow it.

    A document of several bodies has several signers; their names are joined by "; ".
    """
    names: dict[str, int] = {}
    office = False
    for line in lines:
        if not line.text:
            continue
        if _is_office(line) or _AUTHORITY.search(line.text):
            office = True
        elif office:
            text = _RANK.sub("", _TITLES.sub("", line.text))
            words = text.split()
            name = _SHORTEST_NAME <= len(words) <= _LONGEST_NAME and all(_NAME_WORD.fullmatch(word) for word in words)
            if name and (not text.isupper() or (bare(words[0]) in _FAMILY and not AGENCY.match(text))):
                names.setdefault(text, line.number)
                office = False
    return ("; ".join(names), next(iter(names.values()))) if names else (None, None)


def split_ending(body: Sequence[Paragraph]) -> tuple[list[Paragraph], list[Paragraph]]:
    """The paragraphs up to the last numbered piece's end, and the closing words after it."""
    last = len(body)
    while last > 0:
        paragraph = body[last - 1]
        closing = paragraph.text.endswith("./.") or _ENDING.match(bare(paragraph.text))
        if marker_of(paragraph.text) or not closing:
            break
        last -= 1
    if not any(marker_of(paragraph.text) for paragraph in body[:last]):
        last = len(body)
    return list(body[:last]), list(body[last:])
