"""Files of replies as pictures and documents of the Bot API; and fetching those people send."""

from __future__ import annotations

from contextlib import suppress

import structlog
from aiogram.enums import ChatAction
from aiogram.methods import GetFile, SendChatAction, SendDocument, SendPhoto
from aiogram.types import BufferedInputFile, InputFile
from aiogram.types import Message as TelegramMessage
from aiohttp import ClientError

from bot.channels.base import FileKind, NotFetched
from bot.channels.telegram.api import BotApi
from bot.channels.uploads import FileGone, Uploads
from bot.clock import Clock
from bot.errors import Rejected, SendError, Unclear
from handlers.messages import Attachment, FileFault, FileReference
from storage.database import Database

FILE_LIMIT = 40.0
"""Seconds a call that carries a file may take."""

TOO_BIG = "file is too big"
"""Telegram's words for more than a bot may fetch (20 MB)."""

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


async def fetched(api: BotApi, chat: str, file: FileReference, largest: int) -> bytes:
    """The bytes of a file somebody sent, while the person sees that something is being done. Raises NotFetched."""
    with suppress(SendError):
        await api(SendChatAction(chat_id=chat, action=ChatAction.TYPING))
    try:
        found = await api(GetFile(file_id=file.reference))
    except Rejected as error:
        raise NotFetched(FileFault.TOO_LARGE if TOO_BIG in error.reason else FileFault.NOT_FETCHED) from None
    except SendError:
        raise NotFetched(FileFault.NOT_FETCHED) from None
    if not found.file_path:
        raise NotFetched(FileFault.NOT_FETCHED)
    content = bytearray()
    url = api.bot.session.api.file_url(api.bot.token, found.file_path)  # holds the token: no error may carry it
    try:
        async for chunk in api.bot.session.stream_content(url, timeout=int(FILE_LIMIT)):
            content += chunk
            if len(content) > largest:
                raise NotFetched(FileFault.TOO_LARGE)
    except (ClientError, TimeoutError, OSError):
        raise NotFetched(FileFault.NOT_FETCHED) from None
    return bytes(content)


def _not_sent(file: Attachment, error: Exception) -> str:
    log.warning("telegram.file_not_sent", file=file.file_id, error=type(error).__name__)
    return ""
