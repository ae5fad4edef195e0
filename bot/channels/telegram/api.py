"""Calling the Bot API: aiogram's client with our time limits, and failures as SendError."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar, cast

import structlog
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import Response, SendMessage, TelegramMethod
from aiogram.utils.token import TokenValidationError
from aiohttp import BytesPayload, ClientTimeout

from bot.channels.telegram.errors import send_error
from bot.channels.telegram.pauses import Pauses
from bot.errors import BadCredentials, ChannelUnavailable, Throttled, Unclear

CALL_LIMIT = 20.0
"""Seconds a call may take in all."""
CONNECT_LIMIT = 5.0
"""Seconds a connection may take to come about; when it does not, nothing was sent and the call can be repeated."""
DEFAULT_PAUSE = 5
"""Seconds to hold back after a 429 that does not say how long."""

log = structlog.get_logger()

T = TypeVar("T")


class BotApi:
    """One bot's access to the Bot API. Call it with a method object of aiogram."""

    def __init__(
        self,
        token: str,
        url: str,
        call_limit: float = CALL_LIMIT,
        connect_limit: float = CONNECT_LIMIT,
        moment: Callable[[], float] = time.monotonic,
    ) -> None:
        """``url`` is the Bot API server's, ``https://api.telegram.org`` or one's own.

        Raises BadCredentials when the token is not of a token's form.
        """
        limits = ClientTimeout(total=call_limit, sock_connect=connect_limit)
        self._moment = moment
        self._rests_until = 0.0
        session = _Session(api=TelegramAPIServer.from_base(url), timeout=limits)  # handed to aiohttp as it is
        try:
            self.bot = Bot(token, session=session)
        except TokenValidationError:
            raise BadCredentials("", "the token is not of the form 123456:letters") from None

    async def send(self, message: ReadyMessage) -> int:
        """Telegram's id of the message it has taken. Raises SendError."""
        sent = await self(cast("SendMessage", message))
        return sent.message_id

    async def __call__(self, method: TelegramMethod[T], limit: float | None = None) -> T:
        """The answer to ``method``; ``limit`` in seconds replaces the usual one. Raises SendError.

        Once Telegram has asked to slow down, nothing is sent to anybody before the time it named: every call raises
        Throttled with what is left of it. Updates are fetched all the same, for they are counted apart; and a group
        that has had too much waits alone.
        """
        fetches = method.__api_method__ == "getUpdates"
        if not fetches:
            self._keep_rest()
        try:
            return await self.bot(method, request_timeout=cast("int | None", limit))
        except AiogramError as error:
            failure = send_error(error, self.bot.token)
        if isinstance(failure, Throttled) and not failure.chat_only and not fetches:
            self._rests_until = max(self._rests_until, self._moment() + failure.retry_after)
        raise failure  # outside the except clause: what aiogram raised may hold the address, and so the token

    def _keep_rest(self) -> None:
        left = self._rests_until - self._moment()
        if left > 0:
            raise Throttled(left, "429", f"resting {left:.0f} s")

    async def insist(self, method: TelegramMethod[T], pauses: Pauses) -> T:
        """The answer to ``method``, which may safely be repeated: asked for until Telegram can be reached.

        Raises Rejected or BadCredentials when Telegram refuses.
        """
        while True:
            try:
                return await self(method)
            except (ChannelUnavailable, Unclear) as error:
                log.warning("telegram.unreachable", method=method.__api_method__, code=error.code, error=error.key)
                await pauses.after(error)

    async def aclose(self) -> None:
        await self.bot.session.close()


class ReadyMessage:
    """A text message made ready once, however many people it is for: a method of aiogram's that leaves as JSON."""

    __api_method__ = SendMessage.__api_method__
    __returning__ = SendMessage.__returning__
    __slots__ = ("_rest", "chat_id")

    def __init__(self, rest: str, chat_id: str = "") -> None:
        """``rest`` is the body without its opening brace and for whom it is."""
        self._rest, self.chat_id = rest, chat_id

    @classmethod
    def of(cls, **fields: object) -> Self:
        """With fields of sendMessage; those that are None are left out."""
        given = {name: value for name, value in fields.items() if value is not None}
        return cls(json.dumps(given, ensure_ascii=False)[1:])

    def to(self, chat: str) -> Self:
        """The same for somebody."""
        return type(self)(self._rest, chat)

    @property
    def body(self) -> bytes:
        return f'{{"chat_id": {json.dumps(self.chat_id)}, {self._rest}'.encode()


class _Session(AiohttpSession):
    """aiogram's session, telling a broken server apart from an answer of Telegram's. What it makes anew for each call
    is made once: half the work of a send."""

    _RESPONSES: ClassVar[dict[Any, type[Response[Any]]]] = {}
    """pydantic forgets a generic class nobody holds."""

    def build_form_data(self, bot: Bot, method: TelegramMethod[T]) -> Any:
        if isinstance(method, ReadyMessage):
            return BytesPayload(method.body, content_type="application/json")
        return super().build_form_data(bot, method)  # may carry a file

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def check_response(self, bot: Bot, method: TelegramMethod[T], status_code: int, content: str) -> Response[T]:
        if isinstance(method, ReadyMessage) and status_code == 200:
            sent = _sent(content)
            if sent is not None:
                return cast("Response[T]", sent)
        if method.__returning__ not in self._RESPONSES:
            self._RESPONSES[method.__returning__] = Response[method.__returning__]  # type: ignore[name-defined]
        if status_code >= 500:
            raise TelegramServerError(method, f"HTTP {status_code}")
        try:
            return super().check_response(bot, method, status_code, content)
        except (ClientDecodeError, TelegramAPIError) as error:
            if status_code == 429 and not isinstance(error, TelegramRetryAfter):
                raise TelegramRetryAfter(method, "", DEFAULT_PAUSE) from None
            if isinstance(error, ClientDecodeError) and status_code >= 300:
                # A page of a gateway or a firewall: Telegram itself has said nothing, so its 403 blocks nobody.
                raise TelegramServerError(method, f"HTTP {status_code}") from None
            raise


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message Telegram has taken. The whole message it gives back would be read for nothing."""

    message_id: int


@dataclass(frozen=True, slots=True)
class _Taken:
    """Telegram's answer to it."""

    result: _Sent


def _sent(content: str) -> _Taken | None:
    """What became of a message; None when that is for aiogram to say."""
    try:
        answer = json.loads(content)
        number = answer["result"]["message_id"] if answer["ok"] is True else None
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    return _Taken(_Sent(number)) if type(number) is int else None
