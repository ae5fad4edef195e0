"""Answers, votes, alternatives, refusals."""

from __future__ import annotations

from sqlmodel import select

from content.answers import answer
from handlers.questions import topics
from storage.questions import AnswerKind, QuestionLog, Vote
from tests.handlers.talk import Known, Talk

ENTRY = "food.mushroom_identify_myths"
OTHERS = ("food.mushroom_prevention", "food.mushroom_delayed_symptoms", "food.cicada_fungus")


async def rows(talk: Talk) -> list[QuestionLog]:
    async with talk.db.reading() as db:
        return list((await db.exec(select(QuestionLog).order_by("id"))).all())


async def test_an_answer_is_the_reviewed_text_with_related_questions_and_votes(talk: Talk, known: Known) -> None:
    known.faq("phân biệt nấm", ENTRY)
    await talk.says("menu")
    text = await talk.says("phân biệt nấm")
    entry = talk.catalog.faq[ENTRY]
    assert text.startswith(answer(entry, talk.catalog.sources, talk.catalog.text))
    assert "Nguồn:" in text
    assert {"Hữu ích", "Chưa đúng", "Menu"} <= set(talk.labels)
    assert talk.catalog.faq[entry.related[0]].label in talk.labels
    assert talk.calls == entry.call


async def test_answers_with_numbers_keep_within_five_buttons(talk: Talk) -> None:
    for entry in talk.catalog.faq.values():
        await talk.taps(f"faq:{entry.id}")
        assert talk.calls == entry.call
        assert len(talk.buttons) + len(talk.calls) <= 5 or len(entry.call) > 2, entry.id
        assert {"Hữu ích", "Chưa đúng"} <= set(talk.labels)
        assert any(label not in {"Hữu ích", "Chưa đúng", "Menu"} for label in talk.labels), "no related question"


async def test_a_vote_is_kept_and_thanked_and_twice_is_harmless(talk: Talk, known: Known) -> None:
    known.faq("phân biệt nấm", ENTRY)
    await talk.says("phân biệt nấm")
    value = next(choice.value for choice in talk.buttons if choice.label == "Hữu ích")
    assert "Cảm ơn" in await talk.taps(value)
    assert "Cảm ơn" in await talk.taps(value)
    (row,) = await rows(talk)
    assert row.vote is Vote.HELPFUL
    assert row.kind is AnswerKind.FAQ


async def test_a_wrong_answer_offers_others_a_person_and_the_menu(talk: Talk, known: Known) -> None:
    known.faq("phân biệt nấm", ENTRY)
    await talk.says("phân biệt nấm")
    assert "Có phải bạn muốn hỏi" in await talk.taps("Chưa đúng")
    related = talk.catalog.faq[talk.catalog.faq[ENTRY].related[0]]
    assert related.label in talk.labels
    assert {"Gặp cán bộ", "Menu"} <= set(talk.labels)
    await talk.taps(related.label)
    (row,) = await rows(talk)
    assert (row.vote, row.faq) == (Vote.WRONG, related.id), "what was meant stands beside the question"


async def test_unclear_questions_offer_three_and_none_of_these(talk: Talk, known: Known) -> None:
    known.clarify("nấm", *OTHERS)
    text = await talk.says("nấm")
    assert "chưa chắc" in text
    assert talk.labels == [*(talk.catalog.faq[entry].label for entry in OTHERS), "Không phải các câu trên"]
    chosen = await talk.taps(talk.catalog.faq[OTHERS[1]].label)
    assert talk.catalog.faq[OTHERS[1]].act[0] in chosen
    (row,) = await rows(talk)
    assert (row.kind, row.faq) == (AnswerKind.CLARIFY, OTHERS[1])


async def test_a_second_failure_in_a_row_offers_a_person(talk: Talk, known: Known) -> None:
    known.clarify("nấm", *OTHERS)
    known.faq("phân biệt nấm", ENTRY)
    await talk.says("giá vàng hôm nay")
    assert "Gặp cán bộ" not in talk.labels
    await talk.says("nấm")
    assert "Gặp cán bộ" in talk.labels
    await talk.says("phân biệt nấm")
    await talk.says("giá vàng hôm nay")
    assert "Gặp cán bộ" not in talk.labels, "an answer in between starts the count anew"
    await talk.says("xổ số")
    assert talk.labels[0] == "Gặp cán bộ"


async def test_none_of_these_offers_a_person_at_once(talk: Talk, known: Known) -> None:
    known.clarify("nấm", *OTHERS)
    await talk.says("nấm")
    await talk.taps("Không phải các câu trên")
    assert "Gặp cán bộ" in talk.labels
    (row,) = await rows(talk)
    assert row.vote is Vote.WRONG


async def test_a_refusal_is_honest_and_names_the_two_fields(talk: Talk) -> None:
    text = await talk.says("giá vàng hôm nay")
    assert "không trả lời được" in text
    assert "an toàn thực phẩm" in text
    assert "115" in text
    assert {"An toàn thực phẩm", "Cháy pin, xe điện", "Menu"} <= set(talk.labels)


async def test_asking_on_after_an_answer_offers_its_neighbours(talk: Talk, known: Known) -> None:
    assert "không trả lời được" in await talk.says("là sao?"), "there was nothing before"
    known.faq("phân biệt nấm", ENTRY)
    await talk.says("phân biệt nấm")
    assert talk.catalog.faq[ENTRY].label in await talk.says("là sao?")
    assert talk.catalog.faq[talk.catalog.faq[ENTRY].related[0]].label in talk.labels
    assert (await talk.conversation()).failures == 0


async def test_an_entry_the_model_made_up_is_refused_not_a_fault(talk: Talk, known: Known) -> None:
    known.faq("gì đó", "food.gone")
    known.clarify("gì nữa", "food.gone")
    assert "không trả lời được" in await talk.says("gì đó")
    assert await talk.says("gì nữa")


async def test_topics_page_through_all_groups(talk: Talk) -> None:
    groups = talk.catalog.text.section("citizen.group.food")
    first = await talk.taps("topic:food")
    assert "trang 1/2" in first
    shown = [label for label in talk.labels if label in groups.values()]
    await talk.taps("Xem thêm")
    shown += [label for label in talk.labels if label in groups.values()]
    assert shown == list(groups.values())
    assert "Menu" in talk.labels
    await talk.taps("Xem thêm")
    assert "trang 1/2" in talk.replies[0].text, "after the last page comes the first"


async def test_every_group_of_the_content_has_a_title_and_every_title_a_group(talk: Talk) -> None:
    groups = {f"{entry.domain}.{entry.group}" for entry in talk.catalog.faq.values()}
    assert groups == set(talk.catalog.text.section("citizen.group"))


async def test_what_many_asked_lately_heads_its_topic(talk: Talk) -> None:
    for _ in range(topics.ASKED_LEAST - 1):
        await talk.taps("faq:food.la_ngon")
    await talk.taps("topic:food")
    label = talk.catalog.faq["food.la_ngon"].label
    assert label not in talk.labels
    await talk.taps("faq:food.la_ngon")
    await talk.taps("topic:food")
    assert talk.labels[0] == label
    await talk.taps("topic:battery")
    assert label not in talk.labels
    talk.now += topics.ASKED_SINCE
    await talk.taps("topic:food")
    assert label not in talk.labels, "a month later nobody asks any more"
