"""What a person must look at in a reading: blanks, names without an id, tasks nobody leads, broken numbering."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from nlu.documents.layout import Layout
from nlu.documents.outline import Node, Outline
from nlu.documents.reading import Doubt, Reading
from nlu.documents.tasks import Task

MOST = 100
"""Doubts of one reading; a text with more is no official document."""


def doubts_of(found: Reading, layout: Layout, tree: Outline, targets: Sequence[Task], exhausted: bool) -> list[Doubt]:
    """The doubts about a finished reading, at most ``MOST``. ``targets`` are tasks that need no leader."""
    doubts = [
        *_head(found, layout),
        *_tasks(found, targets),
        *_deadlines(found),
        *_names(found),
        *_numbering(tree),
    ]
    if exhausted:
        doubts.append(Doubt("too_many_names"))
    return list(dict.fromkeys(doubts))[:MOST]


def _head(found: Reading, layout: Layout) -> Iterator[Doubt]:
    heading = found.heading
    if layout.cut_at is not None:
        yield Doubt("cut", None, str(max((line.number for line in layout.lines), default=0)))
    if heading.confidential:
        yield Doubt("confidential")
    if heading.draft:
        yield Doubt("draft")
    if heading.joint or ";" in (found.signer or "") or (found.issuer and " - SỞ " in found.issuer.text):
        yield Doubt("joint", None, found.issuer.text if found.issuer else "")
    if heading.kind is None:
        yield Doubt("no_kind")
    if heading.number is None:
        yield Doubt("no_number", heading.number_line)
    if heading.issued_on is None:
        yield Doubt("no_date", heading.date_line)
    if heading.subject is None:
        yield Doubt("no_subject")
    if found.issuer is None:
        yield Doubt("no_issuer")
    if found.signer is None:
        yield Doubt("no_signer")
    if not (found.items or found.tasks or found.obligations):
        yield Doubt("nothing_found")


def _tasks(found: Reading, targets: Sequence[Task]) -> Iterator[Doubt]:
    figures = {id(target) for target in targets}
    for task in found.tasks:
        if not task.lead and id(task) not in figures:
            yield Doubt("no_leader", task.lines[0], task.title)


def _deadlines(found: Reading) -> Iterator[Doubt]:
    dues = [(task.due, task.due_lines or task.lines) for task in found.tasks if task.due]
    dues += [(entry.deadline, entry.lines) for entry in found.obligations if entry.deadline]
    for due, lines in dues:
        if due.fault:
            yield Doubt(due.fault, lines[0], due.as_written)
        elif due.date is None and due.meaning is None:
            yield Doubt("due_unread", lines[0], due.as_written)


def _names(found: Reading) -> Iterator[Doubt]:
    for name in found.names:
        if name.why == "homonym":
            yield Doubt("homonym", name.lines[0], f"{name.text}: {' / '.join(agency.name for agency in name.choices)}")
        elif name.why == "ended":
            ended = name.choices[0]
            until = f"{ended.valid_to:%d/%m/%Y}" if ended.valid_to else ""
            heirs = " / ".join(heir.name for heir in name.choices[1:])
            yield Doubt("ended", name.lines[0], f"{ended.name} ({until}): {heirs or '…'}")
        elif name.why == "not_yet":
            first = name.choices[0].valid_from
            yield Doubt("not_yet", name.lines[0], f"{name.text} ({first:%d/%m/%Y})" if first else name.text)
        elif name.why == "unknown":
            yield Doubt("unknown_agency", name.lines[0], name.text)


def _numbering(tree: Outline) -> Iterator[Doubt]:
    """Places where numbers jump: a piece may be lost, or its number was read as words."""
    families = [tree.nodes, *(node.children for node in tree.walk())]
    for family in families:
        for before, after in pairwise(node for node in family if node.kind in ("number", "dotted", "roman")):
            if before.kind == after.kind and _place(after) not in (_place(before) + 1, 1):
                yield Doubt("number_gap", after.head.first, f"{before.label} → {after.label}")


_ROMAN = {"I": 1, "V": 5, "X": 10}


def _place(node: Node) -> int:
    if node.kind != "roman":
        return int(node.label.rpartition(".")[2])
    values = [_ROMAN.get(letter, 0) for letter in node.label]
    return sum(-now if now < after else now for now, after in zip(values, [*values[1:], 0], strict=True))
