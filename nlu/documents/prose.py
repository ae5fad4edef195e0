"""What a letter without numbers asks of bodies it names, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nlu.documents.deadlines import Deadline, Meaning, find_deadlines, find_period, telling
from nlu.documents.layout import Paragraph
from nlu.documents.letters import bare
from nlu.documents.outline import shortened
from nlu.documents.parties import AGENCY, Party, Registry
from nlu.documents.reports import ASKED, sentences
from nlu.documents.tasks import LONGEST_TITLE, Task

_DUTY = re.compile(r"\b(?:co trach nhiem|chiu trach nhiem|chu tri)\b")


def asked_in_prose(registry: Registry, body: Sequence[Paragraph]) -> Iterator[Task]:
    """A piece of work for each sentence that charges a named body; its path counts paragraphs: "đoạn 2"."""
    for place, paragraph in enumerate(body, 1):
        for start, text in sentences(paragraph.text, lists=True):
            charged = _charged(registry, text)
            if not charged:
                continue
            due = telling(list(find_deadlines(text))) or _days_of(text)
            yield Task(
                path=f"đoạn {place}",
                title=shortened(text.strip(" .;/"), LONGEST_TITLE),
                lead=charged,
                coordinators=[],
                due=due,
                indicators=[],
                lines=paragraph.lines(start, start + len(text)),
                due_lines=paragraph.lines(start + due.start, start + due.end) if due else None,
            )


def _charged(registry: Registry, sentence: str) -> list[Party]:
    """The bodies a sentence asks or charges: "Giao Sở A …", "Sở B đề nghị các xã …", "UBND các xã có trách nhiệm …".

    A sentence that only tells what a body thinks or does charges none.
    """
    for match in ASKED.finditer(bare(sentence)):
        if AGENCY.match(sentence, match.end()):
            return registry.actors(sentence[match.start() :])[0]
    duty = _DUTY.search(bare(sentence))
    return registry.actors(sentence[: duty.start()])[0] if duty else []


def _days_of(text: str) -> Deadline | None:
    """The days something is to be done in: "treo cờ từ ngày … đến hết ngày …"."""
    period = find_period(text)
    if period is None or period.last is None:
        return None
    start = text.find(period.as_written)
    return Deadline(period.as_written, period.last, Meaning.WITHIN, start, start + len(period.as_written))
