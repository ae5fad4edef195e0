"""Requests to a server under test: as fast as it answers, or at a rate it has no say in."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit


@dataclass(slots=True)
class Load:
    """What was asked and how long each answer took."""

    seconds: float = 0.0
    took: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    without_retry_after: int = 0
    """Refusals that do not say when to come back."""

    @property
    def refused(self) -> int:
        """Answers other than 200."""
        return self.statuses.total() - self.statuses[200]

    @property
    def per_second(self) -> float:
        return len(self.took) / self.seconds if self.seconds else 0.0


def post(path: str, body: bytes, **headers: str) -> bytes:
    """A whole request, ready to be written."""
    lines = [f"POST {path} HTTP/1.1", "Host: bench", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def pushed(url: str, requests: Sequence[bytes], connections: int) -> Load:
    """Each connection sends the next request when the last is answered."""
    load, left = Load(), iter(requests)
    lines = [await _Line.opened(url, load) for _ in range(connections)]
    began = time.perf_counter()
    await asyncio.gather(*(line.closed_loop(left) for line in lines))
    load.seconds = time.perf_counter() - began
    return load


async def paced(url: str, requests: Sequence[bytes], per_second: float, connections: int = 64) -> Load:
    """Requests leave at their moment, whatever became of the ones before; latency counts from that moment."""
    load = Load()
    lines = deque([await _Line.opened(url, load) for _ in range(connections)])
    everyone = list(lines)
    waiting: deque[tuple[bytes, float]] = deque()
    began = time.perf_counter()
    tasks = set()

    async def send(line: _Line, request: bytes, due: float) -> None:
        await line.ask(request, due)
        while waiting:
            await line.ask(*waiting.popleft())
        lines.append(line)

    for number, request in enumerate(requests):
        due = began + number / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        if lines:
            task = asyncio.create_task(send(lines.popleft(), request, due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        else:
            waiting.append((request, due))
    while tasks:
        await asyncio.gather(*tasks)
    load.seconds = time.perf_counter() - began
    for line in everyone:
        line.close()
    return load


class _Line(asyncio.Protocol):
    """One kept-alive connection; answers are short and come in one piece, or in two."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._read = b""
        self._answered: asyncio.Future[bytes] | None = None

    @classmethod
    async def opened(cls, url: str, load: Load) -> _Line:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        _, line = await asyncio.get_running_loop().create_connection(lambda: cls(load), parts.hostname, parts.port)
        return line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop has a class of its own

    def connection_lost(self, error: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, separator, body = self._read.partition(b"\r\n\r\n")
        if not separator or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]):
            return
        self._read = b""
        if self._answered is not None:
            self._answered.set_result(head)

    async def ask(self, request: bytes, due: float | None = None) -> None:
        began = time.perf_counter() if due is None else due
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        head = await self._answered
        self._load.took.append(time.perf_counter() - began)
        status = int(head[9:12])
        self._load.statuses[status] += 1
        if status != 200 and b"retry-after" not in head.lower():
            self._load.without_retry_after += 1

    async def closed_loop(self, left: Iterator[bytes]) -> None:
        for request in left:
            await self.ask(request)
        self.close()

    def close(self) -> None:
        self._transport.close()
