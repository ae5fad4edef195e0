"""``/tep/<address>``: a file made for somebody whose channel cannot carry it."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from bot.app import Loa
from bot.handouts import PATH
from bot.web import pages
from storage.files import FilePurpose, StoredFile, content_of

router = APIRouter()


@router.get(PATH + "/{token}")
async def handout(request: Request, token: str) -> Response:
    """The file. Raises 404 when the address is not ours, or the file is no longer kept."""
    loa: Loa = request.app.state.loa
    file_id = loa.handouts.file_at(token, loa.clock.now())
    async with loa.db.reading() as db:
        file = None if file_id is None else await db.get(StoredFile, file_id)
        ours = file is not None and file.purpose == FilePurpose.RECEIPT and not file.owner
        content = await content_of(db, file_id) if ours and file_id is not None else None
    if file is None or content is None:
        raise HTTPException(404)
    headers = pages.SECURITY_HEADERS | {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=file.media_type, headers=headers)
