"""Commands people type: ``/menu``, ``/start CODE``, ``xem dữ liệu``, ``huỷ``."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.choices import folded

INTENTS: dict[str, str] = {
    "menu": "help_menu",
    "help": "help_menu",
    "trogiup": "help_menu",
    "huongdan": "help_menu",
    "xoadulieu": "delete_my_data",
    "xemdulieu": "delete_my_data",
    "dulieu": "delete_my_data",
    "gapcanbo": "human_handoff",
    "gopy": "send_feedback",
    "baotingia": "report_fake_news",
    "trangthai": "ticket_status",
    "dangky": "register_contact",
    "baocao": "start_report",
    "nhiemvu": "view_my_tasks",
    "hanbaocao": "view_deadlines",
    "bantin": "view_digest",
    "nhanbantin": "subscribe_digest",
    "ngungbantin": "unsubscribe_digest",
}
"""Commands (folded, without slash and spaces) and the intent each stands for."""
START = "start"
CANCEL = "huy"
FORMS = "bieumau"
"""Lists the department's forms."""
_WORDS = frozenset(
    {
        "bieumau",
        "menu",
        "trogiup",
        "xemdulieu",
        "xoadulieu",
        "gapcanbo",
        "gopy",
        "themkenh",
        "kenhcuatoi",
        "khongphaitoi",
    }
)
"""Commands that also work without the slash."""
_FORM_WORDS = frozenset({"bieumau", "dienbieumau", "cacbieumau", "xembieumau", "danhsachbieumau"})
_CANCEL_WORDS = frozenset({"huy", "huybo", "cancel", "stop", "thoat"})


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    """START, CANCEL, a key of INTENTS, or, after a slash, whatever was typed."""
    rest: str = ""
    """What stands after the command."""


def read_command(text: str) -> Command | None:
    """The command a line is, as a whole; ``/menu@some_bot`` is ``/menu``."""
    slashed = text.startswith("/")
    word, _, rest = text.partition(" ") if slashed else (text, "", "")
    name = folded(word.partition("@")[0]).replace(" ", "")
    if name in _CANCEL_WORDS:
        return Command(CANCEL)
    if name in _FORM_WORDS:
        return Command(FORMS)
    return Command(name, rest.strip()) if slashed or name in _WORDS else None
