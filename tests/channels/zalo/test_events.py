"""Zalo's events as messages of the house: one file an event, one row what it means."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.zalo.events import MEDIA, event_id, read_event
from handlers.messages import FileReference, Kind, Message, Receipt

EVENTS = Path(__file__).parent / "events"
OA = "3000000000000000003"
LAN = "zalo:2000000000000000002"
VISITOR = "zalo:anonymous/anon-6000000000000006/conv-7000000007"
MSG = "0123456789abcdef0123"


PICTURE = FileReference("https://p.example/i.jpg")


def said(text: str, **other: Any) -> dict[str, Any]:
    return {"kind": Kind.TEXT, "text": text, "external_id": f"user_send_text:{MSG}"} | other


def sent(event: str, media: str, text: str = "", file: FileReference | None = None) -> dict[str, Any]:
    files = (file,) if file else ()
    return {"kind": Kind.MEDIA, "media": media, "text": text, "external_id": f"{event}:{MSG}", "files": files}


MEANINGS: dict[str, dict[str, Any] | None] = {
    # words
    "text": said("Ăn nấm rừng xong bị nôn , làm sao?"),
    "text_decomposed": said("Ăn nấm"),
    "text_with_quote": said("cái này là sao"),
    "text_numbers_as_ids": said("2"),
    "text_without_msg_id": said(
        "chào", external_id="user_send_text:2000000000000000002~3000000000000000003~1760000000000"
    ),
    "text_blank": {"kind": Kind.TEXT, "text": ""},
    "link": {"kind": Kind.TEXT, "text": "tin này thật không https://tin.example/1"},
    "link_without_text": {"kind": Kind.TEXT, "text": "https://tin.example/1"},
    # buttons come back as words that begin with #
    "tap": {"kind": Kind.CHOICE, "choice": "ack:12"},
    "tap_without_arguments": {"kind": Kind.CHOICE, "choice": "menu"},
    "tap_with_spaces": {"kind": Kind.CHOICE, "choice": "form:k3:pick:Đắk Hà"},
    "hashtag": said("#AnToanThucPham tuần này có gì"),
    "hash_and_sentence": said("#hỏi: pin phồng có sao không"),
    "hash_too_long": said("#faq:" + "a" * 64),
    # other things
    "image": sent("user_send_image", "photo", file=PICTURE),
    "image_with_caption": sent("user_send_image", "photo", "nấm này ăn được không", PICTURE),
    "gif": sent("user_send_gif", "photo", file=FileReference("https://p.example/g.gif")),
    "audio": sent("user_send_audio", "voice"),
    "video": sent("user_send_video", "video"),
    "sticker": sent("user_send_sticker", "sticker"),
    "location": sent("user_send_location", "location", "Phường Quyết Thắng"),
    "file": sent("user_send_file", "file", file=FileReference("https://f.example/a", "a.pdf", 9999)),
    "business_card": sent("user_send_business_card", "contact"),
    # coming and going
    "follow": {"kind": Kind.FOLLOWED, "sent_at": datetime(2025, 10, 9, 8, 53, 22, tzinfo=UTC)},
    "unfollow": {"kind": Kind.UNFOLLOWED, "external_id": f"unfollow:2000000000000000002~{OA}~1760000002000"},
    "click_chatnow": {"kind": Kind.FOLLOWED},
    "withdraw": {"kind": Kind.CHOICE, "choice": "privacy:erase_yes"},
    # name and number
    "submit_info": {"kind": Kind.CONTACT, "phone": "84900000001", "display_name": "Nguyễn Thị An"},
    "submit_info_older": {"kind": Kind.CONTACT, "phone": "84900000001"},
    "submit_info_national": {"kind": Kind.CONTACT, "phone": "84900000001"},
    "submit_info_without_phone": None,
    # what became of our messages
    "received": {"kind": Kind.RECEIPT, "receipt": Receipt(("abcdef0123456789abcd",), seen=False)},
    "seen": {"kind": Kind.RECEIPT, "receipt": Receipt(("abcdef0123456789abcd", "abcdef0123456789abce"), seen=True)},
    "seen_other_way_round": {"kind": Kind.RECEIPT, "receipt": Receipt(("abcdef0123456789abcd",), seen=True)},
    "echo": {"kind": Kind.RECEIPT, "receipt": Receipt((MSG,), echo="Chào bạn")},
    "template_received": {
        "kind": Kind.RECEIPT,
        "receipt": Receipt((), tracking_id="loa-1f"),
        "address": "zalo:templates",
    },
    # not logged in
    "anonymous_text": {"kind": Kind.TEXT, "text": "pin xe bốc khói", "address": VISITOR},
    "anonymous_image": {"kind": Kind.MEDIA, "media": "photo", "address": VISITOR},
    "anonymous_without_conversation": None,
    # nothing to answer
    "template_of_somebody_else": None,
    "echo_of_staff": None,
    "echo_of_template": None,
    "reaction": None,
    "group_text": None,
    "tag_added": None,
    "unheard_of": None,
    "other_account": None,
}


def stored(name: str) -> str:
    return (EVENTS / f"{name}.json").read_text(encoding="utf-8")


def test_every_file_has_a_row() -> None:
    assert {path.stem for path in EVENTS.glob("*.json")} == set(MEANINGS)


@pytest.mark.parametrize("name", MEANINGS)
def test_meaning(name: str) -> None:
    message = read_event(stored(name), OA)
    expected = MEANINGS[name]
    if expected is None:
        assert message is None
        return
    assert message is not None
    assert str(message.address) == expected.get("address", LAN)
    for field, value in expected.items():
        if field != "address":
            assert getattr(message, field) == value, field
    assert message.sent_at.tzinfo is UTC


@pytest.mark.parametrize("name", MEANINGS)
def test_the_same_event_again_has_the_same_id_and_no_other_event_has_it(name: str) -> None:
    identity = event_id(json.loads(stored(name)), stored(name))
    assert event_id(json.loads(stored(name)), stored(name)) == identity
    assert len(identity) <= 120
    assert identity.isascii()


def test_ids_tell_events_apart() -> None:
    follow = json.loads(stored("follow"))
    received, seen = json.loads(stored("received")), json.loads(stored("seen"))
    events = [
        follow,
        follow | {"timestamp": "1760000002001"},
        follow | {"follower": {"id": "2000000000000000009"}},
        json.loads(stored("unfollow")),
        received,
        received | {"event_name": "user_seen_message"},
        seen,
        seen | {"message": {"msg_ids": ["abcdef0123456789abcd"]}},
        seen | {"message": {"msg_ids": [f"{number:020x}" for number in range(40)]}},
        seen | {"message": {"msg_ids": [f"{number:020x}" for number in range(41)]}},
        seen | {"message": {}},
        seen | {"message": {}, "recipient": {"id": "2000000000000000009"}},
        {"event_name": "follow"},
        {"event_name": "follow", "x": 1},
        {"event_name": "user_send_text", "message": {"msg_id": "lạ\ud800"}, "timestamp": "1"},
    ]
    ids = [event_id(event, json.dumps(event)) for event in events]
    assert len(set(ids)) == len(ids)


TEXT = json.loads((EVENTS / "text.json").read_text(encoding="utf-8"))

HOSTILE = [
    "",
    "null",
    "[]",
    '"user_send_text"',
    "{",
    "[" * 100_000,
    json.dumps(TEXT | {"timestamp": "yesterday"}),
    json.dumps(TEXT | {"timestamp": "-1"}),
    json.dumps(TEXT | {"timestamp": "9" * 30}),
    json.dumps(TEXT | {"timestamp": None}),
    json.dumps(TEXT | {"sender": {}}),
    json.dumps(TEXT | {"sender": "2000000000000000002"}),
    json.dumps(TEXT | {"sender": {"id": "a b"}}),
    json.dumps(TEXT | {"sender": {"id": "1" * 200}}),
    json.dumps(TEXT | {"sender": {"id": True}}),
    json.dumps(TEXT | {"message": {"text": ["x"], "msg_id": MSG}}),
    json.dumps({"event_name": "follow", "oa_id": OA, "timestamp": "1760000002000"}),
]


@pytest.mark.parametrize("payload", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_event_is_refused(payload: str) -> None:
    with pytest.raises(ValueError):
        read_event(payload, OA)


def test_lone_surrogates_and_endless_text_do_no_harm() -> None:
    payload = json.dumps(TEXT | {"message": {"text": "a\ud800" * 100_000, "msg_id": "\udfff"}})
    message = read_event(payload, OA)
    assert message is not None
    message.text.encode()
    message.external_id.encode()
    assert len(message.text) <= 4000


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_NAMES = [
    *MEDIA,
    "user_send_text",
    "user_send_link",
    "follow",
    "user_submit_info",
    "user_seen_message",
    "user_withdraw",
]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(_NAMES),
    st.dictionaries(
        st.sampled_from(["sender", "recipient", "message", "follower", "info", "oa_id", "user_id", "timestamp"]), _JSON
    ),
)
def test_any_shape_is_read_or_refused(name: str, parts: dict[str, Any]) -> None:
    payload = json.dumps({"event_name": name, **parts})
    try:
        message = read_event(payload, OA)
    except ValueError:
        return
    assert message is None or isinstance(message, Message)
