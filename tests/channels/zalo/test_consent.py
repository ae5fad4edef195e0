"""Consent: the permission page, PKCE in its three ways, the exchange of the code, and everything that may go wrong."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.consent import ConsentRefused
from bot.channels.zalo.oauth import challenge_of, new_verifier, permission_url
from handlers.messages import Address, Reply
from simulators.zalo import Fault, ZaloSimulator
from storage.platforms import CONSENT_LIFE
from storage.users import Role, user_named
from tests.channels.zalo.conftest import Line
from tests.digests.province import approver

FIXED = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789ABCDEFG"
TOKEN = "/v4/oa/access_token"


def test_the_published_pkce_vector() -> None:
    assert challenge_of(FIXED) == "vfbZrdPFAcvkdKxJ0sHSIZXItaFBrFMyo52n5yVC__g"


def test_a_verifier_is_43_characters_and_never_the_same() -> None:
    made = {new_verifier() for _ in range(50)}
    assert len(made) == 50
    assert {len(verifier) for verifier in made} == {43}


def test_the_permission_page_has_four_parameters_and_no_other() -> None:
    address = permission_url("https://oauth.zaloapp.com/", "1", "https://loa.example/cb?a=1", "s t", FIXED)
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "oauth.zaloapp.com", "/v4/oa/permission")
    assert parse_qs(parts.query) == {
        "app_id": ["1"],
        "redirect_uri": ["https://loa.example/cb?a=1"],
        "state": ["s t"],
        "code_challenge": ["vfbZrdPFAcvkdKxJ0sHSIZXItaFBrFMyo52n5yVC__g"],
    }
    assert "code_challenge" not in permission_url("https://oauth.zaloapp.com", "1", "https://loa.example", "s")


class Desk:
    """The department's side of a consent: one account of the console, one channel, a browser."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.channel: ZaloChannel

    async def open(self, **settings: str) -> None:
        public = {"public_url": "https://loa.example"}
        self.channel = self.line.open(zalo_access_token="", zalo_refresh_token="", **public | settings)
        async with self.line.db.session() as db:
            for name in ("mai", "lan"):
                if await user_named(db, name) is None:
                    db.add(approver(name, Role.ADMIN))
                    await db.flush()
            await db.commit()

    async def asks(self) -> dict[str, str]:
        """Go to Zalo's page and press "allow": what comes back."""
        return await self.allows(await self.channel.consent.begin(1, "mai", self.line.clock.now()))

    async def allows(self, address: str) -> dict[str, str]:
        async with aiohttp.ClientSession() as http, http.get(address, allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
            back = urlsplit(answer.headers["Location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == self.channel.consent.callback
        return {key: values[0] for key, values in parse_qs(back.query).items()}

    async def comes_back(self, query: dict[str, str], user_id: int = 1) -> None:
        now = self.line.clock.now()
        await self.channel.consent.finish(
            query.get("code", ""), query.get("state", ""), query.get("oa_id", ""), user_id, "mai", now
        )

    async def refused(self, query: dict[str, str], user_id: int = 1) -> ConsentRefused:
        with pytest.raises(ConsentRefused) as caught:
            await self.comes_back(query, user_id)
        return caught.value


@pytest.fixture
async def desk(lines: Line) -> Desk:
    return Desk(lines)


@pytest.mark.parametrize("mode", ["fresh", "fixed", "off"])
async def test_a_consent_in_each_way_of_pkce(desk: Desk, zalo: ZaloSimulator, mode: str) -> None:
    await desk.open(zalo_pkce=mode, zalo_code_verifier=FIXED)
    before = zalo.grants.access
    back = await desk.asks()
    challenges = [challenge for challenge, _ in zalo.grants.codes.values()]
    assert (challenges == [""]) == (mode == "off")
    assert (challenges == [challenge_of(FIXED)]) == (mode == "fixed")
    await desk.comes_back(back)
    row = await desk.line.row()
    assert row.access_token == zalo.grants.access != before
    assert (row.refresh_token, row.revoked_reason) == (zalo.grants.refresh, None)
    lan = zalo.person("Lan")
    await lan.follows()
    await desk.channel.send(Address.parse(lan.address), Reply("Chào bạn"))
    assert zalo.grants.refreshes == 0


async def test_after_a_loss_the_same_process_and_another_go_on_with_the_new_pair(
    desk: Desk, zalo: ZaloSimulator
) -> None:
    await desk.open()
    await desk.comes_back(await desk.asks())
    other = desk.line.open(zalo_access_token="", zalo_refresh_token="")
    lan = zalo.person("Lan")
    await lan.follows()
    address = Address.parse(lan.address)
    await desk.channel.send(address, Reply("không"))
    await other.send(address, Reply("một"))
    zalo.grants.withdraw()
    for channel in (desk.channel, other):
        with pytest.raises(Exception, match="-14014"):
            await channel.send(address, Reply("hai"))
    assert (await desk.line.row()).revoked_reason
    await desk.comes_back(await desk.asks())
    await desk.channel.send(address, Reply("ba"))
    await other.send(address, Reply("bốn"))
    assert [bubble.text for bubble in lan.messages] == ["không", "một", "ba", "bốn"]


async def test_a_state_works_once_for_the_account_that_asked_and_for_half_an_hour(
    desk: Desk, zalo: ZaloSimulator
) -> None:
    await desk.open()
    unknown: list[dict[str, str]] = [{}, {"state": "x", "code": "y"}, {"state": "x" * 5000, "code": "y"}]
    for query in unknown:
        assert (await desk.refused(query)).key == "state_wrong"
    back = await desk.asks()
    assert (await desk.refused(back, user_id=2)).key == "state_wrong", "somebody else's browser"
    await desk.comes_back(back)
    assert (await desk.refused(back)).key == "state_wrong", "twice"
    back = await desk.asks()
    desk.line.clock.move(CONSENT_LIFE)
    assert (await desk.refused(back)).key == "state_wrong"
    assert zalo.requests[TOKEN] == 1


async def test_a_consent_for_another_account_is_not_kept(desk: Desk, zalo: ZaloSimulator) -> None:
    await desk.open()
    zalo.granting_oa = "3000000000000000099"
    refusal = await desk.refused(await desk.asks())
    assert (refusal.key, refusal.code) == ("other_account", "3000000000000000099")
    assert zalo.requests[TOKEN] == 0


async def test_the_administrator_says_no(desk: Desk) -> None:
    await desk.open()
    back = await desk.asks()
    assert (await desk.refused({"state": back["state"]})).key == "no_code"


async def test_a_code_is_good_for_ten_minutes(desk: Desk, zalo: ZaloSimulator) -> None:
    await desk.open()
    back = await desk.asks()
    desk.line.clock.move(timedelta(minutes=10))
    refusal = await desk.refused(back)
    assert (refusal.key, refusal.code) == ("code_refused", "-14005")


async def test_a_wrong_verifier_is_refused(desk: Desk, zalo: ZaloSimulator) -> None:
    await desk.open()
    back = await desk.asks()
    zalo.grants.codes[back["code"]] = (challenge_of(FIXED), zalo.clock.now() + timedelta(minutes=1))
    assert (await desk.refused(back)).key == "code_refused"


async def test_wrong_settings_are_told_apart(desk: Desk) -> None:
    await desk.open(zalo_app_secret="not-this-one")
    refusal = await desk.refused(await desk.asks())
    assert (refusal.key, refusal.code) == ("settings_refused", "-14004")


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.PAGE])
async def test_zalo_is_away(desk: Desk, zalo: ZaloSimulator, fault: Fault) -> None:
    await desk.open()
    back = await desk.asks()
    zalo.oauth_faults.append(fault)
    assert (await desk.refused(back)).key == "unavailable"


async def test_an_answer_that_was_lost_is_asked_for_once_more_and_then_needs_a_new_consent(
    desk: Desk, zalo: ZaloSimulator
) -> None:
    await desk.open()
    back = await desk.asks()
    zalo.oauth_faults.append(Fault.LOST)
    assert (await desk.refused(back)).key == "code_refused"
    assert zalo.requests[TOKEN] == 2
    await desk.comes_back(await desk.asks())


async def test_the_simulator_refuses_another_callback(desk: Desk, zalo: ZaloSimulator) -> None:
    await desk.open(public_url="https://other.example")
    address = await desk.channel.consent.begin(1, "mai", desk.line.clock.now())
    async with aiohttp.ClientSession() as http, http.get(address, allow_redirects=False) as answer:
        assert "-14003" in await answer.text()


async def test_neither_code_nor_token_nor_state_is_logged(
    desk: Desk, zalo: ZaloSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.open()
    with capture_logs() as logged:
        back = await desk.asks()
        await desk.comes_back(back)
        again = await desk.asks()
        zalo.grants.codes.clear()
        refusal = await desk.refused(again)
    everything = repr(logged) + caplog.text + repr(refusal) + str(refusal) + refusal.reason
    for secret in (*back.values(), *again.values(), zalo.grants.access, zalo.grants.refresh):
        assert secret == zalo.oa_id or secret not in everything
