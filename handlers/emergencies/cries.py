"""Cries for help that say too little to tell what is wrong: the numbers to call come before the refusal.

What says enough gets a card long before (``emergency.py``). This looks only at lines nothing was understood
of, so a word too many here costs a refusal its place, never an answer.
"""

from __future__ import annotations

import re
from dataclasses import replace

from handlers.choices import folded
from handlers.messages import Reply
from handlers.questions import topics
from handlers.turn import Turn

CALLS = ("115", "114", "113")
LONGEST = 12
"""Words of a cry; who writes more asks for something."""
_HELD_DOWN = ((re.compile(r"\bcuu+\b"), "cuu"), (re.compile(r"(?<!\bc)([a-z])\1{2,}"), r"\1"))
"""A letter held down is one letter; that of "cứu" is two."""
_CRY = re.compile(
    r"(?:oi |troi oi |alo )*chay(?: (?:roi|r|qua|lon|to|nha|het|kia|oi|ba con|moi nguoi))*"
    r"|(?:.* )?cuu (?:toi|tui|em|con|chau|minh|me|voi|vs|gium|giup)(?: .*)?"
    r"|(?:(?:keu|giup|lam on|xin) )?cuu(?: (?:cuu|oi|mang))*"
    r"|(?:.* )?(?:cap cuu|cuu thuong|keu cuu|cuu hoa|nguy kich|hap hoi|bat tinh|ngat xiu|ngat tho|dot quy|duoi nuoc"
    r"|tai nan|kho tho|(?:khong|ko|k|hong|hok) (?:tho|tinh)(?: (?:duoc|dc|noi|lai))?|dang chet|sap chet)(?: .*)?"
    r"|(?:\S+ ){0,3}11[345](?: \S+){0,3}"
)
"""Folded, without letters that were held down."""


def is_cry(text: str) -> bool:
    """Whether a line that was not understood calls for help."""
    bare = folded(text)
    for held, meant in _HELD_DOWN:
        bare = held.sub(meant, bare)
    return len(bare.split()) <= LONGEST and _CRY.fullmatch(bare) is not None


def answer(turn: Turn) -> Reply:
    """The numbers, and what to write to be helped further."""
    return replace(turn.say("citizen.cry", *topics.topic_choices(turn), call=CALLS), urgent=True)
