"""What people do on Zalo, from webhook event to Message.

Event names and fields follow the webhook chapter of the OA documentation and samples of real events. Ids and
timestamps are text there; numbers are taken too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bot.channels.zalo.bodies import CHOICE_MARK, visitor_id
from handlers.messages import (
    CHOICE_BYTES,
    Address,
    FileReference,
    Kind,
    Message,
    Receipt,
    choice_value,
    clean_text,
)

NAME = "zalo"
Json = dict[str, Any]

MEDIA = {
    "user_send_image": "photo",
    "user_send_gif": "photo",
    "user_send_sticker": "sticker",
    "user_send_audio": "voice",
    "user_send_video": "video",
    "user_send_location": "location",
    "user_send_file": "file",
    "user_send_business_card": "contact",
    "anonymous_send_image": "photo",
    "anonymous_send_sticker": "sticker",
    "anonymous_send_file": "file",
}
"""Event name → ``Message.media``."""

TEMPLATES = "templates"
"""Stands for the person in news about messages sent by phone number."""
LONGEST_ADDRESS = 120
_ID = re.compile(r"[A-Za-z0-9_.=-]{1,100}")
_CHOICE = re.compile(r"[a-z][a-z_]*(?::\S(?:[^\n]*\S)?)?")
"""What a choice value looks like: a verb, and perhaps arguments. Other text that begins with # is just text."""
_LATEST = 4_102_444_800_000
"""2100-01-01 in milliseconds; a later timestamp is nonsense."""


class _Event:
    """One event with its parts read defensively. Reading a part that must be there raises ValueError."""

    def __init__(self, payload: str, oa_id: str) -> None:
        try:
            data = json.loads(payload)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        if not isinstance(data, dict):
            raise ValueError("an event must be an object")
        self.data: Json = data
        self.payload = payload
        self.oa_id = oa_id
        self.name = str(data.get("event_name", ""))
        self.message = _object(data.get("message"))

    @property
    def id(self) -> str:
        return event_id(self.data, self.payload)

    @property
    def concerns_us(self) -> bool:
        """One webhook gets the events of every account that let the application in; ours carry our account's id."""
        accounts = {self.party("sender"), self.party("recipient"), read_id(self.data.get("oa_id"))} - {""}
        return not self.oa_id or not accounts or self.oa_id in accounts

    @property
    def sent_at(self) -> datetime:
        milliseconds = int(str(self.data.get("timestamp", "")))
        if not 0 < milliseconds < _LATEST:
            raise ValueError("timestamp out of range")
        return datetime.fromtimestamp(milliseconds / 1000, UTC)

    @property
    def text(self) -> str:
        text = self.message.get("text", "")
        if not isinstance(text, str):
            raise ValueError("message.text is not text")
        return clean_text(text)

    def party(self, key: str) -> str:
        """The id of the sender, recipient or follower."""
        return read_id(_object(self.data.get(key)).get("id"))

    def says(self, user_id: str, kind: Kind, **fields: Any) -> Message:
        """The message of ``user_id``. Raises ValueError for an id nobody could answer to."""
        address = Address(NAME, user_id)
        if not user_id or len(str(address)) > LONGEST_ADDRESS:
            raise ValueError(f"{self.name} without a usable id of the person")
        return Message(address=address, kind=kind, external_id=self.id, sent_at=self.sent_at, **fields)


def read_event(payload: str, oa_id: str) -> Message | None:
    """The event as a Message; None when there is nothing to answer or settle: what staff wrote by hand, events of
    groups, of another account of the same application, unknown ones.

    Raises ValueError when the payload is not an event of Zalo's.
    """
    event = _Event(payload, oa_id)
    reader = _READERS.get(event.name)
    return reader(event) if reader is not None and event.concerns_us else None


def event_id(event: Json, payload: str) -> str:
    """What makes an event one of a kind: its name and message id, or the parties and the time where there is none.

    The same event delivered again has the same id. Long or strange ids are replaced by a fingerprint.
    """
    name = read_id(event.get("event_name")) or "event"
    message = _object(event.get("message"))
    identity = message.get("msg_id")
    if not identity and isinstance(message.get("msg_ids"), list):
        identity = json.dumps(message["msg_ids"])
    if not identity or name.endswith("_reacted_message"):
        who = [_object(event.get(key)).get("id") for key in ("sender", "recipient", "follower")]
        people = [event.get(key) for key in ("user_id", "oa_id", "timestamp")]
        known = [str(part) for part in [identity, *who, *people] if part]
        identity = "~".join(known) if event.get("timestamp") and len(known) > 1 else payload
    readable = f"{name[:60]}:{identity}"
    if len(readable) <= LONGEST_ADDRESS and readable.isascii() and readable.isprintable():
        return readable
    digest = hashlib.sha256(str(identity).encode("utf-8", "backslashreplace")).hexdigest()
    return f"{name[:60]}:{digest[:40]}"


