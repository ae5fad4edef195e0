"""The figures understanding must keep: a recorded floor (or ceiling) for any figure of a report.

A file is YAML of ``path: {least: x}`` or ``path: {most: x}``; the path names a figure of the report's JSON, its parts
joined by dots, for example ``styles.paraphrase.first``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Floor:
    """What one figure must be at least or at most."""

    path: str
    least: float | None = None
    most: float | None = None

    def broken(self, report: Mapping[str, Any]) -> str | None:
        """Why the report does not keep it; None when it does. A figure that is not there is not kept."""
        figure: Any = report
        for part in self.path.split("."):
            figure = figure.get(part) if isinstance(figure, Mapping) else None
        if not isinstance(figure, int | float):
            return f"{self.path}: not measured"
        if self.least is not None and figure < self.least:
            return f"{self.path}: {figure} < {self.least}"
        if self.most is not None and figure > self.most:
            return f"{self.path}: {figure} > {self.most}"
        return None


def read_floors(path: Path) -> list[Floor]:
    """The floors of a file. Raises OSError, or ValueError naming what does not read."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    if not isinstance(data, dict) or not data:
        raise ValueError("figures with least or most are wanted")
    floors = []
    for name, limits in data.items():
        known = isinstance(limits, dict) and limits and limits.keys() <= {"least", "most"}
        if not known or not all(isinstance(limit, int | float) for limit in limits.values()):
            raise ValueError(f"{name}: least or most is wanted, a number")
        floors.append(Floor(str(name), **limits))
    return floors
