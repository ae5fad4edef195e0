"""What a reviewer typed, as the piece it makes; what cannot be taken is told beside its field, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from starlette.datastructures import FormData

from bot.web.console.directives.bodies import Registry
from bot.web.console.directives.fields import FIELDS
from handlers.directives.draft import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    Document,
    Due,
    Part,
    PartKind,
    Party,
    Recipient,
    Target,
)
from handlers.messages import clean_text

LONGEST_LINE = 300
_VIETNAMESE_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
SEMANTICS = ("before", "by", "within", "recurring")
COMPARISONS = ("eq", "ge", "le")


class Filled:
    """A posted form; ``faults`` holds the key of a sentence for each field that was refused."""

    def __init__(self, form: FormData, registry: Registry) -> None:
        self._form = form
        self._registry = registry
        self.faults: dict[str, str] = {}
        self.asked: dict[str, str] = {}
        """Names that were typed and not chosen, by field: their agencies are offered."""

    def part(self, old: Part) -> Part:
        """The part as it was filled in."""
        new = old.model_copy(deep=True)
        new.title = self.line("title", LONGEST_TITLE)
        if not new.title:
            self.faults["title"] = "review.fault.no_title"
        names = FIELDS[old.kind]
        if old.kind is PartKind.ITEM:
            new.text = self.words("text")
            new.first, new.last = self.day("first"), self.day("last")
            if new.first and new.last and new.last < new.first:
                self.faults["last"] = "review.fault.backwards"
        if "due" in names:
            new.due = self.due(old.due)
        if "targets" in names:
            new.targets = self.targets()
        for name in names:
            if name in ("providers", "lead", "coordinators", "reporters", "receivers"):
                setattr(new, name, self.parties(name, getattr(old, name)))
        new.coordinators = [party for party in new.coordinators if party not in new.lead]
        return new

    def document(self, old: Document, kinds: Sequence[str]) -> Document:
        new = old.model_copy(deep=True)
        kind = self.line("kind")
        new.kind = kind if kind in kinds else None
        new.number, new.subject = self.line("number", 60) or None, self.line("subject", LONGEST_TITLE * 2) or None
        new.signer, new.issued_on = self.line("signer") or None, self.day("issued_on")
        issuers = self.parties("issuer", [old.issuer] if old.issuer else [])
        new.issuer = issuers[-1] if issuers else None
        to = [one for one in old.recipients if one.role == "to"]
        addressed = [Recipient(text=party.text, id=party.id, role="to") for party in self.parties("recipients", to)]
        new.recipients = [*addressed, *(one for one in old.recipients if one.role != "to")]
        return new

    def line(self, name: str, most: int = LONGEST_LINE) -> str:
        text = " ".join(clean_text(str(self._form.get(name) or "")).split())
        if len(text) > most:
            self.faults[name] = "review.fault.long_line"
        return text[:most]

    def words(self, name: str) -> str:
        raw = str(self._form.get(name) or "").replace("\r\n", "\n")
        if len(raw) > LONGEST_TEXT:
            self.faults[name] = "review.fault.long_text"
        lines = (clean_text(line) for line in raw[:LONGEST_TEXT].split("\n"))
        return "\n".join(lines).strip()

    def day(self, name: str) -> date | None:
        written = str(self._form.get(name) or "").strip()
        if not written:
            return None
        spelt = _VIETNAMESE_DAY.fullmatch(written)
        try:
            if spelt:
                return date(int(spelt[3]), int(spelt[2]), int(spelt[1]))
            return date.fromisoformat(written)
        except ValueError:
            self.faults[name] = "review.fault.no_day"
            return None

    def due(self, old: Due) -> Due:
        """A deadline; the words the document has for it stay."""
        semantics = self.line("due_semantics")
        day = self.day("due_date")
        if "due_date" in self.faults:
            self.faults["due"] = self.faults.pop("due_date")
        if day and semantics not in SEMANTICS:
            semantics = "by"
        return Due.model_validate(
            {
                "as_written": self.line("due_written") or (f"{day:%d/%m/%Y}" if day and not old.as_written else None),
                "date": day,
                "semantics": semantics if semantics in SEMANTICS else None,
            }
        )

    def targets(self) -> list[Target]:
        found = []
        columns = [self._form.getlist(f"target_{name}") for name in ("name", "value", "unit", "comparison")]
        for name, value, unit, comparison in zip(*columns, strict=False):
            words = " ".join(clean_text(str(name)).split())[:LONGEST_LINE]
            if not words:
                continue
            number = _number(str(value))
            if number is None and str(value).strip():
                self.faults["targets"] = "review.fault.no_number"
            found.append(
                Target.model_validate(
                    {
                        "as_written": words,
                        "value": number,
                        "unit": clean_text(str(unit))[:60] or None,
                        "comparison": comparison if comparison in (*COMPARISONS, "gt", "lt") else None,
                    }
                )
            )
        return found

    def parties(self, name: str, old: Sequence[Party]) -> list[Party]:
        """The bodies that are ticked: an agency by its id, any other by its words."""
        by_id = {party.id: party for party in old if party.id}
        found: list[Party] = []
        ticked = [str(raw) for raw in self._form.getlist(name)]
        for raw in ticked:
            sort, _, value = raw.partition(":")
            if sort == "id" and (body := self._registry.body(value)):
                found.append(Party(text=by_id[value].text if value in by_id else body.name, id=value))
            elif sort == "as" and value.strip():
                found.append(Party(text=clean_text(value)[:LONGEST_LINE]))
        found = list({(party.id or party.text): party for party in found}.values())
        typed = self.line(f"{name}_new")
        added = any(party.id and party.id not in by_id for party in found)
        if typed and not added and len(set(ticked)) == len(ticked):  # offered, and nothing of it was ticked
            self.asked[name] = typed
            self.faults[name] = "review.fault.choose_agency"
        return found


def _number(written: str) -> float | None:
    """A figure as people in Việt Nam write it: 1.250,5."""
    text = written.strip().replace(" ", "")
    if not re.fullmatch(r"\d{1,12}(?:[.,]\d{1,9})*", text):
        return None
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", text):
        text = text.replace(".", "")
    text = text.replace(",", ".")
    return float(text) if text.count(".") <= 1 else None
