"""Vietnamese letters without their marks, one for one, so that a pattern found here can be cut out of the original."""

from __future__ import annotations

import unicodedata


class _Bare(dict[int, str]):
    """Code point → one bare lower-case letter, filled as letters are met."""

    def __missing__(self, point: int) -> str:
        letter = chr(point)
        if letter in "đĐ":
            bare = "d"
        elif letter in "’‘ʼ`´":
            bare = "'"
        elif letter in "–—−‐‑":
            bare = "-"
        elif letter.isspace():
            bare = " "
        else:
            bare = unicodedata.normalize("NFD", letter)[0].lower()[0]
        self[point] = bare
        return bare


_BARE = _Bare()


def bare(text: str) -> str:
    """``"Sở Y tế"`` → ``"so y te"``: lower case, no marks, every dash a hyphen, the same length as ``text``.

    ``text`` should be in Unicode form NFC; unlike ``fold``, spaces are kept, so offsets fit both.
    """
    return text.translate(_BARE)
