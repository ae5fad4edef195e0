"""The charts of a plan, from the sums of its snapshot: the same drawing on the page, in the document and in a chat."""

from __future__ import annotations

from typing import Any

from bot.exports.charts import Bar, Spec, bars
from content.figures import figure
from content.text import Texts
from handlers.reports.progress import Light

LONGEST = 18
"""Bars of a chart; more would not fit a page."""


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
