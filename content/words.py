"""Folding Vietnamese text for search: no diacritics, lower case, single spaces."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """``"Đăk Hà"`` → ``"dak ha"``. The same on every database, which cannot do it themselves."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.casefold().split())
