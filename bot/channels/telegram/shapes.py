"""What is read of the Bot API's objects. Only these fields are checked, so a kind of content newer than this program,
quoted or forwarded, does not make a whole message unreadable; reading all of aiogram's types takes longer."""

from __future__ import annotations

from datetime import datetime

from aiogram.enums import ChatType
from pydantic import BaseModel, Field


class Chat(BaseModel):
    id: int
    type: str

    @property
    def is_group(self) -> bool:
        return self.type in (ChatType.GROUP, ChatType.SUPERGROUP)


class Person(BaseModel):
    id: int
    is_bot: bool
    first_name: str
    last_name: str | None = None

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}" if self.last_name else self.first_name


class Contact(BaseModel):
    phone_number: str
    user_id: int | None = None


class Said(BaseModel):
    """A message."""

    message_id: int
    date: datetime
    chat: Chat
    person: Person | None = Field(default=None, alias="from")
    text: str | None = None
    caption: str | None = None
    contact: Contact | None = None
    media_group_id: str | None = None
    migrate_to_chat_id: int | None = None

    @property
    def private_person(self) -> Person | None:
        """Whoever wrote it to the bot alone."""
        if self.chat.type != ChatType.PRIVATE or self.person is None or self.person.is_bot:
            return None
        return self.person


class Tap(BaseModel):
    """A button that was pressed (``callback_query``)."""

    id: str
    person: Person = Field(alias="from")
    data: str | None = None


class Membership(BaseModel):
    status: str


class Change(BaseModel):
    """Of the bot's own membership (``my_chat_member``)."""

    chat: Chat
    person: Person = Field(alias="from")
    date: datetime
    old_chat_member: Membership
    new_chat_member: Membership
