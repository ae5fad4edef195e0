"""Words typed without blanks, cut into syllables: ``ngodocthucpham`` → ``ngo doc thuc pham``.

By the spelling of Vietnamese syllables, tones and marks left aside: an optional first consonant and one of the rimes.
"""

from __future__ import annotations

import re

from content.words import fold

SHORTEST = 8
"""Letters from which a token may be several syllables; the longest syllable has seven."""
LONGEST = 80
"""Letters up to which it is tried: nobody types more without a blank and means something."""
_RIMES = """
    a ac ach ai am an ang anh ao ap at au ay e ec ech em en eng enh eo ep et eu i ia ich iec iem ien ieng iep iet ieu
    im in inh ip it iu o oa oac oach oai oam oan oang oanh oat oay oc oe oen oeo oet oi om on ong oong op ot u ua uan
    uang uat uay uc ue uech uenh ui um un ung uo uoc uoi uom uon uong uop uot uou up ut uu uy uya uych uyen uyet uynh
    uyt uyu y yem yen yet yeu
"""
_RIME = "|".join(sorted(_RIMES.split(), key=len, reverse=True))
_SYLLABLE = re.compile(
    rf"(?:(?:b|ch|d|h|kh|l|m|nh|n|ph|p|r|s|th|tr|t|v|x|gi|qu)?(?:{_RIME})|(?:c|g|ng)(?![eiy])(?:{_RIME})"
    rf"|(?:k|gh|ngh)(?=[eiy])(?:{_RIME})|gi)"
)
_LETTERS = 7


def cut(word: str) -> str:
    """``word`` with blanks between its syllables; as it is when it is short or no row of Vietnamese syllables."""
    bare = fold(word)
    if not SHORTEST <= len(word) <= LONGEST or len(bare) != len(word) or not bare.isalpha():
        return word
    ends = _ends(bare)
    if ends is None:
        return word
    return " ".join(word[start:end] for start, end in zip([0, *ends], ends, strict=False))


def _ends(bare: str) -> list[int] | None:
    """Where the syllables end in the division with the fewest, the longest one first; None when there is none."""
    best: list[list[int] | None] = [None] * len(bare) + [[]]
    for start in range(len(bare) - 2, -1, -1):
        for end in range(min(len(bare), start + _LETTERS), start + 1, -1):
            rest = best[end]
            shorter = best[start]
            if rest is None or not _SYLLABLE.fullmatch(bare, start, end):
                continue
            if shorter is None or len(rest) + 1 < len(shorter):
                best[start] = [end, *rest]
    return best[0]
