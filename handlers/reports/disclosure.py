"""What of a plan's figures anybody may see: sums over enough agencies that no single one can be read out of them.

A count of agencies from 1 to LEAST - 1 is not told, and neither is what it could be reckoned from: groups are left out
until those left out are LEAST agencies or more together, and a total is left out with the last of its parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

LEAST = 5
"""Agencies a figure must be of."""
STEP = 5
"""Percentage points to which shares of reports are rounded, so that one report does not show."""


@dataclass(frozen=True, slots=True)
class Told:
    """One group of agencies, or all of them; None where it is not told."""

    key: str
    agencies: int | None
    in_time: int | None
    """Agencies with nothing overdue."""
    behind: int | None
    """Agencies with something overdue."""
    handed_in: int | None
    """Share of the reports owed, in percent."""


@dataclass(frozen=True, slots=True)
class _Group:
    key: str
    agencies: int
    behind: int
    owed: int
    handed_in: int

    @property
    def in_time(self) -> int:
        return self.agencies - self.behind

    @property
    def is_safe(self) -> bool:
        """Whether neither of the two counts is a small one."""
        return not (_small(self.in_time) or _small(self.behind))


def groups_told(sums: Json, group_of: Callable[[str], str | None]) -> tuple[list[Told], Told]:
    """The groups of a plan's agencies (``group_of`` an agency's id; None is in the total alone), and all together."""
    rows: dict[str, list[Json]] = {}
    for row in sums["agencies"]:
        rows.setdefault(group_of(row["id"]) or "", []).append(row)
    groups = [_group(key, found) for key, found in rows.items() if key]
    everybody = _group("", sums["agencies"])
    shown = _told_groups(groups, everybody)
    counted = [one for one in shown if one.is_safe]
    left_in_time = everybody.in_time - sum(one.in_time for one in counted)
    left_behind = everybody.behind - sum(one.behind for one in counted)
    whole = everybody.is_safe and not _small(left_in_time) and not _small(left_behind)
    told = [_told(one, one in counted) if one in shown else Told(one.key, None, None, None, None) for one in groups]
    enough = everybody.agencies >= LEAST
    return told, _told(everybody, whole) if enough else Told("", None, None, None, None)


def _told_groups(groups: list[_Group], everybody: _Group) -> list[_Group]:
    """The groups large enough, without as many of the smallest as it takes for the others to be hidden."""
    shown = sorted((one for one in groups if one.agencies >= LEAST), key=lambda one: one.agencies)
    while shown and _small(everybody.agencies - sum(one.agencies for one in shown)):
        shown.pop(0)
    return shown


def indicators_told(sums: Json) -> list[Json]:
    """The indicators of the plan's own tasks that enough agencies reported on; annexes' lines are single places."""
    return [one for one in sums["indicators"] if not one["parent"] and one["sources"] >= LEAST]


def _group(key: str, rows: list[Json]) -> _Group:
    owed, handed_in = (sum(row[name] for row in rows) for name in ("owed", "handed_in"))
    return _Group(key, len(rows), sum(row["overdue"] > 0 for row in rows), owed, handed_in)


def _told(group: _Group, counts: bool) -> Told:
    share = round(100 * group.handed_in / group.owed / STEP) * STEP
    return Told(group.key, group.agencies, group.in_time if counts else None, group.behind if counts else None, share)


def _small(count: int) -> bool:
    return 0 < count < LEAST
