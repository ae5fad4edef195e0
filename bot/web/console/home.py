"""What needs somebody's attention today, and what to do about each of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.console import rhythm, zalo
from bot.web.console.contacts.register import CENTRAL, LEVELS
from bot.web.console.digests import this_week
from bot.web.console.office import Office, needs, of
from bot.web.console.powers import Power
from handlers.reminders.ladder import owed as chased
from handlers.reports.obligations import timeline
from handlers.turn import LOCAL
from storage.appointments import agencies_without_main
from storage.clarifications import waiting_threads
from storage.corrections import waiting_corrections
from storage.credentials import credential
from storage.digests import ARRIVED, DeliveryState, Digest, DigestState, delivery_counts, digest_of_week
from storage.extensions import count_waiting_extensions
from storage.plans import list_plans
from storage.requests import count_waiting
from storage.rests import rests
from storage.snapshots import newest_progress
from storage.worklist import channels_refused, latest_digests, waiting

URGENT = 5
"""Days before its last day from which a report the department owes is urgent."""
RECENT = timedelta(days=14)
"""How far back failed deliveries are worth looking at."""
CHANNELS = ("zalo", "telegram", "webchat")
RARE = ("zalobot",)
"""Shown only where they are on."""
HERE = frozenset(LEVELS) - {CENTRAL}
"""Levels of agencies somebody has to speak for."""
PAGES = {"zalo": zalo.PAGE}
"""Channels with a page of their own."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that may wait for somebody. Its words are ``console.home.<key>``, ``<key>_text`` and ``<key>_none``."""

    key: str
    count: int
    text: str
    path: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class ChannelState:
    """Whether a channel carries messages, in words."""

    name: str
    works: bool
    text: str
    path: str = ""
    """Where to see to it."""


@needs(Power.SEE)
async def page(request: Request) -> Response:
    office = of(request)
    now = office.loa.clock.now()
    week = this_week(office)
    async with office.loa.db.reading() as db:
        digest = await digest_of_week(db, str(week))
        counts = await delivery_counts(db, digest.id) if digest and digest.id else {}
        duties = await _duties(db, office, now)
        channels = await _channels(db, office, now)
        alerts = [*await rhythm.alerts(db, office), *await zalo.alerts(db, office)]
    return office.paper.page(
        request,
        "home.html",
        now=now.astimezone(office.paper.zone),
        week=week,
        digest=digest,
        next=_next(office, digest, counts) if digest else "",
        duties=duties,
        channels=channels,
        alerts=alerts,
    )


def _next(office: Office, digest: Digest, counts: dict[DeliveryState, int]) -> str:
    """Where the week's digest stands and what comes next."""
    state = digest.state.value
    if digest.state is DigestState.APPROVED and digest.send_at is not None:
        state = "planned"
    if digest.state is DigestState.SENDING and digest.paused_at is not None:
        state = "paused"
    return office.text(
        f"console.home.next.{state}",
        composer=office.paper.actor_name(digest.composed_by),
        approver=digest.approved_by or "",
        moment=office.paper.clock(digest.send_at) if digest.send_at else "",
        arrived=sum(counts.get(name, 0) for name in ARRIVED),
        acknowledged=counts.get(DeliveryState.ACKNOWLEDGED, 0),
        total=sum(counts.values()),
    )


