"""Choosing agencies from the registry as it is on a day: groups with their members, homonyms, successors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from content.catalog import Catalog
from content.schema import Agency
from nlu.entities.agencies import AgencyFinder

OFFERED = 8
"""Agencies offered for one name."""


@dataclass(frozen=True, slots=True)
class Body:
    """One agency as a reviewer must see it before he confirms it."""

    id: str
    name: str
    level: str
    members: tuple[str, ...]
    """Names of the agencies a group stands for on the day; none for a single agency."""
    ended: date | None
    """Its last day, when that lies before the day."""
    successor: str | None
    """Who took over, in words, when it has ended."""


class Registry:
    """The agencies of the province on one day."""

    def __init__(self, catalog: Catalog, day: date) -> None:
        self._agencies = catalog.province.agencies
        self._day = day
        self._finder: AgencyFinder | None = None

    def body(self, agency_id: str) -> Body | None:
        agency = self._agencies.get(agency_id)
        if agency is None:
            return None
        over = agency.valid_to is not None and agency.valid_to < self._day
        members = [self._agencies[member] for member in agency.members if member in self._agencies]
        return Body(
            agency.id,
            agency.name,
            agency.level,
            tuple(member.name for member in members if self._exists(member)),
            agency.valid_to if over else None,
            agency.successor if over else None,
        )

    def like(self, words: str) -> list[Body]:
        """The agencies ``words`` may mean, best first; those that exist before those that have ended."""
        self._finder = self._finder or AgencyFinder(self._agencies)
        ids = [match.agency_id for match in self._finder.find(words, OFFERED)]
        return self._bodies(ids)

    def heirs(self, body: Body) -> list[Body]:
        """Agencies of the registry that the words about a successor may mean and that exist on the day."""
        if not body.successor:
            return []
        return [heir for heir in self.like(body.successor) if heir.ended is None and heir.id != body.id]

    def _bodies(self, ids: Sequence[str]) -> list[Body]:
        bodies = [body for agency_id in ids if (body := self.body(agency_id))]
        return sorted(bodies, key=lambda body: body.ended is not None)

    def _exists(self, agency: Agency) -> bool:
        return (agency.valid_from is None or agency.valid_from <= self._day) and (
            agency.valid_to is None or self._day <= agency.valid_to
        )
