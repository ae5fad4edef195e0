"""The simulation as ``loa simulate`` runs it, in a thread of its own beside the tests."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from bot.commands.simulate import HOST, simulation
from bot.simulate.rig import Rig
from tests.serving import in_a_thread

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
    def opening() -> AbstractAsyncContextManager[tuple[Rig, str]]:
        return simulation(socket.create_server((HOST, 0)), catalog, understander)

    with in_a_thread(opening) as ((rig, base), loop):
        yield Running(base, rig, loop)


@pytest.fixture(autouse=True)
def _calm(running: Running) -> Iterator[None]:
    yield
    running.loop.call_soon_threadsafe(running.rig.faults.clear)
