"""One message thought through: its replies, committed with everything it changed, before any of them is sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.clock import Clock
from bot.interpreter import Interpreter
from bot.rounds import Rounds
from handlers.desk import Desk
from handlers.echoes import RECENT, SKEW
from handlers.messages import Message, Receipt, Reply
from nlu.verdict import Understanding
from storage.columns import keyring
from storage.database import Database
from storage.deliveries import deliveries_in_doubt
from storage.digests import is_ours
from storage.journal import DatabaseAway, Journal
from storage.journal_entries import Answered
from storage.questions import LOGGED, QuestionLog
from storage.standings import Standing
from storage.updates import answer_update

log = structlog.get_logger()

TURN_LIMIT = 60.0
"""Seconds one turn may take before it counts as failed."""
TURN_PAUSES = (0.1, 0.5)
"""Seconds between the attempts at a turn that ended in a fault of ours."""
FIRST_AWAY, LONGEST_AWAY = 0.5, 5.0
"""Seconds between two attempts while the database is away: the first pause, doubled up to the longest."""


class Turns:
    """Has the desk answer. A citizen's turn is read and written through the journal, together with other people's; one
    that needs more of the database, and every officer's, has a transaction of its own."""

    def __init__(
        self,
        db: Database,
        journal: Journal,
        desk: Desk,
        clock: Clock,
        rounds: Rounds,
        interpreter: Interpreter | None = None,
    ) -> None:
        self._db = db
        self._journal = journal
        self._desk = desk
        self._clock = clock
        self._interpreter = interpreter
        self._rounds = rounds

    async def answer(self, update_id: int, message: Message, standing: Standing | None = None) -> tuple[Reply, ...]:
        """The replies, committed with the update. ``standing`` is the person's as of now, if somebody has just looked.

        A fault of ours gets a few attempts before it is raised, a turn that takes too long only one (TimeoutError);
        while the database is away there is no end to them.
        """
        attempt, away = 0, FIRST_AWAY
        while True:
            try:
                async with asyncio.timeout(TURN_LIMIT):
                    return await self._attempt(update_id, message, standing)
            except TimeoutError:
                raise
            except Exception as error:
                if is_away(error):
                    log.warning("turn.database_away", update=update_id, error=type(error).__name__)
                    pause, away = away, min(away * 2, LONGEST_AWAY)
                elif attempt < len(TURN_PAUSES):
                    pause, attempt = TURN_PAUSES[attempt], attempt + 1
                else:
                    raise
            standing = None  # the attempt has changed it
            await asyncio.sleep(pause)

    async def _attempt(self, update_id: int, message: Message, standing: Standing | None) -> tuple[Reply, ...]:
        now = self._clock.now()
        if message.receipt is not None:
            if message.receipt.tracking_id:  # about a phone number, nobody's account
                return await self._for_officer(update_id, message)
            if not await self._is_about_a_delivery(message, message.receipt):
                return ()
        if standing is None:
            standing = await self._journal.see(str(message.address), now)
        understood = None
        if self._interpreter is not None and message.text:
            understood = await self._interpreter.understand(message.text)
        if standing.account.contact_id is not None:
            return await self._for_officer(update_id, message, understood)
        await self._rounds.next()
        async with self._db.late_session() as db:
            replies = tuple(await self._desk.answer_citizen(db, message, now, standing, understood))
            questions = None if db.begun else _only_questions(db, standing)
            if questions is None:  # the turn has done more than talk
                await answer_update(db, update_id, _kept(replies))
                await db.commit()
                return replies
        await self._journal.answer(Answered(update_id, keyring().seal(_kept(replies)), standing, questions))
        return replies

    async def _is_about_a_delivery(self, message: Message, receipt: Receipt) -> bool:
        """Most receipts are about answers, which nobody keeps a table of."""
        address = str(message.address)
        async with self._db.reading() as db:
            if receipt.echo:
                doubtful = await deliveries_in_doubt(db, address, message.sent_at - RECENT, message.sent_at + SKEW)
                return bool(doubtful)
            return await is_ours(db, receipt.provider_ids, address)

    async def _for_officer(
        self, update_id: int, message: Message, understood: Understanding | None = None
    ) -> tuple[Reply, ...]:
        """What an officer changes is read and written in one transaction: colleagues work on the same rows."""
        async with self._db.session() as db:
            replies = tuple(await self._desk.answer(db, message, self._clock.now(), understood))
            await answer_update(db, update_id, _kept(replies))
            await db.commit()
        return replies


def is_away(error: Exception) -> bool:
    """Whether it is the database's absence, not a fault in what was asked of it."""
    if isinstance(error, DBAPIError):
        words = str(error.orig).lower()
        return error.connection_invalidated or any(sign in words for sign in _SIGNS)
    return isinstance(error, DatabaseAway | ConnectionError)


_SIGNS = ("locked", "disk", "unable to open", "readonly", "connection", "server closed", "shutting down", "starting up")


def _kept(replies: Sequence[Reply]) -> str:
    return json.dumps([reply.to_json() for reply in replies], ensure_ascii=False)


def _only_questions(db: AsyncSession, standing: Standing) -> tuple[dict[str, Any], ...] | None:
    """The questions a turn has logged, when it changed nothing else beyond the person's own rows; None when it did."""
    own = {id(standing.account), id(standing.conversation)}
    questions = []
    for row in db.new:
        if isinstance(row, QuestionLog):
            questions.append({name: getattr(row, name) for name in LOGGED})
        elif id(row) not in own:
            return None
    if db.deleted or any(id(row) not in own for row in db.dirty):
        return None
    return tuple(questions)
