"""Claims never exceed what is asked for, and last as long as their lease."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from storage.digests import (
    DeliveryState,
)
from storage.dispatch import LEASE, abandon_lost_leases, claim_deliveries
from tests.outbox.post import Post


async def test_claims_never_exceed_what_is_asked_for(post: Post) -> None:
    for number in range(12):
        await post.queue(await post.account(f"user{number}"))
    taken: list[int] = []

    async def claim() -> None:
        async with post.db.session() as session:
            rows = await claim_deliveries(session, post.clock.now(), 3, ["phone"])
            assert len(rows) <= 3
            await session.commit()
            taken.extend(row.id or 0 for row in rows)

    await asyncio.gather(*(claim() for _ in range(5)))
    while len(taken) < 12:
        await claim()
    assert sorted(taken) == sorted(set(taken))


async def test_a_claim_lasts_as_long_as_its_lease_and_then_its_fate_is_unknown(post: Post) -> None:
    await post.queue(await post.account())
    begun = post.clock.now()

    async def another_looks() -> tuple[int, int]:
        async with post.db.session() as session:
            lost = await abandon_lost_leases(session, post.clock.now())
            taken = await claim_deliveries(session, post.clock.now(), 9, ["phone"])
            await session.commit()
        return lost, len(taken)

    assert await another_looks() == (0, 1)
    post.clock.moment = begun + LEASE
    assert await another_looks() == (0, 0), "still the first one's"
    post.clock.moment = begun + LEASE + timedelta(milliseconds=1)
    assert await another_looks() == (1, 0), "expired, and nobody sends it again by itself"
    row = await post.row()
    assert (row.state, row.error_key, row.lease_until) == (DeliveryState.UNCLEAR, "lost_lease", None)
