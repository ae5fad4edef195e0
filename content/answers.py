"""A reviewed entry laid out as the answer a person reads: the action first, then the do-nots, why, and the source.

Only layout happens here; every word comes from the entry or from ``vi/text/answer.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from content.schema import EmergencyCard, FaqEntry, Source

if TYPE_CHECKING:
    from content.text import Texts

ANSWER_LIMIT = 900
"""Longest answer in characters, without bold marks: two screens of an old phone, one Zalo message."""


def answer(entry: FaqEntry, sources: Mapping[str, Source], text: Texts) -> str:
    """The answer with ``**bold**`` marks."""
    lines = [f"**{entry.act[0]}**", *(f"• {line}" for line in entry.act[1:])]
    if entry.do_not:
        lines += [text("answer.do_not"), *(f"✗ {line}" for line in entry.do_not)]
    if entry.why:
        lines.append(text("answer.why", why=entry.why))
    if entry.call:
        lines.append(text("answer.call", numbers=" / ".join(entry.call), when=entry.call_when))
    lines.append(text("answer.source", source="; ".join(sources[key].cite for key in entry.cite)))
    if entry.needs_review:
        lines.append(text("answer.needs_review"))
    return "\n".join(lines)


def plain_answer(entry: FaqEntry, sources: Mapping[str, Source], text: Texts) -> str:
    """The answer without bold marks, as its length is counted."""
    return answer(entry, sources, text).replace("**", "")


def card_text(card: EmergencyCard, text: Texts) -> str:
    """An emergency card: the number first, then at most four lines, then that nobody has been called."""
    first, *rest = card.lines
    return "\n".join([f"**{first}**", *(f"• {line}" for line in rest), text("answer.automated")])
