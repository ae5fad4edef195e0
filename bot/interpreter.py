"""Understanding in a process of its own: it takes a millisecond a message, for which the event loop would keep the
platforms waiting.

The process is forked once the model is loaded and before anything else lives here, so the two share its memory.
Nothing depends on it: while it is gone, each turn understands its message itself.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import socket
import struct
import sys
from collections import deque
from typing import Self

import structlog

from nlu.understanding import Understander
from nlu.verdict import Understanding

log = structlog.get_logger()

_OUTLIVED = (signal.SIGINT, signal.SIGTERM)
"""Signals a terminal or a supervisor sends to the whole group: the turns still in hand are finished first."""
_LENGTH = struct.Struct("!I")
"""Comes before each text on its way there and each answer on its way back."""


class Interpreter(asyncio.Protocol):
    """The line to the process. Texts are answered in the order they are asked."""

    def __init__(self, line: socket.socket, process: int) -> None:
        self._line = line
        self._process = process
        self._asked: deque[asyncio.Future[Understanding | None]] = deque()
        self._read = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    @classmethod
    def forked(cls, nlu: Understander) -> Self | None:
        """A process that understands as ``nlu`` does; None where a process cannot be split in two.

        To be called before there are threads or an event loop.
        """
        if sys.platform != "linux":
            return None
        gc.collect()
        gc.freeze()  # what both hold is not written to by collections, so it stays shared
        ours, theirs = socket.socketpair()
        unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, _OUTLIVED)  # a signal this early must not end it either
        process = os.fork()
        if process == 0:
            ours.close()
            for number in _OUTLIVED:
                signal.signal(number, signal.SIG_IGN)
            try:
                _interpret(theirs, nlu)
            finally:
                os._exit(0)
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
        theirs.close()
        return cls(ours, process)

    async def open(self) -> None:
        """Begin to listen, in the running loop."""
        await asyncio.get_running_loop().create_connection(lambda: self, sock=self._line)

    async def understand(self, text: str) -> Understanding | None:
        """What ``text`` means; None when the process cannot tell."""
        if self._transport is None:
            return None
        data = text.encode("utf-8", "surrogatepass")
        answer: asyncio.Future[Understanding | None] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        self._transport.write(_LENGTH.pack(len(data)) + data)
        return await answer

    async def aclose(self) -> None:
        """End the process. Closing twice is fine."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        if self._process:
            process, self._process = self._process, 0
            await asyncio.to_thread(os.waitpid, process, 0)  # it ends when its line does

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop has a class of its own

    def connection_lost(self, error: Exception | None) -> None:
        if self._transport is not None:
            log.error("interpreter.gone", error=type(error).__name__)
            self._transport = None
        while self._asked:
            self._tell(None)

    def data_received(self, data: bytes) -> None:
        read = self._read
        read += data
        start = 0
        while len(read) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(read, start)
            end = start + _LENGTH.size + length
            if len(read) < end:
                break
            answer = bytes(read[start + _LENGTH.size : end])
            self._tell(pickle.loads(answer) if answer else None)  # noqa: S301 - from our own process
            start = end
        del read[:start]

    def _tell(self, understanding: Understanding | None) -> None:
        answer = self._asked.popleft()
        if not answer.done():  # a turn may have been given up meanwhile
            answer.set_result(understanding)


def _interpret(line: socket.socket, nlu: Understander) -> None:
    """Answer until the line ends."""
    with line, line.makefile("rb") as asked:
        while head := asked.read(_LENGTH.size):
            text = asked.read(*_LENGTH.unpack(head)).decode("utf-8", "surrogatepass")
            try:
                answer = pickle.dumps(nlu.understand(text), pickle.HIGHEST_PROTOCOL)
            except Exception:  # the turn runs into the same fault, where it is known whose it is
                answer = b""
            line.sendall(_LENGTH.pack(len(answer)) + answer)
