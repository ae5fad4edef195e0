"""Correcting a draft: every change is kept with who made it, when, and what stood there before.

A change knows the pieces it touched; whoever saves a piece names the change he saw last, so that nobody writes over
what another person has just corrected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from handlers.directives.draft import DOCUMENT, LONGEST_TEXT, LONGEST_TITLE, Document, Draft, Link, Part, Party
from handlers.directives.places import Sentence
from storage.directives import Directive
from storage.reviews import DirectiveReview, ReviewChange

LINKS = "links"
"""The key of the links to earlier directives among those of the parts."""
UNSEEN = frozenset({"seen", "revision"})
"""Fields that tell of the review, not of the document."""


class ReviseError(Exception):
    """A change that cannot be made; ``key`` names the sentence, ``params`` fill it."""

    def __init__(self, key: str, **params: object) -> None:
        self.key = key
        self.params = params
        super().__init__(key)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that is not as the machine read it. Values are JSON."""

    field: str
    read: Any
    now: Any
    actor: str | None
    """Who changed it last; None where only the machine's own reading was refreshed."""
    at: datetime | None


class Revision:
    """One person's change to a draft. Alter ``draft`` through the methods, then ``close``."""

    def __init__(self, review: DirectiveReview, actor: str, now: datetime) -> None:
        self.draft = Draft.model_validate(review.draft)
        self._review = review
        self._actor = actor
        self._now = now
        self._before = _pieces(self.draft)

    def part(self, key: str, revision: int | None = None) -> Part:
        """The part. Raises ReviseError when it is gone, or when a change later than ``revision`` has touched it."""
        part = self.draft.part(key)
        if part is None:
            raise ReviseError("review.fault.gone")
        if revision is not None and part.revision > revision:
            raise ReviseError("review.fault.overtaken")
        return part

    def put(self, part: Part) -> None:
        """A part as somebody corrected it; whoever corrects has looked."""
        old = self.part(part.key)
        self.draft.parts[self.draft.parts.index(old)] = part.model_copy(update={"seen": True})

    def put_document(self, document: Document, revision: int) -> None:
        if self.draft.document.revision > revision:
            raise ReviseError("review.fault.overtaken")
        self.draft.document = document.model_copy(update={"seen": True})

    def drop(self, key: str, dropped: bool) -> None:
        part = self.part(key)
        part.dropped = dropped

    def see(self, keys: Sequence[str]) -> None:
        for key in keys:
            if key == DOCUMENT:
                self.draft.document.seen = True
            else:
                self.part(key).seen = True

    def split(self, key: str, sentences: Sequence[Sentence], place: int) -> Part:
        """Cut a part before the sentence at ``place``; returns the new part, which has the rest."""
        part = self.part(key)
        if not 0 < place < len(sentences):
            raise ReviseError("review.fault.no_cut")
        head, tail = sentences[:place], sentences[place:]
        rest = part.model_copy(deep=True)
        rest.key, rest.seen = self.draft.new_key(), False
        rest.title = _shortened(tail[0].text)
        part.seen = False
        if part.text:
            part.text, rest.text = "\n".join(s.text for s in head), "\n".join(s.text for s in tail)
        else:
            part.title = _shortened(head[0].text)
        if tail[0].lines and part.lines:
            part.lines, rest.lines = (part.lines[0], tail[0].lines[0]), (tail[0].lines[0], part.lines[1])
        self.draft.parts.insert(self.draft.parts.index(part) + 1, rest)
        return rest

    def merge(self, key: str) -> None:
        """Join the next part of the same kind to this one; the next is dropped."""
        part = self.part(key)
        other = self.draft.following(part)
        if other is None:
            raise ReviseError("review.fault.last")
        if part.kind == "item":
            words = other.text if other.text.startswith(other.title) else f"{other.title}\n{other.text}".strip()
            part.text = f"{part.text}\n{words}".strip()[:LONGEST_TEXT]
        else:
            part.title = f"{part.title}; {other.title}"[:LONGEST_TITLE]
        for field in ("providers", "lead", "coordinators", "reporters", "receivers", "targets"):
            mine = getattr(part, field)
            setattr(part, field, [*mine, *(one for one in getattr(other, field) if one not in mine)])
        part.coordinators = [party for party in part.coordinators if party not in part.lead]
        part.first = None if None in (part.first, other.first) else min(part.first, other.first)  # type: ignore[type-var]
        part.last = None if None in (part.last, other.last) else max(part.last, other.last)  # type: ignore[type-var]
        if part.due.as_written is None:
            part.due = other.due
        if part.lines and other.lines:
            part.lines = (min(part.lines[0], other.lines[0]), max(part.lines[1], other.lines[1]))
        part.seen, other.dropped = False, True

    def add(self, part: Part) -> Part:
        """A part the machine did not find, after those that begin before it."""
        part.key = self.draft.new_key()
        place = len(self.draft.parts)
        if part.lines:
            later = (n for n, one in enumerate(self.draft.parts) if one.lines and one.lines[0] > part.lines[0])
            place = next(later, place)
        self.draft.parts.insert(place, part)
        return part

    def link(self, link: Link) -> None:
        """Link an earlier directive, instead of a link to it there was."""
        self.draft.links = [*(one for one in self.draft.links if one.earlier != link.earlier), link]

    def unlink(self, earlier: str) -> None:
        self.draft.links = [link for link in self.draft.links if link.earlier != earlier]

    def undo(self, change: ReviewChange) -> None:
        """Put the pieces of a change back. Raises ReviseError when one of them was changed again since."""
        if any(_stated(self._before.get(key)) != _stated(change.after.get(key)) for key in change.before):
            raise ReviseError("review.fault.late_undo")
        for key, old in change.before.items():
            if key == DOCUMENT:
                self.draft.document = Document.model_validate(old)
            elif key == LINKS:
                self.draft.links = [Link.model_validate(one) for one in old]
            else:
                part = self.part(key)
                place = self.draft.parts.index(part)
                self.draft.parts[place : place + 1] = [] if old is None else [Part.model_validate(old)]

    def close(self, db: AsyncSession, action: str) -> ReviewChange | None:
        """Keep what was changed as one change; None when nothing was."""
        after = _pieces(self.draft)
        touched = [key for key in {**self._before, **after} if self._before.get(key) != after.get(key)]
        if not touched:
            return None
        number = self._review.revision + 1
        for piece in [*self.draft.parts, self.draft.document]:
            if getattr(piece, "key", DOCUMENT) in touched:
                piece.revision = number
        change = ReviewChange(
            directive_id=self._review.directive_id,
            revision=number,
            at=self._now,
            actor=self._actor,
            action=action,
            before={key: self._before.get(key) for key in touched},
            after={key: after.get(key) for key in touched},
        )
        self._review.draft = self.draft.model_dump(mode="json")
        self._review.revision = number
        db.add_all([self._review, change])
        return change


