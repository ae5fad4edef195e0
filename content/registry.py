"""The registry of agencies as it is on a day: the one place that knows what became of an agency and what it is called.

It holds the agencies of the content, the changes the State decided (renamed, merged, split, ended), and whatever the
house adds to both. Lookups are those of a dictionary; everything is worked out when the day or the changes are settled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from content.changes import AgencyChange, ChangeKind
from content.schema import Agency

NEXT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Picture:
    """What holds on one day, worked out at once and exchanged as a whole."""

    day: date | None = None
    known: dict[str, Agency] = field(default_factory=dict)
    """Every agency there was, is and will be."""
    present: dict[str, Agency] = field(default_factory=dict)
    """Without those that are still to come."""
    names: dict[str, list[tuple[date, str, str]]] = field(default_factory=dict)
    """Of renamed agencies: from which day, what before, what after; oldest first."""
    ended_by: dict[str, AgencyChange] = field(default_factory=dict)
    passed_on: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """To whom an agency's part went where that was carried out here; to nobody when it ended."""
    forebears: dict[str, frozenset[str]] = field(default_factory=dict)
    """The same the other way round, over all generations."""


class Registry(Mapping[str, Agency]):
    """Agencies by id: all of the past and the present ones. Until a day is settled, those of the content alone.

    What is settled is exchanged at once, so that a reader in another thread sees the one picture or the other.
    """

    def __init__(
        self,
        agencies: Mapping[str, Agency],
        successors: Mapping[str, Agency] | None = None,
        changes: Sequence[AgencyChange] = (),
    ) -> None:
        self._agencies = dict(agencies)
        self._successors = dict(successors or {})
        self._decided = tuple(changes)
        self._picture = _Picture()
        self.settle(None)

    def own(self) -> Registry:
        """The same content, to be settled by one house without another seeing it."""
        return Registry(self._agencies, self._successors, self._decided)

    def settle(self, day: date | None, made: Iterable[Agency] = (), changes: Iterable[AgencyChange] = ()) -> None:
        """Let ``day`` be today. ``made`` are agencies the house added; ``changes`` those it has confirmed: they are
        carried out on their days, and take the place of one with the same id the State decided."""
        base = {**self._agencies, **self._successors, **{agency.id: agency for agency in made}}
        confirmed = {change.id: change for change in changes if set(change.before) <= set(base)}
        standing = {change.id: change for change in self._decided} | confirmed
        self._picture = _worked_out(base, sorted(standing.values(), key=lambda one: (one.day, one.id)), confirmed, day)

    def __getitem__(self, agency_id: str) -> Agency:
        return self._picture.present[agency_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._picture.present)

    def __len__(self) -> int:
        return len(self._picture.present)

    @property
    def day(self) -> date | None:
        """The day that was settled."""
        return self._picture.day

    @property
    def decided(self) -> Sequence[AgencyChange]:
        """The changes the State decided, as the content has them."""
        return self._decided

    @property
    def known(self) -> Mapping[str, Agency]:
        """Also the agencies that are still to come."""
        return self._picture.known

    @property
    def shipped(self) -> Iterable[Agency]:
        """The content's agencies as it has them, those to come as well."""
        return (*self._agencies.values(), *self._successors.values())

    def living(self, day: date | None = None) -> list[Agency]:
        """The agencies that exist on the day, by default on the settled one; all present ones when there is none."""
        on = day or self.day
        return [agency for agency in self.values() if on is None or agency.exists_on(on)]

    def name(self, agency_id: str, on: date | None = None) -> str:
        """What the agency is called on that day, by default on the settled one; its id when nobody knows it."""
        agency = self.known.get(agency_id)
        if agency is None:
            return agency_id
        return _named(agency.name, self._picture.names.get(agency_id, ()), on) if on else agency.name

    def ended_by(self, agency_id: str) -> AgencyChange | None:
        """The change by which the agency ended or will end."""
        return self._picture.ended_by.get(agency_id)

    def heirs(self, agency_id: str, on: date | None = None) -> list[Agency]:
        """The agencies that exist on the day, by default on the settled one, and that this one led to."""
        day, found = on or self.day or date.max, {}
        agency = self.known.get(agency_id)
        frontier = list(agency.successors) if agency else []
        while frontier:
            heir = self.known.get(frontier.pop(0))
            if heir is not None and heir.exists_on(day):
                found[heir.id] = heir
            elif heir is not None:
                frontier += heir.successors
        return list(found.values())

    def forebears(self, agency_id: str) -> frozenset[str]:
        """The agencies whose officers, work and place in groups have come to this one by the settled day."""
        return self._picture.forebears.get(agency_id, frozenset())

    def has_passed_on(self, agency_id: str) -> bool:
        """Whether another (or nobody) has the agency's part since a change that was carried out here."""
        return agency_id in self._picture.passed_on

    def expand(self, agency_id: str) -> tuple[str, ...]:
        """The agencies a name in a document stands for today: a group's members (nested groups too), those who have an
        agency's part now, else itself."""
        heirs = self._picture.passed_on.get(agency_id)
        members = self.known[agency_id].members if heirs is None else heirs
        if not members:
            return (agency_id,) if heirs is None else ()
        return tuple(dict.fromkeys(one for member in members for one in self.expand(member)))

    def expand_as_written(self, agency_id: str) -> tuple[str, ...]:
        """The same as when the document was written, whatever has changed since."""
        agency = self.known.get(agency_id)
        if agency is None or not agency.members:
            return (agency_id,)
        return tuple(dict.fromkeys(one for member in agency.members for one in self.expand_as_written(member)))


