"""The order in which meanings are looked for, and the merged tables."""

from __future__ import annotations

from types import ModuleType

import pytest

from handlers import commands, router
from handlers.messages import CHOICE_BYTES, Kind
from storage.digests import Delivery, DeliveryKind, DeliveryState
from tests.handlers.talk import Known, Talk

INTENTS = [
    "start_report",
    "view_my_tasks",
    "view_deadlines",
    "edit_report",
    "report_status",
    "subscribe_digest",
    "unsubscribe_digest",
    "view_digest",
    "acknowledge_digest",
    "search_directive",
    "register_contact",
    "change_agency",
    "send_feedback",
    "report_fake_news",
    "ticket_status",
    "human_handoff",
    "delete_my_data",
    "help_menu",
    "greet",
    "thanks_bye",
]


def test_every_intent_of_the_contract_has_a_handler() -> None:
    assert sorted(router.INTENTS) == sorted(INTENTS)


def test_every_command_leads_to_an_intent() -> None:
    assert set(commands.INTENTS.values()) <= set(router.INTENTS)


def test_two_modules_may_not_answer_the_same_thing() -> None:
    one, other = ModuleType("one"), ModuleType("other")
    one.CHOICES = {"menu": None}  # type: ignore[attr-defined]
    other.CHOICES = {"menu": None}  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="menu"):
        router.merged([one, other], "CHOICES")


async def test_an_emergency_is_seen_before_a_button_a_command_and_a_form(talk: Talk, known: Known) -> None:
    known.danger("menu", "food_mushroom")
    known.danger("1", "food_mushroom")
    await talk.does(Kind.FOLLOWED)
    assert "GỌI 115" in await talk.says("menu")
    assert "GỌI 115" in await talk.says("1")
    await talk.taps("human")
    await talk.taps("Đồng ý")
    assert "GỌI 115" in await talk.says("menu")


async def test_a_typed_number_is_the_button_offered_last(talk: Talk) -> None:
    await talk.does(Kind.FOLLOWED)
    assert "**Cháy pin, xe điện**" in await talk.says("2")
    assert "Chỉ có từ 1 đến" in await talk.says("số 20")
    assert "Pin" in " ".join(talk.labels), "the buttons are offered again"


@pytest.mark.parametrize("typed", ["menu", "/menu", "/menu@loa_bot", "MENU", "/trogiup", "trợ giúp", "/help"])
async def test_the_menu_is_always_a_word_away(talk: Talk, typed: str) -> None:
    assert "Bạn muốn làm gì" in await talk.says(typed)
    assert {"An toàn thực phẩm", "Cháy pin, xe điện", "Gặp cán bộ"} <= set(talk.labels)


async def test_an_unknown_command_shows_the_menu(talk: Talk) -> None:
    assert "chưa biết lệnh" in await talk.says("/abc")
    assert "An toàn thực phẩm" in talk.labels


async def test_cancelling_nothing_says_so(talk: Talk) -> None:
    assert "Không có việc nào" in await talk.says("huỷ")
    assert "Không có việc nào" in await talk.says("/huy")


@pytest.mark.parametrize(
    "value",
    ["", ":", "abc", "form:9:pick:x", "topic", "topic:water", "topic:food:0", "topic:food:999999999", "group",
     "group:food", "group:food.none:2", "faq", "faq:none", "faq:food.la_ngon:99999999999999999999",
     "faq:food.la_ngon:x",
     "vote", "vote:helpful", "vote:helpful:77", "vote:maybe:1", "other", "other:77", "ticket", "ticket:open:x",
     "ticket:agree", "ticket:send", "ticket:status:'--", "privacy", "privacy:x", "sub", "sub:x", "menu:1:2:3"],
)  # fmt: skip
async def test_an_old_or_made_up_button_gets_a_way_on(talk: Talk, value: str) -> None:
    assert await talk.does(Kind.CHOICE, choice=value)
    assert talk.buttons


async def test_a_word_typed_like_a_button_is_read(talk: Talk, known: Known) -> None:
    known.danger("chaynha", "battery_fire", "fire")
    await talk.does(Kind.CHOICE, choice="chaynha", text="chaynha")  # "#chaynha" on Zalo
    assert "114" in talk.calls
    assert "đã cũ" in (await talk.does(Kind.CHOICE, choice="task_of_old:1", text="task_of_old:1"))[0].text


async def test_a_link_that_carries_no_code_opens_the_conversation(talk: Talk) -> None:
    for carried in ("fb_ads", "to-roi-2024", "X" * 64):
        assert "trợ lý" in (await talk.another(carried).does(Kind.FOLLOWED, start_code=carried))[0].text
    assert "trợ lý" in await talk.says("/start fb_ads")
    assert not (await talk.conversation()).form


