"""``loa bench nlu``: how fast messages are understood, beside the simplest thing that could work.

The baseline compares a message with every example by rapidfuzz's ``token_set_ratio`` and takes the best: no training,
no emergencies, no threshold. Both answer the same messages in the same run.
"""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rapidfuzz import fuzz, process

from bot.bench.figures import milliseconds
from content.catalog import load_catalog
from content.words import fold
from nlu.examples import load_examples
from nlu.understanding import Understander

MESSAGES = 2000
BASELINE_MESSAGES = 300
"""Fewer: it is slower, and every message takes it the same time."""
LONG = "bà con ơi cho hỏi "
"""Repeated to the longest text that is read."""
LONG_LETTERS = 10_000


def run() -> dict[str, Any]:
    """Messages per second, p50 and p99 in milliseconds, seconds to train and to load, memory added in MB."""
    catalog = load_catalog()
    examples = load_examples()
    messages = [example.text for example in examples][:: max(1, len(examples) // MESSAGES)]
    with TemporaryDirectory() as folder:
        begin = time.perf_counter()
        Understander.load(catalog, Path(folder))
        trained = time.perf_counter() - begin
        gc.collect()
        before = _resident()
        begin = time.perf_counter()
        understander = Understander.load(catalog, Path(folder))
        loaded = time.perf_counter() - begin
    ours = _measured(understander.understand, messages)
    memory = max(0.0, _resident() - before)
    begin = time.perf_counter()
    understander.understand((LONG * (LONG_LETTERS // len(LONG) + 1))[:LONG_LETTERS])
    longest = time.perf_counter() - begin
    folded = [fold(example.text) for example in examples]
    simple = _measured(
        lambda text: process.extractOne(fold(text), folded, scorer=fuzz.token_set_ratio), messages[:BASELINE_MESSAGES]
    )
    return {
        "messages": len(messages),
        "loa": {
            **ours,
            "train_seconds": round(trained, 2),
            "load_seconds": round(loaded, 2),
            "memory_added_mb": round(memory, 1),
            "longest_text_ms": round(longest * 1000, 1),
        },
        "baseline": {"what": "rapidfuzz token_set_ratio argmax", **simple},
        "times_the_baseline": round(ours["messages_per_second"] / simple["messages_per_second"], 1),
    }


def _measured(understand: Callable[[str], object], messages: Sequence[str]) -> dict[str, float]:
    understand(messages[0])
    taken = []
    for message in messages:
        begin = time.perf_counter()
        understand(message)
        taken.append(time.perf_counter() - begin)
    return {"messages_per_second": round(len(taken) / sum(taken), 1), **milliseconds(taken)}


def _resident() -> float:
    """Memory in use now, in MB; where the system does not tell, the most there ever was."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
