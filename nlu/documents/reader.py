"""Reading an official document: from its text to its parts, with everything doubtful said aloud.

A reading is a proposal. A person reviews it before anything is done with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from nlu.documents.annexes import Annex, annex_starts, attachment_start, heads_table, read_annex, take_tables
from nlu.documents.citations import find_citations
from nlu.documents.closing import Closing, read_closing, split_ending
from nlu.documents.deadlines import Meaning, Period, find_period, find_week, resolved
from nlu.documents.doubts import MOST, doubts_of
from nlu.documents.heading import read_heading
from nlu.documents.issuer import find_issuer
from nlu.documents.items import Item, items_of
from nlu.documents.layout import Layout, Paragraph, lay_out, paragraphs
from nlu.documents.letters import bare
from nlu.documents.names import doubtful_names
from nlu.documents.outline import BULLETS, Node, Outline, outline
from nlu.documents.parties import Finder, Party, Registry
from nlu.documents.prose import asked_in_prose
from nlu.documents.province import province_of, province_within
from nlu.documents.publicity import anniversaries_of, forms_of, slogans_of
from nlu.documents.reading import Doubt, Reading
from nlu.documents.reports import Obligation, find_obligations, only_reports
from nlu.documents.rows import row_tasks
from nlu.documents.sections import Role, Section, begins_section, labelled, section_of
from nlu.documents.stamps import bears_secret_stamp
from nlu.documents.tasks import Task, enforces, inherit_deadlines, targets_of, tasks_of

DIRECTIVES = ("cong_van", "chi_thi", "cong_dien", "huong_dan", "thong_bao", "ket_luan")
"""Kinds that ask for things to be made known or done without being plans."""

_DETAILS = re.compile(r"\(?\s*(?:noi dung )?chi tiet\b[^.;]{0,80}\bphu luc\b[^.;]{0,40}[.)]*")
_PUBLICITY = re.compile(r"\btuyen truyen\b|(?<!va )\btruyen thong\b|\bkhuyen cao\b")
_TELLING = ("bao_cao", "to_trinh", "bien_ban")
"""Kinds that tell or propose; only their parts on what comes next give work."""
_HEADS = (Section.CONTENT, Section.FORMS, Section.ORGANISATION, Section.PURPOSE, Section.FUNDING, Section.TARGETS)
_SHORT_HEAD = 80
"""Characters of a line that is a heading."""
_CIRCUMSTANCE = re.compile(
    r"(?:thoi gian|dia diem|thanh phan|chu tri|noi dung|trang phuc|phuong tien|doi tuong|pham vi)\b[^:.;]{0,40}:"
)
"""What a letter or an invitation says of a meeting; no work for anybody."""
_TIME = re.compile(r"thoi gian\b")
_MOST_ANNEXES = 60
_FILED = re.compile(r"luu\b")
_SAME_AS_ABOVE = re.compile(r"nhu (?:tren|dieu|muc)\b")
_DIVISIONS = ("part", "capital", "roman", "article")


def read_document(text: str, finder: Finder, home: str = "") -> Reading:
    """Read the text of an official document; agencies are looked up with ``finder``, the registry of ``home``.

    Never fails: what is missing stays None, what is doubtful is among the doubts.
    """
    return _Reader(lay_out(text), Registry(finder, home=home), bears_secret_stamp(text)).read()


class _Reader:
    """One reading, step by step."""

    def __init__(self, layout: Layout, registry: Registry, secret: bool) -> None:
        self.layout = layout
        self.registry = registry
        self.heading = read_heading(layout.lines, layout.width)
        self.heading.confidential = secret
        registry.on = self.heading.issued_on
        home = bare(registry.home)
        province = province_of(self.heading) or province_within("\n".join(line.text for line in layout.lines), home)
        registry.elsewhere = bool(registry.home and province and province != home)
        self.found = Reading(self.heading)
        self.annexes: list[Annex] = []
        self.rows: list[Task] = []
        self.targets: list[Task] = []
        self.directive = self.heading.kind in DIRECTIVES

    def read(self) -> Reading:
        lines, width = self.layout.lines, self.layout.width
        copies = next((i for i, line in enumerate(lines) if bare(line.text[:8]) == "noi nhan"), self.heading.body)
        starts = annex_starts(lines, max(copies, self.heading.body))[:_MOST_ANNEXES]
        end = starts[0] if starts else len(lines)
        attached = attachment_start(lines, max(copies, self.heading.body), end)
        closing = read_closing(lines, self.heading.body, attached[0] if attached else end, width)
        body, tables = take_tables(paragraphs(lines[self.heading.body : closing.start], width))
        numbered, ending = split_ending(body)
        tree = outline(numbered)
        self.annexes = [read_annex(lines[start:stop]) for start, stop in pairwise([*starts, len(lines)])]
        self._place(tables, body, tree)
        if attached:
            issued, more = take_tables(paragraphs(lines[attached[1] : end], width))
            below = outline(split_ending(issued)[0])
            self._place(more, issued, below)
            tree.nodes += below.nodes
            body = [*body, *issued]
        self.found.doubts += [Doubt("annex_unread", p.first, p.text[:80]) for p in body if heads_table(p.text)]
        self._sides(closing)
        self._issuer(tree.opening)
        self.found.period = self._period(tree.opening)
        self._cite(body)
        self._annex_rows()
        sections = list(_sections(tree.nodes))
        headed = [s for s in sections if len(s.head.text) <= _SHORT_HEAD and begins_section(s.head.text) in _HEADS]
        structured = any(section.kind in _DIVISIONS for section in sections) or len(headed) > 1
        if structured and self.found.period is None:
            self.found.period = self._period([p for s in sections if _TIME.match(bare(s.head.text)) for p in _own(s)])
        for section in sections:
            if self.directive and not structured:
                self._unstructured(section, tree.opening)
            else:
                self._section(section, tree.opening)
        self._obligations(tree, ending)
        if not sections and (self.directive or self.heading.kind is None):
            self._unnumbered([*tree.opening, *ending])
        self._as_reports()
        self.found.slogans = slogans_of(tree.nodes, body)
        called = {slogan.lines for slogan in self.found.slogans}
        self.found.tasks = [task for task in self.found.tasks if task.lines not in called or task.lead or task.due]
        self.found.tasks = [*self.targets, *self.found.tasks, *self.rows]
        self.found.tasks.sort(key=lambda task: task.lines)
        self._resolve()
        self.found.items = _told_apart(self.found.items)
        self.found.tasks = _told_apart(self.found.tasks)
        self.found.forms = list(forms_of(tree.nodes))
        subject = [self.heading.subject] if self.heading.subject else []
        self.found.anniversaries = anniversaries_of([*subject, *body])
        self.found.names = list(doubtful_names(self.registry, self._named(), self.heading.issued_on))
        if self.registry.elsewhere:
            self.found.doubts.append(Doubt("elsewhere", self.heading.date_line, self.registry.home))
        self.found.doubts += doubts_of(self.found, self.layout, tree, self.targets, self.registry.exhausted)
        self.found.doubts = sorted(dict.fromkeys(self.found.doubts), key=lambda doubt: doubt.line or 0)[:MOST]
        return self.found

    def _place(self, tables: Sequence[tuple[int, Annex]], body: Sequence[Paragraph], tree: Outline) -> None:
        """Give each table of the body the path of the piece it stands in, and count it among the annexes."""
        nodes = {node.head.first: node for node in tree.walk()}
        for before, table in tables:
            above = (nodes[p.first] for p in reversed(body[:before]) if p.first in nodes)
            node = next((node for node in above if node.kind not in BULLETS), None)
            table.section = node.path if node else ""
            table.title = node.head.text if node else ""
            self.annexes.append(table)

    def _named(self) -> Iterator[tuple[Party, tuple[int, int]]]:
        """Every body named to do or supply something, with its lines."""
        for item in self.found.items:
            for party in item.providers:
                yield party, item.lines
        for task in self.found.tasks:
            for party in [*task.lead, *task.coordinators]:
                yield party, task.lines

    def _resolve(self) -> None:
        """Give deadlines their day where the document's own day or its year says it."""
        signed = self.heading.issued_on
        years = set(re.findall(r"\bnam (20\d\d)\b", bare(self.heading.subject.text))) if self.heading.subject else set()
        year = int(years.pop()) if len(years) == 1 else None
        self.found.tasks = [
            replace(task, due=resolved(task.due, signed, year)) if task.due else task for task in self.found.tasks
        ]
        self.found.obligations = [
            replace(entry, deadline=resolved(entry.deadline, signed, year)) if entry.deadline else entry
            for entry in self.found.obligations
        ]

    def _sides(self, closing: Closing) -> None:
        """Signer, and whom the document goes to."""
        self.found.signer = closing.signer
        for paragraph in self.heading.addressees:
            self.found.recipients += [("to", party) for party in self.registry.parties(paragraph.text)]
        for paragraph in closing.copies:
            words = bare(paragraph.text)
            if _FILED.match(words):
                self.found.recipients.append(("file", Party(paragraph.text.strip(" .;"))))
            elif not _SAME_AS_ABOVE.match(words):
                self.found.recipients += [("copy", party) for party in self._copy(paragraph.text)]

    def _copy(self, text: str) -> list[Party]:
        """A copy for "VP UBND tỉnh: CVP" goes to the office before the colon, for "… tỉnh-Y Ngọc" before the dash."""
        for short in (text, text.partition(":")[0], text.rpartition("-")[0]):
            agency = self.registry.certain(short)
            if agency:
                return [Party(text.strip(" .;"), agency)]
        return [self.registry.party(text)] if ":" in text else self.registry.parties(text)

    def _issuer(self, opening: Sequence[Paragraph]) -> None:
        issuer, inferred_on = find_issuer(self.registry, self.heading, opening)
        _, self.found.above_issuer = self.heading.own_issuer()
        self.found.issuer = issuer
        if issuer and inferred_on is not None:
            self.found.doubts.append(Doubt("issuer_inferred", inferred_on or None, issuer.text))

    def _period(self, opening: Sequence[Paragraph]) -> Period | None:
        texts = [paragraph.text for paragraph in ([self.heading.subject] if self.heading.subject else [])]
        texts += [paragraph.text for paragraph in opening]
        return next((period for text in texts if (period := find_week(text) or find_period(text))), None)

    def _cite(self, body: Sequence[Paragraph]) -> None:
        texts = [self.heading.subject.text] if self.heading.subject else []
        texts += [paragraph.text for paragraph in body]
        texts += [annex.title for annex in self.annexes]
        texts += [row.text for annex in self.annexes for row in annex.rows]
        texts += [note.text for note in self.layout.notes]
        self.found.citations = find_citations(texts, self.heading.number)

    def _annex_rows(self) -> None:
        for annex in self.annexes:
            rows: list[Task] = []
            if annex.rows and not annex.assigns:
                annex.rows.clear()
            for task, clear in row_tasks(self.registry, annex):
                rows.append(task)
                if not clear:
                    self.found.doubts.append(Doubt("row_unclear", task.lines[0], task.path))
            for line, before, after in annex.gaps:
                self.found.doubts.append(Doubt("row_gap", line, f"{before} → {after}"))
            if not rows:
                self.found.doubts.append(Doubt("annex_unread", annex.line, annex.title))
            self.rows += rows

    def _unstructured(self, node: Node, opening: Sequence[Paragraph]) -> None:
        """A letter without divisions: things to make known when it is about that, else things to do."""
        tasks = list(tasks_of(self.registry, node))
        if self._about_publicity(opening):
            work = [
                task for task in tasks if task.lead and task.due and task.due.meaning in (Meaning.BEFORE, Meaning.BY)
            ]
            self.found.tasks += work
            paths = {task.path for task in work}
            found = items_of(self.registry, node, self.found.period)
            self.found.items += [item for item in found if item.path not in paths]
        else:
            words = bare(node.head.text)
            told = words.startswith("ve ") or _CIRCUMSTANCE.match(words)  # "Về mức chi: …" answers a question
            self.found.tasks += [task for task in tasks if not told or task.lead or task.due]

    def _unnumbered(self, body: Sequence[Paragraph]) -> None:
        """A letter of prose: what it gives to do by a day, and what it asks to make known."""
        told = {entry.lines for entry in self.found.obligations}
        for piece in asked_in_prose(self.registry, body):
            if piece.due and piece.due.meaning and piece.due_lines not in told:
                self.found.tasks.append(piece)
                self.found.obligations.append(Obligation(piece.due, (), (), piece.due_lines or piece.lines))
            elif not piece.due and self._about_publicity(body) and _PUBLICITY.search(bare(piece.title)):
                first, last = (self.found.period.first, self.found.period.last) if self.found.period else (None, None)
                self.found.items.append(Item(piece.path, piece.title, piece.title, [], first, last, piece.lines))

    def _about_publicity(self, opening: Sequence[Paragraph]) -> bool:
        subject = self.heading.subject.text if self.heading.subject else " ".join(p.text for p in opening)
        return bool(_PUBLICITY.search(bare(subject)))

    def _section(self, node: Node, opening: Sequence[Paragraph]) -> None:
        section = section_of(node.head.text)
        if self.directive and bare(node.head.text[:8]) == "noi dung" and self._about_publicity(opening):
            section = Section.CONTENT
        roles = {role for part in node.walk() for role, _ in labelled(part)}
        if Role.PROVIDERS in roles or (section is Section.CONTENT and self.directive):
            parts = node.bullets if node.kind == "number" and not node.numbered and node.bullets else [node]
            for part in parts:
                self.found.items += items_of(self.registry, part, self.found.period)
        elif section is Section.TARGETS and Role.LEAD not in roles:
            self.targets += targets_of(node)
        elif section in (Section.TASKS, Section.ORGANISATION, Section.LIST) or Role.LEAD in roles:
            self._assigned(node, section is Section.LIST)
        elif section in (Section.CONTENT, Section.OTHER):
            before = len(self.found.tasks)
            if section is Section.OTHER and _CIRCUMSTANCE.match(bare(node.head.text) + ":"):
                return
            if section is Section.OTHER and self.heading.kind not in _TELLING:
                self._assigned(node, loose=True)
            if before == len(self.found.tasks) and not enforces(node):
                self.found.doubts.append(Doubt("section_skipped", node.head.first, node.head.text or node.path))

    def _assigned(self, node: Node, loose: bool) -> None:
        """A section of tasks; one whose details stand in an annex is read there instead.

        In a ``loose`` one only pieces that name somebody or set a time are tasks.
        """
        if (
            any(annex.section == node.path for annex in self.annexes if annex.section and annex.rows)
            and not node.children
        ):
            return
        details = any(_DETAILS.fullmatch(bare(paragraph.text)) for part in node.walk() for paragraph in part.own)
        if details and self.rows:
            self.found.doubts.append(Doubt("details_in_annex", node.head.first, node.head.text))
            return
        tasks = list(tasks_of(self.registry, node))
        self.found.tasks += [
            task
            for task in tasks
            if (node.children and not loose)
            or task.lead
            or (
                task.due
                and not (
                    loose and (task.due.meaning is Meaning.RECURRING or _CIRCUMSTANCE.match(bare(task.title) + ":"))
                )
            )
        ]

    def _obligations(self, tree: Outline, ending: Sequence[Paragraph]) -> None:
        """Reports owed, then the deadlines of tasks that are no reports. Rows inherit from the task that names them."""
        found: list[Obligation] = []
        for section in _sections(tree.nodes):
            organising = section_of(section.head.text) is Section.ORGANISATION
            for node in section.walk():
                bodies = self._bound(node)
                for paragraph in node.own:
                    found += find_obligations(self.registry, paragraph, bodies, organising)
        for paragraph in [*tree.opening, *ending]:
            found += find_obligations(self.registry, paragraph, (), False)
        stated = {(entry.deadline.date, entry.lines) for entry in found if entry.deadline}
        for task in self.found.tasks:
            due, lines = task.due, task.due_lines
            dated = due and (due.date or due.after or due.yearless)
            if due and dated and due.meaning and lines and (due.date, lines) not in stated:
                found.append(Obligation(due, (), (), lines))
        self.found.obligations = sorted(found, key=lambda entry: entry.lines)
        for annex in self.annexes:
            prefix = annex.prefix
            mine = [row for row in self.rows if row.path.startswith(prefix)]
            if not any(row.due for row in mine):
                others = [row for row in self.rows if not row.path.startswith(prefix)]
                self.rows = [*others, *inherit_deadlines(mine, self.found.tasks, annex.label)]

    def _as_reports(self) -> None:
        """A piece that only asks for a report owed already is no task too; who is named for it owes the report."""
        kept = []
        for task in self.found.tasks:
            _, end = self.registry.actors(task.title)
            places = [
                place
                for place, owed in enumerate(self.found.obligations)
                if owed.receivers and task.lines[0] <= owed.lines[0] <= task.lines[1]
            ]
            if task.indicators or not places or not only_reports(task.title[end:]):
                kept.append(task)
                continue
            for place in places:
                owed = self.found.obligations[place]
                self.found.obligations[place] = replace(owed, reporters=owed.reporters or task.lead)
        self.found.tasks = kept
        reported = [owed.lines[0] for owed in self.found.obligations if owed.receivers]
        self.found.items = [
            item
            for item in self.found.items
            if not (only_reports(item.title) and any(item.lines[0] <= line <= item.lines[1] for line in reported))
        ]

    def _bound(self, node: Node) -> Sequence[Party]:
        """The bodies the nearest heading above a piece binds."""
        above: Node | None = node
        while above is not None:
            subject, _ = self.registry.actors(above.head.text)
            if subject:
                return subject
            above = above.parent
        return ()


def _own(node: Node) -> list[Paragraph]:
    return [paragraph for part in node.walk() for paragraph in part.own]


_Piece = TypeVar("_Piece", Item, Task)


def _told_apart(pieces: Sequence[_Piece]) -> list[_Piece]:
    """The pieces with paths of their own: a path that comes again gets its turn in brackets."""
    seen: dict[str, int] = {}
    kept = []
    for piece in pieces:
        seen[piece.path] = turn = seen.get(piece.path, 0) + 1
        path = piece.path if turn == 1 else f"{piece.path} [{turn}]"
        if turn > 1:
            seen[path] = seen.get(path, 0) + 1
        kept.append(piece if turn == 1 else replace(piece, path=path))
    return kept


def _sections(nodes: Sequence[Node]) -> Iterator[Node]:
    """The divisions of a document; a "Phần" or "A." is only a cover of those in it."""
    for node in nodes:
        if node.kind in ("part", "capital") and any(child.kind in _DIVISIONS for child in node.children):
            yield from _sections(node.children)
        else:
            yield node
