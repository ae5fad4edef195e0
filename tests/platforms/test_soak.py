"""Both platforms with faults coming and going, people asking all the while: nothing is lost, nothing comes twice.

One thing nobody can tell: whether a message arrived whose connection broke. It is not sent again, so it may be missing;
each one missing must be one of those.

Ten minutes, or as many seconds as LOA_SOAK_SECONDS says.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import time
from collections import Counter
from typing import Any

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from bot.commands.simulate import simulation
from bot.simulate.faults import FaultPanel
from content.catalog import Catalog
from nlu.understanding import Understander
from storage.questions import QuestionLog
from storage.updates import InboundUpdate, UpdateState

SECONDS = float(os.environ.get("LOA_SOAK_SECONDS", "600"))
PEOPLE = 8
"""On each platform."""
FAULTS = [
    *((f"{platform}_latency", "800") for platform in ("telegram", "zalo")),
    *((f"{platform}_{fault}", "1") for platform in ("telegram", "zalo") for fault in ("lost", "html", "twice")),
    *((f"{platform}_late", "2") for platform in ("telegram", "zalo")),
    *((f"{platform}_swapped", "1") for platform in ("telegram", "zalo")),
    ("telegram_500", "1"),
    ("telegram_429", "1"),
    ("zalo_503", "1"),
    ("zalo_expired", "1"),
]
"""Not the requests dropped before they were read: nobody can tell those from an answer that was lost."""
PATIENCE = 120.0
"""Seconds an answer may take while things go wrong."""
SUBJECTS = ("sạc xe điện qua đêm", "rượu ngâm lá ngón", "nấm lạ trong rừng", "pin lithium bị phồng", "hộp pate phồng")


async def _go_wrong(panel: FaultPanel, until: float, chance: random.Random) -> Counter[str]:
    """One fault or two at a time, for some seconds, and a while of calm."""
    met: Counter[str] = Counter()
    while time.monotonic() < until:
        for name, value in chance.sample(FAULTS, chance.choice((1, 1, 2))):
            panel.set(name, value)
            met[name] += 1
        await asyncio.sleep(chance.uniform(1, 5))
        panel.clear()
        await asyncio.sleep(chance.uniform(0.5, 3))
    return met


async def _ask(person: Any, name: str, until: float, chance: random.Random, unseen: list[str]) -> list[str]:
    """Ask, wait for the answer, ask again; everything that was asked. ``unseen`` is what no answer came to."""
    asked: list[str] = []
    while time.monotonic() < until:
        before = len(person.messages)
        asked.append(f"{chance.choice(SUBJECTS)} có sao không, {name} hỏi lần {len(asked) + 1}")
        await person.says(asked[-1])
        try:
            async with asyncio.timeout(PATIENCE):
                while len(person.messages) == before:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            unseen.append(asked[-1])
            continue
        await asyncio.sleep(chance.uniform(0.1, 1.5))
        assert len(person.messages) == before + 1, f"{name} was answered twice: {asked[-1]}"
    return asked


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 300)
async def test_faults_come_and_go_and_everybody_is_answered_once(catalog: Catalog, understander: Understander) -> None:
    chance = random.Random(46)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with simulation(listening, catalog, understander) as (rig, _):
            people: dict[str, Any] = {}
            for number in range(PEOPLE):
                people[f"tele{number}"] = rig.telegram.person(5000 + number, "An")
                people[f"zalo{number}"] = rig.zalo.person(f"Lan {number}")
            for name, person in people.items():
                await (person.starts() if name.startswith("tele") else person.follows())
                await person.sees(1, 20)
            until = time.monotonic() + SECONDS
            wrong = asyncio.create_task(_go_wrong(rig.faults, until, chance))
            unseen: list[str] = []
            with capture_logs() as logs:
                asked = await asyncio.gather(
                    *(_ask(person, name, until, chance, unseen) for name, person in people.items())
                )
            unclear = sum(entry["event"] == "inbox.send" and entry["error"] == "unclear" for entry in logs)
            met = await wrong
            await rig.loa.inbox.drain()
            await asyncio.sleep(4)  # what was kept back to come late or twice
            await rig.loa.inbox.drain()
            answered = sum(len(person.messages) - 1 for person in people.values())
            async with rig.loa.db.reading() as db:
                states = Counter((await db.exec(select(InboundUpdate.state))).all())
                logged = Counter((await db.exec(select(QuestionLog.text))).all())
            total = sum(map(len, asked))
            print(f"{total} questions, {unclear} sends unclear, {len(unseen)} not seen, faults {dict(met)}")
    assert answered == total - len(unseen)
    assert len(unseen) <= unclear
    assert set(states) <= {UpdateState.HANDLED, UpdateState.IGNORED}, states
    assert logged == Counter(text for questions in asked for text in questions), "an effect is missing or came twice"
