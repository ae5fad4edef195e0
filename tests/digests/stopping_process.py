"""A process that stops in the middle of its transaction. Arguments: database URL, moment in ISO format, what it does (a
tick's name, or ``tap:`` and the button's value), and how the statement begins after which it stops.

When that statement is in the database's hands it says so and waits to be killed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import datetime
from typing import Any

from sqlalchemy import event

from bot import scheduler
from bot.channels.base import Arrival
from bot.inbox import Inbox
from content.catalog import Catalog, load_catalog
from handlers.desk import Desk
from storage import journal
from storage.columns import Keyring, use_keyring
from storage.database import Database
from tests.conftest import TestClock
from tests.handlers.talk import Known
from tests.people import Phones


async def tap(db: Database, catalog: Catalog, moment: datetime, value: str) -> None:
    """The person ``an`` taps a button. No platform is waiting for an answer, so the machine may take its time."""
    journal.PATIENCE = 60.0
    phones = Phones()
    inbox = Inbox(db, {phones.name: phones}, Desk(catalog, Known()), catalog, TestClock(moment))
    update = {"id": "tap-1", "user": "an", "kind": "choice", "choice": value}
    await inbox.accept(phones.name, Arrival("tap-1", json.dumps(update)))
    await inbox.drain()


async def main(url: str, moment: str, work: str, statement: str) -> None:
    use_keyring(Keyring(["a-key-only-for-the-tests"]))
    catalog, now = load_catalog(), datetime.fromisoformat(moment)
    db = Database(url)

    @event.listens_for(db.engine.sync_engine, "after_cursor_execute")
    def stop(_connection: Any, _cursor: Any, executed: str, *_rest: Any) -> None:
        if executed.startswith(statement):
            sys.stdout.write("in the middle\n")
            sys.stdout.flush()
            time.sleep(60)

    if work.startswith("tap:"):
        await tap(db, catalog, now, work.removeprefix("tap:"))
    else:
        await scheduler.TICKS[work][0](db, catalog, now)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
