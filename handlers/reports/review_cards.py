"""Cards of submitted reports for the phones of those who review them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from content.figures import moment
from handlers.forms.bubbles import LONGEST_SHOWN
from handlers.messages import Choice, Reply, choice_value, plain
from handlers.plans.duties import short
from handlers.plans.periods import period_for, titled
from handlers.reports.answers import Answers, answered, key_of, label, shown
from handlers.reports.paper import timeliness
from handlers.reports.review import REVIEWERS
from handlers.reports.sharing import author_name
from handlers.turn import LOCAL
from handlers.working_time import working_time
from storage.deliveries import new_delivery, queue_deliveries
from storage.digests import DeliveryKind
from storage.links import chats_of
from storage.plans import Task, indicators_of
from storage.reports import ProgressReport, ReportVersion, versions_of
from storage.submitted import waiting_for_review

VERB = "rv"
TOLD = timedelta(days=3)
"""How long after its submission a report is still announced."""


async def tell_reviewers(db: AsyncSession, catalog: Catalog, now: datetime) -> int:
    """Send each reviewer's chat what has come in: the first report of an hour at once, the others of the hour together
    when it is over. Nothing at night."""
    if working_time(catalog).is_quiet(now):
        return 0
    fresh = await waiting_for_review(db, now - TOLD)
    chats = await chats_of(db, sorted(REVIEWERS)) if fresh else []
    if not chats:
        return 0
    hours: dict[datetime, list[tuple[ProgressReport, ReportVersion]]] = {}
    for report, version in fresh:
        hours.setdefault(version.submitted_at.replace(minute=0, second=0, microsecond=0), []).append((report, version))
    cards: dict[str, Reply] = {}
    for hour, found in hours.items():
        report, version = found[0]
        cards[f"{hour:%Y%m%d%H}"] = await card(db, catalog, report, version, len(fresh) - 1)
        if len(found) > 1 and now - hour >= timedelta(hours=1):
            cards[f"{hour:%Y%m%d%H}:rest"] = _several(catalog, len(fresh))
    rows = [
        new_delivery(DeliveryKind.NOTICE, f"review:{key}:{account.id}", account, reply.to_json(), now)
        for key, reply in cards.items()
        for _, account in chats
    ]
    return await queue_deliveries(db, rows)


def _several(catalog: Catalog, count: int) -> Reply:
    following = Choice(catalog.text("report_review.chat.button.next"), choice_value(VERB, "next"))
    return Reply(catalog.text("report_review.chat.several", count=count), (following,))


async def card(db: AsyncSession, catalog: Catalog, report: ProgressReport, version: ReportVersion, more: int) -> Reply:
    """A version as its reviewer decides about it: every answer numbered, what differs from the version before."""
    text, task = catalog.text, await db.get_one(Task, report.task_id)
    day = version.submitted_at.astimezone(LOCAL).date()
    period = await period_for(db, task, report.agency_id, report.period, catalog.province.reporting, day)
    lines = [
        text(
            "report_review.chat.heading",
            agency=catalog.agency_name(report.agency_id),
            title=titled(text, task.title, report.period),
            code=report.receipt,
            version=version.version,
            time=moment(version.submitted_at.astimezone(LOCAL)),
            timeliness=timeliness(catalog, period.due if period else None, day),
            author=await author_name(db, catalog, version.contact_id),
        )
    ]
    lines += [line for _, _, line in await answers_in(db, catalog, report, version)]
    if more:
        lines.append(text("report_review.chat.more", count=more))
    return Reply("\n".join(lines), _decisions(catalog, report, version, more))


def _decisions(catalog: Catalog, report: ProgressReport, version: ReportVersion, more: int) -> tuple[Choice, ...]:
    text, of = catalog.text, (report.id, version.version)
    choices = [
        Choice(text("report_review.chat.button.accept"), choice_value(VERB, "accept", *of)),
        Choice(text("report_review.chat.button.return"), choice_value(VERB, "return", *of)),
    ]
    if more:
        choices.append(Choice(text("report_review.chat.button.next"), choice_value(VERB, "next", report.id)))
    return tuple(choices)


async def answers_in(
    db: AsyncSession, catalog: Catalog, report: ProgressReport, version: ReportVersion
) -> list[tuple[str, str, str]]:
    """Key, label and line of each answer of a version, in the order they were asked."""
    stored = {one.version: one for one in await versions_of(db, report.id or 0)}
    before = stored.get(version.version - 1)
    old = before.answers if before else None
    return await answer_lines(db, catalog, report, version.answers, old, version.corrections)


async def answer_lines(
    db: AsyncSession,
    catalog: Catalog,
    report: ProgressReport,
    answers: Answers,
    before: Answers | None = None,
    corrections: Mapping[str, Mapping[str, str | None]] | None = None,
) -> list[tuple[str, str, str]]:
    """The same of answers that are no version yet; ``before`` are those they replace."""
    indicators = await indicators_of(db, report.task_id)
    now, old = answered(answers, indicators), answered(before, indicators) if before else {}
    found = []
    for number, (slot, value) in enumerate(now.items(), 1):
        name, key = label(catalog.text, slot, indicators), key_of(slot, indicators)
        words = short(shown(catalog.text, slot, value, indicators), LONGEST_SHOWN)
        line = catalog.text("report.summary.line", number=number, label=name, value=words)
        if slot in old and old[slot] != value:
            was = short(shown(catalog.text, slot, old[slot], indicators), LONGEST_SHOWN // 2)
            line += f"\n    {catalog.text('report_review.before', value=was)}"
        explanation = (corrections or {}).get(key, {}).get("explanation")
        if explanation:
            line += f"\n    {catalog.text('report_review.explained', text=plain(explanation))}"
        found.append((key, name, line))
    return found
