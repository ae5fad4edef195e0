"""What was read from an official document, and what is doubtful about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from nlu.documents.citations import Citation
from nlu.documents.deadlines import Period
from nlu.documents.heading import Heading
from nlu.documents.items import Item
from nlu.documents.names import Name
from nlu.documents.parties import Party
from nlu.documents.publicity import Anniversary, Form, Slogan
from nlu.documents.reports import Obligation
from nlu.documents.tasks import Task


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something a person must look at: ``code`` names the sentence, ``line`` where, ``about`` the words in question."""

    code: str
    line: int | None = None
    about: str = ""


Say = Callable[[Doubt], str]
"""Gives a doubt its sentence."""


@dataclass(slots=True)
class Reading:
    """All that was read. Dates are days of the document's own calendar; lines count from 1 in the text as read."""

    heading: Heading
    issuer: Party | None = None
    above_issuer: str | None = None
    """The body named above the issuer in the head, as written."""
    signer: str | None = None
    recipients: list[tuple[str, Party]] = field(default_factory=list)
    """Role and body: ``to`` for "Kính gửi", ``copy`` for "Nơi nhận", ``file`` for where it is kept."""
    citations: list[Citation] = field(default_factory=list)
    period: Period | None = None
    items: list[Item] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    obligations: list[Obligation] = field(default_factory=list)
    slogans: list[Slogan] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    anniversaries: list[Anniversary] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    """Names of bodies a person must settle."""
    doubts: list[Doubt] = field(default_factory=list)

    def to_json(self, say: Say) -> dict[str, object]:
        """The reading in the shape other programs rely on; ``say`` gives each doubt its sentence."""
        heading = self.heading
        return {
            "document": {
                "kind": heading.kind,
                "number": heading.number,
                "issued_on": heading.issued_on.isoformat() if heading.issued_on else None,
                "issuer": {**self.issuer.to_json(), "above": self.above_issuer} if self.issuer else None,
                "subject": heading.subject.text if heading.subject else None,
                "signer": self.signer,
                "recipients": [{**party.to_json(), "role": role} for role, party in self.recipients],
                "legal_bases": [citation.to_json() for citation in self.citations],
                "confidential": heading.confidential,
            },
            "items": [item.to_json() for item in self.items],
            "tasks": [task.to_json() for task in self.tasks],
            "deadlines": [obligation.to_json() for obligation in self.obligations],
            "slogans": [slogan.to_json() for slogan in self.slogans],
            "forms": [form.to_json() for form in self.forms],
            "anniversaries": [anniversary.to_json() for anniversary in self.anniversaries],
            "names": [name.to_json() for name in self.names],
            "warnings": [say(doubt) for doubt in self.doubts],
        }
