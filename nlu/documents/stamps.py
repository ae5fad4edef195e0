"""The stamp of a State secret on a document: MẬT, TỐI MẬT, TUYỆT MẬT (Luật Bảo vệ bí mật nhà nước 2018, điều 8).

A stamp stands alone, in capitals; in the head it may be typed small, go with a mark of urgency, or follow the number in
brackets. "Bảo mật", "bí mật" in a sentence, and a table of documents by their degree, are none.
"""

from __future__ import annotations

import re
import unicodedata

_BEFORE = ("", "ĐỘ", "DẤU", "ĐỘMẬT", "MỨCĐỘMẬT", "DẤUĐỘMẬT", "DẤUCHỈĐỘMẬT", "TÀILIỆU", "VĂNBẢN", "HỒSƠ")
_STAMPS = frozenset(f"{before}{stamp}" for before in _BEFORE for stamp in ("MẬT", "TỐIMẬT", "TUYỆTMẬT")) - {
    "ĐỘMẬT", "DẤUMẬT", "HỒSƠMẬT", "VĂNBẢNMẬT",
}  # fmt: skip
_URGENT = ("HỎATỐC", "HOẢTỐC", "THƯỢNGKHẨN", "KHẨN", "HẸNGIỜ")
_CELLS = re.compile(r"\s{3,}|\t|\|")
_MOTTO = re.compile(r"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM|CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM|ĐẢNG CỘNG SẢN VIỆT NAM")
_IN_BRACKETS = re.compile(
    r"\(\s*(?:TUYỆT\s+|TỐI\s+)?MẬT\s*\)|\b(?:Độ|Mức độ) mật\s*:\s*(?:tuyệt |tối )?mật\b", re.IGNORECASE
)
_NUMBER = re.compile(r"\s*(?:số\b|độ mật|mức độ mật)", re.IGNORECASE)
_HEAD_LINES = 40
"""Lines with words in which a head is looked for."""
_LONGEST = 300
"""Characters of a line that can still be a stamp with something set beside it."""


def bears_secret_stamp(text: str) -> bool:
    """Whether some line of the text, or a cell of one, is the stamp and nothing else; letters may stand apart."""
    seen = 0
    for line in unicodedata.normalize("NFC", text).splitlines():
        seen += bool(line.strip())
        head = seen <= _HEAD_LINES
        if len(line) < _LONGEST and ("Ậ" in line or (head and "ậ" in line)) and _bears(line, head):
            return True
    return False


def _bears(line: str, head: bool) -> bool:
    if _is_stamp(line.strip("| "), head):
        return True
    if "|" in line and not head:
        return False
    if head and _NUMBER.match(line) and _IN_BRACKETS.search(line):
        return True
    return any(_is_stamp(cell, False) for cell in (*_CELLS.split(line), *_MOTTO.split(line)))


def _is_stamp(cell: str, small: bool) -> bool:
    """Whether a cell is the stamp; typed ``small`` it must be the whole line."""
    letters = "".join(letter for letter in cell if letter.isalpha())
    if small and letters[:1].isupper():
        letters = letters.upper()
    for mark in _URGENT:
        letters = letters.removeprefix(mark).removesuffix(mark)
    return letters in _STAMPS and not any(letter.isdigit() for letter in cell)
