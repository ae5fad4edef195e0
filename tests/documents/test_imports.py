"""From files to text: every kind that is read, and every way a file can be wrong."""

from __future__ import annotations

import io
import unicodedata
import zipfile
import zlib
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject

from bot import bringing, imports, pdf_text, task_sheets
from bot.imports import ImportFault, read_file, text_of
from bot.xlsforms import sheets
from content.catalog import Catalog
from tests.documents.conftest import Read
from tests.documents.measure import HERE, by_path, ids

PDF = (HERE / "files" / "ke_hoach.pdf").read_bytes()
WORDS = "Kế hoạch truyền thông năm 2024 của tỉnh\n"


def word_file() -> bytes:
    """A plan as offices type it: head and closing in borderless tables, automatic numbers, an annex with a table."""
    document = docx.Document()
    head = document.add_table(rows=2, cols=2)
    head.cell(0, 0).text = "UBND TỈNH KON TUM\nSỞ Y TẾ"
    head.cell(0, 1).text = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc"
    head.cell(1, 0).text = "Số: 125/KH-SYT"
    head.cell(1, 1).text = "Kon Tum, ngày 05 tháng 01 năm 2024"
    for line in (
        "KẾ HOẠCH",
        "Bảo đảm an toàn thực phẩm Tết Giáp Thìn năm 2024",
        "Sở Y tế ban hành Kế hoạch bảo đảm an toàn thực phẩm, cụ thể như sau:",
        "I. NHIỆM VỤ",
    ):
        document.add_paragraph(line)
    document.add_paragraph("Kiểm tra liên ngành", style="List Number")
    document.add_paragraph("Đơn vị chủ trì: Sở Y tế.", style="List Bullet")
    document.add_paragraph("Thời gian hoàn thành: chậm nhất ngày 05/02/2024.", style="List Bullet")
    document.add_paragraph("Truyền thông", style="List Number")
    document.add_paragraph("Đơn vị thực hiện: Báo Kon Tum.", style="List Bullet")
    closing = document.add_table(rows=1, cols=2)
    closing.cell(0, 0).text = "Nơi nhận:\n- UBND tỉnh (b/c);\n- Lưu: VT, NVY."
    closing.cell(0, 1).text = "KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC\n\nNguyễn Thị Lan"
    document.add_paragraph("Phụ lục I")
    document.add_paragraph("PHÂN CÔNG NHIỆM VỤ")
    table = document.add_table(rows=2, cols=5)
    rows = (
        ("TT", "Nội dung công việc", "Đơn vị chủ trì", "Đơn vị phối hợp", "Thời gian hoàn thành"),
        ("1", "Lấy mẫu tại chợ", "Sở Y tế", "Công an tỉnh; UBND thành phố Kon Tum", "Trước ngày 01/02/2024"),
    )
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, words in zip(row.cells, cells, strict=True):
            cell.text = words
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_word(read: Read) -> None:
    found = read(text_of("kế hoạch.DOCX", word_file()))
    document = found["document"]
    assert (document["kind"], document["number"], document["issued_on"]) == ("ke_hoach", "125/KH-SYT", "2024-01-05")
    assert (document["issuer"]["id"], document["signer"]) == ("so_y_te", "Nguyễn Thị Lan")
    assert document["subject"] == "Bảo đảm an toàn thực phẩm Tết Giáp Thìn năm 2024"
    tasks = by_path(found["tasks"])
    assert list(tasks) == ["I.1", "I.2", "PLI.1"], "automatic numbers and dashes are text"
    assert (ids(tasks["I.1"]["lead"]), tasks["I.1"]["due"]["date"]) == (["so_y_te"], "2024-02-05")
    assert ids(tasks["PLI.1"]["coordinators"]) == ["cong_an_tinh", "ubnd_tp_kon_tum"]


def test_pdf(read: Read) -> None:
    found = read(text_of("ke_hoach.pdf", PDF))
    document = found["document"]
    assert (document["kind"], document["number"], document["issued_on"]) == ("ke_hoach", "125/KH-SYT", "2024-01-05")
    assert (document["issuer"]["id"], document["signer"]) == ("so_y_te", "Nguyễn Thị Lan")
    tasks = by_path(found["tasks"])
    assert list(tasks) == ["I (gạch 1)", "I (gạch 2)", "II.1", "II.2", "PLI.1", "PLI.2"]
    assert ids(tasks["II.1"]["coordinators"]) == ["so_cong_thuong", "so_nnptnt"]
    assert tasks["PLI.1"]["title"] == "Lấy mẫu kiểm nghiệm tại chợ"
    assert ids(tasks["PLI.1"]["lead"]) == ["so_y_te"]
    assert tasks["PLI.1"]["due"]["date"] == "2024-02-01"


