"""Conversations in ``tests/transcripts/*.yaml``, played through the whole stack: inbox, desk, model, database, channel.

A file is a list of transcripts::

    - name: Hỏi nấm rừng không dấu
      as: citizen                  # or officer:<agency id>, a registered contact of that agency
      now: "2024-11-11 07:00"      # optional, local time
      steps:
        - says: "an nam rung xong bi non"
          sees: ["GỌI 115", "Nguồn:"]     # each found in the answer, in this order
          never: ["đang trên đường"]      # none found in the answer
          buttons: ["Hữu ích"]            # each the beginning of a button's (or numbered choice's) label
          calls: ["115"]                  # each a number to tap
        - taps: "Hữu ích"                 # a label's beginning, or a value as an old button would send it
        - sends: photo
        - shares_phone: "0905123456"
        - opens: true                     # follow; or the code of an invitation link
        - leaves: true
          nothing: true                   # no answer at all
        - restart: true                   # the process ends and begins again on the same database
        - wait: "2 days"                  # the clock moves
        - digest: "2024-W46"              # the week's digest is composed, approved by a second person and sent
        - tick: remind                    # the clockwork looks, and what it queued is sent
        - accepted: t002_pl02_09          # the department takes note of the report on the task
        - taps: "Nộp báo cáo"
          within: 3                       # so many taps and messages at most since the report was opened
        - says: "thêm kênh"
          keeps: "[A-Z2-9]{4} [A-Z2-9]{4}"    # what is kept of the answer: "{kept}" in later steps
        - says: "nối kênh {kept}"
          at: phone-2                     # another account, of nobody yet; also to see there what was sent meanwhile
        - shown: true                     # nothing is done: what has come to that account since its last step
"""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from sqlmodel import select

from bot.app import Loa
from bot.channels.layout import Part
from bot.config import Settings
from content.catalog import Catalog
from handlers.messages import Kind
from handlers.reports.review import accept
from handlers.turn import LOCAL
from nlu.understanding import Understander
from storage.appointments import enrol
from storage.contacts import see_account
from storage.reports import ProgressReport
from tests.conftest import MONDAY, TestClock
from tests.digests.issue import send_week, wound
from tests.people import Person, Phones

FOLDER = Path(__file__).parent / "transcripts"
SPAN = re.compile(r"(\d+) (minute|hour|day|week)s?")
ACTS = (
    "says", "taps", "sends", "shares_phone", "opens", "leaves",
    "restart", "wait", "digest", "tick", "accepted", "shown",
)  # fmt: skip


class Step(BaseModel):
    """One thing that happens, and what must be seen after it."""

    model_config = ConfigDict(extra="forbid")

    says: str | None = None
    taps: str | None = None
    sends: str | None = None
    shares_phone: str | None = None
    opens: bool | str | None = None
    leaves: bool | None = None
    restart: bool | None = None
    wait: Annotated[str, Field(pattern=SPAN.pattern)] | None = None
    digest: str | None = None
    tick: str | None = None
    accepted: str | None = None
    shown: bool | None = None
    where: Annotated[str, Field(alias="at")] = ""
    keeps: re.Pattern[str] | None = None
    within: int | None = None
    sees: list[str] = []
    never: list[str] = []
    buttons: list[str] = []
    calls: list[str] = []
    nothing: bool = False

    @model_validator(mode="after")
    def _one_act(self) -> Step:
        acts = [act for act in ACTS if getattr(self, act) is not None]
        if len(acts) != 1:
            raise ValueError(f"a step is one of {', '.join(ACTS)}, not {acts or 'nothing'}")
        if not (self.restart or self.wait or self.accepted or self.sees or self.buttons or self.calls or self.nothing):
            raise ValueError("a step says what is seen after it")
        return self


