"""Kinds of official documents: their names as they stand above the subject, and their codes in a symbol.

Nghị định 30/2020/NĐ-CP, phụ lục III; Luật Ban hành văn bản quy phạm pháp luật; the Party's own style.
"""

from __future__ import annotations

import re

from nlu.documents.letters import bare

KINDS = {
    "nghi quyet": "nghi_quyet", "quyet dinh": "quyet_dinh", "chi thi": "chi_thi", "quy che": "quy_che",
    "quy dinh": "quy_dinh", "thong cao": "thong_cao", "thong bao": "thong_bao", "huong dan": "huong_dan",
    "chuong trinh": "chuong_trinh", "ke hoach": "ke_hoach", "phuong an": "phuong_an", "de an": "de_an",
    "du an": "du_an", "bao cao": "bao_cao", "bien ban": "bien_ban", "to trinh": "to_trinh",
    "hop dong": "hop_dong", "cong dien": "cong_dien", "giay moi": "giay_moi", "cong van": "cong_van",
    "ket luan": "ket_luan", "thong tu": "thong_tu", "nghi dinh": "nghi_dinh", "luat": "luat", "thong tri": "thong_tri",
    "ban ghi nho": "ban_ghi_nho", "ban thoa thuan": "ban_thoa_thuan", "thu keu goi": "thu_keu_goi",
    "loi keu goi": "thu_keu_goi",
}  # fmt: skip

CODES = {
    "NQ": "nghi_quyet", "QĐ": "quyet_dinh", "CT": "chi_thi", "QC": "quy_che", "QyĐ": "quy_dinh", "TC": "thong_cao",
    "TB": "thong_bao", "HD": "huong_dan", "CTr": "chuong_trinh", "KH": "ke_hoach", "PA": "phuong_an", "ĐA": "de_an",
    "DA": "du_an", "BC": "bao_cao", "BB": "bien_ban", "TTr": "to_trinh", "HĐ": "hop_dong", "CĐ": "cong_dien",
    "GM": "giay_moi", "CV": "cong_van", "KL": "ket_luan", "NĐ": "nghi_dinh", "KHLT": "ke_hoach", "KHPH": "ke_hoach",
    "TTLT": "thong_tu", "NQLT": "nghi_quyet", "CTrPH": "chuong_trinh", "CTPH": "chuong_trinh", "QCPH": "quy_che",
    "TBKL": "thong_bao",
}  # fmt: skip

_QUALIFIED = re.compile(
    r"(?:\s+(?:lien tich|lien nganh|phoi hop|hanh dong|cong tac|tong the|chi tiet|dot xuat|chuyen de|khan|so ket|"
    r"tong ket|\(?du thao(?: lan \d+)?\)?))*\s*:?"
)
"""Words that narrow a kind without being its subject: "KẾ HOẠCH LIÊN TỊCH", "CHƯƠNG TRÌNH HÀNH ĐỘNG"."""
_JOINT = re.compile(r"\blien (?:tich|nganh)\b|\bphoi hop\b")


def kind_alone(text: str) -> str | None:
    """The kind a line in capitals names with nothing else: "KẾ HOẠCH", "THÔNG TƯ LIÊN TỊCH"."""
    words = bare(text).strip(" :*")
    for name, kind in KINDS.items():
        if words.startswith(name) and _QUALIFIED.fullmatch(words, len(name)):
            return kind if text.isupper() or words == name else None
    return None


def kind_before(text: str) -> tuple[str, str] | None:
    """The kind a line begins with in capitals, and the rest of the line, which begins the subject."""
    words = bare(text)
    for name, kind in KINDS.items():
        if words.startswith(name + " ") and text[: len(name)].isupper():
            end = _QUALIFIED.match(words, len(name))
            return kind, text[end.end() if end else len(name) :].strip()
    return None


def is_joint(text: str) -> bool:
    """Whether the name of a kind says that several bodies issue the document together."""
    return bool(_JOINT.search(bare(text)))
