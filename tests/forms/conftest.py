"""Fixtures of the form tests: the form's loop on each runner, and one real action server for the whole session."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from bot.form_server import HttpRunner
from content.catalog import Catalog
from handlers.forms.loop import FormLoop
from handlers.forms.runner import InProcessRunner, Runner

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 40.0
"""Seconds the server may take to start on a busy machine."""


@pytest.fixture(scope="session")
def form_server() -> Iterator[str]:
    """``python -m rasa_sdk --actions handlers.forms.actions`` on a free port of this machine; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "rasa_sdk", "--actions", "handlers.forms.actions", "-p", str(port)]
    environment = {**os.environ, "SANIC_HOST": "127.0.0.1"}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=15)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert server.poll() is None, "the action server ended"
        try:
            if httpx.get(f"{url}/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the action server did not start")


@pytest.fixture(params=["in process", "over http"])
async def runner(request: pytest.FixtureRequest) -> AsyncIterator[Runner]:
    """Both ways to run the actions."""
    if request.param == "in process":
        yield InProcessRunner()
        return
    async with HttpRunner(request.getfixturevalue("form_server")) as http:
        yield http


@pytest.fixture
def loop(catalog: Catalog) -> FormLoop:
    return FormLoop(catalog.forms, "progress_report", InProcessRunner())
