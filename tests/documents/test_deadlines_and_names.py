"""Deadlines in every wording of officials, counted from the document's own day where it says so; doubtful names."""

from __future__ import annotations

from datetime import date

import pytest

from nlu.documents.deadlines import find_deadlines, labelled_deadline, labelled_period, resolved
from tests.documents.conftest import Read

SIGNED = date(2024, 11, 5)


@pytest.mark.parametrize(
    ("words", "day", "meaning"),
    [
        ("hoàn thành trước ngày 16/12/2024", "2024-12-16", "before"),
        ("hoàn thành trước 16-12-2024", "2024-12-16", "before"),
        ("hoàn thành trước ngày 16.12.2024", "2024-12-16", "before"),
        ("hoàn thành chậm nhất vào ngày 16 tháng 12 năm 2024", "2024-12-16", "by"),
        ("hoàn thành không muộn hơn ngày 16/12/2024", "2024-12-16", "by"),
        ("hạn chót 16/12/2024", "2024-12-16", "by"),
        ("thực hiện đến hết ngày 16/12/2024", "2024-12-16", "by"),
        ("báo cáo trước 14 giờ 30 ngày 16/12/2024", "2024-12-16", "by"),
        ("báo cáo trước 14h30 ngày 16/12/2024", "2024-12-16", "by"),
        ("hoàn thành trong quý IV năm 2024", "2024-12-31", "within"),
        ("hoàn thành trong quý IV", "2024-12-31", "within"),
        ("hoàn thành trong tháng 11", "2024-11-30", "within"),
        ("hoàn thành trong tháng 02/2025", "2025-02-28", "within"),
        ("hoàn thành trước ngày 16/12", "2024-12-16", "before"),
        ("hoàn thành trước ngày 15/01", "2025-01-15", "before"),
        ("hoàn thành trong 6 tháng đầu năm 2025", "2025-06-30", "within"),
        ("hoàn thành trong vòng 10 ngày kể từ ngày ký", "2024-11-15", "within"),
        ("báo cáo trong thời hạn 02 tuần kể từ ngày ban hành Kế hoạch này", "2024-11-19", "within"),
        ("hoàn thành trong vòng 03 tháng kể từ ngày ký ban hành", "2025-02-05", "within"),
        ("hoàn thành trong vòng 05 ngày làm việc kể từ ngày ký", None, "within"),
        ("báo cáo trong vòng 24 giờ kể từ khi xảy ra sự việc", None, "within"),
        ("thực hiện từ ngày 01/12/2024 đến hết ngày 15/12/2024", "2024-12-15", "within"),
        ("báo cáo định kỳ hằng tháng", None, "recurring"),
        ("báo cáo trước ngày 25 hằng tháng", None, "recurring"),
        ("báo cáo trước ngày 15 tháng 12 hàng năm", None, "recurring"),
        ("báo cáo định kỳ 6 tháng", None, "recurring"),
        ("hoàn thành trước ngày 31/02/2025", None, "before"),
    ],
)
def test_words_of_a_sentence(words: str, day: str | None, meaning: str) -> None:
    found = [resolved(deadline, SIGNED, None) for deadline in find_deadlines(f"Sở Y tế {words}.")]
    assert len(found) == 1
    assert found[0].to_json() == {"as_written": found[0].as_written, "date": day, "semantics": meaning}
    assert found[0].as_written in words


@pytest.mark.parametrize(
    ("words", "day", "meaning"),
    [
        ("Quý IV/2024", "2024-12-31", "within"),
        ("Tháng 12 năm 2024", "2024-12-31", "within"),
        ("Đầu tháng 12/2024", "2024-12-10", "within"),
        ("giữa tháng 12/2024", "2024-12-20", "within"),
        ("Cuối tháng 02/2024", "2024-02-29", "within"),
        ("Năm 2024", "2024-12-31", "within"),
        ("2024 - 2025", "2025-12-31", "within"),
        ("Từ ngày 01/12/2024 đến ngày 15/12/2024", "2024-12-15", "within"),
        ("Từ tháng 01/2025", None, None),
        ("Thường xuyên", None, "recurring"),
        ("Khi có yêu cầu", None, None),
    ],
)
def test_words_of_a_column(words: str, day: str | None, meaning: str | None) -> None:
    found = labelled_deadline(words)
    assert found is not None
    assert [found.to_json()["date"], found.to_json()["semantics"]] == [day, meaning]


