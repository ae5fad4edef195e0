"""One officer on several accounts: joined by a code, parted again, taken from whoever has the number now."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.app import Loa
from storage.appointments import enrol
from storage.audit import AuditEntry
from storage.contacts import Contact, account_at, is_subscribed, see_account, subscribe
from tests.conftest import MONDAY, TestClock
from tests.people import Person, Phones

CODE = re.compile(r"\b[A-Z2-9]{4} [A-Z2-9]{4}\b")


async def _officer(loa: Loa, person: Person, name: str = "Y Mai") -> None:
    async with loa.db.session() as db:
        account = await see_account(db, person.address, MONDAY)
        contact = await enrol(db, "so_y_te", name, MONDAY, MONDAY.date(), by="test")
        account.contact_id = contact.id
        assert account.id is not None
        await subscribe(db, account.id, MONDAY)
        await db.commit()


@pytest.fixture
async def mai(house: Loa, phones: Phones) -> Person:
    """An officer."""
    person = Person(house, phones, "mai")
    await _officer(house, person)
    return person


@pytest.fixture
def other(house: Loa, phones: Phones) -> Person:
    """Another phone, of nobody known."""
    return Person(house, phones, "phone-2")


async def _text(person: Person, *lines: str) -> str:
    seen = []
    for line in lines:
        seen = await (person.taps(line[1:]) if line.startswith("@") else person.says(line))
    return "\n".join(part.text for part in seen)


async def _code(person: Person) -> str:
    found = CODE.search(await _text(person, "thêm kênh"))
    assert found
    return found[0]


async def _contact(loa: Loa, person: Person) -> int | None:
    async with loa.db.reading() as db:
        account = await account_at(db, person.address)
    return account.contact_id if account else None


async def _noted(loa: Loa) -> list[str]:
    async with loa.db.reading() as db:
        return list((await db.exec(select(AuditEntry.action).order_by(AuditEntry.id))).all())  # type: ignore[arg-type]


async def test_a_code_told_here_and_typed_there_joins_both(house: Loa, mai: Person, other: Person) -> None:
    code = await _code(mai)
    asked = await _text(other, f"noi kenh {code.lower()}")
    assert "Y Mai" in asked
    assert "Sở Y tế" in asked
    assert await _contact(house, other) is None, "nothing happens before the yes"
    assert "Đã nối" in await _text(other, "@Đúng, nối")
    assert await _contact(house, other) == await _contact(house, mai)
    await house.outbox.drain()
    assert "vừa được nối" in mai.seen[-1].text
    assert mai.seen[-1].choices[0].label.startswith("Bỏ")
    async with house.db.reading() as db:
        account = await account_at(db, other.address)
        assert account is not None
        assert not await is_subscribed(db, account.id or 0), "one digest is enough until asked for"
    assert (await _noted(house))[-2:] == ["join.offered", "join.joined"]


async def test_a_code_works_once_for_ten_minutes_and_the_newest_only(
    house: Loa, mai: Person, other: Person, clock: TestClock
) -> None:
    first, second = await _code(mai), await _code(mai)
    assert "không đúng" in await _text(other, f"nối kênh {first}")
    clock.move(timedelta(minutes=10))
    assert "không đúng" in await _text(other, f"nối kênh {second}")
    third = await _code(mai)
    await _text(other, f"nối kênh {third}", "@Đúng, nối")
    late = Person(house, mai.phones, "phone-3")
    assert "không đúng" in await _text(late, f"nối kênh {third}")


async def test_a_yes_too_late_joins_nothing(house: Loa, mai: Person, other: Person, clock: TestClock) -> None:
    await _text(other, f"nối kênh {await _code(mai)}")
    clock.move(timedelta(minutes=11))
    assert "quá 10 phút" in await _text(other, "@Đúng, nối")
    assert await _contact(house, other) is None


async def test_no_leaves_everything_as_it_was(house: Loa, mai: Person, other: Person) -> None:
    assert "không nối với ai" in await _text(other, f"nối kênh {await _code(mai)}", "@Không nối")
    assert await _contact(house, other) is None


async def test_codes_are_not_to_be_guessed(mai: Person, other: Person) -> None:
    code = await _code(mai)
    for _ in range(5):
        assert "không đúng" in await _text(other, "nối kênh ABCD EFGH")
    assert "nhiều lần quá" in await _text(other, f"nối kênh {code}")
    forged = await other.taps(f"join:yes:{code.replace(' ', '')}")
    assert "Nút này đã cũ" in forged[-1].text


async def test_forged_buttons_count_as_guesses(house: Loa, mai: Person, other: Person) -> None:
    code = await _code(mai)
    for _ in range(5):
        await other.taps("join:yes:ABCDEFGH")
    await other.taps(f"join:yes:{code.replace(' ', '')}")
    assert await _contact(house, other) is None
    for forged in ("join:drop:1", "join:drop_yes:1", "join:disown_yes", "join:yes", "join:", "join:x:y:z"):
        assert "Nút này đã cũ" in (await other.taps(forged))[0].text


async def test_only_so_many_codes_an_hour(mai: Person, clock: TestClock) -> None:
    for _ in range(5):
        await _code(mai)
    assert "nhiều mã quá" in await _text(mai, "thêm kênh")
    clock.move(timedelta(hours=1, minutes=1))
    assert await _code(mai)


async def test_citizens_need_none_of_it(other: Person) -> None:
    for line in ("thêm kênh", "kênh của tôi", "không phải tôi"):
        assert "cán bộ đầu mối" in await _text(other, line)


async def test_an_account_of_somebody_else_is_not_moved(house: Loa, mai: Person, other: Person) -> None:
    await _officer(house, other, "A Thui")
    assert "đang là của A Thui" in await _text(other, f"nối kênh {await _code(mai)}")
    assert "đã là của anh/chị Y Mai" in await _text(mai, f"nối kênh {await _code(mai)}")


async def test_an_account_is_taken_away_and_joined_again(
    house: Loa, mai: Person, other: Person, clock: TestClock
) -> None:
    await _text(other, f"nối kênh {await _code(mai)}", "@Đúng, nối")
    listed = await _text(mai, "kênh của tôi")
    assert listed.count("•") == 2
    assert "kênh này" in listed
    drop = next(choice.value for choice in reversed(mai.seen[-1].choices) if choice.value.startswith("join:drop:"))
    assert drop == f"join:drop:{await _account_id(house, other)}"
    assert "không nhận bản tin" in await _text(mai, f"@{drop}")
    assert "Đã bỏ" in await _text(mai, "@Đúng, bỏ")
    assert await _contact(house, other) is None
    assert "kênh duy nhất" in await _text(mai, f"@join:drop:{await _account_id(house, mai)}")
    clock.move(timedelta(seconds=1))
    await _text(other, f"nối kênh {await _code(mai)}", "@Đúng, nối")
    assert await _contact(house, other) == await _contact(house, mai)


async def _account_id(loa: Loa, person: Person) -> int:
    async with loa.db.reading() as db:
        account = await account_at(db, person.address)
    assert account is not None
    return account.id or 0


async def test_whoever_has_the_number_now_says_so_and_sees_nothing_more(house: Loa, mai: Person) -> None:
    old_code = await _code(mai)
    await mai.says("báo cáo")
    assert "Người đang nhắn không phải" in await _text(mai, "không phải tôi")
    assert "Đã gỡ" in await _text(mai, "@Đúng, gỡ đi")
    assert await _contact(house, mai) is None
    assert "Chào anh/chị" not in await _text(mai, "chào")
    assert "cán bộ đầu mối" in await _text(mai, "kênh của tôi")
    assert "không đúng" in await _text(mai, f"nối kênh {old_code}"), "what was told to this account is void"
    async with house.db.reading() as db:
        [contact] = (await db.exec(select(Contact).where(Contact.agency_id == "so_y_te"))).all()
        account = await account_at(db, mai.address)
        assert account is not None
        assert not await is_subscribed(db, account.id or 0)
    assert contact.ended_at is None, "the officer is still one, and can be invited anew"
    assert "join.disowned" in await _noted(house)
