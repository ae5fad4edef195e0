"""A database with people to write to, and an outbox over it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from storage.database import Database
from tests.conftest import TestClock
from tests.outbox.post import Post


@pytest.fixture
def post(database: Database, clock: TestClock) -> Post:
    return Post(database, clock)


@pytest.fixture
async def local(sqlite_url: str, clock: TestClock) -> AsyncIterator[Callable[..., Post]]:
    """Where the engine does not matter: ``local(wire, …)``."""
    db = Database(sqlite_url)
    yield lambda *wires: Post(db, clock, *wires)
    await db.close()
