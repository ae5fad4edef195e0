"""Serving a house over real HTTP, on a free port: in the test's own loop, or in a thread for tests that have none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, TypeVar

import uvicorn

from bot.web.listener import Listener, Talk

if TYPE_CHECKING:
    from bot.app import Loa


Opened = TypeVar("Opened")


@asynccontextmanager
async def served(loa: Loa) -> AsyncIterator[str]:
    """The address at which the house's web application answers."""
    from bot.web.server import create_app

    config = uvicorn.Config(
        create_app(loa),
        host="127.0.0.1",
        port=0,
        http=Talk,
        log_config=None,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = Listener(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        loa.closing = True
        await loa.webchat.aclose()
        server.should_exit = True
        await task


@contextmanager
def in_a_thread(
    opening: Callable[[], AbstractAsyncContextManager[Opened]],
) -> Iterator[tuple[Opened, asyncio.AbstractEventLoop]]:
    """What ``opening`` opens, kept open in a thread of its own, and the loop it lives in; faults are raised here."""
    ready: list[tuple[Opened, asyncio.AbstractEventLoop]] = []
    faults: list[BaseException] = []
    up, down = threading.Event(), asyncio.Event()

    async def run() -> None:
        async with opening() as opened:
            ready.append((opened, asyncio.get_running_loop()))
            up.set()
            await down.wait()

    def live() -> None:
        try:
            asyncio.run(run())
        except BaseException as fault:
            faults.append(fault)
        finally:
            up.set()

    thread = threading.Thread(target=live)
    thread.start()
    up.wait(60)
    try:
        assert not faults, faults
        yield ready[0]
    finally:
        if ready:
            ready[0][1].call_soon_threadsafe(down.set)
        thread.join(30)
        assert not faults, faults
