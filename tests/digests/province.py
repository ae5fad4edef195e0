"""A small province built by hand, for tests that are not about the shipped documents."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.digests import approve, save_draft, start_sending, submit_for_approval
from handlers.turn import LOCAL
from storage.agencies import Agency, AgencyMember
from storage.appointments import ContactRole, enrol
from storage.contacts import Account, see_account, subscribe
from storage.database import Database
from storage.digests import Delivery, Digest
from storage.directives import Directive, DirectiveItem, DirectiveState, ItemProvider
from storage.plans import Assignment, AssignmentRole, Plan, Task
from storage.users import ConsoleUser, Role

WEEK = "2024-W46"
_numbers = itertools.count(1)


class Small:
    """Three agencies, one directive with an item for each of two of them."""

    def __init__(self, db: Database, catalog: Catalog) -> None:
        self.db = db
        self.catalog = catalog

    async def build(self, now: datetime) -> None:
        async with self.db.session() as session:
            for agency_id, name in (
                ("so_y_te", "Sở Y tế"),
                ("cong_an_tinh", "Công an tỉnh"),
                ("so_noi_vu", "Sở Nội vụ"),
            ):
                session.add(Agency(id=agency_id, name=name, kind="department", level="province"))
            session.add(Agency(id="nhom_so", name="Các sở", kind="group", level="group"))
            await session.flush()
            session.add_all(AgencyMember(group_id="nhom_so", agency_id=name) for name in ("so_y_te", "so_noi_vu"))
            session.add(
                Directive(
                    id="cv",
                    kind="cong_van",
                    number="12/STTTT-TTBCXB",
                    title="V/v tuyên truyền",
                    issuer="so_tttt",
                    period_from=date(2024, 11, 11),
                    state=DirectiveState.IN_FORCE,
                    created_at=now,
                )
            )
            await session.flush()
            for place, (item, agency) in enumerate((("food", "so_y_te"), ("fire", "cong_an_tinh")), 1):
                session.add(
                    DirectiveItem(
                        id=item, directive_id="cv", position=place, path=f"I.{place}", title=f"Nội dung {item}"
                    )
                )
                await session.flush()
                session.add(ItemProvider(item_id=item, agency_id=agency))
            session.add(Plan(id="kh", name="Kế hoạch mẫu", issuer="ubnd_tinh", year_from=2024, year_to=2024))
            await session.commit()

    async def task(self, task_id: str, due: date, *leads: str, title: str = "", parent: str | None = None) -> None:
        async with self.db.session() as session:
            session.add(
                Task(
                    id=task_id,
                    plan_id="kh",
                    position=next(_numbers),
                    path=task_id,
                    title=title or f"Việc {task_id}",
                    due=due,
                    parent_id=parent,
                )
            )
            await session.flush()
            session.add_all(Assignment(task_id=task_id, agency_id=agency, role=AssignmentRole.LEAD) for agency in leads)
            await session.commit()

    async def officer(
        self,
        agency: str,
        now: datetime,
        user: str = "",
        channel: str = "phone",
        contact_id: int | None = None,
        role: ContactRole = ContactRole.MAIN,
    ) -> Account:
        """A subscribed officer, or one more account of a known one."""
        user = user or f"user{next(_numbers)}"
        async with self.db.session() as session:
            if contact_id is None:
                day = now.astimezone(LOCAL).date()
                contact = await enrol(session, agency, "Y Mẫu (demo)", now, day, by="test", role=role)
                contact_id = contact.id
            account = await see_account(session, f"{channel}:{user}", now)
            account.contact_id = contact_id
            assert account.id is not None
            await subscribe(session, account.id, now)
            await session.commit()
        return account

    async def approved(self, now: datetime, week: str = WEEK) -> int:
        """A digest composed by one person and approved by another; its id."""
        async with self.db.session() as session:
            digest = await save_draft(session, self.catalog, week, "bientap", now)
            assert digest.id is not None
            await submit_for_approval(session, self.catalog, digest.id, "bientap", now)
            await approve(session, self.catalog, digest.id, approver(), now)
            await session.commit()
        return digest.id

    async def sending(self, now: datetime, week: str = WEEK) -> int:
        """The same, with its deliveries queued."""
        digest_id = await self.approved(now, week)
        async with self.db.session() as session:
            await start_sending(session, self.catalog, digest_id, "bientap", now)
            await session.commit()
        return digest_id

    async def deliveries(self, **wanted: Any) -> list[Delivery]:
        async with self.db.reading() as session:
            return await deliveries(session, **wanted)

    async def digest(self, digest_id: int) -> Digest:
        async with self.db.reading() as session:
            found = await session.get(Digest, digest_id)
        assert found is not None
        return found


def approver(name: str = "duyet", role: Role = Role.APPROVER, active: bool = True) -> ConsoleUser:
    now = datetime.fromisoformat("2024-11-01T00:00:00+00:00")
    return ConsoleUser(name=name, role=role, password_hash="", active=active, created_at=now)


def said(delivery: Delivery) -> dict[str, Any]:
    """The reply a delivery carries."""
    assert delivery.reply is not None
    return delivery.reply


async def deliveries(session: AsyncSession, **wanted: Any) -> list[Delivery]:
    """Every delivery with these values, oldest first."""
    query = select(Delivery).order_by(Delivery.id)  # type: ignore[arg-type]
    found = (await session.exec(query)).all()
    return [row for row in found if all(getattr(row, name) == value for name, value in wanted.items())]
