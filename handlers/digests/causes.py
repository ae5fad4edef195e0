"""Why deliveries of a digest did not arrive, cause by cause, and the one thing to do about each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from content.catalog import Catalog
from storage.broadcasts import troubles
from storage.digests import DeliveryState


class Remedy(StrEnum):
    """What a person does about a cause."""

    TRY_AGAIN = "try_again"
    TELEPHONE = "telephone"
    """The channel does not carry messages to this person: the list of whom to call."""
    FIND_OUT = "find_out"
    """Nobody knows whether it arrived: settle them one by one."""
    WAIT = "wait"
    """Tried again by itself."""
    CHANNEL = "channel"
    """The channel's administrator must act."""


_REMEDIES = {
    "contact_gone": Remedy.TELEPHONE,
    "window_closed": Remedy.TELEPHONE,
    "window_closed_nudged": Remedy.TELEPHONE,
    "contact_left": Remedy.TELEPHONE,
    "unsubscribed": Remedy.TELEPHONE,
    "expired": Remedy.TELEPHONE,
}
_NO_TROUBLE = frozenset({"cancelled", "acknowledged"})
"""What somebody wanted."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason, with everybody it kept from getting the digest."""

    channel: str
    state: DeliveryState
    words: str
    """The operator's sentence."""
    count: int
    remedy: Remedy


async def causes(db: AsyncSession, catalog: Catalog, digest_id: int) -> list[Cause]:
    """The causes, the most frequent first."""
    found: dict[tuple[str, DeliveryState, str, Remedy], int] = {}
    for trouble in await troubles(db, digest_id):
        if trouble.error_key in _NO_TROUBLE:
            continue
        words = cause_words(catalog, trouble.channel, trouble.error_key, trouble.error)
        one = trouble.channel, trouble.state, words, _remedy(trouble.state, trouble.error_key)
        found[one] = found.get(one, 0) + trouble.count
    ordered = sorted(found.items(), key=lambda entry: (-entry[1], entry[0][0], entry[0][2]))
    return [Cause(channel, state, words, count, remedy) for (channel, state, words, remedy), count in ordered]


def cause_words(catalog: Catalog, channel: str, error_key: str, error: str | None) -> str:
    """What the operator should know: about the platform's own code where its table has it, else about the kind."""
    key = f"{channel}.code.{(error or '').partition(' ')[0]}"
    return catalog.text(key if key in catalog.text else f"errors.{error_key}")


def _remedy(state: DeliveryState, error_key: str) -> Remedy:
    if state is DeliveryState.UNCLEAR:
        return Remedy.FIND_OUT
    if error_key == "bad_credentials":
        return Remedy.CHANNEL
    if state is DeliveryState.QUEUED:
        return Remedy.WAIT
    return _REMEDIES.get(error_key, Remedy.TRY_AGAIN)
