"""Forms of the department on both engines: revisions, what stood before, sealed answers, drafts that change hands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import text

from content.questionnaires import Questionnaire
from handlers.questionnaires.publishing import bring_in, put
from storage.agencies import Agency
from storage.appointments import enrol
from storage.database import Database
from storage.questionnaires import (
    FormDraft,
    FormState,
    count_drafts,
    count_submissions,
    draft_of,
    drafts_by,
    forget_form_drafts,
    hand_in,
    newest_submission,
    open_forms,
    pass_form_drafts,
    submissions_of,
    version_of,
    versions_of_form,
)
from tests.conftest import MONDAY

ITEMS = [{"id": "a", "kind": "integer", "label": "A"}]


def form(title: str = "Thử") -> Questionnaire:
    return Questionnaire.model_validate({"id": "thu", "title": title, "items": ITEMS})


async def furnished(database: Database) -> tuple[int, int, int]:
    """A form and two officers of one agency: their ids."""
    async with database.session() as db:
        db.add(Agency(id="a", name="A", kind="x", level="province"))
        await db.flush()
        one = await enrol(db, "a", "Y Một", MONDAY, MONDAY.date(), by="test")
        two = await enrol(db, "a", "Y Hai", MONDAY, MONDAY.date(), by="test")
        row, _ = await bring_in(db, form(), "lan", MONDAY)
        await db.commit()
    assert row.id is not None
    assert one.id is not None
    assert two.id is not None
    return row.id, one.id, two.id


def draft(form_id: int, contact_id: int, period: str = "") -> FormDraft:
    return FormDraft(
        form_id=form_id, contact_id=contact_id, agency_id="a", period=period, version=1,
        content={"answers": {"a": "bí mật"}}, updated_at=MONDAY,
    )  # fmt: skip


async def test_a_form_has_versions_and_the_same_one_is_none(database: Database) -> None:
    form_id, _, _ = await furnished(database)
    async with database.session() as db:
        assert (await bring_in(db, form(), "lan", MONDAY))[1] is False
        row, new = await bring_in(db, form("Khác"), "lan", MONDAY)
        assert (new, row.version, row.title) == (True, 2, "Khác")
        assert list(await open_forms(db)) == []
        put(db, row, FormState.OPEN, "lan", MONDAY)
        await db.commit()
    async with database.reading() as db:
        assert [one.version for one in await versions_of_form(db, form_id)] == [2, 1]
        first = await version_of(db, form_id, 1)
        assert first is not None
        assert Questionnaire.model_validate(first.definition) == form()
        assert [one.id for one in await open_forms(db)] == [form_id]


async def test_submissions_are_added_and_the_one_before_is_found(database: Database) -> None:
    form_id, one, _ = await furnished(database)
    async with database.session() as db:
        for number, period in enumerate(("2024-W45", "2024-W46", "2024-W46")):
            begun = draft(form_id, one, period)
            db.add(begun)
            await db.flush()
            await hand_in(db, begun, {"answers": {"a": number}}, "zalo", MONDAY + timedelta(minutes=number))
        await db.commit()
    async with database.reading() as db:
        found = [(row.period, row.revision, row.content["answers"]["a"]) for row in await submissions_of(db, form_id)]
        assert found == [("2024-W46", 2, 2), ("2024-W46", 1, 1), ("2024-W45", 1, 0)]
        newest = await newest_submission(db, form_id, "a")
        earlier = await newest_submission(db, form_id, "a", before="2024-W46")
        assert newest is not None
        assert earlier is not None
        assert (newest.revision, earlier.period) == (2, "2024-W45")
        assert await newest_submission(db, form_id, "a", "2024-W44") is None
        assert await count_submissions(db) == {form_id: (3, 1)}
        assert await count_drafts(db, form_id) == 0


async def test_a_draft_is_sealed_and_one_an_officer(database: Database) -> None:
    form_id, one, _ = await furnished(database)
    async with database.session() as db:
        db.add(draft(form_id, one))
        await db.commit()
    async with database.session() as db:
        raw = (await db.exec(text("SELECT content FROM form_draft"))).scalar()  # type: ignore[call-overload]
        assert "bí mật" not in str(raw)
        found = await draft_of(db, form_id, one, "a", "")
        assert found is not None
        assert found.content["answers"] == {"a": "bí mật"}
        db.add(draft(form_id, one))
        with pytest.raises(IntegrityError):
            await db.flush()


async def test_drafts_change_hands_but_not_over_the_takers_own(database: Database) -> None:
    form_id, one, two = await furnished(database)
    async with database.session() as db:
        db.add_all([draft(form_id, one, "2024-W45"), draft(form_id, one, "2024-W46"), draft(form_id, two, "2024-W46")])
        await db.flush()
        assert await pass_form_drafts(db, "a", one, two) == 1
        await db.flush()
        assert {row.period for row in await drafts_by(db, two, "a")} == {"2024-W45", "2024-W46"}
        await forget_form_drafts(db, one)
        assert await count_drafts(db, form_id) == 2
        await db.commit()
