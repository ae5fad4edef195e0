"""Figures asked for in chat: with their date, and only for those they are for."""

from __future__ import annotations

import pytest

from content.catalog import Catalog
from handlers.messages import Kind
from handlers.reports.snapshots import refresh_dashboard
from storage.links import offer_code, redeem_code
from storage.users import ConsoleUser, Role
from tests.handlers.talk import Talk, said


async def figures(talk: Talk, catalog: Catalog) -> None:
    await refresh_dashboard(talk.db, catalog, talk.now)


@pytest.fixture
async def leader(citizen: Talk, catalog: Catalog) -> Talk:
    """Somebody of the department, whose chat is linked to a console account."""
    talk = citizen.another("lanhdao")
    await talk.says("chào")
    await figures(talk, catalog)
    account = await talk.account()
    async with talk.db.session() as db:
        user = ConsoleUser(name="lanhdao", password_hash="x", role=Role.VIEWER, created_at=talk.now)
        db.add(user)
        await db.flush()
        assert user.id is not None
        assert account.id is not None
        await offer_code(db, user.id, "ABCDEF", talk.now)
        await redeem_code(db, "ABCDEF", account.id, talk.now)
        await db.commit()
    return talk


@pytest.mark.parametrize(
    "line", ["tiến độ huyện Sa Thầy?", "tien do huyen sa thay", "cho biết tiến độ của UBND huyện Sa Thầy thế nào"]
)
async def test_the_department_asks_about_an_agency(leader: Talk, line: str) -> None:
    told = await leader.says(line)
    assert "UBND huyện Sa Thầy" in told
    assert "đã nộp 0/" in told
    assert "Số liệu lúc 07:00 ngày 11/11/2024" in told


@pytest.mark.parametrize("line", ["đơn vị nào chưa báo cáo?", "don vi nao chua nop bao cao", "huyện nào còn thiếu"])
async def test_the_department_asks_who_is_missing(leader: Talk, line: str) -> None:
    told = await leader.says(line)
    assert "đơn vị chưa báo cáo đủ" in told
    assert "… và" in told, "a long list is cut, and says so"


async def test_the_department_asks_about_the_plans(leader: Talk) -> None:
    told = await leader.says("tiến độ các kế hoạch")
    assert told.count("đã nộp 0/") == 3
    assert said(await leader.does(Kind.CHOICE, choice="progress")) == told, "as the button of the weekly summary does"
    assert "đơn vị chưa báo cáo đủ" in said(await leader.does(Kind.CHOICE, choice="progress:missing"))


async def test_an_officer_sees_the_own_agency_only(officer: Talk, catalog: Catalog) -> None:
    await figures(officer, catalog)
    assert "UBND huyện Sa Thầy" in await officer.says("tiến độ")
    other = await officer.says("tiến độ huyện Đăk Hà")
    assert "do Sở xem" in other
    assert "đã nộp" not in other
    missing = await officer.says("đơn vị nào chưa báo cáo?")
    assert "Đăk Hà" not in missing
    tapped = said(await officer.does(Kind.CHOICE, choice="progress:ubnd_huyen_dak_ha"))
    assert "đã nộp" not in tapped
    for choice in ("progress", "progress:missing"):
        assert "Đăk Hà" not in said(await officer.does(Kind.CHOICE, choice=choice))


async def test_a_citizen_gets_no_internal_figure(citizen: Talk, catalog: Catalog) -> None:
    await figures(citizen, catalog)
    assert "đã nộp" not in await citizen.says("tiến độ huyện Sa Thầy?")
    assert "đã nộp" not in said(await citizen.does(Kind.CHOICE, choice="progress:ubnd_huyen_sa_thay"))


async def test_a_question_about_something_else_is_left_alone(leader: Talk) -> None:
    assert "Số liệu lúc" not in await leader.says("tiến độ chữa cháy xe điện")


async def test_before_the_first_figures(officer: Talk) -> None:
    assert "Chưa có số liệu" in await officer.says("tiến độ")
