"""Every way a call can go wrong on the wire, and the SendError it becomes."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
from aiogram.methods import GetMe, SendMessage

from bot.channels.telegram.channel import TelegramChannel
from bot.errors import (
    BadCredentials,
    ChannelUnavailable,
    ContactGone,
    Rejected,
    SendError,
    Throttled,
    Unclear,
)
from content.text import Texts
from handlers.messages import Address, Reply
from simulators.telegram import (
    Fault,
    Person,
    TelegramSimulator,
    bad_gateway,
    broken,
    dropped,
    dropped_before,
    refused,
    slow,
    throttled,
)
from storage.database import Database
from tests.channels.telegram.conftest import Connect, StoppedClock

AN = Address("telegram", "5190021")

FAULTS: list[tuple[Fault, type[SendError], str, str]] = [
    (
        refused(403, "Forbidden: bot was blocked by the user"),
        ContactGone,
        "403",
        "Forbidden: bot was blocked by the user",
    ),
    (refused(403, "Forbidden: user is deactivated"), ContactGone, "403", "Forbidden: user is deactivated"),
    (refused(403, "Forbidden: bot can't initiate conversation with a user"), ContactGone, "403", "Forbidden"),
    (refused(400, "Bad Request: chat not found"), ContactGone, "400", "Bad Request: chat not found"),
    (refused(400, "Bad Request: PEER_ID_INVALID"), ContactGone, "400", "PEER_ID_INVALID"),
    (refused(400, "Bad Request: message is too long"), Rejected, "400", "Bad Request: message is too long"),
    (refused(400, "Bad Request: BUTTON_DATA_INVALID"), Rejected, "400", "Bad Request: BUTTON_DATA_INVALID"),
    (refused(401, "Unauthorized"), BadCredentials, "401", "Unauthorized"),
    (refused(404, "Not Found"), BadCredentials, "404", "Not Found"),
    (refused(409, "Conflict: terminated by other getUpdates request"), Rejected, "409", "Conflict"),
    (refused(413, "Request Entity Too Large"), Rejected, "413", "Request Entity Too Large"),
    (refused(418, "I'm a teapot"), Rejected, "", "I'm a teapot"),
    (throttled(7), Throttled, "429", "retry after 7"),
    (refused(429, "Too Many Requests"), Throttled, "429", ""),
    (Fault(status=429, body="<html>slow down</html>"), Throttled, "429", ""),
    (broken(), ChannelUnavailable, "5xx", "HTTP 500"),
    (Fault(status=503, body='{"ok": false}'), ChannelUnavailable, "5xx", "HTTP 503"),
    (bad_gateway(502), ChannelUnavailable, "5xx", "HTTP 502"),
    (bad_gateway(504), ChannelUnavailable, "5xx", "HTTP 504"),
    (bad_gateway(403), ChannelUnavailable, "5xx", "HTTP 403"),  # a firewall's page blocks nobody
    (bad_gateway(404), ChannelUnavailable, "5xx", "HTTP 404"),
    (Fault(status=200, body="<html>log in to the hotel's network</html>"), Unclear, "", "ClientDecodeError"),
    (Fault(status=200, body='{"ok": true, "result": {"message": "of a later version"}}'), Unclear, "", ""),
    (dropped(), Unclear, "network", "ServerDisconnectedError"),
    (dropped_before(), Unclear, "network", "ServerDisconnectedError"),
]


@pytest.mark.parametrize(("fault", "kind", "code", "reason"), FAULTS, ids=lambda value: str(value)[:40])
async def test_a_fault_on_the_wire(
    channel: TelegramChannel,
    an: Person,
    telegram: TelegramSimulator,
    fault: Fault,
    kind: type[SendError],
    code: str,
    reason: str,
) -> None:
    telegram.fail("sendMessage", fault)
    with pytest.raises(SendError) as raised:
        await channel.send(AN, Reply("Chào"))
    assert type(raised.value) is kind
    assert raised.value.code == code
    assert reason in raised.value.reason
    assert len(telegram.called(SendMessage)) == 1, "the adapter itself repeats nothing"
    if kind is Throttled:
        return
    await channel.send(AN, Reply("Chào"))  # and the next one goes through
    assert an.messages[-1].text == "Chào"


async def test_telegram_says_how_long_to_wait(
    channel: TelegramChannel, an: Person, telegram: TelegramSimulator
) -> None:
    telegram.fail("sendMessage", throttled(31))
    with pytest.raises(Throttled) as raised:
        await channel.send(AN, Reply("Chào"))
    assert raised.value.retry_after == 31


class TestPeople:
    """The simulator's own reasons to refuse, as Telegram has them."""

    async def test_who_has_blocked_the_bot_is_gone(self, channel: TelegramChannel, an: Person) -> None:
        an.blocks()
        with pytest.raises(ContactGone):
            await channel.send(AN, Reply("Chào"))
        an.unblocks()
        await channel.send(AN, Reply("Chào"))

    async def test_who_never_wrote_is_gone(self, channel: TelegramChannel, telegram: TelegramSimulator) -> None:
        telegram.person(9, "Lạ")
        with pytest.raises(ContactGone):
            await channel.send(Address("telegram", "9"), Reply("Chào"))

    @pytest.mark.parametrize("user_id", ["123456789", "không phải số"])
    async def test_who_does_not_exist_is_gone(self, channel: TelegramChannel, user_id: str) -> None:
        with pytest.raises(ContactGone):
            await channel.send(Address("telegram", user_id), Reply("Chào"))

    async def test_an_empty_reply_is_rejected(self, channel: TelegramChannel, an: Person) -> None:
        with pytest.raises(Rejected) as raised:
            await channel.send(AN, Reply(" "))
        assert raised.value.reason == "Bad Request: message text is empty"


