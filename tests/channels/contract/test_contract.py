"""What every channel does alike, whatever its platform is like."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC

import pytest

from bot.channels.layout import width
from bot.errors import ChannelUnavailable, SendError, Unclear
from handlers.choices import picked
from handlers.messages import CHOICE_BYTES, Choice, Kind, Reply
from simulators import telegram as tg
from simulators import zalo as zl
from tests.channels.contract.conftest import NAME, PHONE, FarEnd, OnTelegram, OnZalo, Seen

VOTES = (Choice("Hữu ích", "vote:helpful:7"), Choice("Chưa đúng", "vote:wrong:7"))
MANY = tuple(Choice(f"Việc thứ {number} của cơ quan", f"task:{number}") for number in range(1, 41))
LONGEST = Choice("Nút", "x" * CHOICE_BYTES)

SAID = {
    "plain": "ăn nấm lạ bị nôn",
    "markup": "<b>a</b> & **b** _c_ `d` [e](f) </script>",
    "emoji": "👨‍👩‍👧🔥🇻🇳",
    "command": "/menu",
    "hash": "#ack:1",
    "numbers": PHONE,
    "lines": "một\nhai\n\nba",
    "decomposed": "a\u0306n na\u0302\u0301m",
    "direction": "\u202eabc\u200b",
    "long": "ấ" * 3900,
}

TEXTS = {
    "short": "Rửa tay bằng **xà phòng**, rồi gọi **115**.",
    "escaping": "a < b && c > d \"e\" 'f' &lt;b&gt; *một* _hai_ `ba` [bốn](http://x)",
    "tags": "</b><script>alert(1)</script>",
    "words": "ngộ độc thực phẩm " * 700,
    "one word": "ấ" * 9000,
    "emoji": "👨‍👩‍👧" * 1500,
    "links": ("xem https://example.vn/" + "a" * 300 + " ") * 40,
    "paragraphs": "\n\n".join(["Khi ăn phải nấm độc, gọi 115. Mang theo nấm còn lại."] * 150),
    "bold": "**" + "rất quan trọng " * 600 + "**",
}


def _words(text: str) -> str:
    return "".join(text.replace("**", "").split())


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_a_text_arrives_whole_within_the_limits(far: FarEnd, text: str) -> None:
    sent = await far.channel.send(far.address, Reply(text))
    assert sent
    seen = await far.sees()
    assert _words("".join(part.text for part in seen)) == _words(text)
    limit = far.channel.capabilities.text_limit
    assert all(0 < width(part.text) <= limit for part in seen), [width(part.text) for part in seen]


async def test_no_part_begins_with_half_a_letter_or_ends_in_a_link(far: FarEnd) -> None:
    await far.channel.send(far.address, Reply(TEXTS["links"]))
    for part in await far.sees():
        for word in part.text.split():
            assert word == "xem" or word == "https://example.vn/" + "a" * 300
    await far.channel.send(far.address, Reply("e\u0302\u0301" * 5000))
    assert not any(part.text.startswith(("\u0302", "\u0301")) for part in await far.sees())


@pytest.mark.parametrize("text", SAID.values(), ids=SAID)
async def test_what_is_written_is_read(far: FarEnd, text: str) -> None:
    payload = await far.says(text)
    message = far.read(payload)
    assert message.address == far.address
    assert message.address.channel == far.channel.name
    assert message.sent_at.tzinfo is not None
    assert message.sent_at.astimezone(UTC).year >= 2024
    again = replace(far.read(payload), sent_at=message.sent_at)  # a line at the terminal is dated when it is read
    assert message == again, "the same update read twice is the same message"
    if message.kind is Kind.CHOICE:
        assert message.choice, "forged by hand, and judged by the handlers"
        return
    assert message.kind is Kind.TEXT
    assert message.text
    assert not set(message.text) & set("\u202e\u200b\x00")


async def test_no_two_updates_have_one_id(far: FarEnd) -> None:
    payloads = [await far.says("a"), await far.says("a"), await far.opens()]
    assert len({far.read(payload).external_id for payload in payloads}) == 3


async def test_opening_the_conversation_is_told(far: FarEnd) -> None:
    assert far.read(await far.opens()).kind is Kind.FOLLOWED


async def test_choices_become_buttons_where_there_are_any_and_numbers_where_not(far: FarEnd) -> None:
    await far.channel.send(far.address, Reply("Có ích không?", VOTES))
    [seen] = await far.sees()
    if far.channel.capabilities.buttons:
        assert seen.labels == ("Hữu ích", "Chưa đúng")
        assert seen.text == "Có ích không?"
    else:
        assert seen.labels == ()
        assert seen.text.splitlines()[-2:] == ["1. Hữu ích", "2. Chưa đúng"]


@pytest.mark.parametrize("far", ["telegram", "zalo", "webchat"], indirect=True)
@pytest.mark.parametrize("choice", [*VOTES, LONGEST], ids=lambda choice: choice.label)
async def test_a_tap_gives_back_exactly_what_the_button_carried(far: FarEnd, choice: Choice) -> None:
    await far.channel.send(far.address, Reply("Chọn", (*VOTES, LONGEST)))
    message = far.read(await far.taps(choice))
    assert (message.kind, message.choice, message.address) == (Kind.CHOICE, choice.value, far.address)


@pytest.mark.parametrize("answer", ["2", "số hai", "so hai", "viec thu 2 cua co quan", "Việc thứ 2 của cơ quan"])
async def test_whatever_does_not_fit_is_numbered_and_can_be_typed(far: FarEnd, answer: str) -> None:
    await far.channel.send(far.address, Reply("Chọn việc", MANY))
    seen = await far.sees()
    whole = "\n".join(part.text for part in seen)
    assert len(seen[-1].labels) <= far.channel.capabilities.buttons
    for number, choice in enumerate(MANY, 1):
        assert f"{number}. {choice.label}" in whole
    typed = far.read(await far.says(answer))
    assert picked(typed.text, [(choice.label, choice.value) for choice in MANY], False).value == "task:2"


async def test_labels_keep_to_the_platforms_width(far: FarEnd) -> None:
    label = "Báo cáo tiến độ của Ủy ban nhân dân huyện Sa Thầy về củng cố đài truyền thanh các xã " * 2
    await far.channel.send(far.address, Reply("Chọn", (Choice(label, "a"), Choice("B", "b"))))
    seen = await far.sees()
    assert all(width(each) <= far.channel.capabilities.button_label for part in seen for each in part.labels)
    assert "1. Báo cáo tiến độ của Ủy ban" in seen[-1].text, "what was cut off is to be read in full"


async def test_a_number_to_call_can_be_tapped_or_read(far: FarEnd) -> None:
    await far.channel.send(far.address, Reply("Gọi **115** ngay", VOTES, call=("115",)))
    [seen] = await far.sees()
    assert "115" in seen.text
    assert seen.calls == (("115",) if far.channel.capabilities.one_tap_call else ())


@pytest.mark.parametrize("payload", ["", "x", "[]", "{}", "7", "null", '{"update_id": 1, "message": 5}', '{"user": 7}'])
async def test_a_payload_of_another_shape_is_a_value_error_or_nothing(far: FarEnd, payload: str) -> None:
    with suppress(ValueError):
        assert far.channel.translate(payload) is None


BROKEN = [
    (tg.bad_gateway(), zl.Fault.UNAVAILABLE, ChannelUnavailable),
    (tg.dropped(), zl.Fault.LOST, Unclear),
]


@pytest.mark.parametrize("far", ["telegram", "zalo"], indirect=True)
@pytest.mark.parametrize(("telegram", "zalo", "kind"), BROKEN, ids=["refused by a gateway", "lost on the way back"])
async def test_failures_are_told_alike_and_without_anybodys_words(
    far: FarEnd, telegram: tg.Fault, zalo: zl.Fault, kind: type[SendError]
) -> None:
    if isinstance(far, OnTelegram):
        far.simulator.fail("sendMessage", telegram)
    else:
        assert isinstance(far, OnZalo)
        far.simulator.faults = [zalo]
    with pytest.raises(SendError) as raised:
        await far.channel.send(far.address, Reply(f"{NAME} {PHONE}"))
    assert type(raised.value) is kind
    told = f"{raised.value!r} {raised.value} {raised.value.reason}"
    assert not [word for word in (NAME, PHONE, *far.secrets) if word in told]
    assert await far.sees() == ([Seen(f"{NAME} {PHONE}")] if kind is Unclear else [])
    await far.channel.send(far.address, Reply("và tiếp"))
    assert (await far.sees())[-1].text == "và tiếp"
