"""What became of agencies: renamed, merged, split, ended, from a day on and by a decision."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from content.schema import Entry, Id


class ChangeKind(StrEnum):
    RENAME = "rename"
    MERGE = "merge"
    """One or several agencies become part of another, new or not."""
    SPLIT = "split"
    DISSOLVE = "dissolve"
    """The agency ends and no single one has its part."""


class AgencyChange(Entry):
    """What happened to agencies on a day, by which decision."""

    id: Id
    kind: ChangeKind
    day: date
    """First day of the new state; what ends, ends the day before."""
    basis: str
    """The document that decided it."""
    before: Annotated[list[str], Field(min_length=1)]
    after: list[str] = Field(default_factory=list)
    formerly: str | None = None
    name: str | None = None
    """Of a rename: the old and the new name."""
    confirmed: bool = True
    """Whether the decision itself was looked at."""
    note: str | None = None

    @property
    def moves(self) -> bool:
        """Whether agencies end by it and others may have their part."""
        return self.kind is not ChangeKind.RENAME

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        counts = {
            ChangeKind.RENAME: len(self.before) == 1 and not self.after and bool(self.name and self.formerly),
            ChangeKind.MERGE: len(self.after) == 1,
            ChangeKind.SPLIT: len(self.before) == 1 and len(self.after) > 1,
            ChangeKind.DISSOLVE: not self.after,
        }
        if not counts[self.kind] or (self.kind is not ChangeKind.RENAME and (self.name or self.formerly)):
            raise ValueError(f"not the agencies or names of a {self.kind.value}")
        if set(self.before) & set(self.after):
            raise ValueError("an agency cannot follow itself")
        return self
