"""The stamp of a State secret on a document: MẬT, TỐI MẬT, TUYỆT MẬT (Luật Bảo vệ bí mật nhà nước 2018, điều 8).

A stamp stands alone, in capitals. "Bảo mật", "bí mật" in a sentence are none.
"""

from __future__ import annotations

import re
import unicodedata

_STAMPS = frozenset(
    f"{before}{stamp}" for before in ("", "ĐỘ", "DẤU", "ĐỘMẬT", "MỨCĐỘMẬT", "DẤUĐỘMẬT", "DẤUCHỈĐỘMẬT")
    for stamp in ("MẬT", "TỐIMẬT", "TUYỆTMẬT")
) - {"ĐỘMẬT", "DẤUMẬT"}  # fmt: skip
_CELLS = re.compile(r"\s{3,}|\t|\|")
_MOTTO = re.compile(r"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM|CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM|ĐẢNG CỘNG SẢN VIỆT NAM")
_LONGEST = 300
"""Characters of a line that can still be a stamp with something set beside it."""


def bears_secret_stamp(text: str) -> bool:
    """Whether some line of the text, or a cell of one, is the stamp and nothing else; letters may stand apart."""
    lines = (line for line in unicodedata.normalize("NFC", text).splitlines() if "Ậ" in line and len(line) < _LONGEST)
    return any(_is_stamp(cell) for line in lines for cell in (line, *_CELLS.split(line), *_MOTTO.split(line)))


def _is_stamp(cell: str) -> bool:
    letters = "".join(letter for letter in cell if letter.isalpha())
    return letters in _STAMPS and not any(letter.isdigit() for letter in cell)
