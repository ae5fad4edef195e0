"""Documents of other kinds and layouts than the five: the reader knows the rules of layout, not the five texts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.documents.conftest import Read
from tests.documents.measure import by_path, ids

LETTER = """\
UBND TỈNH KON TUM        CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
SỞ NỘI VỤ                Độc lập - Tự do - Hạnh phúc
Số: 0412/SNV-CCHC        Kon Tum, ngày 3 tháng 02 năm 2025
V/v báo cáo kết quả cải cách hành chính
quý I năm 2025

Kính gửi: Sở Y tế, Sở Tài chính và UBND các huyện, thành phố.

Thực hiện Kế hoạch số 15/KH-UBND ngày 10/01/2025 của Ủy ban nhân dân tỉnh; Sở Nội vụ đề nghị các sở, ban, ngành báo \
cáo kết quả về Sở Nội vụ chậm nhất ngày 15/3/2025 để tổng hợp, báo cáo Ủy ban nhân dân tỉnh.

Quá trình thực hiện nếu có khó khăn, vướng mắc, báo cáo Ủy ban nhân dân tỉnh trước ngày 01/3/2025./.

Nơi nhận:                         KT. GIÁM ĐỐC
- Như trên;                       PHÓ GIÁM ĐỐC
- Giám đốc Sở (b/c);
- Lưu: VT, CCHC.                  Trần Văn Bình
"""

INSTRUCTION = """\
ỦY BAN NHÂN DÂN
TỈNH KON TUM
-------
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
---------------
Số: 05/CT-UBND
Kon Tum, ngày 12 tháng 3 năm 2025

CHỈ THỊ
Về tăng cường công tác phòng cháy, chữa cháy đối với xe điện

Thời gian qua, trên địa bàn tỉnh xảy ra một số vụ cháy. Chủ tịch Ủy ban nhân dân tỉnh yêu cầu:

1. Công an tỉnh
a) Chủ trì, phối hợp với Sở Công Thương, UBND các huyện, thành phố kiểm tra 100% cơ sở sạc xe điện, hoàn thành trước \
ngày 30 tháng 6 năm 2025.
b) Hướng dẫn người dân kỹ năng thoát nạn; hằng quý báo cáo kết quả về Ủy ban nhân dân tỉnh.

2. Sở Xây dựng chủ trì, phối hợp với Công an tỉnh rà soát chung cư có tầng hầm; báo cáo Ủy ban nhân dân tỉnh trong \
tháng 5 năm 2025.

4. Ủy ban nhân dân các huyện: Đăk Hà, Đăk Tô tổ chức ít nhất 02 buổi tuyên truyền mỗi xã.

Nơi nhận:
- Như trên;
- Lưu: VT, NC.

CHỦ TỊCH

Lê Ngọc Tuấn
"""

TABLE = """\
# KẾ HOẠCH
**Chuyển đổi số năm 2025**

**I. NHIỆM VỤ**

* **Chi tiết tại Phụ lục kèm theo.**

**PHỤ LỤC**

| STT | Nhiệm vụ | Đơn vị chủ trì | Đơn vị phối hợp | Thời hạn |
|-----|----------|----------------|-----------------|----------|
| 1 | Nâng cấp **mạng** | Sở TT&TT | Công an tỉnh; VNPT | Trước ngày 30/6/2025 |
| 3 | Đào tạo 05 lớp | Sở Nội vụ | | Hằng quý |
"""

PUBLICITY = """\
Số: 77/STTTT-TTBCXB
V/v tuyên truyền phòng, chống sốt xuất huyết

Kính gửi: UBND các huyện, thành phố.

Sở Thông tin và Truyền thông đề nghị tuyên truyền từ ngày 01/7/2025 đến ngày 31/7/2025 các nội dung sau:

- Diệt lăng quăng: Mỗi tuần một lần.
- Ngủ màn cả ban ngày.

