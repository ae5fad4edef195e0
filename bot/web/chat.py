"""The web chat: works without JavaScript, nicer with it. In demo mode the visitor picks who to be."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from itsdangerous import BadSignature, URLSafeSerializer
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser

from bot.app import Loa
from bot.channels.base import PICTURES, Arrival
from bot.channels.layout import bold_html
from bot.channels.media_types import ENDINGS
from bot.channels.webchat import LONGEST_BODY, NAME, brought, opened, said, tapped
from bot.received import LONGEST_NAME
from bot.web import pages
from handlers.messages import CHOICE_BYTES, Address, Choice, FileReference, Reply, plain
from storage.files import LARGEST_FILE, content_of
from storage.webchat import WebchatMessage, webchat_since

router = APIRouter()

COOKIE = "loa_chat"
COOKIE_LIFE = 90 * 24 * 3600
"""Seconds a browser is remembered."""
BURST, BURST_SECONDS = 15, 10.0
"""Most messages one browser may send within so many seconds."""
REMEMBERED = 10_000
"""Browsers whose pace is remembered; beyond that the longest known are forgotten."""
PATIENCE = 5.0
"""Seconds a browser without JavaScript waits for the answer before its page is shown."""
FILE_TOO_LARGE, FILE_MISSING = "web.file_too_large", "web.file_missing"
"""Details of a refusal that say more than its number."""
_DEMO_OFFICER = re.compile(r"demo-[a-z0-9_]{1,60}-\d{1,2}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser at hand: a citizen with a random id, or an officer of the demo."""

    user_id: str
    new: bool = False


@router.get("/chat")
async def page(request: Request) -> Response:
    loa = _loa(request)
    visitor = _visitor(request)
    address = Address(NAME, visitor.user_id)
    if visitor.new:
        await loa.accept(NAME, opened(visitor.user_id))
        await loa.inbox.idle(address, PATIENCE)
    bubbles = await _bubbles(loa, visitor.user_id, 0)
    response = pages.of(request).render(
        "chat/page.html",
        bubbles=[_bubble(row) for row in bubbles],
        last=bubbles[-1].id if bubbles else 0,
        me=visitor.user_id,
        endings=",".join(f".{ending}" for ending in (*ENDINGS.values(), "jpeg")),
        largest=LARGEST_FILE,
        officers=loa.catalog.province.demo_contacts if loa.settings.demo else (),
        agencies=loa.catalog.province.agencies,
    )
    _remember(response, loa, visitor.user_id)
    return response


@router.post("/chat/say")
async def say(request: Request) -> Response:
    """A line or a tapped button, from a form."""
    visitor = _visitor(request)
    request.app.state.pace.check(visitor.user_id)
    form = await _form(request)
    text, choice, label = form.get("text", ""), form.get("choice", ""), form.get("label", "")
    if choice:
        if len(choice.encode()) > CHOICE_BYTES:
            raise HTTPException(400)
        arrival = tapped(visitor.user_id, Choice(label.strip() or choice, choice))
        words = label.strip() or choice
    elif text.strip():
        arrival = said(visitor.user_id, text)
        words = arrival_text(arrival.payload)
    else:
        raise HTTPException(400)
    return await _taken(request, visitor, arrival, words)


@router.post("/chat/file")
async def bring(request: Request) -> Response:
    """A picture or a document, from a form. What becomes of it is decided like that of a file from any platform: see
    :mod:`bot.received`."""
    loa = _loa(request)
    visitor = _visitor(request)
    request.app.state.pace.check(visitor.user_id)
    upload = await _upload(request)
    name = plain(upload.filename or "")[-LONGEST_NAME:]
    picture = (upload.content_type or "").startswith("image/")
    file = FileReference(loa.webchat.hold(upload.file), upload.filename or "", upload.size)
    words = loa.catalog.text("web.file_sent", name=name)
    return await _taken(request, visitor, brought(visitor.user_id, file, picture), words)


async def _taken(request: Request, visitor: Visitor, arrival: Arrival, words: str) -> Response:
    """Show what the person did and hand it on. Scripts read the stream; without one the answer is waited for."""
    loa = _loa(request)
    await loa.webchat.show(visitor.user_id, Reply(plain(words)).to_json(), from_person=True)
    await loa.accept(NAME, arrival)
    if request.headers.get("x-requested-with") == "fetch":
        response = Response(status_code=204)
    else:
        await loa.inbox.idle(Address(NAME, visitor.user_id), PATIENCE)
        response = RedirectResponse("/chat", 303)
    _remember(response, loa, visitor.user_id)
    return response


@router.get("/chat/messages")
async def messages(request: Request, after: int = 0) -> list[dict[str, Any]]:
    """The bubbles after one, for browsers without an event stream."""
    visitor = _visitor(request)
    return [_bubble(row) for row in await _bubbles(_loa(request), visitor.user_id, after)]


