"""The migrations and the tables are one schema, on both engines, there and back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest
from alembic import command
from sqlalchemy import inspect

from storage.archive import ENGINES_OWN
from storage.database import Database
from storage.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    server: str = request.getfixturevalue("postgresql")
    name = f"empty_{abs(hash(tmp_path))}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


def _tables(db: Database) -> set[str]:
    async def names() -> set[str]:
        async with db.engine.connect() as connection:
            found = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
        await db.close()
        return found

    return {name for name in asyncio.run(names()) if name != "alembic_version" and not name.startswith(ENGINES_OWN)}


def test_upgrade_makes_every_table_and_nothing_differs(empty_url: str) -> None:
    db = Database(empty_url)
    db.upgrade()
    assert _tables(db) == set(metadata.tables)
    command.check(db.alembic_config())


def test_upgrade_twice_and_down_and_up_again(empty_url: str) -> None:
    db = Database(empty_url)
    db.upgrade()
    db.upgrade()
    command.downgrade(db.alembic_config(), "base")
    assert _tables(db) == set()
    db.upgrade()
    assert _tables(db) == set(metadata.tables)
