"""What Zalo's OA API accepts and what it refuses, as far as it is known. Where documentation is silent, strict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TEXT_LIMIT = 2000
BUTTON_LIMIT = 5
TITLE_LIMIT = 100
PAYLOAD_LIMIT = 1000
CALLS_PER_MINUTE = 4000

MESSAGES = {
    -32: "Your application reached limit call api",
    -200: "Send message failed",
    -210: "Parameter exceeds allowable limit",
    -213: "User has not followed OA",
    -216: "Access token is invalid",
    -220: "access_token is expired or removed",
    -221: "OA needs to be verified",
    -227: "User banned or inactive more than 45 days",
    -230: "User has not interacted with the OA in the past 7 days",
    -232: "User has not interacted with the OA, or last interaction expired",
    -233: "Message type is invalid or not support",
    -240: "MessageV2 API has been shut down, please switch to V3",
    -242: "Invalid appsecret_proof",
    -244: "User has restricted this message type from your OA",
}


class Refusal(Exception):
    """The request is answered with an error code."""

    def __init__(self, code: int, message: str = "") -> None:
        self.code = code
        self.message = message or MESSAGES.get(code, "")
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message."""

    label: str
    kind: str
    """``oa.query.hide``, ``oa.query.show``, ``oa.open.phone``, ``oa.open.url`` or ``oa.open.sms``."""
    data: str
    """What a tap sends back, dials or opens."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A well-formed message."""

    recipient: str
    text: str
    buttons: tuple[Button, ...] = ()
    form: bool = False
    """Whether it asks for name and number instead of saying something."""
    picture: str = ""
    """Address or upload of an image."""
    file: str = ""
    """Upload of a file."""
    quote: str = ""
    """Id of the message it quotes."""


def read_message(body: Any, visitors: bool, short_codes: bool) -> Accepted:
    """The message in a request body. Raises Refusal.

    ``visitors``: the old endpoint, which only serves people who are not logged in. ``short_codes``: whether a call
    button may dial 115.
    """
    to = _object(body, "recipient")
    message = _object(body, "message")
    if visitors:
        if "user_id" in to:
            raise Refusal(-240)
        _text(to, "conversation_id")
    recipient = _text(to, "anonymous_id" if visitors else "user_id")
    quote = _text(message, "quote_message_id") if "quote_message_id" in message else ""
    if "attachment" not in message:
        return Accepted(recipient, _said(message), quote=quote)
    attachment = _object(message, "attachment")
    payload = _object(attachment, "payload")
    if attachment.get("type") == "file" and not visitors:
        return Accepted(recipient, "", file=_text(payload, "token"))
    if attachment.get("type") != "template" or visitors:
        raise Refusal(-233)
    if payload.get("template_type") == "request_user_info":
        return Accepted(recipient, _form(payload), form=True)
    if payload.get("template_type") == "media":
        return Accepted(recipient, _said(message) if "text" in message else "", picture=_picture(payload))
    if set(payload) != {"buttons"} or not isinstance(payload["buttons"], list):
        raise Refusal(-201, "buttons is invalid!")
    if len(payload["buttons"]) > BUTTON_LIMIT:
        raise Refusal(-210)
    return Accepted(recipient, _said(message), tuple(_button(each, short_codes) for each in payload["buttons"]))


def _said(message: dict[str, Any]) -> str:
    text = _text(message, "text")
    if len(text.encode("utf-16-le")) // 2 > TEXT_LIMIT:
        raise Refusal(-210)
    return text


def _picture(payload: dict[str, Any]) -> str:
    elements = payload.get("elements")
    if not isinstance(elements, list) or len(elements) != 1 or elements[0].get("media_type") != "image":
        raise Refusal(-201, "elements is invalid!")
    if ("url" in elements[0]) == ("attachment_id" in elements[0]):
        raise Refusal(-201, "attachment_id is invalid!")
    return _text(elements[0], "url" if "url" in elements[0] else "attachment_id")


def _form(payload: dict[str, Any]) -> str:
    elements = payload.get("elements")
    if not isinstance(elements, list) or len(elements) != 1:
        raise Refusal(-201, "elements is invalid!")
    title, subtitle, image = (_text(elements[0], key) for key in ("title", "subtitle", "image_url"))
    if len(title) > 100 or len(subtitle) > 500:
        raise Refusal(-210)
    if not image.startswith("https://"):
        raise Refusal(-201, "image_url is invalid!")
    return title


def _button(button: Any, short_codes: bool) -> Button:
    if not isinstance(button, dict):
        raise Refusal(-201, "buttons is invalid!")
    title, kind = _text(button, "title"), _text(button, "type")
    if len(title) > TITLE_LIMIT:
        raise Refusal(-210)
    if kind in ("oa.query.show", "oa.query.hide"):
        data = _text(button, "payload")
        if len(data) > PAYLOAD_LIMIT:
            raise Refusal(-210)
    elif kind in ("oa.open.phone", "oa.open.sms"):
        data = _text(_object(button, "payload"), "phone_code")
        if not data.isdigit() or not (short_codes or data.startswith("84")):
            raise Refusal(-201, "phone_code is invalid!")
    elif kind == "oa.open.url":
        data = _text(_object(button, "payload"), "url")
    else:
        raise Refusal(-201, "type is invalid!")
    return Button(title, kind, data)


def _object(parent: Any, key: str) -> dict[str, Any]:
    value = parent.get(key) if isinstance(parent, dict) else None
    if not isinstance(value, dict):
        raise Refusal(-201, f"{key} is invalid!")
    return value


def _text(parent: dict[str, Any], key: str) -> str:
    value = parent.get(key)
    if not isinstance(value, str) or not value.strip():
        raise Refusal(-201, f"{key} is invalid!")
    return value
