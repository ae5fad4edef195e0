"""Every error of Zalo, walked through a real send: its class, and Zalo's own words kept."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.errors import TOKEN_REFUSED, ZALO_ERRORS, send_error, until_next_minute
from bot.errors import (
    BadCredentials,
    ChannelUnavailable,
    ContactGone,
    Postponed,
    Rejected,
    SendError,
    Throttled,
    Unclear,
    WindowClosed,
)
from handlers.messages import Address, Reply
from simulators.zalo import Fault, Person, Refusal, ZaloSimulator
from tests.channels.zalo.conftest import Line

SEND = "/v3.0/oa/message/cs"

# What an operator or the delivery loop relies on, written down apart from the table under test.
POLICY: dict[type[SendError], set[int]] = {
    Throttled: {-32},
    ChannelUnavailable: {-200, -214},
    ContactGone: {-213, -217, -222, -227, -244},
    WindowClosed: {-230, -232, -305, -311},
    Postponed: {-211, -218, -234},
    Rejected: {-100, -201, -202, -210, -233, -237, -238, -241, -248, -249, -403, -1340, -1341},
    BadCredentials: {-124, -216, -220}
    | {-204, -205, -207, -208, -209, -212, -215, -219, -221, -223, -224, -235, -240, -242, -320, -321},
}


@pytest.fixture
async def lan(zalo: ZaloSimulator) -> Person:
    person = zalo.person("Lan")
    await person.follows()
    return person


async def failure(channel: ZaloChannel, person: Person) -> SendError:
    with pytest.raises(SendError) as caught:
        await channel.send(Address.parse(person.address), Reply("Chào bạn"))
    return caught.value


def test_the_table_says_what_the_policy_says() -> None:
    assert {code: kind for kind, codes in POLICY.items() for code in codes} == ZALO_ERRORS


@pytest.mark.parametrize("code", sorted([*ZALO_ERRORS, -9999, 17], reverse=True))
async def test_each_code(channel: ZaloChannel, lan: Person, zalo: ZaloSimulator, code: int) -> None:
    words = f"Lời của Zalo về {code}"
    zalo.faults += [Refusal(code, words)] * 2
    error = await failure(channel, lan)
    assert type(error) is ZALO_ERRORS.get(code, Rejected)
    assert (error.code, error.reason) == (str(code), words)
    again = code in TOKEN_REFUSED or code == -242
    assert zalo.requests[SEND] == (2 if again else 1), "nothing is repeated but for a token or a proof"
    assert lan.messages == []


FAULTS = {
    Fault.UNAVAILABLE: (ChannelUnavailable, "http_503"),
    Fault.PAGE: (ChannelUnavailable, "http_200"),
    Fault.GATEWAY_TIMEOUT: (Unclear, "http_504"),
    Fault.DROPPED: (Unclear, "no_answer"),
    Fault.LOST: (Unclear, "no_answer"),
    Fault.GARBLED: (Unclear, "unreadable"),
    Fault.EMPTY: (Unclear, "unreadable"),
    Fault.TOO_MANY: (Throttled, "http_429"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault(channel: ZaloChannel, lan: Person, zalo: ZaloSimulator, fault: Fault) -> None:
    await channel.api.official_account()  # so that the send goes over a connection that is already open
    zalo.faults.append(fault)
    error = await failure(channel, lan)
    assert (type(error), error.code) == FAULTS[fault]
    assert zalo.requests[SEND] == 1


async def test_an_unanswered_message_is_unclear(channel: ZaloChannel, lan: Person, zalo: ZaloSimulator) -> None:
    await channel.api.official_account()
    zalo.latency = 0.4
    channel._http.timeout = 0.1
    error = await failure(channel, lan)
    assert (type(error), error.code, error.reason) == (Unclear, "no_answer", "SocketTimeoutError")


async def test_a_refused_connection_is_surely_not_sent(line: Line, lan: Person) -> None:
    error = await failure(line.open(zalo_api_url="http://127.0.0.1:9"), lan)
    assert (type(error), error.code) == (ChannelUnavailable, "connect")


async def test_an_unanswered_question_is_just_unavailable(channel: ZaloChannel, zalo: ZaloSimulator) -> None:
    await channel.api.official_account()
    zalo.latency = 0.4
    channel._http.timeout = 0.1
    with pytest.raises(ChannelUnavailable):
        await channel.check()


@pytest.mark.parametrize(
    ("person_does", "expected"),
    [
        ("never_wrote", WindowClosed),
        ("wrote_long_ago", WindowClosed),
        ("unfollows", ContactGone),
        ("blocks", ContactGone),
        ("inactive", ContactGone),
        ("unknown", Rejected),
    ],
)
async def test_people_who_cannot_be_reached(
    channel: ZaloChannel, zalo: ZaloSimulator, person_does: str, expected: type[SendError]
) -> None:
    person = zalo.person("Minh")
    if person_does != "never_wrote":
        await person.follows()
    if person_does == "wrote_long_ago":
        person.last_interaction = zalo.clock.now() - timedelta(days=7, seconds=1)
    elif person_does == "unfollows":
        await person.unfollows()
    elif person_does == "blocks":
        person.blocks()
    elif person_does == "inactive":
        person.inactive = True
    elif person_does == "unknown":
        del zalo.people[person.id]
    assert type(await failure(channel, person)) is expected


async def test_an_account_that_is_not_verified(channel: ZaloChannel, lan: Person, zalo: ZaloSimulator) -> None:
    zalo.verified = False
    assert type(await failure(channel, lan)) is BadCredentials


@pytest.mark.parametrize(("second", "least", "most"), [(0, 60.0, 61.1), (30, 30.0, 31.1), (59, 1.0, 2.1)])
def test_a_rate_limit_lasts_until_the_next_minute(second: int, least: float, most: float) -> None:
    now = datetime(2024, 11, 11, 7, 0, second, tzinfo=UTC)
    assert least < until_next_minute(now) < most
    error = send_error(-32, "limit", now)
    assert isinstance(error, Throttled)
    assert least < error.retry_after < most


async def test_no_request_while_the_minute_of_a_rate_limit_lasts(
    channel: ZaloChannel, lan: Person, zalo: ZaloSimulator, line: Line
) -> None:
    zalo.calls_per_minute = 2
    line.clock.move(timedelta(seconds=59.95))
    address = Address.parse(lan.address)
    await channel.send(address, Reply("một"))
    await channel.send(address, Reply("hai"))
    first = await failure(channel, lan)
    second = await failure(channel, lan)
    assert isinstance(first, Throttled)
    assert isinstance(second, Throttled)
    assert zalo.requests[SEND] == 2, "the answer to the second said that nothing remains"
    assert 0 < second.retry_after <= first.retry_after < 1.2


async def test_the_pause_ends(
    channel: ZaloChannel, lan: Person, zalo: ZaloSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.zalo.calls.until_next_minute", lambda _now: 0.02)
    zalo.faults.append(Refusal(-32))
    error = await failure(channel, lan)
    assert isinstance(error, Throttled)
    await asyncio.sleep(0.03)
    assert await channel.send(Address.parse(lan.address), Reply("Chào bạn"))
