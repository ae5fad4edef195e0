"""A process that loads one model, understands messages and says what it found, how long each took and how much memory.

Run by the interpreter of Rasa's environment or of Loa's: nothing but the standard library is imported before it is
known which. Arguments: ``rasa`` or ``loa``, the model (a file, or the folder of kept models), the messages (a JSON
list), and the file for the result.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

WARM = 50
"""Messages understood before any is timed."""
ROUNDS = 3
"""Times each message is timed; the middle one counts, so that what else the machine does does not."""

Understand = Callable[[str], Awaitable[Any]]


def rasa(model: Path) -> Understand:
    """Rasa's own way in, the one behind its channels. Its answer: the ranking, and whether it would give up."""
    import_module("rasa.utils.log_utils").configure_structlog(logging.ERROR)  # at its default it writes every message
    agent = import_module("rasa.core.agent").Agent.load(str(model))

    async def understand(text: str) -> Any:
        found = await agent.parse_message(text)
        names = [entry["name"] for entry in found.get("intent_ranking", [])] or [found["intent"]["name"]]
        return {"ranking": names, "gave_up": found["intent"]["name"] == "nlu_fallback"}

    return understand


def loa(cache: Path) -> Understand:
    """Loa's own way in. Its answer: what ``loa ask --json`` prints, but for the wording."""
    catalog = import_module("content.catalog").load_catalog()
    understander = import_module("nlu.understanding").Understander.load(catalog, cache)

    async def understand(text: str) -> Any:
        return understander.understand(text).to_json("")

    return understand


async def run(understand: Understand, texts: list[str]) -> tuple[list[Any], list[float]]:
    """What was found in each message and the seconds it took."""
    for text in texts[:WARM]:
        await understand(text)
    found: list[Any] = []
    rounds: list[list[float]] = []
    for _ in range(ROUNDS):
        found, seconds = [], []
        for text in texts:
            begin = time.perf_counter()
            answer = await understand(text)
            seconds.append(time.perf_counter() - begin)
            found.append(answer)
        rounds.append(seconds)
    return found, [median(times) for times in zip(*rounds, strict=True)]


def resident() -> float:
    """Memory of this process in MB, as Linux counts it."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    match = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    return int(match[1]) / 1024 if match else 0.0


def main() -> None:
    which, model, texts, result = sys.argv[1:]
    begin = time.perf_counter()
    understand = {"rasa": rasa, "loa": loa}[which](Path(model))
    load = time.perf_counter() - begin
    found, seconds = asyncio.run(run(understand, json.loads(Path(texts).read_text(encoding="utf-8"))))
    measured = {"found": found, "seconds": seconds, "load": load, "resident": resident()}
    Path(result).write_text(json.dumps(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
