"""Reading content files so that a fault names file, line and reason."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

ROOT = Path(__file__).parent
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in the content."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class ContentError(Exception):
    """The content does not load. ``faults`` lists everything found, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class _LineLoader(yaml.CSafeLoader):  # the C parser is 8 times faster, and every wheel of PyYAML has it
    """Safe YAML that refuses duplicate keys; PyYAML would keep the last one without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key!r}", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed YAML file together with the lines its parts stand on."""

    name: str
    data: Any
    node: yaml.Node | None

    def line(self, *path: int | str) -> int:
        """Line (from 1) of the part at ``path``, or of its nearest parent that exists."""
        node = self.node
        line = node.start_mark.line + 1 if node is not None else 1
        for step in path:
            child: yaml.Node | None = None
            if isinstance(node, yaml.MappingNode):
                child = next((value for key, value in node.value if key.value == str(step)), None)
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                child = node.value[step]
            if child is None:
                break
            node, line = child, child.start_mark.line + 1
        return line

    def fault(self, reason: str, *path: int | str) -> Fault:
        return Fault(self.name, self.line(*path), reason)


class Reader:
    """Reads files below one folder and collects every fault on the way."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.faults: list[Fault] = []

    def read(self, name: str) -> Document:
        """The YAML file ``name``; on a fault an empty document, the fault noted."""
        try:
            raw = (self.root / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.faults.append(Fault(name, 1, f"cannot be read: {error}"))
            return Document(name, None, None)
        if not unicodedata.is_normalized("NFC", raw):
            line = next(i for i, text in enumerate(raw.split("\n"), 1) if not unicodedata.is_normalized("NFC", text))
            self.faults.append(Fault(name, line, "text is not in Unicode form NFC"))
        loader = _LineLoader(raw)
        try:
            node = loader.get_single_node()
            data = loader.construct_document(node) if node is not None else None
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            reason = str(getattr(error, "problem", None) or error)
            self.faults.append(Fault(name, mark.line + 1 if mark else 1, f"not valid YAML: {reason}"))
            return Document(name, None, None)
        finally:
            loader.dispose()
        return Document(name, data, node)

    def names(self, pattern: str) -> list[str]:
        """Files matching ``pattern`` below the root, in name order."""
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.glob(pattern))

    def one(self, document: Document, model: type[Model], data: Any, *path: int | str) -> Model | None:
        """``data`` as ``model``; None and the faults noted when it does not fit."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                where = [*path, *(step for step in problem["loc"] if isinstance(step, int | str))]
                spot = ".".join(str(step) for step in problem["loc"])
                self.faults.append(document.fault(f"{spot}: {problem['msg']}", *where))
            return None

    def single(self, name: str, model: type[Model]) -> Model | None:
        document = self.read(name)
        return None if document.node is None else self.one(document, model, document.data)

    def listed(self, name: str, model: type[Model]) -> Iterator[tuple[Document, int, Model]]:
        """The entries of a file that is a list, with their positions."""
        document = self.read(name)
        if document.node is None:
            return
        if not isinstance(document.data, list):
            self.faults.append(document.fault("a list is wanted here"))
            return
        for index, data in enumerate(document.data):
            entry = self.one(document, model, data, index)
            if entry is not None:
                yield document, index, entry

    def check(self, ok: bool, document: Document, reason: str, *path: int | str) -> None:
        if not ok:
            self.faults.append(document.fault(reason, *path))


def stamp(root: Path, *patterns: str) -> str:
    """SHA-256 over the files matching the patterns: changes exactly when one of them does."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()}):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
