"""Fixtures of the officers' tests: the shipped province in a database, and officers talking to the desk."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from content.catalog import Catalog
from storage.database import Database
from storage.shipped import load_shipped
from tests.conftest import MONDAY, TestClock
from tests.handlers.talk import Known, Talk

SA_THAY = "ubnd_huyen_sa_thay"
BOARDS = "t002_pl02_09"
"""Sa Thầy's line of annex 02: notice boards in at least 5 communes and in the township."""
STATION = "t002_pl01_10"
"""A line of annex 01: the station in xã Rờ Kơi."""


@pytest.fixture
def known() -> Known:
    return Known()


@pytest.fixture(scope="session")
def province(sqlite_template: Path, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the shipped province in it, copied for each test."""
    path = tmp_path_factory.mktemp("province") / "loa.db"
    shutil.copy(sqlite_template, path)

    async def load() -> None:
        db = Database(f"sqlite:///{path}")
        async with db.session() as session:
            await load_shipped(session, catalog, MONDAY)
            await session.commit()
        await db.close()

    asyncio.run(load())
    return path


@pytest.fixture
async def citizen(
    province: Path, tmp_path: Path, catalog: Catalog, known: Known, clock: TestClock
) -> AsyncIterator[Talk]:
    """Somebody who has not registered, at a desk with the shipped province."""
    shutil.copy(province, tmp_path / "loa.db")
    db = Database(f"sqlite:///{tmp_path / 'loa.db'}")
    yield Talk(db, catalog, known, clock.now())
    await db.close()


@pytest.fixture
async def officer(citizen: Talk) -> Talk:
    """The officer of UBND huyện Sa Thầy."""
    talk = citizen.another("sathay")
    await talk.becomes_officer(SA_THAY, "Y Sa (demo)")
    return talk
