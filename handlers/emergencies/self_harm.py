"""Words by which somebody says that they, or somebody near them, want to die."""

from __future__ import annotations

import re
import unicodedata

from handlers.choices import folded

_WHO = "tôi|tui|em|mình|con|cháu|nó|chị|anh|bạn|vợ|chồng|mẹ|má|bố|ba|bà|ông|người ta"
_POISON = "lá ngón|thuốc sâu|thuốc trừ sâu|thuốc chuột|thuốc cỏ|thuốc diệt cỏ|thuốc ngủ|hóa chất|xăng"
_AMOUNT = "bao nhiêu|mấy lá|mấy giọt|mấy muỗng|mấy thìa|mấy viên|mấy nắp|mấy chai|mấy ly|mấy gói|liều lượng|cỡ nào"
"""Who asks how much of a poison kills is not told, but spoken to."""
_WRITTEN = re.compile(
    r"\btự (?:tử|sát|vẫn|vận|kết liễu)\b"
    r"|\bquyên sinh\b|\bchán sống\b|\btìm (?:đến )?cái chết\b"
    r"|\b(?:không|ko|hông|hổng|chẳng|chả|hết) (?:còn )?(?:muốn|thiết) sống\b"
    rf"|\b(?:{_WHO}) (?:(?:ấy|chỉ|rất|đang|cứ|nói|đòi|thật sự|thực sự|thấy) )*muốn chết\b"
    r"(?! (?:vì )?(?:nóng|nực|đói|khát|mệt|lạnh|rét|ngứa|cười|thèm))"
    rf"|\b(?:{_POISON}) (?:để|cho) chết\b"
    r"|\bchết (?:quách|cho xong|đi cho xong|êm|không đau|nhanh nhất)\b|\blàm sao (?:để )?chết (?:nhanh|êm|không)\b"
    rf"|\b(?:{_POISON})\b.{{0,30}}\b(?:{_AMOUNT})\b.{{0,25}}\bchết\b"
    rf"|\b(?:{_AMOUNT})\b.{{0,25}}\b(?:{_POISON})\b.{{0,25}}\bchết\b"
)
"""With diacritics. The wish must have a subject: "mệt muốn chết" is a figure of speech."""
_BARE_WHO, _BARE_POISON, _BARE_AMOUNT = (
    "|".join(folded(word) for word in words.split("|")) for words in (_WHO, _POISON, _AMOUNT)
)
_TYPED = re.compile(
    rf"\b(?:muon|dinh|tinh|{_BARE_POISON}) tu (?:tu|sat)\b"
    r"|\bkhong (?:con )?(?:muon|thiet) song(?: nua| lam gi|$)|\bchan song (?:qua|roi)\b"
    rf"|\b(?:{_BARE_WHO}) (?:(?:ay|chi|rat|dang|cu|noi|doi|that su|thuc su|thay) )*muon chet\b"
    r"(?! (?:vi )?(?:nong|nuc|doi|khat|met|lanh|ret|ngua|cuoi|them))"
    rf"|\b(?:{_BARE_POISON}) (?:de|cho) chet\b"
    r"|\bchet (?:quach|cho xong|di cho xong|em|khong dau|nhanh nhat)\b|\blam sao (?:de )?chet (?:nhanh|em|khong)\b"
    rf"|\b(?:{_BARE_POISON})\b.{{0,30}}\b(?:{_BARE_AMOUNT})\b.{{0,25}}\bchet\b"
    rf"|\b(?:{_BARE_AMOUNT})\b.{{0,25}}\b(?:{_BARE_POISON})\b.{{0,25}}\bchet\b"
)
"""Without diacritics "tu tu" may be "từ từ", "tu van" "tư vấn" and "tu sat" "tủ sắt": more must stand around it."""
_GRIEF = re.compile(
    r"\bbuon (?:qua|chong|vo|bo|me|ba|ma|chuyen|tinh|doi)\b|\b(?:vi|do|tai) (?:qua )?buon\b(?! non)"
    r"|\bgian (?:chong|vo|bo|me|ba|ma|con|nhau)\b|\bcai nhau\b|\bthat tinh\b"
)
"""Folded. Grief says something only beside a poison that was swallowed."""
_SIGNS = ("chet", "song", "tu ", "quyen sinh")
"""Folded. One of them is in whatever the first two find."""


def speaks_of_self_harm(text: str, poison_swallowed: bool) -> bool:
    """Whether the words say or, beside a swallowed poison, hint that somebody wants to die."""
    bare = folded(text)
    if any(sign in bare for sign in _SIGNS):
        written = unicodedata.normalize("NFC", text.lower())
        if _WRITTEN.search(" ".join(written.split())) or (_TYPED.search(bare) and not _has_marks(written)):
            return True
    return poison_swallowed and bool(_GRIEF.search(bare))


def _has_marks(written: str) -> bool:
    return any(unicodedata.combining(letter) for letter in unicodedata.normalize("NFD", written)) or "đ" in written
