"""A short form over whatever is open: a message, an answer that needs words, a reason. What lies under it is kept in
its state as ``under`` and is open again when it ends.
"""

from __future__ import annotations

from typing import Any

from handlers.messages import Reply
from handlers.turn import Turn

_UNDER = "under"


def cover(turn: Turn, form: dict[str, Any]) -> None:
    """Open a form, which has a ``name``, over the one that is open. Begun over itself it keeps what lay under it."""
    open_form = turn.conversation.form
    under = open_form.get(_UNDER) if open_form.get("name") == form["name"] else dict(open_form)
    turn.conversation.form = {**form, _UNDER: under} if under else form


def uncover(turn: Turn, name: str) -> None:
    """Close the form of that name, if it is the one that is open."""
    if turn.conversation.form.get("name") == name:
        turn.conversation.form = dict(turn.conversation.form.get(_UNDER) or {})


async def set_aside(turn: Turn, replies: list[Reply]) -> list[Reply]:
    """Whoever goes somewhere else has not finished the form: nothing of it is kept."""
    uncover(turn, turn.conversation.form["name"])
    return replies
