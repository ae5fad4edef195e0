"""Whole numbers in addresses, forms and buttons: anybody can write anything there."""

from __future__ import annotations

DIGITS = 9
"""At the most, unless fewer are asked for: every database holds them in a whole number."""


def whole(text: str, digits: int = DIGITS) -> int | None:
    """The number written with at most so many of the digits 0 to 9; None for anything else."""
    return int(text) if len(text) <= digits and text.isascii() and text.isdecimal() else None
