"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from content.catalog import Catalog

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "handlers", "nlu", "storage", "content", "simulators")
SOURCES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "versions" not in path.parts
)
TEMPLATES = sorted((ROOT / "bot" / "web" / "templates").rglob("*.html"))
VIETNAMESE = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
_SENTENCE = re.compile(r"^[^\\|(\[]*[A-ZĐ.!?:;][^\\|(\[]*$", re.DOTALL)
"""A capital or punctuation and nothing of a pattern: words listed for a parser have neither."""
GRAB_BAGS = re.compile(r"^(utils?|helpers?|common|misc|managers?|services?|core|base_handler|stuff)$")
LONGEST_FILE = 400
"""Lines; a longer file is more than one room."""


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """String constants that are not docstrings, with their lines."""
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_sentence_people_read_stands_in_code(path: Path) -> None:
    """A parser's words and patterns are data of the language; a Vietnamese sentence is content."""
    if path.is_relative_to(ROOT / "content"):
        return
    found = [
        f"{line}: {text!r}"
        for line, text in _strings(ast.parse(path.read_text(encoding="utf-8")))
        if VIETNAMESE.search(text) and len(text.split()) > 3 and _SENTENCE.search(text)
    ]
    assert not found, found


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_file_is_one_room(path: Path) -> None:
    assert not GRAB_BAGS.match(path.stem), "named after nothing"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_only_channels_know_which_channel_it_is(path: Path) -> None:
    """No comparison with a platform's name outside bot/channels and the composition root."""
    if path.is_relative_to(ROOT / "bot"):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare):
            values = [part.value for part in [node.left, *node.comparators] if isinstance(part, ast.Constant)]
            assert not {"zalo", "telegram"} & {value for value in values if isinstance(value, str)}


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_templates_take_their_words_from_content(path: Path) -> None:
    html = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not VIETNAMESE.search(html)


def _uses() -> Iterator[tuple[str, str, set[str] | None]]:
    """Every literal text key used in code and templates: where, which, and the placeholders given if they are plain."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            function = node.func
            called = (
                function.attr
                if isinstance(function, ast.Attribute)
                else function.id
                if isinstance(function, ast.Name)
                else ""
            )
            key = node.args[0].value
            if called in ("say", "text", "words", "fail", "choice", "t") and isinstance(key, str) and "." in key:
                plain = all(keyword.arg for keyword in node.keywords)
                given = {keyword.arg for keyword in node.keywords if keyword.arg} if plain else None
                yield f"{_name(path)}:{node.lineno}", key, given
    for path in TEMPLATES:
        for match in re.finditer(r"\bt\(\s*\"([a-z_.0-9]+)\"\s*(~?)", path.read_text(encoding="utf-8")):
            yield _name(path), match[1] + ("*" if match[2] else ""), None


def test_every_text_key_exists_and_gets_its_placeholders(catalog: Catalog) -> None:
    rooms = {key.partition(".")[0] for key in catalog.text}
    faults = []
    for where, key, given in _uses():
        if key.partition(".")[0] not in rooms or not re.fullmatch(r"[a-z_.0-9]+\*?", key):
            continue
        if key.endswith("*"):  # the rest of the key is worked out
            if not any(known.startswith(key[:-1]) for known in catalog.text):
                faults.append(f"{where}: no text begins with {key[:-1]}")
        elif key not in catalog.text:
            faults.append(f"{where}: no text {key}")
        elif given is not None and not catalog.text.placeholders[key] <= given:
            faults.append(f"{where}: {key} lacks {sorted(catalog.text.placeholders[key] - given)}")
    assert not faults, "\n".join(faults)
    assert sum(1 for _ in _uses()) > 100


def test_importing_the_house_needs_no_environment() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import bot.cli"], cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
