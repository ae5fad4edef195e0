"""Laying out: whatever a reply holds, every word and every choice arrives, and no message is too long."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.channels.base import Capabilities
from bot.channels.layout import bold_html, lay_out, split, width, without_bold
from handlers.choices import spelled_out
from handlers.messages import Choice, Reply

BOLD = re.compile(r"\*\*([^*]+)\*\*")

VIETNAMESE = ["nấm", "độc", "Gọi 115.", "a.", "b;", "nga\u0323\u0306t", "trườngphổthôngdântộcnộitrú"]
MARKED = ["**", "*", "**nhanh**", "**lên\nxuống**", "&lt;", "<b>", "https://vfa.gov.vn/canh-bao?a=1&b=2"]
ODD = ["\n", "\n\n", "  ", "🔥", "👨‍👩‍👧", "\u0301", "\ud83d"]
words = st.sampled_from([*VIETNAMESE, *MARKED, *ODD])
texts = st.one_of(
    st.lists(words, max_size=60).map(" ".join),
    st.lists(words, max_size=60).map("".join),
    st.text(max_size=300),
)
limits = st.integers(min_value=20, max_value=200)
choices = st.lists(
    st.builds(
        Choice,
        st.text(min_size=1, max_size=120).filter(str.strip),
        st.from_regex(r"[a-z]{1,9}:\d{1,5}", fullmatch=True),
    ),
    max_size=14,
).map(tuple)
capabilities = st.builds(
    Capabilities,
    text_limit=limits,
    buttons=st.integers(0, 8),
    button_label=st.integers(8, 64),
    bold=st.booleans(),
    one_tap_call=st.booleans(),
    call_in_buttons=st.booleans(),
)


def letters(text: str) -> str:
    """The text without its white space, which is where it may be cut."""
    return "".join(text.split())


def sound(text: str) -> str:
    return text.encode("utf-8", "ignore").decode("utf-8")


class Reader(HTMLParser):
    """What a person sees of HTML: the text, and which letters of it are bold."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.bold = ""
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert (tag, attrs) == ("b", [])
        self.depth += 1

    def handle_endtag(self, tag: str) -> None:
        assert tag == "b"
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        self.text += data
        self.bold += data if self.depth else ""


def shown(marked: str) -> Reader:
    reader = Reader()
    reader.feed(bold_html(marked))
    reader.close()
    assert reader.depth == 0
    return reader


class TestSplit:
    @given(texts, limits)
    @example("****a****b", 20)
    @example("***" + "a " * 30 + "***", 20)
    @example("**" + " " * 25 + "\n**", 20)
    @example("\u0301" * 50, 20)
    @example("🔥" * 50, 21)
    def test_every_letter_arrives_as_bold_as_it_was(self, text: str, limit: int) -> None:
        parts = split(text, limit)
        assert letters("".join(without_bold(part) for part in parts)) == letters(without_bold(text))
        assert letters("".join(shown(part).bold for part in parts)) == letters(shown(text).bold)

    @given(texts, limits)
    def test_every_part_fits_and_holds_something(self, text: str, limit: int) -> None:
        parts = split(text, limit)
        for part in parts:
            plain = without_bold(part)
            assert width(plain) <= limit
            assert plain == plain.strip()
        assert all(parts) or parts == [""]

    @given(texts, limits)
    def test_no_word_is_cut_that_would_fit(self, text: str, limit: int) -> None:
        plain = without_bold(text)
        whole = set(plain.split())
        for part in split(text, limit):
            for word in without_bold(part).split():
                assert word in whole or any(width(long) > limit and word in long for long in whole)

    @given(st.lists(st.sampled_from(["ậ", "e\u0302\u0301", "👨‍👩‍👧", "👍🏽", "x"]), min_size=30).map("".join))
    def test_no_letter_is_torn_apart(self, text: str) -> None:
        for part in split(text, 20)[1:]:
            assert not unicodedata.combining(part[0])
            assert part[0] not in "\u200d\ufe0f🏽"

    def test_short_text_is_one_part(self) -> None:
        assert split(" Gọi **115**. ", 100) == ["Gọi **115**."]
        assert split("", 100) == [""]
        assert split(" \n ", 100) == [""]

    @pytest.mark.parametrize(
        ("text", "first"),
        [
            ("Một hai ba.\n\nBốn năm sáu.\nBảy. Tám chín mười", "Một hai ba."),
            ("Một hai ba.\nBốn năm sáu. Bảy tám chín mười", "Một hai ba."),
            ("Một hai ba. Bốn năm. Sáu bảy tám chín mười", "Một hai ba. Bốn năm."),
            ("Một hai ba bốn năm sáu bảy tám chín mười", "Một hai ba bốn năm sáu bảy"),
            ("A.\n\nMột hai ba bốn năm sáu bảy tám chín", "A.\n\nMột hai ba bốn năm sáu"),
            ("Xem https://vfa.gov.vn/canh-bao-ngo-doc", "Xem"),
            ("(https://vfa.gov.vn/canh-bao-nam-doc)", "("),
        ],
    )
    def test_it_cuts_where_a_reader_would(self, text: str, first: str) -> None:
        assert split(text, 26)[0] == first

    def test_a_bold_span_goes_on_in_the_next_part(self) -> None:
        assert split("Gọi **ngay một một năm** nhé", 14) == ["Gọi **ngay một**", "**một năm** nhé"]

    def test_a_long_text_is_cut_in_few_parts(self) -> None:
        assert len(split("**Mục** ngộ độc thực phẩm. " * 4000, 4096)) < 40


