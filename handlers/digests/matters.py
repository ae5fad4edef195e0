"""What an agency is to take in: a week's digest, or one item of it; how buttons name it, and where it stands.

A button names a matter in two words: ``d:2024-W46`` is that week's digest, ``i:i003_1_2`` an item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from content.catalog import Catalog
from content.figures import day
from handlers.digests.rendering import DIGEST, ITEM, shortened, week_words
from handlers.messages import plain
from handlers.turn import LOCAL, Turn
from storage.acknowledgements import (
    acknowledgements,
    digest_subject,
    editions_sent,
    hand_overs,
    item_subject,
)
from storage.clarifications import thread_on
from storage.contacts import Contact
from storage.digests import Digest, Edition

LOOKED_BACK = 12
"""Newest digests of an agency in which an item is looked for: an item runs on for a season."""
TITLE_LIMIT = 90

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Matter:
    """A digest as one agency got it, or one item in it."""

    digest: Digest
    edition: Edition
    item: Json | None = None
    """The item's entry in the edition."""
    own: bool = True
    """The agency is asked to act, not only to make the item known: it is to take the item in by itself."""

    @property
    def subject(self) -> str:
        if self.item is not None:
            return item_subject(self.item["id"])
        assert self.digest.id is not None
        return digest_subject(self.digest.id)

    @property
    def revision(self) -> int:
        """Number of the correction that made the wording; 0 as first sent."""
        return int(self.item.get("revision", 0)) if self.item is not None else 0

    @property
    def names(self) -> tuple[str, str]:
        """As buttons name it."""
        return (ITEM, self.item["id"]) if self.item is not None else (DIGEST, self.digest.name)

    def title(self, catalog: Catalog) -> str:
        """What people call it: "bản tin tuần 46/2024", "mục 1.2. Phòng ngừa …"."""
        if self.item is None:
            return catalog.text("taking.digest", week=week_words(self.edition.body)["week"])
        title = shortened(self.item["title"], TITLE_LIMIT)
        return catalog.text("taking.item", number=self.item["number"], title=title)


def items_in(body: Json) -> list[tuple[Json, bool]]:
    """The edition's items, and whether the agency is to act on each."""
    return [*((entry, True) for entry in body["items"]), *((entry, False) for entry in body["topics"])]


async def matter_named(turn: Turn, arguments: Sequence[str]) -> Matter | None:
    """The matter a button names, if the officer's agency was sent it, or one it followed."""
    if turn.contact is None or len(arguments) < 2:
        return None
    kind, name = arguments[0], arguments[1]
    for agency in agencies_of(turn):
        for edition, digest in await editions_sent(turn.db, agency, LOOKED_BACK):
            if kind == DIGEST and digest.name == name:
                return Matter(digest, edition)
            for entry, own in items_in(edition.body) if kind == ITEM else ():
                if entry["id"] == name:
                    return Matter(digest, edition, entry, own)
    return None


def agencies_of(turn: Turn) -> list[str]:
    """The officer's agency, then those it followed, whose matters it answers for."""
    assert turn.contact is not None
    own = turn.contact.agency_id
    return [own, *sorted(turn.catalog.province.agencies.forebears(own))]


async def standing(turn: Turn, matter: Matter) -> list[str]:
    """Who of the agency took the matter in, whom it was given to, and whether a question waits; empty at first."""
    agency = matter.edition.agency_id
    lines = []
    for taken, contact in await acknowledgements(turn.db, [matter.subject], agency):
        if taken.revision == matter.revision:
            at = taken.at.astimezone(LOCAL)
            name = taker(turn.catalog, contact)
            lines.append(turn.text("taking.standing.taken", name=name, time=f"{at:%H:%M}", day=day(at)))
    given = await hand_overs(turn.db, [matter.subject], agency)
    if given:
        row, colleague = given[-1]
        to = plain(colleague.name if colleague is not None else row.to_words or "")
        lines.append(turn.text("taking.standing.handed", name=to, day=day(row.at.astimezone(LOCAL))))
    thread = await thread_on(turn.db, agency, matter.subject)
    if thread is not None and thread.answered_at is None:
        lines.append(turn.text("taking.standing.asked", day=day(thread.asked_at.astimezone(LOCAL))))
    return lines


def taker(catalog: Catalog, contact: Contact | None) -> str:
    """Who took something in: the officer by name, or the department that wrote it down for the agency."""
    if contact is not None:
        return plain(contact.name)
    return catalog.text("taking.by_department", department=catalog.province.department.short_name)


async def untaken_items(turn: Turn, edition: Edition) -> list[Json]:
    """The edition's items the agency is to act on and has not taken in as they read now."""
    own = {item_subject(entry["id"]): entry for entry in edition.body["items"]}
    if not own:
        return []
    found = await acknowledgements(turn.db, own, edition.agency_id)
    taken = {(row.subject, row.revision) for row, _ in found}
    return [entry for subject, entry in own.items() if (subject, int(entry.get("revision", 0))) not in taken]
