"""The simulator refuses what Telegram refuses, asked by plain HTTP rather than by the client the house uses."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiogram import methods
from aiohttp import ClientSession

import bot.channels.telegram as package
from simulators.telegram import Person, TelegramSimulator, slow
from simulators.telegram_methods import METHODS

Ask = Any


@pytest.fixture
async def ask(telegram: TelegramSimulator) -> AsyncIterator[Ask]:
    """Calls a method with JSON; the answer's JSON."""
    async with ClientSession() as session:

        async def asked(method: str, token: str | None = None, **fields: Any) -> Any:
            async with session.post(f"{telegram.url}/bot{token or telegram.token}/{method}", json=fields) as response:
                answer = await response.json()
                assert answer["ok"] == (response.status == 200)
                assert answer.get("error_code", 200) == response.status
                return answer

        yield asked


def keyboard(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[button]]}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": "<b> </b>", "parse_mode": "HTML"}, "message text is empty"),
        ({}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "🔥" * 2049}, "message is too long"),
        ({"text": "<x>a</x>", "parse_mode": "HTML"}, 'Unsupported start tag "x" at byte offset 0'),
        ({"text": "ạ<b>a", "parse_mode": "HTML"}, 'Can\'t find end tag corresponding to start tag "b"'),
        ({"text": "a</b>", "parse_mode": "HTML"}, "Unexpected end tag at byte offset 1"),
        ({"text": "<b><i>a</b></i>", "parse_mode": "HTML"}, 'expected "</i>", found "</b>"'),
        ({"text": "a < b", "parse_mode": "HTML"}, "at byte offset 2"),
        ({"text": "a", "parse_mode": "Markdown3"}, "unsupported parse_mode"),
        ({"text": "a", "reply_markup": keyboard(text="x", callback_data="x" * 65)}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "reply_markup": keyboard(text="x", callback_data="ạ" * 22)}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "reply_markup": keyboard(text="x", callback_data="")}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "reply_markup": keyboard(text="x", url="tel:115")}, "is invalid: Wrong HTTP URL"),
        ({"text": "a", "reply_markup": keyboard(text="x")}, "Text buttons are unallowed"),
        ({"text": "a", "reply_markup": keyboard(text=" ", callback_data="x")}, "must be non-empty"),
        ({"text": "a", "reply_markup": "{"}, "can't parse reply_markup JSON object"),
        ({"text": "a", "reply_markup": {"wrong": 1}}, "can't parse reply keyboard markup"),
    ],
)
async def test_messages_telegram_would_not_send(ask: Ask, an: Person, fields: dict[str, Any], reason: str) -> None:
    answer = await ask("sendMessage", chat_id=an.id, **fields)
    assert answer["error_code"] == 400
    assert answer["description"].startswith("Bad Request: ")
    assert reason in answer["description"]
    assert an.messages == []


async def test_the_limit_counts_what_people_see(ask: Ask, an: Person) -> None:
    assert (await ask("sendMessage", chat_id=an.id, text="<b>" + "&lt;" * 4096 + "</b>", parse_mode="HTML"))["ok"]
    assert an.messages[0].text == an.messages[0].bold[0] == "<" * 4096


async def test_a_message_comes_back_as_telegram_gives_it(ask: Ask, an: Person, telegram: TelegramSimulator) -> None:
    answer = await ask("sendMessage", chat_id=str(an.id), text="a <b>ộ🔥</b>", parse_mode="html")
    message = answer["result"]
    assert message["from"]["id"] == telegram.me.id
    assert message["chat"] == {"id": an.id, "type": "private", "first_name": "An", "last_name": "Nguyễn Văn"}
    assert message["entities"] == [{"type": "bold", "offset": 2, "length": 3}]
    assert isinstance(message["date"], int)


async def test_another_token_and_another_method_are_unknown(ask: Ask) -> None:
    assert (await ask("getMe", token="1:x"))["error_code"] == 401
    assert (await ask("getYou"))["error_code"] == 404


async def test_a_tap_is_answered_once(ask: Ask, an: Person, telegram: TelegramSimulator) -> None:
    await ask("sendMessage", chat_id=an.id, text="a", reply_markup=keyboard(text="Có", callback_data="yes"))
    await an.taps("yes")
    [update] = (await ask("getUpdates"))["result"]
    query = update["callback_query"]
    assert (query["data"], query["message"]["text"]) == ("yes", "a")
    assert (await ask("answerCallbackQuery", callback_query_id=query["id"]))["result"] is True
    assert (await ask("answerCallbackQuery", callback_query_id=query["id"]))["error_code"] == 400


async def test_offsets_confirm(ask: Ask, an: Person) -> None:
    for text in "abc":
        await an.says(text)
    updates = (await ask("getUpdates", limit=2))["result"]
    assert [update["message"]["text"] for update in updates] == ["a", "b"]
    assert len((await ask("getUpdates"))["result"]) == 3
    assert len((await ask("getUpdates", offset=updates[1]["update_id"] + 1))["result"]) == 1
    assert len((await ask("getUpdates"))["result"]) == 1
    assert len((await ask("getUpdates", offset=-1))["result"]) == 1


