"""How things are to be made known: slogans, forms of publicity, and the anniversaries named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlu.documents.layout import Paragraph
from nlu.documents.letters import bare
from nlu.documents.outline import Node, shortened

_SLOGANS = re.compile(r"\bkhau hieu\b")
_FORMS = re.compile(r"(?:cac |noi dung va )?(?:hinh thuc|phuong thuc|kenh (?:tuyen truyen|truyen thong))\b")
_QUOTED = re.compile(r"[“\"]([^“”\"\n]{5,200}!)[”\"]")
_LONGEST = 300
_DAY = r"(?:ngày\s+)?\d{1,2}/\d{1,2}(?:/\d{4})?"
_ANNIVERSARY = re.compile(
    r"(?P<name>(?:(?P<years>\d{1,4}) năm\s+(?:Ngày\s+)?|Ngày\s+)[A-ZĐÀ-Ỹ\w][^().;:“”]{3,160}?)\s*"
    rf"\((?P<first>{_DAY})(?:\s*[-–]\s*(?P<last>{_DAY}))?\)"
)
_MOST = 200


@dataclass(frozen=True, slots=True)
class Slogan:
    """A slogan as written, without its quotation marks."""

    text: str
    lines: tuple[int, int]

    def to_json(self) -> dict[str, object]:
        return {"text": self.text, "lines": list(self.lines)}


@dataclass(frozen=True, slots=True)
class Form:
    """A form of publicity the document names, in a part of its own."""

    path: str
    text: str
    lines: tuple[int, int]

    def to_json(self) -> dict[str, object]:
        return {"path": self.path, "text": self.text, "lines": list(self.lines)}


@dataclass(frozen=True, slots=True)
class Anniversary:
    """A day to be marked: its name, month and day ("11-20"), how many years where the document says so."""

    name: str
    day: str
    years: int | None
    lines: tuple[int, int]

    def to_json(self) -> dict[str, object]:
        return {"name": self.name, "day": self.day, "years": self.years, "lines": list(self.lines)}


def slogans_of(nodes: Sequence[Node], body: Sequence[Paragraph]) -> list[Slogan]:
    """Slogans: the pieces of a part headed "khẩu hiệu", and exclamations in quotation marks anywhere."""
    found: dict[str, Slogan] = {}
    for node in (part for top in nodes for part in top.walk()):
        if _SLOGANS.search(bare(node.head.text[:200])) and node.children and len(node.head.text) < _LONGEST:
            for piece in node.children:
                text = piece.head.text.strip().strip('“”"')
                if not piece.children and len(text) < _LONGEST:
                    found.setdefault(text, Slogan(text, piece.lines))
    for paragraph in body:
        for match in _QUOTED.finditer(paragraph.text):
            lines = paragraph.lines(match.start(1), match.end(1))
            found.setdefault(match[1], Slogan(match[1], lines))
    return list(found.values())[:_MOST]


def forms_of(nodes: Sequence[Node]) -> Iterator[Form]:
    """The pieces of a part headed "hình thức" or "kênh tuyên truyền"."""
    for node in nodes:
        heading = bare(node.head.text[:120])
        if _FORMS.match(heading) and not _SLOGANS.search(heading) and node.children and len(node.head.text) < _LONGEST:
            for piece in node.children:
                words = " ".join(part.text for part in piece.own)
                yield Form(piece.path, shortened(words.strip(), 500), piece.lines)
        else:
            yield from forms_of(node.children)


def anniversaries_of(body: Sequence[Paragraph]) -> list[Anniversary]:
    """Anniversaries with their day: "Ngày Nhà giáo Việt Nam (20/11)", "80 năm Ngày … (22/12/1944 - 22/12/2024)"."""
    found: dict[tuple[str, str], Anniversary] = {}
    for paragraph in body:
        for match in _ANNIVERSARY.finditer(paragraph.text):
            numbers = re.findall(r"\d+", match["last"] or match["first"])
            day, month = int(numbers[0]), int(numbers[1])
            if not (1 <= month <= 12 and 1 <= day <= 31):
                continue
            name = " ".join(match["name"].split())
            years = int(match["years"]) if match["years"] else None
            lines = paragraph.lines(match.start(), match.end())
            found.setdefault((name, f"{month:02}-{day:02}"), Anniversary(name, f"{month:02}-{day:02}", years, lines))
    return list(found.values())[:_MOST]
