"""After how many working hours an agency that has not taken something in is chased. Data of ``kontum/chase.yaml``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

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
