"""How other issuers set their documents: torn heads, joint documents, articles, letters without numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.documents.deadlines import find_deadlines, labelled_deadline, resolved, telling
from nlu.documents.torn_heads import mended
from tests.documents.conftest import Read
from tests.documents.measure import by_path

MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n"

HEADS = {
    "circular": (
        f"BỘ CÔNG THƯƠNG\n{MOTTO}Số: 21/2026/TT-BCT\nHà Nội, ngày 28 tháng 4 năm 2026\nTHÔNG TƯ\n"
        "Quy định về nhãn hàng hóa\n"
        "Căn cứ Luật Thương mại;\nĐiều 1. Phạm vi\n",
        ("thong_tu", "21/2026/TT-BCT", "2026-04-28", "BỘ CÔNG THƯƠNG", "Quy định về nhãn hàng hóa"),
    ),
    "cells of a web page": (
        "ỦY BAN NHÂN DÂN\nTỈNH X\n-------\n|\nCỘNG HÒA XÃ HỘI\nCHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n"
        "-----\n|\n"
        "Số:\n774/QĐ-UBND\n|\nHà\nNội, ngày\n22 tháng 02\nnăm 2024\n|\nQUYẾT ĐỊNH\nVỀ VIỆC PHÊ DUYỆT\nKẾ HOẠCH\n"
        "CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH X\nCăn cứ Luật Dược;\n",
        ("quyet_dinh", "774/QĐ-UBND", "2024-02-22", "ỦY BAN NHÂN DÂN TỈNH X", "VỀ VIỆC PHÊ DUYỆT KẾ HOẠCH"),
    ),
    "cells in one line": (
        "UỶ BAN NHÂN DÂN | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM |\nSố: 36/QĐ-UBND | Sơn La, ngày 30 tháng 12 năm 2014 |\n"
        "QUYẾT ĐỊNH\nBAN HÀNH KẾ HOẠCH\nUỶ BAN NHÂN DÂN TỈNH SƠN LA\nCăn cứ Luật Y;\n",
        ("quyet_dinh", "36/QĐ-UBND", "2014-12-30", "UỶ BAN NHÂN DÂN TỈNH SƠN LA", "BAN HÀNH KẾ HOẠCH"),
    ),
    "blank form": (
        f"VĂN PHÒNG B\nSố:\n\n{MOTTO}\n/TTr-VPB\n\nHà Nội, ngày\n\ntháng\n\nnăm 2016\n\nDỰ THẢO\n\nTỜ TRÌNH\n"
        "Về dự thảo Quy chế\n"
        "Kính gửi: Chính phủ\n",
        ("to_trinh", None, None, "VĂN PHÒNG B", "Về dự thảo Quy chế"),
    ),
    "stamp of a signed file": (
        "Người ký: UBND TỈNH ĐẮK NÔNG\nEmail: a@b.vn\nCơ quan: TỈNH ĐẮK NÔNG\nThời gian ký: 15.08.2024 16:21:07\n"
        "+07:00\n"
        f"ỦY BAN NHÂN DÂN {MOTTO}TỈNH ĐẮK NÔNG\nSố: 47/UBND-KGVX Đắk Nông, ngày 15 tháng 8 năm 2024\n"
        "V/v phòng ngộ độc\nKính gửi: Sở Y tế.\n",
        ("cong_van", "47/UBND-KGVX", "2024-08-15", "ỦY BAN NHÂN DÂN TỈNH ĐẮK NÔNG", "V/v phòng ngộ độc"),
    ),
    "stamp of whoever received it": (
        f"UBND HUYỆN A\nPHÒNG Y TẾ\n{MOTTO}CÔNG VĂN ĐẾN\nSố: 1234\nNgày: 05/6/2024\nChuyển: VP\nSố: 45/PYT-NV\n"
        "Gia Lâm, ngày 03 tháng 6 năm 2024\nV/v kiểm tra\nKính gửi: UBND các xã.\n",
        ("cong_van", "45/PYT-NV", "2024-06-03", "PHÒNG Y TẾ", "V/v kiểm tra"),
    ),
    "joint plan": (
        f"SỞ Y TẾ - SỞ CÔNG THƯƠNG\n{MOTTO}Số: 14/KHLT-SYT-SCT\nHà Nam, ngày 12 tháng 9 năm 2024\nKẾ HOẠCH LIÊN TỊCH\n"
        "Phối hợp kiểm tra\nCăn cứ Luật An toàn thực phẩm;\n",
        ("ke_hoach", "14/KHLT-SYT-SCT", "2024-09-12", "SỞ Y TẾ - SỞ CÔNG THƯƠNG", "Phối hợp kiểm tra"),
    ),
    "the youth union": (
        "BAN CHẤP HÀNH TỈNH A\n***\nSố: 367 - KH/TĐTN-VP\nĐOÀN TNCS HỒ CHÍ MINH\nHà Nam, ngày 29 tháng 10 năm 2013\n"
        "CHƯƠNG TRÌNH HÀNH ĐỘNG\nthực hiện Nghị quyết\n-----\nCăn cứ Điều lệ Đoàn;\n",
        ("chuong_trinh", "367-KH/TĐTN-VP", "2013-10-29", "BAN CHẤP HÀNH TỈNH A", "thực hiện Nghị quyết"),
    ),
    "the Party, in two columns": (
        "TỈNH ỦY QUẢNG TRỊ                    ĐẢNG CỘNG SẢN VIỆT NAM\n        *\n"
        "    Số 215-KH/TU                  Quảng Trị, ngày 05 tháng 11 năm 2024\n\n                KẾ HOẠCH\n"
        "      thực hiện Chỉ thị số 37-CT/TW\n              -----\n"
        "      Thực hiện Chỉ thị số 37-CT/TW, Ban Thường vụ ban hành:\n"
        "      I- MỤC ĐÍCH\n      1- Tạo chuyển biến.\n\nNơi nhận:                      T/M BAN THƯỜNG VỤ\n"
        "- Ban Bí thư,                   PHÓ BÍ THƯ\n- Lưu VP.\n                                 Nguyễn Đăng Quang\n",
        ("ke_hoach", "215-KH/TU", "2024-11-05", "TỈNH ỦY QUẢNG TRỊ", "thực hiện Chỉ thị số 37-CT/TW"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADS)
def test_heads(read: Read, name: str) -> None:
    text, wanted = HEADS[name]
    document = read(text)["document"]
    found = [document[field] for field in ("kind", "number", "issued_on")]
    assert (*found, document["issuer"]["text"], document["subject"]) == wanted


def test_a_draft_and_a_joint_document_are_said(read: Read) -> None:
    assert any("dự thảo" in warning for warning in read(HEADS["blank form"][0])["warnings"])
    assert any("nhiều cơ quan" in warning for warning in read(HEADS["joint plan"][0])["warnings"])


def test_two_signers_beside_each_other(read: Read) -> None:
    text = HEADS["joint plan"][0] + (
        "1. Kiểm tra.\nKT. GIÁM ĐỐC                    KT. GIÁM ĐỐC\nSỞ CÔNG THƯƠNG                  SỞ Y TẾ\n"
        "PHÓ GIÁM ĐỐC                    PHÓ GIÁM ĐỐC\n\nTrần Thị Thanh                  Quách Văn Đức\n\n"
        "Nơi nhận:\n- UBND tỉnh (b/c);\n- Lưu: VT.\n"
    )
    assert read(text)["document"]["signer"] == "Trần Thị Thanh; Quách Văn Đức"


def letter(body: str, subject: str = "V/v kiểm tra", kind: str = "") -> str:
    return (
        f"UBND TỈNH KON TUM\nSỞ Y TẾ\n{MOTTO}Số: 5/SYT-NV\nKon Tum, ngày 05 tháng 3 năm 2024\n{kind}\n{subject}\n"
        + ("" if kind else "Kính gửi: Các đơn vị.\n")
        + body
        + "\nNơi nhận:\n- Như trên;\n- Lưu: VT.\nGIÁM ĐỐC\nTrần Văn A\n"
    )


def leads(found: dict[str, Any]) -> dict[str, list[str]]:
    return {path: [party["text"] for party in task["lead"]] for path, task in by_path(found["tasks"]).items()}


def test_articles_give_work_and_their_enforcement_does_not(read: Read) -> None:
    found = read(
        letter(
            "Căn cứ Luật A;\nQUYẾT ĐỊNH:\nĐiều 1.\n1. Đồng ý chủ trương.\n"
            "2. Sở Y tế chủ trì bàn giao xong trước ngày 30/6/2024.\n"
            "Điều 2. Mức chi hằng tháng: 500.000 đồng.\nĐiều 3. Trách nhiệm của Sở Tài chính\n1. Cấp kinh phí.\n"
            "Điều 4. Quyết định này có hiệu lực từ ngày ký.\n"
            "Điều 5. Chánh Văn phòng, Giám đốc Sở Y tế chịu trách nhiệm thi hành Quyết định này./.",
            "Về chủ trương",
            "QUYẾT ĐỊNH",
        )
    )
    assert leads(found) == {"Điều 1.2": ["Sở Y tế"], "Điều 3.1": ["Sở Tài chính"]}


def test_a_letter_without_numbers_gives_work(read: Read) -> None:
    found = read(
        letter(
            "Xét đề nghị của Sở Công Thương, UBND tỉnh có ý kiến như sau:\n"
            "Giao các Sở: Tài chính, Nội vụ có ý kiến trước ngày 10/5/2024 để tổng hợp.\n"
            "Sở Y tế thông báo để các đơn vị biết./."
        )
    )
    (task,) = found["tasks"]
    assert [party["id"] for party in task["lead"]] == ["so_tai_chinh", "so_noi_vu"]
    assert (task["path"], task["due"]["date"]) == ("đoạn 1", "2024-05-10")


def test_what_a_letter_without_numbers_asks_to_make_known(read: Read) -> None:
    found = read(
        letter(
            "Sở Y tế đề nghị Đài Phát thanh và Truyền hình tỉnh tuyên truyền về biện pháp phòng bệnh.\n"
            "Thời gian tuyên truyền từ ngày 20/6/2024 đến hết ngày 30/9/2024.",
            "V/v tuyên truyền phòng bệnh",
        )
    )
    (item,) = found["items"]
    assert (item["path"], item["from"], item["to"]) == ("đoạn 1", "2024-06-20", "2024-09-30")


def test_where_and_when_one_meets_is_no_work(read: Read) -> None:
    found = read(
        letter(
            "1. Thời gian: 14 giờ 00 phút, ngày 10 tháng 12 năm 2024.\n2. Địa điểm: Phòng họp số 1, trụ sở UBND tỉnh.\n"
            "3. Phân công: Giao Công an tỉnh chuẩn bị báo cáo trước ngày 08/12/2024.",
            "Dự họp",
            "GIẤY MỜI",
        )
    )
    assert leads(found) == {"3": ["Công an tỉnh"]}


def test_slogans_in_a_part_without_a_number(read: Read) -> None:
    found = read(
        letter(
            "I. NỘI DUNG TUYÊN TRUYỀN\n1. Ý nghĩa ngày lễ.\nII. TỔ CHỨC THỰC HIỆN\n1. Sở Y tế\n"
            "- Hướng dẫn các đơn vị.\n"
            "Các cơ quan, đơn vị gửi báo cáo về Sở Y tế trước ngày 15/4/2024.\n"
            "KHẨU HIỆU TUYÊN TRUYỀN\n1. Nhiệt liệt chào mừng ngày lễ!\n2. Việt Nam quang vinh muôn năm!",
            "Tuyên truyền ngày lễ",
            "HƯỚNG DẪN",
        )
    )
    assert [slogan["text"] for slogan in found["slogans"]] == [
        "Nhiệt liệt chào mừng ngày lễ!", "Việt Nam quang vinh muôn năm!",
    ]  # fmt: skip
    assert leads(found) == {"II.1 (gạch 1)": ["Sở Y tế"]}
    (owed,) = found["deadlines"]
    assert owed["reporter"]["text"] == "Các cơ quan, đơn vị"


def test_numbers_may_head_the_parts(read: Read) -> None:
    found = read(
        letter(
            "1. Nội dung tuyên truyền\n- Ý nghĩa ngày lễ.\n2. Khẩu hiệu tuyên truyền\n- Ngày lễ muôn năm!\n"
            "3. Hình thức\n- Pa-nô.\n4. Thời gian\nTừ ngày 01/4/2024 đến hết ngày 10/5/2024.\n5. Tổ chức thực hiện\n"
            "- Công an tỉnh treo cờ, hoàn thành trước ngày 01/4/2024.",
            "Tuyên truyền ngày lễ",
            "HƯỚNG DẪN",
        )
    )
    assert [(item["path"], item["to"]) for item in found["items"]] == [("1 (gạch 1)", "2024-05-10")]
    assert leads(found) == {"5 (gạch 1)": ["Công an tỉnh"]}
    assert [form["text"] for form in found["forms"]] == ["Pa-nô."]


def test_work_with_a_day_in_a_publicity_letter_stays_work(read: Read) -> None:
    found = read(
        letter(
            "- Công an tỉnh kiểm tra các chợ xong trước ngày 10/5/2024.\n- Treo băng rôn tại các chợ.",
            "V/v tuyên truyền an toàn thực phẩm",
        )
    )
    assert leads(found) == {"(gạch 1)": ["Công an tỉnh"]}
    assert [item["path"] for item in found["items"]] == ["(gạch 2)"]


def test_the_body_before_a_colon_leads(read: Read) -> None:
    found = read(letter("1. Tổ công tác liên ngành huyện: Chủ trì, phối hợp với Công an tỉnh trực 24/24 giờ."))
    assert leads(found) == {"1": ["Tổ công tác liên ngành huyện"]}


def test_where_names_of_bodies_end(read: Read) -> None:
    found = read(
        letter(
            "1. Công an tỉnh chủ trì, phối hợp với các sở: Tài chính, Y tế làm sạch dữ liệu.\n"
            "2. Trung tâm Văn hóa - Điện ảnh tỉnh biên tập tài liệu.\n"
            "3. Sở Y tế phối hợp với Ban CHQS các xã, thị trấn quản lý quân số.\n"
            "4. Các đơn vị báo cáo Sở Nội vụ qua Phòng Hành chính trước 30.6.2024."
        )
    )
    tasks = by_path(found["tasks"])
    assert [party["id"] for party in tasks["1"]["coordinators"]] == ["so_tai_chinh", "so_y_te"]
    assert leads(found)["2"] == ["Trung tâm Văn hóa - Điện ảnh tỉnh"]
    assert [party["text"] for party in tasks["3"]["coordinators"]] == ["Ban CHQS các xã, thị trấn"]
    assert [owed["receiver"]["id"] for owed in found["deadlines"]] == ["so_noi_vu"]


def test_two_names_run_together_are_no_signer(read: Read) -> None:
    text = letter("1. Báo cáo.").replace("Trần Văn A", "Nguyễn Văn Thắng Tô Thị Tâm")
    found = read(text)
    assert found["document"]["signer"] is None
    assert any("người ký" in warning for warning in found["warnings"])


def test_addressees_go_on_after_a_semicolon(read: Read) -> None:
    text = letter("1. Báo cáo.").replace("Các đơn vị.", "Công an tỉnh;\nSở Nội vụ; Sở Tài chính.")
    to = [party["id"] for party in read(text)["document"]["recipients"] if party["role"] == "to"]
    assert to == ["cong_an_tinh", "so_noi_vu", "so_tai_chinh"]


def test_a_document_without_a_head_takes_its_province_from_its_words(read: Read) -> None:
    found = read("1. Sở Y tế chủ trì kiểm tra.\n2. UBND tỉnh Đắk Nông giao Sở Tài chính bố trí kinh phí.\n")
    assert [party["id"] for task in found["tasks"] for party in task["lead"]] == [None]


@pytest.mark.parametrize(
    ("words", "written", "day", "meaning"),
    [
        ("hoàn thành đầu tháng 5 năm 2024", "đầu tháng 5 năm 2024", "2024-05-10", "within"),
        ("xong giữa tháng 6/2024", "giữa tháng 6/2024", "2024-06-20", "within"),
        ("hoàn thành Q4/2024", "Q4/2024", "2024-12-31", "within"),
        ("hoàn thành cuối quý III/2024", "cuối quý III/2024", "2024-09-30", "within"),
        ("hoàn thành tháng 3 - 5/2025", "tháng 3 - 5/2025", "2025-05-31", "within"),
        ("hoàn thành trước tháng 8/2024", "trước tháng 8/2024", "2024-08-01", "before"),
        ("hoàn thành trước quý II năm 2024", "trước quý II năm 2024", "2024-04-01", "before"),
        ("thực hiện từ nay đến hết tháng 12 năm 2024", "từ nay đến hết tháng 12 năm 2024", "2024-12-31", "within"),
        ("báo cáo trong tuần 46/2024", "trong tuần 46/2024", "2024-11-17", "within"),
        ("hoàn thành vào ngày 05 tháng 5 năm 2024", "vào ngày 05 tháng 5 năm 2024", "2024-05-05", "by"),
        ("xong trong ngày 16/01/2024", "trong ngày 16/01/2024", "2024-01-16", "by"),
        ("hoàn thành trước 17 giờ thứ Sáu, ngày 20/12/2024", "trước 17 giờ thứ Sáu, ngày 20/12/2024",
         "2024-12-20", "by"),
        ("lập danh sách; thời gian hoàn thành: 30/9/2024", "30/9/2024", "2024-09-30", "by"),
        ("gửi trước ngày 05 tháng đầu quý sau", "trước ngày 05 tháng đầu quý sau", None, "recurring"),
        ("Định kỳ hàng năm báo cáo trước ngày 15/12", "trước ngày 15/12", None, "recurring"),
        ("báo cáo 06 tháng (trước ngày 15/6)", "trước ngày 15/6", None, "recurring"),
        ("hoàn thành trước Tết Nguyên đán 2025", "trước Tết Nguyên đán 2025", None, None),
    ],
)  # fmt: skip
def test_wordings_of_deadlines(words: str, written: str, day: str | None, meaning: str | None) -> None:
    found = telling(list(find_deadlines(words)))
    assert found is not None
    assert resolved(found, None, None).to_json() == {"as_written": written, "date": day, "semantics": meaning}
    assert words[found.start : found.end] == written


@pytest.mark.parametrize(
    "words",
    ["đã hoàn thành ngày 05/5/2024", "các công trình xây dựng trước năm 2020", "hoàn thành tốt năm học 2024"],
)
def test_the_past_is_no_deadline(words: str) -> None:
    assert list(find_deadlines(words)) == []


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("Tháng 3 - 5/2025", "2025-05-31"),
        ("Quý I, II năm 2025", "2025-06-30"),
        ("Dự kiến tuần thứ 3 tháng 3/2025", None),
    ],
)
def test_values_of_a_time_column(value: str, day: str | None) -> None:
    found = labelled_deadline(value)
    assert found is not None
    assert found.to_json()["date"] == day


@given(st.lists(st.text(alphabet="CỘNGHÒAXÃI chủ nghĩa|Số:/ngàythángnăm 0123,…\t", max_size=30), max_size=40))
@settings(deadline=None)
def test_mending_a_head_keeps_its_letters_and_order(lines: list[str]) -> None:
    placed = list(enumerate(lines, 1))
    found = mended(placed)
    assert [number for number, _ in found] == sorted(number for number, _ in found)
    letters = "".join("".join(line.replace("|", "").split()) for line in lines)
    assert "".join("".join(text.replace("|", "").split()) for _, text in found) == letters
