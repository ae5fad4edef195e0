"""The audit log is read by people: every action has its words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from content.catalog import Catalog

ROOT = Path(__file__).parent.parent


def actions() -> Iterator[str]:
    """What is noted anywhere in the house: the third argument of every call of `storage.audit.note`."""
    for room in ("bot", "handlers", "storage"):
        for path in sorted((ROOT / room).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("note", "audit.note"):
                    yield from _named(node.args[2], module)


def _named(argument: ast.expr, module: str) -> Iterator[str]:
    match argument:
        case ast.Constant(value=str(action)):
            yield action
        case ast.IfExp(body=one, orelse=other):
            yield from _named(one, module)
            yield from _named(other, module)
        case ast.Name(id=name):
            yield getattr(import_module(module), name)
        case ast.JoinedStr():  # "<table>.<action>", "directive.<step>": their pages' own tests read the log
            return
        case _:
            raise AssertionError((module, ast.unparse(argument)))


def test_every_action_has_words(catalog: Catalog) -> None:
    found = set(actions())
    assert len(found) > 60
    known = catalog.text.section("console.audit")
    assert not found - set(known)
