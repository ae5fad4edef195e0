"""Lines that only make sense after the answer given last: "là sao?", "còn trẻ em thì sao?"."""

from __future__ import annotations

import re

from content.schema import FaqEntry
from handlers.choices import folded
from handlers.messages import Choice, Reply
from handlers.questions.asked import write_down
from handlers.questions.faq import answered, name_of
from handlers.questions.topics import entry_choice
from handlers.turn import Turn
from nlu.verdict import Level, Understanding, UnderstandingKind
from storage.questions import AnswerKind

NEAR = 4
"""Entries offered to go on with."""
_PLEASE = r"(?: (?:a|ah|vay|z|v|nhi|ha|ban|em|anh|chi|ad|bot|oi|di|voi|giup|nhe|the|ta|roi|nua|j))*"
_UNCLEAR = re.compile(
    r"(?:y )?(?:(?:the |vay )?la sao|la the nao|sao (?:vay|the|lai the|lai vay)|sao|vi sao|tai (?:vi )?sao"
    r"|nghia la (?:sao|gi)|la gi|(?:toi |minh |em |tui |e )?(?:chua|khong|ko|k|hong) hieu(?: lam| gi| het)?"
    r"|noi ro(?: hon| ra)?|ro hon|giai thich(?: them| ro)?|noi lai|noi de hieu hon)" + _PLEASE
)
"""Folded. Asks for the reason, or for the same in other words."""
_MORE = re.compile(
    r"(?:con gi(?: nua)?(?: khong)?|roi sao(?: nua)?|tiep(?: theo)?|gi nua(?: khong)?|the thoi a|het chua)" + _PLEASE
)
"""Folded. Asks what else there is."""
_ABOUT = re.compile(
    r"(?:(?:the|vay|roi|nhung|a|u|ua) )?(?:con|the|neu la|neu|doi voi|voi) (?:\w+ ){0,6}?\w+"
    r" (?:thi|la)? ?(?:sao|(?:nhu )?the nao|ntn|lam sao|lam gi|(?:co )?duoc khong|co sao khong|co giong vay khong)"
    + _PLEASE
)
"""Folded. The same question about somebody or something else."""
_SURE = 0.8
"""Score from which such a line is a question of its own."""


def answer(turn: Turn) -> list[Reply] | None:
    """The reply to a line that goes on from the last answer; None when it does not, or nothing was answered before."""
    last = turn.catalog.faq.get(turn.conversation.last_faq or "")
    if last is None or turn.understanding.emergency.level is not Level.NONE:
        return None
    line = folded(turn.message.text)
    if _UNCLEAR.fullmatch(line):
        return [_explained(turn, last)]
    if _MORE.fullmatch(line):
        return [_gone_on(turn, last, ())]
    return [_about(turn, last)] if _ABOUT.fullmatch(line) else None


def _explained(turn: Turn, last: FaqEntry) -> Reply:
    """The reason and the first thing to do, in the answer's own reviewed words."""
    write_down(turn, AnswerKind.FAQ, last.id)
    key = "citizen.follow_up_why" if last.why else "citizen.follow_up_act"
    return turn.say(key, *_next(turn, last, ()), label=last.label, why=last.why or "", act=last.act[0])


def _gone_on(turn: Turn, last: FaqEntry, first: tuple[str, ...]) -> Reply:
    """The questions next to the last one."""
    write_down(turn, AnswerKind.CLARIFY)
    return turn.say("citizen.follow_up", *_next(turn, last, first), label=last.label)


def _about(turn: Turn, last: FaqEntry) -> Reply:
    """The entry that answers the last question for somebody else, or the choices that come nearest."""
    alone = turn.understanding
    joined = turn.nlu.understand(f"{last.question} {turn.message.text}")
    for found in (joined, alone):
        if _is_sure(found, found is alone) and found.faq != last.id:
            question = write_down(turn, AnswerKind.FAQ, found.faq)
            return answered(turn, turn.catalog.faq[found.faq or ""], name_of(question))
    near = tuple(entry for entry in (*joined.alternatives, *alone.alternatives) if _same_field(entry, last))
    return _gone_on(turn, last, near)


def _next(turn: Turn, last: FaqEntry, first: tuple[str, ...]) -> list[Choice]:
    """Buttons for the entries nearest to the last one, and for a person."""
    near = [entry for entry in dict.fromkeys([*first, *last.related]) if entry in turn.catalog.faq][:NEAR]
    return [*(entry_choice(turn, entry) for entry in near), turn.choice("citizen.button.human", "human")]


def _is_sure(found: Understanding, alone: bool) -> bool:
    return found.kind is UnderstandingKind.FAQ and (not alone or found.score >= _SURE)


def _same_field(entry: str, last: FaqEntry) -> bool:
    return entry.partition(".")[0] == last.id.partition(".")[0] and entry != last.id
