"""Loading the province: complete, once, and without undoing what people decided."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlmodel import func, select

from content.catalog import Catalog
from storage.agencies import Agency, groups_of
from storage.database import Database
from storage.directives import Directive, DirectiveItem, DirectiveState
from storage.plans import AssignmentRole, Indicator, Task, tasks_of
from storage.shipped import ShippedContent, load_shipped

NOW = datetime(2024, 11, 11, 0, 0, tzinfo=UTC)


async def _load(database: Database, catalog: Catalog) -> bool:
    async with database.session() as db:
        done = await load_shipped(db, catalog, NOW)
        await db.commit()
    return done


async def test_the_whole_province_is_loaded_once(database: Database, catalog: Catalog) -> None:
    assert await _load(database, catalog)
    assert not await _load(database, catalog)
    async with database.reading() as db:
        counts = [
            (await db.exec(select(func.count()).select_from(table))).one()
            for table in (Agency, DirectiveItem, Task, Indicator)
        ]
    assert counts == [162, 24, 100, 62]


async def test_changed_content_is_loaded_again_and_decisions_are_kept(database: Database, catalog: Catalog) -> None:
    await _load(database, catalog)
    async with database.session() as db:
        directive = await db.get_one(Directive, "cv_tuan_46_2024")
        directive.state = DirectiveState.WITHDRAWN
        agency = await db.get_one(Agency, "so_y_te")
        agency.name = "Tên cũ"
        shipped = await db.get_one(ShippedContent, "kontum")
        shipped.stamp = "older"
        db.add_all([directive, agency, shipped])
        await db.commit()
    assert await _load(database, catalog)
    async with database.reading() as db:
        assert (await db.get_one(Directive, "cv_tuan_46_2024")).state is DirectiveState.WITHDRAWN
        assert (await db.get_one(Agency, "so_y_te")).name == "Sở Y tế"


async def test_a_district_sees_its_own_tasks_and_its_groups(database: Database, catalog: Catalog) -> None:
    await _load(database, catalog)
    async with database.reading() as db:
        agencies = ["ubnd_huyen_sa_thay", *await groups_of(db, "ubnd_huyen_sa_thay", date(2024, 11, 11))]
        found = await tasks_of(db, agencies, AssignmentRole.LEAD)
    ids = [task.id for task, _ in found]
    assert "nhom_ubnd_cap_huyen" in agencies
    assert {"t002_2", "t002_3", "t002_5"} <= set(ids)
    assert len(ids) == len(set(ids))
    dues = [task.due for task, _ in found if task.due]
    assert dues == sorted(dues)
