"""What a section or a line is for, told by its first words: purpose, funding, content, tasks; "Đơn vị thực hiện:"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

from nlu.documents.layout import Paragraph
from nlu.documents.letters import bare
from nlu.documents.outline import Node


class Section(Enum):
    PURPOSE = auto()
    FUNDING = auto()
    TARGETS = auto()
    FORMS = auto()
    CONTENT = auto()
    """What is to be made known."""
    TASKS = auto()
    ORGANISATION = auto()
    """Who does what: each piece begins with the bodies it binds."""
    LIST = auto()
    """"Nội dung" alone: tasks only where somebody is named or a time is set."""
    OTHER = auto()


_SECTIONS = (
    (Section.ORGANISATION, r"to chuc thuc hien|to chuc trien khai|phan cong|trach nhiem"),
    (Section.PURPOSE, r"muc dich|yeu cau|quan diem|pham vi|doi tuong|can cu|tinh hinh|nguyen tac|danh gia"),
    (Section.FUNDING, r"kinh phi|ngan sach|du toan"),
    (Section.TARGETS, r"chi tieu|muc tieu"),
    (Section.FORMS, r"hinh thuc|phuong thuc|khau hieu|kenh (?:tuyen truyen|truyen thong)"),
    (Section.CONTENT, r"noi dung (?:tuyen truyen|truyen thong|thong tin|trong tam|tap trung|pho bien)|chu de"),
    (Section.TASKS, r"nhiem vu|giai phap|hoat dong|trien khai|bien phap|cong viec"),
    (Section.LIST, r"noi dung"),
)
_FIRST_WORDS = re.compile("|".join(rf"(?P<s{place}>\b(?:{words})\b)" for place, (_, words) in enumerate(_SECTIONS)))


class Role(Enum):
    LEAD = auto()
    COORDINATORS = auto()
    DUE = auto()
    PROVIDERS = auto()
    PARTNERS = auto()
    METHOD = auto()
    CONTENT = auto()


_ROLES = (
    (Role.PROVIDERS, r"(?:don vi|co quan|noi|nguon|dau moi)\s+cung cap\s+(?:thong tin|tai lieu|so lieu|noi dung)"),
    (Role.LEAD, r"(?:don vi|co quan|to chuc)\s+(?:chu tri(?: thuc hien)?|thuc hien)|chu tri(?: thuc hien)?"),
    (Role.LEAD, r"phan cong(?: thuc hien)?|(?:don vi|co quan) chiu trach nhiem"),
    (Role.COORDINATORS, r"(?:(?:don vi|co quan)\s+)?phoi hop(?: thuc hien)?"),
    (Role.DUE, r"(?:thoi gian|thoi han|tien do)(?: (?:hoan thanh|thuc hien|trien khai|bao cao|to chuc|tuyen truyen))?"),
    (Role.PARTNERS, r"(?:don vi|co quan)\s+hop tac(?: truyen thong)?"),
    (Role.METHOD, r"cach thuc(?: (?:trien khai|thuc hien))?|hinh thuc(?: (?:trien khai|thuc hien))?|san pham|ket qua"),
    (Role.CONTENT, r"noi dung(?: (?:thuc hien|cong viec))?"),
)
_LABEL = re.compile("|".join(rf"(?P<r{place}>{words})" for place, (_, words) in enumerate(_ROLES)))
_COLON = re.compile(r"\s*:\s*")


def section_of(heading: str) -> Section:
    """What a section with this heading holds, by the first telling words in it."""
    match = _FIRST_WORDS.search(bare(heading[:200]))
    return _SECTIONS[int(str(match.lastgroup)[1:])][0] if match else Section.OTHER


def begins_section(heading: str) -> Section:
    """What a section holds whose heading begins with a telling word: "Nội dung tuyên truyền", "Tổ chức thực hiện"."""
    match = _FIRST_WORDS.match(bare(heading[:200]))
    return _SECTIONS[int(str(match.lastgroup)[1:])][0] if match else Section.OTHER


def label_of(text: str) -> tuple[Role, int] | None:
    """The role a line's label gives it ("Đơn vị thực hiện: …") and where its value begins."""
    words = bare(text[:120])
    match = _LABEL.match(words)
    colon = _COLON.match(words, match.end()) if match else None
    if match is None or colon is None:
        return None
    return _ROLES[int(str(match.lastgroup)[1:])][0], colon.end()


def labelled(node: Node) -> Iterator[tuple[Role, Paragraph]]:
    """The labels directly under a piece, with their values: its own paragraphs and its dashes."""
    for paragraph in [*node.body, *(paragraph for bullet in node.bullets for paragraph in bullet.own)]:
        label = label_of(paragraph.text)
        if label:
            yield label[0], paragraph.without(label[1])
