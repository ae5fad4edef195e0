"""A typed answer means the same on every channel: with buttons or without, by number, by word, by part of a label."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.channels.terminal import TerminalChannel, typed
from bot.channels.webchat import NAME as WEBCHAT
from bot.channels.webchat import opened, said
from storage.webchat import webchat_since
from tests.platforms.conftest import World

PATIENCE = 20.0
Lines = Callable[[], Awaitable[list[str]]]


class _Somebody:
    """Somebody on one of the channels: opens the conversation, types, and reads the last message."""

    def __init__(self, world: World, channel: str) -> None:
        self.world = world
        self.channel = channel
        self.printed: list[str] = []
        self.number = 0
        if channel == "telegram":
            self.person = world.telegram.person(31, "An")
        elif channel == "zalo":
            self.lan = world.zalo.person("Lan")
        elif channel == "terminal":
            world.loa.channels["terminal"] = TerminalChannel(self.printed.append)

    async def opens(self) -> str:
        return await self._does("", opening=True)

    async def types(self, text: str) -> str:
        return await self._does(text)

    async def _does(self, text: str, opening: bool = False) -> str:
        before = len(await self._read())
        self.number += 1
        match self.channel:
            case "telegram":
                await (self.person.starts() if opening else self.person.says(text))
            case "zalo":
                await (self.lan.follows() if opening else self.lan.says(text))
            case "webchat":
                await self.world.loa.accept(WEBCHAT, opened("an") if opening else said("an", text))
            case "terminal":
                await self.world.loa.accept("terminal", typed("an", text, str(self.number), opening))
        async with asyncio.timeout(PATIENCE):
            while len(await self._read()) == before:
                await self.world.settle()
                await asyncio.sleep(0.01)
        await self.world.settle()
        return (await self._read())[-1]

    async def _read(self) -> list[str]:
        match self.channel:
            case "telegram":
                return [bubble.text for bubble in self.person.messages]
            case "zalo":
                return [bubble.text for bubble in self.lan.messages]
            case "terminal":
                return list(self.printed)
        async with self.world.loa.db.reading() as db:
            return [str(row.body["text"]).replace("**", "") for row in await webchat_since(db, "an", 0)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("channel", ["telegram", "zalo", "webchat", "terminal"])
async def test_a_button_by_its_number_in_words_and_by_part_of_its_label(world: World, channel: str) -> None:
    somebody = _Somebody(world, channel)
    await somebody.opens()
    meant = {"thực phẩm": ("1", "so mot", "an toan thuc", "AN TOÀN THỰC PHẨM"), "pin": ("2", "so hai", "số 2")}
    for topic, ways in meant.items():
        answers = []
        for answer in ways:
            await somebody.types("/menu")
            answers.append(await somebody.types(answer))
        assert len(set(answers)) == 1, answers
        assert topic in answers[0].lower()
