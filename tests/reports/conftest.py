"""Fixtures of the officers' tests: the shipped province in a database, and officers talking to the desk."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from content.catalog import Catalog
from storage.database import Database
from storage.shipped import load_shipped
from tests.conftest import MONDAY, TestClock, copied
from tests.handlers.talk import Known, Talk

SA_THAY = "ubnd_huyen_sa_thay"
BOARDS = "t002_pl02_09"
"""Sa Thầy's line of annex 02: notice boards in at least 5 communes and in the township."""
STATION = "t002_pl01_10"
"""A line of annex 01: the station in xã Rờ Kơi."""


@pytest.fixture
def known() -> Known:
    return Known()


async def furnish(url: str, catalog: Catalog) -> None:
    """Load the shipped province into the database."""
    db = Database(url)
    async with db.session() as session:
        await load_shipped(session, catalog, MONDAY)
        await session.commit()
    await db.close()


@pytest.fixture(scope="session")
def province(sqlite_template: Path, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the shipped province in it, copied for each test."""
    path = tmp_path_factory.mktemp("province") / "loa.db"
    shutil.copy(sqlite_template, path)
    asyncio.run(furnish(f"sqlite:///{path}", catalog))
    return path


@pytest.fixture(scope="session")
def postgresql_province(postgresql: str, postgresql_template: str, catalog: Catalog) -> str:
    """The name of a PostgreSQL database with the shipped province in it, copied for each test."""
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE template_province TEMPLATE {postgresql_template}")
    asyncio.run(furnish(postgresql.replace("/postgres?", "/template_province?"), catalog))
    return "template_province"


@pytest.fixture(params=["sqlite", "postgresql"])
def filled_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with the shipped province, on each engine in turn."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("province"), tmp_path / "loa.db")
        yield f"sqlite:///{tmp_path / 'loa.db'}"
        return
    template: str = request.getfixturevalue("postgresql_province")
    with copied(request.getfixturevalue("postgresql"), template, f"reports_{abs(hash(tmp_path))}") as url:
        yield url


@pytest.fixture
async def filled(filled_url: str) -> AsyncIterator[Database]:
    """The shipped province, open."""
    db = Database(filled_url)
    yield db
    await db.close()


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
