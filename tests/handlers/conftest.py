"""Fixtures of the handler tests: a talk with the desk on a migrated SQLite database."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from content.catalog import Catalog
from storage.agencies import put_agencies
from storage.database import Database
from tests.conftest import TestClock
from tests.handlers.talk import Known, Talk


@pytest.fixture(scope="session")
def agencies_template(sqlite_template: Path, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that knows the agencies, copied for each test."""
    path = tmp_path_factory.mktemp("agencies") / "loa.db"
    shutil.copy(sqlite_template, path)

    async def furnish() -> None:
        db = Database(f"sqlite:///{path}")
        async with db.session() as session:
            await put_agencies(session, catalog.province.agencies.values())
            await session.commit()
        await db.close()

    asyncio.run(furnish())
    return path


@pytest.fixture
def known() -> Known:
    return Known()


@pytest.fixture
async def talk(
    agencies_template: Path, tmp_path: Path, catalog: Catalog, known: Known, clock: TestClock
) -> AsyncIterator[Talk]:
    shutil.copy(agencies_template, tmp_path / "talk.db")
    db = Database(f"sqlite:///{tmp_path / 'talk.db'}")
    yield Talk(db, catalog, known, clock.now())
    await db.close()
