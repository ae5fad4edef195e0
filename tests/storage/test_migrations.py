"""The migrations and the tables are one schema, on both engines, there and back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

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


def test_reports_on_recurring_tasks_get_the_month_of_their_newest_version(empty_url: str) -> None:
    db = Database(empty_url)
    config = db.alembic_config()
    revisions = ScriptDirectory.from_config(config).walk_revisions()
    periods = next(one for one in revisions if one.path.endswith("periods_of_reports.py"))
    command.upgrade(config, str(periods.down_revision))
    moments = {1: "2024-11-14 16:59:00+00:00", 2: "2024-11-14 17:00:00+00:00", 3: "2024-11-20 01:00:00+00:00"}

    async def before() -> None:
        statements = [
            "INSERT INTO agency (id, name, kind, level, open_group) VALUES ('a', 'A', 'so', 'province', false)",
            "INSERT INTO plan (id, name, issuer, year_from, year_to, obligations, closed) "
            "VALUES ('p', 'P', 'a', 2024, 2024, '[]', false)",
        ]
        for number, moment in moments.items():
            recurrence = "NULL" if number == 3 else "'monthly'"
            statements += [
                "INSERT INTO task (id, plan_id, position, path, title, recurrence) "
                f"VALUES ('t{number}', 'p', 0, '1', 'T', {recurrence})",
                "INSERT INTO progress_report (id, task_id, agency_id, state, draft, version, marks, created_at, "
                f"updated_at) VALUES ({number}, 't{number}', 'a', 'submitted', '[]', 2, '[]', '{moment}', '{moment}')",
                *(
                    "INSERT INTO report_version (report_id, version, answers, corrections, submitted_at) "
                    f"VALUES ({number}, {version}, '[]', '[]', '{moment}')"
                    for version in (1, 2)
                ),
            ]
        async with db.engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))

    async def after() -> tuple[dict[int, str], set[tuple[int, str]]]:
        async with db.engine.begin() as connection:
            reports = (await connection.execute(text("SELECT id, period FROM progress_report"))).all()
            kinds = (await connection.execute(text("SELECT version, kind FROM report_version"))).all()
        return {row.id: row.period for row in reports}, {(row.version, row.kind) for row in kinds}

    async def both() -> tuple[dict[int, str], set[tuple[int, str]]]:
        await before()
        await db.close()
        await asyncio.to_thread(command.upgrade, config, periods.revision)
        found = await after()
        await db.close()
        return found

    reports, kinds = asyncio.run(both())
    assert reports == {1: "2024-11", 2: "2024-12", 3: ""}
    assert kinds == {(1, "first"), (2, "replacement")}
