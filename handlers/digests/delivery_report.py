"""What became of a digest that was sent, for the department: how far it got, who lags behind, what failed and why.

Counted in agencies: an agency has a digest as soon as one of its officers has. A stage nobody can know of because the
agency's channels do not report it is told as not supported, never as "no".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from handlers.turn import LOCAL
from handlers.working_time import WorkingTime, working_time
from storage.acknowledgements import (
    MAY_HAVE_IT,
    Acknowledgement,
    acknowledgements,
    digest_subject,
    hand_overs,
    item_subject,
    recipients_of,
)
from storage.clarifications import Clarification, threads_about
from storage.contacts import Contact
from storage.digests import Delivery, DeliveryState, Digest, Edition, editions_of
from storage.ladder import Rung, steps_of
from storage.reports import HANDED_IN, WHOLE, report_states

TROUBLED = (DeliveryState.FAILED, DeliveryState.UNCLEAR, DeliveryState.SKIPPED)
ACTIONS = {
    "unclear": "ask",
    "lost_lease": "ask",
    "contact_gone": "call",
    "contact_left": "call",
    "unsubscribed": "call",
    "window_closed": "call",
    "window_closed_nudged": "call",
    "bad_credentials": "keys",
}
"""What to do about a cause; everything else is looked at and sent again."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the funnel."""

    name: str
    count: int
    of: int
    """Agencies that can reach it at all."""
    unsupported: int = 0
    """Agencies whose channels do not tell."""

    @property
    def percent(self) -> int:
        return round(100 * self.count / self.of) if self.of else 0


@dataclass(slots=True)
class AgencyLine:
    """How far the digest got at one agency."""

    agency_id: str
    agency: str
    channels: tuple[str, ...] = ()
    tells: bool = False
    """One of the channels it was sent on reports deliveries."""
    accounts: int = 0
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    seen_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    handed_to: str = ""
    hours: float | None = None
    """Working hours from the sending to the acknowledgement."""
    items: int = 0
    """Items the agency is to take in by themselves."""
    items_taken: int = 0
    questions: int = 0
    rungs: tuple[tuple[Rung, datetime], ...] = ()
    tasks: int = 0
    tasks_reported: int = 0

    @property
    def stage(self) -> str:
        """The furthest it got: a key below ``delivery_report.stage``."""
        if self.acknowledged_at is not None:
            return "acknowledged"
        if self.seen_at is not None:
            return "seen"
        if self.delivered_at is not None:
            return "delivered"
        return "sent" if self.sent_at is not None else "failed" if self.accounts else "nobody"

    @property
    def with_department(self) -> bool:
        """The ladder is at its end: somebody has to call."""
        return self.acknowledged_at is None and any(rung is Rung.DEPARTMENT for rung, _ in self.rungs)


@dataclass(slots=True)
class ItemLine:
    """How far one item got."""

    item_id: str
    number: str
    title: str
    agencies: int = 0
    """Agencies that are to act on it."""
    taken: int = 0
    handed: int = 0
    questions: int = 0
    corrected: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Cause:
    """Deliveries that failed, or may have, for the same reason."""

    words: str
    count: int
    state: DeliveryState
    action: str
    """A key below ``delivery_report.action``."""


