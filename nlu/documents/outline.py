"""The numbered tree of a document: phần, I., 1., 1.1., a), dashes, each with its own words and its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nlu.documents.layout import Paragraph, marker_of

_LEVELS = {
    "part": 0, "capital": 1, "roman": 2, "article": 2, "caption": 2, "number": 3, "dotted": 4,
    "bracket": 7, "letter": 8, "dash": 9,
    "plus": 10,
}  # fmt: skip
BULLETS = ("dash", "plus")
_LONGEST_CAPTION = 60
_LONGEST_TITLE = 160
"""Characters of a title; a longer one ends in "…"."""
_SENTENCE = re.compile(r"[.;:](?=\s|$)")


@dataclass(slots=True, eq=False)
class Node:
    """A numbered piece. ``path`` is how the document itself would cite it: ``III.5.a``, ``V.1 (gạch 2)``."""

    kind: str
    label: str
    path: str
    head: Paragraph
    """The paragraph with the number, without it."""
    parent: Node | None = None
    body: list[Paragraph] = field(default_factory=list)
    """Paragraphs without a number that follow the head."""
    children: list[Node] = field(default_factory=list)

    @property
    def level(self) -> int:
        return _LEVELS[self.kind] + (self.label.count(".") - 1 if self.kind == "dotted" else 0)

    @property
    def bullets(self) -> list[Node]:
        return [child for child in self.children if child.kind in BULLETS]

    @property
    def numbered(self) -> list[Node]:
        return [child for child in self.children if child.kind not in BULLETS]

    @property
    def own(self) -> list[Paragraph]:
        return [self.head, *self.body]

    @property
    def lines(self) -> tuple[int, int]:
        """The first and last line of the piece with everything below it."""
        last = max([paragraph.last for paragraph in self.own] + [child.lines[1] for child in self.children])
        return self.head.first, last

    def walk(self) -> Iterator[Node]:
        """The piece and everything below it, in the order of the document."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True)
class Outline:
    """What stands before the first number, and the numbered pieces."""

    opening: list[Paragraph]
    nodes: list[Node]

    def walk(self) -> Iterator[Node]:
        for node in self.nodes:
            yield from node.walk()


def outline(paragraphs: Sequence[Paragraph]) -> Outline:
    """The tree of a document's body. Dashes before the first number belong to the opening, if there is a number."""
    markers = [marker_of(paragraph.text) for paragraph in paragraphs]
    numbered = any(marker and marker.lastgroup not in BULLETS for marker in markers)
    found = Outline([], [])
    open_nodes: list[Node] = []
    bullets: dict[int, int] = {}
    for place, (paragraph, marker) in enumerate(zip(paragraphs, markers, strict=True)):
        if marker is None and open_nodes and _is_caption(paragraphs, markers, place, open_nodes[-1]):
            label = shortened(paragraph.text.strip(" .:"), _LONGEST_CAPTION)
            open_nodes = [Node("caption", label, label, paragraph)]
            found.nodes.append(open_nodes[0])
            continue
        if marker is None:
            (open_nodes[-1].body if open_nodes else found.opening).append(paragraph)
            continue
        kind = str(marker.lastgroup)
        if numbered and kind in BULLETS and not open_nodes:
            found.opening.append(paragraph)
            continue
        label = _label(paragraph.text[: marker.end()], kind)
        node = Node(kind, label, "", paragraph.without(marker.end()))
        while open_nodes and open_nodes[-1].level >= node.level:
            open_nodes.pop()
        node.parent = open_nodes[-1] if open_nodes else None
        (node.parent.children if node.parent else found.nodes).append(node)
        if kind in BULLETS:
            bullets[id(node.parent)] = turn = bullets.get(id(node.parent), 0) + 1
            node.path = _bullet_path(node, turn)
        else:
            node.path = _path(node)
        open_nodes.append(node)
    return found


def _is_caption(
    paragraphs: Sequence[Paragraph], markers: Sequence[re.Match[str] | None], place: int, above: Node
) -> bool:
    """Whether a line in capitals without a number heads a part of its own: numbering begins anew below it.

    The title under "Chương I" is none.
    """
    text = paragraphs[place].text
    below = markers[place + 1] if place + 1 < len(markers) else None
    if below is None or not text.isupper() or not 2 <= len(text.split()) <= 14:
        return False
    return below.group().strip(" .:/-)") in ("1", "i", "a", "") and not (above.kind == "part" and not above.head.text)


def _label(marker: str, kind: str) -> str:
    return "" if kind in BULLETS else " ".join(marker.split()).rstrip(".:)-/").strip()


def _bullet_path(node: Node, place: int) -> str:
    above = node.parent.path if node.parent else ""
    if node.parent and node.parent.kind in BULLETS:
        return f"{above.removesuffix(')')}.{place})"
    return f"{above} (gạch {place})".strip()


def _path(node: Node) -> str:
    parent = node.parent
    if node.kind == "dotted":  # its label already holds the numbers above it
        while parent is not None and parent.kind in ("number", "dotted"):
            parent = parent.parent
    if parent is None or parent.kind == "part":
        return node.label
    return f"{parent.path}.{node.label}"


def title_of(text: str) -> tuple[str, str]:
    """The title a paragraph begins with, and the rest.

    The title ends at the first colon when that comes before the end of the sentence and before it grows too long. A
    paragraph without one is its own title, cut short after its first clause, and the rest is the whole.
    """
    end = _SENTENCE.search(text[: _LONGEST_TITLE * 2])
    if end is not None and end[0] == ":" and 3 < end.start() <= _LONGEST_TITLE:
        return text[: end.start()].strip(), text[end.end() :].strip()
    whole = text.strip().rstrip("./;:,")
    if len(whole) > _LONGEST_TITLE and end is not None and end[0] in ".;" and 20 < end.start() <= _LONGEST_TITLE:
        return text[: end.start()].strip(), text
    return shortened(whole, _LONGEST_TITLE), text


def shortened(text: str, length: int) -> str:
    """``text`` in at most ``length`` characters, cut between words with "…"."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > length // 2 else cut).rstrip(" ,;:.-–(") + "…"
