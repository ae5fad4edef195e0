"""A loopback stand-in for the platforms' send endpoints: takes messages at once and remembers when each person got one.

Speaks just enough HTTP to be cheap: what is measured beside it should not wait for it. As a process of its own
(``python -m bot.bench.sink PORT``) it is told through ``/bench/…`` what to be like, see :mod:`bot.bench.platform`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import deque
from contextlib import suppress
from typing import Self, cast
from urllib.parse import parse_qs

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_PERSON = re.compile(rb'(?:chat_id=|name="chat_id"\r\n\r\n|"(?:user|chat)_id": ?")(\d+)')
_PATH = re.compile(rb"^[A-Z]+ ([^ ?]*)\??([^ ]*)")
_TELEGRAM = b'{"ok":true,"result":{"message_id":1,"date":1731283200,"chat":{"id":1,"type":"private"},"text":"x"}}'
_ZALO = b'{"data":{"message_id":"00000000000000000001","user_id":"1"},"error":0,"message":"Success"}'
_OTHER = b'{"ok":true,"result":true}'
_TOO_MANY = b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":3}}'
BLOCKED = 3.0
"""Seconds a strict platform takes nothing after it was sent too much."""


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
        self.latency = 0.0
        """Seconds before an answer leaves."""
        self.limit = 0
        """Messages a strict platform takes in any second; 0: as many as come."""
        self.refused = 0
        self._second: deque[float] = deque()
        self._blocked_until = 0.0
        self._wanted = 0
        self._enough = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        return await self.opened(0)

    async def opened(self, port: int) -> Self:
        """Listening on the port; 0 is a free one."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _Talk(self), "127.0.0.1", port)
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
        self.first, self.arrivals, self.count, self.refused = {}, {}, 0, 0
        self._second.clear()
        self._blocked_until = 0.0

    def take(self, head: bytes, body: bytes) -> bytes:
        """The answer to one request."""
        path = _PATH.match(head)
        name = path[1] if path else b""
        if not (name.endswith((b"/sendMessage", b"/message/cs"))):
            return self._told(name.decode(), path[2].decode() if path else "")
        now = time.monotonic()
        if self.limit and not self._fits(now):
            self.refused += 1
            return _TOO_MANY
        person = _PERSON.search(body)
        user = person[1].decode() if person else ""
        self.last = now
        self.first.setdefault(user, self.last)
        self.arrivals.setdefault(user, []).append(self.last)
        self.count += 1
        if self.count >= self._wanted:
            self._enough.set()
        return _TELEGRAM if name.endswith(b"/sendMessage") else _ZALO

    def _fits(self, now: float) -> bool:
        """Whether a strict platform takes one more; if not, it takes nothing for a while."""
        while self._second and self._second[0] <= now - 1:
            self._second.popleft()
        if now < self._blocked_until or len(self._second) >= self.limit:
            self._blocked_until = max(self._blocked_until, now + BLOCKED)
            return False
        self._second.append(now)
        return True

    def _told(self, path: str, query: str) -> bytes:
        if path == "/bench/begin":
            wanted = {name: float(values[0]) for name, values in parse_qs(query).items()}
            self.forget()
            self.latency, self.limit = wanted.get("latency", 0.0), int(wanted.get("limit", 0))
        elif path == "/bench/end":
            return json.dumps(
                {"count": self.count, "refused": self.refused, "last": self.last, "arrivals": self.arrivals}
            ).encode()
        return _OTHER


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
            status = b"429 Too Many Requests" if answer is _TOO_MANY else b"200 OK"
            lines = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            self._answer(lines % (status, len(answer), answer))

    def _answer(self, whole: bytes) -> None:
        if self._sink.latency:
            asyncio.get_running_loop().call_later(self._sink.latency, self._transport.write, whole)
        else:
            self._transport.write(whole)


async def _serve(port: int) -> None:
    await Sink().opened(port)
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    import uvloop

    uvloop.run(_serve(int(sys.argv[1])))
