"""A loopback stand-in for Zalo's send endpoint: takes messages at once and remembers when each person got one."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Self

from aiohttp import web


class Sink:
    """Accepts ``POST /v3.0/oa/message/cs`` on a free port."""

    def __init__(self) -> None:
        self.first: dict[str, float] = {}
        """When each person's first message arrived, on the monotonic clock."""
        self.count = 0
        self.url = ""
        self._arrived = asyncio.Condition()
        self._ids = itertools.count()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v3.0/oa/message/cs", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def reached(self, people: int, limit: float) -> bool:
        """Whether so many people got a message within ``limit`` seconds from now."""
        try:
            async with asyncio.timeout(limit), self._arrived:
                await self._arrived.wait_for(lambda: len(self.first) >= people)
        except TimeoutError:
            return False
        return True

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.first.setdefault(body["recipient"]["user_id"], time.monotonic())
        self.count += 1
        async with self._arrived:
            self._arrived.notify_all()
        data = {"message_id": f"{next(self._ids):020x}", "user_id": body["recipient"]["user_id"]}
        return web.json_response({"data": data, "error": 0, "message": "Success"})
