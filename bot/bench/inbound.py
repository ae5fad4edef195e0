"""``loa bench inbound``: what a message costs from webhook to reply, beside bare servers in the same minutes.

Loa and the bare servers are processes of their own, Loa with SQLite and every commit on disk; this process pushes
updates as Telegram and Zalo do and plays both platforms' send endpoints. Each figure of Loa's stands beside that of a
bare run just before it, rounds alternating, and the ratio is the median over the rounds: machines drift.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bot.bench.dispatch import dispatched
from bot.bench.figures import memory, milliseconds, percentile, processor_seconds
from bot.bench.load import Load, paced, post, pushed
from bot.bench.sends import zalo_sends
from bot.bench.served import served
from bot.bench.sink import Sink
from content.catalog import load_catalog
from nlu.examples import load_examples
from nlu.understanding import Understander

ROUNDS = 3
ACKS = 4000
REPLIES = 1200
CONNECTIONS = 32
PEOPLE = 500
PACE, PACED_SECONDS = 200, 5
FAST_PACE = 500
RUSH, RUSH_SECONDS = 2000, 5
"""Updates a second, more than anybody could answer: they are only to be acknowledged in time."""
TENTHS = 10
BATCH = 1000
"""Messages of the long run that are pushed before their answers are waited for."""
DRAIN_LIMIT = 180.0
"""Seconds the last replies may take."""

GATES: dict[str, tuple[str, float]] = {
    "R1_ack_ratio": (">=", 0.8),
    "R2_ack_p50_added_ms": ("<=", 1.0),
    "R3_ack_p99_ms": ("<=", 10.0),
    "R4_reply_ratio": (">=", 0.75),
    "R5_reply_p99_ms": ("<=", 15.0),
    "R6_longest_ack_ms": ("<=", 30.0),
    "R7_dispatch_ratio": (">=", 0.8),
    "R9_zalo_send_ratio": (">=", 0.15),
}


def run(messages: int = 0) -> dict[str, Any]:
    """The figures, their ratios and whether each gate holds; then a long run of so many ``messages``, in which memory
    must not grow."""
    import uvloop  # the load must not be what limits the servers

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(messages))


async def _measure(messages: int) -> dict[str, Any]:
    texts = questions()
    secret = secrets.token_hex(16)
    updates = Updates(secret)
    python = sys.executable
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        async with Sink() as sink:
            environment = house_of(Path(folder), sink.url, secret)
            async with (
                served([python, "-m", "bot.bench.bare", "json", "{port}"], {}) as (json_url, _),
                served([python, "-m", "bot.bench.bare", "aiogram", "{port}", sink.url], {}) as (aiogram_url, bare),
                served([python, "-m", "bot", "serve", "--port", "{port}"], environment) as (url, process),
            ):
                await asyncio.sleep(1.0)  # what a start leaves to do
                acks = await _acks(json_url, url, updates)
                one = await _one_connection(json_url, url, updates)
                replies = await _replies(sink, (aiogram_url, bare.pid), (url, process.pid), updates, texts)
                steady = await _steady(sink, aiogram_url, url, updates, texts)
                rush = await _rush(sink, url, updates, texts)
                grown = await _many(sink, url, updates, texts, process.pid, messages) if messages else {}
                peak = memory(process.pid)
    understanding = await asyncio.to_thread(_understanding, texts)
    dispatch = await dispatched()
    sends = await zalo_sends()
    figures = {
        "R1_ack_ratio": acks["ratio"],
        "R2_ack_p50_added_ms": one["added_ms"],
        "R3_ack_p99_ms": steady[f"{PACE}_per_s"]["loa"]["ack"]["p99_ms"],
        "R4_reply_ratio": replies["ratio"],
        "R5_reply_p99_ms": steady[f"{FAST_PACE}_per_s"]["loa"]["reply"]["p99_ms"],
        "R6_longest_ack_ms": steady[f"{PACE}_per_s"]["loa"]["longest_ack_ms"],
        "R7_dispatch_ratio": dispatch["ratio"],
        "R9_zalo_send_ratio": sends["ratio"],
    }
    held = {name: (figure >= GATES[name][1]) is (GATES[name][0] == ">=") for name, figure in figures.items()}
    return {
        "bench": "inbound",
        "figures": {
            name: {"is": figures[name], "wanted": " ".join(map(str, GATES[name])), "held": held[name]}
            for name in figures
        },
        "acks": acks,
        "one_connection": one,
        "replies": {
            **replies,
            "understanding": understanding,
        },
        "steady": steady,
        "rush": rush,
        "dispatch": dispatch,
        "zalo_sends": sends,
        "memory": {**peak, **grown},
    }


async def _acks(bare: str, url: str, updates: Updates) -> dict[str, Any]:
    """Updates nobody gets an answer to: the same server reading JSON, and Loa with each one on disk."""
    rounds: list[tuple[Load, Load]] = []
    for _ in range(ROUNDS):
        rounds.append(
            (
                await pushed(bare, updates.silent(ACKS), CONNECTIONS),
                await pushed(url, updates.silent(ACKS), CONNECTIONS),
            )
        )
        await asyncio.sleep(0.5)
    return {
        "connections": CONNECTIONS,
        "loa_per_s": round(median(loa.per_second for _, loa in rounds)),
        "bare_per_s": round(median(bare.per_second for bare, _ in rounds)),
        "loa": milliseconds([took for _, loa in rounds for took in loa.took]),
        "bare": milliseconds([took for bare, _ in rounds for took in bare.took]),
        "refused": sum(loa.refused for _, loa in rounds),
        "ratio": round(median(loa.per_second / bare.per_second for bare, loa in rounds), 3),
    }


async def _one_connection(bare: str, url: str, updates: Updates) -> dict[str, Any]:
    rounds = [
        (await pushed(bare, updates.silent(500), 1), await pushed(url, updates.silent(500), 1)) for _ in range(ROUNDS)
    ]
    plain, kept = (milliseconds([took for pair in rounds for took in pair[side].took]) for side in (0, 1))
    return {"bare": plain, "loa": kept, "added_ms": round(kept["p50_ms"] - plain["p50_ms"], 2)}


async def _replies(
    sink: Sink, bare: tuple[str, int], loa: tuple[str, int], updates: Updates, texts: Sequence[str]
) -> dict[str, Any]:
    """Questions from many people until the last reply has left; each server with its process."""
    rates: dict[str, list[float]] = {"bare": [], "loa": []}
    spent: dict[str, list[float]] = {"bare": [], "loa": []}
    acks: list[float] = []
    await _answered(sink, bare[0], updates.said(texts, 300))  # both warm, and everybody greeted
    await _answered(sink, loa[0], updates.said(texts, PEOPLE))
    for _ in range(ROUNDS):
        for name, (url, process) in (("bare", bare), ("loa", loa)):
            before = processor_seconds(process)
            rate, load = await _answered(sink, url, updates.said(texts, REPLIES))
            spent[name].append((processor_seconds(process) - before) / REPLIES)
            rates[name].append(rate)
        acks += load.took
    return {
        "messages": REPLIES,
        "loa_per_s": round(median(rates["loa"]), 1),
        "bare_per_s": round(median(rates["bare"]), 1),
        "ack_meanwhile": milliseconds(acks),
        "ratio": round(median(ours / theirs for theirs, ours in zip(*rates.values(), strict=True)), 3),
        "loa_cpu_ms": round(median(spent["loa"]) * 1000, 2),
        "bare_cpu_ms": round(median(spent["bare"]) * 1000, 2),
        "cpu_ratio": round(median(spent["bare"]) / max(1e-9, median(spent["loa"])), 3),
    }


async def _answered(sink: Sink, url: str, requests: Sequence[bytes]) -> tuple[float, Load]:
    sink.forget()
    began = time.monotonic()
    load = await pushed(url, requests, CONNECTIONS)
    if not await sink.reached(len(requests), DRAIN_LIMIT):
        raise RuntimeError(f"{len(requests) - sink.count} messages were not answered")
    return len(requests) / (sink.last - began), load


async def _steady(sink: Sink, bare: str, url: str, updates: Updates, texts: Sequence[str]) -> dict[str, Any]:
    """Messages at a rate of their own; how long acknowledgements and replies take."""
    found: dict[str, Any] = {}
    for pace in (PACE, FAST_PACE):
        found[f"{pace}_per_s"] = {
            name: await _one_pace(sink, address, updates, texts, pace)
            for name, address in (("bare", bare), ("loa", url))
        }
    return found


async def _one_pace(sink: Sink, url: str, updates: Updates, texts: Sequence[str], pace: int) -> dict[str, Any]:
    sink.forget()
    count = pace * PACED_SECONDS
    # Everybody writes once, so that each reply can be told from the others.
    requests = updates.said(texts, count, people=count)
    began = time.monotonic()
    load = await paced(url, requests, pace)
    await sink.reached(count, DRAIN_LIMIT)
    first = updates.newest - count + 1
    sent = {str(updates.person(first + number, count)): began + number / pace for number in range(count)}
    replies = [sink.first[person] - moment for person, moment in sent.items() if person in sink.first]
    return {
        "ack": milliseconds(load.took),
        "longest_ack_ms": round(max(load.took) * 1000, 1),
        "reply": milliseconds(replies),
        "longest_reply_ms": round(max(replies, default=0.0) * 1000, 1),
        "reply_p50_ms": round(percentile(replies, 0.5) * 1000, 2),
    }


async def _rush(sink: Sink, url: str, updates: Updates, texts: Sequence[str]) -> dict[str, Any]:
    """More than can be answered; how long acknowledgements take, and until all is answered."""
    sink.forget()
    count = RUSH * RUSH_SECONDS
    began = time.monotonic()
    load = await paced(url, updates.said(texts, count), RUSH, connections=256)
    whole = await sink.reached(load.statuses[200], DRAIN_LIMIT)
    return {
        "per_s": RUSH,
        "ack": milliseconds(load.took),
        "longest_ack_ms": round(max(load.took) * 1000, 1),
        "refused": load.refused,
        "answered": sink.count,
        "all_answered": whole,
        "answered_after_s": round(sink.last - began, 1),
    }


async def _many(
    sink: Sink, url: str, updates: Updates, texts: Sequence[str], pid: int, messages: int
) -> dict[str, Any]:
    """Memory after each tenth of a long run."""
    sizes = []
    for _ in range(TENTHS):
        for begin in range(0, messages // TENTHS, BATCH):
            await _answered(sink, url, updates.said(texts, min(BATCH, messages // TENTHS - begin)))
        sizes.append(memory(pid)["resident_mb"])
    return {"messages": messages, "resident_after_each_tenth_mb": sizes, "grown_mb": round(sizes[-1] - sizes[0], 1)}


class Updates:
    """Telegram updates, each with an id of its own."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self.newest = 0

    def person(self, number: int, people: int) -> int:
        return 5_000_000 + number % people

    def silent(self, count: int) -> list[bytes]:
        """Of a kind nobody answers, about as long as a message."""
        return [
            self._request({"chat_boost_of_no_concern": {"chat": {"id": 1}, "text": "x" * 180}}) for _ in range(count)
        ]

    def said(self, texts: Sequence[str], count: int, people: int = PEOPLE) -> list[bytes]:
        found = []
        for _ in range(count):
            text = texts[self.newest % len(texts)]
            person = self.person(self.newest + 1, people)
            chat = {"id": person, "first_name": "An"}
            message = {
                "message_id": self.newest + 1,
                "date": int(time.time()),
                "chat": {**chat, "type": "private"},
                "from": {**chat, "is_bot": False, "language_code": "vi"},
                "text": text,
            }
            found.append(self._request({"message": message}))
        return found

    def _request(self, content: dict[str, Any]) -> bytes:
        self.newest += 1
        body = json.dumps({"update_id": self.newest, **content}, ensure_ascii=False).encode()
        return post("/webhooks/telegram", body, X_Telegram_Bot_Api_Secret_Token=self._secret)


