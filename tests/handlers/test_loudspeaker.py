"""Texts for the communes' loudspeakers: read aloud where that is certain, whole sentences, the right length."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import docx
import pytest

from bot.exports.loudspeaker import write_script
from content.catalog import Catalog
from handlers.loudspeaker.reading_aloud import aloud
from handlers.loudspeaker.script import LONGEST, Readable, script, whole_sentences
from storage.directives import Directive, DirectiveItem

NOW = datetime(2024, 11, 11, tzinfo=UTC)
DIRECTIVE = Directive(id="cv", kind="cong_van", number="12/STTTT", title="V/v", issuer="so_tttt", created_at=NOW)


def item(summary: str, title: str = "Phòng cháy", **more: Any) -> Readable:
    found = DirectiveItem(id="i", directive_id="cv", position=1, path="I.1.3", title=title, summary=summary, **more)
    return Readable(found, DIRECTIVE)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ngày 15/12/2024", "ngày mười lăm tháng mười hai năm hai nghìn không trăm hai mươi tư"),
        ("trước ngày 5/1", "trước ngày năm tháng một"),
        ("từ tuần 46/2024", "từ tuần bốn mươi sáu năm hai nghìn không trăm hai mươi tư"),
        ("tháng 11/2024", "tháng mười một năm hai nghìn không trăm hai mươi tư"),
        (
            "10, 14, 15, 21, 24, 25, 51",
            "mười, mười bốn, mười lăm, hai mươi mốt, hai mươi tư, hai mươi lăm, năm mươi mốt",
        ),
        ("105 hộ, 1.005 hộ", "một trăm linh năm hộ, một nghìn không trăm linh năm hộ"),
        ("2.000.000 đồng", "hai triệu đồng"),
        ("đạt 72,5%", "đạt bảy mươi hai phẩy năm phần trăm"),
        ("gọi 114 hoặc 115", "gọi một một bốn hoặc một một năm"),
        ("số 0905123456", "số không chín không năm một hai ba bốn năm sáu"),
        ("UBND TP. Kon Tum", "Ủy ban nhân dân thành phố Kon Tum"),
        ("Sở TT&TT, ATTP.", "Sở Thông tin và Truyền thông, an toàn thực phẩm."),
        ("5 kg ở 40 °C", "năm ki-lô-gam ở bốn mươi độ xê"),
        ("03 năm", "ba năm"),
    ],
)
def test_what_has_one_certain_reading_is_spelled_out(catalog: Catalog, written: str, read: str) -> None:
    spoken = aloud(written, catalog.text, frozenset({"114", "115"}))
    assert (spoken.text, spoken.unsure) == (read, ())


@pytest.mark.parametrize(
    ("written", "unsure"),
    [
        ("Kế hoạch số 3929/KH-UBND", ("3929/KH-UBND",)),
        ("Kế hoạch số 155KH/TU", ("155KH/TU",)),
        ("tỷ lệ 1/3, pin 48V", ("1/3", "48V")),
        ("nhiệm kỳ 2025-2030", ("2025-2030",)),
        ("GRDP khóa XVII", ("GRDP",)),
    ],
)
def test_what_has_none_stays_and_is_named(catalog: Catalog, written: str, unsure: tuple[str, ...]) -> None:
    spoken = aloud(written, catalog.text)
    assert spoken.unsure == unsure
    assert all(word in spoken.text for word in unsure)


def test_only_whole_sentences_are_read() -> None:
    assert whole_sentences("Một. Hai! Ba và bốn thì…") == ["Một.", "Hai!"]
    assert whole_sentences("Một;\nhai") == ["Một;", "hai"]
    assert whole_sentences("") == []


def test_a_short_item_says_so_and_adds_nothing_of_its_own(catalog: Catalog) -> None:
    made = script(catalog, [item("Không sạc pin qua đêm.", period_as_written="từ 11/11/2024")])
    assert [part.text for part in made.parts] == [
        "Sau đây là nội dung tuyên truyền: Phòng cháy. Không sạc pin qua đêm. "
        "Thời gian tuyên truyền: từ mười một tháng mười một năm hai nghìn không trăm hai mươi tư."
    ]
    assert "ngắn hơn 60 giây" in made.verdict(catalog)


def test_a_long_text_is_cut_at_sentences_into_parts_of_one_broadcast(catalog: Catalog) -> None:
    sentence = "Người dân không sạc xe điện ở lối thoát nạn và luôn trông coi khi sạc pin. "
    made = script(catalog, [item(sentence * 28)])
    assert len(made.parts) == 2
    assert "chia thành 2 phần" in made.verdict(catalog)
    assert all(part.seconds <= LONGEST and part.text.endswith(".") for part in made.parts)
    assert abs(made.parts[0].seconds - made.parts[1].seconds) < 20
    assert sum(part.text.count("Người dân") for part in made.parts) == 28


def test_one_endless_sentence_is_cut_at_its_clauses(catalog: Catalog) -> None:
    made = script(catalog, [item("không sạc xe điện ở lối thoát nạn; " * 60)])
    assert all(part.seconds <= LONGEST for part in made.parts)


def test_the_document_holds_every_word_and_what_to_look_at(catalog: Catalog) -> None:
    made = script(catalog, [item("Theo Kế hoạch số 3929/KH-UBND. " + "Không sạc pin qua đêm trong nhà ở. " * 40)])
    lines = [paragraph.text for paragraph in docx.Document(BytesIO(write_script(made, catalog, NOW))).paragraphs]
    assert "Phát trên hệ thống truyền thanh cơ sở" in lines
    assert "Nguồn: Công văn số 12/STTTT, mục 1.3" in lines
    assert "Xem lại trước khi đọc: 3929/KH-UBND." in lines
    assert sum(line.startswith("Phần ") for line in lines) == len(made.parts) == 2
    for part in made.parts:
        for sentence in part.sentences:
            assert sentence.text in lines
