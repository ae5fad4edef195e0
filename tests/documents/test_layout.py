"""From lines to paragraphs: footnotes, wrapped lines, numbering, and where everything stands."""

from __future__ import annotations

import pytest

from nlu.documents.layout import lay_out, marker_of, paragraphs
from nlu.documents.letters import bare
from nlu.documents.outline import outline, title_of


def texts(text: str) -> list[str]:
    layout = lay_out(text)
    return [paragraph.text for paragraph in paragraphs(layout.lines, layout.width)]


WRAPPED = """\
I. NHIỆM VỤ
1. Tổ chức tuyên truyền trên hệ thống truyền thanh1 của các xã, phường và thị
trấn; tăng cường phối hợp với các đơn vị trong năm 20242 theo quy định của

pháp luật hiện hành và của Ủy ban nhân dân tỉnh về phát triển kinh tế
- xã hội vùng đồng bào dân tộc.

1 Theo Quyết định số 10/QĐ-UBND ngày 01/02/2024 của Ủy ban nhân dân tỉnh về việc phê duyệt đề án.
2 Nghị quyết số 5/NQ-HĐND.
 - Đơn vị thực hiện: Sở Y tế.
"""


def test_footnotes_are_taken_out_with_their_marks() -> None:
    layout = lay_out(WRAPPED)
    assert [note.text[:20] for note in layout.notes] == ["1 Theo Quyết định số", "2 Nghị quyết số 5/NQ"]
    assert texts(WRAPPED) == [
        "I. NHIỆM VỤ",
        "1. Tổ chức tuyên truyền trên hệ thống truyền thanh của các xã, phường và thị trấn; tăng cường phối hợp với "
        "các đơn vị trong năm 2024 theo quy định của pháp luật hiện hành và của Ủy ban nhân dân tỉnh về phát triển "
        "kinh tế - xã hội vùng đồng bào dân tộc.",
        "- Đơn vị thực hiện: Sở Y tế.",
    ]


def test_a_raised_mark_goes_and_a_square_metre_stays() -> None:
    text = "Diện tích 200 m² và 5 km², theo kế hoạch³ năm nay của tỉnh.\n\n³ Kế hoạch số 9/KH-UBND.\n"
    assert texts(text) == ["Diện tích 200 m² và 5 km², theo kế hoạch năm nay của tỉnh."]
    assert [note.text for note in lay_out(text).notes] == ["³ Kế hoạch số 9/KH-UBND."]


def test_rows_of_a_table_are_no_footnotes() -> None:
    text = "PHỤ LỤC\n\nTT Địa điểm\n\n1 Xã Đăk Tăng\n\n2 Xã Ngọk Tem\n\n3 Xã Măng Bút\n"
    assert lay_out(text).notes == []


def test_a_footnote_between_two_halves_of_a_sentence() -> None:
    text = (
        "1. " + "Hướng dẫn người dân kiến thức phòng cháy trong quá trình sử dụng xe điện¹ tại các khu " * 2 + "khu\n\n"
        "¹ Công văn số 1/UBND-KT.\n\nchung cư, nhà cao tầng.\n"
    )
    (paragraph,) = texts(text)
    assert paragraph.endswith("tại các khu khu chung cư, nhà cao tầng.")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("I. MỤC ĐÍCH", "roman"),
        ("IV. KINH PHÍ", "roman"),
        ("1. Sở Y tế", "number"),
        ("1.2. Phòng ngừa", "dotted"),
        ("1.2.3 Việc nhỏ", "dotted"),
        ("đ) Cung cấp", "letter"),
        ("- Đơn vị", "dash"),
        ("– Đơn vị", "dash"),
        ("+ Nhỏ hơn", "plus"),
        ("Điều 5. Hiệu lực", "article"),
        ("Phần I. QUY ĐỊNH", "part"),
        ("A. PHẦN CHUNG", "capital"),
    ],
)
def test_numbering_of_decree_30(words: str, kind: str) -> None:
    marker = marker_of(words)
    assert marker is not None
    assert marker.lastgroup == kind


@pytest.mark.parametrize(
    "words", ["2024 của Chính phủ", "83 Nghị định", "v. v.", "điều 29 Luật Đấu thầu", "(1) một", ""]
)
def test_words_that_only_look_numbered(words: str) -> None:
    assert marker_of(words) is None


def test_paths_are_how_the_document_would_be_cited() -> None:
    text = (
        "I. NỘI DUNG\n\n1. Thường xuyên\n\n1.1. Một\n\n1.2. Hai\n\n2. Chuyên đề\n\n2.1. Ba\n\nII. NHIỆM VỤ\n\n"
        "1. Bốn\n\na) Năm\n\n- Sáu\n\n- Bảy\n\n+ Tám\n\nđ) Chín\n"
    )
    layout = lay_out(text)
    tree = outline(paragraphs(layout.lines, layout.width))
    assert [node.path for node in tree.walk()] == [
        "I", "I.1", "I.1.1", "I.1.2", "I.2", "I.2.1", "II", "II.1", "II.1.a", "II.1.a (gạch 1)", "II.1.a (gạch 2)",
        "II.1.a (gạch 2.1)", "II.1.đ",
    ]  # fmt: skip


def test_lines_count_as_the_file_has_them() -> None:
    layout = lay_out("một\r\n\r\nhai\rba\n\fbốn")
    assert [(line.number, line.text) for line in layout.lines if line.text] == [
        (1, "một"), (3, "hai"), (4, "ba"), (5, "bốn")
    ]  # fmt: skip


def test_words_know_their_line() -> None:
    layout = lay_out(WRAPPED)
    paragraph = paragraphs(layout.lines, layout.width)[1]
    at = paragraph.text.index("trong năm 2024")
    assert paragraph.lines(at, at + 5) == (3, 3)
    assert paragraph.without(3).lines(at - 3, at + 2) == (3, 3)
    assert (paragraph.first, paragraph.last) == (2, 6)


def test_a_symbol_broken_at_its_hyphen_is_made_whole() -> None:
    wide = "Thực hiện ý kiến chỉ đạo của Thường trực Tỉnh ủy tại Văn bản số 1438-\nCV/VPTU ngày 28 tháng 7 năm 2021\n"
    assert "1438-CV/VPTU" in texts(wide)[0]


def test_markdown_and_symbol_fonts_are_only_dress() -> None:
    assert texts("## **1. Các sở**\n\n* *Một* việc\n\n\uf0b7 Hai\n\n1\\. Ba\n") == [
        "1. Các sở",
        "- Một việc",
        "- Hai",
        "1. Ba",
    ]


def test_bare_letters_keep_their_places() -> None:
    text = "Sở Y tế – ĐĂK HÀ’ \u00a0İß"
    assert len(bare(text)) == len(text)
    assert bare(text).startswith("so y te - dak ha'")


def test_titles() -> None:
    assert title_of("Phòng ngừa ngộ độc: Tiếp tục thông tin.") == ("Phòng ngừa ngộ độc", "Tiếp tục thông tin.")
    assert title_of("Các cơ quan báo chí; Cổng thông tin điện tử")[0] == "Các cơ quan báo chí; Cổng thông tin điện tử"
    long = "Tuyên truyền kết quả " + "rất dài " * 40
    assert len(title_of(long)[0]) <= 160
    assert title_of(long)[0].endswith("…")