async def test_every_offered_value_fits_every_channel_and_is_understood(talk: Talk) -> None:
    seen, waiting = set(), ["menu"]
    while waiting:
        value = waiting.pop()
        seen.add(value)
        verb = value.partition(":")[0]
        assert verb in router.CHOICES, value
        assert len(value.encode()) <= CHOICE_BYTES
        if verb in {"menu", "topic", "group"}:
            assert "đã cũ" not in await talk.taps(value), value
            waiting += [choice.value for choice in talk.buttons if choice.value not in {*seen, *waiting}]
    reached = {value.partition(":")[2] for value in seen if value.startswith("faq:")}
    assert reached == set(talk.catalog.faq), "an entry no menu leads to"


async def test_a_receipt_settles_the_delivery_and_is_not_answered(talk: Talk) -> None:
    await talk.does(Kind.FOLLOWED)
    account = await talk.account()
    assert account.id is not None
    async with talk.db.session() as db:
        db.add(
            Delivery(
                kind=DeliveryKind.NOTICE, key="k", account_id=account.id, address=account.address, channel="phone",
                reply={}, state=DeliveryState.SENT, provider_id="m7", due_at=talk.now, created_at=talk.now,
            )
        )  # fmt: skip
        await db.commit()
    assert await talk.receives("unknown", "m7", seen=True) == []
    assert await talk.stored("SELECT state FROM delivery") == "seen"


async def test_leaving_is_not_answered_and_coming_back_is_noticed(talk: Talk) -> None:
    await talk.does(Kind.FOLLOWED)
    assert await talk.does(Kind.UNFOLLOWED) == []
    assert (await talk.account()).left_at is not None
    await talk.receives("m1")
    assert (await talk.account()).left_at is not None, "a late receipt is no return"
    await talk.says("menu")
    assert (await talk.account()).left_at is None


async def test_questions_are_logged_without_the_asker_and_with_numbers_masked(talk: Talk, known: Known) -> None:
    text = "ăn nấm lạ, gọi em số 0905123456"
    known.faq(text, "food.mushroom_identify_myths")
    await talk.says(text)
    async with talk.db.reading() as db:
        from sqlmodel import select

        from storage.questions import QuestionLog

        row = (await db.exec(select(QuestionLog))).one()
    assert row.faq == "food.mushroom_identify_myths"
    assert "0905123456" not in row.text
    assert "ăn nấm lạ" in row.text
    assert row.account_id is None, "nobody asked to be told of an answer"
    assert "address" not in QuestionLog.model_fields


async def test_a_question_in_the_middle_of_a_form_is_answered_and_the_form_goes_on(talk: Talk, known: Known) -> None:
    known.faq("làm sao phân biệt nấm độc", "food.mushroom_identify_myths")
    await talk.taps("reg:begin")
    before = (await talk.conversation()).form
    replies = await talk.does(Kind.TEXT, text="làm sao phân biệt nấm độc")
    assert "Nguồn:" in replies[0].text
    assert "mã mời" in replies[-1].text
    assert (await talk.conversation()).form == before
    await talk.taps("topic:food")
    assert "mã mời" in talk.replies[-1].text
    await talk.says("/menu")
    assert "mã mời" in talk.replies[-1].text


async def test_an_emergency_in_the_middle_of_a_form_leaves_it_untouched(talk: Talk, known: Known) -> None:
    known.danger("xe cháy", "battery_fire", "fire")
    await talk.taps("reg:begin")
    before = (await talk.conversation()).form
    replies = await talk.does(Kind.TEXT, text="xe cháy")
    assert "114" in replies[0].text
    assert "mã mời" in replies[-1].text
    form = (await talk.conversation()).form
    assert {key: form[key] for key in before} == before
    assert "xe cháy" not in str(form), "what was typed is kept sealed"


async def test_what_only_looked_like_an_emergency_can_be_meant_as_the_answer(talk: Talk, known: Known) -> None:
    await talk.becomes_officer("so_tttt")
    known.danger("Cháy Văn Lò", "battery_fire", "fire")
    await talk.taps("reg:change")
    assert "114" in await talk.says("Cháy Văn Lò")
    assert "mã" in (await talk.taps("Không nguy cấp")).lower()
    assert "đã cũ" in await talk.taps("nodanger"), "once"


async def test_a_link_with_a_code_and_a_typed_one_both_begin_the_registration(talk: Talk) -> None:
    replies = await talk.does(Kind.FOLLOWED, start_code="ABCD2345")
    assert "mã" in replies[0].text.lower()
    typed = await talk.another("binh").does(Kind.TEXT, text="/start ABCD2345")
    assert replies[0].text.split("\n")[0] == typed[0].text.split("\n")[0]
