"""The trained model as a file, so that a start takes a fraction of a second. Plain arrays, never a pickle."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from content.catalog import Catalog
from content.emergency_rules import FILE as RULES_FILE
from content.files import stamp
from content.lexicon import FILE as LEXICON_FILE
from nlu.arrays import packed, unpacked
from nlu.examples import DATA, PATTERN


def mark_of(catalog: Catalog) -> str:
    """Changes whenever a model made earlier would no longer be the one to make: examples, content, code, libraries."""
    content = stamp(catalog.root, "vi/faq/*.yaml", "vi/emergency.yaml", LEXICON_FILE, RULES_FILE)
    code = stamp(Path(__file__).parent, "*.py")
    made_with = " ".join(version(name) for name in ("numpy", "scikit-learn"))
    return hashlib.sha256(" ".join([stamp(DATA, PATTERN), content, code, made_with]).encode()).hexdigest()


def read(path: Path, mark: str) -> Mapping[str, NDArray[Any]] | None:
    """The arrays kept at ``path``; None when there is no whole file of that mark."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        return arrays if unpacked(arrays["mark"]) == [mark] else None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def write(path: Path, mark: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Keep the arrays: whole or not at all, whoever else writes the same at the same time. Older models go.

    A folder that cannot be written to is no fault: the next start trains again.
    """
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".nlu-", suffix=".npz", delete=False) as file:
            np.savez(file, allow_pickle=False, mark=packed([mark]), **arrays)
        Path(file.name).replace(path)
        for old in path.parent.glob("nlu-*.npz"):
            if old != path:
                old.unlink(missing_ok=True)
