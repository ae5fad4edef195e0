"""Fetching what people send on Zalo: from the address in the event, and only from where Zalo keeps such files."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import aiohttp
import httpx

from bot.channels.base import NotFetched
from handlers.messages import FileFault


def safe_address(url: str, hosts: Sequence[str]) -> httpx.URL:
    """The address, by https, when its host is one of ``hosts`` or below one; the machine itself may be named for trials
    and is asked as it stands. Raises NotFetched: an event could name anything, our own network too."""
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise NotFetched(FileFault.NOT_FETCHED) from None
    host = address.host.lower().rstrip(".")
    known = any(host == each or host.endswith(f".{each}") for each in hosts)
    if not known or address.userinfo or address.scheme not in ("http", "https"):
        raise NotFetched(FileFault.NOT_FETCHED)
    if _is_number(host):
        return address
    if address.port is not None:
        raise NotFetched(FileFault.NOT_FETCHED)
    return address.copy_with(scheme="https")  # Zalo's own links may say http


async def fetched(http: httpx.AsyncClient, url: str, hosts: Sequence[str], largest: int) -> bytes:
    """The bytes at an address of Zalo's. Raises NotFetched."""
    content = bytearray()
    try:
        async with http.stream("GET", safe_address(url, hosts)) as answer:
            if answer.status_code != httpx.codes.OK:
                raise NotFetched(FileFault.NOT_FETCHED)
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > largest:
                    raise NotFetched(FileFault.TOO_LARGE)
    except (httpx.HTTPError, aiohttp.ClientError, TimeoutError):
        raise NotFetched(FileFault.NOT_FETCHED) from None
    return bytes(content)


def _is_number(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False
