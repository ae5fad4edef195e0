"""Fixtures of the digest tests: the shipped province composed once, a small one on both engines."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from content.catalog import Catalog
from handlers.digests import compose
from storage.database import Database
from tests.conftest import TestClock
from tests.digests.province import Small

Week = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def composed(province: Path, catalog: Catalog) -> Callable[[str], Week]:
    """The editions of a week from the shipped documents, by agency."""

    async def bodies(week: str) -> Week:
        db = Database(f"sqlite:///{province}")
        async with db.reading() as session:
            found = {edition.agency_id: edition.body for edition in await compose(session, catalog, week)}
        await db.close()
        return found

    return lambda week: asyncio.run(bodies(week))


@pytest.fixture(scope="session")
def week46(composed: Callable[[str], Week]) -> Week:
    return composed("2024-W46")


@pytest.fixture
async def shipped(province: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """The shipped province, to be changed at will."""
    path = tmp_path / "shipped.db"
    shutil.copy(province, path)
    db = Database(f"sqlite:///{path}")
    yield db
    await db.close()


@pytest.fixture
async def small(database: Database, catalog: Catalog, clock: TestClock) -> Small:
    """A small province on each engine in turn."""
    province = Small(database, catalog)
    await province.build(clock.now())
    return province
