"""The training examples stay loadable by Rasa: what ``rasa data validate`` would complain of, found without Rasa."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from pathlib import Path

import pytest
import yaml

from content.catalog import Catalog
from nlu.examples import DATA, PATTERN, VERSION
from scripts.beside_rasa.project import intents_of

FEWEST = 2
"""Examples an intent needs, or Rasa warns."""


def complaints(folder: Path, domain: Collection[str]) -> list[str]:
    """What Rasa 3.6 warns of, refuses or silently drops; ``domain`` are the intents of the domain file."""
    found: list[str] = []
    intents: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.glob(PATTERN)):
        data = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        if data.keys() - {"version", "nlu"} or data.get("version") != VERSION:
            found.append(f"{path.name}: keys or version")
        for item in data["nlu"]:
            if item.keys() != {"intent", "examples"}:
                found.append(f"{path.name}: keys of {list(item)}")
            name = item.get("intent")
            if not isinstance(name, str) or not name or name != name.strip() or "/" in name:
                found.append(f"{path.name}: intent {name!r}")  # a slash makes Rasa want responses to retrieve
                continue
            for line in item["examples"].splitlines():
                text = line[1:].strip("\n\r ")
                if not line.startswith("-") or not text or text.startswith("/"):
                    found.append(f"{path.name}: {name}: {line!r}")  # skipped, empty, or read as a command to Rasa
                intents[name].append(text)
    found += [f"not in the domain: {name}" for name in sorted(intents.keys() - domain)]
    found += [f"too few examples: {name}" for name in sorted(domain) if len(intents[name]) < FEWEST]
    owners: dict[str, set[str]] = defaultdict(set)
    for name, texts in intents.items():
        counts = Counter(" ".join(text.casefold().split()) for text in texts)
        found += [f"twice under {name}: {text}" for text, count in counts.items() if count > 1]
        for text in counts:
            owners[text].add(name)
    return found + [f"under {sorted(names)}: {text}" for text, names in owners.items() if len(names) > 1]


def test_rasa_has_nothing_to_complain_of(catalog: Catalog) -> None:
    found = complaints(DATA, intents_of(catalog))
    assert not found, "\n".join(found)


GOOD = "- intent: a\n  examples: |\n    - one\n    - two\n- intent: b\n  examples: |\n    - three\n    - four\n"


def _complaints(folder: Path, text: str, version: str = VERSION) -> list[str]:
    (folder / "a.yml").write_text(f'version: "{version}"\nnlu:\n{text}', encoding="utf-8")
    return complaints(folder, {"a", "b"})


def test_good_examples_are_not_complained_of(tmp_path: Path) -> None:
    assert _complaints(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("two", "One", "twice under a: one"),
        ("three", "one", "under ['a', 'b']: one"),
        ("intent: b", "intent: c", "not in the domain: c"),
        ("intent: b", "intent: c", "too few examples: b"),
        ("    - four\n", "", "too few examples: b"),
        ("intent: b", "intent: b/c", "a.yml: intent 'b/c'"),
        ("- two", "two", "a.yml: a: 'two'"),
        ("- two", "- /two", "a.yml: a: '- /two'"),
        ("  examples: |\n    - three", "  title: x\n  examples: |\n    - three", "a.yml: keys of"),
    ],
)
def test_what_rasa_complains_of_is_found(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    found = _complaints(tmp_path, GOOD.replace(old, new))
    assert any(line.startswith(complaint) for line in found), found


def test_another_version_is_found(tmp_path: Path) -> None:
    assert _complaints(tmp_path, GOOD, "2.0") == ["a.yml: keys or version"]