def test_plain_text_with_and_without_a_mark() -> None:
    assert text_of("a.txt", WORDS.encode()) == WORDS
    assert text_of("a.md", b"\xef\xbb\xbf" + WORDS.encode()) == WORDS


def empty_pdf(pages: int, password: str = "") -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def archive(name: str, content: bytes, *others: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
        for other in others:
            packed.writestr(other, b"")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t\n", "empty"),
        ("a.txt", b"1 2 3", "empty"),
        ("a.txt", WORDS.encode("utf-16"), "not_utf8"),
        ("a.txt", b"K\xd5 ho\xb9ch truy\xd2n th\xabng", "not_utf8"),
        ("a.txt", b"abc\x00def", "not_text"),
        ("a.txt", ("C«ng v¨n vÒ viÖc phßng ch¸y, ch÷a ch¸y rõng trªn ®Þa bµn huyÖn " * 3).encode(), "old_letters"),
        ("a.txt", ("Coâng vaên veà vieäc phoøng chaùy, chöõa chaùy röøng treân ñòa baøn " * 3).encode(), "old_letters"),
        ("a.rtf", b"{\\rtf1}", "unknown_kind"),
        ("a.odt", archive("content.xml", b"<a/>"), "unknown_kind"),
        ("a.md", PDF, "wrong_ending"),
        ("a.txt", b"\xd0\xcf\x11\xe0 old", "old_word"),
        ("a.doc", b"anything", "old_word"),
        ("a.docx", b"\xd0\xcf\x11\xe0 old", "old_word"),
        ("a.docx", WORDS.encode(), "damaged"),
        ("a.docx", b"plain words", "wrong_ending"),
        ("a.docx", PDF, "wrong_ending"),
        ("a.docx", word_file()[:2000], "damaged"),
        ("a.docx", archive("xl/workbook.xml", b"<a/>"), "wrong_ending"),
        ("a.docx", archive("word/document.xml", b"<broken"), "damaged"),
        ("a.docx", archive("word/document.xml", b" " * (imports.MOST_UNPACKED + 1)), "too_big"),
        ("a.pdf", b"plain words", "wrong_ending"),
        ("a.pdf", word_file(), "wrong_ending"),
        ("a.pdf", PDF[:300], "damaged"),
        ("a.pdf", b"%PDF-1.4\n" + bytes(range(256)), "damaged"),
        ("a.pdf", empty_pdf(2), "scanned"),
        ("a.pdf", empty_pdf(1, "bí mật"), "locked"),
        ("a.pdf", empty_pdf(pdf_text.MOST_PAGES + 1), "too_long"),
        ("a.docx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "locked_word"),
        ("a.docm", archive("word/document.xml", b"<a/>"), "macros"),
        ("a.docx", archive("word/document.xml", b"<a/>", "word/vbaProject.bin"), "macros"),
        ("a.docx", archive("word/document.xml", b" " * (imports.MOST_XML + 1)), "too_big"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image"),
        ("a.pdf", b"\x89PNG\r\n", "image"),
        ("a.pdf", b"", "empty"),
        ("a.xlsx", b"PK\x03\x04", "unknown_kind"),
        ("khong_duoi", WORDS.encode(), "unknown_kind"),
        ("a.txt", b"a" * (imports.MOST_BYTES + 1), "too_big"),
        ("a.txt", WORDS.encode() * 40_000, "too_long"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(catalog: Catalog, name: str, content: bytes, key: str) -> None:
    with pytest.raises(ImportFault) as caught:
        text_of(name, content)
    assert caught.value.key == key
    assert len(caught.value.sentence(catalog.text)) > 20


def test_files_on_the_disk(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "a.txt").write_text(WORDS, encoding="utf-8")
    assert read_file(tmp_path / "a.txt") == WORDS
    for path, key in (
        (tmp_path / "none.txt", "missing"),
        (tmp_path, "folder"),
        (tmp_path / "a.txt" / "b", "unreadable"),
    ):
        with pytest.raises(ImportFault) as caught:
            read_file(path)
        assert caught.value.key == key
        assert caught.value.sentence(catalog.text)


def test_a_big_file_is_not_even_read(tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    with big.open("wb") as file:
        file.truncate(imports.MOST_BYTES + 1)
    with pytest.raises(ImportFault) as caught:
        read_file(big)
    assert caught.value.key == "too_big"


def test_a_pdf_with_an_empty_password_opens() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(PDF)))
    writer.encrypt("", owner_password="chu", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert "KẾ HOẠCH" in text_of("a.pdf", out.getvalue())


def test_every_fault_has_its_sentence(catalog: Catalog) -> None:
    written = set(catalog.text.section("directive.fault"))
    rooms = (imports, bringing, pdf_text, task_sheets, sheets)
    source = "".join(Path(str(room.__file__)).read_text(encoding="utf-8") for room in rooms)
    assert {key for key in written if f'"{key}"' not in source} == set()


def hostile_pdf() -> bytes:
    """A small file whose one page unpacks to far more than anybody writes."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    stream = StreamObject()
    stream.set_data(zlib.compress(b"q " * 300_000_000, 1))
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    page[NameObject("/Contents")] = writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_hostile_pdf_ends_within_its_bounds() -> None:
    with pytest.raises(ImportFault) as caught:
        text_of("a.pdf", hostile_pdf())
    assert caught.value.key in ("too_hard", "damaged", "scanned", "too_big")


def test_a_pdf_that_takes_too_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_text, "MOST_SECONDS", 0.001)
    with pytest.raises(ImportFault) as caught:
        text_of("a.pdf", PDF)
    assert caught.value.key == "too_hard"


@pytest.mark.parametrize(
    "stamp",
    [
        "MẬT", "TỐI MẬT", "TUYỆT MẬT", "T Ố I  M Ậ T", "M Ậ T", "| TUYỆT MẬT |", "Độ mật: TỐI MẬT".upper(), "[MẬT]",
        "TỐI MẬT          CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "MẬT CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        unicodedata.normalize("NFD", "TỐI MẬT"), "Mật", "Độ mật: Tối mật", "MẬT - HỎA TỐC", "KHẨN  MẬT",
        "TÀI LIỆU TUYỆT MẬT", "Số: 5-CV/TU (Mật)", "| SỞ Y TẾ | MẬT |",
    ],
)  # fmt: skip
def test_a_stamp_of_secrecy_is_seen(read: Read, stamp: str) -> None:
    text = f"{stamp}\nSố: 12/KH-UBND\nKẾ HOẠCH\nBảo vệ năm 2024\n\n1. Công an tỉnh thực hiện.\n"
    assert read(text)["document"]["confidential"] is True


@pytest.mark.parametrize(
    "words",
    [
        "Bảo đảm bảo mật thông tin.",
        "BẢO MẬT THÔNG TIN",
        "bí mật nhà nước",
        "MẬT ONG",
        "MẶT",
        "Mật độ dân số",
        "MẬT ĐỘ",
        "đóng dấu MẬT theo quy định",
        "VĂN BẢN MẬT",
        "DỰ ÁN NUÔI ONG MẬT",
    ],
)
def test_words_about_secrecy_are_no_stamp(read: Read, words: str) -> None:
    assert read(f"KẾ HOẠCH\nNăm 2024\n\nI. NHIỆM VỤ\n1. {words}\n{words}\n")["document"]["confidential"] is False


def test_a_table_of_documents_by_their_degree_is_no_stamp(read: Read) -> None:
    text = "KẾ HOẠCH\nNăm 2024\n" + "Nội dung.\n" * 40 + "| STT | Hồ sơ | Độ mật |\n| 1 | Hồ sơ A | MẬT |\nMật\n"
    assert read(text)["document"]["confidential"] is False


def test_a_stamp_drawn_as_word_art_is_seen(read: Read) -> None:
    document = docx.Document(io.BytesIO(word_file()))
    art = parse_xml(
        f'<w:r {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml"><w:pict><v:shape><v:textpath string="TUYỆT MẬT"/>'
        "</v:shape></w:pict></w:r>"
    )
    document.sections[0].header.paragraphs[0]._p.append(art)
    out = io.BytesIO()
    document.save(out)
    assert read(text_of("a.docx", out.getvalue()))["document"]["confidential"] is True


def test_a_stamp_in_a_header_or_a_text_box_is_seen(read: Read) -> None:
    document = docx.Document(io.BytesIO(word_file()))
    document.sections[0].header.paragraphs[0].text = "TỐI MẬT"
    out = io.BytesIO()
    document.save(out)
    assert read(text_of("a.docx", out.getvalue()))["document"]["confidential"] is True
    document = docx.Document(io.BytesIO(word_file()))
    box = parse_xml(
        f'<w:r {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml"><w:pict><v:shape><v:textbox><w:txbxContent>'
        "<w:p><w:r><w:t>M</w:t></w:r><w:r><w:t>ẬT</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
    )
    document.paragraphs[0]._p.append(box)
    out = io.BytesIO()
    document.save(out)
    assert read(text_of("a.docx", out.getvalue()))["document"]["confidential"] is True
    assert read(text_of("a.docx", word_file()))["document"]["confidential"] is False
