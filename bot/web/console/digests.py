"""Weekly digests: the list, composing a week, and the way of one digest from draft to sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.preflight import over_quota
from bot.web.console import ledger
from bot.web.console.editions import edition_list
from bot.web.console.office import Office, Page, Refused, back, found, needs, of, path_number, who, written
from bot.web.console.powers import Power
from bot.web.console.sending import seen_channels, sending
from content.catalog import Catalog
from handlers import digests
from handlers.digests import Again, DigestError, Week, week_of
from handlers.digests.outlook import CURRENT, Step, outlook
from handlers.messages import clean_text
from handlers.working_time import working_time
from storage.digests import Digest, delivery_counts
from storage.directives import items_in_force
from storage.worklist import latest_digests

SHOWN = 60
"""Digests in the list: more than a year of weeks."""


@needs(Power.SEE)
async def list_page(request: Request) -> Response:
    office = of(request)
    async with office.loa.db.reading() as db:
        found_digests = await latest_digests(db, SHOWN)
        rows = [(one, Week.parse(one.week), await delivery_counts(db, one.id or 0)) for one in found_digests]
        items = await items_in_force(db)
    return office.paper.page(request, "digests/list.html", rows=rows, week=this_week(office), items=items)


@needs(Power.COMPOSE)
async def compose(request: Request) -> Response:
    """Compose (again) the digest of a week as a draft."""
    office = of(request)
    week = clean_text(str((await request.form()).get("week", "")))
    now = office.loa.clock.now()
    try:
        async with office.loa.db.session() as db:
            digest = await digests.save_draft(db, office.loa.catalog, week, who(request).name, now)
            await db.commit()
    except DigestError as error:
        return back(request, "/console/digests", office.text(error.key, **error.params), "error")
    return back(request, f"/console/digests/{digest.id}", office.text("console.digest.told.composed"))


@needs(Power.COMPOSE)
async def compose_urgent(request: Request) -> Response:
    """Compose an urgent digest of the chosen items."""
    office = of(request)
    chosen = [str(item) for item in (await request.form()).getlist("item")]
    try:
        async with office.loa.db.session() as db:
            digest = await digests.begin_urgent(
                db, office.loa.catalog, chosen, who(request).name, office.loa.clock.now()
            )
            await db.commit()
    except DigestError as error:
        return back(request, "/console/digests", office.text(error.key, **error.params), "error")
    return back(request, f"/console/digests/{digest.id}", office.text("checklist.told.urgent"))


@needs(Power.SEE)
async def digest_page(request: Request) -> Response:
    return await show(request)


async def show(request: Request, status: int = 200, **typed: str) -> Response:
    """The page of one digest; ``typed`` is what a refused form held, so that nobody writes it twice."""
    office = of(request)
    loa = office.loa
    digest_id = path_number(request)
    async with loa.db.reading() as db:
        digest = await found(db, Digest, digest_id)
        audience = await digests.audience(db, digest_id, office.today())
        editions = await edition_list(db, office, digest_id, request.query_params.get("q", ""))
        table = await ledger.table(db, office, request, digest)
        plan, coming = await outlook(db, loa.catalog, digest, loa.clock.now())
        steering = await sending(db, office, digest)
    return office.paper.page(
        request,
        "digests/page.html",
        status,
        digest=digest,
        week=Week.parse(digest.week),
        all_steps=list(Step),
        current=CURRENT[digest.state],
        plan=plan,
        coming=coming,
        edition_count=len(editions),
        audience=audience,
        unreached=[loa.catalog.agency_name(agency) for agency in audience.unreached],
        editions=editions,
        typed=typed,
        quiet=working_time(loa.catalog).is_quiet(loa.clock.now()),
        **table,
        **steering,
    )


Taken = Callable[["Taking"], Awaitable[str]]
"""Takes one step of a digest; returns what to tell."""


@dataclass(frozen=True, slots=True)
class Taking:
    """One step about to be taken: by whom, on what, with what in the form."""

    db: AsyncSession
    office: Office
    request: Request
    digest_id: int

    @property
    def catalog(self) -> Catalog:
        return self.office.loa.catalog

    @property
    def actor(self) -> str:
        return who(self.request).name

    @property
    def now(self) -> datetime:
        return self.office.loa.clock.now()

    def told(self, key: str, **params: object) -> str:
        return self.office.text(f"console.digest.told.{key}", **params)


def step(power: Power, act: Taken) -> Page:
    """A form of the digest's page: one step, one transaction, back to the page with the outcome in words."""

    @needs(power)
    async def taken(request: Request) -> Response:
        office = of(request)
        digest_id = path_number(request)
        typed = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
        try:
            async with office.loa.db.session() as db:
                told = await act(Taking(db, office, request, digest_id))
                await db.commit()
        except (DigestError, Refused) as error:
            refused = error.reason if isinstance(error, DigestError) else ""
            return await show(request, 409, trouble=sentence(office, error), refused=refused, **typed)
        office.loa.outbox.wake()
        return back(request, f"/console/digests/{digest_id}", told)

    return taken


def sentence(office: Office, error: DigestError | Refused) -> str:
    """The refusal in words."""
    return error.text if isinstance(error, Refused) else office.text(error.key, **error.params)


