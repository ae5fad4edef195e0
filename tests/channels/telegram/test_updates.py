"""What Telegram sends, in the shapes of the Bot API's documentation, and the Message each update becomes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot

from bot.channels.base import MalformedUpdate
from bot.channels.telegram.channel import TAPS_KEPT, TelegramChannel
from bot.channels.telegram.updates import NAME_LIMIT, WANTED, read_update
from handlers.messages import TEXT_LIMIT, Address, FileReference, Kind, Message
from tests.channels.telegram.conftest import TAPPED_AT

INCOMING = Path(__file__).parent / "incoming"
BOT = Bot("700000001:AAnot-a-token")
SENT_AT = datetime(2024, 11, 11, 1, 0, tzinfo=UTC)

GROUP = Address("telegram", "-1001234567890")
PHOTO = FileReference("AgACAgUAAxkBAAIC", size=81233)
"""The largest of the sizes a photo comes in."""
MESSAGES: dict[str, dict[str, Any] | None] = {
    "text": {"kind": Kind.TEXT, "text": "Ăn nấm rừng bị đau bụng phải làm sao?"},
    "text_decomposed": {"kind": Kind.TEXT, "text": "Ngặt khoí"},
    "text_hidden_characters": {"kind": Kind.TEXT, "text": "cháy  pin"},
    "text_emoji": {"kind": Kind.TEXT, "text": "🔥🛵 xe cháy 👨 👩 👧"},
    "text_quoting": {"kind": Kind.TEXT, "text": "còn cái này?"},
    "text_quoting_unknown_content": {"kind": Kind.TEXT, "text": "xem giúp"},
    "text_forwarded": {"kind": Kind.TEXT, "text": "Mỗi nhà chuẩn bị 1 xô cát"},
    "start": {"kind": Kind.FOLLOWED},
    "start_with_code": {"kind": Kind.FOLLOWED, "start_code": "K7QM2X9P"},
    "start_with_mention_and_code": {"kind": Kind.FOLLOWED, "start_code": "inv-K7QM_2X9P"},
    "start_with_chatter": {"kind": Kind.FOLLOWED},
    "starting_like_start": {"kind": Kind.TEXT, "text": "/started hôm qua"},
    "command": {"kind": Kind.TEXT, "text": "/menu"},
    "command_with_mention": {"kind": Kind.TEXT, "text": "/huy"},
    "photo": {"kind": Kind.MEDIA, "media": "photo", "files": (PHOTO,)},
    "photo_with_caption": {
        "kind": Kind.MEDIA,
        "media": "photo",
        "text": "Nấm này ăn được không?",
        "files": (PHOTO,),
    },
    "sticker": {"kind": Kind.MEDIA, "media": "sticker"},
    "voice": {"kind": Kind.MEDIA, "media": "voice"},
    "audio": {"kind": Kind.MEDIA, "media": "voice"},
    "video": {"kind": Kind.MEDIA, "media": "video", "text": "Cháy ở chợ"},
    "video_note": {"kind": Kind.MEDIA, "media": "video"},
    "animation": {"kind": Kind.MEDIA, "media": "video"},
    "document": {
        "kind": Kind.MEDIA,
        "media": "file",
        "files": (FileReference("BQACAgUAAxkB", "Công văn 003.pdf", 203311),),
    },
    "location": {"kind": Kind.MEDIA, "media": "location"},
    "venue": {"kind": Kind.MEDIA, "media": "location"},
    "poll": {"kind": Kind.MEDIA, "media": "other"},
    "dice": {"kind": Kind.MEDIA, "media": "other"},
    "contact_own": {"kind": Kind.CONTACT, "phone": "+84905123456"},
    "contact_of_somebody_else": {"kind": Kind.MEDIA, "media": "contact"},
    "contact_of_nobody": {"kind": Kind.MEDIA, "media": "contact"},
    "tap": {"kind": Kind.CHOICE, "choice": "faq:food.doc_to_tu_nhien.nam", "sent_at": TAPPED_AT},
    "tap_under_an_old_message": {"kind": Kind.CHOICE, "choice": "ack:12", "sent_at": TAPPED_AT},
    "blocked": {"kind": Kind.UNFOLLOWED},
    "name_hostile": {"kind": Kind.TEXT, "text": "alo", "address": Address("telegram", "5190022")},
    "name_empty": {"kind": Kind.TEXT, "text": "alo", "address": Address("telegram", "5190023"), "display_name": ""},
    "notice_pinned": None,
    "notice_timer": None,
    "content_of_a_later_version": None,
    "tap_in_a_group": None,
    "tap_inline": None,
    "tap_on_a_game": None,
    "edited": {"kind": Kind.MEDIA, "media": "edited", "text": "Sửa lại"},
    "unblocked": None,
    "added_to_a_group": {"kind": Kind.GROUPED, "address": GROUP, "display_name": ""},
    "group_moved": {
        "kind": Kind.MOVED,
        "address": Address("telegram", "-471100"),
        "moved_to": GROUP,
        "display_name": "",
    },
    "removed_from_a_group": None,
    "group_text": None,
    "channel_post": None,
    "inline_query": None,
    "kind_of_a_later_version": None,
}


def payload(name: str) -> str:
    return (INCOMING / f"{name}.json").read_text(encoding="utf-8")


def read(payload: str) -> Message | None:
    incoming = read_update(payload, BOT, TAPPED_AT)
    return incoming.message if incoming else None


def test_every_payload_has_its_expectation() -> None:
    assert {path.stem for path in INCOMING.glob("*.json")} == set(MESSAGES)


@pytest.mark.parametrize("name", MESSAGES)
def test_an_update_becomes_a_message(name: str) -> None:
    expected = MESSAGES[name]
    message = read(payload(name))
    if expected is None:
        assert message is None
        return
    assert message is not None
    usual: dict[str, Any] = {
        "address": Address("telegram", "5190021"),
        "external_id": str(json.loads(payload(name))["update_id"]),
        "sent_at": SENT_AT,
        "display_name": message.display_name if name == "name_hostile" else "An Nguyễn Văn",
    }
    assert message == Message(**(usual | expected))


def test_a_hostile_name_is_one_short_line_without_tricks() -> None:
    message = read(payload("name_hostile"))
    assert message is not None
    name = message.display_name
    assert name.startswith("<b>**Quản trị**</b> & [x](tg://user?id=1) ạ")
    assert len(name) <= NAME_LIMIT
    assert not set(name) & set("\u202e\n\x00")


def text_update(text: str) -> str:
    update = json.loads(payload("text"))
    update["message"]["text"] = text
    return json.dumps(update)


def test_a_long_text_is_cut() -> None:
    message = read(text_update("ộ" * 10_000))
    assert message is not None
    assert message.text == "ộ" * TEXT_LIMIT


def test_lone_surrogates_are_dropped() -> None:
    """JSON can spell half a character; no database takes it."""
    text = read(text_update("cháy \ud83d pin \udd25\ud83d\udd25"))
    update = json.loads(payload("photo_with_caption"))
    update["message"]["from"]["first_name"] = update["message"]["caption"] = "\udd25a"
    caption = read(json.dumps(update))
    update = json.loads(payload("tap"))
    update["callback_query"]["data"] = "a\udd25"
    tap = read(json.dumps(update))
    assert text
    assert caption
    assert tap
    assert text.text == "cháy  pin 🔥"
    assert (caption.text, caption.display_name, tap.choice) == ("a", "a Nguyễn Văn", "a")


def test_a_nul_in_forged_button_data_does_not_reach_the_database() -> None:
    update = json.loads(payload("tap"))
    update["callback_query"]["data"] = "faq:\x00x"
    message = read(json.dumps(update))
    assert message is not None
    assert message.choice == "faq: x"


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "nonsense",
        "[]",
        '"text"',
        "{}",
        '{"update_id": "1"}',
        '{"update_id": true}',
        '{"update_id": 1, "message": null}',
        '{"update_id": 1, "message": []}',
        '{"update_id": 1, "message": {"text": "bí mật"}}',
        '{"update_id": 1, "callback_query": {"id": "bí mật"}}',
        '{"update_id": 1, "my_chat_member": {"date": "bí mật"}}',
        '{"update_id": 1, "message": {"message_id": 1, "date": "bí mật", "chat": {"id": 1, "type": "private"}}}',
        '{"update_id": 1, "message": ' + "[" * 450 + "]" * 450 + "}",
        "[" * 100_000,
    ],
)
def test_what_is_no_update_is_refused_without_repeating_its_words(payload: str) -> None:
    with pytest.raises(MalformedUpdate) as refused:
        read(payload)
    assert "bí mật" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_only_kinds_that_mean_something_are_asked_for() -> None:
    answered = {key for name, expected in MESSAGES.items() if expected for key in json.loads(payload(name))}
    assert answered - {"update_id"} == set(WANTED)


async def test_taps_nobody_answers_do_not_pile_up(channel: TelegramChannel) -> None:
    update = json.loads(payload("tap"))
    for number in range(TAPS_KEPT + 10):
        update["callback_query"]["from"]["id"] = number + 1
        channel.translate(json.dumps(update))
    assert len(channel._taps) == TAPS_KEPT
