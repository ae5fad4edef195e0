"""No test talks to a real host: every connection beyond this machine is refused and told."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LOCAL_NAMES = {"localhost", "localhost.localdomain", ""}


class Stranger(OSError):
    """Somebody wanted to reach a host that is not this machine."""


@contextmanager
def kept_out() -> Iterator[list[str]]:
    """Hosts beyond this machine that were asked for meanwhile; none is reached. Names under ``.invalid`` exist nowhere
    and may be tried."""
    tried: list[str] = []
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(host: Any) -> None:
        host = host.decode() if isinstance(host, bytes) else str(host or "")
        if host in LOCAL_NAMES:
            return
        try:
            if ipaddress.ip_address(host.partition("%")[0]).is_loopback:
                return
        except ValueError:
            if host.endswith(".invalid"):
                raise socket.gaierror(socket.EAI_NONAME, "no such host") from None
        tried.append(host)
        raise Stranger(f"a test wants to reach {host}")

    def guarded(reach: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                check(address[0])
            return reach(self, address)

        return call

    def looked_up(host: Any, *rest: Any, **more: Any) -> Any:
        check(host)
        return look_up(host, *rest, **more)

    socket.socket.connect, socket.socket.connect_ex = guarded(connect), guarded(connect_ex)  # type: ignore[method-assign]
    socket.getaddrinfo = looked_up
    try:
        yield tried
    finally:
        socket.socket.connect, socket.socket.connect_ex = connect, connect_ex  # type: ignore[method-assign]
        socket.getaddrinfo = look_up
