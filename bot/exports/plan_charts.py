"""The charts of a plan, from the sums of its snapshot: the same drawing on the page, in the document and in a chat."""

from __future__ import annotations

from typing import Any

from bot.exports.charts import Bar, Cell, Spec, bars, heat_map
from content.figures import figure
from content.text import Texts
from handlers.reports.progress import Light, months_of, share_on_time

LONGEST = 18
"""Bars of a chart, and rows of a heat map; more would not fit a page."""
MONTHS = 6
"""Columns of a heat map: the last ones of which anything is known."""


def indicator_chart(sums: dict[str, Any], text: Texts) -> Spec | None:
    """The indicators of the plan's own tasks that have a share of their target, worst first; None when there are none.
    The lines of its annexes are in their headings' sums."""
    known = [one for one in sums["indicators"] if one["percent_of_target"] is not None and not one["parent"]]
    worst = sorted(known, key=lambda one: one["percent_of_target"])[:LONGEST]
    if not worst:
        return None
    lights = [(light.value, text(f"progress.light.{light.value}")) for light in (Light.GREEN, Light.YELLOW, Light.RED)]
    entries = [
        Bar(f"{one['path']} {one['name']}", share, one["light"], f"{figure(share)}%")
        for one in worst
        for share in [one["percent_of_target"]]
    ]
    return bars(entries, text("progress.chart_axis"), lights)


def heat_chart(sums: dict[str, Any], text: Texts) -> Spec | None:
    """Agencies and months: of the reports that came or should have come, the share in time; the agencies with most
    overdue, then most late, first. None while nothing has come and nothing been due."""
    judged = [row for row in sums["agencies"] if any(_known(row, month) for month in row["months"])]
    months = [month for month in months_of(sums) if any(_known(row, month) for row in judged)][-MONTHS:]
    worst = sorted(judged, key=lambda row: (-row["overdue"], -row["late"], row["name"]))[:LONGEST]
    cells = [
        Cell(row["name"], _month(month), share_on_time(cell), f"{cell['on_time']}/{cell['owed']}")
        for row in worst
        for month in months
        for cell in [row["months"].get(month)]
        if cell is not None
    ]
    return heat_map(cells, [_month(month) for month in months], text("progress.heat_legend")) if cells else None


def _known(row: dict[str, Any], month: str) -> bool:
    return month in row["months"] and share_on_time(row["months"][month]) is not None


def _month(month: str) -> str:
    """``2024-12`` as people write it."""
    return f"{month[5:]}/{month[:4]}"
