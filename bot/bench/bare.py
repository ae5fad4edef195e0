"""The least a server can do, as baselines: read JSON and answer it (``json``), or answer each message with one line
through aiogram as its documentation shows (``aiogram``). Nothing stored, nothing understood."""

from __future__ import annotations

import asyncio
import gc
import sys

import uvicorn


def read_json(port: int) -> None:
    """The web server Loa uses, doing nothing but read the body."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def hook(request: Request) -> JSONResponse:
        await request.json()
        return JSONResponse({"ok": True})

    async def live(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    routes = [Route(f"/webhooks/{name}", hook, methods=["POST"]) for name in ("zalo", "telegram")]
    app = Starlette(routes=[*routes, Route("/health/live", live)])
    gc.freeze()
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", access_log=False, server_header=False)


def answer_with_aiogram(port: int, sink: str) -> None:
    """aiogram's dispatcher behind its own webhook handler."""
    from aiogram import Bot, Dispatcher
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.types import Message
    from aiogram.webhook.aiohttp_server import SimpleRequestHandler
    from aiohttp import web

    bot = Bot("1000001:" + "A" * 35, session=AiohttpSession(api=TelegramAPIServer.from_base(sink)))
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def answer(message: Message) -> None:
        await message.answer("OK")

    async def live(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application()
    SimpleRequestHandler(dispatcher, bot).register(app, "/webhooks/telegram")
    app.router.add_get("/health/live", live)
    gc.collect()
    gc.freeze()
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None, loop=asyncio.new_event_loop())


if __name__ == "__main__":
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    if sys.argv[1] == "json":
        read_json(int(sys.argv[2]))
    else:
        answer_with_aiogram(int(sys.argv[2]), sys.argv[3])
