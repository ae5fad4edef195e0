"""The simulation's page: the phones side by side and the fault panel, kept up to date by an event stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from bot.simulate.phones import NothingThere, Phone
from bot.simulate.rig import Rig
from bot.web import pages

LOOK = 0.15
"""Seconds between two looks at the phones."""
STILL_HERE = 10.0
"""Seconds after which a quiet stream says that it lives."""
LONGEST_TEXT = 20_000
LONGEST_NAME = 40


def router(rig: Rig) -> APIRouter:
    """The routes of the page. What changes something wants a header no other site's form can send."""
    routes = APIRouter(prefix="/simulate")

    @routes.get("")
    async def page(request: Request) -> Response:
        return pages.of(request).render(
            "simulate/page.html",
            groups=[(group, _of_group(rig, group)) for group in ("telegram", "zalo", "both")],
            values=rig.faults.values(),
            longest_name=LONGEST_NAME,
        )

    @routes.get("/events")
    async def events(request: Request) -> StreamingResponse:
        return StreamingResponse(
            _stream(rig, request), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    @routes.post("/say")
    async def say(request: Request, phone: str = Form(), text: str = Form(max_length=LONGEST_TEXT)) -> Response:
        _ours(request)
        if not text.strip():
            raise HTTPException(400)
        await _phone(rig, phone).say(text)
        return Response(status_code=204)

    @routes.post("/tap")
    async def tap(
        request: Request, phone: str = Form(), bubble: int = Form(ge=0), button: int = Form(ge=0)
    ) -> Response:
        _ours(request)
        try:
            await _phone(rig, phone).tap(bubble, button)
        except NothingThere:
            raise HTTPException(400) from None
        return Response(status_code=204)

    @routes.post("/do")
    async def do(request: Request, phone: str = Form(), action: str = Form()) -> Response:
        _ours(request)
        try:
            await _phone(rig, phone).do(action)
        except NothingThere:
            raise HTTPException(400) from None
        return Response(status_code=204)

    @routes.post("/look")
    async def look(request: Request, phone: str = Form()) -> Response:
        _ours(request)
        await _phone(rig, phone).look()
        return Response(status_code=204)

    @routes.post("/people")
    async def people(request: Request, platform: str = Form(), name: str = Form(max_length=LONGEST_NAME)) -> Response:
        _ours(request)
        if not name.strip():
            raise HTTPException(400)
        try:
            phone = rig.add_citizen(platform, " ".join(name.split()))
        except ValueError:
            raise HTTPException(400) from None
        return JSONResponse({"id": phone.id})

    @routes.post("/fault")
    async def fault(request: Request, name: str = Form(), value: str = Form(default="")) -> Response:
        _ours(request)
        try:
            rig.faults.set(name, value)
        except (KeyError, ValueError):
            raise HTTPException(400) from None
        return Response(status_code=204)

    @routes.post("/calm")
    async def calm(request: Request) -> Response:
        _ours(request)
        rig.faults.clear()
        return Response(status_code=204)

    return routes


def _of_group(rig: Rig, group: str) -> list[Any]:
    return [fault for fault in rig.faults.faults.values() if fault.group == group]


def _ours(request: Request) -> None:
    if request.headers.get("x-requested-with") != "fetch":
        raise HTTPException(403)


def _phone(rig: Rig, phone_id: str) -> Phone:
    if phone_id not in rig.phones:
        raise HTTPException(404)
    return rig.phones[phone_id]


async def _stream(rig: Rig, request: Request) -> AsyncIterator[str]:
    """The phones that have changed, and the faults."""
    yield "retry: 1000\n\n"
    shown: dict[str, str] = {}
    quiet = 0.0
    while not rig.loa.closing:
        now = {key: json.dumps(phone.picture(), ensure_ascii=False) for key, phone in rig.phones.items()}
        now["faults"] = json.dumps(rig.faults.values())
        for key, data in now.items():
            if shown.get(key) != data:
                yield f"event: {'faults' if key == 'faults' else 'phone'}\ndata: {data}\n\n"
                quiet = 0.0
        shown = now
        await asyncio.sleep(LOOK)
        quiet += LOOK
        if quiet > STILL_HERE:
            quiet = 0.0
            yield ": still here\n\n"
        if await request.is_disconnected():
            return
