"""A platform that says "too many" in the middle of a broadcast, about everything or about one chat, on both engines.
Time is the loop's, so every moment is exact."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from bot.errors import SendError, Throttled
from bot.pace import MARGIN
from handlers.messages import Address, Reply
from storage.digests import DeliveryKind, DeliveryState
from tests.conftest import TestClock
from tests.outbox.post import Wire, posted, standing_rests
from tests.timeless import the_loop, timeless

RATE = 30
GAP = 1 / (RATE * MARGIN)


class Strict(Wire):
    """Refuses more than its rate in any second, and everything for three seconds after."""

    def __init__(self, limit: int = RATE) -> None:
        super().__init__(rate=RATE, takes=0.01)
        self._limit = limit
        self._taken: deque[float] = deque()
        self.refused: list[float] = []

    async def send(self, address: Address, reply: Reply) -> str:
        now = the_loop().time()
        while self._taken and self._taken[0] <= now - 1:
            self._taken.popleft()
        if len(self._taken) >= self._limit or (self.refused and now < self.refused[-1] + 3):
            self.refused.append(now)
            raise Throttled(3, "429", "Too Many Requests")
        self._taken.append(now)
        return await super().send(address, reply)


class Touchy(Wire):
    """Refuses one chat as it is told."""

    def __init__(self, address: str, *answers: SendError) -> None:
        super().__init__(rate=RATE, takes=0.01)
        self._address = address
        self._answers = [*answers]
        self.asked = 0

    async def send(self, address: Address, reply: Reply) -> str:
        if str(address) == self._address:
            self.asked += 1
            if self._answers:
                raise self._answers.pop(0)
        return await super().send(address, reply)


@timeless
async def test_a_strict_platform_is_given_a_rest_and_then_less_and_gets_everything_once(
    database_url: str, clock: TestClock
) -> None:
    """Answers rest with the broadcast, and go first when it is over."""
    strict, answered = Strict(limit=24), []
    async with posted(database_url, clock, strict) as post:
        await post.queue_many(150)
        pace = post.outbox._paces.of(strict.name)

        async def asks() -> None:
            while not strict.refused:
                await asyncio.sleep(GAP)
            assert await pace.turn("phone:asks", first=True)
            answered.append(the_loop().time())

        await asyncio.gather(post.outbox.drain(), asks())
        moments = [moment for moment, _, _ in strict.log]
        [refused] = strict.refused
        assert not [moment for moment in moments if refused < moment < refused + 3]
        after = [moment for moment in moments if moment > refused]
        assert refused + 3 <= answered[0] <= after[0]
        assert after[1] - after[0] >= GAP / 0.8, "slower than before"
        assert sorted(strict.texts, key=int) == [str(number) for number in range(1, 151)]
        assert {(row.state, row.attempts) for row in await post.rows()} == {(DeliveryState.SENT, 1)}
        assert await standing_rests(post) == [], "a short rest need not be written down"


@timeless
async def test_a_group_that_has_had_too_much_waits_alone(database_url: str, clock: TestClock) -> None:
    group = Touchy("phone:-100", Throttled(40, "429", chat_only=True))
    async with posted(database_url, clock, group) as post:
        await post.queue(await post.account("-100"))
        await post.queue_many(30)
        await post.outbox.drain()
        moments = [moment for moment, _, _ in group.log]
        assert len(moments) == 30
        assert max(later - earlier for earlier, later in pairwise(moments)) <= 2.1 * GAP, "the others go on as before"
        waiting, *sent = await post.rows()
        assert (waiting.state, waiting.attempts) == (DeliveryState.QUEUED, 0)
        assert waiting.due_at == clock.now() + timedelta(seconds=40)
        assert {row.state for row in sent} == {DeliveryState.SENT}
        assert post.outbox._paces.of(group.name).share == 1.0
        assert await standing_rests(post) == []
        clock.move(timedelta(seconds=41))
        await post.outbox.drain()
        assert (group.asked, group.texts[-1]) == (2, "1")


@timeless
async def test_one_person_gets_a_message_a_second_in_order_and_the_others_do_not_wait(
    database_url: str, clock: TestClock
) -> None:
    """Five notices and the digest to one, a notice to forty others."""
    wire = Wire(rate=RATE, takes=0.01)
    wire.capabilities = replace(wire.capabilities, chat_seconds=1.0)
    async with posted(database_url, clock, wire) as post:
        an = await post.account("an")
        await post.queue(an, 5)
        await post.queue(an, kind=DeliveryKind.DIGEST, digest=await post.digest())
        await post.queue_many(40)
        await post.outbox.drain()
    mine = [(moment, text) for moment, address, text in wire.log if address == "phone:an"]
    others = [moment for moment, address, _ in wire.log if address != "phone:an"]
    assert [text for _, text in mine] == ["1", "2", "3", "4", "5", "6"]
    assert min(later - earlier for (earlier, _), (later, _) in pairwise(mine)) >= 1.0
    assert len(others) == 40
    assert max(later - earlier for earlier, later in pairwise(others)) <= 2.1 * GAP
    assert others[-1] < mine[2][0]
