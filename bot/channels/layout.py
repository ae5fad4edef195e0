"""Laying a reply out within what a channel can carry: splitting text, arranging choices, dropping bold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from bot.channels.base import Capabilities
from handlers.choices import spelled_out
from handlers.messages import Attachment, Choice, Reply

_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_NUMBERED = re.compile(r"\d+[.:)] ")
_URL = re.compile(r"https?://\S+")
_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…;:])\s+"))
"""Where text is best cut: paragraph, line, sentence. A cut there must leave a part of some size."""
_WORD = re.compile(r"\s+")
_JOINERS = "\u200d\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
"""Joiner, variation selectors and skin tones: what holds the pieces of one emoji together."""

_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """One message as it goes out. Only the last part of a reply has buttons."""

    text: str
    """With ``**bold**`` marks where the channel has bold, else without any."""
    choices: tuple[Choice, ...] = ()
    call: tuple[str, ...] = ()
    numbered: bool = False
    """Whether the reply's choices stand in its text, with numbers."""
    file: Attachment | None = None
    """A file to send; such a part has no text. What to say when the platform refuses it is the file's ``instead``."""


def width(text: str) -> int:
    """Length as the strictest platform counts it: UTF-16 units (never fewer than code points)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def without_bold(text: str) -> str:
    return _BOLD.sub(r"\1", text)


def bold_html(text: str) -> str:
    """Escaped for HTML, with ``**bold**`` as ``<b>``; nothing else of the text is markup."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return _BOLD.sub(r"<b>\1</b>", escaped)


def split(text: str, limit: int) -> list[str]:
    """``text`` in parts of at most ``limit`` (see :func:`width`), bold marks not counted.

    Cut at a paragraph, else a line, a sentence, a word; inside a word or a link only when that alone is longer than
    the limit. A bold span that is cut is closed and opened again.
    """
    plain, bold = _read_bold(text)
    return [_mark_bold(plain, bold, piece) for piece in _pieces(plain, limit)]


def lay_out(reply: Reply, can: Capabilities) -> list[Part]:
    """The reply as the messages this channel will send, in order.

    Choices that do not fit as buttons, or whose labels do not, are numbered in the text too; a typed number picks them
    either way, because the conversation keeps what was offered. A label that begins with a number may be cut: it is
    picked by that number. Lone surrogates are dropped: no platform takes them.
    """
    call = reply.call if can.one_tap_call else ()
    if can.call_in_buttons:
        call = call[: can.buttons]
    room = max(0, can.buttons - (len(call) if can.call_in_buttons else 0))
    text = reply.text
    labels = [_one_line(choice.label) for choice in reply.choices[:room]]
    shown = [_shorten(label, can.button_label) for label in labels]
    cut = any(short != label and not _NUMBERED.match(label) for short, label in zip(shown, labels, strict=True))
    numbered = cut or len(reply.choices) > room
    if numbered:
        text = spelled_out(text, [choice.label for choice in reply.choices])
    text = _sound(text)
    if can.bold:
        texts = split(text, can.text_limit)
    else:
        text = without_bold(text)
        texts = [text[first:last] for first, last in _pieces(text, can.text_limit)]
    buttons = tuple(Choice(label, choice.value) for label, choice in zip(shown, reply.choices, strict=False))
    return [*_of_file(reply, can), *(Part(piece) for piece in texts[:-1]), Part(texts[-1], buttons, call, numbered)]


def _of_file(reply: Reply, can: Capabilities) -> list[Part]:
    if reply.attachment is None:
        return []
    carried = can.carries(reply.attachment) is not None
    return [Part("", file=reply.attachment) if carried else Part(reply.attachment.instead)]


def _sound(text: str) -> str:
    return text.encode("utf-8", "ignore").decode("utf-8")


def _read_bold(text: str) -> tuple[str, list[_Span]]:
    """The text without marks, and where in it the bold spans lie."""
    plain: list[str] = []
    spans: list[_Span] = []
    length = after = 0
    for match in _BOLD.finditer(text):
        before, inside = text[after : match.start()], match[1]
        length += len(before)
        spans.append((length, length + len(inside)))
        length += len(inside)
        plain += [before, inside]
        after = match.end()
    return "".join([*plain, text[after:]]), spans


def _mark_bold(plain: str, spans: Iterable[_Span], piece: _Span) -> str:
    start, stop = piece
    marked: list[str] = []
    for first, last in spans:
        first, last = max(first, start), min(last, stop)
        if first < last:
            marked += [plain[start:first], "**", plain[first:last], "**"]
            start = last
    return "".join([*marked, plain[start:stop]])


def _pieces(text: str, limit: int) -> list[_Span]:
    """Where the parts of ``text`` begin and end, without the white space around them; at least one, maybe empty."""
    stop = len(text.rstrip())
    start = min(stop, len(text) - len(text.lstrip()))
    pieces: list[_Span] = []
    while width(text[start:stop]) > limit:
        cut = start + _cut(text[start:stop], limit)
        pieces.append((start, len(text[:cut].rstrip())))
        start = stop - len(text[cut:stop].lstrip())
    return [*pieces, (start, stop)]


def _cut(text: str, limit: int) -> int:
    """The best place to cut ``text``, which is too long and begins with no white space; never 0."""
    end = _fitting(text, limit)
    for pattern in _BREAKS:
        spots = [match.start() for match in pattern.finditer(text, 0, end + 1) if match.start() <= end]
        if spots and spots[-1] > limit // 4:
            return spots[-1]
    words = [match.start() for match in _WORD.finditer(text, 0, end + 1) if match.start() <= end]
    if words:
        return words[-1]
    link = next((match.start() for match in _URL.finditer(text, 0) if match.start() < end < match.end()), 0)
    return link or _between_letters(text, end)


def _fitting(text: str, limit: int) -> int:
    """How many characters of ``text`` fit into ``limit``; at least one."""
    end = min(len(text), limit)
    while end > 1 and width(text[:end]) > limit:
        end -= max(1, (width(text[:end]) - limit) // 2)
    return end


def _between_letters(text: str, end: int) -> int:
    """``end``, moved back so that no accent is torn off its letter and no emoji apart; unless nothing is left then."""
    spot = end
    while 0 < spot < len(text) and (
        unicodedata.combining(text[spot]) or text[spot] in _JOINERS or text[spot - 1] == "\u200d"
    ):
        spot -= 1
    return spot or end


def _one_line(label: str) -> str:
    return " ".join(_sound(label).split()) or "…"


def _shorten(label: str, limit: int) -> str:
    if width(label) <= limit:
        return label
    head = label[: _between_letters(label, _fitting(label, limit - 1))]
    words = head if label[len(head)] == " " else head.rpartition(" ")[0]
    return (words if len(words) > len(head) // 2 else head).rstrip(" ,.;:–-") + "…"
