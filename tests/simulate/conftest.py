"""The simulation as ``loa simulate`` runs it, in a thread of its own beside the tests."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from bot.commands.simulate import HOST, simulation
from bot.simulate.rig import Rig

if TYPE_CHECKING:
    from content.catalog import Catalog
    from nlu.understanding import Understander


@dataclass
class Running:
    """The simulation and where its page is."""

    base: str
    rig: Rig
    loop: asyncio.AbstractEventLoop

    def call(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Do something in the simulation's own loop."""

        async def do() -> Any:
            return await work()

        return asyncio.run_coroutine_threadsafe(do(), self.loop).result(30)


@pytest.fixture(scope="module")
def running(catalog: Catalog, understander: Understander) -> Iterator[Running]:
    up: threading.Event = threading.Event()
    down = asyncio.Event()
    found: list[Running] = []
    faults: list[BaseException] = []

    async def run() -> None:
        async with simulation(socket.create_server((HOST, 0)), catalog, understander) as (rig, base):
            found.append(Running(base, rig, asyncio.get_running_loop()))
            up.set()
            await down.wait()

    def live() -> None:
        try:
            asyncio.run(run())
        except BaseException as fault:
            faults.append(fault)
        finally:
            up.set()

    thread = threading.Thread(target=live)
    thread.start()
    up.wait(60)
    try:
        assert not faults, faults
        yield found[0]
    finally:
        if found:
            found[0].loop.call_soon_threadsafe(down.set)
        thread.join(30)
        assert not faults, faults


@pytest.fixture(autouse=True)
def _calm(running: Running) -> Iterator[None]:
    yield
    running.loop.call_soon_threadsafe(running.rig.faults.clear)