class TestBold:
    @given(st.text(alphabet="*ab<>&\"' \nộ", max_size=40))
    def test_html_shows_the_same_text(self, text: str) -> None:
        assert shown(text).text == without_bold(text)

    @pytest.mark.parametrize(
        ("text", "html"),
        [
            ("**a**", "<b>a</b>"),
            ("**a** và **b**", "<b>a</b> và <b>b</b>"),
            ("**a\nb**", "<b>a\nb</b>"),
            ("** lẻ", "** lẻ"),
            ("**", "**"),
            ("****", "****"),
            ("2*3*4", "2*3*4"),
            ('<b>a</b> & "b"', "&lt;b&gt;a&lt;/b&gt; &amp; &quot;b&quot;"),
            ("**<i>**", "<b>&lt;i&gt;</b>"),
        ],
    )
    def test_nothing_else_is_markup(self, text: str, html: str) -> None:
        assert bold_html(text) == html


class TestLayOut:
    @settings(max_examples=300)
    @given(texts, choices, st.lists(st.sampled_from(["115", "114", "111"]), max_size=3).map(tuple), capabilities)
    def test_what_every_channel_may_rely_on(
        self, text: str, offered: tuple[Choice, ...], call: tuple[str, ...], can: Capabilities
    ) -> None:
        parts = lay_out(Reply(text, offered, call), can)
        *first, last = parts
        assert all(not part.choices and not part.call for part in first)
        for part in parts:
            assert width(without_bold(part.text) if can.bold else part.text) <= can.text_limit
            part.text.encode("utf-8")
        assert last.call == (() if not can.one_tap_call else call[: can.buttons] if can.call_in_buttons else call)
        assert len(last.choices) + (len(last.call) if can.call_in_buttons else 0) <= can.buttons
        assert [choice.value for choice in last.choices] == [choice.value for choice in offered[: len(last.choices)]]
        for choice in last.choices:
            assert 0 < width(choice.label) <= can.button_label
            assert "\n" not in choice.label
            choice.label.encode("utf-8")

    @given(texts, choices, capabilities)
    def test_every_choice_can_be_picked(self, text: str, offered: tuple[Choice, ...], can: Capabilities) -> None:
        parts = lay_out(Reply(text, offered), can)
        seen = letters("".join(without_bold(part.text) if can.bold else part.text for part in parts))
        whole = [" ".join(sound(choice.label).split()) for choice in offered]
        cut = any(width(label) > can.button_label and not re.match(r"\d+[.:)] ", label) for label in whole)
        if len(parts[-1].choices) < len(offered) or cut:
            text = spelled_out(text, [choice.label for choice in offered])
        assert seen == letters(without_bold(sound(text)))

    @given(texts)
    def test_without_bold_no_marks_are_left_and_none_are_added(self, text: str) -> None:
        can = Capabilities(text_limit=40, buttons=0, button_label=20)
        seen = "".join(part.text for part in lay_out(Reply(text), can))
        assert letters(seen) == letters(without_bold(sound(text)))

    def test_choices_that_fit_are_buttons(self) -> None:
        can = Capabilities(text_limit=100, buttons=2, button_label=20)
        [part] = lay_out(Reply("Chọn", (Choice("Một", "a"), Choice("Hai", "b"))), can)
        assert part.text == "Chọn"
        assert [choice.label for choice in part.choices] == ["Một", "Hai"]

    def test_choices_that_do_not_fit_are_numbered_too(self) -> None:
        can = Capabilities(text_limit=100, buttons=2, button_label=20)
        [part] = lay_out(Reply("Chọn", (Choice("Một", "a"), Choice("Hai", "b"), Choice("Ba", "c"))), can)
        assert part.text == "Chọn\n\n1. Một\n2. Hai\n3. Ba"
        assert [choice.value for choice in part.choices] == ["a", "b"]

    def test_a_choice_whose_label_is_cut_is_numbered_with_its_whole_label(self) -> None:
        can = Capabilities(text_limit=100, buttons=2, button_label=10)
        [part] = lay_out(Reply("Chọn", (Choice("Nấm độc trong rừng", "a"), Choice("Hai", "b"))), can)
        assert part.text == "Chọn\n\n1. Nấm độc trong rừng\n2. Hai"
        assert [choice.label for choice in part.choices] == ["Nấm độc…", "Hai"]

    def test_a_label_that_ends_in_dots_by_itself_is_not_cut(self) -> None:
        can = Capabilities(text_limit=100, buttons=2, button_label=10)
        [part] = lay_out(Reply("Chọn", (Choice("Câu khác…", "a"),)), can)
        assert part.text == "Chọn"

    def test_a_label_with_its_own_number_is_not_listed_again(self) -> None:
        can = Capabilities(text_limit=100, buttons=2, button_label=10)
        [part] = lay_out(Reply("1. Nấm độc trong rừng", (Choice("1. Nấm độc trong rừng", "a"),)), can)
        assert part.text == "1. Nấm độc trong rừng"

    def test_calls_take_the_room_of_buttons_where_they_count(self) -> None:
        can = Capabilities(text_limit=100, buttons=2, button_label=20, one_tap_call=True)
        offered = (Choice("Một", "a"), Choice("Hai", "b"))
        [part] = lay_out(Reply("Gọi", offered, call=("115",)), can)
        assert (part.call, [choice.value for choice in part.choices]) == (("115",), ["a"])
        assert "2. Hai" in part.text

    @pytest.mark.parametrize(
        ("label", "short"),
        [
            ("Cháy pin", "Cháy pin"),
            ("  Cháy \n pin ", "Cháy pin"),
            ("Nấm, lá ngón, sắn, cóc", "Nấm, lá ngón, sắn…"),
            ("Nấm độc ở trong rừng núi", "Nấm độc ở trong…"),
            ("trườngphổthôngdântộcnộitrú", "trườngphổthôngdântộ…"),
            ("A trườngphổthôngdântộcnộitrú", "A trườngphổthôngdân…"),
            ("🔥" * 15, "🔥" * 9 + "…"),
            ("\ud800", "…"),
        ],
    )
    def test_a_long_label_is_shortened_at_a_word(self, label: str, short: str) -> None:
        can = Capabilities(text_limit=100, buttons=1, button_label=20)
        [part] = lay_out(Reply("Chọn", (Choice(label, "a"),)), can)
        assert part.choices[0].label == short
