"""First contact, greetings, and everything that is not a question."""

from __future__ import annotations

import pytest

from handlers.messages import Kind
from handlers.start import is_assent
from tests.handlers.talk import Known, Talk

SAFE = "food.mushroom_identify_myths"


async def test_the_first_contact_says_who_speaks_what_can_be_asked_and_whom_to_call(talk: Talk) -> None:
    replies = await talk.does(Kind.FOLLOWED)
    text = replies[0].text
    assert "trợ lý tự động" in text
    assert talk.catalog.province.department.name in text
    assert "115" in text
    assert "114" in text
    assert talk.labels[:2] == ["An toàn thực phẩm", "Cháy pin, xe điện"]


async def test_a_second_greeting_is_short(talk: Talk, known: Known) -> None:
    known.intent("xin chào", "greet")
    first = await talk.says("xin chào")
    second = await talk.says("xin chào")
    assert len(second) < len(first)
    assert "115" in second


async def test_a_question_as_first_message_is_answered_at_once_with_one_line_who_speaks(
    talk: Talk, known: Known
) -> None:
    known.faq("phân biệt nấm", SAFE)
    first = await talk.says("phân biệt nấm")
    assert first.startswith("**" + talk.catalog.faq[SAFE].act[0])
    assert "trợ lý tự động" in first
    assert "trợ lý tự động" not in await talk.says("phân biệt nấm")


async def test_an_emergency_as_first_message_has_no_greeting_before_or_after(talk: Talk, known: Known) -> None:
    known.danger("ăn nấm xong nôn", "food_mushroom")
    replies = await talk.does(Kind.TEXT, text="ăn nấm xong nôn")
    assert replies[0].text.startswith("**GỌI 115")
    assert "Chào" not in replies[0].text
    assert talk.catalog.province.department.name not in "".join(reply.text for reply in replies)


async def test_an_officer_is_greeted_with_the_work_first(talk: Talk) -> None:
    await talk.becomes_officer("so_tttt", "A*B (demo)")
    replies = await talk.does(Kind.FOLLOWED)
    assert "A∗B (demo)" in replies[0].text
    assert talk.labels[:2] == ["Báo cáo tiến độ", "Nhiệm vụ của tôi"]


@pytest.mark.parametrize("media", ["photo", "video", "voice", "location", "file", "dance"])
async def test_media_is_met_with_what_to_do_instead(talk: Talk, media: str) -> None:
    replies = await talk.does(Kind.MEDIA, media=media)
    assert "115" in replies[0].text
    assert talk.buttons


async def test_a_sticker_is_met_kindly(talk: Talk) -> None:
    replies = await talk.does(Kind.MEDIA, media="sticker")
    assert len(replies[0].text.split("\n")[0]) < 80


async def test_a_photo_inside_a_message_to_the_department_asks_for_words(talk: Talk) -> None:
    await talk.taps("human")
    await talk.taps("Đồng ý")
    replies = await talk.does(Kind.MEDIA, media="photo")
    assert "chưa xem được ảnh" in replies[0].text
    assert "viết lời nhắn" in replies[-1].text
    assert (await talk.conversation()).form["name"] == "ticket"


async def test_a_citizens_phone_number_is_neither_needed_nor_kept(talk: Talk) -> None:
    replies = await talk.does(Kind.CONTACT, phone="84905123456")
    assert replies
    assert await talk.stored("SELECT count(*) FROM contact") == 0


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t", "👍", "😭😭😭", "???", "...", "\u200b\u200f", "\x00\x07", "\ud800", "　"]
)
async def test_a_line_without_words_gets_short_help(talk: Talk, text: str) -> None:
    await talk.does(Kind.FOLLOWED)
    answer = await talk.says(text)
    assert "gõ câu hỏi bằng chữ" in answer
    assert talk.buttons


async def test_raw_text_is_cleaned_before_anything_reads_it(talk: Talk, known: Known) -> None:
    known.faq("phân biệt nấm", SAFE)
    answer = await talk.says("\u202ephân biệt nấm\x00")  # decomposed letters, a direction mark, a control character
    assert talk.catalog.faq[SAFE].act[0] in answer


async def test_a_flood_of_text_is_survived(talk: Talk) -> None:
    assert await talk.says("nấm " * 50_000)


async def test_thanks_are_answered_with_the_numbers(talk: Talk, known: Known) -> None:
    known.intent("cảm ơn", "thanks_bye")
    assert "115" in await talk.says("cảm ơn")


@pytest.mark.parametrize(
    "text",
    ["ok", "Ok ạ", "okie", "vâng", "Dạ", "dạ vâng ạ", "ừ", "uhm", "rõ rồi ạ", "được rồi em", "thôi", "không cần nữa"],
)
async def test_a_yes_is_no_question(talk: Talk, known: Known, text: str) -> None:
    known.clarify(text, SAFE)
    assert "cứ nhắn" in await talk.says(text)
    await talk.becomes_officer("so_y_te")
    await talk.says(text)
    assert talk.labels == ["Bản tin tuần", "Báo cáo tiến độ", "Menu"]


@pytest.mark.parametrize(
    "text",
    [
        "da bị bỏng",
        "không thở được",
        "con tôi",
        "u đầu",
        "được ăn nấm không",
        "em bị ngộ độc",
        "được không",
        "không được",
        "biết không",
        "rồi sao nữa vậy bạn ơi",
    ],
)
def test_other_short_lines_are_questions(text: str) -> None:
    assert not is_assent(text)


async def test_what_stands_under_a_photo_is_read(talk: Talk, known: Known) -> None:
    known.faq("nấm này ăn được không", SAFE)
    replies = await talk.does(Kind.MEDIA, media="photo", text="nấm này ăn được không")
    assert talk.catalog.faq[SAFE].act[0] in replies[0].text


async def test_an_emergency_under_a_photo_comes_first(talk: Talk, known: Known) -> None:
    known.danger("cháy nhà rồi", "house_fire", "fire")
    [card, *_] = await talk.does(Kind.MEDIA, media="photo", text="cháy nhà rồi")
    assert "114" in card.text.splitlines()[0]


async def test_a_changed_text_is_asked_for_as_a_message_of_its_own(talk: Talk) -> None:
    [answer] = await talk.does(Kind.MEDIA, media="edited")
    assert "tin riêng" in answer.text


async def test_a_changed_text_that_tells_of_an_emergency_gets_the_card(talk: Talk, known: Known) -> None:
    known.danger("ăn nấm bị nôn", "food_poisoning_general")
    await talk.does(Kind.MEDIA, media="edited", text="ăn nấm bị nôn")
    assert "115" in talk.calls
    [answer] = await talk.does(Kind.MEDIA, media="edited", text="sạc qua đêm")
    assert "tin riêng" in answer.text


async def test_a_group_is_told_once_to_write_alone(talk: Talk) -> None:
    [reply] = await talk.does(Kind.GROUPED)
    assert "nhắn riêng" in reply.text
    assert talk.catalog.province.department.name in reply.text
    assert not reply.choices
    assert await talk.does(Kind.GROUPED) == []


async def test_a_group_that_has_moved_is_the_same_group(talk: Talk) -> None:
    await talk.does(Kind.GROUPED)
    before, new = await talk.account(), talk.another("moi")
    assert await talk.does(Kind.MOVED, moved_to=new.address) == []
    assert (await new.account()).id == before.id
    assert await new.does(Kind.GROUPED) == [], "it has been told"
    assert await talk.does(Kind.MOVED, moved_to=new.address) == [], "what comes twice is harmless"
    assert (await new.account()).id == before.id
