"""Codes people read aloud and type on old phones: invitations, receipts, tickets, numbers of snapshots."""

import secrets
from datetime import datetime

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0 and 1, which are taken for one another."""


def letters(count: int) -> str:
    """So many letters and digits at random, 5 bits each."""
    return "".join(secrets.choice(_LETTERS) for _ in range(count))


def new_code(prefix: str, now: datetime) -> str:
    """A code such as ``BC-24-7KQ2M9``: short enough to read over the phone."""
    return f"{prefix}-{now:%y}-{letters(6)}"
