"""How far a plan has come, summed up from its picture: per indicator, agency, district and month.

Pure reckoning: the picture (see :mod:`handlers.reports.consolidated`) goes in, sums and lights come out. The rule of
the lights stands in the constants here and is shown wherever a light is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from content.schema import Agency
from storage.reports import HANDED_IN

Json = dict[str, Any]

BEHIND, FAR_BEHIND = 10, 30
"""Percentage points below the share of time gone by: from the first a light is yellow, from the second red."""
SOON = 7
"""Days before the last day from which a missing report turns an agency's light yellow."""
FEWEST_DAYS = 30
"""Days of work before a forecast is made: a week's pace says nothing about a year."""


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"
    """Nothing to judge: no figure, no target, nothing due yet."""


WORST_FIRST = (Light.RED, Light.YELLOW, Light.GREY, Light.GREEN)


@dataclass(frozen=True, slots=True)
class Span:
    """The days a plan's work runs, both included."""

    start: date
    end: date

    def gone(self, today: date) -> float:
        """Share of the days gone by, from 0 to 1."""
        days = (self.end - self.start).days + 1
        return min(1.0, max(0.0, ((today - self.start).days + 1) / days)) if days > 0 else 1.0


def progress(picture: Json, agencies: Mapping[str, Agency], span: Span, today: date) -> Json:
    """The sums of a plan as plain JSON. ``span`` bounds what has no deadline of its own."""
    owed = [(task, row) for task in picture["tasks"] for row in task["agencies"] if row["role"] == "lead"]
    by_agency: dict[str, list[tuple[Json, Json]]] = {}
    for task, row in owed:
        by_agency.setdefault(row["agency"]["id"], []).append((task, row))
    rows = [_agency(pairs, today) for pairs in by_agency.values()]
    names = {task["id"]: {"path": task["path"], "title": task["title"]} for task, _ in owed}
    return {
        "plan": picture["plan"],
        "as_of": picture["as_of"],
        "counts": picture["counts"],
        "time_gone": round(100 * span.gone(today)),
        "indicators": _indicators(picture, span, today),
        "tasks": names,
        "agencies": rows,
        "districts": _districts(rows, agencies),
        "on_time": _on_time(owed, today),
    }


def months_of(sums: Json) -> list[str]:
    """The months in which something is due, in order: ``2024-12``."""
    return sorted({month for row in sums["agencies"] for month in row["months"]})


def share_on_time(cell: Json) -> float | None:
    """Of one field of the heat map: the share in time of the reports that came or should have come; None while all of
    them are still to come."""
    known = cell["on_time"] + cell["late"] + cell["overdue"]
    return cell["on_time"] / known if known else None


def colour_of(cell: Json) -> Light:
    """Of one field of the heat map: red while something is overdue, yellow when something came late."""
    if cell["overdue"]:
        return Light.RED
    if cell["late"]:
        return Light.YELLOW
    return Light.GREEN if cell["on_time"] else Light.GREY


def light_of(percent: float | None, met: bool | None, expected: float, overdue: bool) -> Light:
    """The light of one indicator; ``percent`` is of its target, ``expected`` the share of its time gone by."""
    if met:
        return Light.GREEN
    if percent is None:
        return Light.GREY if met is None or not overdue else Light.RED
    if overdue or percent < expected - FAR_BEHIND:
        return Light.RED
    return Light.YELLOW if percent < expected - BEHIND else Light.GREEN


def forecast(value: float, span: Span, today: date) -> float | None:
    """What will be reached on the last day if the work goes on as it did; None when it is too early to say."""
    days = (today - span.start).days + 1
    if days < FEWEST_DAYS or today >= span.end:
        return None
    return round(value / span.gone(today), 1)


def _indicators(picture: Json, span: Span, today: date) -> list[Json]:
    rows = []
    for task in picture["tasks"]:
        due = task["deadline"]["due"]
        start = date.fromisoformat(task["since"]) if task["since"] else span.start
        own = Span(start, max(start, date.fromisoformat(due))) if due else span
        leads = [row for row in task["agencies"] if row["role"] == "lead"]
        for one in task["indicators"]:
            percent, met, value = one["percent_of_target"], one["met"], one["reported"]
            expected = 100 * own.gone(today)
            guess = None if value is None or met or percent is None else forecast(value, own, today)
            rows.append(
                {
                    **one,
                    "task": task["id"],
                    "path": task["path"],
                    "parent": task["parent"],
                    "title": task["title"],
                    "due": due,
                    "expected": round(expected),
                    "light": light_of(percent, met, expected, bool(due) and date.fromisoformat(due) < today),
                    "forecast": guess,
                    "owing": len(leads),
                    "sources": len(_sources(picture, task)) if task["broken_down"] else one["agencies_reporting"],
                }
            )
    return rows


