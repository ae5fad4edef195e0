"""The desk: takes one message, gathers what is known about who wrote it, and has the router answer."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers import router
from handlers.forms.runner import InProcessRunner, Runner
from handlers.messages import OPENING, Message, Reply
from handlers.turn import LOCAL, Papers, Turn, Understands
from nlu.verdict import Understanding
from storage.appointments import contact_of, nearest_appointment
from storage.contacts import Account, Contact, interacted, see_account
from storage.conversations import Conversation, conversation_at
from storage.standings import Standing
from storage.templates import template_delivered


class Desk:
    """Answers messages. Holds no state of its own: everything is in the database."""

    def __init__(
        self, catalog: Catalog, nlu: Understands, forms: Runner | None = None, papers: Papers | None = None
    ) -> None:
        self.catalog = catalog
        self.nlu = nlu
        self.forms = forms or InProcessRunner()
        self.papers = papers

    async def answer(
        self, db: AsyncSession, message: Message, now: datetime, understood: Understanding | None = None
    ) -> list[Reply]:
        """The replies to ``message``. What changed is in the session, for the caller to commit before sending.

        ``understood`` is what the message means, if the caller knows already.
        """
        if message.receipt is not None and message.receipt.tracking_id:  # not about anybody's account
            await template_delivered(db, message.receipt.tracking_id, message.sent_at)
            return []
        account = await see_account(db, str(message.address), now)
        if message.kind in OPENING:
            interacted(account, min(message.sent_at, now))
        conversation = await conversation_at(db, account.address, now)
        conversation.updated_at = now
        today = now.astimezone(LOCAL).date()
        turn = self._turn(db, message, now, account, conversation, await contact_of(db, account, today))
        turn.understood = understood
        if turn.contact is None:
            turn.lapsed = await nearest_appointment(db, account, today)
        return await router.respond(turn)

    async def answer_citizen(
        self,
        db: AsyncSession,
        message: Message,
        now: datetime,
        standing: Standing,
        understood: Understanding | None = None,
    ) -> list[Reply]:
        """The same for somebody who is no officer and whose rows are at hand: the session may not be needed at all."""
        standing.join(db)
        if message.kind in OPENING:
            interacted(standing.account, min(message.sent_at, now))
        standing.conversation.updated_at = now
        turn = self._turn(db, message, now, standing.account, standing.conversation, None)
        turn.understood = understood
        return await router.respond(turn)

    def _turn(
        self,
        db: AsyncSession,
        message: Message,
        now: datetime,
        account: Account,
        conversation: Conversation,
        contact: Contact | None,
    ) -> Turn:
        return Turn(
            message=message,
            now=now,
            db=db,
            catalog=self.catalog,
            nlu=self.nlu,
            account=account,
            conversation=conversation,
            contact=contact,
            forms=self.forms,
            papers=self.papers,
        )
