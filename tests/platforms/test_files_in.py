"""A file somebody sends, the whole way: to the form that asked for it, or back with a sentence that says why not."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from handlers import open_forms
from handlers.files import AWAITS_FILE
from handlers.messages import Reply
from handlers.turn import Turn
from storage.conversations import conversation_at
from tests.platforms.conftest import World

PATIENCE = 20.0


def _sheet() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        for member in ("[Content_Types].xml", "xl/workbook.xml"):
            made.writestr(member, "x")
    return kept.getvalue()


async def _answer(turn: Turn) -> list[Reply]:
    [file] = turn.message.attachments
    turn.conversation.form = {}
    return [Reply(f"Đã nhận {file.name}")]


async def _again(_turn: Turn) -> list[Reply]:
    return [Reply("Mời gửi biểu.")]


async def _aside(_turn: Turn, replies: list[Reply]) -> list[Reply]:
    return replies


@pytest.mark.parametrize("platform", ["telegram", "zalo"])
async def test_a_form_gets_its_file_and_a_refusal_is_said_in_words(
    world: World, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(open_forms.FORMS, "sheet", open_forms.Form(_answer, _again, _aside))
    person: Any = world.telegram.person(7, "An") if platform == "telegram" else world.zalo.person("An")
    sends = person.sends_document if platform == "telegram" else person.sends_file
    await person.asks("chào", PATIENCE)
    await world.settle()
    person._read = len(person.messages)
    async with world.loa.db.session() as db:
        talk = await conversation_at(db, person.address, world.loa.clock.now())
        talk.form = {"name": "sheet", AWAITS_FILE: True}
        await db.commit()
    await sends("bieu.xlsx", content=b"MZ a program")
    refusal, again = await person.sees(2, PATIENCE)
    assert refusal.text.startswith("Tôi không mở được tệp này")
    assert again.text == "Mời gửi biểu."
    await sends("Biểu số 1.xlsx", content=_sheet())
    [taken] = await person.sees(1, PATIENCE)
    assert taken.text == "Đã nhận Biểu số 1.xlsx"
    await sends("Biểu số 2.xlsx", content=_sheet())
    [unasked] = await person.sees(1, PATIENCE)
    assert "tệp" in unasked.text, "as ever, when nobody asked for a file"