class Transcript(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    who: Annotated[str, Field(alias="as", pattern=r"^(citizen|officer:[a-z0-9_.]+)$")] = "citizen"
    now: datetime | None = None
    steps: Annotated[list[Step], Field(min_length=1)]


def transcripts() -> list[Any]:
    """Every transcript of the folder as a test parameter; a file that does not read is a failing one."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        for data in yaml.safe_load(path.read_text(encoding="utf-8")):
            found.append(pytest.param(data, id=f"{path.stem}: {data.get('name')}"))
    return found


class Stage:
    """One person's talk with a house that may be closed and opened again on the way."""

    def __init__(self, settings: Settings, clock: TestClock, catalog: Catalog, understander: Understander) -> None:
        self.settings = settings
        self.clock = clock
        self.catalog = catalog
        self.understander = understander
        self.phones = Phones()
        self.acts = 0
        """Taps and messages since a report was opened."""
        self.kept = ""
        self.looked: dict[str, int] = {}
        """How many parts each account had received at the end of its last step."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Person]:
        async with Loa.open(self.settings, self.clock, [self.phones], self.catalog, self.understander) as loa:
            yield Person(loa, self.phones)

    async def play(self, transcript: Transcript) -> None:
        steps = list(transcript.steps)
        first = True
        while steps:
            async with self.opened() as person:
                if first and transcript.who != "citizen":
                    await self._register(person, transcript.who.partition(":")[2])
                first = False
                while steps:
                    step = steps.pop(0)
                    if step.restart:
                        break
                    await self._step(person, step)

    async def _step(self, person: Person, step: Step) -> None:
        if step.wait is not None:
            match = SPAN.fullmatch(step.wait)
            assert match is not None
            self.clock.move(timedelta(**{f"{match[2]}s": int(match[1])}))
            return
        if step.accepted is not None:
            async with person.loa.db.session() as db:
                report = (await db.exec(select(ProgressReport).where(ProgressReport.task_id == step.accepted))).one()
                await accept(db, self.catalog, report.id or 0, "duyet", self.clock.now())
                await db.commit()
            return
        self.clock.move(timedelta(seconds=10))
        opened = step.taps is not None and step.taps.startswith("report:")
        self.acts = 1 if opened else self.acts + 1
        if step.where:
            person = Person(person.loa, self.phones, step.where)
        parts = await self._act(person, step)
        self.looked[person.user_id] = len(person.seen)
        check(step, parts)
        if step.keeps is not None:
            found = step.keeps.search("\n".join(part.text for part in parts))
            assert found, step.keeps
            self.kept = found[0]
        assert step.within is None or self.acts <= step.within, f"{self.acts} taps and messages"

    async def _act(self, person: Person, step: Step) -> list[Part]:
        if step.shown:
            await person.loa.outbox.drain()
            return person.seen[self.looked.get(person.user_id, 0) :]
        if step.says is not None:
            return await person.says(step.says.replace("{kept}", self.kept))
        if step.taps is not None:
            return await person.taps(step.taps)
        if step.sends is not None:
            return await person.sends(step.sends)
        if step.shares_phone is not None:
            return await person.does(Kind.CONTACT, phone=step.shares_phone)
        if step.digest is not None:
            return await person.is_sent(send_week(person.loa, step.digest))
        if step.tick is not None:
            return await person.is_sent(wound(person.loa, step.tick))
        if step.leaves:
            return await person.does(Kind.UNFOLLOWED)
        return await person.opens(step.opens if isinstance(step.opens, str) else "")

    async def _register(self, person: Person, agency: str) -> None:
        now = self.clock.now()
        async with person.loa.db.session() as db:
            contact = await enrol(db, agency, "Y Mẫu (demo)", now, now.astimezone(LOCAL).date(), by="test")
            account = await see_account(db, person.address, now)
            account.contact_id = contact.id
            await db.commit()


def check(step: Step, parts: Sequence[Part]) -> None:
    """Whether the answer is what the step says."""
    text = "\n".join(part.text for part in parts)
    if step.nothing:
        assert not parts, text
        return
    assert parts, "no answer"
    at = 0
    for wanted in step.sees:
        found = text.find(wanted, at)
        assert found >= 0, f"{wanted!r} is not in the answer after what was seen before:\n{text}"
        at = found + len(wanted)
    for unwanted in step.never:
        assert unwanted not in text, f"{unwanted!r} is in the answer:\n{text}"
    labels = [choice.label for part in parts for choice in part.choices]
    labels += re.findall(r"(?m)^\d+\. (.+)$", text)
    for wanted in step.buttons:
        assert any(label.startswith(wanted) for label in labels), f"no button {wanted!r} among {labels}"
    called = [number for part in parts for number in part.call]
    assert set(step.calls) <= set(called), f"{step.calls} are not all among {called}"


def house_settings(path: Path) -> Settings:
    return Settings(
        database_url=SecretStr(f"sqlite:///{path}"),
        secret_key=SecretStr("k3y-of-the-t3sts-0123456789"),
        data_keys=SecretStr("d4ta-key-of-tests-0123456789"),
    )


@pytest.mark.parametrize("data", transcripts())
async def test_transcript(
    data: dict[str, Any], province: Path, tmp_path: Path, catalog: Catalog, understander: Understander
) -> None:
    transcript = Transcript.model_validate(data)
    path = tmp_path / "loa.db"
    shutil.copy(province, path)
    moment = transcript.now.replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")) if transcript.now else MONDAY
    await Stage(house_settings(path), TestClock(moment), catalog, understander).play(transcript)


def test_every_emergency_type_is_played_with_and_without_diacritics(catalog: Catalog) -> None:
    names = [str(param.id) for param in transcripts()]
    for card in catalog.cards:
        for way in ("có dấu", "không dấu"):
            assert any(f"{card} {way}" in name for name in names), f"{card} {way}"


def test_a_step_that_checks_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="what is seen"):
        Step.model_validate({"says": "xin chào"})
    with pytest.raises(ValueError, match="one of"):
        Step.model_validate({"says": "a", "taps": "b", "sees": ["c"]})


def test_the_player_notices_what_is_missing() -> None:
    parts = [Part("GỌI 115 NGAY\n1. Xem thêm", call=("115",))]
    check(Step(says="x", sees=["GỌI", "NGAY"], never=["đang đến"], buttons=["Xem"], calls=["115"]), parts)
    for wrong in (
        {"sees": ["NGAY", "GỌI"]},
        {"sees": ["GỌI"], "never": ["115"]},
        {"buttons": ["Menu"]},
        {"calls": ["114"]},
        {"nothing": True},
    ):
        with pytest.raises(AssertionError):
            check(Step(says="x", **wrong), parts)
    with pytest.raises(AssertionError):
        check(Step(says="x", sees=["GỌI"]), [])