def _sources(picture: Json, heading: Json) -> set[str]:
    """The agencies whose reports are added up in the heading of an annex."""
    return {
        row["agency"]["id"]
        for task in picture["tasks"]
        if task["parent"] == heading["id"]
        for row in task["agencies"]
        if row["role"] == "lead" and row["state"] in HANDED_IN
    }


def _agency(pairs: Sequence[tuple[Json, Json]], today: date) -> Json:
    rows = [row for _, row in pairs]
    missing = [
        {"task": task["id"], "days_late": _days_late(row, today)}
        for task, row in pairs
        if row["state"] not in HANDED_IN
    ]
    handed_in = [row for row in rows if row["state"] in HANDED_IN]
    return {
        "id": rows[0]["agency"]["id"],
        "name": rows[0]["agency"]["name"],
        "owed": len(rows),
        "handed_in": len(handed_in),
        "on_time": sum(row["late_days"] == 0 for row in handed_in),
        "late": sum(row["late_days"] > 0 for row in handed_in),
        "overdue": sum(row["overdue"] for row in rows),
        "returned": sum(row["state"] == "returned" for row in rows),
        "done": sum(row.get("status") == "done" for row in handed_in),
        "light": _agency_light(missing),
        "missing": missing,
        "months": _months(rows),
    }


def _agency_light(missing: Sequence[Json]) -> Light:
    """Green only when nothing is missing: what is not yet due tells nothing."""
    if not missing:
        return Light.GREEN
    late = [one["days_late"] for one in missing if one["days_late"] is not None]
    if any(days > 0 for days in late):
        return Light.RED
    return Light.YELLOW if any(days >= -SOON for days in late) else Light.GREY


def _days_late(row: Json, today: date) -> int | None:
    """Days past the last day; negative before it; None without one."""
    return (today - date.fromisoformat(row["due"])).days if row["due"] else None


_SUMMED = ("owed", "handed_in", "on_time", "late", "overdue", "returned", "done")


def district_of(agency_id: str, agencies: Mapping[str, Agency]) -> str | None:
    """The district whose figures the agency's are part of; None for one of the province."""
    agency = agencies.get(agency_id)
    district = None if agency is None else agency.id if agency.level == "district" else agency.district
    return district if district is not None and district in agencies else None


def _districts(rows: Iterable[Json], agencies: Mapping[str, Agency]) -> list[Json]:
    """Agencies of one district together: its committee, its communes and its offices."""
    found: dict[str, Json] = {}
    for row in rows:
        district = district_of(row["id"], agencies)
        if district is None:
            continue
        together = found.setdefault(
            district,
            {"id": district, "name": agencies[district].name, "agencies": 0, "lights": [], **dict.fromkeys(_SUMMED, 0)},
        )
        together["lights"].append(row["light"])
        together["agencies"] += 1
        for key in _SUMMED:
            together[key] += row[key]
    return [{**one, "light": min(one.pop("lights"), key=WORST_FIRST.index)} for one in found.values()]


def _on_time(owed: Sequence[tuple[Json, Json]], today: date) -> Json:
    """Reports whose last day has come, how many of them are there, how many came in time."""
    expected = [row for _, row in owed if (late := _days_late(row, today)) is not None and late >= 0]
    actual = [row for row in expected if row["state"] in HANDED_IN]
    return {
        "expected": len(expected),
        "actual": len(actual),
        "on_time": sum(row["late_days"] == 0 for row in actual),
    }


def _months(rows: Sequence[Json]) -> Json:
    """By month of the last day: an agency's reports owed, in time, late, and overdue; the rest is still to come."""
    found: dict[str, Json] = {}
    for row in rows:
        if not row["due"]:
            continue
        cell = found.setdefault(row["due"][:7], {"owed": 0, "on_time": 0, "late": 0, "overdue": 0})
        cell["owed"] += 1
        if row["state"] in HANDED_IN:
            cell["late" if row["late_days"] > 0 else "on_time"] += 1
        elif row["overdue"]:
            cell["overdue"] += 1
    return found