def questions() -> list[str]:
    """What citizens ask: the examples of all entries, spread."""
    entries = load_catalog().faq
    texts = [example.text for example in load_examples() if example.intent in entries]
    return texts[:: max(1, len(texts) // 997)]


def _understanding(texts: Sequence[str]) -> dict[str, float]:
    """What understanding alone costs of one reply."""
    with tempfile.TemporaryDirectory() as empty:
        from bot.app import CACHE

        understander = Understander.load(load_catalog(), CACHE if CACHE.exists() else Path(empty))
    for text in texts[:50]:
        understander.understand(text)
    began = time.perf_counter()
    for text in texts[:500]:
        understander.understand(text)
    return {"us_per_message": round((time.perf_counter() - began) / len(texts[:500]) * 1e6, 1)}


def house_of(folder: Path, sink: str, secret: str) -> dict[str, str]:
    """The environment of a Loa whose Telegram is ``sink`` and allows any rate, with its database in ``folder``."""
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "SECRET_KEY": secrets.token_hex(16),
        "DATA_KEYS": secrets.token_hex(16),
        "LOG_LEVEL": "ERROR",
        "PUBLIC_URL": "https://bench.invalid",
        "TELEGRAM_TOKEN": "1000001:" + "A" * 35,
        "TELEGRAM_API_URL": sink,
        "TELEGRAM_RATE": "0",
        "TELEGRAM_MODE": "webhook",
        "TELEGRAM_WEBHOOK_SECRET": secret,
    }
