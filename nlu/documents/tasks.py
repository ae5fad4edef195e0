"""What a document gives bodies to do: task, who leads, who helps, by when, how much."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from nlu.documents.deadlines import NO_DEADLINE, Deadline, Meaning, find_deadlines, labelled_deadline, telling
from nlu.documents.indicators import Indicator, find_indicators
from nlu.documents.layout import Paragraph
from nlu.documents.letters import bare
from nlu.documents.outline import BULLETS, Node, shortened, title_of
from nlu.documents.parties import Party, Registry
from nlu.documents.roles import helpers, leader, split_roles, without
from nlu.documents.sections import Role, label_of, labelled

_ASSIGNING = (Role.LEAD, Role.COORDINATORS, Role.DUE)
_ANNEX = re.compile(r"\bphu luc(?:\s+(?:so\s+)?(?P<label>\d{1,2}|[ivx]{1,5}))?\b")
_ENFORCING = re.compile(
    r"\b(?:chiu trach nhiem|can cu|co trach nhiem)\b[^.;]{0,60}\bthi hanh\b[^.;]{0,80}(?:\bnay\b|$)"
)
"""The clause that names who enforces a decision; it gives nobody work."""
_IN_FORCE = re.compile(
    r"(?:hieu luc thi hanh\W*)?(?:quyet dinh|nghi quyet|thong tu|chi thi|nghi dinh|quy che|"
    r"quy dinh)(?: nay)? co hieu luc\b"
)
_LEADING = re.compile(r"chu tri\b")
_LONGEST_NAME = 14
"""Words of a body's name before a colon."""
LONGEST_TITLE = 160
_SHORTEST_TITLE = 2
"""Words; a title of no more is only a label."""


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work. ``due`` is None when the document sets no time for it."""

    path: str
    title: str
    lead: list[Party]
    coordinators: list[Party]
    due: Deadline | None
    indicators: list[Indicator]
    lines: tuple[int, int]
    due_lines: tuple[int, int] | None = None
    annexes: frozenset[str] = field(default_factory=frozenset)
    """Labels of the annexes its words point to, "" for an annex without a number."""

    def to_json(self) -> dict[str, object]:
        return {
            "path": self.path,
            "title": self.title,
            "lead": [party.to_json() for party in self.lead],
            "coordinators": [party.to_json() for party in self.coordinators],
            "due": self.due.to_json() if self.due else dict(NO_DEADLINE),
            "indicators": [indicator.to_json() for indicator in self.indicators],
            "lines": list(self.lines),
        }


def tasks_of(registry: Registry, node: Node, named: Sequence[Party] = ()) -> Iterator[Task]:
    """The tasks of a numbered piece: the piece itself when it names who or when, else its parts.

    ``named`` are the bodies a heading above binds ("1. Sở Thông tin và Truyền thông"); None of them is invented: a task
    nobody is named for has no leader.
    """
    if any(role in _ASSIGNING for role, _ in labelled(node)):
        yield _task(registry, node, named)
        return
    subject, end = registry.actors(node.head.text)
    heading = bool(subject) and node.head.text[end:].strip(" .:") == ""
    parts = [*node.numbered, *(bullet for bullet in node.bullets if label_of(bullet.head.text) is None)]
    introduced = bool(node.body) and node.body[-1].text.endswith(":") and all(part.kind == "plus" for part in parts)
    if not parts and enforces(node):
        return
    if not parts or node.kind in BULLETS or introduced:
        yield _task(registry, node, named)
        return
    for part in parts:
        yield from tasks_of(registry, part, subject if heading else named)


def enforces(node: Node) -> bool:
    """Whether a piece only says who enforces the decision, or from when it is in force."""
    words = bare(" ".join(paragraph.text for paragraph in node.own))
    return bool(_ENFORCING.search(words) or _IN_FORCE.match(words))


def targets_of(node: Node) -> Iterator[Task]:
    """The figures a plan wants reached as a whole; nobody leads them."""
    if node.children:
        for child in node.children:
            yield from targets_of(child)
        return
    indicators = find_indicators(" ".join(paragraph.text for paragraph in node.own))
    if indicators:
        title = shortened(node.head.text.strip().rstrip(".;"), LONGEST_TITLE)
        yield Task(node.path, title, [], [], None, indicators, node.lines)


def _task(registry: Registry, node: Node, named: Sequence[Party]) -> Task:
    lead: list[Party] = []
    coordinators: list[Party] = []
    due: tuple[Deadline, tuple[int, int]] | None = None
    prose: list[Paragraph] = []
    for paragraph in _paragraphs(registry, node):
        label = label_of(paragraph.text) if paragraph is not node.head else None
        value = paragraph.without(label[1]) if label else paragraph
        if label and label[0] is Role.LEAD:
            leads, helps = split_roles(registry, value.text)
            lead += leads
            coordinators += helps
        elif label and label[0] is Role.COORDINATORS:
            coordinators += registry.parties(value.text)
        elif label and label[0] is Role.DUE:
            stated = labelled_deadline(value.text)
            due = due or ((stated, value.lines(stated.start, stated.end)) if stated else None)
        elif not label or label[0] is not Role.PARTNERS:
            prose.append(value)
    subject, rest = _subject(registry, node)
    lead = lead or subject or list(named) or _first_leader(registry, prose)
    for paragraph in prose:
        coordinators += helpers(registry, paragraph.text)
    indicators = [found for paragraph in prose for found in find_indicators(paragraph.text)]
    due = due or _due(prose) or _every(prose, indicators)
    text = " ".join(paragraph.text for paragraph in prose)
    return Task(
        path=node.path,
        title=_title(rest),
        lead=without(lead, ()),
        coordinators=without(coordinators, lead),
        due=due[0] if due else None,
        indicators=list(dict.fromkeys(indicators)),
        lines=node.lines,
        due_lines=due[1] if due else None,
        annexes=frozenset(match["label"] or "" for match in _ANNEX.finditer(bare(text))),
    )


def _title(text: str) -> str:
    """What a task is called; "Cấp tỉnh:" alone says too little, so the words after it are kept."""
    title = title_of(text)[0]
    return title if len(title.split()) > _SHORTEST_TITLE else shortened(text.strip().rstrip(".;"), LONGEST_TITLE)


def _paragraphs(registry: Registry, node: Node) -> Iterator[Paragraph]:
    """The words of a piece; what follows a dash's whole sentence and begins with other bodies is no more of it."""
    for part in node.walk():
        yield part.head
        for paragraph in part.body:
            if part.kind in BULLETS and part.head.text.endswith(".") and registry.actors(paragraph.text)[0]:
                break
            yield paragraph


