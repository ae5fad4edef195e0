"""A directive ends earlier ones: at once or on a day to come, kept through new content, undone when it is withdrawn."""

from __future__ import annotations

from datetime import date, timedelta

from bot.scheduler import end_replaced
from content.catalog import Catalog
from handlers.directives.draft import Document, Draft, Link
from handlers.directives.publishing import publish, withdraw
from storage.database import Database
from storage.directives import Directive, DirectiveState, items_of, links_by
from storage.reviews import DirectiveReview
from storage.shipped import ShippedContent, load_shipped
from tests.conftest import MONDAY

EARLIER = "cv_tuan_46_2024"
NEXT_WEEK = MONDAY.date() + timedelta(days=7)


async def in_force(database: Database, catalog: Catalog, *links: Link) -> None:
    """A new letter in force that ends what ``links`` name."""
    async with database.session() as db:
        await load_shipped(db, catalog, MONDAY)
        new = Directive(id="cv_moi", kind="cong_van", title="Mới", issuer="so_tttt", created_at=MONDAY)
        db.add(new)
        await db.flush()
        draft = Draft(document=Document(number="12/STTTT", subject="Mới"), parts=[], links=list(links))
        review = DirectiveReview(directive_id="cv_moi", draft=draft.model_dump(mode="json"))
        db.add(review)
        await publish(db, catalog, new, review, MONDAY)
        await db.commit()


async def last_days(database: Database) -> set[date | None]:
    async with database.reading() as db:
        return {item.to_date for item in await items_of(db, EARLIER)}


async def state(database: Database) -> DirectiveState:
    async with database.reading() as db:
        return (await db.get_one(Directive, EARLIER)).state


async def test_what_is_replaced_on_a_day_to_come_is_so_called_that_day(database: Database, catalog: Catalog) -> None:
    await in_force(database, catalog, Link(earlier=EARLIER, kind="replaces", closes_on=NEXT_WEEK))
    assert all(day is not None and day < NEXT_WEEK for day in await last_days(database))
    assert await state(database) is DirectiveState.IN_FORCE
    assert await end_replaced(database, catalog, MONDAY) == {"replaced": 0}
    assert await end_replaced(database, catalog, MONDAY + timedelta(days=7)) == {"replaced": 1}
    assert await state(database) is DirectiveState.REPLACED
    assert await end_replaced(database, catalog, MONDAY + timedelta(days=8)) == {"replaced": 0}


async def test_new_content_does_not_revive_what_was_ended_and_withdrawing_does(
    database: Database, catalog: Catalog
) -> None:
    async with database.session() as db:
        await load_shipped(db, catalog, MONDAY)
        await db.commit()
    before = await last_days(database)
    await in_force(database, catalog, Link(earlier=EARLIER, kind="replaces", closes_on=NEXT_WEEK))
    ended = await last_days(database)
    async with database.session() as db:
        (await db.get_one(ShippedContent, "kontum")).stamp = "older"
        assert await load_shipped(db, catalog, MONDAY)
        await db.commit()
    assert await last_days(database) == ended
    async with database.session() as db:
        await withdraw(db, await db.get_one(Directive, "cv_moi"))
        assert await links_by(db, "cv_moi") == []
        await db.commit()
    assert await last_days(database) == before


async def test_an_amendment_ends_only_the_items_it_names(database: Database, catalog: Catalog) -> None:
    link = Link(earlier=EARLIER, kind="amends", closes_on=MONDAY.date(), items=["i003_1_2"])
    await in_force(database, catalog, link)
    async with database.reading() as db:
        ended = [item.id for item in await items_of(db, EARLIER) if item.to_date and item.to_date < MONDAY.date()]
    assert ended == ["i003_1_2"]
    assert await state(database) is DirectiveState.IN_FORCE
