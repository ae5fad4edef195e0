"""Fixtures of the console's tests: a department with four accounts and three officers, and its browsers."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import SecretStr

from bot.config import Settings
from storage.columns import Keyring, use_keyring
from storage.database import Database
from storage.shipped import load_shipped
from tests.conftest import MONDAY, TestClock
from tests.people import Phones
from tests.web.office import Browser, fill_department

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bot.app import Loa
    from content.catalog import Catalog
    from nlu.understanding import Understander

KEY = "a-key-only-for-the-tests"
"""The key every test runs with."""


async def prepare(url: str, catalog: Catalog) -> None:
    """Fill a migrated database with the shipped province and the department's people."""
    use_keyring(Keyring([KEY]))
    database = Database(url)
    async with database.session() as db:
        await load_shipped(db, catalog, MONDAY)
        await fill_department(db, MONDAY)
        await db.commit()
    await database.close()


def settings_for(url: str, **more: Any) -> Settings:
    return Settings(
        database_url=SecretStr(url),
        secret_key=SecretStr("k3y-of-the-t3sts-0123456789"),
        data_keys=SecretStr(KEY),
        **more,
    )


@pytest.fixture(scope="session")
def department_template(province: Path, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled SQLite database, copied for each test: hashing four passwords each time would take a second."""
    path = tmp_path_factory.mktemp("department") / "loa.db"
    shutil.copy(province, path)
    asyncio.run(prepare(f"sqlite:///{path}", catalog))
    return path


@pytest.fixture
def department_url(department_template: Path, tmp_path: Path) -> str:
    shutil.copy(department_template, tmp_path / "loa.db")
    return f"sqlite:///{tmp_path / 'loa.db'}"


@pytest.fixture
async def loa(
    department_url: str, clock: TestClock, phones: Phones, catalog: Catalog, understander: Understander
) -> AsyncIterator[Loa]:
    """A running house on Monday 11/11/2024, 07:00; its officers are reached through ``phones``."""
    from bot.app import Loa

    async with Loa.open(settings_for(department_url), clock, [phones], catalog, understander) as house:
        yield house


@pytest.fixture
def app(loa: Loa) -> FastAPI:
    from bot.web.server import create_app

    return create_app(loa)


NewBrowser = Callable[..., Awaitable[Browser]]


@pytest.fixture
async def browser(loa: Loa, app: FastAPI) -> AsyncIterator[NewBrowser]:
    """``await browser("lan")`` is a browser in which she is logged in; without a name nobody is."""
    opened: list[httpx.AsyncClient] = []

    async def new(name: str = "", address: str = "10.0.0.7") -> Browser:
        one = Browser(loa, app, address)
        opened.append(one.http)
        if name:
            answer = await one.log_in(name)
            assert answer.status_code == 303, answer.text
        return one

    yield new
    for http in opened:
        await http.aclose()
