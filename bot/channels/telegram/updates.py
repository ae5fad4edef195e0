"""Updates of the Bot API as messages of the house.

Only private chats are answered: a group is told so once, when the bot is added, and after that the bot stays silent
there, for what it says would reach people who did not ask. Of an update only the fields that are used are read, so that
a kind of content newer than this program, quoted or forwarded, does not make a whole message unreadable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from aiogram import Bot
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.types import CallbackQuery, ChatMemberUpdated, TelegramObject, User
from aiogram.types import Message as TelegramMessage
from pydantic import ValidationError

from bot.channels.base import MalformedUpdate
from handlers.messages import EDITED, Address, FileReference, Kind, Message, clean_text

NAME = "telegram"
WANTED = ["message", "edited_message", "callback_query", "my_chat_member"]
"""Kinds of updates asked for."""
NAME_LIMIT = 100
"""Characters of a person's name that are kept."""

_MESSAGE_FIELDS = ("message_id", "date", "chat", "from", "text", "caption", "contact", "media_group_id",
                   "migrate_to_chat_id")  # fmt: skip
_TAP_FIELDS = ("id", "from", "chat_instance", "data")
_MEMBER_FIELDS = ("chat", "from", "date", "old_chat_member", "new_chat_member")

_MEDIA = {
    "photo": "photo",
    "sticker": "sticker",
    "voice": "voice",
    "audio": "voice",
    "video": "video",
    "video_note": "video",
    "animation": "video",  # comes with "document" too, so it stands before
    "document": "file",
    "venue": "location",
    "location": "location",
    "contact": "contact",
    "poll": "other",
    "dice": "other",
    "game": "other",
    "story": "other",
    "paid_media": "other",
    "checklist": "other",
}
"""Content of a message → ``Message.media``. A message with none of these and no text is the platform's own notice."""

_START = re.compile(r"/start(?:@\w+)?(?:\s+(?P<argument>.*))?", re.IGNORECASE | re.DOTALL)
_START_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a deep link can carry; anything else after /start was typed by hand."""
_MENTION = re.compile(r"^(/\w+)@\w+")

_GROUPS = frozenset({ChatType.GROUP, ChatType.SUPERGROUP})
_AWAY = frozenset({ChatMemberStatus.LEFT, ChatMemberStatus.KICKED})
_IN = frozenset({ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR})

_Typed = TypeVar("_Typed", bound=TelegramObject)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message, and what Telegram wants to hear about it."""

    message: Message
    tap_id: str = ""
    """The tap whose button shows a spinner until it is answered; empty for anything but a tap."""
    album: str = ""
    """Id of the album this is a piece of: several photos or files chosen at once, each of them an update."""


def parse_update(payload: str) -> dict[str, Any]:
    """The JSON object of an update, with an ``update_id`` and nothing else looked at. Raises MalformedUpdate."""
    try:
        update = json.loads(payload)
    except (ValueError, RecursionError):
        raise MalformedUpdate("not JSON") from None
    if not isinstance(update, dict) or type(update.get("update_id")) is not int:
        raise MalformedUpdate("no update_id")
    return update


def read_update(payload: str, bot: Bot, now: datetime) -> Incoming | None:
    """What an update says; None when there is nothing to answer. ``now`` dates taps: Telegram sends no time with them.

    Blocking the bot is UNFOLLOWED. Unblocking it alone is None: Telegram's apps send /start right after, and that is
    what opens the conversation again.

    Raises MalformedUpdate, naming fields and never their content.
    """
    update = parse_update(payload)
    update_id = str(update["update_id"])
    if "message" in update:
        return _said(update_id, update["message"], bot)
    if "edited_message" in update:
        return _changed(update_id, update["edited_message"], bot)
    if "callback_query" in update:
        return _tapped(update_id, update["callback_query"], bot, now)
    if "my_chat_member" in update:
        return _left(update_id, update["my_chat_member"], bot)
    return None


def _said(update_id: str, raw: Any, bot: Bot) -> Incoming | None:
    said = _read(TelegramMessage, raw, _MESSAGE_FIELDS, bot)
    person = said.from_user
    if said.chat.type in _GROUPS and said.migrate_to_chat_id is not None:
        return Incoming(_moved(update_id, said, said.migrate_to_chat_id))
    if said.chat.type != ChatType.PRIVATE or person is None or person.is_bot:
        return None
    message = _message(update_id, person, Kind.MEDIA, said.date)
    media = next((name for key, name in _MEDIA.items() if key in raw), "")
    if said.text is not None:
        return Incoming(_with_text(message, said.text))
    if said.contact is not None and said.contact.user_id == person.id:
        # Telegram itself ties a contact's user_id to its number: one's own id means one's own number.
        phone = re.sub(r"[^\d+]", "", said.contact.phone_number)
        return Incoming(replace(message, kind=Kind.CONTACT, phone=phone))
    if not media:
        return None
    album = (said.media_group_id or "") if not said.caption else ""  # what is written under a piece is always read
    return Incoming(replace(message, media=media, text=clean_text(said.caption or ""), files=_files(raw)), album=album)


