"""The Official Account: its permission and how to get it again, its signatures, and whom it may write to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.consent import ConsentRefused
from bot.channels.zalo.events import NAME
from bot.channels.zalo.oauth import REFRESH_LIFE
from bot.channels.zalo.sentences import sentence, template_sentence
from bot.channels.zalo.signature import Signatures
from bot.channels.zalo.window import Stage, stage
from bot.web.console.office import Office, back, needs, of, who
from bot.web.console.powers import Power
from storage.contacts import interactions
from storage.credentials import PlatformCredential, credential
from storage.platforms import PlatformCheck, last_check
from storage.templates import TemplateMessage, latest_templates
from storage.updates import newest_update

log = structlog.get_logger()

PAGE = "/console/zalo"
SHOWN = 10
ANNOUNCED = frozenset({"refused", "other_account", "webhook_silent"})
"""What an hourly check may find that must be told on the first page; a lost permission has a sentence of its own."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something about the account that cannot wait."""

    text: str
    path: str = PAGE


def channel_of(office: Office) -> ZaloChannel | None:
    """The account's channel, when it is on."""
    channel = office.loa.channels.get(NAME)
    return channel if isinstance(channel, ZaloChannel) else None


async def alerts(db: AsyncSession, office: Office) -> list[Alert]:
    """What the first page must say about the account."""
    channel = channel_of(office)
    if channel is None:
        return []
    name = _platform(office)
    stored, checked = await credential(db, name), await last_check(db, name)
    found: list[Alert] = []
    if is_lost(office, stored) or (checked is not None and checked.key == "consent" and stored is None):
        found.append(Alert(office.text("console.home.zalo_lost")))
    elif checked is not None and checked.key in ANNOUNCED:
        moment = office.paper.clock(checked.checked_at)
        found.append(Alert(office.text("console.home.zalo_not_well", moment=moment, reason=_found(office, checked))))
    if channel.signatures.on_trial and channel.signatures.trial_until is not None:
        moment = office.paper.clock(channel.signatures.trial_until)
        found.append(Alert(office.text("console.home.zalo_trial", moment=moment)))
    elif channel.signatures.suspicious:
        found.append(Alert(office.text("console.home.zalo_wrong_secret")))
    return found


def is_lost(office: Office, stored: PlatformCredential | None) -> bool:
    """Whether somebody must consent (again): the grant was lost, or there has never been any."""
    if stored is not None:
        return stored.revoked_reason is not None
    settings = office.loa.settings
    return not (settings.zalo_access_token.get_secret_value() or settings.zalo_refresh_token.get_secret_value())


@needs(Power.SEE)
async def page(request: Request) -> Response:
    return await _show(request)


@needs(Power.PLATFORMS)
async def ask(request: Request) -> Response:
    """Begin a consent. The answer shows the way to Zalo's page as a link: a form may not lead to another site."""
    office, user = of(request), who(request)
    channel = channel_of(office)
    if channel is None or user.id is None:
        return back(request, PAGE, office.text("console.zalo.switched_off"), "error")
    address = await channel.consent.begin(user.id, user.name, office.loa.clock.now())
    return await _show(request, address)


@needs(Power.PLATFORMS)
async def callback(request: Request) -> Response:
    """Where Zalo sends the administrator back to. On to the page at once: the code must not stay in the address."""
    office, user = of(request), who(request)
    channel = channel_of(office)
    if channel is None or user.id is None:
        return back(request, PAGE, office.text("console.zalo.switched_off"), "error")
    code, state, oa_id = (request.query_params.get(name, "") for name in ("code", "state", "oa_id"))
    try:
        await channel.consent.finish(code, state, oa_id, user.id, user.name, office.loa.clock.now())
    except ConsentRefused as refusal:
        log.warning("zalo.consent_refused", reason=refusal.key, code=refusal.code)
        told = office.text(f"zalo.consent.{refusal.key}", code=refusal.code)
        if refusal.reason or refusal.key == "settings_refused":
            told = f"{told} {sentence(office.loa.catalog.text, refusal.code)}".strip()
            told = office.text("console.zalo.refused", sentence=told, code=refusal.code, reason=refusal.reason)
        return back(request, PAGE, told.strip(), "error")
    await office.loa.outbox.resume(NAME)
    return back(request, PAGE, office.text("zalo.consent.done"))


