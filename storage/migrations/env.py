"""Runs the migrations, on SQLite in batch mode (it cannot alter a table in place)."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from storage.archive import ENGINES_OWN
from storage.tables import metadata


def _is_declared(name: str | None, _kind: str, _parents: object) -> bool:
    """What the archive has an engine keep is no part of the tables, so nothing is to be compared with it."""
    return not (name or "").startswith(ENGINES_OWN)


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, include_name=_is_declared)
    with context.begin_transaction():
        context.run_migrations()


async def _main() -> None:
    engine = create_async_engine(context.config.get_main_option("sqlalchemy.url") or "")
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


asyncio.run(_main())
