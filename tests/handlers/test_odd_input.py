"""Whatever arrives is answered: no text and no button value raises, and an answer always shows a way on."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.catalog import Catalog
from handlers import approvals, commands, router
from handlers.messages import Kind
from handlers.officers import joining
from storage.database import Database
from tests.handlers.talk import Known, Talk

NOW = datetime(2024, 11, 11, tzinfo=UTC)
WORDS = ["menu", "huỷ", "1", "số 9", "đồng ý", "không", "YC-ABCDE", "/start x", "/", "**", "{name}", "%s", "ấ" * 9]
values = st.one_of(
    st.text(max_size=40),
    st.builds(
        lambda verb, rest: ":".join([verb, *rest]),
        st.sampled_from(sorted(router.CHOICES)),
        st.lists(st.one_of(st.text(max_size=8), st.integers().map(str)), max_size=3),
    ),
)
texts = st.one_of(st.sampled_from(WORDS), st.text(max_size=60))
REST = ("", "1", "x", "view", "cancel", "show:1", "open:question")
"""Arguments no button of today's may carry, and some that many do."""
steps = st.lists(
    st.one_of(st.tuples(st.just(Kind.TEXT), texts), st.tuples(st.just(Kind.CHOICE), values)), min_size=1, max_size=6
)


def test_no_message_is_left_without_an_answer(agencies_template: Path, catalog: Catalog) -> None:
    @settings(max_examples=40, deadline=None)
    @given(steps)
    def play(steps: list[tuple[Kind, str]]) -> None:
        asyncio.run(_play(agencies_template, catalog, steps))

    play()


async def _play(template: Path, catalog: Catalog, steps: list[tuple[Kind, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "loa.db"
        shutil.copy(template, path)
        db = Database(f"sqlite:///{path}")
        try:
            talk = Talk(db, catalog, Known(), NOW)
            for kind, what in steps:
                replies = await talk.does(kind, **{"text" if kind is Kind.TEXT else "choice": what})
                assert replies, what
                assert all(reply.text.strip() for reply in replies)
                assert talk.buttons or talk.calls or (await talk.conversation()).form, what
        finally:
            await db.close()


@pytest.mark.parametrize("officer", [False, True], ids=["citizen", "officer"])
async def test_every_button_there_is_leads_on(talk: Talk, officer: bool) -> None:
    """Each registered choice, pressed by somebody it was never offered to, alone and with arguments of every shape."""
    dead_ends = []
    for number, verb in enumerate(sorted(router.CHOICES)):
        person = talk.another(f"p{number}")
        if officer:
            await person.becomes_officer("so_tttt")
        for value in (verb, *(f"{verb}:{rest}" for rest in REST)):
            replies = await person.does(Kind.CHOICE, choice=value)
            if not (replies and (person.buttons or person.calls or (await person.conversation()).form)):
                dead_ends.append(value)
    assert not dead_ends


async def test_every_command_there_is_leads_on(talk: Talk) -> None:
    for name in {*commands.INTENTS, *joining.COMMANDS, commands.CANCEL, commands.START, approvals.LINK}:
        for line in (f"/{name}", f"/{name} x"):
            replies = await talk.does(Kind.TEXT, text=line)
            assert replies, line
            assert talk.buttons or talk.calls or (await talk.conversation()).form, line


async def test_no_value_upsets_either_database(database: Database, catalog: Catalog) -> None:
    """PostgreSQL refuses NUL in text and numbers beyond its integers, SQLite neither."""
    talk = Talk(database, catalog, Known(), NOW)
    for verb in router.CHOICES:
        for rest in (
            "\x00",
            "view:\x00",
            "status:\x00",
            "helpful:2147483648",
            "food.la_ngon:2147483648",
            "-1",
            "\ud800",
        ):
            assert await talk.does(Kind.CHOICE, choice=f"{verb}:{rest}")
    for text in ("a\x00b", "\ud800", "YC-\x00ABCD", "/start \x00", "9" * 4000):
        assert await talk.does(Kind.TEXT, text=text)
