"""What people call the agencies of the shipped province."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.catalog import Catalog
from content.words import fold
from nlu.entities.agencies import AgencyFinder

FIRST = {
    "Sở Thông tin và Truyền thông": "so_tttt",
    "so thong tin": "so_tttt",
    "Sở TT&TT": "so_tttt",
    "STTTT": "so_tttt",
    "Sở Thông tin và Truyển thông": "so_tttt",
    "tôi bên sở y tế ạ": "so_y_te",
    "sở nông nghiệp": "so_nnptnt",
    "so lao dong thuong binh xa hoi": "so_ldtbxh",
    "Ủy ban nhân dân huyện Đắk Tô": "ubnd_huyen_dak_to",
    "ubnd h. dak to": "ubnd_huyen_dak_to",
    "phòng văn hoá huyện đăk tô": "ubnd_huyen_dak_to",
    "kon plong": "ubnd_huyen_kon_plong",
    "dak ha": "ubnd_huyen_dak_ha",
    "xã đăk hà": "ubnd_xa_dak_ha_tu_mo_rong",
    "thị trấn Đăk Hà": "ubnd_thi_tran_dak_ha",
    "thành phố kon tum": "ubnd_tp_kon_tum",
    "ia hdrai": "ubnd_huyen_ia_hdrai",
    "bao kon tum": "bao_kon_tum",
    "đài truyền hình tỉnh": "dai_ptth_tinh",
    "cán bộ xã Đăk Tăng huyện Kon Plông": "ubnd_xa_dak_tang_kon_plong",
    "cong an tinh": "cong_an_tinh",
}


@pytest.fixture(scope="module")
def finder(catalog: Catalog) -> AgencyFinder:
    return AgencyFinder(catalog.province.agencies)


@pytest.mark.parametrize(("text", "agency_id"), FIRST.items())
def test_the_agency_meant_comes_first(finder: AgencyFinder, text: str, agency_id: str) -> None:
    found = finder.find(text)
    assert found[0].agency_id == agency_id
    assert found[0].score > 0.8


def test_every_agency_is_found_by_every_name(finder: AgencyFinder, catalog: Catalog) -> None:
    for agency in catalog.province.agencies.values():
        for name in [agency.name, *agency.aliases]:
            for text in (name, fold(name), name.upper()):
                best = {match.agency_id: match.score for match in finder.find(text)}
                assert best.get(agency.id, 0) > 0.95, (text, best)


@pytest.mark.parametrize("text", ["", "   ", "ok", "a", "chào bạn", "asdkjh", "😀", "!!!", "mấy giờ rồi"])
def test_nothing_like_an_agency_finds_none(finder: AgencyFinder, text: str) -> None:
    assert finder.find(text) == []


def test_no_more_than_asked_for_and_best_first(finder: AgencyFinder) -> None:
    found = finder.find("ubnd huyện", limit=3)
    assert len(found) == 3
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)


@given(text=st.text(max_size=80))
def test_scores_are_between_0_and_1(text: str, finder: AgencyFinder) -> None:
    assert all(0 < match.score <= 1 for match in finder.find(text))
