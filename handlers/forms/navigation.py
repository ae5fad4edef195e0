"""The words with which people move around a form, with or without diacritics, as a whole message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from handlers.choices import folded


class Move(StrEnum):
    BACK = "back"
    CANCEL = "cancel"
    SKIP = "skip"
    SAVE = "save"
    SEND = "send"
    KEEP = "keep"
    EDIT = "edit"
    BEFORE = "before"
    VIEW = "view"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Navigation:
    """What a line asks for; ``number`` is that of the answer to be edited, when one was named."""

    move: Move
    number: int | None = None


_WORDS = {
    Move.BACK: "quay lai|lui|lui lai|tro lai|back|cau truoc|quay lai cau truoc|ve cau truoc",
    Move.CANCEL: "huy|huy bo|huy bao cao|huy dang ky|thoat|dung lai|thoi|thoi khong lam nua|cancel",
    Move.SKIP: "bo qua|bo qua cau nay|de trong|skip",
    Move.SAVE: "luu|luu nhap|luu lai|luu ban nhap|de sau|lam sau|save",
    Move.SEND: "nop|nop bao cao|nop luon|gui|gui di|gui bao cao|gui luon|dong y nop|send",
    Move.KEEP: "giu|giu nguyen|nhu cu|giu nhu cu",
    Move.EDIT: "sua|chinh sua|edit",
    Move.BEFORE: "nhu ky truoc|nhu lan truoc|giu nguyen ky truoc|giu ky truoc",
    Move.VIEW: "xem|xem lai|xem lai cau tra loi|da tra loi gi|toi da tra loi gi|view",
    Move.HELP: "giup|giup toi|giup voi|giup do|huong dan|cach tra loi|help",
}
_MOVES = {word: move for move, words in _WORDS.items() for word in words.split("|")}
_STOP = {"dừng", "stop"}
"""Words only taken with their diacritics: "đúng" is no "dừng"."""
_EDIT = re.compile(r"(?:sua|chinh|doi)(?: lai)?(?: cau| muc| so| y)* (\d{1,2})")


def navigation(text: str) -> Navigation | None:
    """The move a whole message asks for; None when it is an answer."""
    line = folded(text)
    move = Move.CANCEL if text.strip(" .!").lower() in _STOP else _MOVES.get(line)
    if move is not None:
        return Navigation(move)
    edit = _EDIT.fullmatch(line)
    return Navigation(Move.EDIT, int(edit[1])) if edit else None
