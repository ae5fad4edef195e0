"""Before a digest leaves: who is reached for nothing, who costs, who only gets a template, who is not reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.channels.base import Channel
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.window import Stage, stage
from bot.errors import SendError
from content.text import Texts
from storage.database import Database
from storage.digests import editions_of
from storage.recipients import Candidate, candidates

FREE_OF_CHARGE = "cs"
"""Zalo's product whose allowances consultation messages use."""


class Standing(StrEnum):
    """What sending to somebody would mean; words in ``preflight``."""

    FREE = "free"
    BILLED = "billed"
    TEMPLATE = "template"
    """Only a template that asks them to write first."""
    UNREACHED = "unreached"


@dataclass(frozen=True, slots=True)
class Checked:
    """One officer's account, or an agency without any, and what is to be said of it."""

    candidate: Candidate
    standing: Standing
    reason: str
    """Key below ``preflight.reason``."""


def check(candidate: Candidate, channels: Mapping[str, Channel], now: datetime) -> Checked:
    """What sending to an account that is to receive the digest would mean."""
    if candidate.refusal:
        return Checked(candidate, Standing.UNREACHED, candidate.refusal)
    account = candidate.account
    channel = None if account is None else channels.get(account.channel)
    if account is None or channel is None:
        return Checked(candidate, Standing.UNREACHED, "channel_off")
    if not isinstance(channel, ZaloChannel):
        return Checked(candidate, Standing.FREE, "no_charge")
    match stage(account.last_interaction_at, now):
        case Stage.FREE:
            return Checked(candidate, Standing.FREE, "within_48_hours")
        case Stage.BILLED:
            return Checked(candidate, Standing.BILLED, "within_7_days")
        case Stage.UNKNOWN:
            return Checked(candidate, Standing.BILLED, "never_seen")
        case Stage.CLOSED if channel.nudges_on and candidate.phone_known:
            return Checked(candidate, Standing.TEMPLATE, "after_7_days_template")
    return Checked(candidate, Standing.UNREACHED, "after_7_days")


def counted(found: Sequence[Checked]) -> dict[Standing, int]:
    return {standing: sum(one.standing is standing for one in found) for standing in Standing}


async def allowance(channels: Mapping[str, Channel]) -> int | None:
    """Billed messages the Official Account may still send, as Zalo says now; None when it is off or does not say."""
    channel = channels.get("zalo")
    if not isinstance(channel, ZaloChannel):
        return None
    try:
        found = await channel.api.allowances(FREE_OF_CHARGE)
    except SendError:
        return None
    return sum(one.left or 0 for one in found) if found else None


async def over_quota(
    db: Database, channels: Mapping[str, Channel], text: Texts, digest_id: int, day: date, now: datetime
) -> str:
    """Why the digest must not leave now, by hand or by the clock: Zalo would stop in the middle of it. Empty when it
    may, and when Zalo does not say what is left."""
    left = await allowance(channels)
    if left is None:
        return ""
    async with db.reading() as session:
        agencies = {edition.agency_id for edition in await editions_of(session, digest_id)}
        found = [check(one, channels, now) for one in await candidates(session, agencies, day)]
    need = counted(found)[Standing.BILLED]
    return text("preflight.over_quota", need=need, left=left) if need > left else ""
