"""Reading an official document: from its text to its parts, with everything doubtful said aloud.

Nothing here is certain in law: a person reviews a reading before anything is done with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from nlu.documents.annexes import Annex, annex_starts, read_annex
from nlu.documents.citations import Citation, find_citations
from nlu.documents.closing import read_closing
from nlu.documents.deadlines import Meaning, Period, find_period, find_week
from nlu.documents.heading import Heading, read_heading
from nlu.documents.items import Item, items_of
from nlu.documents.layout import Layout, Paragraph, join, lay_out, marker_of, paragraphs
from nlu.documents.letters import bare
from nlu.documents.outline import Node, Outline, outline
from nlu.documents.parties import Finder, Party, Registry
from nlu.documents.reports import Obligation, find_obligations
from nlu.documents.rows import row_tasks
from nlu.documents.sections import Role, Section, labelled, section_of
from nlu.documents.tasks import Task, inherit_deadlines, targets_of, tasks_of

DIRECTIVES = ("cong_van", "chi_thi", "cong_dien", "huong_dan", "thong_bao", "ket_luan")
"""Kinds that ask for things to be made known or done without being plans."""
MOST_WARNINGS = 100

_CLOSING = re.compile(
    r"(?:tran trong|tren day|(?:trong )?qua trinh|(?:ke hoach|cong van|van ban) nay|yeu cau|de nghi|can cu ke hoach)\b|"
    r"[^.:]{3,80}\b(?:kinh de nghi|de nghi|yeu cau)\b"
)
_DETAILS = re.compile(r"\(?\s*(?:noi dung )?chi tiet\b[^.;]{0,80}\bphu luc\b[^.;]{0,40}[.)]*")
_PUBLICITY = re.compile(r"\btuyen truyen\b|(?<!va )\btruyen thong\b")
_ISSUING = re.compile(r"\s(?:\([^()]{1,60}\)\s*)?(?:kinh de nghi|de nghi|yeu cau|ban hanh|thong bao|huong dan|bao cao|chi dao|xay dung)\b")


@dataclass(frozen=True, slots=True)
class Warning_:
    """Something a person must look at: ``code`` names the sentence, ``line`` where, ``about`` the words in question."""

    code: str
    line: int | None = None
    about: str = ""


Say = Callable[[Warning_], str]


@dataclass(slots=True)
class Reading:
    """All that was read. Dates are days of the document's own calendar; lines count from 1 in the text as read."""

    heading: Heading
    issuer: Party | None = None
    signer: str | None = None
    recipients: list[tuple[str, Party]] = field(default_factory=list)
    """Role and body: ``to`` for "Kính gửi", ``copy`` for "Nơi nhận", ``file`` for where it is kept."""
    citations: list[Citation] = field(default_factory=list)
    period: Period | None = None
    items: list[Item] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    obligations: list[Obligation] = field(default_factory=list)
    warnings: list[Warning_] = field(default_factory=list)

    def to_json(self, say: Say) -> dict[str, object]:
        """The reading in the shape other programs rely on; ``say`` gives a warning its sentence."""
        heading = self.heading
        return {
            "document": {
                "kind": heading.kind,
                "number": heading.number,
                "issued_on": heading.issued_on.isoformat() if heading.issued_on else None,
                "issuer": self.issuer.to_json() if self.issuer else None,
                "subject": heading.subject.text if heading.subject else None,
                "signer": self.signer,
                "recipients": [{**party.to_json(), "role": role} for role, party in self.recipients],
                "legal_bases": [citation.to_json() for citation in self.citations],
                "confidential": heading.confidential,
            },
            "items": [item.to_json() for item in self.items],
            "tasks": [task.to_json() for task in self.tasks],
            "deadlines": [obligation.to_json() for obligation in self.obligations],
            "warnings": [say(warning) for warning in self.warnings],
        }
