"""A server under test: a process of its own, up and answering, stopped afterwards."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp

START_LIMIT = 60.0
"""Seconds a server may take to come up."""


@asynccontextmanager
async def served(command: Sequence[str], environment: dict[str, str]) -> AsyncIterator[tuple[str, Process]]:
    """The command running, with ``{port}`` filled in, once it answers /health/live."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [word.replace("{port}", str(port)) for word in command]
    process = await asyncio.create_subprocess_exec(
        *words, env={**os.environ, **environment}, stdout=asyncio.subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await _wait_live(url, process)
        yield url, process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _wait_live(url: str, process: Process) -> None:
    deadline = time.monotonic() + START_LIMIT
    async with aiohttp.ClientSession() as client:
        while time.monotonic() < deadline and process.returncode is None:
            try:
                async with client.get(f"{url}/health/live") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
    raise RuntimeError("the server under test did not come up")
