"""Telegram's HTML mode, as its documentation describes it: what is refused, and what a person sees."""

from __future__ import annotations

import html
import re

from aiogram.types import MessageEntity

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "del": "strikethrough",
    "strike": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
}
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*)?(?P<attributes>[^<>]*)(?P<close>>?)")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")


class CannotParse(Exception):
    """The text is refused; the reason is worded as Telegram words it."""


def utf16(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(source: str) -> tuple[str, list[MessageEntity]]:
    """The text people see and its formatting. Raises CannotParse."""
    seen: list[str] = []
    length = at = 0
    open_tags: list[tuple[str, int]] = []
    entities: list[MessageEntity] = []
    for match in _TAG.finditer(source):
        piece = _decoded(source[at : match.start()])
        seen.append(piece)
        length += utf16(piece)
        at = match.end()
        offset = len(source[: match.start()].encode())
        name = (match["name"] or "").lower()
        if not match["close"]:
            raise CannotParse(f"Unclosed start tag at byte offset {offset}")
        if not match["end"]:
            if name not in _TAGS:
                raise CannotParse(f'Unsupported start tag "{name}" at byte offset {offset}')
            open_tags.append((name, length))
            continue
        if not open_tags:
            raise CannotParse(f"Unexpected end tag at byte offset {offset}")
        opened, start = open_tags.pop()
        if name and name != opened:
            raise CannotParse(f'Unmatched end tag at byte offset {offset}, expected "</{opened}>", found "</{name}>"')
        if length > start:
            entities.append(MessageEntity(type=_TAGS[opened], offset=start, length=length - start))
    if open_tags:
        raise CannotParse(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return "".join([*seen, _decoded(source[at:])]), entities


def _decoded(text: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)
