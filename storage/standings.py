"""Somebody's account and conversation as they stand, loaded together in one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import inspect
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.contacts import Account
from storage.conversations import Conversation

Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class Standing:
    """Belongs to no session yet."""

    account: Account
    conversation: Conversation
    begun: bool
    """Whether the conversation has a row."""

    @classmethod
    def of(cls, account: dict[str, Any], conversation: dict[str, Any] | None, now: datetime) -> Standing:
        """From the columns of the two rows; a conversation that has none begins ``now``."""
        if conversation is not None:
            return cls(_loaded(Account, account), _loaded(Conversation, conversation), True)
        begins = Conversation(
            address=account["address"],
            greeted_at=None,
            offered=[],
            last_faq=None,
            failures=0,
            form={},
            updated_at=now,
        )
        return cls(_loaded(Account, account), begins, False)

    def join(self, db: AsyncSession) -> None:
        """Make both rows the session's, as if it had loaded them."""
        db.add(self.account)
        db.add(self.conversation)


def new_row(kind: type[Row], columns: dict[str, Any]) -> Row:
    """A row that is not in the database yet, of values known to be right: they are not checked again."""
    row = inspect(kind).class_manager.new_instance()
    inspect(row).dict.update(columns)
    made: Row = row
    return made


def _loaded(kind: type[Row], columns: dict[str, Any]) -> Row:
    """A row as a session would have made it from its columns, all of which are given, and belonging to none.

    Going through the class would check every value again, which takes twenty times as long.
    """
    mapper = inspect(kind)
    row = mapper.class_manager.new_instance()
    state = inspect(row)
    state.dict.update(columns)
    state.key = mapper.identity_key_from_primary_key([columns[mapper.primary_key[0].name]])
    state._commit_all(state.dict)
    mapper.class_manager.dispatch.load(state, None)
    loaded: Row = row
    return loaded
