"""A process that only sends: started and killed by the tests. Arguments: database URL, journal file, clock shift in
seconds, how many milliseconds a send takes (MUTE: the platform takes it and never answers)."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta

from bot.channels.base import Capabilities
from bot.clock import Clock
from bot.outbox import Outbox
from handlers.messages import Address, Message, Reply
from storage.columns import Keyring, use_keyring
from storage.database import Database

MUTE = -1


class Journal:
    """A platform that writes down what it accepted before it answers."""

    name = "phone"
    capabilities = Capabilities(text_limit=2000, buttons=5, button_label=60, sends_per_second=80)

    def __init__(self, path: str, takes: float) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._takes = takes

    def translate(self, payload: str) -> Message | None:
        raise ValueError(payload)

    async def send(self, address: Address, reply: Reply) -> str:
        await asyncio.sleep(max(self._takes / 2, 0))
        os.write(self._file, f"{reply.text}\n".encode())
        await asyncio.sleep(self._takes / 2 if self._takes >= 0 else 3600)
        return f"m{reply.text}"

    async def aclose(self) -> None:
        os.close(self._file)


async def main(url: str, path: str, shift: float, takes: float) -> None:
    use_keyring(Keyring(["a-key-only-for-the-tests"]))
    db = Database(url)
    channel = Journal(path, takes)
    await Outbox(db, {channel.name: channel}, Clock(timedelta(seconds=shift))).drain()
    await channel.aclose()
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]) / 1000))
