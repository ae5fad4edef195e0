"""``loa bench inbound``: citizens' questions through the whole path, beside a bare bot in the same minute.

The server is a process of its own with SQLite; this process sends signed Zalo events and plays Zalo's send endpoint.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
import socket
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bot.bench.figures import milliseconds, peak_memory
from bot.bench.sink import Sink
from nlu.examples import load_examples

MESSAGES = 400
CONNECTIONS = 16
START_LIMIT = 60.0
"""Seconds a server may take to come up."""
DRAIN_LIMIT = 120.0
"""Seconds the last replies may take."""
APP_ID, OA_ID = "1000000000000000001", "2000000000000000001"


def run() -> dict[str, Any]:
    """Messages per second and latencies of Loa and of the bare bot, and their ratio."""
    return asyncio.run(_measure())


async def _measure() -> dict[str, Any]:
    texts = _questions(MESSAGES)
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        secret = secrets.token_hex(16)
        async with Sink() as sink:
            bare = await _one(sink, [sys.executable, "-m", "bot.bench.bare", "{port}", sink.url], {}, secret, texts)
        async with Sink() as sink:
            environment = _environment(Path(folder), sink.url, secret)
            command = [sys.executable, "-m", "bot", "serve", "--port", "{port}"]
            loa = await _one(sink, command, environment, secret, texts)
    ratio = {key: round(loa[key] / bare[key], 3) for key in ("acks_per_s", "replies_per_s") if bare[key]}
    return {
        "bench": "inbound",
        "messages": MESSAGES,
        "connections": CONNECTIONS,
        "loa": loa,
        "bare": bare,
        "ratio": ratio,
    }


def _questions(count: int) -> list[str]:
    """Real questions, spread over all entries."""
    texts = [example.text for example in load_examples()]
    step = max(1, len(texts) // count)
    return (texts[::step] * 2)[:count]


def _environment(folder: Path, sink: str, secret: str) -> dict[str, str]:
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "SECRET_KEY": secrets.token_hex(16),
        "DATA_KEYS": secrets.token_hex(16),
        "LOG_LEVEL": "ERROR",
        "ZALO_APP_ID": APP_ID,
        "ZALO_APP_SECRET": secrets.token_hex(8),
        "ZALO_OA_ID": OA_ID,
        "ZALO_OA_SECRET": secret,
        "ZALO_ACCESS_TOKEN": secrets.token_hex(16),
        "ZALO_REFRESH_TOKEN": secrets.token_hex(16),
        "ZALO_API_URL": sink,
        "ZALO_OAUTH_URL": sink,
    }


async def _one(
    sink: Sink, command: Sequence[str], environment: dict[str, str], secret: str, texts: Sequence[str]
) -> dict[str, Any]:
    async with _server(command, environment) as (url, process):
        posted: dict[str, float] = {}
        acks: list[float] = []
        queue = list(enumerate(texts))
        began = time.monotonic()
        async with aiohttp.ClientSession() as client:
            await asyncio.gather(*(_post(client, url, secret, queue, posted, acks) for _ in range(CONNECTIONS)))
            acked = time.monotonic() - began
            await sink.reached(len(texts), DRAIN_LIMIT)
        replied = max(sink.first.values(), default=began) - began
        replies = [sink.first[user] - moment for user, moment in posted.items() if user in sink.first]
        return {
            "acks_per_s": round(len(acks) / acked, 1),
            "ack": milliseconds(acks),
            "replies_per_s": round(len(replies) / replied, 1) if replies else 0.0,
            "reply": milliseconds(replies),
            "unanswered": len(texts) - len(replies),
            "peak_memory_mb": peak_memory(process.pid),
        }


async def _post(
    client: aiohttp.ClientSession,
    url: str,
    secret: str,
    queue: list[tuple[int, str]],
    posted: dict[str, float],
    acks: list[float],
) -> None:
    while queue:
        number, text = queue.pop()
        user = str(3_000_000_000_000_000_000 + number)
        moment = str(int(time.time() * 1000))
        event = {
            "app_id": APP_ID,
            "sender": {"id": user},
            "user_id_by_app": user,
            "recipient": {"id": OA_ID},
            "event_name": "user_send_text",
            "message": {"text": text, "msg_id": f"{number:020x}"},
            "timestamp": moment,
        }
        body = json.dumps(event, ensure_ascii=False)
        mac = hashlib.sha256((APP_ID + body + moment + secret).encode()).hexdigest()
        posted[user] = began = time.monotonic()
        headers = {"X-ZEvent-Signature": f"mac={mac}", "Content-Type": "application/json"}
        async with client.post(f"{url}/webhooks/zalo", data=body.encode(), headers=headers) as response:
            await response.read()
            assert response.status == 200, response.status
        acks.append(time.monotonic() - began)


@asynccontextmanager
async def _server(command: Sequence[str], environment: dict[str, str]) -> AsyncIterator[tuple[str, Process]]:
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
