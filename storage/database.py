"""Opening the database: SQLite by default, PostgreSQL when the URL says so."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import configure_mappers
from sqlalchemy.util import await_only
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 10_000


def async_url(url: str) -> str:
    """The URL with the driver Loa uses: aiosqlite or psycopg."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        parsed = parsed.set(drivername="sqlite+aiosqlite")
    elif parsed.get_backend_name() in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    else:
        raise ValueError(f"DATABASE_URL: {parsed.get_backend_name()} is neither sqlite nor postgresql")
    return parsed.render_as_string(hide_password=False)


def _tune_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself, see _begin
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Take SQLite's write lock at once: a transaction that reads first and writes later fails with "database is
    locked" whatever the busy timeout."""
    reading = connection.get_execution_options().get("loa_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class Turnstile:
    """SQLite lets one writer in at a time: lines them up instead of letting them knock. The journal, on which the
    platforms wait, goes before everybody else."""

    def __init__(self) -> None:
        self._taken = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def passed(self, urgent: bool = False) -> AsyncIterator[None]:
        await self.enter(urgent)
        try:
            yield
        finally:
            self.leave()

    async def enter(self, urgent: bool = False) -> None:
        if not self._taken:
            self._taken = True
            return
        line = self._urgent if urgent else self._waiting
        gate = asyncio.get_running_loop().create_future()
        line.append(gate)
        try:
            await gate
        except asyncio.CancelledError:
            if gate.cancelled():
                with suppress(ValueError):  # left the line already
                    line.remove(gate)
            else:
                self.leave()
            raise

    def leave(self) -> None:
        for line in (self._urgent, self._waiting):
            while line:
                gate = line.popleft()
                if not gate.done():
                    gate.set_result(None)
                    return
        self._taken = False


class LateEntry:
    """One session's pass through the turnstile, taken with its first query."""

    def __init__(self, turnstile: Turnstile | None) -> None:
        """``turnstile`` is None where writers need none."""
        self._turnstile = turnstile
        self.inside = False

    async def enter(self) -> None:
        if self.inside:
            return
        if self._turnstile is not None:
            await self._turnstile.enter()
        self.inside = True

    def leave(self) -> None:
        if self._turnstile is not None and self.inside:
            self._turnstile.leave()
        self.inside = False


class _Entering(Session):
    """Takes the entry before a connection: whoever waited in line with one in hand could keep the last one from the
    writer who is inside."""

    entry: LateEntry

    def get_bind(self, *args: Any, **kwargs: Any) -> Any:
        if not self.entry.inside:
            await_only(self.entry.enter())
        return super().get_bind(*args, **kwargs)


class LateSession(AsyncSession):
    """A session that knows whether it has asked the database anything."""

    sync_session_class = _Entering

    def __init__(self, engine: AsyncEngine, entry: LateEntry) -> None:
        super().__init__(engine, expire_on_commit=False)
        self.entry = entry
        assert isinstance(self.sync_session, _Entering)
        self.sync_session.entry = entry

    async def leave(self) -> None:
        """Close it, and let the next writer in."""
        try:
            await asyncio.shield(asyncio.ensure_future(self.close()))
        finally:
            self.entry.leave()

    @property
    def begun(self) -> bool:
        return self.entry.inside


class Database:
    """The engine and its sessions. Queries never commit; whoever opened the session does, once.

    On SQLite writers of this process queue for their turn, so never open a session inside another one.
    """

    def __init__(self, url: str) -> None:
        configure_mappers()  # rows are also made without a query, see storage.standings
        self.url = async_url(url)
        parsed = make_url(self.url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite and parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {} if self.is_sqlite else {"pool_size": 8, "pool_pre_ping": True}
        # Faults are logged with their statement: without its parameters, which hold people's words.
        self.engine: AsyncEngine = create_async_engine(self.url, hide_parameters=True, **options)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _tune_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        self.turnstile = Turnstile()
        self._spare: LateSession | None = None
        """A late session that was not needed, for the next one who may need it."""
        self._writing = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)
        self._reading = async_sessionmaker(
            self.engine.execution_options(loa_reading=True), class_=AsyncSession, expire_on_commit=False
        )

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session that may write; what is not committed when it ends is rolled back."""
        async with self.turnstile.passed() if self.is_sqlite else nullcontext(), self._writing() as session:
            yield session

    @asynccontextmanager
    async def late_session(self) -> AsyncIterator[LateSession]:
        """A session that may write, and begins only with its first query: until then it costs nobody anything."""
        session = self._spare or LateSession(self.engine, LateEntry(self.turnstile if self.is_sqlite else None))
        self._spare = None
        try:
            yield session
        finally:
            if session.begun:
                await session.leave()
            else:
                session.sync_session.close()  # holds no connection, so there is nothing to wait for
                self._spare = session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads; it waits for no writer."""
        async with self._reading() as session:
            yield session

    @asynccontextmanager
    async def still(self) -> AsyncIterator[AsyncSession]:
        """A reading session in which the database stands still: all of its queries see one moment."""
        async with self._reading() as session:
            if not self.is_sqlite:  # there, every reading transaction is like this
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    async def close(self) -> None:
        await self.engine.dispose()

    def alembic_config(self) -> Config:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("sqlalchemy.url", self.url.replace("%", "%%"))
        return config

    def upgrade(self) -> None:
        """Bring the schema to the newest migration. Blocking; not to be called inside a running loop."""
        command.upgrade(self.alembic_config(), "head")
