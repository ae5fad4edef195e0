"""The token stands in every Bot API address; it must stand in no log and no exception."""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback

import pytest
import structlog
from aiogram.methods import GetMe, SendMessage

from bot.channels.base import Arrival
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.pauses import Pauses
from bot.channels.telegram.poller import TelegramPoller
from bot.channels.telegram.webhook import register_webhook
from bot.errors import SendError
from handlers.messages import Address, Reply
from simulators.telegram import (
    Fault,
    Person,
    TelegramSimulator,
    bad_gateway,
    broken,
    dropped,
    refused,
    slow,
    throttled,
)
from tests.channels.telegram.conftest import Connect


def told(error: BaseException) -> str:
    """Everything an exception tells, with all it was caused by and raised during."""
    chain = []
    each: BaseException | None = error
    while each is not None:
        chain += [str(each), repr(each), repr(each.args), *traceback.format_exception(each)]
        each = each.__cause__ or each.__context__
    return "\n".join(chain)


def faults(token: str) -> list[Fault]:
    return [
        broken(),
        bad_gateway(),
        dropped(),
        throttled(1),
        slow(5),
        refused(400, f"Bad Request: no such path /bot{token}/sendMessage"),
        refused(404, f"Not Found: /bot{token}/sendMessage"),
        Fault(body=f"<html>/bot{token}/sendMessage</html>"),
        Fault(status=404, body=f"<html>/bot{token}/sendMessage</html>"),
    ]


@pytest.mark.parametrize("number", range(9))
async def test_an_exception_never_tells_the_token(
    telegram: TelegramSimulator, an: Person, connect: Connect, number: int
) -> None:
    telegram.fail("sendMessage", faults(telegram.token)[number])
    with pytest.raises(SendError) as raised:
        await connect(call_limit=0.3)(SendMessage(chat_id=an.id, text="Chào"))
    assert telegram.token not in told(raised.value)


@pytest.mark.parametrize("scheme", ["http", "https", "ftp"])
async def test_nor_when_no_connection_comes_about(connect: Connect, telegram: TelegramSimulator, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        api = connect(f"{scheme}://127.0.0.1:{mute.getsockname()[1]}", connect_limit=0.1, call_limit=0.3)
        with pytest.raises(SendError) as raised:
            await api(GetMe())
    assert telegram.token not in told(raised.value)


async def test_no_log_tells_the_token_or_what_people_say(
    telegram: TelegramSimulator, channel: TelegramChannel, an: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    accepted: list[Arrival] = []

    async def accept(_: str, arrival: Arrival) -> None:
        if len(accepted) < 2:
            accepted.append(arrival)
            raise ValueError(arrival.payload)
        accepted.append(arrival)

    with structlog.testing.capture_logs() as events:
        telegram.fail("getUpdates", bad_gateway())
        telegram.fail("getUpdates", refused(409, f"Conflict {telegram.token}"))
        telegram.fail("sendMessage", broken())
        telegram.fail("setWebhook", dropped())
        await an.says("chuyện riêng của tôi")
        polling = asyncio.create_task(TelegramPoller(channel.api, accept, Pauses(0.01, 0.02)).run())
        await telegram.taken()
        polling.cancel()
        with pytest.raises(SendError):
            await channel.send(Address("telegram", str(an.id)), Reply("trả lời riêng"))
        await register_webhook(channel.api, "http://127.0.0.1:9", "secret-of-the-webhook", Pauses(0.01, 0.02))
    written = "\n".join([*(record.getMessage() for record in caplog.records), *(str(event) for event in events)])
    assert {event["event"] for event in events} == {
        "telegram.poll_failed",
        "telegram.update_not_accepted",
        "telegram.unreachable",
    }
    ours = "\n".join(str(event) for event in events)
    for secret in (telegram.token, "riêng", an.user.full_name, "secret-of-the-webhook"):
        assert secret not in ours
    client = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("aiohttp.access"))
    assert telegram.token not in client
    assert "riêng" not in client
    assert written
