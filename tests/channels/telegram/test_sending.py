"""Replies as the Bot API receives them and as people see them."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Callable

import pytest
from aiogram.methods import AnswerCallbackQuery, GetUpdates, SendMessage
from aiogram.types import ReplyKeyboardRemove

from bot.channels.telegram.capabilities import CAPABILITIES
from bot.channels.telegram.channel import TelegramChannel
from bot.errors import ChannelUnavailable, Rejected, Throttled, Unclear
from content.text import Texts
from handlers.messages import Address, Choice, Reply
from simulators.telegram import (
    Fault,
    Person,
    TelegramSimulator,
    bad_gateway,
    broken,
    dropped,
    refused,
    slow,
    throttled,
)

AN = Address("telegram", "5190021")
MENU = Choice("Menu", "menu")


async def test_a_text_arrives_as_written(channel: TelegramChannel, an: Person) -> None:
    sent = await channel.send(AN, Reply("Rửa tay bằng **xà phòng**, rồi gọi **115**."))
    [bubble] = await an.sees(1)
    assert bubble.text == "Rửa tay bằng xà phòng, rồi gọi 115."
    assert bubble.bold == ("xà phòng", "115")
    assert sent == str(bubble.id)
    assert not bubble.silent


async def test_choices_are_one_a_row(channel: TelegramChannel, an: Person) -> None:
    choices = (Choice("An toàn thực phẩm", "topic:food"), Choice("Cháy pin, xe điện", "topic:battery"), MENU)
    await channel.send(AN, Reply("Chọn", choices))
    [bubble] = await an.sees(1)
    assert [(button.label, button.data) for button in bubble.buttons] == [(c.label, c.value) for c in choices]
    assert bubble.rows == (1, 1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "a < b && c > d",
        "<b>không đậm</b> <script>alert(1)</script>",
        "</b> </i> <a href='x'",
        "&lt;b&gt; &amp; &nbsp; &#60;",
        "*một* _hai_ `ba` [bốn](http://x) ~năm~ ||sáu||",
        "** lẻ",
        "« “dấu” » \"'",
        "\u200fעברית\u202e ngược",
        "ngộ độc thực phẩm",
        "🔥🛵👨‍👩‍👧🇻🇳",
        "x" * 4096,
        "🔥" * 2048,
    ],
)
async def test_words_are_never_taken_for_markup(channel: TelegramChannel, an: Person, text: str) -> None:
    await channel.send(AN, Reply(text))
    [bubble] = await an.sees(1)
    assert bubble.text == text
    assert bubble.bold == ()


async def test_a_lone_surrogate_is_left_out(channel: TelegramChannel, an: Person) -> None:
    await channel.send(AN, Reply("cháy\ud83d pin", (Choice("Có\udd25", "yes"),)))
    [bubble] = await an.sees(1)
    assert bubble.text == "cháy pin"
    assert bubble.labels == ["Có"]


async def test_a_long_reply_comes_in_parts_with_the_buttons_under_the_last(
    channel: TelegramChannel, an: Person
) -> None:
    paragraphs = [f"**Mục {number}.** " + "Giữ thực phẩm ở nơi sạch, khô và mát. " * 20 for number in range(12)]
    sent = await channel.send(AN, Reply("\n\n".join(paragraphs), (MENU,)))
    bubbles = an.messages
    assert 2 <= len(bubbles) <= 4
    assert [len(bubble.buttons) for bubble in bubbles] == [0] * (len(bubbles) - 1) + [1]
    assert [piece for bubble in bubbles for piece in bubble.bold] == [f"Mục {number}." for number in range(12)]
    assert sent == str(bubbles[-1].id)


async def test_ten_thousand_letters_without_a_gap_arrive_whole(channel: TelegramChannel, an: Person) -> None:
    text = "ằ" * 10_000
    await channel.send(AN, Reply(text))
    assert "".join(bubble.text for bubble in an.messages) == text


async def test_the_fullest_keyboard_is_taken(channel: TelegramChannel, an: Person) -> None:
    choices = tuple(Choice("Ằ" * 200, "x" * 60 + str(number)) for number in range(10, 10 + CAPABILITIES.buttons))
    await channel.send(AN, Reply("Chọn", choices))
    bubble = an.messages[-1]
    assert len(bubble.buttons) == CAPABILITIES.buttons
    assert sum(len(label.encode()) + 64 + 40 for label in bubble.labels) < 10_000


async def test_numbers_to_call_stay_in_the_text(channel: TelegramChannel, an: Person) -> None:
    """A tel: button is refused by Telegram; the text names the number, which the apps make tappable."""
    await channel.send(AN, Reply("Gọi **115** ngay.", (MENU,), call=("115", "114")))
    [bubble] = await an.sees(1)
    assert bubble.labels == ["Menu"]


async def test_no_link_previews(channel: TelegramChannel, an: Person, telegram: TelegramSimulator) -> None:
    await channel.send(AN, Reply("Nguồn: https://vfa.gov.vn/?a=1&b=2"))
    [call] = telegram.called(SendMessage)
    assert call.link_preview_options.is_disabled
    assert an.messages[0].text.endswith("a=1&b=2")


UNREADABLE = refused(400, 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0')


async def test_refused_markup_goes_out_plain(channel: TelegramChannel, an: Person, telegram: TelegramSimulator) -> None:
    telegram.fail("sendMessage", UNREADABLE)
    await channel.send(AN, Reply("Gọi **115** & <114>", (MENU,)))
    [bubble] = await an.sees(1)
    assert (bubble.text, bubble.bold, bubble.labels) == ("Gọi 115 & <114>", (), ["Menu"])


async def test_markup_is_taken_out_once_only(channel: TelegramChannel, an: Person, telegram: TelegramSimulator) -> None:
    telegram.fail("sendMessage", UNREADABLE, times=2)
    with pytest.raises(Rejected):
        await channel.send(AN, Reply("Gọi **115**"))
    assert len(telegram.called(SendMessage)) == 2
    assert an.messages == []


class TestPhone:
    async def test_the_button_asks_for_ones_own_number(
        self, channel: TelegramChannel, an: Person, texts: Texts
    ) -> None:
        await channel.send(AN, Reply("Gửi số giúp", ask_phone=True))
        assert an.phone_button == texts("telegram.share_phone")
        assert [bubble.text for bubble in an.messages] == ["Gửi số giúp"]

    async def test_beside_choices_it_gets_a_message_of_its_own(
        self, channel: TelegramChannel, an: Person, texts: Texts
    ) -> None:
        await channel.send(AN, Reply("Gửi số giúp", (Choice("Không gửi", "no"),), ask_phone=True))
        assert [(bubble.text, bubble.labels) for bubble in an.messages] == [
            ("Gửi số giúp", ["Không gửi"]),
            (texts("telegram.share_phone_below"), []),
        ]
        assert an.phone_button is not None

    async def test_the_next_message_takes_it_away(self, channel: TelegramChannel, an: Person) -> None:
        await channel.send(AN, Reply("Gửi số giúp", ask_phone=True))
        await channel.send(AN, Reply("Đã nhận."))
        assert an.keyboard == ()
        assert [bubble.text for bubble in an.messages] == ["Gửi số giúp", "Đã nhận."]

    async def test_a_next_message_with_buttons_is_preceded_by_a_silent_line(
        self, channel: TelegramChannel, an: Person, texts: Texts
    ) -> None:
        await channel.send(AN, Reply("Gửi số giúp", ask_phone=True))
        await channel.send(AN, Reply("Đã nhận.", (MENU,)))
        assert an.keyboard == ()
        _, line, answer = an.messages
        assert (line.text, line.silent) == (texts("telegram.phone_keyboard_closed"), True)
        assert (answer.text, answer.labels, answer.silent) == ("Đã nhận.", ["Menu"], False)

    async def test_it_is_taken_away_once_and_from_this_person_only(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator
    ) -> None:
        binh = telegram.person(77, "Bình")
        binh.started = True
        await channel.send(AN, Reply("Gửi số giúp", ask_phone=True))
        await channel.send(Address("telegram", "77"), Reply("Chào"))
        await channel.send(AN, Reply("Một"))
        await channel.send(AN, Reply("Hai"))
        removals = [
            call.text for call in telegram.called(SendMessage) if isinstance(call.reply_markup, ReplyKeyboardRemove)
        ]
        assert removals == ["Một"]

    async def test_a_failed_message_does_not_forget_it(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator
    ) -> None:
        await channel.send(AN, Reply("Gửi số giúp", ask_phone=True))
        telegram.fail("sendMessage", broken())
        with pytest.raises(ChannelUnavailable):
            await channel.send(AN, Reply("Đã nhận."))
        await channel.send(AN, Reply("Đã nhận."))
        assert an.keyboard == ()


class TestSpinner:
    async def tapped(self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator) -> None:
        await channel.send(AN, Reply("Chọn", (MENU,)))
        await an.taps("Menu")
        await an.taps("Menu")
        for update in telegram.pending:
            channel.translate(json.dumps(update))

    async def test_it_stops_when_the_answer_comes(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator
    ) -> None:
        await self.tapped(channel, an, telegram)
        assert len(an.spinning) == 2
        await channel.send(AN, Reply("Đây"))
        await _until(lambda: not an.spinning)

    async def test_an_answer_does_not_wait_for_it_or_fail_with_it(
        self,
        channel: TelegramChannel,
        an: Person,
        telegram: TelegramSimulator,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level("WARNING")
        await self.tapped(channel, an, telegram)
        telegram.fail("answerCallbackQuery", slow(10))
        telegram.fail("answerCallbackQuery", refused(400, "Bad Request: query is too old and response timeout expired"))
        await asyncio.wait_for(channel.send(AN, Reply("Đây")), 8)
        await _until(lambda: len(telegram.called(AnswerCallbackQuery)) == 2)
        await asyncio.sleep(0.05)
        gc.collect()
        assert caplog.records == [], "no task has failed unheard"
        await asyncio.wait_for(channel.aclose(), 8)

    async def test_each_tap_is_answered_once(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator
    ) -> None:
        await self.tapped(channel, an, telegram)
        await channel.send(AN, Reply("Đây"))
        await channel.send(AN, Reply("Đó"))
        await asyncio.sleep(0.1)
        assert not an.spinning
        assert len(telegram.called(AnswerCallbackQuery)) == 2


class TestSlowDown:
    """After a 429 the channel as a whole keeps still."""

    async def test_nobody_is_sent_anything_before_the_time_telegram_named(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator
    ) -> None:
        binh = telegram.person(5190022, "Bình")
        binh.started = True
        telegram.fail("sendMessage", throttled(2), to=an.id)
        with pytest.raises(Throttled):
            await channel.send(AN, Reply("Một"))
        asked = len(telegram.calls)
        for address in (AN, Address("telegram", "5190022")):
            with pytest.raises(Throttled) as raised:
                await channel.send(address, Reply("Hai"))
            assert 0 < raised.value.retry_after <= 2
        assert len(telegram.calls) == asked, "Telegram has been asked again"
        await asyncio.sleep(2.05)
        await channel.send(AN, Reply("Ba"))
        await channel.send(Address("telegram", "5190022"), Reply("Bốn"))
        assert [an.messages[-1].text, binh.messages[-1].text] == ["Ba", "Bốn"]

    async def test_a_group_that_has_had_too_much_holds_up_nobody_else(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator
    ) -> None:
        telegram.person(-471100, "Xóm 3").started = True
        telegram.fail("sendMessage", throttled(60), to=-471100)
        with pytest.raises(Throttled) as raised:
            await channel.send(Address("telegram", "-471100"), Reply("Một"))
        assert raised.value.chat_only
        await channel.send(AN, Reply("Một"))
        assert an.messages[-1].text == "Một"

    async def test_updates_are_fetched_all_the_same(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator
    ) -> None:
        telegram.fail("sendMessage", throttled(60))
        with pytest.raises(Throttled):
            await channel.send(AN, Reply("Một"))
        await an.says("cứu với")
        [update] = await channel.api(GetUpdates(timeout=0))
        assert update.message is not None
        assert update.message.text == "cứu với"

    async def test_a_throttled_poll_holds_no_answer_back(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator
    ) -> None:
        telegram.fail("getUpdates", throttled(60))
        with pytest.raises(Throttled):
            await channel.api(GetUpdates(timeout=0))
        await channel.send(AN, Reply("Một"))
        assert an.messages[-1].text == "Một"


class TestBrokenOff:
    """A reply of three parts whose second fails."""

    REPLY = Reply("\n\n".join(letter * 4000 for letter in "ABC"), (MENU,))

    def seen(self, an: Person) -> str:
        return "".join(bubble.text[0] for bubble in an.messages)

    @pytest.mark.parametrize("fault", [broken(), bad_gateway()])
    async def test_sent_again_it_goes_on_where_it_stopped(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator, fault: Fault
    ) -> None:
        await self.send_with_second_failing(channel, an, telegram, fault)
        await channel.send(AN, self.REPLY)
        assert self.seen(an) == "ABC"

    async def test_and_begins_anew_the_time_after(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator
    ) -> None:
        await self.send_with_second_failing(channel, an, telegram, bad_gateway())
        await channel.send(AN, self.REPLY)
        await channel.send(AN, self.REPLY)
        assert self.seen(an) == "ABCABC"

    async def test_after_a_long_while_it_begins_anew(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await self.send_with_second_failing(channel, an, telegram, bad_gateway())
        monkeypatch.setattr("bot.channels.telegram.channel.RESUME_WITHIN", 0.0)
        await channel.send(AN, self.REPLY)
        assert self.seen(an) == "AABC"

    async def test_another_reply_is_sent_whole(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator
    ) -> None:
        await self.send_with_second_failing(channel, an, telegram, bad_gateway())
        await channel.send(AN, Reply("Khác"))
        assert an.messages[-1].text == "Khác"

    async def test_what_may_have_arrived_is_not_resumed(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator
    ) -> None:
        telegram.fail("sendMessage", dropped(), after=1)
        with pytest.raises(Unclear):
            await channel.send(AN, self.REPLY)
        await channel.send(AN, self.REPLY)
        assert self.seen(an) == "ABABC"

    async def send_with_second_failing(
        self, channel: TelegramChannel, an: Person, telegram: TelegramSimulator, fault: Fault
    ) -> None:
        telegram.fail("sendMessage", fault, after=1)
        with pytest.raises(ChannelUnavailable):
            await channel.send(AN, self.REPLY)
        assert self.seen(an) == "A"


async def _until(true: Callable[[], bool], within: float = 3.0) -> None:
    async with asyncio.timeout(within):
        while not true():
            await asyncio.sleep(0.005)
