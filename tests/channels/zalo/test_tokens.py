"""The token pair: refreshed once however many need it, stored before it is used, lost only when it must be."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text as sql

from bot.channels.zalo import tokens
from bot.channels.zalo.channel import ZaloChannel
from bot.errors import BadCredentials, ChannelUnavailable, SendError
from handlers.messages import Address, Reply
from simulators.zalo import Fault, Person, Refusal, ZaloSimulator
from storage.database import Database
from tests.channels.zalo.conftest import Line

TOKEN = "/v4/oa/access_token"
SEND = "/v3.0/oa/message/cs"
FULL_SQLITE = (
    ("CREATE TRIGGER full BEFORE UPDATE ON platform_credential BEGIN SELECT RAISE(ABORT, 'disk full'); END",),
    "DROP TRIGGER full",
)
FULL_POSTGRESQL = (
    (
        "CREATE FUNCTION no_room() RETURNS trigger AS $$ BEGIN RAISE 'disk full'; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER no_room BEFORE UPDATE ON platform_credential FOR EACH ROW EXECUTE FUNCTION no_room()",
    ),
    "DROP TRIGGER no_room ON platform_credential",
)
"""Nothing can be stored any more, and how there is room again."""


@pytest.fixture
async def lan(zalo: ZaloSimulator) -> Person:
    person = zalo.person("Lan")
    await person.follows()
    return person


async def tell(channel: ZaloChannel, person: Person, words: str = "Chào bạn") -> str:
    return await channel.send(Address.parse(person.address), Reply(words))


async def execute(db: Database, statement: str) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(sql(statement))


async def test_the_configured_pair_is_the_seed(lines: Line, lan: Person) -> None:
    configured = lines.zalo.grants.access
    await tell(lines.open(), lan)
    row = await lines.row()
    assert (row.access_token, row.refresh_token) == (configured, lines.zalo.grants.refresh)
    assert lines.zalo.grants.refreshes == 0


async def test_renewed_ahead_of_its_end(lines: Line, lan: Person) -> None:
    channel = lines.open()
    await tell(channel, lan)
    lines.clock.move(timedelta(hours=22, minutes=50))
    await tell(channel, lan)
    assert lines.zalo.grants.refreshes == 0
    lines.clock.move(timedelta(minutes=15))
    await tell(channel, lan)
    row = await lines.row()
    assert lines.zalo.grants.refreshes == 1
    assert (row.access_token, row.refresh_token) == (lines.zalo.grants.access, lines.zalo.grants.refresh)
    assert row.expires_at == lines.clock.now() + timedelta(hours=25)
    assert lines.zalo.requests[SEND] == 3, "no send was refused on the way"


async def test_ten_senders_with_an_expired_token_refresh_once(lines: Line, lan: Person) -> None:
    channel = lines.open()
    lines.zalo.grants.expire_access()
    lines.zalo.latency = 0.02
    await asyncio.gather(*(tell(channel, lan, f"tin {number}") for number in range(10)))
    assert sorted(bubble.text for bubble in lan.messages) == [f"tin {number}" for number in range(10)]
    assert (lines.zalo.grants.refreshes, lines.zalo.requests[TOKEN]) == (1, 1)


async def test_two_processes_share_one_pair(lines: Line, lan: Person) -> None:
    first, second = lines.open(), lines.open()
    await tell(first, lan)
    await tell(second, lan)
    lines.zalo.grants.expire_access()
    await tell(first, lan)
    await tell(second, lan)
    assert lines.zalo.grants.refreshes == 1, "the second found what the first had stored"


async def test_two_processes_refresh_at_the_same_moment(zalo: ZaloSimulator, lines: Line, lan: Person) -> None:
    other_db = Database(lines.db.url)
    other = Line(zalo, other_db, lines.clock, lines.catalog)
    first, second = lines.open(), other.open()
    zalo.grants.expire_access()
    zalo.latency = 0.02
    await asyncio.gather(tell(first, lan), tell(second, lan), tell(first, lan), tell(second, lan))
    row = await lines.row()
    assert zalo.grants.refreshes == 1
    assert (row.refresh_token, row.revoked_reason) == (zalo.grants.refresh, None)
    if not lines.db.is_sqlite:
        assert zalo.requests[TOKEN] == 1, "the row's lock kept the second process waiting"
    await other.close()
    await other_db.close()


async def test_a_restart_goes_on_with_the_stored_pair(lines: Line, lan: Person) -> None:
    old = lines.zalo.settings()
    await tell(lines.open(), lan)
    lines.zalo.grants.expire_access()
    await tell(lines.open(), lan)
    await tell(lines.open(**old), lan)
    assert lines.zalo.grants.refreshes == 1


async def test_a_refresh_token_alone_is_enough_to_begin(line: Line, lan: Person) -> None:
    await tell(line.open(zalo_access_token=""), lan)
    assert line.zalo.grants.refreshes == 1


async def test_an_access_token_alone_works_until_it_ends(line: Line, lan: Person) -> None:
    channel = line.open(zalo_refresh_token="")
    await tell(channel, lan)
    line.zalo.grants.expire_access()
    with pytest.raises(BadCredentials, match="no_refresh_token"):
        await tell(channel, lan)


async def test_no_tokens_at_all(line: Line, lan: Person) -> None:
    with pytest.raises(BadCredentials, match="no tokens"):
        await tell(line.open(zalo_access_token="", zalo_refresh_token=""), lan)


async def test_a_new_pair_is_not_used_before_it_is_stored(lines: Line, lan: Person) -> None:
    channel = lines.open()
    await tell(channel, lan)
    lines.zalo.grants.expire_access()
    full, emptied = FULL_SQLITE if lines.db.is_sqlite else FULL_POSTGRESQL
    for statement in full:
        await execute(lines.db, statement)
    with pytest.raises(ChannelUnavailable, match="database"):
        await tell(channel, lan)
    assert lines.zalo.grants.refreshes == 1
    assert lines.zalo.requests[SEND] == 2, "the new token has not been shown to Zalo"
    await execute(lines.db, emptied)
    await tell(channel, lan)
    assert lines.zalo.grants.refreshes == 1, "the pair was kept for the next try"
    assert (await lines.row()).refresh_token == lines.zalo.grants.refresh


@pytest.mark.parametrize("answer", ["-14014", "-14020", "empty"])
@pytest.mark.parametrize("fault", [Fault.LOST, Fault.GARBLED, Fault.GATEWAY_TIMEOUT])
async def test_a_lost_answer_is_asked_for_once_more_and_then_needs_consent(
    lines: Line, lan: Person, fault: Fault, answer: str
) -> None:
    channel = lines.open()
    await tell(channel, lan)
    lines.zalo.grants.expire_access()
    lines.zalo.grants.reused = answer  # type: ignore[assignment]
    lines.zalo.oauth_faults.append(fault)
    with pytest.raises(BadCredentials):
        await tell(channel, lan)
    assert lines.zalo.requests[TOKEN] == 2
    assert (await lines.row()).revoked_reason
    for _ in range(3):
        with pytest.raises(BadCredentials):
            await tell(channel, lan)
    assert lines.zalo.requests[TOKEN] == 2, "a revoked grant is not asked for again"


async def test_a_revoked_grant_survives_a_restart_until_somebody_consents(lines: Line, lan: Person) -> None:
    before = lines.zalo.settings()
    channel = lines.open()
    await tell(channel, lan)
    lines.zalo.grants.withdraw()
    with pytest.raises(BadCredentials):
        await tell(channel, lan)
    with pytest.raises(BadCredentials):
        await tell(lines.open(**before), lan)
    asked = lines.zalo.requests[TOKEN]
    lines.zalo.grants.consent()
    await tell(lines.open(), lan)
    row = await lines.row()
    assert (row.refresh_token, row.revoked_reason) == (lines.zalo.grants.refresh, None)
    assert lines.zalo.requests[TOKEN] == asked, "the new pair was good as it was"


async def test_a_new_consent_is_found_while_the_old_pair_is_still_stored(lines: Line, lan: Person) -> None:
    await tell(lines.open(), lan)
    lines.zalo.grants.consent()
    await tell(lines.open(), lan)
    assert (await lines.row()).refresh_token == lines.zalo.grants.refresh


async def test_a_connection_broken_before_the_refresh_costs_nothing(line: Line, lan: Person) -> None:
    channel = line.open()
    line.zalo.grants.expire_access()
    line.zalo.oauth_faults.append(Fault.DROPPED)
    await tell(channel, lan)
    assert line.zalo.grants.refreshes == 1


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.PAGE, Fault.TOO_MANY])
async def test_a_refresh_that_fails_for_now(
    line: Line, lan: Person, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "COOL_DOWN", 0.0)
    channel = line.open()
    await tell(channel, lan)
    line.clock.move(timedelta(hours=24))
    line.zalo.oauth_faults.append(fault)
    await lan.says("còn đó không")
    await tell(channel, lan)
    assert line.zalo.grants.refreshes == 0, "an hour is left: the token at hand is used"
    line.clock.move(timedelta(hours=2))
    line.zalo.oauth_faults.append(fault)
    with pytest.raises(ChannelUnavailable):
        await tell(channel, lan)
    assert (await line.row()).revoked_reason is None
    await tell(channel, lan)
    assert line.zalo.grants.refreshes == 1


async def test_waiting_senders_do_not_repeat_a_failed_refresh(line: Line, lan: Person) -> None:
    channel = line.open()
    line.zalo.grants.expire_access()
    line.zalo.oauth_faults += [Fault.UNAVAILABLE] * 20
    outcomes = await asyncio.gather(*(tell(channel, lan) for _ in range(10)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ChannelUnavailable] * 10
    assert line.zalo.requests[TOKEN] == 1


async def test_wrong_application_secret_does_not_spend_the_grant(line: Line, lan: Person) -> None:
    wrong = line.open(zalo_app_secret="not-this-one")
    line.zalo.grants.expire_access()
    with pytest.raises(BadCredentials, match="-14004"):
        await tell(wrong, lan)
    assert (await line.row()).revoked_reason is None
    await tell(line.open(), lan)
    assert line.zalo.grants.refreshes == 1


async def test_a_cancelled_sender_does_not_take_the_new_pair_with_it(line: Line, lan: Person) -> None:
    channel = line.open()
    line.zalo.grants.expire_access()
    line.zalo.latency = 0.05
    sender = asyncio.create_task(tell(channel, lan))
    while not line.zalo.requests[TOKEN]:
        await asyncio.sleep(0.005)
    sender.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sender
    await channel.aclose()
    assert (await line.row()).refresh_token == line.zalo.grants.refresh
    assert line.zalo.grants.refreshes == 1


async def test_an_account_that_refuses_every_token_does_not_burn_refreshes(line: Line, lan: Person) -> None:
    channel = line.open()
    line.zalo.faults += [Refusal(-216)] * 10
    for _ in range(4):
        with pytest.raises(BadCredentials, match=r"-216|refused"):
            await tell(channel, lan)
    assert line.zalo.grants.refreshes == 1


@pytest.mark.parametrize("code", [-216, -220, -124, Fault.UNAUTHORIZED])
async def test_every_way_of_saying_expired_is_understood(line: Line, lan: Person, code: int | Fault) -> None:
    line.zalo.faults.append(code if isinstance(code, Fault) else Refusal(code))
    await tell(line.open(), lan)
    assert line.zalo.grants.refreshes == 1
    assert len(lan.messages) == 1


async def test_expiry_as_a_number_and_a_refresh_token_left_out(line: Line, lan: Person) -> None:
    line.zalo.grants.answers_number = line.zalo.grants.keeps_refresh_token = True
    kept = line.zalo.grants.refresh
    channel = line.open()
    line.zalo.grants.expire_access()
    await tell(channel, lan)
    row = await line.row()
    assert (row.refresh_token, row.expires_at) == (kept, line.clock.now() + timedelta(hours=25))


async def test_tokens_whose_key_is_gone_are_seeded_anew(line: Line, lan: Person) -> None:
    await tell(line.open(), lan)
    await execute(line.db, "UPDATE platform_credential SET access_token = 'torn', refresh_token = 'torn'")
    await tell(line.open(), lan)
    assert (await line.row()).access_token == line.zalo.grants.access


async def test_the_oauth_host_cannot_be_reached(line: Line, lan: Person) -> None:
    channel = line.open(zalo_oauth_url="http://127.0.0.1:9")
    line.zalo.grants.expire_access()
    with pytest.raises(SendError) as caught:
        await tell(channel, lan)
    assert type(caught.value) is ChannelUnavailable
