"""Where updates wait while the database is away: sealed lines in a file, on disk before the platform is answered.

A platform that hears an error may not deliver again (Zalo tries only when no connection could be opened), so what it
pushes is kept here until the database is back. A file is locked by the process that writes it; one that is not was left
by a process that has died, and is read by whoever looks next.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from cryptography.fernet import InvalidToken

from bot.channels.base import Arrival
from storage.columns import keyring

if sys.platform != "win32":
    import fcntl

log = structlog.get_logger()

SUFFIX = ".spool"
CORRUPT = ".corrupt"

Take = Callable[[str, Arrival], Awaitable[None]]


class Spool:
    """Keeps updates, and hands them on in the order they came."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: int | None = None
        self._line = asyncio.Lock()
        self.waiting = any(folder.glob(f"*{SUFFIX}"))
        """Whether something may be here: what arrives now must wait behind it."""

    async def keep(self, channel: str, arrival: Arrival) -> None:
        """Write an update down; when this returns it survives a crash and a power cut. Raises OSError."""
        text = json.dumps([channel, arrival.external_id, arrival.payload])
        async with self._line:
            await asyncio.to_thread(self._append, keyring().seal(text).encode() + b"\n")
            self.waiting = True
        log.warning("spool.kept", channel=channel, update=arrival.external_id)

    async def hand_on(self, take: Take) -> int:
        """Give everything kept to ``take``, the oldest first; how many.

        What ``take`` raises ends it, and nothing is lost: an update handed on twice is recorded once.
        """
        handed = 0
        while True:
            async with self._line:
                self.aclose()
                paths = self._paths()
                if not paths:
                    self.waiting = False
                    return handed
            count = 0
            for path in paths:
                count += await self._read(path, take)
            if not count:  # all of them belong to other processes
                self.waiting = self._file is not None
                return handed
            handed += count

    def aclose(self) -> None:
        """Let go of the file: what is in it is read at the next start, or by the next :meth:`hand_on`."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _append(self, line: bytes) -> None:
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{time.time_ns():020}-{os.getpid()}{SUFFIX}"
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            _locked(self._file)
            _sync_folder(self._folder)
        rest = memoryview(line)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        os.fsync(self._file)

    async def _read(self, path: Path, take: Take) -> int:
        """Hand on one file and delete it; 0 when another process is at it."""
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return 0
        try:
            if not _locked(file):
                return 0
            lines = (await asyncio.to_thread(path.read_bytes)).splitlines()
            torn = 0
            for line in lines:
                try:
                    channel, external_id, payload = json.loads(keyring().open(line.decode()))
                except (InvalidToken, ValueError):
                    torn += 1
                    continue
                await take(channel, Arrival(external_id, payload))
            self._read_through(path, torn)
        finally:
            os.close(file)
        log.info("spool.handed_on", updates=len(lines) - torn)
        return len(lines) or 1

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{SUFFIX}"))

    def _read_through(self, path: Path, torn: int) -> None:
        """Half a line at the end was never acknowledged; anything else that is unreadable a person should look at."""
        if torn:
            log.error("spool.unreadable", file=path.name, lines=torn)
            path.rename(path.with_suffix(CORRUPT))
        else:
            path.unlink()


def _locked(file: int) -> bool:
    """Lock an open file until it is closed; False when another process has it. Windows has no such lock: there one
    process must do."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    """Else a new file's name may be lost with the power."""
    if sys.platform == "win32":
        return
    opened = os.open(folder, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)
