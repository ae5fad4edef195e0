"""Several photos chosen at once are one thing said, though each is an update of its own."""

from __future__ import annotations

import json

from bot.channels.telegram.channel import TelegramChannel
from handlers.messages import Kind, Message
from simulators.telegram import Person, TelegramSimulator


async def _translated(telegram: TelegramSimulator, channel: TelegramChannel) -> list[Message | None]:
    payloads = [json.dumps(update) for update in telegram.pending]
    telegram.pending.clear()
    return [channel.translate(payload) for payload in payloads]


async def test_an_album_is_answered_once(channel: TelegramChannel, an: Person, telegram: TelegramSimulator) -> None:
    await an.sends_album(4)
    first, *others = await _translated(telegram, channel)
    assert first is not None
    assert (first.kind, first.media) == (Kind.MEDIA, "photo")
    assert others == [None, None, None]
    await an.sends_album(2)
    again, other = await _translated(telegram, channel)
    assert again is not None
    assert other is None


async def test_its_first_piece_delivered_again_is_answered_again(
    channel: TelegramChannel, an: Person, telegram: TelegramSimulator
) -> None:
    await an.sends_album(2)
    payloads = [json.dumps(update) for update in telegram.pending]
    assert [channel.translate(payload) is None for payload in [*payloads, *payloads]] == [False, True, False, True]


async def test_the_same_album_id_of_two_people_is_two_albums(
    channel: TelegramChannel, an: Person, telegram: TelegramSimulator
) -> None:
    await an.sends_album(1)
    [update] = telegram.pending
    other = json.loads(json.dumps(update).replace(str(an.id), "5190099"))
    other["update_id"] += 1
    assert channel.translate(json.dumps(update)) is not None
    assert channel.translate(json.dumps(other)) is not None


async def test_what_is_written_under_any_piece_is_read(
    channel: TelegramChannel, an: Person, telegram: TelegramSimulator
) -> None:
    await an.sends_album(3)
    payloads = [json.loads(json.dumps(update)) for update in telegram.pending]
    payloads[2]["message"]["caption"] = "nấm này ăn được không"
    said = [channel.translate(json.dumps(payload)) for payload in payloads]
    assert [message and message.text for message in said] == ["", None, "nấm này ăn được không"]


async def test_thousands_of_albums_are_not_remembered(
    channel: TelegramChannel, an: Person, telegram: TelegramSimulator
) -> None:
    for _ in range(500):
        await an.sends_album(1)
    await _translated(telegram, channel)
    assert len(channel._albums) <= 200
