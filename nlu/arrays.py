"""Models as plain arrays: a file of them needs no pickle, so reading one can never run code."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.features import View

Floats = NDArray[np.float32]
Arrays = dict[str, NDArray[Any]]


def packed(words: Iterable[str]) -> NDArray[np.uint8]:
    """Strings without line breaks, in their order, as one array of bytes."""
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def unpacked(data: NDArray[np.uint8]) -> list[str]:
    """The inverse of :func:`packed`."""
    return data.tobytes().decode().split("\n") if data.size else []


def view_arrays(name: str, view: View) -> Arrays:
    """A view as arrays, the names of all beginning with ``name``."""
    return {
        f"{name}_words": packed(view.words),
        f"{name}_pieces": packed(view.pieces),
        f"{name}_concepts": packed(view.concepts),
        f"{name}_idf": view.idf,
    }


def view_from(arrays: Mapping[str, NDArray[Any]], name: str) -> View:
    """The inverse of :func:`view_arrays`."""
    tables = []
    number = 0
    for part in ("words", "pieces", "concepts"):
        words = unpacked(arrays[f"{name}_{part}"])
        tables.append({word: number + place for place, word in enumerate(words)})
        number += len(words)
    return View(tables[0], tables[1], tables[2], arrays[f"{name}_idf"])


def logistic(value: float) -> float:
    """The probability that a linear model's value stands for."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value))))
