"""Column types and constraints every table shares."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import JSON, DateTime, Dialect, Enum, Text, TypeDecorator
from sqlmodel import SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment, always UTC. SQLite gives datetimes back naive; a naive one going in is a fault of ours."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was about to be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


SEALED = "s1."
"""Begins what is sealed with AES-256-GCM: Base64 of a random nonce and the sealed bytes. Rows from before there was
this form are Fernet tokens and stay readable; GCM takes a fifth of their time, and every message is sealed thrice."""
_NONCE = 12
"""Bytes. Random ones are safe for some four thousand million texts under one key."""


class Keyring:
    """The keys personal data is sealed with, newest first (``DATA_KEYS``).

    Any text serves as a key: it is stretched to the length the cipher wants. Older keys still open what they sealed.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("at least one data key is needed")
        self._boxes = [AESGCM(hashlib.sha256(b"loa sealed data:" + key.encode()).digest()) for key in keys]
        self._fernet = MultiFernet([Fernet(_fernet_key(key)) for key in keys])
        self._index_key = hashlib.sha256(b"loa blind index:" + keys[-1].encode()).digest()
        # The oldest key makes the index, so that adding a newer one does not orphan the rows already indexed.

    def seal(self, text: str) -> str:
        return SEALED + base64.b64encode(self.seal_bytes(text.encode())).decode()

    def open(self, sealed: str) -> str:
        """The sealed text. Raises InvalidToken when no key of the ring fits."""
        if not sealed.startswith(SEALED):
            return self._fernet.decrypt(sealed.encode()).decode()
        try:
            whole = base64.b64decode(sealed[len(SEALED) :], validate=True)
        except ValueError:
            raise InvalidToken from None
        return self.open_bytes(whole).decode()

    def seal_bytes(self, content: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._boxes[0].encrypt(nonce, content, None)

    def open_bytes(self, sealed: bytes) -> bytes:
        """The sealed bytes. Raises InvalidToken when no key of the ring fits."""
        if len(sealed) < _NONCE:
            raise InvalidToken
        for box in self._boxes:
            with suppress(InvalidTag):
                return box.decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        raise InvalidToken

    def blind_index(self, text: str) -> str:
        """A keyed fingerprint: equal texts can be found, none can be read back."""
        return hmac.new(self._index_key, text.encode(), hashlib.sha256).hexdigest()


def _fernet_key(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"loa data:" + key.encode()).digest())


_keyring: Keyring | None = None


def use_keyring(keyring: Keyring) -> None:
    """Set the keys encrypted columns use in this process; called once by the composition root."""
    global _keyring
    _keyring = keyring


def keyring() -> Keyring:
    """The keys in use. Raises RuntimeError before :func:`use_keyring`."""
    if _keyring is None:
        raise RuntimeError("no data keys: use_keyring() was not called")
    return _keyring


class EncryptedText(TypeDecorator[str]):
    """Text that is unreadable in the database file and its backups."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else keyring().seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        try:
            return keyring().open(value)
        except InvalidToken:
            return None  # sealed with a key that is gone: lost, which is also how data is shredded


class SealedJson(TypeDecorator[dict[str, Any]]):
    """An object that is unreadable in the database file. A row from before it was sealed reads as it stands."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> Any:
        return None if value is None else keyring().seal(json.dumps(value, ensure_ascii=False))

    def process_result_value(self, value: Any, dialect: Dialect) -> dict[str, Any]:
        if not isinstance(value, str):
            return value or {}
        try:
            opened: dict[str, Any] = json.loads(keyring().open(value))
        except InvalidToken:
            return {}
        return opened


def state(enum: type[StrEnum], name: str) -> Any:
    """A column that only takes the enum's values, checked on both engines."""
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )
