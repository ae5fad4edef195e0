"""Laying a reply out within what a channel can carry: splitting text, arranging choices, dropping bold."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.channels.base import Capabilities
from handlers.messages import Choice, Reply

_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_URL = re.compile(r"https?://\S+")
_BREAKS = (re.compile(r"\n\n+"), re.compile(r"\n"), re.compile(r"(?<=[.!?…;:])\s+"), re.compile(r"\s+"))
"""Where text may be cut, best first: paragraph, line, sentence, word."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message as it goes out. Only the last part of a reply has buttons."""

    text: str
    choices: tuple[Choice, ...] = ()
    call: tuple[str, ...] = ()


def width(text: str) -> int:
    """Length as the strictest platform counts it: UTF-16 units (never fewer than code points)."""
    return len(text.encode("utf-16-le")) // 2


def without_bold(text: str) -> str:
    return _BOLD.sub(r"\1", text)


def bold_html(text: str) -> str:
    """Escaped for HTML, with ``**bold**`` as ``<b>``; nothing else of the text is markup."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return _BOLD.sub(r"<b>\1</b>", escaped)


def split(text: str, limit: int) -> list[str]:
    """``text`` in parts of at most ``limit``: cut at a paragraph, else a line, sentence, word; inside a link or a
    word only when that alone is longer than the limit. A bold span that is cut is closed and opened again."""
    parts: list[str] = []
    rest = text.strip()
    while width(rest) > limit:
        cut = _cut(rest, limit - 4)  # room for closing and reopening a bold span
        head, rest = rest[:cut].rstrip(), rest[cut:].lstrip()
        if head.count("**") % 2:
            head, rest = head + "**", "**" + rest
        parts.append(head)
    return [*parts, rest] if rest or not parts else parts


def _cut(text: str, limit: int) -> int:
    end = len(text)
    while width(text[:end]) > limit:
        end -= max(1, (width(text[:end]) - limit) // 2)
    links = [match.span() for match in _URL.finditer(text)]
    for pattern in _BREAKS:
        spots = [
            match.start()
            for match in pattern.finditer(text, 0, end + 1)
            if 0 < match.start() <= end and not any(first < match.start() < last for first, last in links)
        ]
        if spots and spots[-1] > limit // 4:
            return spots[-1]
    inside = next((first for first, last in links if first < end < last), None)
    if inside:
        return inside
    while end > 1 and text[end - 1 : end + 1] == "**":
        end -= 1
    return end


def lay_out(reply: Reply, can: Capabilities) -> list[Part]:
    """The reply as the messages this channel will send, in order.

    Choices that do not fit as buttons are numbered in the text; a typed number picks them either way, because the
    conversation keeps what was offered.
    """
    text = reply.text if can.bold else without_bold(reply.text)
    call = reply.call if can.one_tap_call else ()
    room = can.buttons - (len(call) if can.call_in_buttons else 0)
    buttons: tuple[Choice, ...] = reply.choices
    numbered: tuple[Choice, ...] = ()
    if len(reply.choices) > max(room, 0):
        buttons, numbered = (), reply.choices
        if can.buttons and room > 0:
            buttons = reply.choices[:room]
    if numbered:
        lines = "\n".join(f"{number}. {choice.label}" for number, choice in enumerate(numbered, 1))
        text = f"{text}\n\n{lines}"
    shown = tuple(Choice(_shorten(choice.label, can.button_label), choice.value) for choice in buttons)
    texts = split(text, can.text_limit)
    return [*(Part(piece) for piece in texts[:-1]), Part(texts[-1], shown, call)]


def _shorten(label: str, limit: int) -> str:
    if len(label) <= limit:
        return label
    return label[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,.;:–-") + "…"
