"""The card first, in every state, with nothing promised that nobody does."""

from __future__ import annotations

import pytest

from handlers.messages import Kind
from tests.handlers.talk import Known, Talk


async def test_every_card_is_complete_and_promises_nothing(talk: Talk, known: Known) -> None:
    for card in talk.catalog.cards.values():
        known.danger(f"nguy {card.id}", card.id, card.domain)
        replies = await talk.does(Kind.TEXT, text=f"nguy {card.id}")
        assert replies[0].text.startswith(f"**{card.lines[0]}**")
        assert card.numbers[0] in replies[0].text.split("\n")[0]
        assert replies[0].call == tuple(card.numbers)
        assert replies[0].urgent, "sent once more when nobody knows whether it arrived"
        assert "KHÔNG gọi cấp cứu thay" in replies[0].text
        assert talk.catalog.faq[card.faq[0]].label in talk.labels
        for lie in ("đang đến", "đang trên đường", "đã báo", "đã gọi", "sẽ đến"):
            assert lie not in replies[0].text


async def test_a_type_without_a_card_falls_to_the_general_card_of_its_domain(talk: Talk, known: Known) -> None:
    known.danger("cháy kìa", "not_a_card", "fire")
    known.danger("độc kìa", "not_a_card", "food")
    assert "114" in await talk.says("cháy kìa")
    assert "115" in await talk.says("độc kìa")


async def test_an_open_message_is_untouched_and_asked_for_again(talk: Talk, known: Known) -> None:
    known.danger("nhà tôi cháy pin", "battery_fire", "fire")
    await talk.taps("human")
    await talk.taps("Đồng ý")
    replies = await talk.does(Kind.TEXT, text="nhà tôi cháy pin")
    assert "114" in replies[0].text
    assert "viết lời nhắn" in replies[-1].text
    assert await talk.stored("SELECT count(*) FROM ticket") == 0


async def test_a_report_that_sounded_like_an_emergency_can_still_be_sent(talk: Talk, known: Known) -> None:
    text = "quán X hôm qua làm 5 người ngộ độc"
    known.danger(text, "food_mass")
    await talk.taps("human")
    await talk.taps("Đồng ý")
    await talk.says(text)
    assert "0905" not in str((await talk.conversation()).form)
    assert text not in str((await talk.conversation()).form), "kept sealed"
    assert "YC-" in await talk.taps("Không nguy cấp")
    assert await talk.stored("SELECT count(*) FROM ticket") == 1


async def test_an_emergency_is_asked_about_again_only_with_consent_given(talk: Talk, known: Known) -> None:
    known.danger("cháy rồi", "battery_fire", "fire")
    await talk.taps("human")
    await talk.says("cháy rồi")
    assert talk.labels[-3:] == ["Đồng ý", "Không gửi", "Không nguy cấp: ghi câu tôi vừa gõ"]
    assert await talk.stored("SELECT count(*) FROM consent") == 0


@pytest.mark.parametrize("text", ["vợ tôi ăn lá ngón tự tử", "con tôi nuốt lá ngón vì buồn"])
async def test_self_harm_gets_the_card_and_kind_words(talk: Talk, known: Known, text: str) -> None:
    known.danger(text, "food_plant_la_ngon")
    replies = await talk.does(Kind.TEXT, text=text)
    assert "115" in replies[0].text.split("\n")[0]
    assert replies[1].text == talk.catalog.text("citizen.self_harm")
    assert replies[1].call == ("115", "111")


async def test_a_wish_to_die_without_more_gets_kind_words_and_no_entry(talk: Talk, known: Known) -> None:
    text = "tôi muốn chết, lá ngón ăn mấy lá"
    known.faq(text, "food.la_ngon")
    answer = await talk.says(text)
    assert answer == talk.catalog.text("citizen.self_harm")
    assert "115" in talk.calls


async def test_a_possible_emergency_heads_the_answer_with_one_line(talk: Talk, known: Known) -> None:
    known.faq("sạc xe nóng quá", "battery.fire_now", level="possible", domain="fire", type="battery_charging_smell")
    lines = (await talk.says("sạc xe nóng quá")).split("\n")
    assert lines[0] == talk.catalog.text("citizen.possible_emergency", number="114")
    assert lines[1] == f"**{talk.catalog.faq['battery.fire_now'].act[0]}**"
    assert talk.calls[0] == "114"
    assert len(talk.calls) == len(set(talk.calls))


async def test_the_card_ends_a_row_of_failures(talk: Talk, known: Known) -> None:
    known.danger("cứu với", "food_poisoning_general")
    await talk.says("bla bla")
    await talk.says("cứu với")
    assert (await talk.conversation()).failures == 0


async def test_the_line_names_the_number_of_what_is_suspected(talk: Talk, known: Known) -> None:
    known.faq("bị phỏng do pin", "battery.burn_first_aid", level="possible", domain="fire", type="burn")
    known.faq("khét khét", "battery.fire_now", level="possible", domain="fire")
    assert (await talk.says("bị phỏng do pin")).startswith("**Nếu đang có người nguy hiểm: gọi 115")
    assert (await talk.says("khét khét")).startswith("**Nếu đang có người nguy hiểm: gọi 114")
