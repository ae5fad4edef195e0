"""Whom the account may write to: the window kept from events, Zalo asked before one is believed to be closed, and the
template message as the last resort."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from bot.channels.zalo.templates import TemplateApi, international, template_error
from bot.channels.zalo.window import Stage, stage
from bot.errors import (
    BadCredentials,
    ChannelUnavailable,
    ContactGone,
    Nudged,
    Postponed,
    Rejected,
    Throttled,
    WindowClosed,
)
from handlers.messages import Address, Reply
from handlers.turn import LOCAL
from simulators.zalo import Person, Refusal, ZaloSimulator
from storage.agencies import Agency
from storage.appointments import enrol
from storage.contacts import (
    Account,
    Purpose,
    account_at,
    give_consent,
    interacted,
    see_account,
    withdraw_consents,
)
from storage.templates import TemplateMessage
from tests.channels.zalo.conftest import Line
from tests.conftest import MONDAY

SEND, QUOTA, TEMPLATE = "/v3.0/oa/message/cs", "/v3.0/oa/quota/message", "/message/template"
WEEK = timedelta(days=7)
NUDGING = {"zalo_template_id": "123456", "zalo_template_fields": "customer_name=name, don_vi=agency"}


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (None, Stage.UNKNOWN),
        (timedelta(0), Stage.FREE),
        (timedelta(hours=48), Stage.FREE),
        (timedelta(hours=48, seconds=1), Stage.BILLED),
        (WEEK, Stage.BILLED),
        (WEEK + timedelta(seconds=1), Stage.CLOSED),
    ],
)
def test_stages(age: timedelta | None, expected: Stage) -> None:
    assert stage(None if age is None else MONDAY - age, MONDAY) is expected


async def account_of(line: Line, person: Person, last: datetime | None) -> None:
    async with line.db.session() as db:
        account = await see_account(db, person.address, line.clock.now())
        if last is not None:
            interacted(account, last)
        await db.commit()


async def tell(line: Line, person: Person, **settings: str) -> str:
    return await line.open(**settings).send(Address.parse(person.address), Reply("Bản tin tuần"))


async def test_a_closed_window_costs_one_question_and_no_message(line: Line, zalo: ZaloSimulator) -> None:
    an = zalo.person("An")
    an.last_interaction = line.clock.now() - WEEK - timedelta(hours=1)
    await account_of(line, an, an.last_interaction)
    with pytest.raises(WindowClosed):
        await tell(line, an)
    assert (zalo.requests[QUOTA], zalo.requests[SEND]) == (1, 0)


async def test_an_event_that_was_lost_is_found_out_by_the_question(line: Line, zalo: ZaloSimulator) -> None:
    an = zalo.person("An")
    an.last_interaction = line.clock.now() - timedelta(hours=3)
    await account_of(line, an, line.clock.now() - timedelta(days=30))
    await tell(line, an)
    await tell(line, an)
    assert [bubble.text for bubble in an.messages] == ["Bản tin tuần"] * 2
    assert zalo.requests[QUOTA] == 1, "the answer is kept"
    async with line.db.reading() as db:
        account = await account_at(db, an.address)
    assert account is not None
    assert account.last_interaction_at == an.last_interaction


@pytest.mark.parametrize("days", [0, 3, 6])
async def test_an_open_window_asks_nothing(line: Line, zalo: ZaloSimulator, days: int) -> None:
    an = zalo.person("An")
    an.last_interaction = line.clock.now() - timedelta(days=days)
    await account_of(line, an, an.last_interaction)
    await tell(line, an)
    assert zalo.requests[QUOTA] == 0


async def test_somebody_unknown_is_left_to_zalo(line: Line, zalo: ZaloSimulator) -> None:
    an = zalo.person("An")
    await account_of(line, an, None)
    with pytest.raises(WindowClosed, match="-232"):
        await tell(line, an)


async def test_a_question_that_fails_does_not_keep_a_message_back(line: Line, zalo: ZaloSimulator) -> None:
    an = zalo.person("An")
    await account_of(line, an, line.clock.now() - timedelta(days=30))
    an.last_interaction = line.clock.now()
    zalo.faults.append(Refusal(-200))
    await tell(line, an)
    assert len(an.messages) == 1


async def officer(line: Line, person: Person, phone: str | None = "84905000111", agrees: bool = True) -> Account:
    now = line.clock.now()
    async with line.db.session() as db:
        if await db.get(Agency, "so_y_te") is None:
            db.add(Agency(id="so_y_te", name="Sở Y tế", kind="so", level="province"))
            await db.flush()
        day = now.astimezone(LOCAL).date()
        contact = await enrol(db, "so_y_te", "Nguyễn Thị An", now, day, by="test", phone=phone)
        account = await see_account(db, person.address, now)
        account.contact_id = contact.id
        assert account.id is not None
        interacted(account, now - timedelta(days=30))
        if agrees:
            await give_consent(db, account.id, Purpose.PHONE, "đồng ý", now)
        await db.commit()
        return account


async def rows(line: Line) -> list[TemplateMessage]:
    async with line.db.reading() as db:
        return list((await db.exec(select(TemplateMessage).order_by("id"))).all())


async def test_an_officer_out_of_reach_gets_one_template_a_week(line: Line, zalo: ZaloSimulator) -> None:
    an = zalo.person("An")
    await officer(line, an)
    with pytest.raises(Nudged) as caught:
        await tell(line, an, **NUDGING)
    assert caught.value.key == "window_closed_nudged"
    [body] = zalo.templates.sent
    assert body["phone"] == "84905000111"
    assert body["template_data"] == {"customer_name": "Nguyễn Thị An", "don_vi": "Sở Y tế"}
    [row] = await rows(line)
    assert (row.tracking_id, row.provider_id, row.error) == (body["tracking_id"], body["msg_id"], None)
    with pytest.raises(WindowClosed) as again:
        await tell(line, an, **NUDGING)
    assert not isinstance(again.value, Nudged)
    line.clock.move(WEEK)
    zalo.grants.consent()
    with pytest.raises(Nudged):
        await tell(line, an, **NUDGING | zalo.settings())
    assert len(zalo.templates.sent) == 2
    assert len(an.messages) == 0


@pytest.mark.parametrize("why", ["no number", "no consent", "consent withdrawn", "not configured", "a citizen"])
async def test_who_gets_no_template(line: Line, zalo: ZaloSimulator, why: str) -> None:
    an = zalo.person("An")
    if why == "a citizen":
        await account_of(line, an, line.clock.now() - timedelta(days=30))
    else:
        account = await officer(line, an, None if why == "no number" else "84905000111", why != "no consent")
        if why == "consent withdrawn":
            assert account.id is not None
            async with line.db.session() as db:
                await withdraw_consents(db, account.id, line.clock.now())
                await db.commit()
    with pytest.raises(WindowClosed) as caught:
        await tell(line, an, **({} if why == "not configured" else NUDGING))
    assert not isinstance(caught.value, Nudged)
    assert zalo.requests[TEMPLATE] == 0


@pytest.mark.parametrize(("code", "words"), [(-118, "-118"), (-115, "-115"), (-9999, "-9999")])
async def test_a_refused_template_is_written_down_and_the_window_stays_closed(
    line: Line, zalo: ZaloSimulator, code: int, words: str
) -> None:
    an = zalo.person("An")
    await officer(line, an)
    zalo.templates.faults.append(code)
    with pytest.raises(WindowClosed) as caught:
        await tell(line, an, **NUDGING)
    assert not isinstance(caught.value, Nudged)
    [row] = await rows(line)
    assert row.error is not None
    assert row.error.startswith(words)
    assert row.sent_at is None
    with pytest.raises(Nudged):
        await tell(line, an, **NUDGING)


def test_codes_mean_something_else_on_the_business_host() -> None:
    now = MONDAY
    expected = {
        -32: Throttled,
        -100: ChannelUnavailable,
        -144: Postponed,
        -118: ContactGone,
        -115: BadCredentials,
        -124: BadCredentials,
        -1122: Rejected,
        -201: Rejected,
        -4711: Rejected,
    }
    for code, kind in expected.items():
        error = template_error(code, "lời của Zalo", now)
        assert type(error) is kind, code
        assert (error.code, error.reason) == (str(code), "lời của Zalo")


@pytest.mark.parametrize("written", ["0905 000 111", "+84 905 000 111", "84905000111", "905000111"])
def test_numbers(written: str) -> None:
    assert international(written) == "84905000111"


@pytest.mark.parametrize("written", ["", "115", "190090951234"])
def test_no_numbers(written: str) -> None:
    with pytest.raises(Rejected, match="-108"):
        international(written)


async def test_the_published_body_and_the_state_of_a_template(line: Line, zalo: ZaloSimulator) -> None:
    channel = line.open()
    api: TemplateApi = channel._nudges._api
    sent = await api.send("0900000001", "123456", {"customer_name": "A", "don_vi": "B"}, "order-1-shipped", True)
    assert zalo.templates.sent == [
        {
            "phone": "84900000001",
            "template_id": "123456",
            "template_data": {"customer_name": "A", "don_vi": "B"},
            "tracking_id": "order-1-shipped",
            "mode": "development",
            "msg_id": sent.message_id,
        }
    ]
    assert sent.left_today == 499
    assert await api.delivered(sent.message_id) is True
    assert await api.delivered("0" * 20) is False