@router.get("/chat/events")
async def events(request: Request, after: int = 0) -> StreamingResponse:
    """The bubbles after one and all that follow, as server-sent events."""
    loa = _loa(request)
    visitor = _visitor(request)
    return StreamingResponse(
        _stream(loa, request, visitor.user_id, after),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.get("/chat/files/{bubble}")
async def file(request: Request, bubble: int) -> Response:
    """The file of a bubble, for the browser whose talk it stands in. Raises 404 for anybody else, and when the file is
    no longer kept."""
    visitor = _visitor(request)
    async with _loa(request).db.reading() as db:
        row = await db.get(WebchatMessage, bubble)
        sent = Reply.from_json(row.body).attachment if row is not None and row.user_id == visitor.user_id else None
        content = None if sent is None else await content_of(db, sent.file_id)
    if sent is None or content is None:
        raise HTTPException(404)
    picture = sent.media_type in PICTURES
    headers = pages.SECURITY_HEADERS | {
        "Content-Disposition": f"{'inline' if picture else 'attachment'}; filename*=UTF-8''{quote(sent.name, safe='')}",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=sent.media_type if picture else "application/octet-stream", headers=headers)


@router.post("/chat/persona")
async def persona(request: Request) -> Response:
    """Demo only: become a new citizen, or an officer of the demo."""
    loa = _loa(request)
    if not loa.settings.demo:
        raise HTTPException(404)
    chosen = (await _form(request)).get("who", "")
    if chosen == "department":
        return RedirectResponse("/console", 303)
    known = {contact.user_id for contact in loa.catalog.province.demo_contacts}
    if chosen != "citizen" and not (_DEMO_OFFICER.fullmatch(chosen) and chosen in known):
        raise HTTPException(400)
    response = RedirectResponse("/chat", 303)
    if chosen == "citizen":
        response.delete_cookie(COOKIE)
    else:
        _remember(response, loa, chosen)
    return response


def arrival_text(payload: str) -> str:
    """The words of an arrival as the other side will read them."""
    data: dict[str, str] = json.loads(payload)
    return data["text"][:4000]


async def _stream(loa: Loa, request: Request, user_id: str, after: int) -> AsyncIterator[str]:
    async with loa.webchat.watching(user_id) as added:
        yield "retry: 2000\n\n"
        while not loa.closing:
            added.clear()
            for row in await _bubbles(loa, user_id, after):
                after = row.id or after
                yield f"id: {after}\ndata: {json.dumps(_bubble(row), ensure_ascii=False)}\n\n"
            try:
                await asyncio.wait_for(added.wait(), 15)
            except TimeoutError:
                yield ": still here\n\n"
            if await request.is_disconnected():
                return


async def _bubbles(loa: Loa, user_id: str, after: int) -> list[WebchatMessage]:
    async with loa.db.reading() as db:
        return list(await webchat_since(db, user_id, after))


def _bubble(row: WebchatMessage) -> dict[str, Any]:
    return {
        "id": row.id,
        "mine": row.from_person,
        "html": bold_html(str(row.body["text"])),
        "choices": row.body["choices"],
        "call": row.body["call"],
        "file": _file(row),
        "at": pages.clock_time(row.at),
    }


def _file(row: WebchatMessage) -> dict[str, Any] | None:
    """The file of a bubble as a link, and whether it is shown as a picture."""
    file = Reply.from_json(row.body).attachment
    if file is None:
        return None
    return {"name": file.name, "href": f"/chat/files/{row.id}", "picture": file.media_type in PICTURES}


def _loa(request: Request) -> Loa:
    loa: Loa = request.app.state.loa
    return loa


def _signer(loa: Loa) -> URLSafeSerializer:
    return URLSafeSerializer(loa.settings.session_secret, salt="webchat")


def _visitor(request: Request) -> Visitor:
    try:
        user_id = _signer(_loa(request)).loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return Visitor(secrets.token_hex(12), new=True)
    return Visitor(str(user_id))


def _remember(response: Response, loa: Loa, user_id: str) -> None:
    response.set_cookie(
        COOKIE,
        str(_signer(loa).dumps(user_id)),
        max_age=COOKIE_LIFE,
        httponly=True,
        samesite="lax",
        secure=loa.settings.base_url.startswith("https://"),
    )


async def _form(request: Request) -> dict[str, str]:
    """The text fields of a posted form. Raises 413 when it is too large, 400 when it is none."""
    if int(request.headers.get("content-length") or 0) > LONGEST_BODY:
        raise HTTPException(413)
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise HTTPException(400)
    data = await FormParser(request.headers, request.stream()).parse()
    return {key: value for key, value in data.items() if isinstance(value, str)}


async def _upload(request: Request) -> UploadFile:
    """The file of a posted form, on disk when it is not small; whoever holds it closes it. Raises 413 when it is too
    large or does not say how large it is, 400 when there is none."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > LARGEST_FILE + LONGEST_BODY:
        raise HTTPException(413, FILE_TOO_LARGE)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(400)
    form = await request.form(max_files=1, max_fields=1)
    upload = form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename or not upload.size:
        await form.close()
        raise HTTPException(400, FILE_MISSING)
    return upload


class Pace:
    """Refuses browsers that send faster than a person types."""

    def __init__(self) -> None:
        self._recent: dict[str, deque[float]] = {}

    def check(self, user_id: str) -> None:
        """Count one message. Raises 429 when there were too many of late."""
        now = asyncio.get_running_loop().time()
        times = self._recent.setdefault(user_id, deque(maxlen=BURST))
        if len(times) == BURST and now - times[0] < BURST_SECONDS:
            raise HTTPException(429, headers={"Retry-After": str(int(BURST_SECONDS))})
        times.append(now)
        if len(self._recent) > REMEMBERED:
            for key in list(self._recent)[: REMEMBERED // 2]:
                del self._recent[key]
