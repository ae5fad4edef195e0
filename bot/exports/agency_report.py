"""An agency's report on one task as a Word document in the layout of Nghị định 30/2020/NĐ-CP.

A draft for the agency's clerk: number, day and signature stay empty; the last line tells which submission it shows.
"""

from __future__ import annotations

import io
from typing import Any

from docxtpl import DocxTemplate

from bot.exports import Json
from bot.exports.docx import abbreviated
from bot.exports.template import AGENCY_TEMPLATE, ANSWERS
from content.catalog import Catalog

_PLAIN = ("motto_state", "motto", "kind", "recipients", "recipient_above", "recipient_filed")
_PARTS = ("part1", "part2", "part3", "part4", "table_caption")


def write_report(facts: Json, catalog: Catalog) -> bytes:
    """The document of ``handlers.reports.paper.facts_of`` as the bytes of a .docx file."""
    template = DocxTemplate(str(catalog.root / AGENCY_TEMPLATE))
    template.render(context(facts, catalog), autoescape=True)
    file = io.BytesIO()
    template.save(file)
    return file.getvalue()


def context(facts: Json, catalog: Catalog) -> dict[str, Any]:
    """What fills the marks of the template."""
    text, department = catalog.text, catalog.province.department
    agencies = catalog.province.agencies
    agency = agencies.get(facts["agency"])
    name = agency.name if agency else facts["agency"]
    above = agencies.get(agency.parent or "") if agency else None
    committee = agency is not None and agency.kind == "people_committee"
    plan, task = facts["plan"], facts["task"]
    receiver = catalog.agency_name(department.id)
    number = text("report.export.plan_number", number=plan["number"]) if plan["number"] else ""
    named = {"plan": plan["name"], "number": number, "issuer": plan["issuer"], "title": task["title"]}
    place = name.removeprefix(text("receipt.docx.committee_short")).strip() if committee else department.province
    told = {key: facts[key] for key in ("code", "version", "submitted", "timeliness", "author")}
    return {
        **{mark: text(f"report.export.{mark}") for mark in _PLAIN},
        **{mark: text(f"receipt.docx.{mark}") for mark in _PARTS},
        "parent": "" if committee or above is None else abbreviated(above.name, above.aliases).upper(),
        "issuer": text("receipt.docx.committee", place=place).upper() if committee else name.upper(),
        "number": text("report.export.number", code=_symbol(name, agency.aliases if agency else [], committee)),
        "place_and_date": text("report.export.place_and_date", place=_seat(place), year=facts["year"]),
        "subject": text("receipt.docx.subject", **named),
        "to": text("report.export.to", receiver=receiver),
        "bases": [text("report.export.basis_plan", **named)],
        "intro": text("receipt.docx.intro", agency=name, **named),
        "task_lines": [
            text("receipt.docx.task", title=task["title"], path=task["path"]),
            text("receipt.docx.due", due=task["due"] or text("report.no_due")),
        ],
        "status": text("receipt.docx.status", status="; ".join(filter(None, [facts["status"], *facts["ends"]]))),
        "work": _lines(facts["work"]),
        "answers": [{"order": str(place), "bold": "", **figure} for place, figure in enumerate(facts["figures"], 1)],
        "head": {column: text(f"report.export.head.{column}") for column, _ in ANSWERS},
        "part3_lines": _lines(facts["difficulties"]) or [text("receipt.docx.no_difficulty")],
        "part4_lines": _lines(facts["evidence"]) or [text("receipt.docx.no_evidence")],
        "closing": text("receipt.docx.closing", receiver=receiver, **named),
        "signer": text(f"receipt.docx.signer.{'committee' if committee else 'office'}"),
        "source": text("receipt.docx.source", **told),
    }


def _symbol(name: str, aliases: list[str], committee: bool) -> str:
    """The agency's part in the symbol of its documents: its known abbreviation, else its initials."""
    if committee:
        return "UBND"
    known = [alias for alias in aliases if alias.isupper() and alias.isalpha() and len(alias) > 1]
    return max(known, key=len, default="".join(word[0] for word in name.split() if word[0].isalpha()).upper())


def _seat(place: str) -> str:
    """The place a document is dated at: "Sa Thầy" for huyện Sa Thầy."""
    return place.partition(" ")[2] if place.partition(" ")[0] in _KINDS else place


_KINDS = frozenset({"huyện", "xã", "tỉnh", "phường"})


def _lines(words: str) -> list[str]:
    return [line.strip() for line in words.splitlines() if line.strip()]
