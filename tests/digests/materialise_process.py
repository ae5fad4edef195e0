"""A process that starts what is due and stops in the middle. Arguments: database URL, moment in ISO format.

After the first rows are in the database's hands it says so and waits to be killed.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import datetime
from typing import Any

from sqlalchemy import event

from bot import scheduler
from content.catalog import load_catalog
from storage.columns import Keyring, use_keyring
from storage.database import Database


async def main(url: str, moment: str) -> None:
    use_keyring(Keyring(["a-key-only-for-the-tests"]))
    catalog = load_catalog()
    db = Database(url)

    @event.listens_for(db.engine.sync_engine, "after_cursor_execute")
    def stop(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO delivery"):
            sys.stdout.write("in the middle\n")
            sys.stdout.flush()
            time.sleep(60)

    await scheduler.send_digests(db, catalog, datetime.fromisoformat(moment))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
