"""Request bodies, against the shapes Zalo publishes."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.zalo.bodies import (
    call_button,
    choice_button,
    details_form,
    is_short,
    phone_code,
    recipient,
    text_message,
    visitor_id,
)

LAN = "2000000000000000002"

PUBLISHED: dict[str, tuple[Any, Any]] = {
    "text": (
        text_message(LAN, "Xin chao"),
        {"recipient": {"user_id": LAN}, "message": {"text": "Xin chao"}},
    ),
    "buttons below a text": (
        text_message(LAN, "Chon muc", [choice_button("Bang gia", "gia"), call_button("Goi", "0900000001")]),
        {
            "recipient": {"user_id": LAN},
            "message": {
                "text": "Chon muc",
                "attachment": {
                    "type": "template",
                    "payload": {
                        "buttons": [
                            {"title": "Bang gia", "type": "oa.query.hide", "payload": "#gia"},
                            {"title": "Goi", "type": "oa.open.phone", "payload": {"phone_code": "84900000001"}},
                        ]
                    },
                },
            },
        },
    ),
    "anonymous": (
        text_message(visitor_id("anon-6", "conv-7"), "Xin chao"),
        {"recipient": {"anonymous_id": "anon-6", "conversation_id": "conv-7"}, "message": {"text": "Xin chao"}},
    ),
    "request of name and number": (
        details_form(LAN, "Chia se", "Bam de gui", "https://s.example/a.jpg"),
        {
            "recipient": {"user_id": LAN},
            "message": {
                "attachment": {
                    "type": "template",
                    "payload": {
                        "template_type": "request_user_info",
                        "elements": [
                            {"title": "Chia se", "subtitle": "Bam de gui", "image_url": "https://s.example/a.jpg"}
                        ],
                    },
                }
            },
        },
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_shapes(name: str) -> None:
    ours, published = PUBLISHED[name]
    assert ours == published


@pytest.mark.parametrize(
    ("number", "code", "short"),
    [
        ("0905 123 456", "84905123456", False),
        ("+84 905 123 456", "84905123456", False),
        ("84905123456", "84905123456", False),
        ("0260 3862 123", "842603862123", False),
        ("115", "115", True),
        ("114", "114", True),
        ("1900 9095", "19009095", True),
    ],
)
def test_phone_codes(number: str, code: str, short: bool) -> None:
    assert (phone_code(number), is_short(number)) == (code, short)


def test_a_visitor_is_both_ids() -> None:
    assert recipient(visitor_id("a.b", "c_d")) == {"anonymous_id": "a.b", "conversation_id": "c_d"}