def test_mere_mentions_are_no_deadlines() -> None:
    assert list(find_deadlines("Trong quý III/2024 đã xảy ra 05 vụ cháy; trong 10 ngày qua có mưa.")) == []


def test_the_year_comes_from_the_document_and_is_said(read: Read) -> None:
    plan = (
        "SỞ Y TẾ\nSố: 12/KH-SYT\nKon Tum, ngày 05 tháng 11 năm 2024\nKẾ HOẠCH\nTruyền thông năm 2025\n\n"
        "I. NHIỆM VỤ\n1. Sở Y tế tập huấn trong quý II.\n"
    )
    found = read(plan)
    assert found["tasks"][0]["due"]["date"] == "2025-06-30"
    assert any("lấy theo năm của văn bản" in warning for warning in found["warnings"])


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("Trong tháng 11/2024", date(2024, 11, 1), date(2024, 11, 30)),
        ("Quý IV năm 2024", date(2024, 10, 1), date(2024, 12, 31)),
        ("năm 2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("6 tháng cuối năm 2024", date(2024, 7, 1), date(2024, 12, 31)),
    ],
)
def test_spans_stand_for_all_their_days(words: str, first: date, last: date) -> None:
    period = labelled_period(words)
    assert period is not None
    assert (period.first, period.last) == (first, last)


def letter(body: str, when: str) -> str:
    head = "UBND TỈNH KON TUM\nSỞ THÔNG TIN VÀ TRUYỀN THÔNG\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n"
    return f"{head}Số: 1/KH-STTTT\nKon Tum, {when}\nKẾ HOẠCH\nTruyền thông\n\nI. NHIỆM VỤ\n{body}\n"


def test_names_to_settle(read: Read) -> None:
    body = "1. Kiểm tra.\n- Đơn vị chủ trì: Đăk Hà; Sở Phép thuật; Sở Y tế.\n"
    found = read(letter(body, "ngày 11 tháng 11 năm 2024"))
    names = {name["text"]: name for name in found["names"]}
    assert names["Đăk Hà"]["why"] == "homonym"
    assert len(names["Đăk Hà"]["choices"]) > 1
    assert names["Sở Phép thuật"]["why"] == "unknown"
    assert "Sở Y tế" not in names
    assert any("Tên trùng nhiều cơ quan" in warning for warning in found["warnings"])


def test_a_body_gone_on_the_day_of_the_document_is_offered_with_what_followed(read: Read) -> None:
    found = read(letter("1. Sở Thông tin và Truyền thông chủ trì kiểm tra.\n", "ngày 11 tháng 8 năm 2025"))
    (name,) = found["names"]
    assert (name["why"], name["choices"][0]["id"]) == ("ended", "so_tttt")
    assert [choice["id"] for choice in name["choices"][1:]] == [
        "so_khcn_quang_ngai",
        "so_vhttdl_quang_ngai",
        "cong_an_tinh_quang_ngai",
    ]
    assert found["tasks"][0]["lead"][0]["id"] == "so_tttt"
    assert any("cần chọn nơi kế thừa" in warning for warning in found["warnings"])


def test_all_districts_are_the_group(read: Read) -> None:
    found = read(letter("1. UBND các huyện, thành phố chủ trì.\n", "ngày 11 tháng 11 năm 2024"))
    assert [party["id"] for party in found["tasks"][0]["lead"]] == ["nhom_ubnd_cap_huyen"]
