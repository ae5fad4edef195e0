"""Unanswered questions in the console: grouped, answered to whoever waits, taught, drafted, set aside."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from sqlmodel import col, select

from bot.web.console.proposals.drafts import read_draft
from content.schema import FaqEntry
from storage.contacts import account_at, see_account
from storage.digests import Delivery, DeliveryState
from storage.proposals import DraftState, EntryDraft, LearnedExample, QuestionDecision
from storage.questions import AnswerKind, QuestionLog, Vote
from tests.people import Person, Phones
from tests.web.conftest import NewBrowser
from tests.web.office import ADMIN, APPROVER, EDITOR, VIEWER, words

if TYPE_CHECKING:
    from bot.app import Loa

GOLD = ("giá vàng hôm nay bao nhiêu", "gia vang hom nay bao nhieu", "Giá vàng hôm nay bao nhiêu?")
LAND = "thủ tục làm sổ đỏ thế nào"
DRAFT = {
    "topic": "food.ruou",
    "title": "Rượu thuốc tự ngâm",
    "question": "Rượu thuốc tự ngâm ở nhà có an toàn không?",
    "answer_lines": "Chỉ ngâm cây thuốc biết rõ tên.\nĐau bụng, tê môi sau khi uống: gọi 115.",
    "sources": "bachmai_methanol\nSở Y tế, hướng dẫn ngày 01/11/2024",
}


async def asked(loa: Loa, text: str, kind: AnswerKind = AnswerKind.FALLBACK, **more: Any) -> int:
    now = more.pop("asked_at", loa.clock.now())
    async with loa.db.session() as db:
        row = QuestionLog(asked_at=now, channel="phone", text=text, kind=kind, **more)
        db.add(row)
        await db.commit()
    assert row.id is not None
    return row.id


async def waits(loa: Loa, user: str, text: str) -> int:
    """A question whose asker wants to be told."""
    async with loa.db.session() as db:
        account = await see_account(db, f"phone:{user}", loa.clock.now())
        await db.commit()
    return await asked(loa, text, account_id=account.id)


async def group(loa: Loa) -> list[int]:
    return [await asked(loa, text) for text in GOLD]


def ids(numbers: list[int]) -> str:
    return ",".join(map(str, numbers))


async def decisions(loa: Loa) -> list[QuestionDecision]:
    async with loa.db.reading() as db:
        return list((await db.exec(select(QuestionDecision).order_by(col(QuestionDecision.id)))).all())


async def decided(loa: Loa, number: int) -> int | None:
    async with loa.db.reading() as db:
        question = await db.get(QuestionLog, number)
    assert question is not None
    return question.decision_id


async def test_spellings_are_one_group_the_most_asked_first(browser: NewBrowser, loa: Loa) -> None:
    await asked(loa, LAND)
    await group(loa)
    await asked(loa, "asdf")
    page = words(await (await browser(EDITOR)).get("/console/questions"))
    assert "3 nhóm, 5 câu hỏi" in page
    assert page.index("giá vàng hôm nay bao nhiêu") < page.index(LAND) < page.index("asdf")
    assert "3 lần" in page
    assert "khó đọc hoặc chỉ một từ" in page


async def test_only_unanswered_ones_are_there(browser: NewBrowser, loa: Loa) -> None:
    faq = next(iter(loa.catalog.faq))
    await asked(loa, "câu trả lời được rồi", AnswerKind.FAQ, faq=faq)
    await asked(loa, "câu hỏi lại rồi chọn xong", AnswerKind.CLARIFY, faq=faq)
    await asked(loa, "xe điện nhà tôi chạy chậm quá", AnswerKind.FAQ, faq=faq, vote=Vote.WRONG)
    await asked(loa, "nấm mối hầm gà ăn với gì", AnswerKind.CLARIFY)
    await asked(loa, LAND, asked_at=loa.clock.now() - timedelta(days=20))
    editor = await browser(EDITOR)

    async def shown(**query: str) -> set[str]:
        page = words(await editor.get("/console/questions", **query))
        found = ("câu trả lời được", "câu hỏi lại rồi", "chạy chậm", "nấm mối", "sổ đỏ")
        return {text for text in found if text in page}

    assert await shown() == {"chạy chậm", "nấm mối", "sổ đỏ"}
    assert await shown(kind="wrong") == {"chạy chậm"}
    assert await shown(kind="clarify") == {"nấm mối"}
    assert await shown(kind="refused") == {"sổ đỏ"}
    assert await shown(period="7") == {"chạy chậm", "nấm mối"}
    assert await shown(q="so do") == {"sổ đỏ"}
    assert await shown(q="SỔ ĐỎ") == {"sổ đỏ"}
    assert await shown(period="bogus", kind="bogus", page="x", undo="x") == {"chạy chậm", "nấm mối", "sổ đỏ"}
    assert "Không có nhóm nào khớp" in words(await editor.get("/console/questions", q="không có đâu"))


async def test_an_empty_list_says_so(browser: NewBrowser) -> None:
    page = words(await (await browser(EDITOR)).get("/console/questions"))
    assert "Không còn câu nào chờ xử lý trong 30 ngày qua" in page


async def test_a_long_list_has_pages(browser: NewBrowser, loa: Loa) -> None:
    letters = "bcdghklmnpqrstvxfjwz"
    for number, letter in enumerate(letters * 2):
        await asked(loa, f"{letter}a{number} {letter}e{number} {letter}o{number}")
    editor = await browser(EDITOR)
    first = await editor.get("/console/questions")
    second = await editor.get("/console/questions", page="2")
    assert 'rel="next"' in first.text
    assert 'rel="next"' not in second.text
    assert "Trang 2/2" in words(second)
    assert first.text.count("<article") + second.text.count("<article") == 2 * len(letters)
    assert words(await editor.get("/console/questions", page="99")).count("Trang 2/2") == 1


@pytest.mark.parametrize("name", [APPROVER, VIEWER])
async def test_words_are_hidden_from_who_may_not_see_them_and_not_searched(
    browser: NewBrowser, loa: Loa, name: str
) -> None:
    numbers = await group(loa)
    someone = await browser(name)
    page = await someone.get("/console/questions", q="gia vang")
    assert "Chỉ biên tập và quản trị xem được" in words(page)
    assert "vàng" not in words(page)
    assert "1 nhóm, 3 câu" in words(page)
    assert "1 nhóm" in words(await someone.get("/console/questions", q="khác hẳn")), "nothing is told by searching"
    one = await someone.get(f"/console/questions/proposals/{numbers[0]}")
    assert "vàng" not in one.text
    assert "Người biên tập xử lý" in words(one)


async def test_an_answer_goes_to_everybody_who_waits_once(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    numbers = [
        await waits(loa, "na", GOLD[0]),
        await waits(loa, "na", GOLD[1]),
        await waits(loa, "ty", GOLD[1]),
        await asked(loa, GOLD[2]),
    ]
    editor = await browser(EDITOR)
    page = words(await editor.get(f"/console/questions/proposals/{numbers[0]}"))
    assert "Gửi được cho 2 người" in page
    form = {"ids": ids(numbers), "answer": "Sở không trả lời giá *vàng*. Hỏi ngân hàng."}
    preview = await editor.post("/console/questions/answer", **form)
    assert preview.status_code == 200
    assert "Gửi cho 2 người" in words(preview)
    assert "cán bộ viết" in words(preview)
    await loa.outbox.drain()
    assert not phones.inbox["na"], "a preview sends nothing"
    done = await editor.press("/console/questions/answer", sure="yes", **form)
    assert "Đã xếp hàng gửi cho 2 người" in words(done)
    assert "Thêm làm câu mẫu" in words(done)
    await loa.outbox.drain()
    (na,), (ty,) = phones.inbox["na"], phones.inbox["ty"]
    assert loa.catalog.province.department.name in na.text
    assert "«gia vang hom nay bao nhieu»" in na.text
    assert "Sở không trả lời giá ∗vàng∗" in ty.text
    assert "cán bộ" in ty.text
    async with loa.db.reading() as db:
        rows = (await db.exec(select(QuestionLog))).all()
    assert {row.account_id for row in rows} == {None}, "nobody waits any more, so nobody is kept"
    again = await editor.post("/console/questions/answer", sure="yes", **form)
    assert again.status_code == 409
    assert "vừa được xử lý rồi (đã trả lời, bởi lan)" in words(again)
    await loa.outbox.drain()
    assert len(phones.inbox["na"]) == 1
    (entry,) = [entry for entry in await editor.audit() if entry.action == "question.answered"]
    assert (entry.actor, entry.detail) == ("lan", {"questions": 4, "told": 2})
    assert "vàng" not in str(entry.detail)


async def test_the_outcome_shows_the_answer_and_leads_on(browser: NewBrowser, loa: Loa) -> None:
    number = await waits(loa, "na", GOLD[0])
    editor = await browser(EDITOR)
    await editor.post("/console/questions/answer", ids=str(number), answer="Hỏi ngân hàng.", sure="yes")
    (decision,) = await decisions(loa)
    page = await editor.get(f"/console/questions/decided/{decision.id}")
    assert "Hỏi ngân hàng." in words(page)
    assert "Gửi cho 1 người" in words(page)
    moved = await editor.get(f"/console/questions/proposals/{number}")
    assert moved.url.path == f"/console/questions/decided/{decision.id}"
    taught = await editor.press("/console/questions/teach", ids=str(number), faq="food.la_ngon")
    assert "Đã nhận 1 câu làm câu mẫu" in words(taught), "who was answered may still teach Loa"


async def test_nobody_is_written_to_who_left_or_did_not_ask_for_it(
    browser: NewBrowser, loa: Loa, phones: Phones
) -> None:
    gone = await waits(loa, "na", GOLD[0])
    silent = await asked(loa, GOLD[1])
    async with loa.db.session() as db:
        account = await account_at(db, "phone:na")
        assert account is not None
        account.left_at = loa.clock.now()
        db.add(account)
        await db.commit()
    editor = await browser(EDITOR)
    assert "Chưa ai trong nhóm này" in words(await editor.get(f"/console/questions/proposals/{gone}"))
    answer = await editor.post("/console/questions/answer", ids=ids([gone, silent]), answer="Xin chào", sure="yes")
    assert answer.status_code == 409
    assert "Chưa gửi gì" in words(answer)
    assert await decisions(loa) == []


async def test_a_question_of_another_meaning_is_split_off(browser: NewBrowser, loa: Loa) -> None:
    numbers = await group(loa)
    editor = await browser(EDITOR)
    page = await editor.get(f"/console/questions/proposals/{numbers[0]}", without=str(numbers[2]))
    assert f'value="{numbers[0]},{numbers[1]}"' in page.text
    await editor.post("/console/questions/dismiss", ids=ids(numbers[:2]))
    assert await decided(loa, numbers[2]) is None
    assert "1 nhóm, 1 câu" in words(await editor.get("/console/questions"))


async def test_examples_are_kept_for_the_next_release_and_taken_back(browser: NewBrowser, loa: Loa) -> None:
    numbers = await group(loa)
    editor = await browser(EDITOR)
    picker = await editor.get("/console/questions/entries", find="la ngon")
    assert 'value="food.la_ngon"' in picker.text
    assert "Không có mục nào khớp" in words(await editor.get("/console/questions/entries", find="xyzzy"))
    for wrong in ({}, {"faq": "food.gone"}):
        answer = await editor.post("/console/questions/teach", ids=ids(numbers), **wrong)
        assert answer.status_code == 409
        assert "Chọn một mục có sẵn" in words(answer)
    done = await editor.press("/console/questions/teach", ids=ids(numbers), faq="food.la_ngon")
    assert "Có tác dụng từ bản phát hành tới" in words(done)
    async with loa.db.reading() as db:
        examples = (await db.exec(select(LearnedExample))).all()
    assert [(row.faq, row.added_by) for row in examples] == [("food.la_ngon", "lan")] * 2
    assert GOLD[1] not in [row.text for row in examples], "the spelling with diacritics teaches more"
    (decision,) = await decisions(loa)
    page = words(await editor.get(f"/console/questions/decided/{decision.id}"))
    assert "chưa có tác dụng ngay" in page
    assert "chờ bản phát hành tới" in page
    back = await editor.press(f"/console/questions/decided/{decision.id}/undo")
    assert "3 câu trở lại danh sách chờ" in words(back)
    async with loa.db.reading() as db:
        assert (await db.exec(select(LearnedExample))).all() == []
    assert "3 lần" in words(await editor.get("/console/questions"))
    twice = await editor.press(f"/console/questions/decided/{decision.id}/undo")
    assert "không hoàn tác được" in words(twice)


async def test_who_waits_is_answered_before_anything_is_taught(browser: NewBrowser, loa: Loa) -> None:
    number = await waits(loa, "na", GOLD[0])
    answer = await (await browser(EDITOR)).post("/console/questions/teach", ids=str(number), faq="food.la_ngon")
    assert answer.status_code == 409
    assert "Trả lời họ trước" in words(answer)
    assert await decided(loa, number) is None


async def test_what_is_set_aside_can_be_taken_back(browser: NewBrowser, loa: Loa) -> None:
    numbers = await group(loa)
    editor = await browser(EDITOR)
    page = await editor.press("/console/questions/dismiss?period=7&kind=refused", ids=ids(numbers))
    assert "Đã bỏ qua 3 câu" in words(page)
    assert page.url.params["period"] == "7"
    assert "Hoàn tác" in words(page)
    again = await editor.post("/console/questions/dismiss", ids=ids(numbers))
    assert "vừa được xử lý rồi (đã bỏ qua, bởi lan)" in words(again)
    (decision,) = await decisions(loa)
    await editor.press(f"/console/questions/decided/{decision.id}/undo")
    assert "3 lần" in words(await editor.get("/console/questions"))
    assert "Đã hoàn tác: lan" in words(await editor.get("/console/questions/decided"))
    actions = [entry.action for entry in await editor.audit()]
    assert actions[-2:] == ["question.dismissed", "question.undone"]


@pytest.mark.parametrize("sent", ["", "x,y", "99999", "1," * 3 + "424242"])
async def test_forms_about_nothing_are_refused_in_words(browser: NewBrowser, loa: Loa, sent: str) -> None:
    await asked(loa, LAND)
    editor = await browser(EDITOR)
    for step in ("answer", "teach", "dismiss", "drafts"):
        form = {"answer": "Xin chào", "faq": "food.la_ngon", "sure": "yes", **DRAFT}
        answer = await editor.post(f"/console/questions/{step}", ids=sent, **form)
        assert answer.status_code == 409, step
        assert "alert-danger" in answer.text
    assert await decisions(loa) == []


async def test_a_draft_is_reviewed_by_another_and_never_served(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    text = "rượu thuốc tự ngâm ở nhà uống được chứ"
    person = Person(loa, phones, "na")
    before = await person.says(text)
    number = await asked(loa, text)
    editor, approver, admin = await browser(EDITOR), await browser(APPROVER), await browser(ADMIN)
    page = await editor.press("/console/questions/drafts", ids=str(number), **DRAFT)
    assert "Đã lưu bản nháp" in words(page)
    path = page.url.path
    own = await editor.post(f"{path}/review", good="yes")
    assert own.status_code == 403, "an editor reviews nothing"
    changed = await admin.press(f"{path}/save", **{**DRAFT, "title": "Rượu thuốc ngâm ở nhà"})
    assert "Đã lưu thay đổi" in words(changed)
    own = await admin.post(f"{path}/review", good="yes")
    assert own.status_code == 409
    assert "người khác phải duyệt" in words(own)
    assert (await admin.get(f"{path}/export")).status_code == 409
    assert "Ghi lý do loại" in words(await approver.post(f"{path}/review"))
    assert "Đã duyệt" in words(await approver.press(f"{path}/review", good="yes"))
    assert "đã được hung xem rồi" in words(await editor.post(f"{path}/save", **DRAFT))
    after = await person.says(text)
    assert "tê môi" not in "\n".join(part.text for part in [*before, *after])
    exported = await editor.get(f"{path}/export")
    (entry,) = yaml.safe_load(exported.text)
    assert FaqEntry.model_validate(entry).label == "Rượu thuốc ngâm ở nhà"
    assert entry["sources"] == ["bachmai_methanol"]
    assert entry["needs_review"] is True
    assert entry["id"] not in loa.catalog.faq
    assert all(near in loa.catalog.faq for near in entry["related"])
    assert "# Nguồn người soạn ghi, cần thêm vào content/vi/sources.yaml: Sở Y tế" in exported.text
    actions = [entry.action for entry in await admin.audit() if entry.action.startswith("draft.")]
    assert actions == ["draft.written", "draft.changed", "draft.reviewed", "draft.exported"]


async def test_a_rejected_draft_gives_its_questions_back(browser: NewBrowser, loa: Loa) -> None:
    numbers = await group(loa)
    editor, approver = await browser(EDITOR), await browser(APPROVER)
    page = await editor.press("/console/questions/drafts", ids=ids(numbers), **DRAFT)
    assert "Không còn câu nào chờ" in words(await editor.get("/console/questions"))
    listed = words(await approver.get("/console/questions/drafts", state="draft"))
    assert "Rượu thuốc tự ngâm" in listed
    rejected = await approver.press(f"{page.url.path}/review", reason="Đã có mục khác.")
    assert "Đã có mục khác." in words(rejected)
    assert "3 lần" in words(await editor.get("/console/questions"))
    async with loa.db.reading() as db:
        (draft,) = (await db.exec(select(EntryDraft))).all()
    assert (draft.state, draft.reviewer) == (DraftState.REJECTED, "hung")


async def test_who_waits_for_a_draft_may_be_answered_meanwhile(browser: NewBrowser, loa: Loa, phones: Phones) -> None:
    number = await waits(loa, "na", GOLD[0])
    editor = await browser(EDITOR)
    await editor.press("/console/questions/drafts", ids=str(number), **DRAFT)
    done = await editor.press("/console/questions/answer", ids=str(number), answer="Hỏi ngân hàng.", sure="yes")
    assert "Đã xếp hàng gửi cho 1 người" in words(done)
    await loa.outbox.drain()
    assert len(phones.inbox["na"]) == 1


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("topic", "food.gone", "Chọn nhóm chủ đề"),
        ("title", "a" * 37, "dài 37 ký tự"),
        ("question", "a" * 201, "dài 201 ký tự"),
        ("answer_lines", "\n".join("abcdefg"), "có 7 dòng"),
        ("answer_lines", "được\n" + "a" * 151, "Dòng 2 dài 151"),
        ("answer_lines", " \n ", "Ghi đủ"),
        ("sources", "", "Ghi đủ"),
        ("sources", "a" * 201, "Tối đa 10 nguồn"),
    ],
)
async def test_a_draft_that_could_be_no_entry_is_refused_and_kept_in_the_form(
    browser: NewBrowser, loa: Loa, field: str, value: str, told: str
) -> None:
    number = await asked(loa, LAND)
    answer = await (await browser(EDITOR)).post("/console/questions/drafts", ids=str(number), **{**DRAFT, field: value})
    assert answer.status_code == 409
    assert told in words(answer)
    kept = "Rượu thuốc tự ngâm" if field == "question" else read_draft(DRAFT).question
    assert kept in answer.text
    assert await decided(loa, number) is None


async def test_a_very_long_or_strange_question_breaks_nothing(browser: NewBrowser, loa: Loa) -> None:
    number = await asked(loa, "<script>alert(1)</script> " + "lửa " * 900)
    await asked(loa, "🔥🔥🔥")
    editor = await browser(EDITOR)
    page = await editor.get("/console/questions")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert (await editor.get(f"/console/questions/proposals/{number}")).status_code == 200
    assert (await editor.get("/console/questions/proposals/424242")).status_code == 404
    assert (await editor.get("/console/questions/decided/424242")).status_code == 404
    assert (await editor.get("/console/questions/drafts/424242")).status_code == 404


async def test_an_answer_given_up_is_a_delivery_like_any_other(browser: NewBrowser, loa: Loa) -> None:
    number = await waits(loa, "na", GOLD[0])
    await (await browser(EDITOR)).post("/console/questions/answer", ids=str(number), answer="Vâng ạ", sure="yes")
    async with loa.db.reading() as db:
        (delivery,) = (await db.exec(select(Delivery))).all()
    assert delivery.key == f"question:{number}"
    assert delivery.state is DeliveryState.QUEUED
