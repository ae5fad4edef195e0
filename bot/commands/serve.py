"""``loa serve``: run Loa, whole or one role of it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from contextlib import suppress
from enum import StrEnum
from typing import Annotated

import structlog
import typer
import uvicorn

from bot import logs
from bot.app import CACHE, Loa
from bot.clock import Clock
from bot.commands.console import fail, run, say, words
from bot.config import Settings
from bot.interpreter import Interpreter
from bot.scheduler import Clockwork
from bot.watchdog import watched
from bot.web.listener import Listener, Talk
from content.catalog import Catalog, load_catalog
from nlu.understanding import Understander
from storage.database import Database

log = structlog.get_logger()

SWITCH = 0.0002
"""Seconds after which a thread that computes lets another in. The journal's thread asks for little and often, and the
platforms wait for it: at Python's own 5 ms a commit beside busy turns would take a tenth of a second."""


class Role(StrEnum):
    """What one process does; ``all`` is the default, the others are for several processes (Procfile)."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


class _Server(Listener):
    """Says where to click once it listens."""

    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say where to click."""
        await super().startup(sockets)
        if self.started:
            keep_what_is_loaded()
            settings = self._settings
            port = self.servers[0].sockets[0].getsockname()[1]
            base = (settings.public_url or f"http://{settings.host}:{port}").rstrip("/")
            say("cli.open_demo" if settings.demo else "cli.open", base=base)


def keep_what_is_loaded() -> None:
    """Have collections stop walking what is there now and stays; that took 100 ms pauses."""
    gc.collect()
    gc.freeze()


def serve(
    demo: Annotated[bool, typer.Option("--demo", help=words("cli.option_demo"))] = False,
    role: Annotated[Role, typer.Option(help=words("cli.option_role"))] = Role.ALL,
    port: Annotated[int | None, typer.Option(help=words("cli.option_port"), min=0, max=65535)] = None,
    host: Annotated[str | None, typer.Option(help=words("cli.option_host"))] = None,
) -> None:
    """Run until Ctrl-C or SIGTERM."""
    settings = read_settings(demo, port, host)
    logs.configure(settings.log_level)
    settings.require_safe(Clock().now())
    Database(settings.database_url.get_secret_value()).upgrade()
    catalog = load_catalog()
    nlu = Understander.load(catalog, CACHE)
    interpreter = Interpreter.forked(nlu)
    with suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    sys.setswitchinterval(SWITCH)
    run(_serve(settings, role, catalog, nlu, interpreter))


def read_settings(demo: bool, port: int | None, host: str | None) -> Settings:
    """The environment's settings with the options of the command line on top."""
    given = {"LOA_DEMO": demo or None, "port": port, "host": host}
    settings = Settings()
    changed = {key: value for key, value in given.items() if value is not None}
    return Settings.model_validate({**settings.model_dump(by_alias=True), **changed}) if changed else settings


async def _serve(
    settings: Settings, role: Role, catalog: Catalog, nlu: Understander, interpreter: Interpreter | None
) -> None:
    from bot.web.server import create_app  # a third of all imports, which no other command needs

    async with Loa.open(settings, catalog=catalog, nlu=nlu, interpreter=interpreter) as loa:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, _asked_to_stop, stop)
        behind: list[str] = []
        if role in (Role.ALL, Role.WORKER):
            behind = await _start_workers(loa)
        server: asyncio.Task[None] | None = None
        web: _Server | None = None
        if role in (Role.ALL, Role.WEB):
            web = _Server(
                uvicorn.Config(
                    create_app(loa, tuple(behind)),
                    host=settings.host,
                    port=settings.port,
                    http=Talk,
                    log_config=None,
                    access_log=False,
                    lifespan="off",
                    proxy_headers=False,  # the application reads them
                    timeout_graceful_shutdown=3,
                    server_header=False,
                ),
                settings,
            )
            server = asyncio.create_task(_listen(web, settings, stop))
        else:
            say("cli.worker_ready")
            keep_what_is_loaded()
        with watched():
            await stop.wait()
        say("cli.stopping")
        loa.closing = True
        await loa.webchat.aclose()
        if web is not None and server is not None:
            web.should_exit = True
            await server
    say("cli.stopped")


def _asked_to_stop(stop: asyncio.Event) -> None:
    """Asked twice, the process ends at once: what it held is taken up when its leases have run out."""
    if stop.is_set():
        os._exit(1)
    stop.set()


async def _listen(web: _Server, settings: Settings, stop: asyncio.Event) -> None:
    try:
        await web.serve()
    except SystemExit:  # uvicorn could not bind
        fail("cli.port_taken", port=settings.port)
    finally:
        stop.set()


async def _start_workers(loa: Loa) -> list[str]:
    """The outbox, the clock and, where it is set so, the Telegram poller."""
    loa.run("outbox", loa.outbox.run())
    clockwork = Clockwork(loa.db, loa.catalog, loa.clock, loa.outbox, loa.channels)
    loa.run("clock", clockwork.run())
    names = ["outbox", "clock"]
    if loa.settings.telegram_on:
        from bot.channels.telegram.start import start_telegram

        loa.run("telegram", await start_telegram(loa.settings, loa.channels["telegram"], loa.accept))
        names.append("telegram")
    if loa.settings.zalo_on:
        from bot.channels.zalo.start import zalo_watch

        loa.run("zalo", zalo_watch(loa.settings, loa.channels["zalo"], loa.db, loa.clock, loa.accept).run())
        names.append("zalo")
    if loa.settings.zalo_bot_on:
        from bot.channels.zalobot import run_zalobot

        loa.run("zalobot", run_zalobot(loa.settings, loa.channels["zalobot"], loa.accept))
        names.append("zalobot")
    return names
