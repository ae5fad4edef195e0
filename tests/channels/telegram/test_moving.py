"""A group becomes a supergroup, and with it another chat: its account goes along, and so does what is to be sent."""

from __future__ import annotations

import pytest
from aiogram.methods import SendMessage
from sqlmodel import select

from bot.channels.telegram.channel import TelegramChannel
from content.text import Texts
from handlers.messages import Address, Reply
from simulators.telegram import TelegramSimulator, refused
from storage.audit import AuditEntry
from storage.contacts import Account, account_at, see_account
from storage.conversations import Conversation, conversation_at
from storage.database import Database
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import Delivery, DeliveryKind
from tests.channels.telegram.conftest import TAPPED_AT, StoppedClock

OLD, NEW = Address("telegram", "-471100"), Address("telegram", "-1001234567890")
UPGRADED = refused(
    400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=int(NEW.user_id)
)


@pytest.mark.parametrize("known", [False, True], ids=["new", "known already"])
async def test_the_account_moves_and_the_message_arrives(
    telegram: TelegramSimulator, texts: Texts, database: Database, known: bool
) -> None:
    async with database.session() as db:
        account = await see_account(db, str(OLD), TAPPED_AT)
        (await conversation_at(db, str(OLD), TAPPED_AT)).greeted_at = TAPPED_AT
        await queue_deliveries(db, [new_delivery(DeliveryKind.NOTICE, "k", account, Reply("x").to_json(), TAPPED_AT)])
        if known:
            await see_account(db, str(NEW), TAPPED_AT)
        await db.commit()
    group = telegram.person(int(NEW.user_id), "Xóm 3")
    group.started = True
    channel = TelegramChannel(telegram.token, telegram.url, texts, StoppedClock(), database)
    telegram.fail("sendMessage", UPGRADED)
    await channel.send(OLD, Reply("Chào"))
    await channel.aclose()
    assert [bubble.text for bubble in group.messages] == ["Chào"]
    assert [call.chat_id for call in telegram.called(SendMessage)] == [OLD.user_id, NEW.user_id]
    async with database.reading() as db:
        moved = await account_at(db, str(NEW))
        old = await db.get_one(Account, account.id)
        [delivery] = (await db.exec(select(Delivery))).all()
        [conversation] = (await db.exec(select(Conversation))).all()
        [entry] = (await db.exec(select(AuditEntry))).all()
    assert moved is not None
    assert (moved.id == old.id) is not known
    assert (old.left_at is not None) is known
    assert (delivery.address, delivery.account_id) == (str(NEW), moved.id)
    assert (conversation.address, conversation.greeted_at) == (str(NEW), TAPPED_AT)
    assert (entry.action, entry.detail) == ("account.moved", {"to": moved.id})
