"""Replies on their way to a phone with Zalo."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from bot.channels.zalo.answers import UserQuota
from bot.channels.zalo.capabilities import CAPABILITIES
from bot.channels.zalo.channel import PAUSES, ZaloChannel
from bot.errors import ChannelUnavailable, ContactGone, Rejected, Unclear
from handlers.messages import Address, Choice, Kind, Reply
from simulators.zalo import Fault, Person, Refusal, ZaloSimulator
from tests.channels.zalo.conftest import Line

SEND = "/v3.0/oa/message/cs"
VOTES = (Choice("Hữu ích", "vote:helpful:7"), Choice("Chưa đúng", "vote:wrong:7"))


@pytest.fixture
async def lan(zalo: ZaloSimulator) -> Person:
    person = zalo.person("Lan")
    await person.follows()
    return person


@pytest.fixture
def pauses(channel: ZaloChannel) -> list[float]:
    """The pauses the channel makes, which take no time here."""
    taken: list[float] = []

    async def sleep(seconds: float) -> None:
        taken.append(seconds)

    channel._sleep = sleep
    return taken


async def tell(channel: ZaloChannel, person: Person, reply: Reply) -> str:
    return await channel.send(Address.parse(person.address), reply)


async def test_an_answer_with_call_and_votes(channel: ZaloChannel, lan: Person) -> None:
    sent = await tell(channel, lan, Reply("**GỌI 115 ngay**\n• Đừng gây nôn", VOTES, call=("115",)))
    bubble = lan.messages[-1]
    assert sent == bubble.id
    assert bubble.text == "GỌI 115 ngay\n• Đừng gây nôn"
    assert [(button.label, button.kind, button.data) for button in bubble.buttons] == [
        ("Gọi 115", "oa.open.phone", "115"),
        ("Hữu ích", "oa.query.hide", "#vote:helpful:7"),
        ("Chưa đúng", "oa.query.hide", "#vote:wrong:7"),
    ]


async def test_a_tap_comes_back_as_the_choice(channel: ZaloChannel, lan: Person, zalo: ZaloSimulator) -> None:
    await tell(channel, lan, Reply("Có ích không?", VOTES))
    await lan.taps("Hữu")
    message = channel.translate(zalo.webhooks.pushes[-1].body.decode())
    assert message is not None
    assert (message.kind, message.choice, str(message.address)) == (Kind.CHOICE, "vote:helpful:7", lan.address)


async def test_more_choices_than_buttons_are_numbered(channel: ZaloChannel, lan: Person) -> None:
    choices = tuple(Choice(f"Mục {number}", f"item:{number}") for number in range(1, 8))
    await tell(channel, lan, Reply("Chọn", choices, call=("114",)))
    bubble = lan.messages[-1]
    assert bubble.labels == ["Gọi 114", "Mục 1", "Mục 2", "Mục 3", "Mục 4"]
    assert "7. Mục 7" in bubble.text


async def test_a_long_reply_arrives_in_order_and_whole(channel: ZaloChannel, lan: Person, zalo: ZaloSimulator) -> None:
    lines = [f"Dòng {number}: " + "chữ " * 20 for number in range(100)]
    sent = await tell(channel, lan, Reply("\n".join(lines), VOTES))
    assert len(lan.messages) > 3
    joined = "\n".join(bubble.text for bubble in lan.messages)
    assert [line.split(":")[0] for line in joined.split("\n")] == [f"Dòng {number}" for number in range(100)]
    assert sent == lan.messages[-1].id
    assert [bool(bubble.buttons) for bubble in lan.messages] == [False] * (len(lan.messages) - 1) + [True]


async def test_emoji_count_twice(channel: ZaloChannel, lan: Person) -> None:
    await tell(channel, lan, Reply("👋" * 1900))
    assert len(lan.messages) >= 2


async def test_one_connection_carries_many_messages(channel: ZaloChannel, lan: Person) -> None:
    for number in range(5):
        await tell(channel, lan, Reply(str(number)))
    session = channel._http._transport.client  # type: ignore[attr-defined]
    assert sum(len(connections) for connections in session.connector._conns.values()) == 1


# -- buttons Zalo refuses


async def test_short_codes_refused_do_not_cost_the_answer(
    channel: ZaloChannel, lan: Person, zalo: ZaloSimulator
) -> None:
    zalo.takes_short_codes = False
    reply = Reply("GỌI 115 ngay", VOTES, call=("115", "0905 123 456"))
    await tell(channel, lan, reply)
    assert lan.messages[-1].labels == ["Gọi 0905 123 456", "Hữu ích", "Chưa đúng"]
    assert zalo.requests[SEND] == 2
    await tell(channel, lan, reply)
    assert zalo.requests[SEND] == 3, "known by now"
    assert lan.messages[-1].labels == ["Gọi 0905 123 456", "Hữu ích", "Chưa đúng"]


async def test_buttons_refused_become_numbers(channel: ZaloChannel, lan: Person, zalo: ZaloSimulator) -> None:
    zalo.faults += [Refusal(-201, "buttons is invalid!")] * 2
    long = Choice("Ăn nấm rừng xong bị nôn thì làm gì", "faq:food.nam_rung")
    await tell(channel, lan, Reply("GỌI 115 ngay", (long, *VOTES), call=("115",)))
    assert [(bubble.text, bubble.buttons) for bubble in lan.messages] == [
        ("GỌI 115 ngay\n\n1. Ăn nấm rừng xong bị nôn thì làm gì\n2. Hữu ích\n3. Chưa đúng", ())
    ]
    await tell(channel, lan, Reply("115", call=("115",)))
    assert lan.messages[-1].labels == ["Gọi 115"], "the call was not to blame"


async def test_choices_already_numbered_are_not_numbered_twice(
    channel: ZaloChannel, lan: Person, zalo: ZaloSimulator
) -> None:
    zalo.faults.append(Refusal(-210))
    await tell(channel, lan, Reply("Chọn", tuple(Choice(f"Mục {number}", f"item:{number}") for number in range(1, 8))))
    assert lan.messages[-1].text.count("3. Mục 3") == 1
    assert lan.messages[-1].buttons == ()


async def test_a_refused_text_is_refused(channel: ZaloChannel, lan: Person, zalo: ZaloSimulator) -> None:
    zalo.faults.append(Refusal(-248, "Violates"))
    with pytest.raises(Rejected) as caught:
        await tell(channel, lan, Reply("Chào"))
    assert (caught.value.code, caught.value.reason) == ("-248", "Violates")
    zalo.faults += [Refusal(-248, "Violates")] * 2
    with pytest.raises(Rejected):
        await tell(channel, lan, Reply("Chào", VOTES))
    assert lan.messages == []


# -- a reply in several parts


LONG = Reply("\n\n".join("đoạn " * 200 for _ in range(4)))


async def test_a_later_part_is_tried_again_without_repeating_the_first(
    channel: ZaloChannel, lan: Person, zalo: ZaloSimulator, pauses: list[float]
) -> None:
    await tell(channel, lan, LONG)
    whole = [bubble.text for bubble in lan.messages]
    lan.messages.clear()

    def stumble(_: Person) -> None:
        zalo.on_message = None
        zalo.faults += [Fault.UNAVAILABLE, Refusal(-200)]

    zalo.on_message = stumble
    await tell(channel, lan, LONG)
    assert [bubble.text for bubble in lan.messages] == whole
    assert pauses == list(PAUSES[:2])


async def test_a_reply_that_stays_broken_off_is_unclear(
    channel: ZaloChannel, lan: Person, zalo: ZaloSimulator, pauses: list[float]
) -> None:
    zalo.on_message = lambda _: zalo.faults.extend([Fault.UNAVAILABLE] * 10)
    with pytest.raises(Unclear, match="http_503"):
        await tell(channel, lan, LONG)
    assert len(lan.messages) == 1
    assert pauses == list(PAUSES)


async def test_somebody_who_leaves_in_the_middle_is_gone(
    channel: ZaloChannel, lan: Person, zalo: ZaloSimulator
) -> None:
    zalo.on_message = Person.blocks
    with pytest.raises(ContactGone):
        await tell(channel, lan, LONG)


# -- visitors, forms, questions


async def test_a_visitor_gets_text_with_numbers(channel: ZaloChannel, zalo: ZaloSimulator) -> None:
    visitor = zalo.visitor()
    await visitor.says("pin xe bốc khói")
    message = channel.translate(zalo.webhooks.pushes[-1].body.decode())
    assert message is not None
    assert str(message.address) == visitor.address
    await channel.send(message.address, Reply("GỌI 114", VOTES, call=("114",), ask_phone=True))
    assert [(bubble.text, bubble.buttons) for bubble in visitor.messages] == [
        ("GỌI 114\n\n1. Hữu ích\n2. Chưa đúng", ())
    ]
    assert visitor.forms == []


async def test_asking_for_the_number_shows_the_form(channel: ZaloChannel, lan: Person, zalo: ZaloSimulator) -> None:
    for _ in range(2):
        sent = await tell(channel, lan, Reply("Anh/chị cho số điện thoại", ask_phone=True))
        assert sent == lan.messages[-1].id
    assert lan.forms == ["Chia sẻ số điện thoại"] * 2
    assert zalo.requests["/v2.0/oa/getoa"] == 1
    await lan.shares_info("Lan", "84900000001")
    message = channel.translate(zalo.webhooks.pushes[-1].body.decode())
    assert message is not None
    assert (message.kind, message.phone, message.display_name) == (Kind.CONTACT, "84900000001", "Lan")


async def test_a_form_that_cannot_be_shown_costs_nothing(
    channel: ZaloChannel, lan: Person, zalo: ZaloSimulator
) -> None:
    ask = Reply("Anh/chị cho số điện thoại", ask_phone=True)
    await tell(channel, lan, ask)

    zalo.on_message = lambda _: zalo.faults.append(Fault.UNAVAILABLE)
    assert await tell(channel, lan, ask)


async def test_the_proof_is_given_once_it_is_wanted(channel: ZaloChannel, lan: Person, zalo: ZaloSimulator) -> None:
    await tell(channel, lan, Reply("một"))
    zalo.wants_proof = True
    await tell(channel, lan, Reply("hai"))
    await tell(channel, lan, Reply("ba"))
    assert [bubble.text for bubble in lan.messages] == ["một", "hai", "ba"]
    assert zalo.requests[SEND] == 4


async def test_questions(channel: ZaloChannel, lan: Person, zalo: ZaloSimulator) -> None:
    account = await channel.check()
    assert (account.id, account.verified, account.followers) == (zalo.oa_id, True, 1)
    detail = await channel.api.user_detail(lan.id)
    assert (detail.user_id, detail.display_name, detail.follower) == (lan.id, "Lan", True)
    assert detail.last_interaction is not None
    assert await channel.api.user_quota(lan.id) == UserQuota(lan.last_interaction, 8)
    with pytest.raises(ContactGone):
        await channel.api.user_detail("2000000000000999999")


async def test_two_replies_to_one_person_do_not_get_mixed_up(
    channel: ZaloChannel, lan: Person, zalo: ZaloSimulator
) -> None:
    zalo.latency = 0.01
    words = ["một. " * 800, "hai. " * 800, "ba. " * 800]
    await asyncio.gather(*(tell(channel, lan, Reply(each)) for each in words))
    first = [bubble.text.split(".")[0] for bubble in lan.messages]
    assert len(first) > 6
    assert sum(one != other for one, other in pairwise(first)) == 2


async def test_a_reply_that_waits_too_long_for_its_turn_has_surely_not_left(
    channel: ZaloChannel, lan: Person, zalo: ZaloSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.zalo.channel.LONGEST_TURN", 0.05)
    zalo.latency = 0.3
    slow = asyncio.create_task(tell(channel, lan, Reply("một")))
    await asyncio.sleep(0.02)
    with pytest.raises(ChannelUnavailable, match="busy"):
        await tell(channel, lan, Reply("hai"))
    await slow
    assert [bubble.text for bubble in lan.messages] == ["một"]


async def test_closing_twice(line: Line) -> None:
    channel = line.open()
    await channel.aclose()
    await channel.aclose()


def test_limits_stay_within_what_is_known() -> None:
    assert CAPABILITIES.text_limit < 2000
    assert CAPABILITIES.buttons == 5
    assert CAPABILITIES.button_label <= 20
    assert CAPABILITIES.sends_per_second * 60 < 4000
