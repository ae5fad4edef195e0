"""What the platform refuses for now is tried again ever later, what it refuses for good is not; its words are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import (
    ChannelUnavailable,
    ContactGone,
    Postponed,
    Rejected,
    SendError,
    Unclear,
    WindowClosed,
)
from bot.outbox import ATTEMPTS, Outbox
from content.catalog import Catalog
from handlers.working_time import working_time
from storage.contacts import Account
from storage.digests import (
    DeliveryKind,
    DeliveryState,
)
from tests.outbox.post import Post, Wire


async def test_what_is_postponed_waits_an_hour_and_holds_up_nobody_else(local: Callable[..., Post]) -> None:
    post = local(Wire("zalo"))
    await post.queue(await post.account("z1", "zalo"))
    post.wire.faults = [Postponed("-218", "out of quota receive")]
    await post.outbox.drain()
    [row] = await post.rows()
    assert (row.state, row.error_key, row.error) == (DeliveryState.QUEUED, "postponed", "-218 out of quota receive")
    assert timedelta(minutes=45) <= row.due_at - post.clock.now() <= timedelta(minutes=80)
    for number in range(2, 6):
        await post.queue(await post.account(f"z{number}", "zalo"))
    await post.outbox.drain()
    assert len(post.wire.log) == 5
    post.clock.move(timedelta(hours=2))
    await post.outbox.drain()
    assert {row.state for row in await post.rows()} == {DeliveryState.SENT}


async def test_an_unavailable_channel_is_tried_again_ever_later_and_given_up(post: Post) -> None:
    await post.queue(await post.account())
    waits = []
    for attempt in range(1, ATTEMPTS + 1):
        post.wire.faults = [ChannelUnavailable("502", "bad gateway")]
        await Outbox(post.db, {"phone": post.wire}, post.clock).drain()
        row = await post.row()
        assert row.attempts == attempt
        if row.state is DeliveryState.FAILED:
            break
        assert (row.state, row.error, row.error_key) == (DeliveryState.QUEUED, "502 bad gateway", "channel_unavailable")
        wait = row.due_at - post.clock.now()
        waits.append(wait.total_seconds())
        post.clock.move(wait)
    assert (row.state, row.attempts) == (DeliveryState.FAILED, ATTEMPTS)
    assert 30 <= waits[0] <= 39
    assert 120 <= waits[1] <= 156
    assert max(waits) <= 6 * 3600 * 1.3
    assert sum(waits) >= 24 * 3600
    assert len(post.wire.log) == ATTEMPTS


async def test_an_outage_rests_the_channel_instead_of_failing_everybody(local: Callable[..., Post]) -> None:
    post = local(Wire(rate=100))
    for number in range(50):
        await post.queue(await post.account(f"user{number}"))
    post.wire.faults = [ChannelUnavailable("503")] * 50
    running = asyncio.create_task(post.outbox.run())
    await asyncio.sleep(0.8)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(post.wire.log) < 20
    states = {row.state for row in await post.rows()}
    assert states == {DeliveryState.QUEUED}


@pytest.mark.parametrize(
    ("fault", "state", "key"),
    [
        (ContactGone("403", "blocked"), DeliveryState.FAILED, "contact_gone"),
        (WindowClosed("-217"), DeliveryState.FAILED, "window_closed"),
        (Rejected("-201", "param"), DeliveryState.FAILED, "rejected"),
        (SendError("x"), DeliveryState.FAILED, "send_failed"),
        (Unclear("timeout"), DeliveryState.UNCLEAR, "unclear"),
        (TimeoutError(), DeliveryState.UNCLEAR, "unclear"),
        (RuntimeError("bug"), DeliveryState.UNCLEAR, "our_fault"),
    ],
)
async def test_other_faults_end_the_delivery(
    local: Callable[..., Post], catalog: Catalog, fault: Exception, state: DeliveryState, key: str
) -> None:
    post = local()
    account = await post.account()
    await post.queue(account)
    post.wire.faults = [fault]
    await post.outbox.drain()
    await post.outbox.drain()
    row = await post.row()
    assert (row.state, row.error_key, len(post.wire.log)) == (state, key, 1)
    assert f"errors.{key}" in catalog.text
    left = (await post.get(Account, account.id)).left_at
    assert (left is not None) == isinstance(fault, ContactGone)


def test_every_error_has_an_operators_sentence(catalog: Catalog) -> None:
    def below(error: type[SendError]) -> set[type[SendError]]:
        return {error}.union(*(below(child) for child in error.__subclasses__()))

    keys = {error.key for error in below(SendError)}
    assert len(keys) >= 8
    for key in keys | {
        "lost_lease",
        "expired",
        "unsubscribed",
        "contact_left",
        "cancelled",
        "acknowledged",
        "handed_in",
        "our_fault",
    }:
        assert len(catalog.text(f"errors.{key}")) > 20


async def test_platforms_words_are_kept_without_secrets(local: Callable[..., Post]) -> None:
    post = local()
    await post.queue(await post.account())
    post.wire.faults = [Rejected("400", "bad url /bot1234567890:" + "A" * 35 + "/sendMessage for 0905123456")]
    await post.outbox.drain()
    error = (await post.row()).error or ""
    assert error.startswith("400 bad url")
    assert "AAAA" not in error
    assert "0905" not in error


async def test_a_reminder_is_not_retried_after_hours(post: Post, catalog: Catalog) -> None:
    """Friday 16:59:50, local time: thirty seconds later it would be too late."""
    post.clock.moment = datetime(2024, 11, 15, 9, 59, 50, tzinfo=UTC)
    await post.queue(await post.account(), kind=DeliveryKind.REMINDER)
    post.wire.faults = [ChannelUnavailable("502")]
    await Outbox(post.db, {post.wire.name: post.wire}, post.clock, working_time(catalog)).drain()
    assert (await post.row()).due_at == datetime(2024, 11, 18, 0, 30, tzinfo=UTC)
