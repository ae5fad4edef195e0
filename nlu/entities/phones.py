"""Vietnamese phone numbers, and hiding what identifies a person before a text is kept.

Mobile numbers have ten digits since 2018: 0 and nine more, the first of them 3, 5, 7, 8 or 9 (Thông tư 22/2014/TT-BTTTT
and its change of 2018). People write them with blanks, dots or dashes anywhere, and with +84, 0084 or 84 in front.
"""

from __future__ import annotations

import re

MASKED_PHONE = "[số điện thoại]"
MASKED_DIGITS = "[dãy số]"
MASKED_EMAIL = "[email]"

_DIGIT = re.compile(r"[0-9]")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
"""Of another script."""
_GAP = r"[\s.\-–()]{0,3}"
_MOBILE = re.compile(
    rf"(?<![0-9])(?:\(?\+{_GAP}84{_GAP}\)?(?:\(?0\)?)?|0084|84|0){_GAP}(?P<rest>[35789](?:{_GAP}[0-9]){{8}})(?![0-9])"
)
_EMAIL = re.compile(r"[\w.+-]{1,64} ?@ ?[\w-]{1,63}(?: ?\. ?[\w-]{2,63}){1,4}")
_KEPT = (
    r"(?<![0-9])(?:[0-9]{1,2}([./-])[0-9]{1,2}\2[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2}|"
    r"1[89]00(?:[ .\-]?[0-9]){4,6})(?![0-9])"
)
"""Dates, and 1800 and 1900 numbers, which are services and nobody's own."""
_RUN = re.compile(rf"(?P<kept>{_KEPT})|[0-9](?:[ .\-–]{{0,2}}[0-9]){{6,}}")
_LONG_TOGETHER, _LONG_SPACED = 7, 9
"""Digits from which a run is hidden: identity papers have 9 or 12, bank accounts 8 to 15, landlines 7 without code."""


def find_phone(text: str) -> str | None:
    """The first mobile number in ``text`` as international digits (``84905123456``); None when there is none."""
    match = _MOBILE.search(_ascii_digits(text))
    return "84" + re.sub(r"[^0-9]", "", match["rest"]) if match else None


def mask_personal(text: str) -> str:
    """``text`` with phone numbers, other long runs of digits and e-mail addresses hidden. Masking twice is fine.

    Dates and service numbers (1800…, 1900…) stay. Names cannot be told from other words and stay too.
    """
    masked = _ascii_digits(text)
    if "@" in masked:
        masked = _EMAIL.sub(MASKED_EMAIL, masked)
    if _DIGIT.search(masked) is None:  # which is most of what people write
        return masked
    masked = _MOBILE.sub(MASKED_PHONE, masked)
    return _RUN.sub(_hidden, masked)


def _hidden(match: re.Match[str]) -> str:
    run = match[0]
    if match["kept"]:
        return run
    digits = sum(letter.isdigit() for letter in run)
    longest = max(len(part) for part in re.findall(r"[0-9]+", run))
    return MASKED_DIGITS if longest >= _LONG_TOGETHER or digits >= _LONG_SPACED else run


def _ascii_digits(text: str) -> str:
    """Digits of any script as 0-9, so that none slips through."""
    if text.isascii():
        return text
    return _OTHER_DIGIT.sub(lambda digit: str(int(digit[0])), text)
