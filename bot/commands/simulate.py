"""``loa simulate``: both platforms, everybody's phones and all faults on one page, without any account."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from bot import logs
from bot.commands.console import fail, run, say, words

if TYPE_CHECKING:
    from bot.simulate.rig import Rig
    from content.catalog import Catalog
    from nlu.understanding import Understander

HOST = "127.0.0.1"
"""The page lets anybody who reaches it play everybody, so it is for this machine only."""


def simulate(
    port: Annotated[int, typer.Option(help=words("cli.option_port"), min=0, max=65535)] = 8000,
) -> None:
    """Run until Ctrl-C or SIGTERM."""
    logs.configure("WARNING")
    run(_simulate(port))


async def _simulate(port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        listening = socket.create_server((HOST, port))
    except OSError:
        fail("cli.port_taken", port=port)
    async with simulation(listening) as (_, base):
        say("simulate.cli_open", base=base)
        await stop.wait()
        say("cli.stopping")
    say("cli.stopped")


@asynccontextmanager
async def simulation(
    listening: socket.socket, catalog: Catalog | None = None, nlu: Understander | None = None
) -> AsyncIterator[tuple[Rig, str]]:
    """The running simulation and the address of its web server, which answers on ``listening``."""
    import uvicorn

    from bot.simulate.page import router
    from bot.simulate.rig import Rig
    from bot.web.listener import Listener
    from bot.web.server import create_app

    base = f"http://{HOST}:{listening.getsockname()[1]}"
    async with Rig.open(base, catalog, nlu) as rig:
        app = create_app(rig.loa)
        app.include_router(router(rig))
        server = Listener(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", server_header=False))
        serving = asyncio.create_task(server.serve([listening]))
        try:
            yield rig, base
        finally:
            rig.loa.closing = True
            await rig.loa.webchat.aclose()
            server.should_exit = True
            await serving
