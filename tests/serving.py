"""Serving a house over real HTTP, in the test's own loop, on a free port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from bot.app import Loa


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(loa: Loa) -> AsyncIterator[str]:
    """The address at which the house's web application answers."""
    from bot.web.server import create_app

    config = uvicorn.Config(
        create_app(loa), host="127.0.0.1", port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1
    )
    server = _Server(config)
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
