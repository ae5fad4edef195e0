"""Who must report to whom by when, from sentences such as "báo cáo kết quả về Sở … trước ngày …"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlu.documents.deadlines import NO_DEADLINE, Deadline, find_deadlines, telling
from nlu.documents.layout import Paragraph
from nlu.documents.letters import bare
from nlu.documents.parties import AGENCY, Party, Registry, subject_end

_REPORT = re.compile(r"\bbao cao\b(?! vien| tai chinh| nghien cuu)")
_ONLY = re.compile(
    r"(?:(?:dinh ky|hang (?:ngay|tuan|thang|quy|nam)|tong hop(?: ket qua)?|thuc hien|che do|gui|va)[ ,]+)*"
    r"bao cao\b(?! vien| tai chinh| nghien cuu)"
)
"""Reporting, and what goes with it, at the very beginning."""
_MORE_WORK = re.compile(
    r";|\bva (?:to chuc|xay dung|trien khai|tham muu|phoi hop|chi dao|kiem tra|de xuat|thuc hien)\b"
)
_PURPOSE = re.compile(r"\bde (?!nghi\b|ra\b|xuat\b|an\b)[^.;]{0,60}$")
_TROUBLE = re.compile(r"\b(?:kho khan|vuong mac)\b")
_TO = re.compile(r"\b(?:ve|gui(?: ve)?|cho|den|trinh)\s+(?:cho\s+)?")
_SENTENCE = re.compile(r"(?<=[.;])\s+(?=[^\W\d_])")
ASKED = re.compile(r"\b(?:de nghi|yeu cau|giao)\s+(?:cho\s+)?")
_ABOUT = re.compile(r"\s(?:tinh hinh|ve (?!tinh|huyen)|viec|nhung|cac noi dung|so lieu|qua|truoc)\b")
"""How what a report is about begins, after who receives it."""
_FARTHEST = 140


@dataclass(frozen=True, slots=True)
class Obligation:
    """A report owed, or a deadline set; ``reporters`` and ``receivers`` are empty where the text names none."""

    deadline: Deadline | None
    reporters: Sequence[Party]
    receivers: Sequence[Party]
    lines: tuple[int, int]

    def to_json(self) -> dict[str, object]:
        due = self.deadline.to_json() if self.deadline else dict(NO_DEADLINE)
        return {**due, "reporter": _one(self.reporters), "receiver": _one(self.receivers), "lines": list(self.lines)}


def _one(parties: Sequence[Party]) -> dict[str, object] | None:
    """One body as itself; several as their words together, with each under ``parts``."""
    if not parties:
        return None
    if len(parties) == 1:
        return dict(parties[0].to_json())
    words = "; ".join(party.text for party in parties)
    return {"text": words, "id": None, "parts": [party.to_json() for party in parties]}


def find_obligations(
    registry: Registry, paragraph: Paragraph, reporters: Sequence[Party], organising: bool
) -> Iterator[Obligation]:
    """The reports a paragraph asks for. Without a deadline one counts only where duties are laid down (``organising``).

    Reporting "khó khăn, vướng mắc" whenever they arise is no report owed; what the receiver then passes on ("để tổng
    hợp báo cáo …") is not a second one.
    """
    for start, sentence in sentences(paragraph.text):
        words = bare(sentence)
        match = next(
            (m for m in _REPORT.finditer(words) if not _PURPOSE.search(words[max(0, m.start() - 70) : m.start()])), None
        )
        if match is None or _TROUBLE.search(words[: match.start()]):
            continue
        receivers = _receivers(registry, sentence, match.end())
        found = list(find_deadlines(sentence))
        deadline = telling(found)
        if deadline is None and not (organising and receivers):
            continue
        at = (deadline.start, deadline.end) if deadline else (match.start(), match.end())
        yield Obligation(
            deadline,
            _subject(registry, sentence, match.start()) or reporters or _asked(registry, sentence, match.start()),
            receivers,
            paragraph.lines(start + at[0], start + at[1]),
        )


def _subject(registry: Registry, sentence: str, before: int) -> list[Party]:
    """The bodies a sentence of its own begins with: "Các cơ quan, đơn vị gửi báo cáo …" under another's heading."""
    subject, end = registry.actors(sentence)
    asks = ASKED.search(bare(sentence[end:before]))
    return subject if 0 < end <= before and not asks and sentence[end : end + 1] != ":" else []


def only_reports(title: str) -> bool:
    """Whether a piece's title begins with reporting and names no other work: "Định kỳ báo cáo kết quả về Sở …"."""
    words = bare(title).strip(" ,:")
    return bool(_ONLY.match(words)) and not _MORE_WORK.search(words)


def sentences(text: str, lists: bool = False) -> Iterator[tuple[int, str]]:
    """The sentences of a text with their offsets; a semicolon ends one too, unless it may part a list (``lists``)."""
    begin = 0
    for match in _SENTENCE.finditer(text):
        if lists and text[match.start() - 1] == ";":
            continue
        yield begin, text[begin : match.start()]
        begin = match.end()
    yield begin, text[begin:]


def _receivers(registry: Registry, sentence: str, after: int) -> list[Party]:
    """The bodies a report goes to: right after "báo cáo", or after "về", "gửi", "cho"."""
    places = [after + 1, *(match.end() + after for match in _TO.finditer(bare(sentence[after : after + _FARTHEST])))]
    for place in places:
        rest = sentence[place : place + 600]
        if rest[:1].isupper() and AGENCY.match(rest):
            about = _ABOUT.search(bare(rest))
            end = min(subject_end(rest), rest.find("(") if "(" in rest else len(rest), about.start() if about else 600)
            return registry.parties(rest[:end])
    return []


def _asked(registry: Registry, sentence: str, before: int) -> list[Party]:
    """The bodies that are asked, in a sentence no heading stands above: "Đề nghị các sở … báo cáo …"."""
    for match in ASKED.finditer(bare(sentence[:before])):
        rest = sentence[match.end() : before]
        if AGENCY.match(rest):
            return registry.parties(rest[: subject_end(rest)])
    return registry.actors(sentence)[0]
