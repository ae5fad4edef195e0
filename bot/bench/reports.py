"""``loa bench reports``: what comes out of reports, in a province of 500 agencies: pages, documents, sheets.

Each figure stands beside the least the same thing can take in the same run: a page beside one of the console that shows
next to nothing, a file beside the bare library writing the same cells. SQLite always; PostgreSQL too when
``DATABASE_URL`` names one, in a schema of its own that is dropped afterwards.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from bot.bench import province
from bot.bench.engines import alone, in_schema, postgresql
from bot.bench.figures import peak_memory
from bot.clock import Clock
from bot.config import Settings
from content.catalog import load_catalog
from storage.columns import Keyring, use_keyring
from storage.database import Database
from storage.users import ConsoleUser, Role, open_session

TASKS = (2, 20, 200)
"""Tasks that every agency reports on: 1,000, 10,000 and 100,000 reports."""
DRAFTS = 10_000
DOCUMENT_TASKS = 20
"""Of the plan whose consolidated document is written: 10,000 reports."""
ROWS, COLUMNS = 100_000, 60
ROUNDS = 10
"""Visits of a page, after the first one."""
LIMITS = {"page_ms": 300, "document_s": 15, "sheet_mb": 150}
APART = {"picture"}
"""Has an address of its own, so that no page waits for it."""
SCHEMA = "loa_bench_reports"
Cells = Iterator[list[Any]]


def run() -> dict[str, Any]:
    """Milliseconds of the pages by number of reports; seconds and megabytes of the files; and the limits they keep."""
    figures: dict[str, Any] = {"bench": "reports", "agencies": province.AGENCIES, "drafts": DRAFTS, "limits": LIMITS}
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        place = Path(folder)
        figures["pages"] = [_pages_alone(f"sqlite:///{place / f'{tasks}.db'}", tasks) for tasks in TASKS]
        if server := postgresql():
            figures["postgresql"] = [in_schema(server, SCHEMA, _pages_alone, tasks) for tasks in TASKS]
        document = f"sqlite:///{place / f'{DOCUMENT_TASKS}.db'}"
        figures["document"] = _files(place, _document, _bare_document, document)
        figures["sheet"] = _files(place, _sheet, _bare_sheet, "")
    return figures


def _pages_alone(url: str, tasks: int) -> dict[str, Any]:
    return alone(_pages, url, tasks)


def _pages(url: str, tasks: int) -> dict[str, Any]:
    use_keyring(Keyring(["bench"]))
    house = Database(url)
    house.upgrade()
    return asyncio.run(_visited(house, tasks))


async def _visited(house: Database, tasks: int) -> dict[str, Any]:
    from handlers.reports.snapshots import refresh_dashboard

    async with house.session() as db:
        await province.fill(db, tasks, DRAFTS if tasks == TASKS[-1] else 0)
        form = await province.fill_form(db, tasks * province.AGENCIES)
        user = ConsoleUser(name="bench", role=Role.VIEWER, password_hash="", created_at=province.NOW)
        db.add(user)
        await db.flush()
        token = await open_session(db, user, Clock().now())
        await db.commit()
    catalog = load_catalog()
    began = time.perf_counter()
    await refresh_dashboard(house, catalog, Clock().now())
    taken, memory = time.perf_counter() - began, peak_memory()
    async with _console(house.url, token) as http:
        plan = f"?plan={province.PLAN}"
        least = await _visits(http, "/console/phone")
        figures = {
            name: await _visits(http, f"/console/{path}")
            for name, path in (
                ("dashboard", f"progress{plan}"),
                ("picture", f"progress/chart.svg{plan}"),
                ("figure", f"progress/figures{plan}&task={province.PLAN}_0"),
                ("list", f"reports{plan}"),
                ("list_far", f"reports{plan}&after={province.PLAN}_{tasks - 1}/{province.agency_id(0)}"),
                ("list_agency", f"reports{plan}&agency=number+17"),
                ("review_queue", f"reports{plan}&state=submitted"),
                ("not_reported", f"reports{plan}&state=missing"),
                ("late", f"reports{plan}&late=1"),
                ("form", f"forms/{form}"),
                ("forms", "forms"),
                ("home", ""),
            )
        }
    await house.close()
    return {
        "reports": tasks * province.AGENCIES,
        "snapshot_s": round(taken, 2),
        "snapshot_peak_mb": memory,
        **figures,
        "least": least,
        "within": all(
            figures[name][which] <= LIMITS["page_ms"]
            for name in figures.keys() - APART
            for which in ("first_ms", "p50_ms")
        ),
        "ratio": round(figures["dashboard"]["p50_ms"] / least["p50_ms"], 1),
    }


@asynccontextmanager
async def _console(url: str, token: str) -> Any:
    """The console of a house on this database, entered with the token; nothing understands in it."""
    from bot.app import Loa
    from bot.web.console.login import COOKIE
    from bot.web.server import create_app
    from nlu.understanding import Understander

    catalog = load_catalog()
    settings = Settings(database_url=SecretStr(url), secret_key=SecretStr("bench-" * 6), data_keys=SecretStr("bench"))
    nlu = await asyncio.to_thread(Understander.load, catalog, Path("var"))
    async with Loa.open(settings, Clock(), (), catalog, nlu) as loa:
        transport = httpx.ASGITransport(create_app(loa))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bench", cookies={COOKIE: token}, timeout=60
        ) as http:
            yield http


async def _visits(http: httpx.AsyncClient, path: str) -> dict[str, float]:
    """The first visit, the one after new figures in a process that has just begun, and the middle one of those after
    it."""
    took = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        answer = await http.get(path)
        took.append(time.perf_counter() - began)
        assert answer.status_code == 200, (path, answer.status_code)
    first, *others = took
    middle = sorted(others)[len(others) // 2]
    return {"first_ms": round(first * 1000, 1), "p50_ms": round(middle * 1000, 1)}


def _files(place: Path, ours: Callable[..., Any], bare: Callable[..., Any], url: str) -> dict[str, Any]:
    loa, least = alone(ours, place / "loa", url), alone(bare, place / "bare", url)
    return {"loa": loa, "bare": least, "ratio": round(loa["seconds"] / least["seconds"], 2)}


def _timed(write: Callable[[], object]) -> dict[str, float]:
    before = peak_memory()
    began = time.perf_counter()
    write()
    seconds = time.perf_counter() - began
    return {"seconds": round(seconds, 2), "peak_mb": peak_memory(), "begun_with_mb": before}


def _document(path: Path, url: str) -> dict[str, float]:
    from bot.exports.docx import write_docx
    from handlers.reports.snapshots import count_plan

    async def counted() -> dict[str, Any]:
        found = await count_plan(Database(url), load_catalog(), province.PLAN, province.NOW)
        return found.report("SL-24-BENCH2")

    use_keyring(Keyring(["bench"]))
    return _timed(lambda: write_docx(asyncio.run(counted()), load_catalog(), path))


def _bare_document(path: Path, _: str) -> dict[str, float]:
    """The rows of the largest annex alone, as python-docx writes a table."""
    from docx import Document

    def write() -> None:
        document = Document()
        count = DOCUMENT_TASKS * province.AGENCIES
        table = document.add_table(rows=count, cols=6)
        for number, row in enumerate(table.rows):
            for place, cell in enumerate(row.cells):
                cell.text = f"{number} {place}"
        document.save(str(path))

    return _timed(write)


def cells() -> Cells:
    """Rows as an export has them: words, figures, days, now and then what looks like a formula."""
    for number in range(ROWS):
        row = [f"Task {number % 200}", "=1+1", number, number / 7, date(2024, 12, 15), None]
        yield row * (COLUMNS // len(row))


def _sheet(path: Path, _: str) -> dict[str, float]:
    from bot.exports.sheets import SheetWriter, new_workbook

    headings = [(f"Column {number}", 14) for number in range(COLUMNS)]

    def write() -> None:
        workbook = new_workbook()
        sheet = SheetWriter(workbook, "Bench", headings, wrap=False)
        sheet.write(cells())
        sheet.close()
        workbook.save(path)

    return _timed(write)


def _bare_sheet(path: Path, _: str) -> dict[str, float]:
    """openpyxl's own way for large sheets, formulas and all."""
    from openpyxl import Workbook

    def write() -> None:
        workbook = Workbook(write_only=True)
        sheet = workbook.create_sheet()
        for row in cells():
            sheet.append(row)
        workbook.save(path)

    return _timed(write)
