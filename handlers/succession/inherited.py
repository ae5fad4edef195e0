"""What agencies handed in stands for those that have their part now: nothing is asked for twice, or counted twice.

The rule, the same for reminders, digests, an officer's list and the consolidated report. A successor's own report takes
the place of its forebears'. Until it has one, theirs count: each once, and not any more as soon as one of the agencies
they split into has reported. The successor owes no report of its own while all its forebears that owed one handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from content.registry import Registry

HandedIn = Callable[[str], bool]
"""Whether the agency with this id has handed in its report on the task in question."""


def owing_before(registry: Registry, agency_id: str, leads: Iterable[str]) -> list[str]:
    """Forebears of the agency that a task with these leads, as its plan names them, was given to."""
    forebears = registry.forebears(agency_id)
    if not forebears:
        return []
    named = {body for lead in leads for body in registry.expand_as_written(lead)}
    return sorted(forebears & named)


def standing_for(registry: Registry, agency_id: str, leads: Iterable[str], handed_in: HandedIn) -> list[str]:
    """The forebears whose reports stand for the agency's own; none while one of them still owed its."""
    owing = owing_before(registry, agency_id, leads)
    return owing if all(handed_in(one) for one in owing) else []


def counting(registry: Registry, owing: Sequence[str], leads: Sequence[str], handed_in: Collection[str]) -> list[str]:
    """The agencies whose reports on a task are added up: those who owe one, and forebears of those without."""
    found: dict[str, None] = {}
    for agency in owing:
        if agency in handed_in:
            found[agency] = None
            continue
        for one in owing_before(registry, agency, leads):
            if one in handed_in and not any(heir in handed_in and one in registry.forebears(heir) for heir in owing):
                found[one] = None
    return list(found)


def ended_with_a_report(registry: Registry, leads: Iterable[str], reports: Collection[str]) -> list[str]:
    """Agencies the task was given to that ended without anybody having their part, and had reported."""
    named = {one for lead in leads for one in registry.expand_as_written(lead)}
    return sorted(one for one in named if one in reports and registry.has_passed_on(one) and not registry.expand(one))