async def _recompose(taking: Taking) -> str:
    digest = await found(taking.db, Digest, taking.digest_id)
    if digest.is_urgent:
        await digests.recompose_urgent(taking.db, taking.catalog, taking.digest_id, taking.actor, taking.now)
    else:
        await digests.save_draft(taking.db, taking.catalog, digest.week, taking.actor, taking.now)
    return taking.told("recomposed")


async def _submit(taking: Taking) -> str:
    await digests.submit_for_approval(taking.db, taking.catalog, taking.digest_id, taking.actor, taking.now)
    return taking.told("submitted")


async def _approve(taking: Taking) -> str:
    await digests.approve(taking.db, taking.catalog, taking.digest_id, who(taking.request), taking.now)
    return taking.told("approved")


async def _return(taking: Taking) -> str:
    reason = await written(taking.request, "reason", "console.digest.reason_missing")
    await digests.return_to_draft(taking.db, taking.catalog, taking.digest_id, taking.actor, reason, taking.now)
    return taking.told("returned")


async def _schedule(taking: Taking) -> str:
    form = await taking.request.form()
    moment = _moment(taking.office, str(form.get("day", "")), str(form.get("time", "")))
    await digests.schedule(taking.db, taking.catalog, taking.digest_id, moment, taking.actor, taking.now)
    return taking.told("scheduled", moment=taking.office.paper.clock(moment))


def _moment(office: Office, day: str, time: str) -> datetime:
    """A day and a time of day as Việt Nam reads them. Raises Refused when they are none."""
    try:
        return datetime.strptime(f"{day} {time}", "%Y-%m-%d %H:%M").replace(tzinfo=office.paper.zone)
    except ValueError:
        raise Refused(office.text("console.digest.no_such_moment")) from None


async def _send(taking: Taking) -> str:
    if (await taking.request.form()).get("sure") != "yes":
        raise Refused(taking.office.text("console.digest.not_sure"))
    form = await taking.request.form()
    same, urgent = form.get("same") == "yes", form.get("urgent") == "yes"
    count = await digests.start_sending(
        taking.db, taking.catalog, taking.digest_id, taking.actor, taking.now, same, urgent
    )
    working = working_time(taking.catalog)
    if working.is_quiet(taking.now) and not urgent:
        until = taking.office.paper.clock(working.after_quiet(taking.now))
        return taking.office.text("sending.told.waits", count=count, until=until)
    return taking.told("sending", count=count)


async def _pause(taking: Taking) -> str:
    count = await digests.pause(taking.db, taking.catalog, taking.digest_id, taking.actor, taking.now)
    return taking.office.text("sending.told.paused", count=count)


async def _resume(taking: Taking) -> str:
    count = await digests.resume(taking.db, taking.catalog, taking.digest_id, taking.actor, taking.now)
    return taking.office.text("sending.told.resumed", count=count)


async def _cancel(taking: Taking) -> str:
    stopped = await digests.cancel(taking.db, taking.catalog, taking.digest_id, taking.actor, taking.now)
    return taking.office.text(
        "sending.told.cancelled", skipped=stopped.skipped, arrived=stopped.arrived, underway=stopped.underway
    )


async def _again(taking: Taking) -> str:
    form = await taking.request.form()
    try:
        verb = Again(str(form.get("to", "")))
    except ValueError:
        raise Refused(taking.office.text("sending.no_such_verb")) from None
    same, channels = form.get("same") == "yes", seen_channels(taking.office)
    count = await digests.send_again(
        taking.db, taking.catalog, taking.digest_id, verb, channels, taking.actor, taking.now, same
    )
    return taking.office.text(f"sending.told.again.{verb.value}" if count else "sending.told.nobody_left", count=count)


@needs(Power.SEND)
async def send(request: Request) -> Response:
    """Send now, unless Zalo would stop in the middle of it."""
    office, number = of(request), path_number(request)
    loa, now = office.loa, office.loa.clock.now()
    trouble = await over_quota(loa.db, loa.channels, loa.catalog.text, number, office.today(), now)
    if trouble:
        return await show(request, 409, trouble=trouble)
    return await step(Power.SEND, _send)(request)


def this_week(office: Office) -> Week:
    """The week the clock is in, in Việt Nam."""
    return week_of(office.loa.clock.now().astimezone(office.paper.zone).date())


STEPS_TAKEN: dict[str, tuple[Power, Taken]] = {
    "recompose": (Power.COMPOSE, _recompose),
    "submit": (Power.COMPOSE, _submit),
    "approve": (Power.APPROVE, _approve),
    "return": (Power.APPROVE, _return),
    "schedule": (Power.SEND, _schedule),
    "pause": (Power.SEND, _pause),
    "resume": (Power.SEND, _resume),
    "cancel": (Power.SEND, _cancel),
    "again": (Power.SEND, _again),
}

ROUTES = (
    Route("/digests", list_page, methods=["GET"]),
    Route("/digests", compose, methods=["POST"]),
    Route("/digests/urgent", compose_urgent, methods=["POST"]),
    Route("/digests/{id}", digest_page, methods=["GET"]),
    Route("/digests/{id}/send", send, methods=["POST"]),
    *(
        Route(f"/digests/{{id}}/{name}", step(power, act), methods=["POST"])
        for name, (power, act) in STEPS_TAKEN.items()
    ),
)
