"""When agencies are chased: after working hours for what they have not taken in, on working days for reports they owe.

Data of ``kontum/chase.yaml`` and ``kontum/report_chase.yaml``.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from content.schema import Entry

Hours = Annotated[float, Field(gt=0, le=400)]


class ChasePolicy(Entry):
    """Working hours before each rung, counted from the rung before it; before the first, from the sending."""

    main: Hours
    deputy: Hours
    head: Hours
    department: Hours

    def before(self, rung: str) -> float:
        """Working hours before the rung of this name."""
        return float(getattr(self, rung))


RUNGS = ("main", "deputy", "head", "department")
"""From the lowest up."""


class ReportStep(Entry):
    """One day on which an agency is reminded of a report it owes."""

    day: Annotated[int, Field(ge=-60, le=60)]
    """Working days after the last day in time; before it for a negative number."""
    to: Annotated[list[Literal["main", "deputy", "head", "department"]], Field(min_length=1)]

    @property
    def highest(self) -> int:
        return max(RUNGS.index(rung) for rung in self.to)


class ReportChase(Entry):
    """The days in order; nobody lower is asked once somebody higher was."""

    steps: Annotated[list[ReportStep], Field(min_length=1)]

    @model_validator(mode="after")
    def _climb(self) -> ReportChase:
        for one, following in pairwise(self.steps):
            if one.day >= following.day:
                raise ValueError(f"day {following.day} stands after day {one.day}")
            if one.highest > following.highest:
                raise ValueError(f"day {following.day} goes down again, to {', '.join(following.to)}")
        if self.steps[-1].to != ["department"] or any("department" in step.to for step in self.steps[:-1]):
            raise ValueError("the last step, and no other, goes to the department alone")
        return self

    @property
    def department_after(self) -> int:
        """Working days after the last day in time from which the department calls."""
        return self.steps[-1].day
