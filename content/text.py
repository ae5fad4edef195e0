"""The words Loa says, by key: ``citizen.greeting``, ``report.ask_value`` …

One file per room under ``vi/text/``; nested keys are joined with dots. Placeholders are ``{name}``.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from typing import Any

from content.files import Reader


class Texts:
    """Every sentence people read, looked up by key."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)
        self.placeholders = {key: _placeholders(text) for key, text in self._texts.items()}

    def __contains__(self, key: object) -> bool:
        return key in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __call__(self, key: str, **params: object) -> str:
        """The text of ``key`` with its placeholders filled.

        Raises KeyError for an unknown key or a placeholder that was not given: a test walks every use in the code, so
        neither reaches a person.
        """
        text = self._texts[key]
        return text.format(**params) if self.placeholders[key] else text

    def section(self, prefix: str) -> dict[str, str]:
        """All texts below ``prefix``, keyed by the rest of their key, e.g. the labels of a set of states."""
        start = prefix + "."
        return {key[len(start) :]: text for key, text in self._texts.items() if key.startswith(start)}


def _placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


def _flatten(data: Any, prefix: str) -> Iterator[tuple[str, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _flatten(value, f"{prefix}.{key}")
    else:
        yield prefix, data


def load_texts(reader: Reader) -> Texts:
    """All texts under ``vi/text/``; faults are noted on the reader."""
    texts: dict[str, str] = {}
    for name in reader.names("vi/text/*.yaml"):
        document = reader.read(name)
        room = name.rsplit("/", 1)[1].removesuffix(".yaml")
        for key, value in _flatten(document.data or {}, room):
            where = key.split(".")[1:]
            if not isinstance(value, str):
                reader.faults.append(document.fault(f"{key} must be text (quote it)", *where))
                continue
            try:
                _placeholders(value)
            except ValueError as error:
                reader.faults.append(document.fault(f"{key}: {error}", *where))
                continue
            texts[key] = value
    return Texts(texts)