async def test_a_second_poll_ends_the_first(ask: Ask, an: Person) -> None:
    first = asyncio.create_task(ask("getUpdates", timeout=5))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(ask("getUpdates", timeout=5))
    assert "terminated by other getUpdates" in (await first)["description"]
    await an.says("a")
    assert len((await second)["result"]) == 1


async def test_a_poll_whose_client_is_gone_is_gone(ask: Ask) -> None:
    first = asyncio.create_task(ask("getUpdates", timeout=5))
    await asyncio.sleep(0.05)
    first.cancel()
    await asyncio.sleep(0.05)
    assert (await ask("getUpdates", timeout=0))["ok"]


async def test_no_polling_beside_a_webhook(ask: Ask) -> None:
    assert (await ask("setWebhook", url="https://example.vn/x"))["ok"]
    assert "while webhook is active" in (await ask("getUpdates"))["description"]
    assert (await ask("getWebhookInfo"))["result"]["url"] == "https://example.vn/x"
    assert (await ask("deleteWebhook"))["ok"]
    assert (await ask("getUpdates"))["ok"]


@pytest.mark.parametrize("fields", [{"url": "http://example.vn"}, {"url": "https://a.vn", "secret_token": "a b"}])
async def test_webhooks_telegram_would_not_set(ask: Ask, fields: dict[str, str]) -> None:
    assert (await ask("setWebhook", **fields))["error_code"] == 400


async def test_kinds_not_asked_for_do_not_come(ask: Ask, an: Person) -> None:
    await ask("getUpdates", allowed_updates=["message"])
    an.blocks()
    await an.says("a")
    await an.edits_last("b")
    assert [sorted(update) for update in (await ask("getUpdates"))["result"]] == [["message", "update_id"]]


@pytest.mark.parametrize(
    "command",
    [
        {"command": "Menu", "description": "x"},
        {"command": "thực", "description": "x"},
        {"command": "a", "description": ""},
    ],
)
async def test_commands_telegram_would_not_take(ask: Ask, command: dict[str, str]) -> None:
    assert (await ask("setMyCommands", commands=[command]))["error_code"] == 400


async def test_people_without_a_chat_cannot_be_written_to(ask: Ask, telegram: TelegramSimulator) -> None:
    stranger = telegram.person(7)
    for started, deactivated, code in ((False, False, 403), (True, False, 200), (True, True, 403)):
        stranger.started, stranger.deactivated = started, deactivated
        answer = await ask("sendChatAction", chat_id=7, action="typing")
        assert answer.get("error_code", 200) == code
    assert (await ask("sendMessage", chat_id=8, text="a"))["description"] == "Bad Request: chat not found"


class TestSeeing:
    async def test_the_next_messages_not_seen_before(self, ask: Ask, an: Person) -> None:
        await ask("sendMessage", chat_id=an.id, text="một")
        [first] = await an.sees(1)
        waiting = asyncio.create_task(an.sees(2))
        await ask("sendMessage", chat_id=an.id, text="hai")
        await ask("sendMessage", chat_id=an.id, text="ba")
        assert [first.text, *(bubble.text for bubble in await waiting)] == ["một", "hai", "ba"]

    async def test_waiting_in_vain_says_what_did_come(self, ask: Ask, an: Person) -> None:
        await ask("sendMessage", chat_id=an.id, text="một")
        with pytest.raises(AssertionError, match="một"):
            await an.sees(2, within=0.05)

    async def test_a_button_that_is_not_there_cannot_be_tapped(self, ask: Ask, an: Person) -> None:
        await ask("sendMessage", chat_id=an.id, text="a", reply_markup=keyboard(text="Có", callback_data="yes"))
        with pytest.raises(AssertionError, match="Có"):
            await an.taps("Không")


async def test_a_fault_meets_only_whom_it_is_meant_for(ask: Ask, an: Person, telegram: TelegramSimulator) -> None:
    telegram.person(7).started = True
    telegram.fail("sendMessage", slow(0), to=7, after=1)
    telegram.fail("sendMessage", slow(9), to=8)
    async with asyncio.timeout(8):
        for user_id in (an.id, 7, 7, 7):
            assert (await ask("sendMessage", chat_id=user_id, text="a"))["ok"]
    assert telegram.unused == ["sendmessage"]
    telegram.forget_faults()


def test_every_method_the_house_calls_is_simulated() -> None:
    known = {name for name in dir(methods) if name[0].isupper()}
    used: set[str] = set()
    for path in Path(package.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "aiogram.methods":
                used |= {alias.name for alias in node.names}
    called = used & known - {"Response", "TelegramMethod"}
    assert called >= {"SendMessage", "SetWebhook"}
    assert {name.lower() for name in called} | {"getupdates"} <= set(METHODS)
