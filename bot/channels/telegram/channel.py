"""The Telegram channel: replies as Bot API messages."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from aiogram.enums import ParseMode
from aiogram.methods import AnswerCallbackQuery
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Capabilities
from bot.channels.layout import bold_html, lay_out, without_bold
from bot.channels.telegram.api import BotApi, ReadyMessage
from bot.channels.telegram.capabilities import CAPABILITIES
from bot.channels.telegram.errors import BAD_MARKUP, Moved
from bot.channels.telegram.files import TelegramFiles, fetched
from bot.channels.telegram.updates import NAME, Incoming, read_update
from bot.clock import Clock
from bot.errors import ChannelUnavailable, Rejected, SendError
from content.text import Texts
from handlers.messages import Address, Attachment, Choice, FileReference, Message, Reply
from storage.database import Database
from storage.moves import move_account

RESUME_WITHIN = 900.0
"""Seconds for which a reply that was broken off goes on where it stopped, when it is sent again."""
ALBUMS_KEPT = 200
TAPS_KEPT = 1000
"""Unanswered taps remembered; Telegram forgets them after a while itself."""


DRAWN = 64
"""Replies kept as they go out: a digest's edition is the same for everybody at an agency."""


Markup = dict[str, Any]
"""A keyboard as the Bot API writes it."""


@dataclass(frozen=True)
class _Bubble:
    """One message of the Bot API."""

    text: str
    markup: Markup | None = None
    silent: bool = False
    file: Attachment | None = None
    """Goes instead of the text."""

    @cached_property
    def ready(self) -> ReadyMessage:
        return self._message(bold_html(self.text), ParseMode.HTML)

    def without_markup(self) -> ReadyMessage:
        """For a Telegram that does not understand ours."""
        return self._message(without_bold(self.text))

    def _message(self, text: str, parse_mode: str | None = None) -> ReadyMessage:
        return ReadyMessage.of(
            text=text,
            parse_mode=parse_mode,
            reply_markup=self.markup,
            link_preview_options={"is_disabled": True},
            disable_notification=self.silent,
        )


@lru_cache(DRAWN)
def _drawn(reply: Reply, can: Capabilities) -> tuple[_Bubble, ...]:
    return tuple(_Bubble(part.text, _inline(part.choices), file=part.file) for part in lay_out(reply, can))


