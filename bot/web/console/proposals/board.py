"""The groups of unanswered questions, worked out when somebody looks and kept while nothing changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.app import Loa
from content.lexicon import load_lexicon
from content.schema import FaqEntry
from content.words import fold
from nlu.examples import load_examples
from nlu.grouping import Asked, Group, Grouper, Near
from storage.proposals import Kind, kind_of, waiting_mark, waiting_questions
from storage.questions import QuestionLog

MOST = 5000
"""Newest questions that are grouped: seconds of work, done beside everything else."""
KEPT = 60.0
"""Seconds groups are kept at most; what a period leaves behind is seen after that."""


class Period(StrEnum):
    """How far back to look, in days."""

    WEEK = "7"
    MONTH = "30"
    QUARTER = "90"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A group of questions with what the list shows of it."""

    group: Group
    kinds: tuple[Kind, ...]
    """Why its questions are among the unanswered."""
    waits: int
    """Accounts that want to be told of an answer."""
    searched: tuple[str, ...]
    """The questions as they are searched, without diacritics."""

    @property
    def id(self) -> int:
        """The number of its most typical question."""
        return self.group.typical.id

    @property
    def ids(self) -> list[int]:
        """Its questions: the most typical first, then the newest."""
        return [self.id, *(question.id for question in self.group.members if question.id != self.id)]

    def matches(self, words: Sequence[str]) -> bool:
        """Whether one of its questions holds all the words."""
        return not words or any(all(word in text for word in words) for text in self.searched)


@dataclass(frozen=True, slots=True)
class Found:
    """The groups of one filter, with when they were worked out and from what."""

    mark: tuple[int, ...]
    at: float
    proposals: tuple[Proposal, ...]
    cut: bool
    """There were more questions than are grouped."""


class Board:
    """Groups the questions of one running Loa."""

    def __init__(self, loa: Loa) -> None:
        self._loa = loa
        self._grouper: Grouper | None = None
        self._found: dict[tuple[Period, Kind | None], Found] = {}
        self._turn = asyncio.Lock()

    async def look(self, period: Period, kind: Kind | None) -> Found:
        """The groups waiting now."""
        async with self._turn:
            async with self._loa.db.reading() as db:
                mark = await waiting_mark(db)
                kept = self._found.get((period, kind))
                if kept is not None and kept.mark == mark and time.monotonic() - kept.at < KEPT:
                    return kept
                since = None if period is Period.ALL else self._loa.clock.now() - timedelta(days=int(period))
                rows = await waiting_questions(db, since, kind, MOST + 1)
            proposals = await asyncio.to_thread(self._group, rows[:MOST])
            found = Found(mark, time.monotonic(), proposals, len(rows) > MOST)
            self._found = {key: other for key, other in self._found.items() if other.mark == mark}
            self._found[period, kind] = found
            return found

    async def nearest(self, texts: Sequence[str]) -> list[list[tuple[FaqEntry, Near]]]:
        """For each text the three entries it comes nearest to."""
        return await asyncio.to_thread(lambda: [self._near(text) for text in texts])

    def _near(self, text: str) -> list[tuple[FaqEntry, Near]]:
        faq = self._loa.catalog.faq
        return [(faq[near.entry], near) for near in self._tool().nearest(text) if near.entry in faq]

    def _group(self, rows: Sequence[QuestionLog]) -> tuple[Proposal, ...]:
        by_id = {row.id: row for row in rows if row.id is not None}
        # A text whose key is gone cannot be read any more, so there is nothing to answer.
        asked = [Asked(number, row.text, row.asked_at) for number, row in by_id.items() if row.text]
        proposals = []
        for group in self._tool().group(asked):
            members = [by_id[question.id] for question in group.members]
            accounts = {row.account_id for row in members if row.account_id is not None}
            kinds = tuple(sorted({kind_of(row) for row in members}))
            searched = tuple(dict.fromkeys(fold(row.text) for row in members))
            proposals.append(Proposal(group, kinds, len(accounts), searched))
        return tuple(proposals)

    def _tool(self) -> Grouper:
        if self._grouper is None:
            lines = [example.text for example in load_examples()]
            self._grouper = Grouper(load_lexicon(self._loa.catalog.root), lines, self._loa.nlu.classifier)
        return self._grouper
