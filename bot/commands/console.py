"""Speaking to whoever typed a command: words by key, faults on standard error."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from functools import lru_cache
from typing import Any, NoReturn, TypeVar

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.clock import Clock
from bot.config import Settings, SettingsError
from content.catalog import Catalog
from content.files import Reader
from content.text import Texts, load_texts
from handlers.succession.current import settle
from handlers.turn import LOCAL
from storage.columns import Keyring, use_keyring
from storage.database import Database
from storage.shipped import load_shipped

Result = TypeVar("Result")


@lru_cache(maxsize=1)
def _texts() -> Texts:
    return load_texts(Reader())


def words(key: str, **params: object) -> str:
    """The text of a key, also when the rest of the content does not load."""
    return _texts()(key, **params)


def say(key: str, **params: object) -> None:
    typer.echo(words(key, **params))


def fail(key: str, **params: object) -> NoReturn:
    """Say what is wrong and what to do, and end with exit code 1."""
    typer.echo(words(key, **params), err=True)
    sys.exit(1)


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run asynchronous work to its end."""
    return asyncio.run(work)


def operator_settings(demo: bool = False) -> Settings:
    """The settings of an administrative command.

    ``loa serve --demo`` needs no secrets, so neither do the commands beside it: where nothing of a real house is set,
    the demo's keys are used, and that is said. Raises SettingsError when there is a real house and no DATA_KEYS: what
    the demo's keys would seal nobody could read there.
    """
    settings = Settings()
    if not demo and not settings.demo and not settings.keys:
        if settings.is_real:
            raise SettingsError(["DATA_KEYS"])
        typer.echo(words("cli.demo_keys"), err=True)
        demo = True
    if demo:
        settings = Settings.model_validate({**settings.model_dump(by_alias=True), "LOA_DEMO": True})
    use_keyring(Keyring(settings.keys))
    return settings


def open_database(settings: Settings) -> Database:
    """The database of the settings, migrated."""
    db = Database(settings.database_url.get_secret_value())
    db.upgrade()
    return db


async def ask_province(
    database: Database, catalog: Catalog, question: Callable[[AsyncSession], Awaitable[Result]]
) -> Result:
    """What a question to the database comes to, once it surely holds the shipped province; closes the database."""
    now = Clock().now()
    try:
        async with database.session() as db:
            await load_shipped(db, catalog, now)
            await db.commit()
        async with database.reading() as db:
            await settle(db, catalog.province.agencies, now.astimezone(LOCAL).date())
            return await question(db)
    finally:
        await database.close()