Trân trọng./.
"""


@pytest.fixture(scope="module")
def letter(read: Read) -> dict[str, Any]:
    return read(LETTER)


def test_two_columns_run_together(letter: dict[str, Any]) -> None:
    document = letter["document"]
    assert (document["kind"], document["number"], document["issued_on"]) == ("cong_van", "0412/SNV-CCHC", "2025-02-03")
    assert document["issuer"] == {"text": "SỞ NỘI VỤ", "id": "so_noi_vu", "above": "UBND TỈNH KON TUM"}
    assert document["subject"] == "V/v báo cáo kết quả cải cách hành chính quý I năm 2025"
    assert document["signer"] == "Trần Văn Bình"
    assert [(entry["id"], entry["role"]) for entry in document["recipients"]] == [
        ("so_y_te", "to"), ("so_tai_chinh", "to"), ("nhom_ubnd_cap_huyen", "to"), (None, "copy"), (None, "file"),
    ]  # fmt: skip
    assert document["recipients"][-1]["text"] == "Lưu: VT, CCHC"


def test_a_letter_without_numbers_still_owes_a_report(letter: dict[str, Any]) -> None:
    """The report to pass on and the report of trouble are none of their own."""
    assert letter["items"] == letter["tasks"] == []
    (deadline,) = letter["deadlines"]
    assert deadline == {
        "as_written": "chậm nhất ngày 15/3/2025",
        "date": "2025-03-15",
        "semantics": "by",
        "reporter": {"text": "các sở, ban, ngành", "id": "nhom_so_ban_nganh"},
        "receiver": {"text": "Sở Nội vụ", "id": "so_noi_vu"},
        "lines": [9, 9],
    }


def test_an_instruction_gives_tasks(read: Read) -> None:
    found = read(INSTRUCTION)
    document = found["document"]
    assert (document["kind"], document["number"], document["issued_on"]) == ("chi_thi", "05/CT-UBND", "2025-03-12")
    assert (document["issuer"]["id"], document["signer"]) == ("ubnd_tinh", "Lê Ngọc Tuấn")
    assert found["items"] == []
    tasks = by_path(found["tasks"])
    assert list(tasks) == ["1.a", "1.b", "2", "4"]
    assert ids(tasks["1.a"]["lead"]) == ["cong_an_tinh"]
    assert ids(tasks["1.a"]["coordinators"]) == ["so_cong_thuong", "nhom_ubnd_cap_huyen"]
    assert (tasks["1.a"]["due"]["date"], tasks["1.a"]["due"]["semantics"]) == ("2025-06-30", "before")
    assert tasks["1.a"]["indicators"] == [{"as_written": "100%", "value": 100, "unit": "%", "comparison": "eq"}]
    assert tasks["2"]["lead"] == [{"text": "Sở Xây dựng", "id": None}]
    assert (tasks["2"]["due"]["date"], tasks["2"]["due"]["semantics"]) == ("2025-05-31", "within")
    assert ids(tasks["4"]["lead"]) == ["ubnd_huyen_dak_ha", "ubnd_huyen_dak_to"]
    assert tasks["4"]["title"].startswith("tổ chức ít nhất 02 buổi")
    warnings = "\n".join(found["warnings"])
    assert "Dòng 21: Số thứ tự nhảy: 2 → 4." in warnings
    assert "Chưa nhận ra cơ quan: “Sở Xây dựng”." in warnings


def test_a_table_whose_cells_are_apart(read: Read) -> None:
    found = read(TABLE)
    tasks = by_path(found["tasks"])
    assert list(tasks) == ["PL.1", "PL.3"]
    assert tasks["PL.1"]["title"] == "Nâng cấp mạng"
    assert ids(tasks["PL.1"]["lead"]) == ["so_tttt"]
    assert tasks["PL.1"]["coordinators"] == [
        {"text": "Công an tỉnh", "id": "cong_an_tinh"},
        {"text": "VNPT", "id": None},
    ]
    assert tasks["PL.1"]["due"]["date"] == "2025-06-30"
    assert tasks["PL.3"]["coordinators"] == []
    assert tasks["PL.3"]["due"] == {"as_written": "Hằng quý", "date": None, "semantics": "recurring"}
    assert "Dòng 13: Bảng phụ lục nhảy số: 1 → 3." in found["warnings"]


def test_a_subject_typed_in_several_paragraphs(read: Read) -> None:
    found = read(PUBLICITY.replace("sốt xuất huyết", "sốt xuất huyết\n\nNgười dân cùng làm\n\nđợt 2 năm 2025"))
    subject = "V/v tuyên truyền phòng, chống sốt xuất huyết Người dân cùng làm đợt 2 năm 2025"
    assert found["document"]["subject"] == subject
    assert len(found["items"]) == 2


def test_dashes_of_a_publicity_letter_are_items(read: Read) -> None:
    found = read(PUBLICITY)
    assert found["document"]["issuer"]["id"] == "so_tttt"
    assert [(item["path"], item["title"], item["from"], item["to"]) for item in found["items"]] == [
        ("(gạch 1)", "Diệt lăng quăng", "2025-07-01", "2025-07-31"),
        ("(gạch 2)", "Ngủ màn cả ban ngày", "2025-07-01", "2025-07-31"),
    ]


def test_a_secret_is_recognised(read: Read) -> None:
    found = read("MẬT\nSố: 01/TB-CAT\n\nTHÔNG BÁO\nVề việc ấy\n\n1. Sở Y tế thực hiện.\n")
    assert found["document"]["confidential"] is True
    assert any("dấu mật" in warning for warning in found["warnings"])
    assert read("Bảo mật thông tin\n")["document"]["confidential"] is False


def test_an_annex_that_is_no_table_of_tasks_is_said(read: Read) -> None:
    found = read(
        "KẾ HOẠCH\nNăm 2025\n\nI. NHIỆM VỤ\n\n1. Việc\n\nNơi nhận:\n- Lưu: VT.\n\n"
        "Phụ lục II\n\nMẪU PHIẾU\n\nHọ và tên:\n"
    )
    assert "Dòng 11: Không đọc được phụ lục thành bảng nhiệm vụ: “MẪU PHIẾU Họ và tên:”." in found["warnings"]


def test_a_task_of_a_plan_may_point_to_its_annex_for_details(read: Read) -> None:
    """Rows take over the deadline of the one task that names their annex, and only of that."""
    body = (
        "KẾ HOẠCH\nNăm 2025\n\nI. NHIỆM VỤ\n\n1. Lắp loa (chi tiết tại Phụ lục 01)\n\n- Đơn vị thực hiện: Sở Y tế.\n\n"
        "- Thời gian hoàn thành: Trước ngày 01/5/2025.\n\n2. Việc khác\n\n"
        "- Thời gian hoàn thành: Trước ngày 01/6/2025.\n\n"
        "Nơi nhận:\n- Lưu: VT.\n\nPHỤ LỤC 01\n\nLẮP LOA\n\nTT Địa điểm Đơn vị chủ trì Đơn vị phối hợp\n\n"
        "1 Xã Đăk Tăng Sở Y tế UBND huyện Kon Plông\n\n2 Xã Măng Bút Sở Y tế Công an tỉnh; UBND huyện Kon Plông\n"
    )
    tasks = by_path(read(body)["tasks"])
    assert [tasks[path]["due"]["date"] for path in ("PL01.1", "PL01.2")] == ["2025-05-01", "2025-05-01"]
    assert tasks["PL01.2"]["title"] == "LẮP LOA: Xã Măng Bút"
    assert ids(tasks["PL01.2"]["coordinators"]) == ["cong_an_tinh", "ubnd_huyen_kon_plong"]


def test_nothing_to_read_is_said(read: Read) -> None:
    found = read("Trời hôm nay đẹp.")
    assert found["items"] == found["tasks"] == found["deadlines"] == []
    assert found["document"]["kind"] is None
    assert "Không thấy mục, nhiệm vụ hay thời hạn nào." in found["warnings"]


def test_a_pasted_fragment_has_its_tasks_and_reports(read: Read) -> None:
    """A piece that only asks for a report is a report owed, and no task besides."""
    found = read(
        "Các anh chị xem giúp nội dung chỉ đạo:\n- Sở Y tế chủ trì kiểm tra bếp ăn, xong trước 30/11/2024\n"
        "- UBND các huyện, thành phố báo cáo về Sở Y tế trước ngày 05/12/2024\n"
    )
    assert found["document"]["kind"] is None
    assert [(task["lead"][0]["id"], task["due"]["date"]) for task in found["tasks"]] == [
        ("so_y_te", "2024-11-30"),
    ]
    (owed,) = [entry for entry in found["deadlines"] if entry["receiver"]]
    assert (owed["reporter"]["id"], owed["receiver"]["id"]) == ("nhom_ubnd_cap_huyen", "so_y_te")
    assert owed["date"] == "2024-12-05"


def test_the_head_of_government_signs_and_our_branches_are_not_meant(read: Read) -> None:
    found = read(
        "THỦ TƯỚNG CHÍNH PHỦ\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: 17/CT-TTg\nHà Nội, ngày 13 tháng 6 năm 2025\n"
        "CHỈ THỊ\nVề thông tin\n\n1. Đài Tiếng nói Việt Nam tăng thời lượng.\n2. Văn phòng Chính phủ theo dõi.\n\n"
        "Nơi nhận:\n- Lưu: VT.\nTHỦ TƯỚNG\nPhạm Minh Chính\n"
    )
    assert found["document"]["signer"] == "Phạm Minh Chính"
    assert [task["lead"][0]["id"] for task in found["tasks"]] == [None, "vpcp"]
