"""A piece of a draft as its reviewer sees it: every field with its sentence, its doubts and what the machine read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.web.console.directives.bodies import Body, Registry
from content.catalog import Catalog
from content.figures import day, figure
from handlers.directives.draft import Document, Due, Part, PartKind, Party, Target
from handlers.directives.places import Sentence, Source, Span
from handlers.directives.revising import Difference, differences
from storage.reviews import ReviewChange

FIELDS = {
    PartKind.ITEM: ("title", "text", "providers", "first", "last"),
    PartKind.TASK: ("title", "lead", "coordinators", "due", "targets"),
    PartKind.REPORT: ("title", "reporters", "receivers", "due"),
}
"""What is shown and asked for, by kind."""
PARTIES = ("providers", "lead", "coordinators", "reporters", "receivers")
DOCUMENT_FIELDS = ("kind", "number", "issued_on", "issuer", "subject", "signer", "recipients")
_DOUBTED = {
    "no_leader": ("lead",),
    "no_year": ("due",),
    "bad_date": ("due",),
    "due_unread": ("due",),
    "unknown_agency": PARTIES,
    "row_unclear": ("title",),
    "no_kind": ("kind",),
    "no_number": ("number",),
    "no_date": ("issued_on",),
    "no_subject": ("subject",),
    "no_issuer": ("issuer",),
    "issuer_inferred": ("issuer",),
    "no_signer": ("signer",),
}
"""The fields a doubt can be about; others are told above the pieces."""
_ABOUT_DOCUMENT = frozenset(code for code, names in _DOUBTED.items() if names[0] in DOCUMENT_FIELDS)


@dataclass(frozen=True, slots=True)
class Shown:
    """One value, with the words it came from."""

    text: str
    lines: Span | None = None
    words: str = ""
    body: Body | None = None
    """The agency, for a party the registry knows."""
    party: bool = False


@dataclass(slots=True)
class FieldView:
    """One field of a piece."""

    name: str
    values: list[Shown]
    doubts: list[str] = field(default_factory=list)
    difference: Difference | None = None
    read: str = ""
    """What the machine had read, in words, where that differs."""


@dataclass(frozen=True, slots=True)
class PieceView:
    """One piece of a draft."""

    key: str
    piece: Part | Document
    fields: list[FieldView]
    sentences: list[Sentence]
    """Where it can be cut."""
    joins: str | None = None
    """Title of the part it can be joined with."""

    @property
    def doubtful(self) -> bool:
        return any(view.doubts for view in self.fields)

    @property
    def changed(self) -> bool:
        return any(view.difference for view in self.fields)


class Reader:
    """Shows the pieces of one directive."""

    def __init__(
        self,
        catalog: Catalog,
        source: Source,
        registry: Registry,
        doubts: Sequence[Mapping[str, Any]],
        changes: Sequence[ReviewChange],
    ) -> None:
        self._text = catalog.text
        self._source = source
        self.registry = registry
        self._doubts = doubts
        self._changes = changes

    def part(self, part: Part, read: Part | None, following: Part | None) -> PieceView:
        views = []
        found = {one.field: one for one in differences(part, read, self._changes)}
        for name in FIELDS[part.kind]:
            view = FieldView(name, self._values(name, getattr(part, name), part.lines), difference=found.get(name))
            view.read = self._told(view.difference)
            view.doubts = self._doubts_of(part, name)
            views.append(view)
        sentences = self._source.sentences(part.text, part.lines)
        return PieceView(part.key, part, views, sentences, following.title if following else None)

    def document(self, document: Document, read: Document) -> PieceView:
        found = {one.field: one for one in differences(document, read, self._changes)}
        views = []
        for name in DOCUMENT_FIELDS:
            value = getattr(document, name)
            if name == "recipients":  # "Kính gửi" alone; copies and files are nobody's work
                value = [one for one in value if one.role == "to"]
            view = FieldView(name, self._values(name, value, None), difference=found.get(name))
            view.read = self._told(view.difference)
            codes = [code for code, names in _DOUBTED.items() if name in names]
            view.doubts = [] if document.seen else [d["words"] for d in self._doubts if d["code"] in codes]
            views.append(view)
        return PieceView("document", document, views, [])

    def general_doubts(self, parts: Sequence[Part]) -> list[Mapping[str, Any]]:
        """Doubts that belong to no field of any part."""
        placed = {id(d) for d in self._doubts if d["code"] in _ABOUT_DOCUMENT}
        placed |= {
            id(d) for part in parts for name in FIELDS[part.kind] for d in self._doubts if _is_about(d, part, name)
        }
        return [doubt for doubt in self._doubts if id(doubt) not in placed]

    def _doubts_of(self, part: Part, name: str) -> list[str]:
        if part.seen:
            return []
        return list(dict.fromkeys(d["words"] for d in self._doubts if _is_about(d, part, name)))

    def _values(self, name: str, value: Any, within: Span | None) -> list[Shown]:
        if value is None or value == "" or value == []:
            return []
        if isinstance(value, list):
            return [self._one(entry, within) for entry in value]
        if name == "kind":
            return [self._shown(self._text.section("directive.kind").get(value, value), within, words=value)]
        if name == "issued_on":
            return [Shown(day(value), self._source.day(value), "")]
        if name in ("first", "last"):
            return [Shown(day(value), self._source.day(value) or within)]
        return [self._one(value, within)]

    def _one(self, value: Any, within: Span | None) -> Shown:
        if isinstance(value, Party):
            body = self.registry.body(value.id) if value.id else None
            lines = self._source.place(value.text, within) or within
            return Shown(body.name if body else value.text, lines, value.text, body, party=True)
        if isinstance(value, Due):
            return self._shown(self._due(value), within, words=value.as_written or "")
        if isinstance(value, Target):
            return self._shown(target_words(value), within, words=value.as_written)
        return self._shown(str(value), within, words=str(value))

    def _shown(self, text: str, within: Span | None, words: str) -> Shown:
        return Shown(text, (self._source.place(words, within) if words else None) or within, words)

    def _due(self, due: Due) -> str:
        last = due.last_day
        if last is None:
            return due.as_written or ""
        return self._text("review.due", as_written=due.as_written or "", day=day(last)).strip(" →")

    def _told(self, difference: Difference | None) -> str:
        """A JSON value the machine had read, in words."""
        if difference is None:
            return ""
        value = difference.read
        entries = value if isinstance(value, list) else [value]
        return "; ".join(self._plain(entry) for entry in entries if entry) or self._text("review.nothing_read")

    def _plain(self, entry: Any) -> str:
        if isinstance(entry, dict):
            return str(entry.get("text") or entry.get("as_written") or self._text("review.nothing_read"))
        return str(entry)


def target_words(target: Target) -> str:
    """A figure to reach, with the number the machine made of it."""
    if target.value is None:
        return target.as_written
    number = f"{figure(target.value, decimals=2)} {target.unit or ''}".strip()
    return target.as_written if number in target.as_written else f"{target.as_written} ({number})"


def _is_about(doubt: Mapping[str, Any], part: Part, name: str) -> bool:
    """Whether a doubt is about this field of this part: by its line, and for names by the name."""
    if name not in _DOUBTED.get(doubt["code"], ()) or part.lines is None or doubt["line"] is None:
        return False
    if not part.lines[0] <= doubt["line"] <= part.lines[1]:
        return False
    if doubt["code"] == "unknown_agency":
        return any(party.text == doubt["about"] for party in getattr(part, name))
    if doubt["code"] == "no_leader":
        return bool(doubt["about"] == part.title or doubt["line"] == part.lines[0])
    return True
