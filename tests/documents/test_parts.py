"""Deadlines, periods, targets, cited documents and bodies, one phrase at a time."""

from __future__ import annotations

from datetime import date

import pytest

from content.catalog import Catalog
from nlu.documents.citations import find_citations
from nlu.documents.deadlines import find_deadlines, find_period, labelled_deadline
from nlu.documents.indicators import find_indicators
from nlu.documents.parties import MOST_LOOKUPS, Registry
from nlu.documents.roles import helpers, split_roles
from nlu.entities.agencies import AgencyFinder


@pytest.mark.parametrize(
    ("text", "written", "day", "meaning"),
    [
        ("hoàn thành trước ngày 16 tháng 12 năm 2024.", "trước ngày 16 tháng 12 năm 2024", "2024-12-16", "before"),
        ("gửi trước 5/3/2025", "trước 5/3/2025", "2025-03-05", "before"),
        ("chậm nhất vào ngày 20/12/2024", "chậm nhất vào ngày 20/12/2024", "2024-12-20", "by"),
        ("trước 17 giờ 00 ngày 15/12/2024", "trước 17 giờ 00 ngày 15/12/2024", "2024-12-15", "by"),
        ("chậm nhất trước ngày 20/12/2024", "chậm nhất trước ngày 20/12/2024", "2024-12-20", "before"),
        ("đến hết ngày 30/11/2024", "đến hết ngày 30/11/2024", "2024-11-30", "by"),
        ("hoàn thành trong quý IV năm 2024", "trong quý IV năm 2024", "2024-12-31", "within"),
        ("báo cáo kết quả trong tháng 02/2024", "trong tháng 02/2024", "2024-02-29", "within"),
        ("định kỳ hằng tháng xây dựng", "định kỳ hằng tháng", None, "recurring"),
        (
            "Định kỳ hằng năm (trước ngày 15 tháng 12) hoặc đột xuất (khi có yêu cầu), báo cáo",
            "Định kỳ hằng năm (trước ngày 15 tháng 12) hoặc đột xuất (khi có yêu cầu)",
            None,
            "recurring",
        ),
    ],
)
def test_a_deadline_keeps_its_words_and_their_meaning(text: str, written: str, day: str | None, meaning: str) -> None:
    (found,) = find_deadlines(text)
    assert found.to_json() == {"as_written": written, "date": day, "semantics": meaning}
    assert text[found.start : found.end] == written


@pytest.mark.parametrize(
    "text",
    [
        "trong năm 2024 và giai đoạn 2024 - 2025",
        "trước mắt",
        "trong nước và quốc tế",
        "hàng hóa năm 2024",
        "quý I",
        "từ 2019",
    ],
)
def test_no_deadline_is_made_up(text: str) -> None:
    assert list(find_deadlines(text)) == []


@pytest.mark.parametrize(
    ("text", "fault"), [("trước ngày 31/02/2024", "bad_date"), ("trước ngày 15 tháng 12", "no_year")]
)
def test_a_day_that_is_not_certain_is_none_and_says_why(text: str, fault: str) -> None:
    (found,) = find_deadlines(text)
    assert (found.date, found.fault, str(found.meaning)) == (None, fault, "before")


@pytest.mark.parametrize(
    ("value", "day", "meaning"),
    [
        ("2024 - 2030", "2030-12-31", "within"),
        ("Quý IV/2024.", "2024-12-31", "within"),
        ("Năm 2025", "2025-12-31", "within"),
        ("Thường xuyên", None, "recurring"),
        ("30/6/2025", "2025-06-30", None),
        ("Sau khi có hướng dẫn", None, None),
    ],
)
def test_the_value_of_a_time_label(value: str, day: str | None, meaning: str | None) -> None:
    found = labelled_deadline(value)
    assert found is not None
    assert found.to_json() == {"as_written": value.strip(" ."), "date": day, "semantics": meaning}


def test_an_empty_time_label_says_nothing() -> None:
    assert labelled_deadline(" . ") is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("từ ngày 05 tháng 10 năm 2024 đến ngày 14 tháng 10 năm 2024", date(2024, 10, 5), date(2024, 10, 14)),
        ("từ ngày 11 đến ngày 17/11/2024", date(2024, 11, 11), date(2024, 11, 17)),
        ("từ 28/12 đến 5/1/2025", None, None),
        ("giai đoạn từ nay đến hết năm 2024", None, date(2024, 12, 31)),
        ("Từ tuần thứ 46 năm 2024", date(2024, 11, 11), None),
        ("tuần 53/2026", date(2026, 12, 28), date(2027, 1, 3)),
        ("tuần 53/2024", None, None),
        ("nhiệm kỳ 2025-2030", None, None),
    ],
)
def test_periods(text: str, first: date | None, last: date | None) -> None:
    """The year of the last day is that of the first only when the first then is not after it."""
    found = find_period(text)
    assert (found.first, found.last) == (first, last) if found else (first, last) == (None, None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("100% xã, phường", [("100%", 100, "%", "eq")]),
        ("85,5 % hộ", [("85,5 %", 85.5, "%", "eq")]),
        ("từ 70% trở lên", [("từ 70% trở lên", 70, "%", "ge")]),
        ("Ít nhất 05 xã và thị trấn Đăk Hà", [("Ít nhất 05 xã", 5, "xã", "ge")]),
        ("07 phường và ít nhất 05 xã", [("07 phường", 7, "phường", "eq"), ("ít nhất 05 xã", 5, "xã", "ge")]),
        ("không quá 03 lớp", [("không quá 03 lớp", 3, "lớp", "le")]),
        ("tối thiểu 1.250 hộ", [("tối thiểu 1.250 hộ", 1250, "hộ", "ge")]),
        ("Hằng tháng triển khai tối thiểu 01 chuyên mục", [("tối thiểu 01 chuyên mục", 1, "chuyên mục/tháng", "ge")]),
        ("(01 chuyên mục/ tháng)", [("01 chuyên mục/ tháng", 1, "chuyên mục/tháng", "eq")]),
        ("mỗi sở bố trí một cán bộ", [("mỗi sở bố trí một cán bộ", 1, "cán bộ", "eq")]),
        ("5 xã", []),
        ("kỷ niệm 80 năm; Điều 29; ngày 05 tháng 10; 184/QĐ-BTTTT; VTV8", []),
    ],
)
def test_targets(text: str, wanted: list[tuple[str, float, str, str]]) -> None:
    found = [entry.to_json() for entry in find_indicators(text)]
    assert [(e["as_written"], e["value"], e["unit"], e["comparison"]) for e in found] == wanted