async def _duties(db: AsyncSession, office: Office, now: datetime) -> list[Duty]:
    waits = await waiting(db, now - RECENT)
    gone_out = (DigestState.SENDING, DigestState.SENT)
    sent = next((one for one in await latest_digests(db, 4) if one.state in gone_out), None)
    unread = await _unacknowledged(db, sent)
    overdue, agencies = await _overdue(db)
    calls = len({one.agency_id for one in await chased(db, now) if one.next_rung is None})
    today = now.astimezone(LOCAL).date()
    pressing = (await timeline(db, office.loa.catalog, today)).pressing(today)
    due = f"{pressing[0].due:%d/%m/%Y}" if pressing else ""
    late = any(one.days_left(today) <= URGENT for one in pressing)
    unreviewed = sum(entry.needs_review for entry in office.loa.catalog.faq.values())

    def duty(key: str, count: int, path: str, urgent: bool = False, **params: object) -> Duty:
        text = office.text(f"console.home.{key}_text", **params) if count else office.text(f"console.home.{key}_none")
        return Duty(key, count, text, path, urgent and count > 0)

    oldest = office.paper.clock(waits.oldest_ticket) if waits.oldest_ticket else ""
    path = f"/console/digests/{sent.id}" if sent else "/console/digests"
    return [
        duty("unclear", waits.unclear, "/console/tables/deliveries/list?filter=state__in%3Dunclear", urgent=True),
        duty("failed", waits.failed, "/console/tables/deliveries/list?filter=state__in%3Dfailed", urgent=True),
        duty("tickets", waits.tickets, "/console/tickets", urgent=True, moment=oldest),
        duty("clarifications", await waiting_threads(db), "/console/clarifications", urgent=True),
        duty("extensions", await count_waiting_extensions(db), "/console/extensions", urgent=True),
        duty("obligations", len(pressing), "/console/obligations", urgent=late, due=due),
        duty("calls", calls, f"{path}/report" if sent else path, urgent=True),
        duty("corrections", await waiting_corrections(db), "/console/corrections"),
        duty("overdue", overdue, "/console/reports?late=1", urgent=True, agencies=agencies),
        duty("submitted", waits.reports, "/console/reports?state=submitted"),
        duty("unacknowledged", unread, f"{path}?state=unacknowledged#ledger"),
        duty("directives", waits.directives, "/console/directives?state=imported"),
        duty("requests", await count_waiting(db), "/console/contacts/requests", urgent=True),
        duty("contacts", waits.contacts, "/console/contacts?lack=unconfirmed"),
        duty("no_main", await agencies_without_main(db, HERE, today), "/console/contacts?lack=no_main"),
        duty("faq", unreviewed, "/console/content?review=waiting"),
    ]


async def _unacknowledged(db: AsyncSession, digest: Digest | None) -> int:
    """Accounts the newest digest reached that have not acknowledged it."""
    if digest is None or digest.id is None:
        return 0
    counts = await delivery_counts(db, digest.id)
    return sum(counts[name] for name in ARRIVED if name is not DeliveryState.ACKNOWLEDGED)


async def _overdue(db: AsyncSession) -> tuple[int, int]:
    """Reports overdue in all plans, and of how many agencies, by the newest snapshots."""
    reports, agencies = 0, set()
    for plan in await list_plans(db):
        found = await newest_progress(db, plan.id)
        late = [one for one in found[2]["agencies"] if one["overdue"]] if found else []
        reports += sum(one["overdue"] for one in late)
        agencies |= {one["id"] for one in late}
    return reports, len(agencies)


async def _channels(db: AsyncSession, office: Office, now: datetime) -> list[ChannelState]:
    loa = office.loa
    refused = await channels_refused(db, now - timedelta(hours=1))
    stored = await credential(db, f"zalo:{loa.settings.zalo_oa_id}") if loa.settings.zalo_on else None
    resting = {rest.channel: rest for rest in await rests(db, now)}
    lost = refused | ({"zalo"} if stored is not None and stored.revoked_reason is not None else set())
    states = []
    for name in (*CHANNELS, *(name for name in RARE if name in loa.channels)):
        if name not in loa.channels:
            states.append(ChannelState(name, False, office.text("console.home.channel_off")))
        elif name in lost:
            states.append(ChannelState(name, False, office.text("console.home.channel_lost"), PAGES.get(name, "")))
        elif name in resting:
            until, reason = office.paper.clock(resting[name].until), office.text(f"errors.{resting[name].reason}")
            words = office.text("sending.channel_rests", until=until, reason=reason)
            states.append(ChannelState(name, False, words))
        else:
            states.append(ChannelState(name, True, office.text("console.home.channel_on")))
    return states


ROUTES = (Route("/", page, methods=["GET"]),)