async def _show(request: Request, address: str = "") -> Response:
    office = of(request)
    channel = channel_of(office)
    if channel is None:
        return office.paper.page(request, "zalo.html", channel=None)
    now = office.loa.clock.now()
    async with office.loa.db.reading() as db:
        stored = await credential(db, _platform(office))
        checked = await last_check(db, _platform(office))
        newest = await newest_update(db, NAME)
        windows = Counter(stage(moment, now) for moment in await interactions(db, NAME))
        sent = await latest_templates(db, SHOWN)
        told = await alerts(db, office)
    settings = office.loa.settings
    return office.paper.page(
        request,
        "zalo.html",
        channel=channel,
        address=address,
        alerts=told,
        grant=_grant(office, stored, now),
        checked=checked,
        found=_found(office, checked) if checked else "",
        newest=newest,
        webhook=f"{settings.base_url}/webhooks/zalo",
        trial=_trial(office, channel.signatures, now),
        windows=[(office.text(f"zalo.window.{each.value}"), windows[each]) for each in Stage],
        templates=[(row, _template(office, row)) for row in sent],
        templates_on=bool(settings.zalo_template_id),
    )


def _platform(office: Office) -> str:
    return f"{NAME}:{office.loa.settings.zalo_oa_id}"


def _grant(office: Office, stored: PlatformCredential | None, now: datetime) -> list[tuple[str, str]]:
    """How the permission stands: (what, how long)."""
    if is_lost(office, stored):
        if stored is None:
            return [("", office.text("console.zalo.no_grant"))]
        lost = office.text("console.zalo.lost", moment=office.paper.clock(stored.updated_at))
        code, _, reason = (stored.revoked_reason or "").partition(" ")
        words = sentence(office.loa.catalog.text, code)
        return [("", lost), ("", words or office.text("console.zalo.said", code=code, reason=reason))]
    if stored is None:  # configured, and not used yet
        return []
    left = stored.expires_at - now
    key = "access_left" if left.total_seconds() > 0 else "access_over"
    access = office.text(
        f"console.zalo.{key}", hours=int(left.total_seconds() // 3600), moment=office.paper.clock(stored.expires_at)
    )
    days = max(0, (stored.updated_at + REFRESH_LIFE - now).days)
    return [
        (office.text("console.zalo.access"), access),
        (office.text("console.zalo.refresh"), office.text("console.zalo.refresh_left", days=days)),
    ]


def _found(office: Office, checked: PlatformCheck) -> str:
    """What a check found, with the sentence about Zalo's code."""
    told = office.text(f"zalo.check.{checked.key or 'well'}", code=checked.code)
    return f"{told} {sentence(office.loa.catalog.text, checked.code)}".strip()


def _trial(office: Office, signatures: Signatures, now: datetime) -> str:
    """What to say of a trial that is not in force."""
    until = signatures.trial_until
    if until is None or signatures.on_trial:
        return ""
    key = "console.zalo.trial_over" if until <= now else "console.zalo.trial_too_long"
    return office.text(key, moment=office.paper.clock(until))


def _template(office: Office, row: TemplateMessage) -> str:
    if row.error is not None:
        code = row.error.partition(" ")[0]
        reason = template_sentence(office.loa.catalog.text, code) or row.error
        return office.text("console.zalo.template_failed", reason=reason)
    if row.delivered_at is not None:
        return office.text("console.zalo.template_delivered", moment=office.paper.clock(row.delivered_at))
    return office.text("console.zalo.template_waiting")


ROUTES = (
    Route("/zalo", page, methods=["GET"]),
    Route("/zalo/consent", ask, methods=["POST"]),
    Route("/zalo/callback", callback, methods=["GET"]),
)
