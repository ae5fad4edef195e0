"""Where a benchmark runs: a process of its own, and an empty database: a file, or a schema of its own on the server
``DATABASE_URL`` names."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text

from bot import logs
from storage.database import Database

Figures = TypeVar("Figures")
SCHEMA = "loa_bench"


def alone(work: Callable[..., Figures], *arguments: object) -> Figures:
    """What ``work`` gives in a process of its own: what one needs at most must not hide what the next does."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=2) as processes:
        processes.submit(logs.configure, "ERROR").result()
        return processes.submit(work, *arguments).result()


def postgresql() -> str:
    """The address of the PostgreSQL server to measure on too; empty without one."""
    named = os.environ.get("DATABASE_URL", "")
    return named if named.startswith("postgresql") else ""


def engines() -> Sequence[str]:
    """Those that can be measured here: SQLite always."""
    return ("sqlite", "postgresql") if postgresql() else ("sqlite",)


@asynccontextmanager
async def empty_database(engine: str) -> AsyncIterator[str]:
    """The address of a migrated one, gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        file = f"sqlite:///{Path(folder) / 'loa.db'}"
        async with nullcontext(file) if engine == "sqlite" else _schema(postgresql(), SCHEMA) as url:
            await asyncio.to_thread(Database(url).upgrade)
            yield url


@asynccontextmanager
async def _schema(server: str, schema: str) -> AsyncIterator[str]:
    house = Database(server)
    async with house.engine.begin() as connection:
        await connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
        await connection.execute(text(f"CREATE SCHEMA {schema}"))
    join = "&" if "?" in server else "?"
    try:
        yield f"{server}{join}options=-csearch_path%3D{schema}"
    finally:
        async with house.engine.begin() as connection:
            await connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        await house.close()


def in_schema(server: str, schema: str, work: Callable[..., Figures], *arguments: object) -> Figures:
    """``work`` with the address of an empty schema, which is dropped afterwards, and the arguments."""

    async def measured() -> Figures:
        async with _schema(server, schema) as url:
            return await asyncio.to_thread(work, url, *arguments)

    return asyncio.run(measured())
