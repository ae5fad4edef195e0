"""The journal's statements on each engine: whole groups of rows go in and come out.

PostgreSQL gets a group as one JSON value, which means few round trips. The values are laid out here as the columns'
types would: see `storage.columns`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, cast

import psycopg
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect

from storage.columns import keyring
from storage.journal_entries import Answered, Finished, Recorded, Seen
from storage.questions import LOGGED
from storage.standings import Standing

BUSY_MS = 10_000
"""How long another process may keep SQLite's write lock before it counts as away."""


class Page(Protocol):
    """One transaction at a time on one connection. Empty groups cost nothing."""

    def begin(self) -> None: ...
    def begin_at_once(self) -> bool: ...
    def record(self, entries: Sequence[Recorded]) -> dict[tuple[str, str], int]: ...
    def answer(self, entries: Sequence[Answered]) -> None: ...
    def finish(self, entries: Sequence[Finished]) -> None: ...
    def see(self, entries: Sequence[Seen]) -> dict[str, Standing]: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...
    def is_away(self, error: Exception) -> bool: ...


class SqlitePage:
    """Over the driver itself, row by row: on the event loop's thread nobody else wants the interpreter meanwhile."""

    _RECORD = (
        "INSERT INTO inbound_update "
        "(channel, external_id, payload, received_at, taken_until, state, handled_at, error, attempts) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (channel, external_id) DO NOTHING"
    )
    _NEWER = "SELECT channel, external_id, id FROM inbound_update WHERE id > ?"
    _CONVERSATIONS = (
        "INSERT INTO conversation (address, greeted_at, offered, last_faq, failures, form, updated_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (address) DO UPDATE SET "
        "greeted_at = excluded.greeted_at, offered = excluded.offered, last_faq = excluded.last_faq, failures "
        "= excluded.failures, form = excluded.form, updated_at = excluded.updated_at"
    )
    _QUESTIONS = (
        "INSERT INTO question_log (code, asked_at, channel, text, kind, faq, intent, score) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    )
    _ACCOUNTS = "UPDATE account SET left_at = ?2, last_interaction_at = ?3 WHERE id = ?1"
    _ANSWER = "UPDATE inbound_update SET state = 'answered', replies = ?2 WHERE id = ?1"
    _FINISH = (
        "UPDATE inbound_update SET state = ?2, handled_at = ?3, error = ?4, replies = NULL, taken_until = NULL "
        "WHERE id = ?1"
    )
    _SEE = (
        "INSERT INTO account (address, channel, first_seen_at, last_seen_at) VALUES (?1, ?2, ?3, ?3) "
        "ON CONFLICT (address) DO UPDATE SET last_seen_at = excluded.last_seen_at"
    )
    _STAND = (
        "SELECT a.address, a.id, a.channel, a.contact_id, a.first_seen_at, a.last_seen_at, a.left_at, "
        "c.address, c.greeted_at, c.offered, c.last_faq, c.failures, c.form, c.updated_at, a.last_interaction_at "
        "FROM account a LEFT JOIN conversation c ON c.address = a.address "
        "WHERE a.address IN (SELECT value FROM json_each(?))"
    )

    def __init__(self, url: str) -> None:
        path = make_url(url).database or ":memory:"
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._patience = -1

    def begin(self) -> None:
        self._wait_for_others(BUSY_MS)
        self._connection.execute("BEGIN IMMEDIATE")

    def begin_at_once(self) -> bool:
        """Begin if no other process is writing; waits for nobody."""
        try:
            self._wait_for_others(0)
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True

    def _wait_for_others(self, milliseconds: int) -> None:
        if milliseconds != self._patience:
            self._connection.execute(f"PRAGMA busy_timeout={milliseconds}")
            self._patience = milliseconds

    def record(self, entries: Sequence[Recorded]) -> dict[tuple[str, str], int]:
        if not entries:
            return {}
        (newest,) = self._connection.execute("SELECT coalesce(max(id), 0) FROM inbound_update").fetchone()
        self._connection.executemany(self._RECORD, [_update(one, _text) for one in entries])
        found = self._connection.execute(self._NEWER, (newest,)).fetchall()
        return {(channel, external_id): number for channel, external_id, number in found}

    def answer(self, entries: Sequence[Answered]) -> None:
        if not entries:
            return
        many = self._connection.executemany
        many(self._CONVERSATIONS, [_conversation(one.standing, _text) for one in entries])
        many(self._QUESTIONS, [_question(row, _text) for one in entries for row in one.questions])
        many(self._ACCOUNTS, [_account(one.standing, _text) for one in entries])
        many(self._ANSWER, [(one.update_id, one.replies) for one in entries])

    def finish(self, entries: Sequence[Finished]) -> None:
        rows = [(one.update_id, one.state.value, _text(one.at), one.error) for one in entries]
        self._connection.executemany(self._FINISH, rows)

    def see(self, entries: Sequence[Seen]) -> dict[str, Standing]:
        if not entries:
            return {}
        newest = {one.address: one.at for one in entries}
        people = [(address, address.partition(":")[0], _text(at)) for address, at in newest.items()]
        self._connection.executemany(self._SEE, people)
        found = self._connection.execute(self._STAND, (json.dumps(list(newest)),)).fetchall()
        return {row[0]: _standing(row, newest[row[0]], _moment, json.loads) for row in found}

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def rollback(self) -> None:
        self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()

    def is_away(self, error: Exception) -> bool:
        return isinstance(error, sqlite3.OperationalError)


_DIALECT = psycopg_dialect.dialect()  # type: ignore[no-untyped-call]


class PostgresPage:
    """Over a connection of its own, not one of the pool's: acknowledgements must not wait for the console."""

    _RECORD = (
        "INSERT INTO inbound_update "
        "(channel, external_id, payload, received_at, taken_until, state, handled_at, error, attempts) "
        "SELECT r->>0, r->>1, r->>2, (r->>3)::timestamptz, (r->>4)::timestamptz, r->>5, (r->>6)::timestamptz, r->>7, 0 "
        "FROM json_array_elements(%s::json) r "
        "ON CONFLICT (channel, external_id) DO NOTHING RETURNING id, channel, external_id"
    )
    _CONVERSATIONS = (
        "INSERT INTO conversation (address, greeted_at, offered, last_faq, failures, form, updated_at) SELECT "
        "r->>0, (r->>1)::timestamptz, (r->>2)::json, r->>3, (r->>4)::int, (r->>5)::json, (r->>6)::timestamptz "
        "FROM json_array_elements(%s::json) r ON CONFLICT (address) DO UPDATE SET greeted_at = "
        "excluded.greeted_at, offered = excluded.offered, last_faq = excluded.last_faq, failures = "
        "excluded.failures, form = excluded.form, updated_at = excluded.updated_at"
    )
    _QUESTIONS = (
        "INSERT INTO question_log (code, asked_at, channel, text, kind, faq, intent, score) SELECT r->>0, "
        "(r->>1)::timestamptz, r->>2, r->>3, r->>4, r->>5, r->>6, (r->>7)::float FROM "
        "json_array_elements(%s::json) r"
    )
    _ACCOUNTS = (
        "UPDATE account SET left_at = (r->>1)::timestamptz, last_interaction_at = (r->>2)::timestamptz "
        "FROM json_array_elements(%s::json) r "
        "WHERE account.id = (r->>0)::int"
    )
    _ANSWER = (
        "UPDATE inbound_update SET state = 'answered', replies = r->>1 FROM json_array_elements(%s::json) r "
        "WHERE inbound_update.id = (r->>0)::int"
    )
    _FINISH = (
        "UPDATE inbound_update SET state = r->>1, handled_at = (r->>2)::timestamptz, error = r->>3, replies = NULL, "
        "taken_until = NULL FROM json_array_elements(%s::json) r WHERE inbound_update.id = (r->>0)::int"
    )
    _SEE = (
        "INSERT INTO account (address, channel, first_seen_at, last_seen_at) "
        "SELECT r->>0, r->>1, (r->>2)::timestamptz, (r->>2)::timestamptz FROM json_array_elements(%s::json) r "
        "ON CONFLICT (address) DO UPDATE SET last_seen_at = excluded.last_seen_at"
    )
    _STAND = (
        "SELECT a.address, a.id, a.channel, a.contact_id, a.first_seen_at, a.last_seen_at, a.left_at, "
        "c.address, c.greeted_at, c.offered, c.last_faq, c.failures, c.form, c.updated_at, a.last_interaction_at "
        "FROM account a LEFT JOIN conversation c ON c.address = a.address WHERE a.address = ANY(%s)"
    )

    def __init__(self, url: str) -> None:
        arguments, options = _DIALECT.create_connect_args(make_url(url))  # type: ignore[no-untyped-call]
        self._connection = psycopg.connect(*arguments, **cast("dict[str, Any]", options), connect_timeout=5)

    def begin(self) -> None:
        """The driver begins with the first statement."""

    def begin_at_once(self) -> bool:
        """Every statement waits for the network."""
        return False

    def record(self, entries: Sequence[Recorded]) -> dict[tuple[str, str], int]:
        if not entries:
            return {}
        rows = [_update(one, _iso) for one in entries]
        found = self._connection.execute(self._RECORD, (json.dumps(rows),)).fetchall()
        return {(channel, external_id): number for number, channel, external_id in found}

    def answer(self, entries: Sequence[Answered]) -> None:
        if not entries:
            return
        # In one order in every process, so that two never wait for each other's rows.
        entries = sorted(entries, key=lambda one: one.standing.account.address)
        self._all(self._CONVERSATIONS, [_conversation(one.standing, _iso) for one in entries])
        if questions := [_question(row, _iso) for one in entries for row in one.questions]:
            self._all(self._QUESTIONS, questions)
        self._all(self._ACCOUNTS, [_account(one.standing, _iso) for one in entries])
        self._all(self._ANSWER, [(one.update_id, one.replies) for one in entries])

    def finish(self, entries: Sequence[Finished]) -> None:
        if entries:
            self._all(self._FINISH, [(one.update_id, one.state.value, _iso(one.at), one.error) for one in entries])

    def see(self, entries: Sequence[Seen]) -> dict[str, Standing]:
        if not entries:
            return {}
        newest = {one.address: one.at for one in sorted(entries, key=lambda one: one.address)}
        self._all(self._SEE, [(address, address.partition(":")[0], _iso(at)) for address, at in newest.items()])
        found = self._connection.execute(self._STAND, (list(newest),)).fetchall()
        return {row[0]: _standing(row, newest[row[0]], _as_utc, lambda value: value) for row in found}

    def commit(self) -> None:
        self._connection.commit()

    def rollback(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()

    def is_away(self, error: Exception) -> bool:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) or self._connection.broken

    def _all(self, statement: str, rows: list[Any]) -> None:
        self._connection.execute(cast("Any", statement), (json.dumps(rows),))


def _update(one: Recorded, moment: Any) -> tuple[Any, ...]:
    until, handled_at, sealed = moment(one.taken_until), moment(one.handled_at), keyring().seal(one.payload)
    return one.channel, one.external_id, sealed, moment(one.at), until, one.state.value, handled_at, one.error


def _account(standing: Standing, moment: Any) -> tuple[Any, ...]:
    row = standing.account
    return row.id, moment(row.left_at), moment(row.last_interaction_at)


def _conversation(standing: Standing, moment: Any) -> tuple[Any, ...]:
    row = standing.conversation
    return (
        row.address,
        moment(row.greeted_at),
        json.dumps(row.offered),
        row.last_faq,
        row.failures,
        json.dumps(row.form),
        moment(row.updated_at),
    )


def _question(row: dict[str, Any], moment: Any) -> tuple[Any, ...]:
    values = {**row, "asked_at": moment(row["asked_at"]), "text": keyring().seal(row["text"])}
    return tuple(values[name] for name in LOGGED)


def _standing(row: Sequence[Any], now: datetime, moment: Any, read: Any) -> Standing:
    account = {
        "address": row[0],
        "id": row[1],
        "channel": row[2],
        "contact_id": row[3],
        "first_seen_at": moment(row[4]),
        "last_seen_at": moment(row[5]),
        "left_at": moment(row[6]),
        "last_interaction_at": moment(row[14]),
    }
    if row[7] is None:
        return Standing.of(account, None, now)
    conversation = {
        "address": row[7],
        "greeted_at": moment(row[8]),
        "offered": read(row[9]),
        "last_faq": row[10],
        "failures": row[11],
        "form": read(row[12]),
        "updated_at": moment(row[13]),
    }
    return Standing.of(account, conversation, now)


def _text(moment: datetime | None) -> str | None:
    """As SQLAlchemy writes moments into SQLite."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _as_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