def test_cited_documents_in_every_style() -> None:
    text = (
        "Quyết định số 184/QĐ-BTTTT ngày 13 tháng 3 năm 2024; Thông tư 05/2022/TT-BTTTT; 733/QĐ-UBND 13/12/2023; số "
        "1438-CV/VPTU, ngày 28/7/2021; 57- KL/TW; 155KH/TU; 255/KH- BCD ngày 23/01/2024; Luật 91/2025/QH15; "
        "184/QĐ-BTTTT"
    )
    assert [(c.number, str(c.date)) for c in find_citations([text], own="155KH/TU")] == [
        ("184/QĐ-BTTTT", "2024-03-13"),
        ("05/2022/TT-BTTTT", "None"),
        ("733/QĐ-UBND", "2023-12-13"),
        ("1438-CV/VPTU", "2021-07-28"),
        ("57-KL/TW", "None"),
        ("255/KH-BCD", "2024-01-23"),
        ("91/2025/QH15", "None"),
    ]
    assert find_citations(["24/7, 4/2024, 10/12/2024, TCP/IP, km/h, 4.0/5"]) == []


@pytest.fixture(scope="module")
def registry(catalog: Catalog) -> Registry:
    return Registry(AgencyFinder(catalog.province.agencies))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Công an tỉnh; UBND các huyện, thành phố và các đơn vị có liên quan.",
            ["cong_an_tinh", "nhom_ubnd_cap_huyen", "nhom_dia_phuong_don_vi"],
        ),
        ("Sở Văn hóa, Thể thao và Du lịch, Sở Y tế", ["so_vhttdl", "so_y_te"]),
        (
            "Ủy ban nhân dân các huyện: Đăk Hà, Ia H’Drai, Sa Thầy và thành phố Kon Tum.",
            ["ubnd_huyen_dak_ha", "ubnd_huyen_ia_hdrai", "ubnd_huyen_sa_thay", "ubnd_tp_kon_tum"],
        ),
        ("Sở Thông tin và Truyền thông (b/c); UBND xã Đăk Hà", ["so_tttt", "ubnd_xa_dak_ha_tu_mo_rong"]),
        ("các địa phương", [None]),
        ("Sở Xây dựng và Sở Y tế", [None, "so_y_te"]),
        ("Đăk Hà", [None]),
        ("", []),
    ],
)
def test_lists_of_bodies(registry: Registry, text: str, wanted: list[str | None]) -> None:
    """An id only for a name word for word; "Đăk Hà" alone is a district, a town and a commune."""
    assert [party.agency_id for party in registry.parties(text)] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Đề nghị Ban Tuyên giáo Tỉnh ủy: Chỉ đạo", ["ban_tuyen_giao"]),
        ("Sở Ngoại vụ chủ trì, phối hợp với các địa phương", ["so_ngoai_vu"]),
        ("Sở Xây dựng chủ trì rà soát", [None]),
        ("Các hình thức truyền thông khác", []),
        ("Tổ chức tốt công tác tuyên truyền", []),
        ("Báo cáo kết quả thực hiện", []),
        ("Ban hành kế hoạch", []),
        ("Phòng, chống dịch bệnh", []),
    ],
)
def test_the_bodies_a_sentence_begins_with(registry: Registry, text: str, wanted: list[str | None]) -> None:
    assert [party.agency_id for party in registry.actors(text)[0]] == wanted


def test_leaders_and_helpers(registry: Registry) -> None:
    leaders, helping = split_roles(registry, "Sở Công thương chỉ trì, phối hợp các địa phương, đơn vị có liên quan.")
    assert [party.agency_id for party in leaders] == ["so_cong_thuong"]
    assert [party.agency_id for party in helping] == ["nhom_dia_phuong_don_vi"]
    found = helpers(
        registry, "phối hợp chặt chẽ với Công an tỉnh kiểm tra; phối hợp xử lý; phối hợp với VTV8, VOV,… đưa tin"
    )
    assert [party.agency_id for party in found] == ["cong_an_tinh", "vtv_mttn", "vov_tay_nguyen"]


def test_names_are_looked_up_within_a_bound(catalog: Catalog) -> None:
    registry = Registry(AgencyFinder(catalog.province.agencies))
    registry._known.update({f"Tên {number}": None for number in range(MOST_LOOKUPS)})
    assert registry.certain("Sở Y tế") is None
    assert registry.exhausted