class TestNetwork:
    async def test_a_refused_connection_can_be_repeated(self, connect: Connect) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with pytest.raises(ChannelUnavailable):
            await connect(f"http://127.0.0.1:{port}")(GetMe())

    async def test_a_name_nobody_knows_can_be_repeated(self, connect: Connect) -> None:
        with pytest.raises(ChannelUnavailable):
            await connect("http://telegram.invalid")(GetMe())

    async def test_a_connection_that_never_comes_about_can_be_repeated(self, connect: Connect) -> None:
        """The port is open, and nobody answers the TLS greeting: nothing was sent."""
        with socket.create_server(("127.0.0.1", 0)) as mute:
            api = connect(f"https://127.0.0.1:{mute.getsockname()[1]}", connect_limit=0.2, call_limit=5)
            with pytest.raises(ChannelUnavailable) as raised:
                await api(GetMe())
        assert raised.value.reason == "ConnectionTimeoutError"

    async def test_a_late_answer_leaves_it_unclear(
        self, connect: Connect, an: Person, telegram: TelegramSimulator
    ) -> None:
        telegram.fail("sendMessage", slow(5))
        with pytest.raises(Unclear):
            await connect(call_limit=0.2)(SendMessage(chat_id=an.id, text="Chào"))
        assert [bubble.text for bubble in an.messages] == ["Chào"]

    async def test_a_connection_that_breaks_leaves_it_unclear(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator
    ) -> None:
        telegram.fail("sendMessage", dropped())
        with pytest.raises(Unclear):
            await channel.send(AN, Reply("Chào"))
        assert [bubble.text for bubble in an.messages] == ["Chào"]

    async def test_a_broken_answer_leaves_it_unclear(self, connect: Connect) -> None:
        async def half_an_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"ok": true')
            with contextlib.suppress(ConnectionError):
                await writer.drain()
            writer.close()

        server = await asyncio.start_server(half_an_answer, "127.0.0.1", 0)
        async with server:
            with pytest.raises(Unclear):
                await connect(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")(GetMe())


@pytest.mark.parametrize("token", ["", "abc", "12 34:x", "x:y", "123:"])
def test_a_token_of_no_tokens_form_is_bad_credentials(token: str, texts: Texts, files: Database) -> None:
    with pytest.raises(BadCredentials) as raised:
        TelegramChannel(token, "http://127.0.0.1:1", texts, StoppedClock(), files)
    assert not token or token not in str(raised.value)


async def test_another_bots_token_is_bad_credentials(connect: Connect) -> None:
    with pytest.raises(BadCredentials):
        await connect(token="700000002:AAanother-token-of-another-bot")(GetMe())


async def test_closing_twice_is_fine(channel: TelegramChannel, an: Person) -> None:
    await channel.send(AN, Reply("Chào"))
    await channel.aclose()
    await channel.aclose()
