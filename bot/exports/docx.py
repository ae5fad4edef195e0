"""The consolidated report as a Word document in the layout of Nghị định 30/2020/NĐ-CP.

A draft for the clerk: number, day and signature stay empty, the last part is the drafter's to write.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate

from bot.exports import Json
from bot.exports.rows import agencies, difficulties, totals
from bot.exports.template import AGENCIES, TEMPLATE, TOTALS
from content.catalog import Catalog
from content.figures import moment
from handlers.turn import LOCAL

_PLAIN = (
    "motto_state", "motto", "kind", "part1", "part2", "part2_text", "part3", "part4", "part4_text", "recipients",
    "recipient_above", "recipient_filed", "signer", "annex", "annex_title",
)  # fmt: skip
"""Marks of the template that take a text as it is."""


def write_docx(report: Json, catalog: Catalog, path: Path) -> None:
    """Write the report to ``path``."""
    template = DocxTemplate(str(catalog.root / TEMPLATE))
    template.render(context(report, catalog), autoescape=True)
    template.save(str(path))


def context(report: Json, catalog: Catalog) -> dict[str, Any]:
    """What fills the marks of the template."""
    text, department = catalog.text, catalog.province.department
    as_of = datetime.fromisoformat(report["as_of"]).astimezone(LOCAL)
    office = catalog.province.agencies[department.id]
    above = catalog.province.agencies.get(office.parent or "")
    code = department.code or ""
    plan, receiver = report["plan"], report["plan"]["issuer"]
    number = text("report.export.plan_number", number=plan["number"]) if plan["number"] else ""
    named = {"plan": plan["name"], "receiver": receiver, "department": office.name}
    return {
        **{name: text(f"report.export.{name}") for name in _PLAIN},
        "parent": abbreviated(above.name, above.aliases).upper() if above else "",
        "issuer": office.name.upper(),
        "number": text("report.export.number", code=code),
        "place_and_date": text("report.export.place_and_date", place=department.province, year=as_of.year),
        "subject": text("report.export.subject", plan=plan["name"]),
        "to": text("report.export.to", receiver=receiver),
        "intro": text(
            "report.export.intro", number=number, issuer=receiver, as_of=moment(as_of), plan=plan["name"],
            department=office.name,
        ),
        "part1_text": text("report.export.part1_text", **report["counts"]),
        **{name: text(f"report.export.{name}", **report["counts"]) for name in _COUNTED},
        "difficulties": difficulties(report, text) or [text("report.export.no_difficulty")],
        "closing": text("report.export.closing", **named),
        "annex_of": text("report.export.annex_of", code=code, year=as_of.year, department=office.name),
        "head": {name: text(f"report.export.head.{name}") for name, _ in {*TOTALS, *AGENCIES}},
        "totals": totals(report, text),
        "agencies": agencies(report, text),
    }  # fmt: skip


_COUNTED = ("handed_in", "returned", "missing", "done")


def abbreviated(name: str, aliases: list[str]) -> str:
    """A body above the issuer may stand abbreviated in the letterhead: "UBND tỉnh …"."""
    return max((alias for alias in aliases if alias.startswith("UBND ")), key=len, default=name)
