"""The simulator as a second client library understands it: what one client reads into an answer by its own leniency,
another one stumbles over. python-telegram-bot shares no code with the client of the house."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup, Update
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from simulators.telegram import (
    Fault,
    Person,
    TelegramSimulator,
    bad_gateway,
    broken,
    dropped,
    dropped_before,
    throttled,
)
from simulators.telegram_methods import METHODS

EVERYTHING = ["message", "edited_message", "callback_query", "my_chat_member"]


@pytest.fixture
async def client(telegram: TelegramSimulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # else it warns that it will tell spans so
    async with _connected(telegram) as bot:
        yield bot


def _connected(telegram: TelegramSimulator) -> Bot:
    return Bot(
        telegram.token,
        base_url=f"{telegram.url}/bot",
        base_file_url=f"{telegram.url}/file/bot",
        request=HTTPXRequest(read_timeout=5),
    )


async def _only(client: Bot, **wanted: Any) -> Update:
    [update] = await client.get_updates(timeout=2, allowed_updates=EVERYTHING, **wanted)
    await client.get_updates(offset=update.update_id + 1, timeout=0)
    return update


async def test_it_knows_itself(client: Bot, telegram: TelegramSimulator) -> None:
    me = await client.get_me()
    assert (me.id, me.is_bot, me.username) == (telegram.me.id, True, "loa_test_bot")


async def test_a_message_with_bold_and_buttons_arrives_and_its_button_comes_back(client: Bot, an: Person) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Đã nhận", callback_data="ack:1")]])
    sent = await client.send_message(an.id, "Gọi <b>115</b> &amp; chờ", ParseMode.HTML, reply_markup=keyboard)
    assert sent.text == "Gọi 115 & chờ"
    assert sent.text_html == "Gọi <b>115</b> &amp; chờ"
    [bubble] = await an.sees(1)
    assert (bubble.text, bubble.bold, bubble.labels) == ("Gọi 115 & chờ", ("115",), ["Đã nhận"])

    await an.taps("Đã nhận")
    tap = (await _only(client)).callback_query
    assert tap is not None
    assert tap.data == "ack:1"
    assert tap.message is not None
    assert tap.message.message_id == sent.message_id
    assert an.spinning
    assert await tap.answer()
    assert not an.spinning
    with pytest.raises(BadRequest, match=r"[Qq]uery is too old"):
        await tap.answer()


async def test_the_phone_keyboard_and_the_number_that_is_shared(client: Bot, an: Person) -> None:
    button = KeyboardButton("Gửi số", request_contact=True)
    await client.send_message(an.id, "Cho xin số", reply_markup=ReplyKeyboardMarkup([[button]]))
    assert an.phone_button == "Gửi số"
    await an.shares_contact("+84900000001")
    message = (await _only(client)).message
    assert message is not None
    assert message.contact is not None
    assert (message.contact.phone_number, message.contact.user_id) == ("+84900000001", an.id)


DEEDS: list[tuple[str, Callable[[Person], Awaitable[None]], Callable[[Update], object]]] = [
    ("starts", lambda an: an.starts("CODE_1"), lambda u: u.message and u.message.text == "/start CODE_1"),
    ("says", lambda an: an.says("ăn nấm 🍄"), lambda u: u.message and u.message.text == "ăn nấm 🍄"),
    ("photo", lambda an: an.sends_photo("gì"), lambda u: u.message and u.message.photo and u.message.caption == "gì"),
    ("album", lambda an: an.sends_album(1), lambda u: u.message and u.message.media_group_id and u.message.photo),
    ("sticker", lambda an: an.sends_sticker(), lambda u: u.message and u.message.sticker),
    ("voice", lambda an: an.sends_voice(), lambda u: u.message and u.message.voice),
    (
        "file",
        lambda an: an.sends_document("a.pdf"),
        lambda u: u.message and u.message.document and u.message.document.file_name == "a.pdf",
    ),
    (
        "place",
        lambda an: an.sends_location(14.3, 108),
        lambda u: u.message and u.message.location and u.message.location.latitude == 14.3,
    ),
    ("edit", lambda an: an.edits_last("b"), lambda u: u.edited_message and u.edited_message.edit_date),
]


@pytest.mark.parametrize(("_name", "deed", "told"), DEEDS, ids=[name for name, *_ in DEEDS])
async def test_what_people_do_is_read_as_it_was_meant(
    client: Bot, an: Person, _name: str, deed: Callable[[Person], Awaitable[None]], told: Callable[[Update], object]
) -> None:
    await deed(an)
    update = await _only(client)
    assert told(update), update
    assert update.effective_user is not None
    assert update.effective_user.id == an.id
    assert update.effective_chat is not None
    assert update.effective_chat.type == "private"
    assert update.effective_message is not None
    assert update.effective_message.date.tzinfo is not None


async def test_blocking_and_coming_back(client: Bot, an: Person) -> None:
    an.blocks()
    change = (await _only(client)).my_chat_member
    assert change is not None
    assert (change.old_chat_member.status, change.new_chat_member.status) == ("member", "kicked")
    with pytest.raises(Forbidden, match="blocked by the user"):
        await client.send_message(an.id, "a")
    an.unblocks()
    change = (await _only(client)).my_chat_member
    assert change is not None
    assert change.new_chat_member.status == "member"
    assert await client.send_message(an.id, "a")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (throttled(7), RetryAfter),
        (broken(), NetworkError),
        (bad_gateway(), NetworkError),
        (dropped(), NetworkError),
        (dropped_before(), NetworkError),
    ],
)
async def test_faults_are_what_this_client_knows_too(
    client: Bot, an: Person, telegram: TelegramSimulator, fault: Fault, kind: type[TelegramError]
) -> None:
    telegram.fail("sendMessage", fault)
    with pytest.raises(TelegramError) as raised:
        await client.send_message(an.id, "a")
    assert type(raised.value) is kind
    assert len(an.messages) == fault.carried_out


async def test_refusals(client: Bot, an: Person, telegram: TelegramSimulator) -> None:
    with pytest.raises(BadRequest, match=r"[Cc]hat not found"):
        await client.send_message(1, "a")
    with pytest.raises(BadRequest, match="too long"):
        await client.send_message(an.id, "x" * 4097)
    with pytest.raises(BadRequest, match=r"[Cc]an't parse entities"):
        await client.send_message(an.id, "<b>a", ParseMode.HTML)
    telegram.revoked = True
    with pytest.raises(InvalidToken):
        await client.send_message(an.id, "a")


async def test_two_pollers_fight_and_a_webhook_shuts_both_out(client: Bot, telegram: TelegramSimulator) -> None:
    first = asyncio.create_task(client.get_updates(timeout=4))
    while telegram._poll is None:
        await asyncio.sleep(0.01)
    async with _connected(telegram) as another:
        assert await another.get_updates(timeout=0) == ()
    with pytest.raises(Conflict):
        await first
    assert await client.set_webhook(f"{telegram.url}/nowhere", secret_token="s3cret")
    info = await client.get_webhook_info()
    assert (info.url, info.pending_update_count) == (f"{telegram.url}/nowhere", 0)
    with pytest.raises(Conflict):
        await client.get_updates()
    assert await client.delete_webhook(drop_pending_updates=True)


async def test_the_menu_and_typing(client: Bot, an: Person, telegram: TelegramSimulator) -> None:
    assert await client.set_my_commands([("menu", "Mở danh mục")])
    assert telegram.commands == {"menu": "Mở danh mục"}
    assert not an.types_to_me
    assert await client.send_chat_action(an.id, ChatAction.TYPING)
    assert an.types_to_me
    await client.send_message(an.id, "a")
    assert not an.types_to_me


async def test_documents_and_pictures_go_by_their_bytes_then_by_name(client: Bot, an: Person) -> None:
    sent = await client.send_document(an.id, b"%PDF-1.7", filename="Công văn 003.pdf")
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.file_size) == ("Công văn 003.pdf", 8)
    await client.send_document(an.id, sent.document.file_id)
    picture = await client.send_photo(an.id, b"\x89PNG\r\n")
    assert [(bubble.file, bool(bubble.picture), bubble.content) for bubble in an.messages] == [
        ("Công văn 003.pdf", False, b"%PDF-1.7"),
        ("Công văn 003.pdf", False, b"%PDF-1.7"),
        ("", True, b"\x89PNG\r\n"),
    ]
    fetched = await (await client.get_file(sent.document.file_id)).download_as_bytearray()
    assert bytes(fetched) == b"%PDF-1.7"
    with pytest.raises(BadRequest, match=r"[Ww]rong file identifier"):
        await client.send_document(an.id, picture.photo[-1].file_id)
    with pytest.raises(BadRequest, match=r"(?i)image_process_failed"):
        await client.send_photo(an.id, b"%PDF-1.7")


def test_no_method_is_left_out_above() -> None:
    """Methods this client has been tried on. A new one in the simulator belongs here too."""
    assert set(METHODS) == {
        "answercallbackquery",
        "deletewebhook",
        "getfile",
        "getme",
        "getupdates",
        "getwebhookinfo",
        "sendchataction",
        "senddocument",
        "sendmessage",
        "sendphoto",
        "setmycommands",
        "setwebhook",
    }
