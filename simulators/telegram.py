"""A Telegram of our own: the Bot API over real HTTP, and people who use it.

::

    async with TelegramSimulator() as telegram:
        channel = TelegramChannel(telegram.token, telegram.url, catalog.text, clock, db)
        an = telegram.person(1001, "An")
        await an.starts()                      # the bot gets /start, by polling or by webhook
        [greeting] = await an.sees(1)          # waits for the bot's message
        await an.taps("An toàn thực phẩm")     # a button, by label, beginning of a label or data
        telegram.fail("sendMessage", throttled(3))

Nothing in it knows the house: it answers as Telegram does, and refuses what Telegram refuses.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from aiogram import types
from aiogram.methods import GetUpdates, TelegramMethod
from aiohttp import ClientError, ClientSession, ClientTimeout, web
from pydantic import BaseModel

from simulators.clock import Clock, MachineClock
from simulators.disorder import Disorder
from simulators.telegram_faults import (
    Fault,
    bad_gateway,
    broken,
    dropped,
    dropped_before,
    refused,
    slow,
    throttled,
)
from simulators.telegram_methods import METHODS, Refused, read_request
from simulators.telegram_people import Bubble, Button, Person

__all__ = [
    "Bubble",
    "Button",
    "Fault",
    "Person",
    "TelegramSimulator",
    "bad_gateway",
    "broken",
    "dropped",
    "dropped_before",
    "refused",
    "slow",
    "throttled",
]

TOKEN = "700000001:AAsimulated-token_of-the-simulator-0123"  # noqa: S105 - of nobody
TERMINATED = {
    False: "other getUpdates request; make sure that only one bot instance is running",
    True: "setWebhook request",
}
DEFAULT_UPDATES = frozenset({"message", "edited_message", "callback_query", "my_chat_member"})


@dataclass(slots=True)
class _Planned:
    method: str
    fault: Fault
    times: int
    to: int | None
    after: int


@dataclass(slots=True)
class _Webhook:
    url: str = ""
    secret: str = ""
    last_error: str = ""
    last_error_at: datetime | None = None
    answers: list[int] = field(default_factory=list)
    """Status of each push so far; 0 where there was no answer."""


class TelegramSimulator:
    """A Bot API server for one bot, on a free port of this machine."""

    def __init__(self, token: str = TOKEN, retry_pause: float = 0.05, clock: Clock | None = None) -> None:
        """``retry_pause``: seconds between two tries of a webhook. ``clock`` dates messages."""
        self.clock = clock or MachineClock()
        self.token = token
        self.url = ""
        """Address of the server, once started: what TELEGRAM_API_URL is set to."""
        self.me = types.User(id=int(token.split(":")[0]), is_bot=True, first_name="Loa", username="loa_test_bot")
        self.people: dict[int, Person] = {}
        self.pending: deque[dict[str, Any]] = deque()
        """Updates nobody has confirmed yet."""
        self.calls: list[TelegramMethod[Any]] = []
        """Every request that could be read, in order, as aiogram's method objects."""
        self.files: dict[str, tuple[str, bytes]] = {}
        """Name and bytes by id."""
        self.file_kinds: dict[str, str] = {}
        """What each was sent as first: ``photo`` or ``document``."""
        self.commands: dict[str, str] = {}
        self.allowed: list[str] | None = None
        self.webhook = _Webhook()
        self.latency = 0.0
        """Seconds every answer takes."""
        self.standing: Fault | None = None
        """What every message the bot sends meets, until it is taken away."""
        self.revoked = False
        """Whether the token is good no more."""
        self.wrong_secret = False
        """Whether pushes carry another secret than was agreed."""
        self.disorder = Disorder(self._put)
        self._retry_pause = retry_pause
        self._planned: list[_Planned] = []
        self._message_ids = itertools.count(1)
        self._update_ids = itertools.count(882_000_001)
        self._news = asyncio.Event()
        self._confirmed = asyncio.Event()
        self._sent = asyncio.Event()
        self._poll: asyncio.Event | None = None
        self._runner: web.AppRunner | None = None
        self._pushing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/documents/{file}", self._hand_out)
        # Without cancellation a poll whose client has gone would go on and fight with the next one.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        self.disorder.close()
        self.set_webhook("", "", None)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def person(self, user_id: int, first_name: str = "An", last_name: str | None = None) -> Person:
        """Somebody with a phone, who has not written to the bot yet. The same id gives the same person."""
        if user_id not in self.people:
            user = types.User(id=user_id, is_bot=False, first_name=first_name, last_name=last_name, language_code="vi")
            self.people[user_id] = Person(self, user)
        return self.people[user_id]

    def fail(self, method: str, fault: Fault, times: int = 1, to: int | None = None, after: int = 0) -> None:
        """``times`` calls of ``method`` go wrong, the next ones or those ``after`` so many; with ``to`` only calls
        for this person count."""
        self._planned.append(_Planned(method.lower(), fault, times, to, after))

    @property
    def unused(self) -> list[str]:
        """Methods with faults that have been planned and not met yet."""
        return [planned.method for planned in self._planned]

    def forget_faults(self) -> None:
        self._planned.clear()

    def called(self, kind: type[TelegramMethod[Any]]) -> list[Any]:
        """The calls of one method, in order."""
        return [call for call in self.calls if isinstance(call, kind)]

    def queue(self, **content: types.TelegramObject) -> int | None:
        """A new update of one kind, e.g. ``message=…``; its id, or None when the bot does not want this kind."""
        [(kind, value)] = content.items()
        if kind not in (self.allowed or DEFAULT_UPDATES):
            return None
        number = next(self._update_ids)
        self.disorder.put({"update_id": number, kind: _plain(value)})
        return number

    def queue_raw(self, update: dict[str, Any]) -> None:
        """Any update, as JSON: captured ones, ones of a later Bot API, one that was delivered before."""
        self._put(update)

    def _put(self, update: dict[str, Any]) -> None:
        self.pending.append(update)
        self._news.set()

    async def taken(self, within: float = 5.0) -> None:
        """Wait until the bot has confirmed every update."""
        async with asyncio.timeout(within):
            while self.pending:
                self._confirmed.clear()
                await self._confirmed.wait()

    def forget_pending(self) -> None:
        self.pending.clear()
        self._confirmed.set()

    def next_message_id(self) -> int:
        return next(self._message_ids)

    def note_sent(self) -> None:
        self._sent.set()
        self._sent = asyncio.Event()

    async def something_sent(self) -> None:
        """Wait for the bot's next message to anybody."""
        await self._sent.wait()

    async def poll(self, request: GetUpdates) -> list[dict[str, Any]]:
        """Long polling. A new poll ends one that is still open: two programs with one token take turns failing."""
        if self._poll is not None:
            self._poll.set()
        ended = self._poll = asyncio.Event()
        if request.allowed_updates is not None:
            self.allowed = request.allowed_updates
        self._confirm(request.offset)
        try:
            if not self.pending:
                await self._wait_for_news(request.timeout or 0, ended)
        finally:
            if self._poll is ended:
                self._poll = None
        if ended.is_set():
            raise Refused(409, f"Conflict: terminated by {TERMINATED[bool(self.webhook.url)]}")
        return list(self.pending)[: request.limit or 100]

    def set_webhook(self, url: str, secret: str, allowed: list[str] | None) -> None:
        if self._pushing is not None:
            self._pushing.cancel()
            self._pushing = None
        self.webhook = _Webhook(url, secret)
        if url and self._poll is not None:
            self._poll.set()
        if allowed is not None:
            self.allowed = allowed
        if url:
            self._pushing = asyncio.create_task(self._push())

    def _confirm(self, offset: int | None) -> None:
        if offset is None:
            return
        self._confirmed.set()
        if offset < 0:
            while len(self.pending) > -offset:
                self.pending.popleft()
            return
        self.pending = deque(update for update in self.pending if update["update_id"] >= offset)

    async def _wait_for_news(self, seconds: float, ended: asyncio.Event) -> None:
        self._news.clear()
        waits = {asyncio.create_task(self._news.wait()), asyncio.create_task(ended.wait())}
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _push(self) -> None:
        hook = self.webhook
        async with ClientSession(timeout=ClientTimeout(total=10)) as session:
            while True:
                while not self.pending:
                    self._news.clear()
                    await self._news.wait()
                update = self.pending[0]
                secret = hook.secret[::-1] + "x" if self.wrong_secret else hook.secret
                headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
                try:
                    async with session.post(hook.url, json=update, headers=headers) as response:
                        status = response.status
                except (ClientError, TimeoutError):
                    status = 0
                hook.answers.append(status)
                if 200 <= status < 300:
                    if self.pending and self.pending[0] is update:
                        self.pending.popleft()
                        self._confirmed.set()
                    continue
                hook.last_error = f"Wrong response from the webhook: {status}" if status else "Connection refused"
                hook.last_error_at = self.clock.now()
                await asyncio.sleep(self._retry_pause)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.latency:
            await asyncio.sleep(self.latency)
        fault = Fault()
        try:
            if self.revoked or request.match_info["token"] != self.token:
                raise Refused(401, "Unauthorized")
            name = request.match_info["method"].lower()
            if name not in METHODS:
                raise Refused(404, "Not Found: method not found")
            kind, method = METHODS[name]
            call = read_request(kind, self._taken_in(await _fields(request)))
            self.calls.append(call)
            fault = self._next_fault(name, getattr(call, "chat_id", None)) or fault
            if fault.refusal is not None:
                raise fault.refusal
            clean = fault == Fault()
            result = await method(self, call) if clean or fault.carried_out else None
            answer: dict[str, Any] = {"ok": True, "result": _plain(result)}
            status = 200
        except Refused as refusal:
            status = refusal.code
            answer = {"ok": False, "error_code": refusal.code, "description": refusal.description}
            if refusal.parameters:
                answer["parameters"] = refusal.parameters
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.drop and request.transport is not None:
            request.transport.abort()
        if fault.body:
            return web.Response(status=fault.status, text=fault.body, content_type="text/html")
        return web.json_response(answer, status=status)

    async def _hand_out(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file; a fault planned for ``download`` is met here."""
        fault = self._next_fault("download", None) or Fault()
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.drop and request.transport is not None:
            request.transport.abort()
        found = self.files.get(request.match_info["file"])
        if found is None or request.match_info["token"] != self.token or fault.status != 200:
            return web.Response(status=404 if fault.status == 200 else fault.status)
        return web.Response(body=found[1])

    def _taken_in(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields with every file that came along kept, and named as Telegram names it. A file comes under the name
        of its field, or under any name the field refers to."""
        kept = {
            name: self.keep(value.filename, value.file.read())
            for name, value in fields.items()
            if isinstance(value, web.FileField)
        }
        named = {f"attach://{name}": file_id for name, file_id in kept.items()}
        return kept | {
            name: named.get(value, value) if isinstance(value, str) else value
            for name, value in fields.items()
            if name not in kept
        }

    def keep(self, name: str, content: bytes) -> str:
        """A file of anybody's; the id it goes by."""
        file_id = f"file-{next(self._message_ids)}-{len(content)}"
        self.files[file_id] = name, content
        return file_id

    def _next_fault(self, method: str, chat_id: int | str | None) -> Fault | None:
        for planned in self._planned:
            if planned.method == method and str(planned.to) in ("None", str(chat_id)):
                if planned.after:
                    planned.after -= 1
                    return None
                planned.times -= 1
                if planned.times == 0:
                    self._planned.remove(planned)
                return planned.fault
        return self.standing if method.startswith("send") else None


async def _fields(request: web.Request) -> Mapping[str, Any]:
    if request.content_type == "application/json":
        body = await request.json()
        return body if isinstance(body, dict) else {}
    return {**request.query, **await request.post()}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    return value
