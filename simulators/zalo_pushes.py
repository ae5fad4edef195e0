"""Webhook deliveries of the Zalo simulator: signed, tried again on Zalo's schedule, given up like Zalo gives up."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import aiohttp

ANSWER_WITHIN = 2.0
"""Seconds a receiver has."""
RETRIES = (30.0, 300.0, 900.0, 1800.0, 3600.0)
"""Seconds before each further attempt."""


@dataclass(slots=True)
class Push:
    """One event on its way to the receiver."""

    body: bytes
    headers: dict[str, str]
    statuses: list[int]
    """What the receiver answered, attempt by attempt; 0 for no answer."""

    @property
    def arrived(self) -> bool:
        return bool(self.statuses) and self.statuses[-1] == 200


class Pusher:
    """Sends events to ``url``. The switches bring out what a receiver must put up with."""

    def __init__(self, app_id: str, oa_secret: str, pace: float) -> None:
        """``pace`` is how many seconds of the test one second of Zalo's schedule lasts."""
        self.app_id = app_id
        self.oa_secret = oa_secret
        self.pace = pace
        self.url: str | None = None
        self.pushes: list[Push] = []
        """Everything sent, oldest first; filled also while there is no ``url``."""
        self.disabled = False
        """Set after the last retry failed: Zalo sends nothing any more."""
        self.switched_off: set[str] = set()
        """Names of events the console does not send."""
        self.connect_only = False
        """Try again only when no connection could be opened, as the documentation says; else on any failure."""
        self.twice = False
        self.wrong_mac = False
        self.escaped = False
        """Non-ASCII characters as ``\\u`` escapes."""
        self.as_numbers = False
        """Ids and timestamps as JSON numbers."""
        self.without_ids = False
        """Messages without ``msg_id``."""
        self.delay = 0.0
        """Seconds before the first attempt."""
        self._http: aiohttp.ClientSession | None = None
        self._later: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    async def settled(self) -> None:
        """Wait until every delivery and retry is over."""
        while self._later:
            await asyncio.gather(*self._later, return_exceptions=True)

    async def push(self, event: dict[str, Any]) -> list[Push]:
        """Deliver an event; returns after the first attempt. Retries follow by themselves."""
        if event["event_name"] in self.switched_off or self.disabled:
            return []
        copies = [self.pack(event) for _ in range(2 if self.twice else 1)]
        self.pushes += copies
        if self.url is None:
            return copies
        await asyncio.sleep(self.delay)
        for push in copies:
            if await self._attempt(push):
                self._spawn(self._retry(push))
        return copies

    def push_later(self, event: dict[str, Any]) -> None:
        """Deliver an event without anybody waiting for it."""
        self._spawn(self._push(event))

    async def probe(self) -> int:
        """What the console does when the address is saved: an unsigned ``{}``."""
        return await self._post(Push(b"{}", {"Content-Type": "application/json"}, []))

    def pack(self, event: dict[str, Any]) -> Push:
        """The event as it goes over the wire."""
        if self.as_numbers:
            event = _with_numbers(event)
        if self.without_ids and "message" in event:
            event = {**event, "message": {k: v for k, v in event["message"].items() if k != "msg_id"}}
        body = json.dumps(event, ensure_ascii=self.escaped, separators=(",", ":")).encode()
        timestamp = str(event.get("timestamp", ""))
        mac = hashlib.sha256(self.app_id.encode() + body + timestamp.encode() + self.oa_secret.encode()).hexdigest()
        if self.wrong_mac:
            mac = mac[::-1]
        return Push(body, {"Content-Type": "application/json", "X-ZEvent-Signature": f"mac={mac}"}, [])

    async def _push(self, event: dict[str, Any]) -> None:
        await self.push(event)

    async def _attempt(self, push: Push) -> bool:
        """Whether another attempt is due."""
        status = await self._post(push)
        return status == 0 if self.connect_only else status != 200

    async def _retry(self, push: Push) -> None:
        for number, pause in enumerate(RETRIES, 1):
            await asyncio.sleep(pause * self.pace)
            push.headers["num_retry"] = str(number)
            if not await self._attempt(push):
                return
        self.disabled = True

    async def _post(self, push: Push) -> int:
        assert self.url is not None
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN))
        try:
            async with self._http.post(self.url, data=push.body, headers=push.headers) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        push.statuses.append(status)
        return status

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)


def _with_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_numbers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_numbers(each) for each in value]
    return int(value) if isinstance(value, str) and value.isdecimal() and value.isascii() else value
