"""The least a chat bot can do, as the baseline: read the event, send one line back. Nothing stored or understood."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


def bare_app(sink: str) -> Starlette:
    """A webhook that answers every event with one message to ``sink``."""
    running: set[asyncio.Task[None]] = set()

    async def answer(client: aiohttp.ClientSession, user_id: str) -> None:
        body = {"recipient": {"user_id": user_id}, "message": {"text": "OK"}}
        async with client.post(f"{sink}/v3.0/oa/message/cs", json=body) as response:
            await response.read()

    async def hook(request: Request) -> JSONResponse:
        event = await request.json()
        task = asyncio.create_task(answer(request.app.state.client, event["sender"]["id"]))
        running.add(task)
        task.add_done_callback(running.discard)
        return JSONResponse({"ok": True})

    async def live(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as client:
            app.state.client = client
            yield

    return Starlette(
        routes=[Route("/webhooks/zalo", hook, methods=["POST"]), Route("/health/live", live)], lifespan=lifespan
    )


if __name__ == "__main__":
    port, sink = int(sys.argv[1]), sys.argv[2]
    uvicorn.run(bare_app(sink), host="127.0.0.1", port=port, log_level="critical", access_log=False)
