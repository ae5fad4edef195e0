"""The draft of a report: the agency's own, to which every officer who works on it gives answers.

Each officer's answers are kept apart, so that none overwrites another: ``{contact id: {"answers", "given", "over",
"taken", "done", "count", "at"}}``; ``draft_by`` is who wrote last. Laid together they are the report. An answer that
replaces one the officer has seen takes it away; two given without seeing each other stay, and one is chosen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from handlers.reports.answers import FILES, Answers, by_key, from_keys
from storage.reports import ProgressReport, report_for_update


@dataclass(frozen=True, slots=True)
class Draft:
    """One officer's share of the draft."""

    contact_id: int
    answers: Answers
    """What this officer has answered."""
    done: int
    """How many questions of the report had an answer, of ``count``, when the officer last gave one."""
    count: int
    at: datetime
    given: dict[str, tuple[str, int]] = field(default_factory=dict)
    """When each answer was given (ISO), and as the how-manieth of the draft, by indicator id or field name."""
    over: int = 0
    """Number of the version the answers change; 0 for a report filled in from nothing."""
    taken: tuple[str, ...] = ()
    """The questions the officer has taken on, by indicator id or field name; none: whichever are open."""

    def by(self, giver: int, taker: int) -> Draft:
        """The same draft, the taker's if it was the giver's."""
        return replace(self, contact_id=taker) if self.contact_id == giver else self


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, by whom and when."""

    contact_id: int
    value: Any
    at: datetime
    place: int
    """Its place in the order in which the draft's answers were given; 0 for drafts older than the order."""


def drafts_of(report: ProgressReport) -> list[Draft]:
    """Every officer's share, the newest first."""
    found = [
        Draft(
            int(contact),
            kept["answers"],
            kept["done"],
            kept["count"],
            datetime.fromisoformat(kept["at"]),
            {key: (at, place) for key, (at, place) in kept.get("given", {}).items()},
            kept.get("over", 0),
            tuple(kept.get("taken", ())),
        )
        for contact, kept in report.draft.items()
    ]
    return sorted(found, key=lambda draft: draft.at, reverse=True)


def draft_by(report: ProgressReport, contact_id: int | None) -> Draft | None:
    """The officer's own share."""
    return next((draft for draft in drafts_of(report) if draft.contact_id == contact_id), None)


def given_in(report: ProgressReport) -> dict[str, list[Given]]:
    """Every answer of the draft by indicator id or field name; of several the newest first."""
    found: dict[str, list[Given]] = {}
    for draft in drafts_of(report):
        for key, value in by_key(draft.answers).items():
            at, place = draft.given.get(key, (draft.at.isoformat(), 0))
            found.setdefault(key, []).append(Given(draft.contact_id, value, datetime.fromisoformat(at), place))
    for several in found.values():
        several.sort(key=lambda one: (one.place, one.at), reverse=True)
    return found


def clashes(report: ProgressReport) -> dict[str, list[Given]]:
    """The questions two officers answered differently without seeing each other's answer."""
    found = given_in(report)
    return {key: ones for key, ones in found.items() if any(one.value != ones[0].value for one in ones)}


def last_place(report: ProgressReport) -> int:
    """The place of the newest answer."""
    return max((place for draft in drafts_of(report) for _, place in draft.given.values()), default=0)


def together(report: ProgressReport, base: Answers, contact_id: int, without_own: bool = False) -> Answers:
    """``base`` with everybody's answers laid over it: where two differ, the officer's own; of files, all.

    ``without_own`` leaves the officer's out: they begin anew.
    """
    answers = dict(by_key(base))
    for key, ones in given_in(report).items():
        own = next((one for one in ones if one.contact_id == contact_id), None)
        ones = [one for one in ones if one is not own] if without_own else [own] if own and key != FILES else ones
        if key == FILES:
            answers[key] = list({file["id"]: file for one in reversed(ones) for file in one.value}.values())
        elif ones:
            answers[key] = ones[0].value
    explained: dict[str, str] = {}
    for draft in reversed(drafts_of(report)):
        if not (without_own and draft.contact_id == contact_id):
            explained |= draft.answers.get("explained", {})
    return from_keys(answers) | ({"explained": explained} if explained else {})


