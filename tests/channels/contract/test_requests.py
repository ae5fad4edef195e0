"""Reply → request: one table for both platforms, exactly as the bodies go over the wire."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.methods import SendMessage

from handlers.messages import Choice, Reply
from tests.channels.contract.conftest import FarEnd, OnTelegram, OnZalo

Json = dict[str, Any]
ACK = Choice("Đã nhận", "ack:12")


def _inline(*rows: tuple[str, str]) -> Json:
    return {"inline_keyboard": [[{"text": label, "callback_data": data}] for label, data in rows]}


def _template(*buttons: Json) -> Json:
    return {"type": "template", "payload": {"buttons": list(buttons)}}


def _hidden(label: str, value: str) -> Json:
    return {"title": label, "type": "oa.query.hide", "payload": f"#{value}"}


TABLE: dict[str, tuple[Reply, Json, Json]] = {
    "text": (Reply("Xin chào"), {"text": "Xin chào"}, {"text": "Xin chào"}),
    "bold": (Reply("Gọi **115** ngay"), {"text": "Gọi <b>115</b> ngay"}, {"text": "Gọi 115 ngay"}),
    "escaped": (
        Reply('a < b & c > "d"'),
        {"text": "a &lt; b &amp; c &gt; &quot;d&quot;"},
        {"text": 'a < b & c > "d"'},
    ),
    "button": (
        Reply("Đã nhận chưa?", (ACK,)),
        {"text": "Đã nhận chưa?", "reply_markup": _inline(("Đã nhận", "ack:12"))},
        {"text": "Đã nhận chưa?", "attachment": _template(_hidden("Đã nhận", "ack:12"))},
    ),
    "long label": (
        Reply("Chọn", (Choice("Báo cáo tiến độ hằng tuần", "reports"),)),
        {"text": "Chọn", "reply_markup": _inline(("Báo cáo tiến độ hằng tuần", "reports"))},
        {
            "text": "Chọn\n\n1. Báo cáo tiến độ hằng tuần",
            "attachment": _template(_hidden("Báo cáo tiến độ…", "reports")),
        },
    ),
    "call": (
        Reply("Gọi 115", (ACK,), call=("115", "0260 386 2345")),
        {"text": "Gọi 115", "reply_markup": _inline(("Đã nhận", "ack:12"))},
        {
            "text": "Gọi 115",
            "attachment": _template(
                {"title": "Gọi 115", "type": "oa.open.phone", "payload": {"phone_code": "115"}},
                {"title": "Gọi 0260 386 2345", "type": "oa.open.phone", "payload": {"phone_code": "842603862345"}},
                _hidden("Đã nhận", "ack:12"),
            ),
        },
    ),
}


@pytest.mark.parametrize("far", ["telegram", "zalo"], indirect=True)
@pytest.mark.parametrize(("reply", "telegram", "zalo"), TABLE.values(), ids=TABLE)
async def test_a_reply_becomes_this_request(far: FarEnd, reply: Reply, telegram: Json, zalo: Json) -> None:
    await far.channel.send(far.address, reply)
    if isinstance(far, OnZalo):
        [body] = far.simulator.bodies
        assert body == {"recipient": {"user_id": far.person.id}, "message": zalo}
        return
    assert isinstance(far, OnTelegram)
    [call] = far.simulator.called(SendMessage)
    assert call.model_dump(exclude_unset=True, exclude_none=True, mode="json") == {
        "chat_id": str(far.person.id),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "disable_notification": False,
        **telegram,
    }
