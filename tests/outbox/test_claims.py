"""Claims never exceed what is asked for, and last as long as their lease."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import make_url

from storage.database import Database
from storage.digests import (
    DeliveryState,
)
from storage.dispatch import LEASE, abandon_lost_leases, claim_deliveries
from tests.outbox.post import Post

JOINS, DETOURS = ("hashjoin", "mergejoin"), ("hashagg", "sort", "material", "memoize")
"""What PostgreSQL would rather do than loop, and ways of looping without running the inner query again."""


@pytest.fixture
async def nested_loops(database: Database) -> AsyncIterator[Database]:
    """PostgreSQL left with nested loops only runs a subquery again for each row, and takes all whatever its LIMIT."""
    if database.is_sqlite:
        yield database
        return
    off = "".join(f"-cenable_{kind}=off " for kind in (*JOINS, *DETOURS))
    db = Database(make_url(database.url).update_query_dict({"options": off}).render_as_string(hide_password=False))
    yield db
    await db.close()


async def test_claims_never_exceed_what_is_asked_for(post: Post, nested_loops: Database) -> None:
    await post.queue_many(300)
    taken: list[int] = []

    async def claim() -> bool:
        async with nested_loops.session() as session:
            rows = await claim_deliveries(session, post.clock.now(), 10, "phone")
            await session.commit()
        assert len(rows) <= 10
        taken.extend(row.id for row in rows)
        return bool(rows)

    async def claimer() -> None:
        while await claim():
            await asyncio.sleep(0)

    await asyncio.gather(*(claimer() for _ in range(4)))
    assert len(taken) == len(set(taken)) == 300


async def test_a_claim_lasts_as_long_as_its_lease_and_then_its_fate_is_unknown(post: Post) -> None:
    await post.queue(await post.account())
    begun = post.clock.now()

    async def another_looks() -> tuple[int, int]:
        async with post.db.session() as session:
            lost = await abandon_lost_leases(session, post.clock.now())
            taken = await claim_deliveries(session, post.clock.now(), 9, "phone")
            await session.commit()
        return lost, len(taken)

    assert await another_looks() == (0, 1)
    post.clock.moment = begun + LEASE
    assert await another_looks() == (0, 0), "still the first one's"
    post.clock.moment = begun + LEASE + timedelta(milliseconds=1)
    assert await another_looks() == (1, 0), "expired, and nobody sends it again by itself"
    row = await post.row()
    assert (row.state, row.error_key, row.lease_until) == (DeliveryState.UNCLEAR, "lost_lease", None)
