"""Fixtures of the officers' tests: the shipped province in a database, and officers talking to the desk."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from content.catalog import Catalog
from storage.database import Database
from tests.conftest import TestClock
from tests.handlers.talk import Known, Talk

SA_THAY = "ubnd_huyen_sa_thay"
BOARDS = "t002_pl02_09"
"""Sa Thầy's line of annex 02: notice boards in at least 5 communes and in the township."""
STATION = "t002_pl01_10"
"""A line of annex 01: the station in xã Rờ Kơi."""


@pytest.fixture
def known() -> Known:
    return Known()


@pytest.fixture
async def filled(province_url: str) -> AsyncIterator[Database]:
    """The shipped province, open."""
    db = Database(province_url)
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
