"""The client by itself: pictures, files, quotes, people, tags, quotas, conversations. No Loa around it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bot.channels.zalo.answers import Allowance, Line, OfficialAccount, Quota, Sent, UserDetail, UserPage
from bot.channels.zalo.api import LARGEST_IMAGE, ZaloApi
from bot.channels.zalo.bodies import (
    file_message,
    image_message,
    link_button,
    query_button,
    reaction,
    sms_button,
    text_message,
)
from bot.channels.zalo.channel import ZaloChannel
from bot.errors import Rejected, Throttled
from simulators.zalo import Person, ZaloSimulator
from tests.conftest import TestClock

LAN = "2000000000000000002"
PICTURE = b"\x89PNG" + b"0" * 100


@pytest.fixture
def api(channel: ZaloChannel) -> ZaloApi:
    return channel.api


@pytest.fixture
async def lan(zalo: ZaloSimulator) -> Person:
    person = zalo.person("Lan")
    await person.follows()
    return person


PUBLISHED: dict[str, tuple[Any, Any]] = {
    "picture by its address": (
        image_message(LAN, "Anh san pham", url="https://shop.example/a.jpg"),
        {
            "recipient": {"user_id": LAN},
            "message": {
                "text": "Anh san pham",
                "attachment": {
                    "type": "template",
                    "payload": {
                        "template_type": "media",
                        "elements": [{"media_type": "image", "url": "https://shop.example/a.jpg"}],
                    },
                },
            },
        },
    ),
    "uploaded picture without words": (
        image_message(LAN, attachment_id="aGk_example_att"),
        {
            "recipient": {"user_id": LAN},
            "message": {
                "attachment": {
                    "type": "template",
                    "payload": {
                        "template_type": "media",
                        "elements": [{"media_type": "image", "attachment_id": "aGk_example_att"}],
                    },
                },
            },
        },
    ),
    "file": (
        file_message(LAN, "t0k"),
        {"recipient": {"user_id": LAN}, "message": {"attachment": {"type": "file", "payload": {"token": "t0k"}}}},
    ),
    "quote": (
        text_message(LAN, "Xin chao", quote="0123456789abcdef0123"),
        {
            "recipient": {"user_id": LAN},
            "message": {"text": "Xin chao", "quote_message_id": "0123456789abcdef0123"},
        },
    ),
    "the other buttons": (
        text_message(
            LAN,
            "Chon muc",
            [
                query_button("Bang gia", "#gia", shown=True),
                link_button("Trang chu", "https://shop.example/"),
                sms_button("Nhan tin", "0900000001", "text"),
            ],
        )["message"]["attachment"]["payload"]["buttons"],
        [
            {"title": "Bang gia", "type": "oa.query.show", "payload": "#gia"},
            {"title": "Trang chu", "type": "oa.open.url", "payload": {"url": "https://shop.example/"}},
            {
                "title": "Nhan tin",
                "type": "oa.open.sms",
                "payload": {"phone_code": "84900000001", "content": "text"},
            },
        ],
    ),
    "reaction": (
        reaction(LAN, "0123456789abcdef0123"),
        {
            "recipient": {"user_id": LAN},
            "sender_action": {"react_icon": "/-strong", "react_message_id": "0123456789abcdef0123"},
        },
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_bodies(name: str) -> None:
    ours, published = PUBLISHED[name]
    assert ours == published


def test_published_answers() -> None:
    told = {"message_id": "0123456789abcdef0123", "user_id": LAN, "sent_time": "1760000000123"}
    free = Sent.read({**told, "quota": {"quota_type": "reply"}})
    assert (free.message_id, free.user_id, free.quota) == ("0123456789abcdef0123", LAN, Quota("reply", None, None, ""))
    assert free.sent_at is not None
    assert int(free.sent_at.timestamp() * 1000) == 1760000000123
    package = {"quota_type": "sub_quota", "remain": "7", "total": "8", "expired_date": "", "owner_type": "OA"}
    assert Sent.read({**told, "quota": package}).quota == Quota("sub_quota", 7, 8, "OA")
    assert Sent.read(told).quota is None, "billed"
    assert Sent.read(None) == Sent("", "", None, None)
    detail = UserDetail.read(
        {
            "user_id": LAN,
            "display_name": "Khach A",
            "user_last_interaction_date": "06/07/2026",
            "user_is_follower": True,
            "tags_and_notes_info": {"notes": [], "tag_names": ["vip"]},
            "shared_info": {"phone": 84900000001},
        }
    )
    assert detail == UserDetail(LAN, "Khach A", True, date(2026, 7, 6), "84900000001", ("vip",))
    assert UserPage.read({"total": 6, "count": 1, "users": [{"user_id": LAN}, {}]}) == UserPage((LAN,), 6)
    account = OfficialAccount.read({"oaid": 3, "name": "Sở", "is_verified": True, "num_follower": "12"})
    assert (account.id, account.followers, account.verified) == ("3", 12, True)
    line = Line.read({"src": 1, "time": 1760000000000, "type": "text", "message": "hi", "from_id": LAN, "to_id": "3"})
    assert (line.user_id, line.from_user, line.text) == (LAN, True, "hi")


@pytest.mark.parametrize("as_token", [False, True])
async def test_a_picture_goes_up_and_out(api: ZaloApi, zalo: ZaloSimulator, lan: Person, as_token: bool) -> None:
    zalo.books.images_as_token = as_token
    picture = await api.upload("image", "so do.png", PICTURE)
    assert zalo.books.uploads[picture][:2] == ("image", PICTURE)
    sent = await api.send(image_message(lan.id, "Sơ đồ thoát nạn", attachment_id=picture), lan.id)
    assert (lan.messages[-1].text, lan.messages[-1].picture, lan.messages[-1].id) == (
        "Sơ đồ thoát nạn",
        picture,
        sent.message_id,
    )
    assert sent.quota == Quota("reply", None, None, "")


async def test_a_file_goes_up_and_out_until_it_is_seven_days_old(
    api: ZaloApi, zalo: ZaloSimulator, lan: Person, clock: TestClock
) -> None:
    token = await api.upload("file", "báo cáo tuần.pdf", b"%PDF-1.7")
    await api.send(file_message(lan.id, token), lan.id)
    assert (lan.messages[-1].file, lan.messages[-1].content) == ("báo cáo tuần.pdf", b"%PDF-1.7")
    clock.move(timedelta(days=7))
    await lan.says("còn đó không")
    with pytest.raises(Rejected, match="-100"):
        await api.send(file_message(lan.id, token), lan.id)


@pytest.mark.parametrize(
    ("kind", "name", "size", "code"),
    [
        ("image", "a", 10, "upload_name"),
        ("image", "a.gif", 10, "upload_name"),
        ("file", "a.xlsx", 10, "upload_name"),
        ("image", "a.jpg", LARGEST_IMAGE + 1, "upload_size"),
    ],
)
async def test_what_zalo_does_not_take_is_not_sent(
    api: ZaloApi, zalo: ZaloSimulator, kind: str, name: str, size: int, code: str
) -> None:
    with pytest.raises(Rejected) as caught:
        await api.upload(kind, name, b"0" * size)
    assert caught.value.code == code
    assert zalo.requests[f"/v2.0/oa/upload/{kind}"] == 0


async def test_a_long_name_is_shortened_and_keeps_its_ending(api: ZaloApi) -> None:
    assert await api.upload("file", "a" * 300 + ".pdf", b"%PDF")


async def test_an_upload_whose_token_has_ended_is_made_again_with_a_new_one(api: ZaloApi, zalo: ZaloSimulator) -> None:
    zalo.grants.expire_access()
    assert await api.upload("image", "a.png", PICTURE)
    assert zalo.grants.refreshes == 1


async def test_a_quote(api: ZaloApi, lan: Person) -> None:
    await api.send(text_message(lan.id, "Đã nhận", quote="0123456789abcdef0123"), lan.id)
    assert lan.messages[-1].quote == "0123456789abcdef0123"


async def test_a_reaction(api: ZaloApi, zalo: ZaloSimulator, lan: Person) -> None:
    await api.react(reaction(lan.id, "0123456789abcdef0123", "/-heart"))
    assert zalo.reactions == [{"react_icon": "/-heart", "react_message_id": "0123456789abcdef0123"}]


async def test_people_and_tags(api: ZaloApi, zalo: ZaloSimulator, lan: Person) -> None:
    minh = zalo.person("Minh")
    assert await api.users() == UserPage((lan.id, minh.id), 2)
    assert await api.users(offset=1, count=1) == UserPage((minh.id,), 2)
    await api.tag(minh.id, "can_bo")
    assert await api.tags() == ("can_bo",)
    assert (await api.users(tag="can_bo")).user_ids == (minh.id,)
    await api.untag(minh.id, "can_bo")
    assert (await api.users(tag="can_bo")).user_ids == ()
    await api.drop_tag("can_bo")
    assert await api.tags() == ()
    with pytest.raises(Rejected, match="-201"):
        await api.drop_tag("can_bo")
    with pytest.raises(Rejected, match="-210"):
        await api.users(count=51)


async def test_both_quotas(api: ZaloApi, lan: Person) -> None:
    assert (await api.user_quota(lan.id)).last_interaction == lan.last_interaction
    assert await api.allowances() == (Allowance("a1", "cs", "sub_quota", date(2026, 4, 30), 2000, 1997),)


async def test_conversations(api: ZaloApi, zalo: ZaloSimulator, lan: Person, clock: TestClock) -> None:
    minh = zalo.person("Minh")
    await lan.says("một")
    await minh.says("hai")
    await api.send(text_message(lan.id, "trả lời"), lan.id)
    assert [(line.user_id, line.text, line.from_user) for line in await api.recent_chats()] == [
        (lan.id, "trả lời", False),
        (minh.id, "hai", True),
    ]
    lines = await api.conversation(lan.id)
    assert [line.text for line in lines] == ["trả lời", "một"]
    assert lines[1].sent_at == clock.now()


async def test_questions_keep_the_pace_too(api: ZaloApi, zalo: ZaloSimulator) -> None:
    zalo.calls_per_minute = 1
    await api.official_account()
    with pytest.raises(Throttled):
        await api.official_account()
    assert zalo.requests["/v2.0/oa/getoa"] == 1


async def test_what_is_left_of_a_scarce_minute_is_spread_over_it(api: ZaloApi, zalo: ZaloSimulator) -> None:
    zalo.calls_per_minute = 100
    for _ in range(82):
        await api.official_account()
    with pytest.raises(Throttled) as raised:
        await api.official_account()
    assert 2 < raised.value.retry_after < 4, "nineteen calls were left for sixty seconds"
    assert zalo.requests["/v2.0/oa/getoa"] == 82
