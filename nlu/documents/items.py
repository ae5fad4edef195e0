"""What a directive asks to be made known: one item for each numbered piece, with who supplies the information."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from nlu.documents.deadlines import Period, find_period, labelled_period
from nlu.documents.outline import Node, title_of
from nlu.documents.parties import Party, Registry
from nlu.documents.sections import Role, label_of, labelled


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to make known. ``first`` and ``last`` bound its validity, both included, None where not stated."""

    path: str
    title: str
    text: str
    providers: list[Party]
    first: date | None
    last: date | None
    lines: tuple[int, int]

    def to_json(self) -> dict[str, object]:
        return {
            "path": self.path,
            "title": self.title,
            "text": self.text,
            "providers": [party.to_json() for party in self.providers],
            "from": self.first.isoformat() if self.first else None,
            "to": self.last.isoformat() if self.last else None,
            "lines": list(self.lines),
        }


def items_of(registry: Registry, node: Node, whole: Period | None) -> Iterator[Item]:
    """The items of a section: its deepest numbered pieces and their dashes, in order.

    ``whole`` is the period of the document, valid for items that state none.
    """
    if node.numbered:
        for child in node.numbered:
            yield from items_of(registry, child, whole)
        return
    yield _item(registry, node, whole)
    described = any(role is Role.PROVIDERS for role, _ in labelled(node))
    for bullet in node.bullets:
        label = label_of(bullet.head.text)
        if not described and (label is None or label[0] is Role.DUE):
            yield _item(registry, bullet, whole)


def _item(registry: Registry, node: Node, whole: Period | None) -> Item:
    title, rest = title_of(node.head.text)
    plain = [paragraph.text for paragraph in node.body if label_of(paragraph.text) is None]
    heading_only = bool(plain or node.bullets) and rest.rstrip(" .;:") == title
    providers: list[Party] = []
    for role, value in labelled(node):
        if role is Role.PROVIDERS:
            providers += registry.parties(value.text)
    first, last = _validity(node, whole)
    return Item(
        path=node.path,
        title=title,
        text="\n".join(plain if heading_only else [rest, *plain] if rest else plain),
        providers=list(dict.fromkeys(providers)),
        first=first,
        last=last,
        lines=node.lines,
    )


def _validity(node: Node, whole: Period | None) -> tuple[date | None, date | None]:
    """The period of an item: stated in its own words or its "Thời gian:", else the document's."""
    stated = [value.text for role, value in labelled(node) if role is Role.DUE]
    found = next((period for p in node.own if (period := find_period(p.text))), None)
    found = found or next((period for text in stated if (period := labelled_period(text))), None)
    default = whole.first if whole else None
    if found is None:
        return default, whole.last if whole else None
    return found.first or default, found.last
