"""A process that answers: started and killed by the tests.

Arguments: database URL, journal file, clock shift in seconds, how many milliseconds a send takes. Each line of its
input is an update (number, user); one that is written down is acknowledged by its number on a line of the output. At
the end of the input it finishes its work and ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import timedelta

from bot.channels.base import Arrival
from bot.clock import Clock
from bot.inbox import Inbox
from content.catalog import load_catalog
from handlers.desk import Desk
from handlers.messages import Address, Reply
from storage.columns import Keyring, use_keyring
from storage.database import Database
from tests.handlers.talk import Known
from tests.people import Phones


class Journal(Phones):
    """A platform that writes down what it accepted before it answers."""

    def __init__(self, path: str, takes: float) -> None:
        super().__init__()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._takes = takes

    async def send(self, address: Address, reply: Reply) -> str:
        await asyncio.sleep(self._takes / 2)
        os.write(self._file, f"{address.user_id} {len(reply.text)}\n".encode())
        await asyncio.sleep(self._takes / 2)
        return "m"


async def main(url: str, path: str, shift: float, takes: float) -> None:
    use_keyring(Keyring(["a-key-only-for-the-tests"]))
    catalog, clock, db = load_catalog(), Clock(timedelta(seconds=shift)), Database(url)
    channel = Journal(path, takes)
    inbox = Inbox(db, {channel.name: channel}, Desk(catalog, Known()), catalog, clock)
    await inbox.resume()
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    accepting: set[asyncio.Task[None]] = set()

    async def accept(number: str, user: str) -> None:
        data = {"id": number, "user": user, "kind": "text", "text": f"question {number}"}
        await inbox.accept(channel.name, Arrival(number, json.dumps(data)))
        print(number, flush=True)

    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = asyncio.create_task(accept(*line.split()))
        accepting.add(task)
        task.add_done_callback(accepting.discard)
    await asyncio.gather(*accepting)
    await inbox.drain()
    await inbox.close()
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]) / 1000))
