"""Taking in what people send: fetched while the update is worked on, told by its bytes, kept sealed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from bot.channels.base import Channel, Fetches, NotFetched
from bot.channels.media_types import ENDINGS, media_type
from bot.clock import Clock
from handlers.files import wanted
from handlers.messages import FileFault, FileReference, Message, ReceivedFile, clean_text
from storage.contacts import account_at
from storage.conversations import Conversation
from storage.database import Database
from storage.files import LARGEST_FILE, FilePurpose, StoredFile, files_from, keep_file

AT_ONCE = 4
"""Files fetched at the same time: what they take of the memory is bounded."""
FETCH_LIMIT = 40.0
"""Seconds one file may take."""
MOST_FILES = 60
"""Files kept of one account at a time."""
LONGEST_NAME = 100
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\s]+')

log = structlog.get_logger()


class Received:
    """Fetches the files of messages."""

    def __init__(self, db: Database, channels: Mapping[str, Channel], clock: Clock) -> None:
        self._db = db
        self._channels = channels
        self._clock = clock
        self._places = asyncio.Semaphore(AT_ONCE)

    async def brought_in(self, message: Message) -> Message:
        """The message with its files taken in, when they are wanted; or with the reason why not."""
        channel = self._channels[message.address.channel]
        if not message.files or not isinstance(channel, Fetches):
            return message
        address = str(message.address)
        async with self._db.reading() as db:
            account = await account_at(db, address)
            talk = await db.get(Conversation, address)
            is_officer = account is not None and account.contact_id is not None
            if not wanted(message, is_officer, talk.form if talk is not None else {}):
                return message
            if await files_from(db, address) >= MOST_FILES:
                return replace(message, file_fault=FileFault.TOO_MANY)
        taken = []
        for file in message.files:
            try:
                content = await self._fetched(channel, message, file)
                taken.append(await self._kept(address, file, content, self._clock.now()))
            except NotFetched as error:
                log.warning("file.not_taken", channel=channel.name, reason=error.fault.value)
                return replace(message, file_fault=error.fault)
        return replace(message, attachments=tuple(taken))

    async def _fetched(self, channel: Fetches, message: Message, file: FileReference) -> bytes:
        if file.size is not None and file.size > LARGEST_FILE:
            raise NotFetched(FileFault.TOO_LARGE)
        try:
            async with self._places, asyncio.timeout(FETCH_LIMIT):
                return await channel.fetch(message.address, file, LARGEST_FILE)
        except TimeoutError:
            raise NotFetched(FileFault.NOT_FETCHED) from None

    async def _kept(self, address: str, file: FileReference, content: bytes, now: datetime) -> ReceivedFile:
        kind = await asyncio.to_thread(media_type, content, file.name)
        if not kind:
            raise NotFetched(FileFault.UNKNOWN_KIND)
        async with self._db.session() as db:
            row: StoredFile = await keep_file(
                db, file_name(file.name, kind), content, kind, FilePurpose.RECEIVED, now, owner=address
            )
            await db.commit()
        assert row.id is not None
        return ReceivedFile(row.id, row.name, kind, row.size)


def file_name(name: str, kind: str) -> str:
    """A name safe to show and to save: no folders, no control or direction characters, with the ending of its kind."""
    stem = re.split(r"[\\/]", clean_text(name))[-1]
    before, _, _ = stem.rpartition(".")
    short = _NOT_IN_NAMES.sub(" ", before or stem).strip(". ")[:LONGEST_NAME]
    return f"{short or 'file'}.{ENDINGS[kind]}"
