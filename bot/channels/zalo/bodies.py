"""Request bodies of the OA API: what a laid-out part of a reply looks like on Zalo's wire."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

CHOICE_MARK = "#"
"""Stands before a choice value in a button's payload: a tap comes back as ordinary text and must be told from it."""

_VISITOR = "anonymous/"
_NOT_DIGITS = re.compile(r"\D")
SHORTEST_SUBSCRIBER = 9
"""Digits. Below it a number is a short code (114, 115, 1022) that has no international form."""


def visitor_id(anonymous_id: str, conversation_id: str) -> str:
    """The user id of somebody who writes without being logged in: both parts are needed to answer."""
    return f"{_VISITOR}{anonymous_id}/{conversation_id}"


def is_visitor(user_id: str) -> bool:
    return user_id.startswith(_VISITOR)


def recipient(user_id: str) -> Json:
    """Whom a message goes to."""
    if is_visitor(user_id):
        anonymous_id, _, conversation_id = user_id.removeprefix(_VISITOR).partition("/")
        return {"anonymous_id": anonymous_id, "conversation_id": conversation_id}
    return {"user_id": user_id}


def phone_code(number: str) -> str:
    """A number as a call button wants it: ``84`` and the subscriber number.

    Short codes and 1800/1900 numbers have no such form and are given as they are dialled. Whether Zalo takes those is
    not documented; the channel has a way out when it does not (see ``ZaloChannel``).
    """
    digits = _NOT_DIGITS.sub("", number)
    if digits.startswith("0") and len(digits) > SHORTEST_SUBSCRIBER:
        return "84" + digits[1:]
    return digits


def is_short(number: str) -> bool:
    """Whether a call button for the number rests on what the documentation does not say."""
    return not phone_code(number).startswith("84")


def query_button(label: str, payload: str, shown: bool = False) -> Json:
    """A button that sends ``payload`` back as the person's own words; ``shown`` in their chat or not."""
    return {"title": label, "type": "oa.query.show" if shown else "oa.query.hide", "payload": payload}


def choice_button(label: str, value: str) -> Json:
    """A button that sends a choice back without showing it in the person's chat."""
    return query_button(label, CHOICE_MARK + value)


def link_button(label: str, url: str) -> Json:
    return {"title": label, "type": "oa.open.url", "payload": {"url": url}}


def call_button(label: str, number: str) -> Json:
    return {"title": label, "type": "oa.open.phone", "payload": {"phone_code": phone_code(number)}}


def sms_button(label: str, number: str, words: str) -> Json:
    return {"title": label, "type": "oa.open.sms", "payload": {"phone_code": phone_code(number), "content": words}}


def text_message(user_id: str, text: str, buttons: Sequence[Json] = (), quote: str = "") -> Json:
    """A consultation message: text, with at most five buttons below it, quoting the message with the id ``quote``."""
    message: Json = {"text": text}
    if quote:
        message["quote_message_id"] = quote
    if buttons:
        message["attachment"] = {"type": "template", "payload": {"buttons": list(buttons)}}
    return {"recipient": recipient(user_id), "message": message}


def image_message(user_id: str, text: str = "", url: str = "", attachment_id: str = "") -> Json:
    """A picture, by its public address or by the id of an upload, with words below it."""
    element = {"media_type": "image", **({"attachment_id": attachment_id} if attachment_id else {"url": url})}
    payload = {"template_type": "media", "elements": [element]}
    message: Json = {"attachment": {"type": "template", "payload": payload}}
    return {"recipient": recipient(user_id), "message": {"text": text, **message} if text else message}


def file_message(user_id: str, token: str) -> Json:
    """A file, by the token of its upload. Zalo takes no words with it."""
    return {"recipient": recipient(user_id), "message": {"attachment": {"type": "file", "payload": {"token": token}}}}


def reaction(user_id: str, message_id: str, icon: str = "/-strong") -> Json:
    """A reaction under somebody's message; ``/-remove`` takes it back."""
    return {
        "recipient": recipient(user_id),
        "sender_action": {"react_icon": icon, "react_message_id": message_id},
    }


def details_form(user_id: str, title: str, subtitle: str, image_url: str) -> Json:
    """Asks the person to share name and phone number; the answer arrives as the event ``user_submit_info``."""
    payload = {
        "template_type": "request_user_info",
        "elements": [{"title": title, "subtitle": subtitle, "image_url": image_url}],
    }
    return {"recipient": recipient(user_id), "message": {"attachment": {"type": "template", "payload": payload}}}
