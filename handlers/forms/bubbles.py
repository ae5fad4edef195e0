"""How much a form says at a time, and how it is set apart: the same for every form in the chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.messages import Reply

ROOM = 5
"""Buttons under one question: what the narrowest channel shows without numbering them, since inside a form a typed
number is an answer."""
LONGEST_PAGE = 1500
"""Characters of answers in one message: with what stands around them they fit the narrowest channel's 2,000."""
LONGEST_SHOWN = 400
"""Characters shown of one answer."""
SECONDS = 25
"""How long one answer takes, for the estimate on a form's card."""


def below(said: Sequence[str], lines: Sequence[str]) -> str:
    """What is asked, set apart from what was just said."""
    return "\n\n".join("\n".join(part) for part in (said, lines) if part)


def with_way_back(replies: list[Reply], back: Reply) -> list[Reply]:
    """Replies to something else, the last of which ends with the way back to the form that is left; with no words of
    the form's, the replies alone."""
    if not back.text:
        return replies
    *rest, last = replies
    return [*rest, replace(last, text=f"{last.text}\n\n{back.text}", choices=(*last.choices, *back.choices))]


def page_of(lines: Sequence[str], page: int) -> tuple[list[str], int, int]:
    """The lines of one page, its number and how many there are; a number beyond them is the nearest."""
    pages: list[list[str]] = [[]]
    for line in lines:
        if pages[-1] and sum(map(len, pages[-1])) + len(line) > LONGEST_PAGE:
            pages.append([])
        pages[-1].append(line)
    page = min(max(page, 1), len(pages))
    return pages[page - 1], page, len(pages)