async def contribute(
    db: AsyncSession,
    report: ProgressReport,
    contact_id: int,
    answers: Mapping[str, Any],
    now: datetime,
    *,
    seen: int,
    over: int,
    asked: Sequence[str],
    base: Collection[str] = (),
    explained: Mapping[str, str] | None = None,
    anew: bool = False,
) -> ProgressReport:
    """Put the officer's answers, by indicator id or field name, into the draft; the report as it is now.

    ``seen`` is the place of the newest answer the officer knew of: colleagues' older answers to the same questions are
    replaced, newer ones stay beside the officer's. ``asked`` are the questions of the report, ``base`` those answered
    in the version it changes; ``anew`` drops what the officer answered before.
    """
    current = await report_for_update(db, report.id or 0) or report
    drafts = drafts_of(current)
    own = next((draft for draft in drafts if draft.contact_id == contact_id), None)
    if own is None or anew:
        own = Draft(contact_id, {}, 0, 0, now, over=over)
    place, at = last_place(current) + 1, now.isoformat()
    mine = from_keys({**by_key(own.answers), **answers})
    told = {**own.answers.get("explained", {}), **(explained or {})}
    own = replace(
        own,
        answers=mine | ({"explained": told} if told else {}),
        given={**own.given, **dict.fromkeys(answers, (at, place))},
        at=now,
        count=len(asked),
    )
    others = [_without(one, answers, seen) for one in drafts if one.contact_id != contact_id]
    known = {key for one in [own, *others] for key in by_key(one.answers)} | set(base)
    own = replace(own, done=sum(key in known for key in asked))
    restore_drafts(current, [own, *others])
    current.updated_at = now
    db.add(current)
    return current


async def settle(db: AsyncSession, report: ProgressReport, key: str, contact_id: int, now: datetime) -> ProgressReport:
    """Of several answers to a question let this officer's stand; the report as it is now."""
    current = await report_for_update(db, report.id or 0) or report
    if any(one.contact_id == contact_id for one in given_in(current).get(key, [])):
        drafts = [
            one if one.contact_id == contact_id else _without(one, [key], last_place(current))
            for one in drafts_of(current)
        ]
        restore_drafts(current, drafts)
        current.updated_at = now
        db.add(current)
    return current


def _without(draft: Draft, keys: Collection[str], seen: int) -> Draft:
    """The draft without its answers to these questions, as far as they were seen."""
    gone = {key for key in keys if draft.given.get(key, ("", 0))[1] <= seen}
    return replace(
        draft,
        answers={
            **from_keys({key: value for key, value in by_key(draft.answers).items() if key not in gone}),
            **({"explained": draft.answers["explained"]} if "explained" in draft.answers else {}),
        },
        given={key: when for key, when in draft.given.items() if key not in gone},
    )


async def put_draft(db: AsyncSession, report: ProgressReport, draft: Draft) -> ProgressReport:
    """Keep the officer's share beside those of others; the report as it is now."""
    current = await report_for_update(db, report.id or 0) or report
    restore_drafts(current, [draft, *(one for one in drafts_of(current) if one.contact_id != draft.contact_id)])
    current.updated_at = draft.at
    db.add(current)
    return current


async def drop_draft(db: AsyncSession, report: ProgressReport, contact_id: int | None, now: datetime) -> None:
    """Forget the officer's share; others' stay."""
    current = await report_for_update(db, report.id or 0) or report
    restore_drafts(current, [draft for draft in drafts_of(current) if draft.contact_id != contact_id])
    current.updated_at = now
    db.add(current)


def restore_drafts(report: ProgressReport, drafts: Sequence[Draft]) -> None:
    """Let the report hold just these shares, the newest first."""
    report.draft = {
        str(draft.contact_id): {
            "answers": draft.answers,
            "given": {key: [at, place] for key, (at, place) in draft.given.items()},
            "over": draft.over,
            "taken": list(draft.taken),
            "done": draft.done,
            "count": draft.count,
            "at": draft.at.isoformat(),
        }
        for draft in drafts
    }
    report.draft_by = drafts[0].contact_id if drafts else None