def _moved(update_id: str, said: TelegramMessage, to: int) -> Message:
    """A group that has become a supergroup, and with it another chat."""
    old, new = (Address(NAME, str(chat)) for chat in (said.chat.id, to))
    return Message(old, Kind.MOVED, update_id, said.date, moved_to=new)


def _files(raw: Mapping[str, Any]) -> tuple[FileReference, ...]:
    """The document or the largest size of the photo, by the names Telegram has for them."""
    photo, document = raw.get("photo"), raw.get("document")
    found = photo[-1] if isinstance(photo, list) and photo else document if "animation" not in raw else None
    if not isinstance(found, dict) or not isinstance(found.get("file_id"), str):
        return ()
    name, size = found.get("file_name"), found.get("file_size")
    return (
        FileReference(found["file_id"], name if isinstance(name, str) else "", size if isinstance(size, int) else None),
    )


def _changed(update_id: str, raw: Any, bot: Bot) -> Incoming | None:
    """A changed text. A place on the move also comes as one change after the other, and is nothing to answer."""
    changed = _read(TelegramMessage, raw, _MESSAGE_FIELDS, bot)
    person = changed.from_user
    if changed.chat.type != ChatType.PRIVATE or person is None or person.is_bot or changed.text is None:
        return None
    message = _message(update_id, person, Kind.MEDIA, changed.date)
    return Incoming(replace(message, media=EDITED, text=clean_text(changed.text)))


def _with_text(message: Message, text: str) -> Message:
    start = _START.fullmatch(text.strip())
    if start is None:
        return message.with_text(_MENTION.sub(r"\1", clean_text(text)))
    code = (start["argument"] or "").strip()
    return replace(message, kind=Kind.FOLLOWED, start_code=code if _START_CODE.fullmatch(code) else "")


def _tapped(update_id: str, raw: Any, bot: Bot, now: datetime) -> Incoming | None:
    tap = _read(CallbackQuery, raw, _TAP_FIELDS, bot)
    under = raw.get("message")
    chat = under.get("chat") if isinstance(under, dict) else None
    if not isinstance(chat, dict) or chat.get("type") != ChatType.PRIVATE or tap.data is None:
        return None
    choice = clean_text(tap.data)  # made by us, but nothing keeps a person's own program from sending another
    return Incoming(_message(update_id, tap.from_user, Kind.CHOICE, now).with_choice(choice), tap.id)


def _left(update_id: str, raw: Any, bot: Bot) -> Incoming | None:
    change = _read(ChatMemberUpdated, raw, _MEMBER_FIELDS, bot)
    if change.chat.type in _GROUPS and change.old_chat_member.status in _AWAY and change.new_chat_member.status in _IN:
        message = _message(update_id, change.from_user, Kind.GROUPED, change.date)
        return Incoming(replace(message, address=Address(NAME, str(change.chat.id)), display_name=""))
    if change.chat.type != ChatType.PRIVATE or change.new_chat_member.status != ChatMemberStatus.KICKED:
        return None
    return Incoming(_message(update_id, change.from_user, Kind.UNFOLLOWED, change.date))


def _message(update_id: str, person: User, kind: Kind, sent_at: datetime) -> Message:
    return Message(
        address=Address(NAME, str(person.id)),
        kind=kind,
        external_id=update_id,
        sent_at=sent_at,
        display_name=" ".join(clean_text(person.full_name).split())[:NAME_LIMIT],
    )


def _read(kind: type[_Typed], raw: Any, fields: tuple[str, ...], bot: Bot) -> _Typed:
    if not isinstance(raw, Mapping):
        raise MalformedUpdate(f"{kind.__name__} is not an object")
    try:
        return kind.model_validate({key: raw[key] for key in fields if key in raw}, context={"bot": bot})
    except ValidationError as error:
        places = [".".join(map(str, fault["loc"])) for fault in error.errors(include_input=False, include_url=False)]
    raise MalformedUpdate(f"{kind.__name__}: {', '.join(places)}")