def read_id(value: object) -> str:
    """An id as text; empty when it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value)
    return text if _ID.fullmatch(text) else ""


def _text(event: _Event) -> Message | None:
    return _written(event, event.party("sender"), event.text)


def _link(event: _Event) -> Message | None:
    """A link someone shares: their own words, else the address itself."""
    text = event.text
    if not text:
        attachments = event.message.get("attachments")
        first = _object(attachments[0]) if isinstance(attachments, list) and attachments else {}
        address = _object(first.get("payload")).get("url")
        text = clean_text(address) if isinstance(address, str) else ""
    return _written(event, event.party("sender"), text)


def _visitor_text(event: _Event) -> Message | None:
    visitor = _visitor(event)
    return _written(event, visitor, event.text) if visitor else None


def _written(event: _Event, user_id: str, text: str) -> Message | None:
    if not text and not event.message.get("text"):  # what has no visible letter is still something somebody sent
        return None
    value = text.removeprefix(CHOICE_MARK)
    if value != text and len(value.encode()) <= CHOICE_BYTES and _CHOICE.fullmatch(value):
        return event.says(user_id, Kind.CHOICE, choice=value, text=text)
    return event.says(user_id, Kind.TEXT, text=text)


def _media(event: _Event) -> Message | None:
    media = MEDIA[event.name]
    files = _files(event) if media in ("photo", "file") else ()
    return event.says(event.party("sender"), Kind.MEDIA, media=media, text=event.text, files=files)


def _files(event: _Event) -> tuple[FileReference, ...]:
    """The first attachment by its address: an event holds one."""
    attachments = event.message.get("attachments")
    payload = _object(_object(attachments[0]).get("payload")) if isinstance(attachments, list) and attachments else {}
    url, name, size = payload.get("url"), payload.get("name"), str(payload.get("size", ""))
    if not isinstance(url, str) or not url:
        return ()
    return (FileReference(url, name if isinstance(name, str) else "", int(size) if size.isdecimal() else None),)


def _visitor_media(event: _Event) -> Message | None:
    visitor = _visitor(event)
    return event.says(visitor, Kind.MEDIA, media=MEDIA[event.name], text=event.text) if visitor else None


def _visitor(event: _Event) -> str:
    """Somebody not logged in: answered within the conversation, so without its id there is nobody to answer."""
    anonymous_id, conversation_id = event.party("sender"), read_id(event.message.get("conversation_id"))
    return visitor_id(anonymous_id, conversation_id) if anonymous_id and conversation_id else ""


def _followed(event: _Event) -> Message | None:
    return event.says(event.party("follower"), Kind.FOLLOWED)


def _opened_chat(event: _Event) -> Message | None:
    """Opened the chat for the first time, without following."""
    return event.says(read_id(event.data.get("user_id")), Kind.FOLLOWED)


def _unfollowed(event: _Event) -> Message | None:
    return event.says(event.party("follower"), Kind.UNFOLLOWED)


def _withdrew(event: _Event) -> Message | None:
    """Zalo's own "withdraw my consent": the person's data is to be erased, as if they had asked and confirmed here."""
    user_id = read_id(event.data.get("user_id"))
    return event.says(user_id, Kind.CHOICE, choice=choice_value("privacy", "erase_yes"))


def _shared_details(event: _Event) -> Message | None:
    """The form that asks for name and number was filled in. Zalo lets people change both before sending."""
    info = _object(event.data.get("info"))
    digits = re.sub(r"\D", "", str(info.get("phone", "")))
    phone = "84" + digits[1:] if digits.startswith("0") else digits
    name = info.get("name")
    if not phone:
        return None
    return event.says(
        event.party("sender"),
        Kind.CONTACT,
        phone=phone[:20],
        display_name=clean_text(name)[:100] if isinstance(name, str) else "",
    )


def _echo(event: _Event) -> Message | None:
    """Zalo has accepted a message of the application: what settles one whose answer was lost. What staff wrote by hand
    in Zalo's own tool is told apart by its ``admin_id``."""
    staff = _object(event.data.get("sender")).get("admin_id")
    message_id, words = read_id(event.message.get("msg_id")), event.message.get("text")
    attachments = event.message.get("attachments")
    if not words and isinstance(attachments, list) and attachments:
        words = _object(_object(attachments[0]).get("payload")).get("text")
    if staff or not message_id or not isinstance(words, str) or not words:
        return None
    return event.says(event.party("recipient"), Kind.RECEIPT, receipt=Receipt((message_id,), echo=clean_text(words)))


def _received(event: _Event) -> Message | None:
    tracking_id = event.message.get("tracking_id")
    if "delivery_time" in event.message or tracking_id:  # sent by phone number, which is nobody's address
        if not isinstance(tracking_id, str) or not tracking_id:
            return None
        return event.says(TEMPLATES, Kind.RECEIPT, receipt=Receipt((), tracking_id=tracking_id[:48]))
    return _receipt(event, [event.message.get("msg_id")], seen=False)


def _seen(event: _Event) -> Message | None:
    ids = event.message.get("msg_ids")
    return _receipt(event, ids if isinstance(ids, list) else [event.message.get("msg_id")], seen=True)


def _receipt(event: _Event, ids: list[Any], seen: bool) -> Message | None:
    """The account is the sender and the person the recipient, as samples show; nothing documents it, so both ways."""
    person = event.party("recipient")
    if event.oa_id and person == event.oa_id:
        person = event.party("sender")
    known = tuple(dict.fromkeys(found for found in map(read_id, ids) if found))
    return event.says(person, Kind.RECEIPT, receipt=Receipt(known, seen)) if known else None


_READERS: dict[str, Callable[[_Event], Message | None]] = {
    "user_send_text": _text,
    "user_send_link": _link,
    "anonymous_send_text": _visitor_text,
    **{name: _visitor_media if name.startswith("anonymous") else _media for name in MEDIA},
    "follow": _followed,
    "user_click_chatnow": _opened_chat,
    "unfollow": _unfollowed,
    "user_withdraw": _withdrew,
    "user_submit_info": _shared_details,
    "oa_send_text": _echo,
    "oa_send_template": _echo,
    "user_received_message": _received,
    "user_seen_message": _seen,
}


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}
