"""A stand-in for Zalo's Bot Platform: one bot, its chats, polling (408 when nobody writes) and a webhook."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any, Self

import aiohttp
from aiohttp import web

from simulators.clock import Clock


class ZaloBotSimulator:
    """One bot. ``says`` writes to it; ``messages`` is what each chat has received."""

    def __init__(self, clock: Clock, hold: float = 0.05) -> None:
        self.clock = clock
        self.hold = hold
        """Seconds a poll stays open."""
        self.token = "1234567890:bot-token-of-the-tests"  # noqa: S105 - of nobody
        self.flat = False
        """Pushes without ``ok`` and ``result`` around, as one client has met."""
        self.messages: dict[str, list[str]] = {}
        self.faults: list[tuple[int, dict[str, Any] | None] | None] = []
        """Status and body (None: a page) of the next answers to ``sendMessage``; None for one that is accepted."""
        self.calls: list[str] = []
        self.hook: dict[str, str] = {}
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def says(self, chat: str, text: str, kind: str = "text", **message: Any) -> None:
        """Somebody writes to the bot."""
        words = {"text": text} if kind == "text" else {"caption": text}
        event = {
            "event_name": f"message.{kind}.received",
            "message": {
                "message_id": f"m{next(self._numbers)}",
                "date": int(self.clock.now().timestamp() * 1000),
                "from": {"id": chat, "display_name": "A", "is_bot": False},
                "chat": {"id": chat, "chat_type": "PRIVATE"},
                **words,
                **message,
            },
        }
        if not self.hook:
            self._waiting.put_nowait(event)
            return
        headers = {"X-Bot-Api-Secret-Token": self.hook["secret_token"]}
        body = event if self.flat else {"ok": True, "result": event}
        async with aiohttp.ClientSession() as http, http.post(self.hook["url"], json=body, headers=headers) as answer:
            assert answer.status == 200

    async def _answer(self, request: web.Request) -> web.Response:
        method, body = request.match_info["method"], await request.json()
        self.calls.append(method)
        if request.match_info["token"] != self.token:
            return _refused(401, "Unauthorized")
        if method == "sendMessage":
            fault = self.faults.pop(0) if self.faults else None
            if fault is not None:
                status, answer = fault
                if answer is None:
                    return web.Response(status=status, text="<html></html>")
                return web.json_response(answer, status=status)
            if not body.get("chat_id") or not 0 < len(body.get("text", "")) <= 2000:
                return _refused(400, "Bad Request")
            self.messages.setdefault(body["chat_id"], []).append(body["text"])
            return web.json_response({"ok": True, "result": {"message_id": f"b{next(self._numbers)}", "date": 1}})
        if method == "getUpdates":
            if self.hook:
                return _refused(400, "webhook is set")
            try:
                async with asyncio.timeout(self.hold):
                    return web.json_response({"ok": True, "result": await self._waiting.get()})
            except TimeoutError:
                return _refused(408, "Request timeout")
        if method == "setWebhook":
            self.hook = body
        elif method == "deleteWebhook":
            self.hook = {}
        return web.json_response({"ok": True, "result": {"url": self.hook.get("url", ""), "updated_at": 1}})


def _refused(code: int, description: str) -> web.Response:
    return web.json_response({"ok": False, "error_code": code, "description": description})
