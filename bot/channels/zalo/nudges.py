"""The last resort for officers whose window has closed: a template message that asks them to write to the account."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.channels.zalo.templates import TemplateApi
from bot.clock import Clock
from bot.errors import SendError, Unclear
from bot.logs import scrub
from content.catalog import Catalog
from handlers.messages import Address
from handlers.reminders.nudging import due_words
from handlers.turn import LOCAL
from storage.agencies import Agency
from storage.appointments import contact_of
from storage.contacts import Purpose, account_at, standing_consents
from storage.database import Database
from storage.templates import TemplateMessage, newest_template

log = structlog.get_logger()

APART = timedelta(days=7)
"""Shortest time between two template messages to one account: they are billed, and nobody wants two a week."""
REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class _Nudge:
    row_id: int
    phone: str
    tracking_id: str
    data: dict[str, str]


class Nudges:
    """Sends the configured template to officers whose number is known and who agreed to its use."""

    def __init__(
        self,
        api: TemplateApi,
        template_id: str,
        fields: Mapping[str, str],
        db: Database,
        clock: Clock,
        catalog: Catalog,
    ) -> None:
        """``fields``: parameter of the template → ``name``, ``agency``, ``date`` or ``due`` (what waits for them)."""
        self._api = api
        self._template_id = template_id
        self._fields = fields
        self._db = db
        self._clock = clock
        self._catalog = catalog

    @property
    def are_on(self) -> bool:
        """Whether a template is configured."""
        return bool(self._template_id)

    async def nudge(self, address: Address) -> bool:
        """Whether a template message has just left for this person (or may have)."""
        if not self._template_id:
            return False
        async with self._db.session() as db:
            prepared = await self._prepare(db, str(address))
            await db.commit()  # before it is sent: a crash in between must not send a second one
        if prepared is None:
            return False
        try:
            sent = await self._api.send(prepared.phone, self._template_id, prepared.data, prepared.tracking_id)
        except Unclear:
            return True
        except SendError as error:
            report = log.error if error.ours else log.warning
            report("zalo.template_refused", template=prepared.row_id, code=error.code)
            await self._note(prepared.row_id, "", scrub(f"{error.code} {error.reason}".strip())[:REASON_LENGTH])
            return False
        await self._note(prepared.row_id, sent.message_id, None)
        log.info("zalo.template_sent", template=prepared.row_id, left_today=sent.left_today)
        return True

    async def _prepare(self, db: AsyncSession, address: str) -> _Nudge | None:
        now = self._clock.now()
        account = await account_at(db, address)
        contact = await contact_of(db, account, now.astimezone(LOCAL).date()) if account is not None else None
        if account is None or account.id is None or contact is None or contact.phone is None:
            return None
        if Purpose.PHONE not in await standing_consents(db, account.id):
            return None
        last = await newest_template(db, account.id)
        if last is not None and now - last.asked_at < APART:
            return None
        agency = await db.get(Agency, contact.agency_id)
        values = {
            "name": contact.name,
            "agency": agency.name if agency else contact.agency_id,
            "date": f"{now.astimezone(LOCAL):%d/%m/%Y}",
            "due": await due_words(db, self._catalog, contact.agency_id, now),
        }
        row = TemplateMessage(account_id=account.id, tracking_id=f"loa-{secrets.token_hex(12)}", asked_at=now)
        db.add(row)
        await db.flush()
        assert row.id is not None
        data = {parameter: values[held] for parameter, held in self._fields.items()}
        return _Nudge(row.id, contact.phone, row.tracking_id, data)

    async def _note(self, row_id: int, provider_id: str, error: str | None) -> None:
        async with self._db.session() as db:
            row = await db.get(TemplateMessage, row_id)
            assert row is not None
            row.provider_id, row.error = provider_id or None, error
            row.sent_at = None if error else self._clock.now()
            db.add(row)
            await db.commit()
