"""Whether a text was typed in one of the letter codes before Unicode: TCVN 5712:1993 "V¨n b¶n", VNI "Vaên baûn".

Such a text shows well only in its own fonts. Its capitals depend on the font, so it is not turned into Unicode here.
"""

from __future__ import annotations

import re

_TCVN3 = re.compile(r"(?<=[A-Za-zÀ-ÿ])[¡-©«¬®µ-¾\u00ad]|[¡-©«¬®µ-¾](?=[A-Za-z])")
_VNI = re.compile(r"[AEOUYaeouyôöÔÖ][âáàåãäùøûõïêéèúüëÂÁÀÅÃÄÙØÛÕÏÊÉÈÚÜË](?=[a-z\s.,;:A-Z]|$)|ñ[aeiouyöô]")
_UNICODE = re.compile(r"[\u0102\u0103\u0110\u0111\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]")
_ENOUGH = 0.04
"""The share of letters that betrays an old code; a Vietnamese text has a mark on every third."""
_LONGEST = 20_000


def in_old_letters(text: str) -> bool:
    """True when the letters of an old code are frequent and those only Unicode has are next to none."""
    part = text[:_LONGEST]
    letters = sum(letter.isalpha() for letter in part)
    if letters < 40 or len(_UNICODE.findall(part)) > letters * 0.01:
        return False
    return max(len(_TCVN3.findall(part)), len(_VNI.findall(part))) > letters * _ENOUGH
