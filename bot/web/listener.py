"""The web server inside a loop of our own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Listener(uvicorn.Server):
    """uvicorn without its own signals: those are ours, else nothing after ``serve()`` would run."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Talk(HttpToolsProtocol):
    """uvicorn's side of a connection, with answers that leave in one piece: it hands over head and body apart, and each
    would be a system call here and wake the other side."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(cast("asyncio.Transport", _Gathering(transport)))


class _Gathering:
    """A transport that sends what is written in one round of the event loop together."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._written: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)

    def close(self) -> None:
        self._send()
        self._transport.close()

    def _send(self) -> None:
        written, self._written = self._written, []
        if written and not self._transport.is_closing():  # the other side may have gone meanwhile
            self._transport.writelines(written)
