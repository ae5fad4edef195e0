"""Finding directives by number and by words."""

from __future__ import annotations

import pytest

from content.catalog import Catalog
from handlers.directives.asking import Query
from storage.archive import spoken
from storage.database import Database
from storage.directives import Directive, DirectiveState
from tests.conftest import TestClock
from tests.handlers.talk import Known, Talk

ASKED = {
    "tìm công văn 3929": "Mục 1.1: Luật sửa đổi",
    "cong van so 3944 noi gi": "Mục 1.3: Phòng cháy",
    "văn bản 3908 ngày nào ban hành": "Mục 1.2: Phòng ngừa ngộ độc",
    "tim cong van ve ngo doc thuc pham": "Mục 1.2: Phòng ngừa ngộ độc",
    "có văn bản nào về phòng cháy pin lithium không": "Mục 1.3: Phòng cháy",
    "tìm điều giao nhiệm vụ cho Sở Y tế": "Mục 1.2: Phòng ngừa ngộ độc",
    "kh thong tin co so": "Kế hoạch hành động năm 2024 phát triển thông tin cơ sở",
    "cv tuần 46": "(từ tuần 46/2024)",
    "chỉ đạo về đại hội dân tộc thiểu số": "dân tộc thiểu số",
}


@pytest.fixture
async def talk(shipped: Database, catalog: Catalog, clock: TestClock) -> Talk:
    known = Known()
    for text in [*ASKED, "tìm công văn", "tìm công văn 9999", "tìm công văn **xe bay** {week}"]:
        known.intent(text, "search_directive")
    found = Talk(shipped, catalog, known, clock.now())
    await found.becomes_officer("so_y_te")
    await found.says("/start")
    return found


@pytest.mark.parametrize("text", ASKED)
async def test_the_best_answer_stands_first(talk: Talk, text: str) -> None:
    said = await talk.says(text)
    assert ASKED[text] in said.split("**2. ")[0]
    assert said.count("\n**") <= 5


async def test_what_was_found_can_be_opened(talk: Talk) -> None:
    await talk.says("tìm công văn 3929")
    assert talk.buttons[0].value == "item:i003_1_1"
    assert "Cảnh vệ" in await talk.taps("Mục 1.1")


async def test_without_a_subject_the_directives_in_force_are_offered(talk: Talk) -> None:
    said = await talk.says("tìm công văn")
    assert "gõ số hoặc từ khóa" in said
    assert [choice.value for choice in talk.buttons] == ["directive:cv_tuan_46_2024", "directive:cv_dai_hoi_dtts_2024"]
    items = await talk.taps("directive:cv_tuan_46_2024")
    assert "2.7. " in items
    assert len(talk.buttons) == 10


async def test_nothing_found_says_so_and_repeats_the_question_harmlessly(talk: Talk) -> None:
    assert "Không tìm thấy" in await talk.says("tìm công văn 9999")
    said = await talk.says("tìm công văn **xe bay** {week}")
    assert "Không tìm thấy" in said
    assert "**xe bay**" not in said
    assert "{week}" in said


async def test_unreviewed_directives_are_not_found_and_replaced_ones_are_marked(talk: Talk) -> None:
    for state, count in ((DirectiveState.REPLACED, 1), (DirectiveState.IMPORTED, 0)):
        async with talk.db.session() as session:
            directive = await session.get(Directive, "cv_tuan_46_2024")
            assert directive is not None
            directive.state = state
            session.add(directive)
            await session.commit()
        assert (await talk.says("tìm công văn 3929")).count("(đã thay thế)") == count


async def test_a_citizen_is_told_whom_it_is_for(talk: Talk) -> None:
    assert "dành cho cán bộ" in await talk.another("dan").says("tìm công văn 3929")


def test_a_number_that_is_asked_for_must_be_there() -> None:
    query = Query.read("công văn 3929 Cảnh vệ")
    assert query.score("", spoken("Luật Cảnh vệ, Kế hoạch số 3929/KH-UBND")) > 0
    assert query.score("", spoken("Luật Cảnh vệ, Kế hoạch số 3930/KH-UBND")) == 0
