"""The web server inside a loop of our own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn


class Listener(uvicorn.Server):
    """uvicorn without its own signals: those are ours, else nothing after ``serve()`` would run."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
