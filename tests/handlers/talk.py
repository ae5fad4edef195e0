"""A conversation with the desk over a real database; only what the model would say of a text is set by hand."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.papers import OfficePapers
from content.catalog import Catalog
from handlers.choices import folded
from handlers.desk import Desk
from handlers.messages import Address, Choice, Kind, Message, Receipt, Reply
from handlers.turn import LOCAL
from nlu.verdict import Emergency, Level, Understanding, UnderstandingKind
from storage.appointments import enrol
from storage.contacts import Account, account_at, see_account
from storage.conversations import Conversation, conversation_at
from storage.database import Database
from tests.writes import CHAT, untold, watched

_ids = itertools.count(1)


@dataclass(slots=True)
class Known:
    """An understander that knows a handful of lines and nothing else."""

    lines: dict[str, Understanding] = field(default_factory=dict)

    def understand(self, text: str) -> Understanding:
        found = self.lines.get(folded(text))
        return replace(found, text=text) if found else Understanding(text, UnderstandingKind.FALLBACK)

    def faq(self, text: str, entry: str, **emergency: str) -> None:
        self._learn(text, Understanding(text, UnderstandingKind.FAQ, faq=entry, score=0.9), **emergency)

    def clarify(self, text: str, *entries: str) -> None:
        self._learn(text, Understanding(text, UnderstandingKind.CLARIFY, alternatives=entries, score=0.4))

    def intent(self, text: str, name: str) -> None:
        self._learn(text, Understanding(text, UnderstandingKind.INTENT, intent=name, score=0.9))

    def danger(self, text: str, type_: str, domain: str = "food", faq: str | None = None) -> None:
        emergency = Emergency(Level.CERTAIN, domain, type_)
        self._learn(text, Understanding(text, UnderstandingKind.EMERGENCY, faq=faq, emergency=emergency))

    def _learn(self, text: str, understanding: Understanding, **emergency: str) -> None:
        if emergency:
            level = Level(emergency.pop("level"))
            understanding = replace(understanding, emergency=Emergency(level, **emergency))
        self.lines[folded(text)] = understanding


class Talk:
    """One person at the desk; every step is a session of its own, committed as the inbox does."""

    def __init__(self, db: Database, catalog: Catalog, known: Known, now: datetime, user: str = "an") -> None:
        self.db = db
        self.catalog = catalog
        self.known = known
        self.now = now
        self.address = Address("phone", user)
        self.desk = Desk(catalog, known, papers=OfficePapers(catalog))
        self.replies: list[Reply] = []

    def another(self, user: str) -> Talk:
        """Somebody else at the same desk."""
        return Talk(self.db, self.catalog, self.known, self.now, user)

    async def does(self, kind: Kind, **fields: object) -> list[Reply]:
        message = Message(self.address, kind, f"u{next(_ids)}", self.now, **fields)  # type: ignore[arg-type]
        async with self.db.session() as db:
            with watched() as written:
                self.replies = await self.desk.answer(db, message, self.now)
                await db.commit()
        assert not untold(written, CHAT), untold(written, CHAT)
        self.now += timedelta(seconds=20)
        return self.replies

    async def says(self, text: str) -> str:
        """What is answered to a line, all replies together."""
        return said(await self.does(Kind.TEXT, text=text))

    async def taps(self, wanted: str) -> str:
        """Tap the button of the last answer whose label begins so, or send this value as an old button would."""
        value = next((choice.value for choice in self.buttons if choice.label.startswith(wanted)), wanted)
        return said(await self.does(Kind.CHOICE, choice=value, text=wanted))

    async def receives(self, *provider_ids: str, seen: bool = False) -> list[Reply]:
        return await self.does(Kind.RECEIPT, receipt=Receipt(provider_ids, seen))

    @property
    def buttons(self) -> list[Choice]:
        return [choice for reply in self.replies for choice in reply.choices]

    @property
    def labels(self) -> list[str]:
        return [choice.label for choice in self.buttons]

    @property
    def calls(self) -> list[str]:
        return [number for reply in self.replies for number in reply.call]

    async def conversation(self) -> Conversation:
        async with self.db.session() as db:
            return await conversation_at(db, str(self.address), self.now)

    async def account(self) -> Account:
        async with self.db.session() as db:
            found = await account_at(db, str(self.address))
        assert found is not None
        return found

    async def becomes_officer(self, agency: str, name: str = "Y Demo (demo)") -> int:
        """Register this account for an agency, as registration leaves it."""
        async with self.db.session() as db:
            contact = await enrol(db, agency, name, self.now, self.now.astimezone(LOCAL).date(), by="test")
            account = await see_account(db, str(self.address), self.now)
            account.contact_id = contact.id
            await db.commit()
        assert contact.id is not None
        return contact.id

    async def stored(self, work: str) -> object:
        """The first column of the first row of a query."""
        async with self.db.reading() as db:
            return await first(db, work)


async def first(db: AsyncSession, query: str) -> object:
    from sqlalchemy import text

    return (await db.exec(text(query))).scalar()  # type: ignore[call-overload]


def said(replies: list[Reply]) -> str:
    return "\n".join(reply.text for reply in replies)