def _pieces(draft: Draft) -> dict[str, Any]:
    pieces: dict[str, Any] = {part.key: part.model_dump(mode="json") for part in draft.parts}
    pieces[DOCUMENT] = draft.document.model_dump(mode="json")
    pieces[LINKS] = [link.model_dump(mode="json") for link in draft.links]
    return pieces


def _stated(piece: Any) -> Any:
    """What a piece says, without what is known of its review."""
    return {name: value for name, value in piece.items() if name not in UNSEEN} if isinstance(piece, dict) else piece


def differences(
    piece: Part | Document, read: Part | Document | None, changes: Sequence[ReviewChange]
) -> list[Difference]:
    """The fields in which a piece differs from what the machine read; ``changes`` are newest first."""
    key = piece.key if isinstance(piece, Part) else DOCUMENT
    now = piece.model_dump(mode="json", exclude=set(UNSEEN))
    was = read.model_dump(mode="json", exclude=set(UNSEEN)) if read else {}
    found = []
    for field, value in now.items():
        if was.get(field) == value or field in ("key", "kind"):
            continue
        change = next((one for one in changes if _touches(one, key, field)), None)
        found.append(
            Difference(field, was.get(field), value, change.actor if change else None, change.at if change else None)
        )
    return found


def _touches(change: ReviewChange, key: str, field: str) -> bool:
    if key not in change.after:
        return False
    before: Mapping[str, Any] = change.before.get(key) or {}
    after: Mapping[str, Any] = change.after.get(key) or {}
    return before.get(field) != after.get(field)


def copy_names(directive: Directive, document: Document, unnamed: str) -> None:
    """Let lists of directives call it as the draft does."""
    directive.kind = (document.kind or "")[:20]
    directive.number = document.number
    directive.title = document.subject or document.number or unnamed
    directive.issued_on = document.issued_on
    issuer = document.issuer or Party(text="")
    directive.issuer = issuer.id or issuer.text


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_TITLE:
        return text
    return text[: LONGEST_TITLE - 1].rpartition(" ")[0] + "…"
