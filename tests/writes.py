"""Which tables a stretch of work writes to, and whether the audit log tells of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Engine, event

Written = Mapping[str, set[str]]
"""Columns by table; ``+`` stands for a new row, ``-`` for one taken away."""
AUDIT = "audit_entry"
_STATEMENT = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)\"?", re.IGNORECASE)
_SET = re.compile(r"\bSET\s+(.*?)(?:\s+WHERE\s|\s+RETURNING\s|$)", re.IGNORECASE | re.DOTALL)
_COLUMN = re.compile(r"(?:^|,)\s*\"?(\w+)\"?\s*=")
_watched: ContextVar[defaultdict[str, set[str]] | None] = ContextVar("written", default=None)


@contextmanager
def watched() -> Iterator[Written]:
    """What is written meanwhile by this task and those it begins, on whichever database."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    token = _watched.set(found)
    try:
        yield found
    finally:
        _watched.reset(token)


@event.listens_for(Engine, "after_cursor_execute")
def _write_down(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
    found, match = _watched.get(), _STATEMENT.match(statement)
    if found is None or match is None or cursor.rowcount == 0:
        return
    verb, table = match[1].upper(), match[2].lower()
    if verb == "UPDATE":
        setting = _SET.search(statement)
        found[table].update(_COLUMN.findall(setting[1]) if setting else ["?"])
    else:
        found[table].add("+" if verb.startswith("INSERT") else "-")


def untold(written: Written, own_books: Mapping[str, tuple[frozenset[str] | None, str]]) -> dict[str, set[str]]:
    """What was written without an entry in the audit log; ``own_books`` are left out: by table the columns (None: all
    of them) and the reason."""
    if AUDIT in written:
        return {}
    left = {}
    for table, columns in written.items():
        excused = own_books.get(table, (frozenset(), ""))[0]
        rest = set() if excused is None else columns - excused
        if rest:
            left[table] = rest
    return left


CHAT: dict[str, tuple[frozenset[str] | None, str]] = {
    "account": (
        frozenset({"+", "first_seen_at", "last_seen_at", "last_interaction_at", "left_at"}),
        "when somebody was seen, and whether the platform says that they have left",
    ),
    "contact": (
        frozenset({"agency_id"}),
        "for whom they speak today: follows from their appointments, which are noted",
    ),
    "conversation": (None, "where the talk stands; goes with it"),
    "question_log": (None, "the log of questions itself, which names nobody"),
    "consent": (None, "a book of its own: who agreed to what, when, and when it was withdrawn"),
    "acknowledgement": (frozenset({"+"}), "a book of its own: rows with agency, contact, account and moment"),
    "hand_over": (frozenset({"+"}), "the same"),
    "delivery": (None, "the ledger of deliveries itself: what was sent, seen and taken in, when"),
    "clarification": (
        frozenset({"+", "asked_at", "answered_at", "account_id"}),
        "each question is an entry with contact and moment",
    ),
    "clarification_entry": (frozenset({"+"}), "a book of its own: rows with contact and moment"),
    "ticket": (frozenset({"+"}), "the message itself, with account and moment; nobody changes it in the chat"),
    "progress_report": (
        frozenset({"+", "draft", "draft_by", "updated_at"}),
        "a draft, which is nobody's report yet and holds its author and moment",
    ),
    "form_draft": (None, "the same, of one of the department's forms"),
    "join_code": (None, "offering and using a code are noted; a used one is put aside"),
    "stored_file": (
        frozenset({"+", "expires_at"}),
        "the file itself, with its owner and moment; kept on if made again",
    ),
    "stored_content": (frozenset({"+"}), "the bytes of the file"),
}
"""What a turn in the chat writes besides what the audit log tells."""
CONSOLE: dict[str, tuple[frozenset[str] | None, str]] = {
    "console_session": (None, "who is logged in; log-in and log-out are noted"),
    "snapshot": (frozenset({"+"}), "a picture of figures, with its code, moment and who had it taken"),
    "snapshot_part": (frozenset({"+"}), "part of it"),
    "review_change": (
        frozenset({"+"}),
        "a book of its own: each change of a draft with actor, moment, before and after",
    ),
    "directive_review": (None, "the draft those changes make"),
    "directive_link": (None, "part of that draft"),
    "archive_entry": (None, "what search looks in: made anew of what is noted"),
    "stored_file": (frozenset({"+", "-"}), "what somebody has brought and looks at; using it is noted"),
    "stored_content": (frozenset({"+", "-"}), "its bytes"),
}
"""The same for a form of the console."""