@dataclass(slots=True)
class DeliveryReport:
    """Everything about one digest."""

    digest: Digest
    as_of: datetime
    agencies: list[AgencyLine] = field(default_factory=list)
    items: list[ItemLine] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    waiting_questions: int = 0

    @property
    def stages(self) -> list[Stage]:
        sent = [one for one in self.agencies if one.sent_at is not None]
        quiet = [one for one in sent if not one.tells and one.acknowledged_at is None]
        owing = [one for one in self.agencies if one.tasks]
        return [
            Stage("listed", len(self.agencies), len(self.agencies)),
            Stage("sent", len(sent), len(self.agencies)),
            Stage("delivered", sum(one.delivered_at is not None for one in sent), len(sent), len(quiet)),
            Stage("seen", sum(one.seen_at is not None for one in sent), len(sent), len(quiet)),
            Stage("acknowledged", sum(one.acknowledged_at is not None for one in sent), len(sent)),
            Stage("reported", sum(one.tasks == one.tasks_reported for one in owing), len(owing)),
        ]

    @property
    def late(self) -> list[AgencyLine]:
        """Agencies that have it and have not taken it in, the furthest up the ladder first."""
        found = [one for one in self.agencies if one.sent_at is not None and one.acknowledged_at is None]
        return sorted(found, key=lambda one: (-len(one.rungs), one.agency))

    @property
    def unreached(self) -> list[AgencyLine]:
        return [one for one in self.agencies if one.sent_at is None]

    @property
    def median_hours(self) -> float | None:
        hours = [one.hours for one in self.agencies if one.hours is not None]
        return median(hours) if hours else None

    def sentence(self, catalog: Catalog) -> str:
        """The state in one line, for whoever was away."""
        stages = {stage.name: stage for stage in self.stages}
        moments = [one.sent_at for one in self.agencies if one.sent_at is not None]
        if not moments:
            return catalog.text("delivery_report.sentence.nothing", listed=len(self.agencies))
        at = min(moments).astimezone(LOCAL)
        words: dict[str, Any] = {
            "moment": f"{at:%H:%M %d/%m/%Y}",
            "acknowledged": stages["acknowledged"].count,
            "sent": stages["sent"].count,
            "left": len(self.late),
        }
        lines = [
            catalog.text("delivery_report.sentence.sent" if self.late else "delivery_report.sentence.all", **words)
        ]
        troubles = sum(cause.count for cause in self.causes)
        for key, count in (
            ("unreached", len(self.unreached)),
            ("calls", sum(one.with_department for one in self.agencies)),
            ("questions", self.waiting_questions),
            ("troubles", troubles),
        ):
            if count:
                lines.append(catalog.text(f"delivery_report.sentence.{key}", count=count))
        return "; ".join(lines) + "."


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows a report is made of."""

    deliveries: Mapping[int, Sequence[Delivery]]
    """By edition."""
    taken: Mapping[tuple[str, str], Mapping[int, tuple[Acknowledgement, Contact | None]]]
    handed: Mapping[tuple[str, str], str]
    threads: Sequence[Clarification]
    rungs: Mapping[str, Sequence[tuple[Rung, datetime]]]
    reported: Collection[tuple[str, str, str]]


async def delivery_report(
    db: AsyncSession, catalog: Catalog, digest: Digest, telling: Collection[str], now: datetime
) -> DeliveryReport:
    """The report as of ``now``. ``telling`` names the channels that report what arrived and was seen."""
    assert digest.id is not None
    editions = await editions_of(db, digest.id)
    found = await _rows(db, digest.id, editions)
    working = working_time(catalog)
    report = DeliveryReport(digest, now)
    for edition in editions:
        report.agencies.append(_agency(catalog, edition, found, telling, working))
    report.agencies.sort(key=lambda one: one.agency)
    report.items = _items(editions, found)
    report.causes = _causes(catalog, [row for rows in found.deliveries.values() for row in rows])
    report.waiting_questions = sum(one.answered_at is None and one.closed_at is None for one in found.threads)
    return report


async def _rows(db: AsyncSession, digest_id: int, editions: Sequence[Edition]) -> _Found:
    deliveries: dict[int, list[Delivery]] = {}
    for delivery, edition, _ in await recipients_of(db, digest_id):
        deliveries.setdefault(edition.id or 0, []).append(delivery)
    subjects = {digest_subject(digest_id)}
    subjects |= {item_subject(entry["id"]) for one in editions for entry in [*one.body["items"], *one.body["topics"]]}
    taken: dict[tuple[str, str], dict[int, tuple[Acknowledgement, Contact | None]]] = {}
    for row, contact in await acknowledgements(db, subjects):
        taken.setdefault((row.agency_id, row.subject), {})[row.revision] = (row, contact)
    handed = {
        (row.agency_id, row.subject): (colleague.name if colleague is not None else row.to_words or "")
        for row, colleague in await hand_overs(db, subjects)
    }
    rungs: dict[str, list[tuple[Rung, datetime]]] = {}
    for step in await steps_of(db, {digest_id}):
        if step.subject == digest_subject(digest_id) and (step.told or step.rung is Rung.DEPARTMENT):
            rungs.setdefault(step.agency_id, []).append((Rung(step.rung), step.at))
    reported = {key for key, state in (await report_states(db)).items() if state in HANDED_IN}
    return _Found(deliveries, taken, handed, await threads_about(db, subjects), rungs, reported)


def _agency(
    catalog: Catalog, edition: Edition, found: _Found, telling: Collection[str], working: WorkingTime
) -> AgencyLine:
    rows = found.deliveries.get(edition.id or 0, ())
    arrived = [row for row in rows if row.state in MAY_HAVE_IT]
    line = AgencyLine(edition.agency_id, catalog.agency_name(edition.agency_id), accounts=len(rows))
    line.channels = tuple(dict.fromkeys(row.channel for row in rows))
    line.tells = any(row.channel in telling for row in arrived)
    line.sent_at = min((row.sent_at or row.created_at for row in arrived), default=None)
    line.seen_at = _first([row.seen_at or row.acknowledged_at for row in arrived])
    line.delivered_at = _first([row.delivered_at or row.seen_at or row.acknowledged_at for row in arrived])
    key = (edition.agency_id, digest_subject(edition.digest_id))
    if key in found.taken:
        row, contact = found.taken[key][0]
        line.acknowledged_at = row.at
        line.acknowledged_by = contact.name if contact is not None else row.told or row.recorded_by or ""
        line.seen_at = _first([line.seen_at, row.at])
        line.delivered_at = _first([line.delivered_at, row.at])
        if line.sent_at is not None:
            line.hours = working.hours_between(line.sent_at, row.at)
    line.handed_to = found.handed.get(key, "")
    own = edition.body["items"]
    line.items = len(own)
    line.items_taken = sum(_is_taken(found, edition.agency_id, entry) for entry in own)
    line.questions = sum(thread.agency_id == edition.agency_id for thread in found.threads)
    line.rungs = tuple(found.rungs.get(edition.agency_id, ()))
    tasks = [part for task in edition.body["tasks"] for part in (task["parts"] or [task])]
    line.tasks = len(tasks)
    line.tasks_reported = sum(
        (task["id"], edition.agency_id, task.get("period", WHOLE)) in found.reported for task in tasks
    )
    return line


def _first(moments: Sequence[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _is_taken(found: _Found, agency_id: str, entry: Mapping[str, Any]) -> bool:
    return int(entry.get("revision", 0)) in found.taken.get((agency_id, item_subject(entry["id"])), {})


def _items(editions: Sequence[Edition], found: _Found) -> list[ItemLine]:
    lines: dict[str, ItemLine] = {}
    for edition in editions:
        for section in ("items", "topics"):
            for entry in edition.body[section]:
                line = lines.setdefault(entry["id"], ItemLine(entry["id"], entry["number"], entry["title"]))
                line.corrected = line.corrected or bool(entry.get("revision"))
                line.withdrawn = line.withdrawn or bool(entry.get("withdrawn"))
                if section == "items":
                    line.agencies += 1
                    line.taken += _is_taken(found, edition.agency_id, entry)
                    line.handed += (edition.agency_id, item_subject(entry["id"])) in found.handed
    asked = Counter(thread.subject for thread in found.threads)
    for line in lines.values():
        line.questions = asked[item_subject(line.item_id)]
    return list(lines.values())


def _causes(catalog: Catalog, rows: Sequence[Delivery]) -> list[Cause]:
    """Failures by cause, the most frequent first."""
    counted = Counter((row.state, row.error_key or "send_failed") for row in rows if row.state in TROUBLED)
    return [
        Cause(catalog.text(f"errors.{key}"), count, state, ACTIONS.get(key, "again"))
        for (state, key), count in counted.most_common()
    ]
