"""What somebody looks for in the archive: the words of a question that carry its subject, and how well they fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlmodel.ext.asyncio.session import AsyncSession

from content.words import fold
from storage.archive import ArchiveEntry, ArchiveKind, Search, search_archive, spoken

HALF = 0.5
"""Share of the words that must be found for a result to count."""
PAIR = 0.2
"""What two neighbouring words found side by side add to a result's score; in the title, twice that."""
ENOUGH = 10
"""Results with every word after which those with some of them are not looked for."""
AROUND = 60
"""Characters shown before the first word found."""
_NUMBER_FROM = 3
"""Digits of a number that must be there when it is asked for: a document's, a year's."""

_SMALL_CHANGE = """
tim tra cuu kiem xem doc lai gui xin cho toi tui minh em anh chi hoi nghe giup gium giao dau roi vay nhe
cong van cv vb ban dao ke hoach kh thi quyet dinh qd so ve cua cai nao noi gi co khong la ai ky ngay nhat moi de nghi
cung cap muc dieu nhiem vu can cu file tep goc hanh do nay kia bua truoc voi cac nhung va theo
"""
_FILLER = frozenset(_SMALL_CHANGE.split())
"""Words that name no subject: commands, kinds of documents, and the small change of speech, folded."""
_WHOLE_FIRST = {ArchiveKind.DIRECTIVE: 0, ArchiveKind.PLAN: 0, ArchiveKind.ITEM: 1, ArchiveKind.TASK: 2}
_LETTERS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for."""

    words: tuple[str, ...]
    """Words that carry the subject, folded."""
    pairs: frozenset[tuple[str, str]]
    """Neighbouring words of the whole question."""

    @classmethod
    def read(cls, text: str) -> Query:
        said = spoken(text).split()
        words = dict.fromkeys(word for word in said if word not in _FILLER)
        return cls(tuple(words), frozenset(pairwise(said)))

    def score(self, heading: str, words: str) -> float:
        """How well something answers: 0 when too few words are in it, or a number asked for is not.

        Both are as the archive keeps words; ``words`` hold those of the heading too.
        """
        title, whole = heading.split(), words.split()
        there = {*title, *whole}
        hits = sum(word in there for word in self.words)
        wanted = [word for word in self.words if word.isdigit() and len(word) >= _NUMBER_FROM]
        if hits < HALF * len(self.words) or not there.issuperset(wanted):
            return 0.0
        pairs = len(self.pairs.intersection(pairwise(title))) + len(self.pairs.intersection(pairwise(whole)))
        return hits / len(self.words) + PAIR * pairs

    async def ranked(self, db: AsyncSession, bounds: Search) -> list[ArchiveEntry]:
        """Entries within ``bounds`` that answer, best first; of equals whole documents first, then newest first.

        Those that hold every word first; where they are few, also those that hold neighbouring words of the question
        or a number in it. A question without a subject finds nothing.
        """
        if not self.words:
            return []
        found = {entry.id: entry for entry in await search_archive(db, _asking(bounds, words=self.words))}
        if len(found) < ENOUGH and len(self.words) > 1:
            telling = [f"{one} {two}" for one, two in sorted(self.pairs) if one in self.words or two in self.words]
            telling += [word for word in self.words if word.isdigit() and len(word) >= _NUMBER_FROM]
            found |= {entry.id: entry for entry in await search_archive(db, _asking(bounds, any_of=tuple(telling)))}
        scored = [(self.score(spoken(entry.title), entry.words), entry) for entry in found.values()]
        best = sorted((pair for pair in scored if pair[0]), key=lambda pair: (-pair[0], _WHOLE_FIRST[pair[1].kind]))
        return [entry for _, entry in best]

    def snippet(self, text: str, limit: int, mark: str) -> str:
        """A stretch of the text around the words found, each between two ``mark``; its beginning when none is in it."""
        spots = self._spots(text)
        start = max(0, spots[0][0] - AROUND) if spots and spots[0][0] > limit - AROUND else 0
        start = text.find(" ", start) + 1 if start else 0
        end = start + limit
        if end < len(text):
            end = max(text.rfind(" ", start, end), start + 1)
        shown = ["…"] if start else []
        at = start
        for first, last in spots:
            if start <= first and last <= end:
                shown += [text[at:first], mark, text[first:last], mark]
                at = last
        shown += [text[at:end], "…" if end < len(text) else ""]
        return "".join(shown).replace(f"{mark} {mark}", " ")

    def _spots(self, text: str) -> list[tuple[int, int]]:
        """Where the question's words stand; one of the small change counts beside a neighbour it has in the question.

        "Độc" is "đọc" without its marks, yet belongs to "ngộ độc".
        """
        found = [(fold(match[0]), match.span()) for match in _LETTERS.finditer(text)]
        said = [word for word, _ in found]
        beside = [*(pair in self.pairs for pair in pairwise(said)), False]
        return [
            span
            for place, (word, span) in enumerate(found)
            if word in self.words or beside[place] or (place and beside[place - 1])
        ]


def _asking(bounds: Search, words: Sequence[str] = (), any_of: Sequence[str] = ()) -> Search:
    return Search(
        words=tuple(words),
        any_of=tuple(any_of),
        agencies=bounds.agencies,
        first=bounds.first,
        last=bounds.last,
        states=bounds.states,
        kinds=bounds.kinds,
    )
