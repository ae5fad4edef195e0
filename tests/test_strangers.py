"""The guard around all tests: it lets this machine through and nobody else."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest

from tests.strangers import Stranger, kept_out


def test_a_real_host_is_refused_and_told() -> None:
    with kept_out() as tried:
        with pytest.raises(Stranger):
            socket.create_connection(("93.184.216.34", 80), timeout=1)
        with pytest.raises(httpx.ConnectError):
            httpx.get("https://api.telegram.org/")
        with socket.socket() as plain, pytest.raises(Stranger):
            plain.connect_ex(("10.1.2.3", 80))
    assert tried == ["93.184.216.34", "api.telegram.org", "10.1.2.3"]


async def test_asyncio_does_not_slip_past() -> None:
    with kept_out() as tried, pytest.raises(OSError, match="wants to reach"):
        await asyncio.open_connection("openapi.zalo.me", 443)
    assert tried == ["openapi.zalo.me"]


async def test_this_machine_is_let_through() -> None:
    with kept_out() as tried:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            for host in ("127.0.0.1", "localhost"):
                _, writer = await asyncio.open_connection(host, port)
                writer.close()
                await writer.wait_closed()
        with pytest.raises(socket.gaierror):
            socket.create_connection(("nobody.invalid", 80))
    assert tried == []
