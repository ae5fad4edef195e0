"""The tables: in Vietnamese, searched without diacritics, edited where that makes sense, every change noted."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
import starlette_admin
from babel.messages.pofile import read_po

from storage.directives import Directive, DirectiveItem, DirectiveState
from storage.updates import InboundUpdate, UpdateState
from tests.web.conftest import NewBrowser
from tests.web.office import ADMIN, APPROVER, EDITOR, TABLES, VIEWER, words

if TYPE_CHECKING:
    from pathlib import Path

    from bot.app import Loa
    from content.catalog import Catalog


ENGLISH = r"\b(Search|Filters|Columns|Showing|entries|No data|Edit|View|null|Actions)\b"


def test_every_message_of_the_library_has_its_vietnamese(catalog: Catalog) -> None:
    """A new version of starlette-admin that says something new is found here."""
    from pathlib import Path

    ours = catalog.text.section("tables")
    shipped: Path = Path(starlette_admin.__file__).parent / "translations" / "fr" / "LC_MESSAGES" / "admin.po"
    with shipped.open("rb") as file:
        theirs = [message for message in read_po(file) if message.id]
    assert len(theirs) > 190
    for message in theirs:
        english = message.id[0] if isinstance(message.id, tuple) else message.id
        assert english in ours, english
        wanted = message.id[1] if isinstance(message.id, tuple) else message.id
        assert _places(ours[english]) <= _places(str(wanted)), english
        assert ours[english].strip()


def _places(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|\{\w+\}", text))


@pytest.fixture
async def imported(loa: Loa) -> None:
    """A document the machine has read, with one item."""
    now = loa.clock.now()
    async with loa.db.session() as db:
        db.add(
            Directive(
                id="cv_moi",
                kind="cong_van",
                number="99/STTTT",
                title="Tăng cường phòng cháy",
                issuer="Sở",
                reading={"warnings": ["Không đọc được <người ký>"]},
                created_at=now,
            )
        )
        await db.flush()
        db.add(DirectiveItem(id="cv_moi.1", directive_id="cv_moi", position=0, path="I.1", title="Mục một"))
        await db.commit()


@pytest.mark.usefixtures("imported")
async def test_the_tables_are_vietnamese_through_and_through(browser: NewBrowser) -> None:
    admin = await browser(ADMIN)
    for table in [*TABLES, "users", "audit"]:
        pages = [await admin.get(f"/console/tables/{table}/list")]
        detail = re.search(r'href="(/console/tables/\w+/detail\?pk=[^"]+)"', pages[0].text)
        if detail:
            pages.append(await admin.get(unescape(detail[1])))
        for page in pages:
            assert page.status_code == 200, table
            text = words(page)
            assert not re.search(ENGLISH, text), table
            assert '<html lang="vi"' in page.text, table


SEARCHES = [
    ("agencies", "so y te", "Sở Y tế", "Báo Kon Tum"),
    ("contacts", "NGUYEN VAN an", "Nguyễn Văn An", "Trần Thị Bình"),
    ("contacts", "dak ha", "Trần Thị Bình", "Nguyễn Văn An"),
    ("accounts", "le chi", "Lê Chi", "Nguyễn Văn An"),
    ("tasks", "truyen thanh dak tang", "Xã Đăk Tăng", "Xã Ya Ly"),
    ("directives", "dan toc thieu so", "dân tộc thiểu số", "tuần 46"),
    ("users", "LAN", "lan", "hung"),
    ("audit", "đăng nhập", "Đăng nhập", "không-có"),
]


async def test_search_needs_no_diacritics(browser: NewBrowser) -> None:
    admin = await browser(ADMIN)
    for table, search, finds, leaves in SEARCHES:
        page = await admin.get(f"/console/tables/{table}/list", q=search)
        rows = words(page).split("Bộ lọc")[-1]
        assert finds in rows, (table, search)
        assert leaves not in rows, (table, search)


ODD_QUERIES = [
    ("q=%25_%27%22%3Cb%3E%00", 200),
    ("q=" + "x" * 3000, 200),
    ("page=99999999999999999999", 200),
    ("page=-5", 200),
    ("page=x", 200),
    ("page_size=7", 400),
    ("sort=password_hash__asc", 200),
    ("sort=nothing__up", 200),
    ("filter=state__in%3Dbogus", 400),
    ("filter=((((", 200),
    ("filter=reply__contains%3Dx", 400),
]


async def test_odd_addresses_do_no_harm(browser: NewBrowser) -> None:
    admin = await browser(ADMIN)
    for query, status in ODD_QUERIES:
        answer = await admin.get(f"/console/tables/deliveries/list?{query}")
        assert answer.status_code == status, query
        assert ("Lượt gửi" if status == 200 else "Yêu cầu chưa đúng") in words(answer), query


async def test_a_failed_update_is_worked_on_again_and_its_words_are_not_shown(browser: NewBrowser, loa: Loa) -> None:
    async with loa.db.session() as db:
        failed = InboundUpdate(
            channel="phone",
            external_id="u-failed",
            payload='{"secret": "Y Mai nôn"}',
            received_at=loa.clock.now(),
            state=UpdateState.FAILED,
            handled_at=loa.clock.now(),
            error="ValueError\nhandlers/questions/faq.py:7 answer",
        )
        db.add(failed)
        await db.commit()
        number = failed.id or 0
    editor = await browser(EDITOR)
    page = await editor.get("/console/tables/updates/list")
    assert "handlers/questions/faq.py:7" in page.text
    assert "Y Mai" not in page.text + (await editor.get(f"/console/tables/updates/detail?pk={number}")).text
    assert (await editor.act("updates", "redo", number)).status_code == 200
    async with loa.db.reading() as db:
        row = await db.get(InboundUpdate, number)
    assert row is not None
    assert (row.state, row.error, row.handled_at) == (UpdateState.RECEIVED, None, None)
    assert (await editor.act("updates", "redo", number)).status_code == 404
    assert [entry.action for entry in await editor.audit()][-1] == "updates.retried"


async def directive(loa: Loa, key: str) -> Directive:
    async with loa.db.reading() as db:
        found = await db.get(Directive, key)
    assert found is not None
    return found


@pytest.mark.usefixtures("imported")
async def test_a_document_is_reviewed_put_into_force_and_withdrawn(browser: NewBrowser, loa: Loa) -> None:
    editor, approver = await browser(EDITOR), await browser(APPROVER)
    assert "1 Văn bản mới nhập" in words(await editor.get("/console/"))
    page = await editor.get("/console/directives/cv_moi")
    assert "Không đọc được &lt;người ký&gt;" in page.text
    assert "/enforce" not in page.text
    assert "Đã đánh dấu đã rà soát" in words(await editor.press("/console/directives/cv_moi/review"))
    page = await editor.press("/console/directives/cv_moi/review")
    assert "hiện ở trạng thái «Đã rà soát»" in words(page)
    assert "Văn bản có hiệu lực" in words(await approver.press("/console/directives/cv_moi/enforce"))
    assert (await directive(loa, "cv_moi")).state is DirectiveState.IN_FORCE
    await approver.press("/console/directives/cv_moi/withdraw")
    await approver.press("/console/directives/cv_moi/restore")
    assert (await directive(loa, "cv_moi")).state is DirectiveState.REVIEWED
    noted = [(entry.actor, entry.action) for entry in await editor.audit() if entry.subject == "directive:cv_moi"]
    assert noted == [
        (EDITOR, "directive.review"),
        (APPROVER, "directive.enforce"),
        (APPROVER, "directive.withdraw"),
        (APPROVER, "directive.restore"),
    ]


async def test_shipped_documents_are_not_edited(browser: NewBrowser, loa: Loa) -> None:
    shipped = next(iter(loa.catalog.province.directives))
    item = loa.catalog.province.directives[shipped].items[0].id
    editor = await browser(EDITOR)
    assert (await editor.get(f"/console/tables/directives/edit?pk={shipped}")).status_code in (403, 404)
    assert (await editor.post(f"/console/tables/items/edit?pk={item}", title="Sửa lén")).status_code in (403, 404)
    page = await editor.get(f"/console/directives/{shipped}")
    assert "sửa trong tệp content" in words(page)
    assert (await editor.get(f"/console/items/{item}")).url.path == f"/console/directives/{shipped}"


async def test_writing_waits_for_nobody_who_only_reads(browser: NewBrowser, loa: Loa) -> None:
    """A table page that is being read must not hold SQLite's only write lock."""
    viewer = await browser(VIEWER)
    async with loa.db.session() as db:
        db.add(Directive(id="x", kind="cong_van", title="x", issuer="x", created_at=loa.clock.now()))
        await db.flush()
        assert (await viewer.get("/console/tables/agencies/list")).status_code == 200
        assert (await viewer.get("/console/")).status_code == 200
        await db.rollback()
