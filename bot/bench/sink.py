"""A loopback stand-in for the platforms' send endpoints: takes messages at once and remembers when each person got one.

Speaks just enough HTTP to be cheap: what is measured beside it should not wait for it.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from typing import Self, cast

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_PERSON = re.compile(rb'(?:chat_id=|name="chat_id"\r\n\r\n|"(?:user|chat)_id": ?")(\d+)')
_PATH = re.compile(rb"^[A-Z]+ ([^ ?]*)")
_TELEGRAM = b'{"ok":true,"result":{"message_id":1,"date":1731283200,"chat":{"id":1,"type":"private"},"text":"x"}}'
_ZALO = b'{"data":{"message_id":"00000000000000000001","user_id":"1"},"error":0,"message":"Success"}'
_OTHER = b'{"ok":true,"result":true}'


class Sink:
    """Takes ``POST /v3.0/oa/message/cs`` (Zalo) and ``POST /bot<token>/<method>`` (Telegram) on a free port."""

    def __init__(self) -> None:
        self.first: dict[str, float] = {}
        """When each person's first message arrived, on the monotonic clock."""
        self.last = 0.0
        """When the last message arrived."""
        self.count = 0
        self.url = ""
        self.arrivals: dict[str, list[float]] = {}
        self._wanted = 0
        self._enough = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(lambda: _Talk(self), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def reached(self, messages: int, limit: float) -> bool:
        """Whether so many messages arrived, in all, within ``limit`` seconds from now."""
        self._wanted = messages
        self._enough.clear()
        if self.count < messages:
            with suppress(TimeoutError):
                async with asyncio.timeout(limit):
                    await self._enough.wait()
        return self.count >= messages

    def forget(self) -> None:
        """Begin a new measurement."""
        self.first, self.arrivals, self.count = {}, {}, 0

    def take(self, head: bytes, body: bytes) -> bytes:
        """The answer to one request."""
        path = _PATH.match(head)
        name = path[1] if path else b""
        if not (name.endswith((b"/sendMessage", b"/message/cs"))):
            return _OTHER
        person = _PERSON.search(body)
        user = person[1].decode() if person else ""
        self.last = time.monotonic()
        self.first.setdefault(user, self.last)
        self.arrivals.setdefault(user, []).append(self.last)
        self.count += 1
        if self.count >= self._wanted:
            self._enough.set()
        return _TELEGRAM if name.endswith(b"/sendMessage") else _ZALO


class _Talk(asyncio.Protocol):
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop has a class of its own

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head = self._read[:end]
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._read) < whole:
                return
            answer = self._sink.take(head, self._read[end + 4 : whole])
            self._read = self._read[whole:]
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(answer), answer)
            )