def _subject(registry: Registry, node: Node) -> tuple[list[Party], str]:
    """The bodies that are the subject of a piece's first sentence, and the words to take the title from.

    "1. Công an tỉnh: Căn cứ …" and "Truyền thông trên báo chí tỉnh: Sở Văn hóa, Thể thao và Du lịch chủ trì …".
    """
    text = node.head.text
    subject, end = registry.actors(text)
    if subject:
        rest = text[end:].lstrip(" :,")
        return subject, rest if ":" in text[: end + 1] and rest else text
    title, rest = title_of(text)
    if rest and rest != text:
        subject, _ = registry.actors(rest)
        if not subject and _LEADING.match(bare(rest)) and title[:1].isupper() and len(title.split()) <= _LONGEST_NAME:
            subject = registry.parties(title)
    elif _is_heading(node):
        subject, _ = registry.actors(node.body[0].text)
    return subject, title or text


def _is_heading(node: Node) -> bool:
    """Whether a piece is a short heading with its sentence below; after a whole sentence a new thought begins."""
    if not node.body or label_of(node.body[0].text) is not None:
        return False
    return node.kind not in BULLETS or not node.head.text.endswith((".", ";"))


def _first_leader(registry: Registry, prose: Sequence[Paragraph]) -> list[Party]:
    return next((found for paragraph in prose if (found := leader(registry, paragraph.text))), [])


def _due(prose: Sequence[Paragraph]) -> tuple[Deadline, tuple[int, int]] | None:
    """The deadline in a task's words; a day or a span before a mere "hằng tháng"."""
    found = [
        (deadline, paragraph.lines(deadline.start, deadline.end))
        for paragraph in prose
        for deadline in find_deadlines(paragraph.text)
    ]
    best = telling([deadline for deadline, _ in found])
    return next((entry for entry in found if entry[0] is best), None)


def _every(prose: Sequence[Paragraph], indicators: Sequence[Indicator]) -> tuple[Deadline, tuple[int, int]] | None:
    """ "01 chuyên mục/tháng" is itself a recurring deadline."""
    for paragraph in prose:
        for indicator in indicators:
            at = paragraph.text.find(indicator.as_written)
            if "/" in indicator.unit and at >= 0:
                end = at + len(indicator.as_written)
                return Deadline(indicator.as_written, None, Meaning.RECURRING, at, end), paragraph.lines(at, end)
    return None


def inherit_deadlines(rows: Sequence[Task], tasks: Sequence[Task], label: str) -> list[Task]:
    """Rows of an annex with the deadline of the one task that points to the annex, where they have none."""
    pointing = [task for task in tasks if label in task.annexes]
    if len(pointing) != 1 or pointing[0].due is None:
        return list(rows)
    return [replace(row, due=row.due or pointing[0].due) for row in rows]
