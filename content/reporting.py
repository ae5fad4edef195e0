"""When the periods of recurring reports end and are due, and how long their files are kept.

Data of ``kontum/reporting.yaml``.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field, model_validator

from content.schema import Entry

WEEKEND = 2
YEAR = timedelta(days=365)
Years = Annotated[int, Field(ge=1, le=100)]
DayOfMonth = Annotated[int, Field(ge=1, le=28)]


class ReportingPolicy(Entry):
    """Days of the last month of a period, whatever its length (Nghị định 09/2019/NĐ-CP, Điều 8, 12)."""

    first_day: date
    """A period whose figures end earlier is not asked for: it was reported on paper."""
    last_day: DayOfMonth
    """Figures are taken up to this day, the day after it is the first of the next period."""
    due_day: DayOfMonth
    """Last day in time, where the plan names none."""
    late_days: Annotated[int, Field(ge=0, le=366)]
    """Days after the last day in time during which a report is still taken, as late; then the period is closed."""
    evidence_years: Years
    """How long photos and documents of a submitted report are kept."""
    form_files_years: Years
    """The same of a form of the department that was handed in."""

    @property
    def evidence_kept(self) -> timedelta:
        return YEAR * self.evidence_years

    @property
    def form_files_kept(self) -> timedelta:
        return YEAR * self.form_files_years

    @model_validator(mode="after")
    def _leave_a_working_day(self) -> ReportingPolicy:
        if self.due_day - self.last_day <= WEEKEND:
            raise ValueError("due_day must leave a working day after last_day, also over a weekend")
        return self
