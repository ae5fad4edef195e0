"""Files of replies as pictures and documents of the Bot API."""

from __future__ import annotations

import structlog
from aiogram.methods import SendDocument, SendPhoto
from aiogram.types import BufferedInputFile, InputFile
from aiogram.types import Message as TelegramMessage

from bot.channels.base import FileKind
from bot.channels.telegram.api import BotApi
from bot.channels.uploads import FileGone, Uploads
from bot.clock import Clock
from bot.errors import Rejected, Unclear
from handlers.messages import Attachment
from storage.database import Database

FILE_LIMIT = 40.0
"""Seconds a call that carries a file may take."""

log = structlog.get_logger()


class TelegramFiles:
    """Sends files: the first time their bytes, after that by Telegram's name for them."""

    def __init__(self, api: BotApi, db: Database, clock: Clock) -> None:
        self._api = api
        # Telegram's name for a picture is none for a document.
        self._pictures = Uploads(db, f"telegram:{api.bot.id}:photo", clock)
        self._documents = Uploads(db, f"telegram:{api.bot.id}", clock)

    async def send(self, chat: str, file: Attachment, kind: FileKind) -> str:
        """The id of the message with the file; empty when it did not go for reasons that lie in the file, or nobody
        knows whether it went: then it is to be said where else it is to be had. Raises SendError for what concerns
        the person or the channel."""
        if kind.picture:
            try:
                return await self._send(chat, file, as_picture=True)
            except Rejected:  # too long and narrow, say: as a document it goes all the same
                pass
            except (Unclear, FileGone) as error:
                return _not_sent(file, error)
        try:
            return await self._send(chat, file, as_picture=False)
        except (Rejected, Unclear, FileGone) as error:
            return _not_sent(file, error)

    async def _send(self, chat: str, file: Attachment, as_picture: bool) -> str:
        uploads = self._pictures if as_picture else self._documents
        sent: list[TelegramMessage] = []

        async def post(named: InputFile | str) -> str:
            """Telegram's name for what was sent."""
            method: SendPhoto | SendDocument
            if as_picture:
                method = SendPhoto(chat_id=chat, photo=named)
            else:
                method = SendDocument(chat_id=chat, document=named, disable_content_type_detection=True)
            message = await self._api(method, limit=FILE_LIMIT)
            sent.append(message)
            if message.photo:
                return message.photo[-1].file_id
            return message.document.file_id if message.document else ""

        async def upload(content: bytes) -> str:
            return await post(BufferedInputFile(content, file.name))

        reference = await uploads.reference(file.file_id, upload)
        if not sent:
            try:
                await post(reference)
            except Rejected:
                await uploads.forget(file.file_id)
                await uploads.reference(file.file_id, upload)
        return str(sent[-1].message_id)


def _not_sent(file: Attachment, error: Exception) -> str:
    log.warning("telegram.file_not_sent", file=file.file_id, error=type(error).__name__)
    return ""
