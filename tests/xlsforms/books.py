"""Workbooks of XLSForm as people make them in Excel."""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook

Rows = Sequence[Sequence[object]]


def book(survey: Rows, choices: Rows = (), settings: Rows = (("form_title", "form_id"), ("Thử", "thu"))) -> bytes:
    """A workbook with these sheets; the first row of each names its columns."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in (("survey", survey), ("choices", choices), ("settings", settings)):
        if rows:
            sheet = workbook.create_sheet(name)
            for row in rows:
                sheet.append(list(row))
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


MARKET = book(
    (
        ("type", "name", "label::English (en)", "label::Tiếng Việt (vi)", "hint::Tiếng Việt (vi)", "required",
         "relevant", "constraint", "constraint_message::Tiếng Việt (vi)", "calculation", "default", "repeat_count",
         "appearance"),
        ("start", "start"),
        ("today", "today"),
        ("date", "ngay", "Date", "Ngày kiểm tra", None, "yes", None, ". <= today()", "Không ở phía trước.", None,
         "today()"),
        ("begin group", "cho", "Market", "Chợ"),
        ("text", "ten_cho", "Name", "Tên chợ", "Ghi tên đầy đủ", "yes", None, None, None, None, None, None,
         "multiline"),
        ("select_one loai or_other", "loai", "Kind", "Loại chợ", None, "true"),
        ("end group",),
        ("integer", "so_quay", "Stalls", "Số quầy", None, "yes", None, ". > 0 and . < 100", "Từ 1 đến 99."),
        ("begin_repeat", "quay", "Stall", "Quầy", None, None, None, None, None, None, None, "${so_quay}"),
        ("select_multiple vi_pham", "vi_pham", "Faults", "Vi phạm", None, "no"),
        ("decimal", "kg", "Kilos", "Khối lượng hủy (kg)", None, None, "selected(${vi_pham}, 'het_han')"),
        ("image", "anh", "Photo", "Ảnh", None, None, "count-selected(${vi_pham}) > 0"),
        ("end_repeat",),
        ("calculate", "tong_kg", None, None, None, None, None, None, None, "sum(${kg})"),
        ("note", "ket_qua", "Total ${tong_kg}", "Đã hủy ${tong_kg} kg", None, None, "${tong_kg} > 0"),
    ),
    (
        ("list_name", "name", "label::English (en)", "label::Tiếng Việt (vi)"),
        ("loai", "hang_1", "First", "Hạng 1"),
        ("loai", "hang_2", "Second", "Hạng 2"),
        ("vi_pham", "het_han", "Expired", "Hết hạn"),
        ("vi_pham", "khong_nhan", "No label", "Không nhãn"),
    ),
    (("form_title", "form_id", "version", "default_language"), ("Kiểm tra chợ", "kiem_tra_cho", 3, "English (en)")),
)  # fmt: skip
"""A form as Kobo exports it: two languages, groups, a counted repeat, ``or_other``, a calculation in a note."""

PLAIN = book(
    (
        ("Type", "Name", "Label", "Required", "Relevance", "Constraint Message", "Constraint", "default"),
        ("text", "ho_ten", "Họ tên", 1, None, None, None, "O'Brien"),
        ("int", "tuoi", "Tuổi", "x", None, "Chưa đúng", "regex(string(.), '^[0-9]{1,3}$')", 30),
        ("select one co_khong", "xe_dien", "Có xe điện?", "yes"),
        ("text", "bien_so", "Biển số", None, "${xe_dien} = '1' and ${tuoi} >= 18"),
        ("file", "giay_to", "Giấy tờ"),
    ),
    (("list name", "name", "label"), ("co_khong", 1, "Có"), ("co_khong", 0, "Không")),
    (),
)
"""A form made by hand: headings in capitals, numbers as names, no settings."""