class TelegramChannel:
    """Talks to people in private chats with one bot."""

    name = NAME
    capabilities = CAPABILITIES

    def __init__(self, token: str, api_url: str, text: Texts, clock: Clock, db: Database) -> None:
        """``text`` holds the words of Telegram's own furniture (``telegram.*``). Raises BadCredentials."""
        self.api = BotApi(token, api_url)
        self.text = text
        self._clock = clock
        self._db = db
        self._files = TelegramFiles(self.api, db, clock)
        self._taps: dict[str, list[str]] = {}
        self._albums: dict[tuple[str, str], str] = {}
        """Person and album → the update of it that is answered; the other pieces are not."""
        self._answering: set[asyncio.Task[None]] = set()
        self._phone_keyboards: set[str] = set()
        """People with our share-my-number keyboard on their screen. A restart forgets them; after one use Telegram's
        apps fold the keyboard away themselves."""
        self._broken_off = _BrokenOff()

    def translate(self, payload: str) -> Message | None:
        """See :func:`read_update`. A tap is remembered until the person is sent something: then its spinner stops."""
        incoming = read_update(payload, self.api.bot, self._clock.now())
        if incoming is None:
            return None
        if incoming.tap_id:
            self._taps.setdefault(incoming.message.address.user_id, []).append(incoming.tap_id)
            if len(self._taps) > TAPS_KEPT:
                del self._taps[next(iter(self._taps))]
        if incoming.album and self._first_of(incoming) != incoming.message.external_id:
            return None
        return incoming.message

    def _first_of(self, incoming: Incoming) -> str:
        """The update of an album that came first; the same one again when it is delivered again."""
        key = incoming.message.address.user_id, incoming.album
        first = self._albums.setdefault(key, incoming.message.external_id)
        if len(self._albums) > ALBUMS_KEPT:
            del self._albums[next(iter(self._albums))]
        return first

    async def send(self, address: Address, reply: Reply) -> str:
        """Send a reply; the message id of its last part. Raises SendError with its policy.

        When a later part fails for now, sending the same reply again goes on with that part. A group that has moved is
        followed: its account belongs to the new address before anything is sent there.
        """
        try:
            return await self._sent(address.user_id, reply)
        except Moved as moved:
            await self._follow(address, Address(NAME, moved.to))
            return await self._sent(moved.to, reply)

    async def _follow(self, old: Address, new: Address) -> None:
        try:
            async with self._db.session() as db:
                await move_account(db, str(old), str(new), self._clock.now())
                await db.commit()
        except (SQLAlchemyError, OSError) as error:
            raise ChannelUnavailable("database", type(error).__name__) from error

    async def _sent(self, chat: str, reply: Reply) -> str:
        self._stop_spinners(chat)
        bubbles = self._bubbles(chat, reply)
        last = ""
        for number in range(self._broken_off.taken_up(chat, reply), len(bubbles)):
            try:
                last = await self._deliver(chat, bubbles[number])
            except ChannelUnavailable:
                self._broken_off.note(chat, reply, number)
                raise
        if reply.ask_phone:
            self._phone_keyboards.add(chat)
        else:
            self._phone_keyboards.discard(chat)
        return last

    async def fetch(self, address: Address, file: FileReference, largest: int) -> bytes:
        """What somebody has sent. Raises NotFetched."""
        return await fetched(self.api, address.user_id, file, largest)

    async def aclose(self) -> None:
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)
        await self.api.aclose()

    def _bubbles(self, chat: str, reply: Reply) -> list[_Bubble]:
        """The messages of a reply. One message has room for one keyboard only: a second one gets its own."""
        bubbles = list(_drawn(reply, self.capabilities))
        if reply.ask_phone:
            keyboard = self._phone_keyboard()
            if bubbles[-1].markup is None:
                bubbles[-1] = replace(bubbles[-1], markup=keyboard)
            else:
                bubbles.append(_Bubble(self.text("telegram.share_phone_below"), keyboard))
        elif chat in self._phone_keyboards:
            away = {"remove_keyboard": True}
            if bubbles[0].markup is None and bubbles[0].file is None:
                bubbles[0] = replace(bubbles[0], markup=away)
            else:
                bubbles.insert(0, _Bubble(self.text("telegram.phone_keyboard_closed"), away, silent=True))
        return bubbles

    def _phone_keyboard(self) -> Markup:
        button = {"text": self.text("telegram.share_phone"), "request_contact": True}
        return {"keyboard": [[button]], "resize_keyboard": True, "one_time_keyboard": True}

    async def _deliver(self, chat: str, bubble: _Bubble) -> str:
        if bubble.file is not None:
            kind = self.capabilities.carries(bubble.file)
            sent_id = await self._files.send(chat, bubble.file, kind) if kind else ""
            return sent_id or await self._deliver(chat, _Bubble(bubble.file.instead))
        try:
            return str(await self.api.send(bubble.ready.to(chat)))
        except Rejected as error:
            if not BAD_MARKUP.search(error.reason):
                raise
            return str(await self.api.send(bubble.without_markup().to(chat)))

    def _stop_spinners(self, chat: str) -> None:
        for tap in self._taps.pop(chat, ()):
            task = asyncio.create_task(self._answer(tap))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _answer(self, tap: str) -> None:
        with suppress(SendError):  # a spinner that goes on a little is no reason to trouble anybody
            await self.api(AnswerCallbackQuery(callback_query_id=tap))


class _BrokenOff:
    """How far replies had come when the channel failed under them."""

    def __init__(self) -> None:
        self._begun: dict[tuple[str, Reply], tuple[int, float]] = {}

    def note(self, chat: str, reply: Reply, sent: int) -> None:
        now = time.monotonic()
        self._begun = {key: entry for key, entry in self._begun.items() if now - entry[1] < RESUME_WITHIN}
        if sent:
            self._begun[chat, reply] = sent, now

    def taken_up(self, chat: str, reply: Reply) -> int:
        """How many messages of this reply have already gone out; forgotten by asking."""
        sent, at = self._begun.pop((chat, reply), (0, 0.0))
        return sent if time.monotonic() - at < RESUME_WITHIN else 0


def _inline(choices: tuple[Choice, ...]) -> Markup | None:
    """One choice a row: Vietnamese labels are long and phones narrow."""
    if not choices:
        return None
    return {"inline_keyboard": [[{"text": choice.label, "callback_data": choice.value}] for choice in choices]}
