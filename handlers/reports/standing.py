""" "Tiến độ huyện Sa Thầy?", "đơn vị nào chưa báo cáo?": figures in chat, with their date, for those who may see them.

The department's people (a chat linked to a console account) may ask about everybody, an officer about the own agency.
For everybody else these are no questions of ours: they are understood like any other line. Figures are those of the
newest snapshot of each plan, never reckoned for one reply.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from content.figures import figure, moment
from handlers.choices import folded
from handlers.messages import Choice, Reply, choice_value, plain
from handlers.plans.duties import agency_name
from handlers.turn import LOCAL, Handler, Turn
from nlu.entities.agencies import AgencyFinder
from storage.links import user_of_chat
from storage.plans import list_plans
from storage.snapshots import newest_progress

Json = dict[str, Any]

NAMED = 12
"""Agencies one reply names; the rest is counted, and in the console."""
MISSING = "missing"
"""In a button, instead of an agency: all that have not reported."""
CERTAIN, OFFERED = 0.9, 4
"""From this score a name is taken without asking; so many are offered when it is not."""
_LEAD = r"(?:cho (?:toi )?(?:biet|hoi|xem) |xem )?"
_MISSING = re.compile(
    _LEAD + r"(?:nhung |cac )?(?:don vi|co quan|huyen|xa|noi|dia phuong|so nganh|ai) (?:nao )?(?:con |van )?"
    r"(?:chua|no|thieu|cham|tre|qua han)(?: chua)?(?: nop| gui)?(?: bao cao)?(?: tien do)?(?: nua)?"
)
_PROGRESS = re.compile(
    _LEAD + r"(?:tien do|ket qua|tinh hinh)(?: bao cao| thuc hien)?(?: (?:cac |nhung )?ke hoach)?(?: cua)?"
    r"(?P<agency> .+?)?(?: the nao| ra sao| sao roi| toi dau| den dau| den nay| hien nay)*"
)


async def spoken(turn: Turn) -> list[Reply] | None:
    """The reply to a line that asks for figures; None when it does not, or comes from somebody they are not for."""
    line = folded(turn.message.text)
    asked = _PROGRESS.fullmatch(line)
    if asked is None and not _MISSING.fullmatch(line):
        return None
    wide = await _sees_everybody(turn)
    if not wide and turn.contact is None:
        return None
    sums = await _sums(turn)
    if not sums:
        return [turn.say("progress.chat.nothing")]
    if asked is None:
        return [_missing(turn, sums, wide)]
    named = (asked["agency"] or "").strip()
    if not named:
        return [_plans(turn, sums)] if wide else [_agency(turn, sums, _own(turn))]
    found = AgencyFinder(turn.catalog.province.agencies).find(named, OFFERED)
    if not found:
        return None
    known = [match for match in found if match.agency_id in _reporting(sums)]
    if not known:
        return [turn.say("progress.chat.owes_nothing", agency=agency_name(turn, found[0].agency_id))]
    sure = [match for match in known if match.score >= CERTAIN] or known
    if len(sure) > 1 and sure[0].score - sure[1].score < 0.05 and wide:
        return [turn.say("progress.chat.which", *(_ask(turn, match.agency_id) for match in sure))]
    return [await _shown(turn, sums, sure[0].agency_id, wide)]


async def pressed(turn: Turn, arguments: list[str]) -> list[Reply]:
    """The button of an agency that was offered; without one, of all plans; or of who has not reported."""
    wide = await _sees_everybody(turn)
    agency = arguments[0] if arguments else ""
    sums = await _sums(turn)
    if sums and wide and agency in ("", MISSING):
        return [_missing(turn, sums, wide) if agency else _plans(turn, sums)]
    if not sums or agency not in _reporting(sums) or (not wide and turn.contact is None):
        return [turn.say("progress.chat.nothing")]
    return [await _shown(turn, sums, agency, wide)]


async def _shown(turn: Turn, sums: Sequence[Json], agency: str, wide: bool) -> Reply:
    if not wide and agency != _own(turn):
        return turn.say("progress.chat.not_yours", agency=agency_name(turn, agency), own=agency_name(turn, _own(turn)))
    return _agency(turn, sums, agency)


async def _sees_everybody(turn: Turn) -> bool:
    return turn.account.id is not None and await user_of_chat(turn.db, turn.account.id) is not None


async def _sums(turn: Turn) -> list[Json]:
    found = [await newest_progress(turn.db, plan.id) for plan in await list_plans(turn.db)]
    return [one[2] for one in found if one is not None]


def _own(turn: Turn) -> str:
    assert turn.contact is not None
    return turn.contact.agency_id


def _reporting(sums: Sequence[Json]) -> set[str]:
    return {agency["id"] for one in sums for agency in one["agencies"]}


def _plans(turn: Turn, sums: Sequence[Json]) -> Reply:
    """All plans, a line each."""
    lines = [
        turn.text(
            "progress.chat.plan",
            plan=plain(one["plan"]["name"]),
            handed_in=one["counts"]["handed_in"],
            owed=one["counts"]["owed"],
            overdue=one["counts"]["overdue"],
            red=sum(indicator["light"] == "red" for indicator in one["indicators"]),
        )
        for one in sums
    ]
    return Reply("\n".join([turn.text("progress.chat.plans"), *lines, _as_of(turn, sums)]))


def _agency(turn: Turn, sums: Sequence[Json], agency: str) -> Reply:
    """One agency in every plan in which it owes something."""
    lines = [turn.text("progress.chat.agency", agency=plain(agency_name(turn, agency)))]
    for one in sums:
        row = next((row for row in one["agencies"] if row["id"] == agency), None)
        if row is None:
            continue
        share = figure(100 * row["handed_in"] / row["owed"])
        lines.append(
            turn.text("progress.chat.agency_plan", plan=plain(one["plan"]["name"]), share=share, **_counts(row))
        )
        late = [one["tasks"][owed["task"]]["path"] for owed in row["missing"] if (owed["days_late"] or 0) > 0]
        if late:
            lines.append(turn.text("progress.chat.late", paths=", ".join(late)))
    return Reply("\n".join([*lines, _as_of(turn, sums)]))


def _counts(row: Json) -> Json:
    return {key: row[key] for key in ("handed_in", "owed", "on_time", "late", "overdue")}


def _missing(turn: Turn, sums: Sequence[Json], wide: bool) -> Reply:
    """Who has not reported, most overdue first; an officer hears of the own agency."""
    if not wide:
        return _agency(turn, sums, _own(turn))
    lines = []
    for one in sums:
        owing = sorted((row for row in one["agencies"] if row["missing"]), key=lambda row: -row["overdue"])
        if not owing:
            continue
        lines.append(turn.text("progress.chat.missing", plan=plain(one["plan"]["name"]), count=len(owing)))
        lines += [
            turn.text(
                "progress.chat.missing_one",
                agency=plain(row["name"]),
                missing=len(row["missing"]),
                overdue=row["overdue"],
            )
            for row in owing[:NAMED]
        ]
        if len(owing) > NAMED:
            lines.append(turn.text("progress.chat.more", count=len(owing) - NAMED))
    return Reply("\n".join([*(lines or [turn.text("progress.chat.all_in")]), _as_of(turn, sums)]))


def _as_of(turn: Turn, sums: Sequence[Json]) -> str:
    """The date of the oldest figure told."""
    oldest = min(datetime.fromisoformat(one["as_of"]) for one in sums)
    return turn.text("progress.chat.as_of", moment=moment(oldest.astimezone(LOCAL)))


def _ask(turn: Turn, agency: str) -> Choice:
    return Choice(agency_name(turn, agency), choice_value("progress", agency))


CHOICES: dict[str, Handler] = {"progress": pressed}
INTENTS: dict[str, Handler] = {}
