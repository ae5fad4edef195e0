"""Files of replies on Zalo: uploaded once, then named by what the upload gave for as long as Zalo keeps it."""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.channels.base import FileKind
from bot.channels.uploads import FileGone, Uploads
from bot.channels.zalo.api import ZaloApi
from bot.channels.zalo.bodies import file_message, image_message
from bot.clock import Clock
from bot.errors import BadCredentials, Postponed, Rejected, Unclear
from handlers.messages import Attachment
from storage.database import Database

UPLOAD_LIFE = timedelta(days=6)
"""Zalo keeps uploads for seven days."""
EXPIRED = "-100"

log = structlog.get_logger()


class ZaloFiles:
    """Sends the files of one Official Account."""

    def __init__(self, api: ZaloApi, oa_id: str, db: Database, clock: Clock) -> None:
        self._api = api
        self._uploads = Uploads(db, f"zalo:{oa_id}", clock, UPLOAD_LIFE)

    async def send(self, to: str, file: Attachment, kind: FileKind) -> str:
        """The id of the message with the file; empty when it did not go for reasons that lie in the file, or nobody
        knows whether it went: then it is to be said where else it is to be had. Raises SendError for what concerns
        the person or the channel."""
        try:
            reference = await self._reference(file, kind)
            try:
                return await self._post(to, reference, kind)
            except Rejected as error:
                if error.code != EXPIRED:
                    raise
            await self._uploads.forget(file.file_id)
            return await self._post(to, await self._reference(file, kind), kind)
        except (FileGone, Rejected, Unclear) as error:
            log.warning("zalo.file_not_sent", file=file.file_id, error=type(error).__name__)
            return ""

    async def _reference(self, file: Attachment, kind: FileKind) -> str:
        async def upload(content: bytes) -> str:
            try:
                return await self._api.upload("image" if kind.picture else "file", file.name, content)
            except (BadCredentials, Postponed) as error:
                # Uploading is a permission and an allowance of its own: without it words still go out.
                raise Rejected(error.code, error.reason) from None

        return await self._uploads.reference(file.file_id, upload)

    async def _post(self, to: str, reference: str, kind: FileKind) -> str:
        body = image_message(to, attachment_id=reference) if kind.picture else file_message(to, reference)
        return (await self._api.send(body, to)).message_id