def _worked_out(
    base: Mapping[str, Agency], changes: Sequence[AgencyChange], confirmed: Mapping[str, AgencyChange], day: date | None
) -> _Picture:
    made = _Picture(day=day)
    last: dict[str, date] = {}
    after: dict[str, list[str]] = {}
    before: dict[str, list[str]] = {}
    for change in changes:
        if change.kind is ChangeKind.RENAME:
            made.names.setdefault(change.before[0], []).append((change.day, change.formerly or "", change.name or ""))
            continue
        carried = change.id in confirmed and day is not None and change.day <= day
        for old in change.before:
            last[old] = change.day - NEXT
            made.ended_by[old] = change
            after.setdefault(old, []).extend(change.after)
            if carried:
                made.passed_on[old] = tuple(change.after)
        for heir in change.after:
            before.setdefault(heir, []).extend(change.before)
    for agency_id, agency in base.items():
        names = made.names.get(agency_id, ())
        told = {
            "name": _named(agency.name, names, day),
            "aliases": [*agency.aliases, *(name for _, old, new in names for name in (old, new))],
            "valid_to": last.get(agency_id, agency.valid_to),
            "successors": list(dict.fromkeys(after.get(agency_id, ()))),
            "predecessors": list(dict.fromkeys(before.get(agency_id, ()))),
        }
        touched = bool(names) or agency_id in last or agency_id in before
        made.known[agency_id] = agency.model_copy(update=told) if touched else agency
    for agency_id, agency in made.known.items():
        if agency.valid_from is None or (day is not None and agency.valid_from <= day):
            made.present[agency_id] = agency
    for agency_id in {heir for heirs in made.passed_on.values() for heir in heirs}:
        made.forebears[agency_id] = frozenset(_forebears(agency_id, made.passed_on))
    return made


def _forebears(agency_id: str, passed_on: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    frontier = {agency_id}
    while frontier:
        frontier = {old for old, heirs in passed_on.items() if frontier.intersection(heirs)} - found - {agency_id}
        found |= frontier
    return found


def _named(name: str, changes: Sequence[tuple[date, str, str]], on: date | None) -> str:
    """The name on that day; without a day the one it began with."""
    if not changes:
        return name
    called = changes[0][1]
    for day, _, new in changes:
        if on is not None and day <= on:
            called = new
    return called
