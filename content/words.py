"""Folding Vietnamese text for search: no diacritics, lower case, single spaces."""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile("[\u0300-\u034e\u0350-\u036f]+")
"""All that Vietnamese is written with, and what European languages have besides."""


def fold(text: str) -> str:
    """``"Đăk Hà"`` → ``"dak ha"``. The same on every database, which cannot do it themselves."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
        text = _MARKS.sub("", decomposed)
        if not text.isascii():
            text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return " ".join(text.casefold().split())
