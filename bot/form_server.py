"""The forms' actions run by an action server of their own (``python -m rasa_sdk --actions handlers.forms.actions``).

That server has no authentication and listens on every interface unless ``SANIC_HOST`` says otherwise: it belongs behind
a firewall, on the same machine or a private network.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

import httpx

from handlers.forms.runner import Call, Result, RunnerUnavailable

TIMEOUT = 3.0
"""Seconds one call may take: a person is waiting, and so is whoever writes to SQLite next."""


class HttpRunner:
    """Runs actions at ``url`` (without ``/webhook``)."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url.rstrip("/"), timeout=TIMEOUT)

    async def run(self, call: Call) -> Result:
        """What the action said and set. Raises RunnerUnavailable when the server cannot be reached or refuses."""
        try:
            response = await self._client.post("/webhook", json=call)
            response.raise_for_status()
            result = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise RunnerUnavailable(type(error).__name__) from error
        if not isinstance(result, dict):
            raise RunnerUnavailable("no result")
        return result

    async def aclose(self) -> None:
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
