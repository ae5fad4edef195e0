"""Summing up measurements: percentiles, rates and the memory of a process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of the values lie; 0.0 for none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def milliseconds(values: Sequence[float]) -> dict[str, float]:
    """p50 and p99 of durations given in seconds."""
    return {
        "p50_ms": round(percentile(values, 0.50) * 1000, 2),
        "p99_ms": round(percentile(values, 0.99) * 1000, 2),
    }


def peak_memory(pid: int | None = None) -> float:
    """Largest resident memory a process has had, in MB; 0.0 where the system does not tell (it is Linux that does)."""
    status = Path(f"/proc/{pid or os.getpid()}/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024, 1)


def processor_seconds(pid: int) -> float:
    """Time on a processor of a process and the ones it started, in seconds; 0.0 where the system does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    ticks = sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13]))
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return ticks / os.sysconf("SC_CLK_TCK") + sum(processor_seconds(int(child)) for child in children)


def memory(pid: int) -> dict[str, float]:
    """Resident memory of a process now and at its largest, in MB; zeros where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines()) if status.exists() else {}
    megabytes = {name: int(lines.get(name, "0").split()[0]) / 1024 for name in ("VmRSS", "VmHWM")}
    return {"resident_mb": round(megabytes["VmRSS"], 1), "peak_mb": round(megabytes["VmHWM"], 1)}


Aim = tuple[str, float]
"""``>=`` or ``<=`` and the bound."""


def judged(figures: dict[str, float], aims: dict[str, Aim]) -> dict[str, dict[str, Any]]:
    """Each figure beside what is wanted of it."""
    found: dict[str, dict[str, Any]] = {}
    for name, figure in figures.items():
        sign, bound = aims[name]
        held = figure >= bound if sign == ">=" else figure <= bound
        found[name] = {"is": figure, "wanted": f"{sign} {bound}", "held": held}
    return found
