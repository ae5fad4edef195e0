"""The table of faults names tests that are there, and run on the engines it says."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
TABLE = TESTS.parent / "docs" / "faults.md"
NUMBERS = {f"F{number}" for number in (*range(1, 10), *range(14, 39), 40)} | {"F31b", "F31c", "F31d"}
_NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`( \(long\))?")

Functions = dict[str, ast.FunctionDef | ast.AsyncFunctionDef]


def rows() -> list[tuple[str, list[tuple[str, str, bool]], str]]:
    """Number, tests (file, name, whether it is a long one) and engines of each row."""
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"F\d+[a-z]?", cells[0]):
            named = [(match[1], match[2], bool(match[3])) for match in _NAMED.finditer(cells[3])]
            found.append((cells[0], named, cells[4]))
    return found


@cache
def functions(path: Path) -> Functions:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def runs_on_both(path: Path, name: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether the test or fixture gets, by whatever way, a database on both engines."""
    if name in seen:
        return False
    for place in (path, *(folder / "conftest.py" for folder in path.parents if folder.is_relative_to(TESTS))):
        node = functions(place).get(name) if place.exists() else None
        if node is None:
            continue
        own = " ".join(ast.unparse(decorator) for decorator in node.decorator_list)
        if "sqlite" in own:
            return "postgresql" in own
        return any(runs_on_both(path, argument.arg, seen | {name}) for argument in node.args.args)
    return False


def test_every_fault_has_its_tests() -> None:
    assert {number for number, _, _ in rows()} == NUMBERS
    for number, named, engines in rows():
        assert named, number
        assert engines in ("both", "any"), number


def test_the_tests_are_there_and_run_where_the_table_says() -> None:
    for number, named, engines in rows():
        for file, name, is_long in named:
            node = functions(TESTS / file).get(name)
            assert node is not None, f"{number}: {file}::{name} is not there"
            marks = " ".join(ast.unparse(decorator) for decorator in node.decorator_list)
            assert ("pytest.mark.long" in marks and "param(" not in marks) == is_long, f"{number}: {name}"
            assert engines == "any" or runs_on_both(TESTS / file, name), f"{number}: {name} runs on one engine"
