"""The consolidated report as a Word document in the layout of Nghị định 30/2020/NĐ-CP.

A draft for the clerk: number, day and signature stay empty, the last part is the drafter's to write.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage

from bot.exports import Json
from bot.exports.charts import png
from bot.exports.long_tables import samples, save
from bot.exports.plan_charts import heat_chart, indicator_chart
from bot.exports.rows import agencies, figures, missing, totals
from bot.exports.template import ANNEXES, TEMPLATE, TOTALS
from content.catalog import Catalog
from content.figures import moment
from content.text import Texts
from handlers.reports.difficulties import sorted_out
from handlers.turn import LOCAL

_PLAIN = (
    "motto_state", "motto", "kind", "part1", "part2", "part2_text", "part3", "part4", "part4_text", "recipients",
    "recipient_above", "recipient_filed", "signer",
)  # fmt: skip
"""Marks of the template that take a text as it is."""
_COUNTED = ("handed_in", "returned", "done")
CHARTS = ("chart", "heat")
"""Marks of the template that take a picture, in the order of the document."""
LONG_TABLES = ("totals", "figures", "agencies", "missing")
"""Marks that take rows."""
CHART_WIDTH = Mm(160)
_ROMAN = ("I", "II", "III")


def write_docx(report: Json, catalog: Catalog, path: Path) -> None:
    """Write the report, with the sums of its snapshot, to ``path``."""
    template = DocxTemplate(str(catalog.root / TEMPLATE))
    marks = context(report, catalog)
    drawn = [name for name in CHARTS if marks[name] is not None]
    for name in drawn:
        marks[name] = InlineImage(template, io.BytesIO(marks[name]), width=CHART_WIDTH)
    tables = {name: marks[name] for name in LONG_TABLES}
    marks |= {name: samples(name, rows) for name, rows in tables.items()}
    template.render(marks, autoescape=True)
    for name, drawing in zip(drawn, template.docx.inline_shapes, strict=True):
        drawing._inline.docPr.set("descr", marks[f"{name}_caption"])  # for those who have the document read to them
    save(template, tables, path)


def context(report: Json, catalog: Catalog) -> dict[str, Any]:
    """What fills the marks of the template; the chart as a PNG, None where there is nothing to draw."""
    text, department = catalog.text, catalog.province.department
    as_of = datetime.fromisoformat(report["as_of"]).astimezone(LOCAL)
    office = catalog.province.agencies[department.id]
    above = catalog.province.agencies.get(office.parent or "")
    code = department.code or ""
    plan, receiver = report["plan"], report["plan"]["issuer"]
    number = text("report.export.plan_number", number=plan["number"]) if plan["number"] else ""
    named = {
        "plan": plan["name"],
        "number": number,
        "issuer": receiver,
        "receiver": receiver,
        "department": office.name,
    }
    sorted_words = sorted_out(report["difficulties"], catalog.difficulties)
    return {
        **{name: text(f"report.export.{name}") for name in _PLAIN},
        "parent": abbreviated(above.name, above.aliases).upper() if above else "",
        "issuer": office.name.upper(),
        "number": text("report.export.number", code=code),
        "place_and_date": text("report.export.place_and_date", place=department.province, year=as_of.year),
        "subject": text("report.export.subject", plan=plan["name"]),
        "to": text("report.export.to", receiver=receiver),
        "bases": [text("report.export.basis_regime"), text("report.export.basis_plan", **named)],
        "intro": text("report.export.intro", as_of=moment(as_of), snapshot=report["snapshot"], **named),
        **_charts(report["progress"], text),
        "part1_text": text("report.export.part1_text", **report["counts"]),
        **{name: text(f"report.export.{name}", **report["counts"]) for name in _COUNTED},
        "missing_count": text("report.export.missing", **report["counts"]),
        "part3_groups": list(_groups(sorted_words["difficulties"], text, "no_difficulty")),
        "part4_groups": list(_groups(sorted_words["proposals"], text, "no_proposal")),
        "closing": text("report.export.closing", **named),
        "annex": {
            rows: {
                "number": text("report.export.annex", number=number),
                "title": text(f"report.export.annex_title.{rows}"),
            }
            for number, (rows, _) in zip(_ROMAN, ANNEXES, strict=True)
        },
        "annex_of": text("report.export.annex_of", code=code, year=as_of.year, department=office.name),
        "source": text("report.export.source", snapshot=report["snapshot"], as_of=moment(as_of)),
        "head": {name: text(f"report.export.head.{name}") for columns in _TABLES for name, _ in columns},
        "totals": totals(report, text),
        "figures": figures(report, text),
        "agencies": agencies(report, text),
        "missing": missing(report, text),
    }


def _charts(sums: Json, text: Texts) -> Json:
    """Each chart as a PNG, None where there is nothing to draw, and the line below it."""
    drawings = dict(zip(CHARTS, (indicator_chart(sums, text), heat_chart(sums, text)), strict=True))
    return {
        **{name: png(drawing) if drawing else None for name, drawing in drawings.items()},
        "chart_caption": text(f"report.export.{'chart_caption' if drawings['chart'] else 'no_chart'}"),
        "heat_caption": text("report.export.heat_caption"),
    }


_TABLES = (TOTALS, *(columns for _, columns in ANNEXES))


def _groups(themes: list[Json], text: Texts, nothing: str) -> Iterator[Json]:
    """Title and lines of each theme; one line that says so, and no title, where nobody wrote anything."""
    if not themes:
        yield {"title": "", "lines": [text(f"report.export.{nothing}")]}
    for number, theme in enumerate(themes, 1):
        lines = [
            text("report.export.difficulty", text=_sentence(entry["text"]), agencies=", ".join(entry["agencies"]))
            + (";" if place < len(theme["entries"]) else ".")
            for place, entry in enumerate(theme["entries"], 1)
        ]
        yield {"title": text("report.export.theme", number=number, title=theme["title"]), "lines": lines}


def _sentence(words: str) -> str:
    """What stands between the dash and the agencies: also of half a sentence a whole one."""
    words = words.rstrip(".;")
    return words[:1].upper() + words[1:]


def abbreviated(name: str, aliases: list[str]) -> str:
    """A body above the issuer may stand abbreviated in the letterhead: "UBND tỉnh …"."""
    return max((alias for alias in aliases if alias.startswith("UBND ")), key=len, default=name)
