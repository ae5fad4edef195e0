"""A database with accounts and deliveries, and a platform that answers as the test tells it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlmodel import select

from bot.channels.base import Capabilities
from bot.errors import SendError
from bot.outbox import Outbox
from handlers.messages import Address, Message, Reply
from handlers.turn import LOCAL
from storage.appointments import enrol
from storage.contacts import Account, Contact, see_account, subscribe
from storage.database import Database
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import Delivery, DeliveryKind, Digest, DigestState
from storage.rests import ChannelRest, rests
from tests.conftest import TestClock

Fault = SendError | Exception | None


class Wire:
    """A channel whose platform is the test: it answers each send as it is told."""

    def __init__(self, name: str = "phone", rate: float = 1000.0, takes: float = 0.0) -> None:
        self.name = name
        self.capabilities = Capabilities(text_limit=2000, buttons=5, button_label=60, sends_per_second=rate)
        self.takes = takes
        self.log: list[tuple[float, str, str]] = []
        """Moment, address and text of everything the platform was asked to deliver."""
        self.faults: list[Fault] = []
        """Answers to the next sends; None and none left mean accepted."""
        self.at_once = 0
        self.most_at_once = 0
        self.during: Callable[[], Awaitable[None]] | None = None

    def translate(self, payload: str) -> Message | None:
        raise ValueError(payload)

    async def send(self, address: Address, reply: Reply) -> str:
        self.log.append((asyncio.get_running_loop().time(), str(address), reply.text))
        fault = self.faults.pop(0) if self.faults else None
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.takes)
            if self.during is not None:
                await self.during()
        finally:
            self.at_once -= 1
        if fault is not None:
            raise fault
        return f"m{len(self.log)}"

    async def aclose(self) -> None:
        """Nothing to let go of."""

    @property
    def texts(self) -> list[str]:
        return [text for _, _, text in self.log]


class Post:
    """A database with accounts and deliveries, and an outbox over it."""

    def __init__(self, db: Database, clock: TestClock, *wires: Wire) -> None:
        self.db = db
        self.clock = clock
        self.wires = wires or (Wire(),)
        self.wire = self.wires[0]
        self.outbox = Outbox(db, {wire.name: wire for wire in self.wires}, clock)
        self.count = 0

    async def account(self, user: str = "an", channel: str = "phone") -> Account:
        """A subscribed officer's account."""
        now = self.clock.now()
        async with self.db.session() as session:
            contact = (await session.exec(select(Contact).limit(1))).first()
            if contact is None:
                from storage.agencies import Agency

                session.add(Agency(id="so_y_te", name="Sở Y tế", kind="department", level="province"))
                await session.flush()
                day = now.astimezone(LOCAL).date()
                contact = await enrol(session, "so_y_te", "Y Mẫu (demo)", now, day, by="test")
            account = await see_account(session, f"{channel}:{user}", now)
            account.contact_id = contact.id
            await subscribe(session, account.id or 0, now)
            await session.commit()
        return account

    async def queue(
        self, account: Account, texts: int = 1, kind: DeliveryKind = DeliveryKind.NOTICE, digest: int | None = None
    ) -> None:
        rows = []
        for _ in range(texts):
            self.count += 1
            reply = Reply(str(self.count)).to_json()
            rows.append(new_delivery(kind, f"k{self.count}", account, reply, self.clock.now(), digest_id=digest))
        async with self.db.session() as session:
            await queue_deliveries(session, rows)
            await session.commit()

    async def queue_many(self, people: int) -> None:
        """One delivery each for so many people."""
        first = await self.account()
        now, numbers = self.clock.now(), range(self.count + 1, self.count + people + 1)
        self.count += people
        accounts = [
            Account(
                address=f"phone:person{number}",
                channel="phone",
                contact_id=first.contact_id,
                first_seen_at=now,
                last_seen_at=now,
            )
            for number in numbers
        ]
        async with self.db.session() as session:
            session.add_all(accounts)
            await session.flush()
            rows = [
                new_delivery(DeliveryKind.NOTICE, f"k{number}", account, Reply(str(number)).to_json(), now)
                for number, account in zip(numbers, accounts, strict=True)
            ]
            await queue_deliveries(session, rows)
            await session.commit()

    async def digest(self) -> int:
        """A digest that is being sent."""
        now = self.clock.now()
        digest = Digest(week=f"2024-W{self.count + 10}", state=DigestState.SENDING, composed_at=now, composed_by="x")
        await self.save(digest)
        assert digest.id is not None
        return digest.id

    async def save(self, *rows: Any) -> None:
        async with self.db.session() as session:
            session.add_all(rows)
            await session.commit()

    async def rows(self) -> list[Delivery]:
        async with self.db.reading() as session:
            return sorted((await session.exec(select(Delivery))).all(), key=lambda row: row.id or 0)

    async def row(self) -> Delivery:
        (row,) = await self.rows()
        return row

    async def get(self, table: Any, key: Any) -> Any:
        async with self.db.reading() as session:
            return await session.get(table, key)


async def standing_rests(post: Post) -> list[ChannelRest]:
    async with post.db.reading() as session:
        return list(await rests(session, post.clock.now()))


@asynccontextmanager
async def posted(url: str, clock: TestClock, *wires: Wire) -> AsyncIterator[Post]:
    """On a loop of the test's own."""
    db = Database(url)
    yield Post(db, clock, *wires)
    await db.close()
