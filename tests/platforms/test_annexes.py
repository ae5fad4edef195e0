"""Twenty-three officers on both platforms fill the forty lines of both annexes of the plan, each in their own manner;
every figure of the Word document made of it is one that can be reckoned from what they said (``annexes.yaml``)."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from docx import Document
from sqlmodel import select

from bot.exports import Format, export
from bot.exports.conformity import departures
from handlers.messages import Address
from handlers.reports.review import accept, send_back
from handlers.reports.snapshots import count_plan, keep
from storage.contacts import Consent, Contact, Purpose
from storage.invitations import invite
from storage.reports import ProgressReport
from storage.snapshots import SnapshotUse
from tests.conftest import MONDAY, TestClock
from tests.platforms.conftest import World

PATIENCE = 30.0
FOLDER = Path(__file__).parent
CONTENT = FOLDER.parent.parent / "content" / "kontum"
PLAN = "kh_thong_tin_co_so_2024"
OFFICERS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "annexes.yaml").read_text(encoding="utf-8"))
ROWS: dict[str, dict[str, Any]] = {
    row["row"]: {**row, "agency": officer["agency"], "reports": officer.get("reports", MONDAY.date())}
    for officer in OFFICERS
    for row in officer["rows"]
}
LAST = date(2024, 12, 17)
"""The day of the consolidated report."""
STATUS = {"done": "đã xong", "partly": "xong một phần", "not_yet": "chưa làm"}


class Officer:
    """One of them, with a phone in hand."""

    def __init__(self, world: World, number: int, about: dict[str, Any]) -> None:
        self.world = world
        self.about = about
        self.phone: Any = (
            world.telegram.person(2000 + number, about["name"])
            if about["platform"] == "telegram"
            else world.zalo.person(about["name"])
        )

    async def does(self, *lines: str) -> str:
        """Say or (with a leading ``@``) tap one thing after the other; the text that came as the last answer."""
        before = len(self.phone.messages)
        for line in lines:
            before = len(self.phone.messages)
            await (self.phone.taps(line[1:]) if line.startswith("@") else self.phone.says(line))
            await self.is_answered(before)
        return "\n".join(bubble.text for bubble in self.phone.messages[before:])

    async def is_answered(self, before: int) -> None:
        self.phone._read = before
        await self.phone.sees(1, PATIENCE)
        await self.world.loa.inbox.idle(Address.parse(self.phone.address), PATIENCE)

    async def registers(self, code: str) -> None:
        """By the link of the invitation, or with its code typed in; agrees to what is kept of them."""
        if self.about["platform"] == "telegram":
            await self.phone.starts(code)
            await self.is_answered(0)
        else:
            await self.phone.follows()
            await self.is_answered(0)
            await self.does("dang ky can bo dau moi", code.lower())
        told = await self.does("đồng ý", self.about["name"], "Chuyên viên", "@Bỏ qua", "@Đúng")
        assert self.about["name"] in told

    async def reports(self) -> None:
        for row in self.about["rows"]:
            await self._opens(f"report:{row['row']}")
            told = await self.does(*row["say"])
            assert re.search(r"BC-24-[A-Z0-9]{6}", told), (row["row"], told)

    async def _opens(self, report: str) -> None:
        """Choose the line from the list, scrolling back to it or turning the pages."""
        if not self._shown(report):
            await self.does("bao cao tien do")
        while not self._shown(report):
            await self.does("@Trang sau")
        before = len(self.phone.messages)
        await self.phone.taps(self._shown(report))
        await self.is_answered(before)

    def _shown(self, report: str) -> str:
        """What the button of the report carries, where one was offered."""
        buttons = (button for bubble in self.phone.messages for button in bubble.buttons)
        return next((str(button.data) for button in buttons if button.data.lstrip("#") == report), "")

    async def corrects(self, lines: Iterable[str]) -> None:
        told = await self.does(*lines)
        assert "bản 2" in told, told


@pytest.fixture
async def officers(world: World) -> list[Officer]:
    """All registered by invitation, each having agreed to it in the chat."""
    loa = world.loa
    async with loa.db.session() as db:
        codes = [await invite(db, about["agency"], "test", loa.clock.now()) for about in OFFICERS]
        await db.commit()
    found = [Officer(world, number, about) for number, about in enumerate(OFFICERS)]
    await asyncio.gather(*(one.registers(code) for one, code in zip(found, codes, strict=True)))
    async with loa.db.reading() as db:
        contacts = (await db.exec(select(Contact))).all()
        agreed = (await db.exec(select(Consent).where(Consent.purpose == Purpose.OFFICER_REGISTRATION))).all()
    assert Counter((contact.name, contact.agency_id) for contact in contacts) == Counter(
        (about["name"], about["agency"]) for about in OFFICERS
    )
    assert len(agreed) == len(OFFICERS)
    return found


@pytest.mark.parametrize("database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True)
async def test_the_annexes_are_filled_through_chat_and_every_figure_of_the_document_is_right(
    world: World, officers: list[Officer], clock: TestClock, tmp_path: Path
) -> None:
    loa = world.loa
    prompt = [one for one in officers if "reports" not in one.about]
    for text in await asyncio.gather(*(one.does("nhiem vu cua toi") for one in officers)):
        assert "Nhiệm vụ" in text
    await asyncio.gather(*(one.reports() for one in prompt))
    await _reviewed(world)
    clock.moment = MONDAY.replace(day=12)
    await asyncio.gather(
        *(one.corrects(row["corrects"]) for one in officers for row in one.about["rows"] if "corrects" in row)
    )
    clock.moment = datetime.combine(LAST, MONDAY.timetz())
    await asyncio.gather(*(one.reports() for one in officers if one not in prompt))

    counted = await count_plan(loa.db, loa.catalog, PLAN, clock.now())
    async with loa.db.session() as db:
        picture = await keep(db, counted, SnapshotUse.DOCUMENT, "test")
        await db.commit()
    path = tmp_path / "tong-hop.docx"
    export(counted.report(picture.code), loa.catalog, Format.DOCX, path)
    document = Document(str(path))
    totals, figures, agencies, missing = (cells(table) for table in document.tables if len(table.columns) > 4)
    reckoned = Reckoned()
    assert figures == reckoned.figures()
    assert [row[:2] for row in agencies] == [row[:2] for row in reckoned.agencies()]
    assert sorted(row[1:] for row in agencies) == sorted(row[1:] for row in reckoned.agencies())
    assert totals == reckoned.totals()
    assert sorted(row[1:] for row in missing) == sorted(reckoned.missing())
    lines = [paragraph.text for paragraph in document.paragraphs]
    for line in reckoned.sentences():
        assert any(line in one for one in lines), line
    assert departures(path, loa.catalog.text) == []


async def _reviewed(world: World) -> None:
    """The department takes note of one report and asks about another."""
    loa = world.loa
    async with loa.db.session() as db:
        for report in (await db.exec(select(ProgressReport))).all():
            row, now = ROWS[report.task_id], loa.clock.now()
            if row.get("accepted"):
                await accept(db, loa.catalog, report.id or 0, "duyet", now)
            if row.get("returned"):
                await send_back(db, loa.catalog, report.id or 0, row["returned"], "duyet", now)
        await db.commit()
    await world.settle()


def cells(table: Any) -> list[tuple[str, ...]]:
    """The texts below the heading of a table."""
    return [tuple(cell.text.strip() for cell in row.cells) for row in table.rows[1:]]


# What the document must say, reckoned from the plan's own file and from what each officer meant.


def number(value: float) -> str:
    """``71.43`` → ``71,4``."""
    return f"{value:.1f}".removesuffix(".0").replace(".", ",")


def day(value: date) -> str:
    return value.strftime("%d/%m/%Y")


def counted(value: Any) -> float | None:
    """What an answer counts for."""
    if isinstance(value, int):
        return value
    if "/" in value:
        return int(value.split("/")[0])
    return {"nil": 0.0, "unknown": None, "open": None}[value]


def words(value: Any, unit: str) -> str:
    if isinstance(value, str) and "/" in value:
        part, whole = map(int, value.split("/"))
        return f"{value} {unit} ({number(100 * part / whole)}%)"
    return {"nil": "không phát sinh", "unknown": "chưa có số liệu", "open": ""}.get(str(value), f"{value} {unit}")


class Reckoned:
    """The document's tables, reckoned a second time."""

    def __init__(self) -> None:
        read = yaml.safe_load((CONTENT / "plans" / f"{PLAN}.yaml").read_text(encoding="utf-8"))
        registry = yaml.safe_load((CONTENT / "agencies.yaml").read_text(encoding="utf-8"))
        self.tasks: list[dict[str, Any]] = read["tasks"]
        self.registry = {agency["id"]: agency for agency in registry}
        self.parents = {task["parent"] for task in self.tasks if task["parent"]}

    def owing(self, task: dict[str, Any]) -> list[str]:
        if task["id"] in self.parents:
            return []
        return [
            agency
            for lead in task["lead"]
            for agency in (self.registry[lead]["members"] if self.registry[lead]["level"] == "group" else [lead])
        ]

    def name(self, agency: str) -> str:
        return str(self.registry[agency]["name"])

    def overdue(self, task: dict[str, Any]) -> int:
        """Days since the task's last day in time; 0 while there are any left."""
        due = (task["deadline"] or {}).get("due")
        return 0 if due is None else max(0, (LAST - date.fromisoformat(due)).days)

    def target(self, indicator: dict[str, Any]) -> str:
        unit, least = indicator["unit"], "ít nhất " if indicator["comparison"] == "ge" else ""
        figure = number(indicator["target"])
        return f"{figure}%" if unit == "%" else f"{least}{figure} {unit}"

    def share(self, indicator: dict[str, Any], value: float | None) -> str:
        return "" if value is None else f"{number(100 * value / indicator['target'])}%"

    def measured(self, task: dict[str, Any], place: int) -> tuple[str, str, str]:
        """Target, result and share of an indicator; a heading's are those of its lines together."""
        indicator = task["indicators"][place]
        lines = [line["id"] for line in self.tasks if line["parent"] == task["id"]]
        if lines:
            values = [found for line in lines for value in ROWS[line]["value"] if (found := counted(value)) is not None]
            total: float | None = sum(values)
            result = f"{number(total or 0)} {indicator['unit']}"
        elif task["id"] in ROWS:
            value = ROWS[task["id"]]["value"][place]
            total = counted(value)
            result = "" if total is None else words(0 if value == "nil" else value, indicator["unit"])
        else:
            total, result = None, ""
        return self.target(indicator), result, self.share(indicator, total)

    def figures(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for task in self.tasks:
            for place, indicator in enumerate(task["indicators"]):
                rows.append((task["path"], indicator["name"], "", *self.measured(task, place)))
                if task["id"] in ROWS and (value := ROWS[task["id"]]["value"][place]) != "open":
                    told = words(value, indicator["unit"])
                    share = self.share(indicator, counted(value))
                    rows.append(("", "", self.name(ROWS[task["id"]]["agency"]), "", told, share))
        return rows

    def totals(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for task in self.tasks:
            row, owing = ROWS.get(task["id"]), self.owing(task)
            sent = f"{1 if row else 0}/{len(owing)}" if owing else ""
            several = len(task["indicators"]) > 1
            if len(task["indicators"]) == 1:
                told = self.measured(task, 0)
            else:
                told = ("", f"1 đơn vị {STATUS[row['status']]}" if row else "", "")
            rows.append((task["path"], task["title"], *told, sent))
            if several:
                rows += [
                    ("", f"- {one['name']}", *self.measured(task, place), "")
                    for place, one in enumerate(task["indicators"])
                ]
        return rows

    def agencies(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for task in self.tasks:
            for agency in self.owing(task):
                row = ROWS.get(task["id"])
                told = self.told(task, row) if row else ("chưa nộp" + ", quá hạn" * bool(self.overdue(task)), "", "")
                rows.append((str(len(rows) + 1), task["title"], self.name(agency), *told))
        return rows

    def told(self, task: dict[str, Any], row: dict[str, Any]) -> tuple[str, str, str]:
        """Where the report stands, what it reports, what was done."""
        state = f"đã nộp {day(row.get('corrected', row['reports']))}, "
        state += "đã tiếp nhận" if row.get("accepted") else "đang xem"
        late = (row["reports"] - date.fromisoformat(task["deadline"]["due"])).days
        if late > 0:
            state += f" (sau hạn {late} ngày)"
        results = [
            f"{indicator['name']}: {words(value, indicator['unit'])}"
            for indicator, value in zip(task["indicators"], row["value"], strict=True)
            if value != "open"
        ]
        status = STATUS[row["status"]]
        if "by" in row:
            status += f", {'ngày' if row['status'] == 'done' else 'dự kiến'} {day(row['by'])}"
        evidence = f"\nMinh chứng: {row['evidence']}" if "evidence" in row else ""
        return state, "; ".join([*results, status]), row["work"] + evidence

    def missing(self) -> list[tuple[str, ...]]:
        owed, without, late = Counter[str](), dict[str, list[str]](), Counter[str]()
        for task in self.tasks:
            for agency in self.owing(task):
                owed[agency] += 1
                if task["id"] in ROWS:
                    continue
                without.setdefault(agency, []).append(task["path"])
                late[agency] = max(late[agency], self.overdue(task))
        return [
            (
                self.name(agency),
                f"{len(paths)}/{owed[agency]}",
                ", ".join(paths),
                f"{late[agency]} ngày" * bool(late[agency]),
            )
            for agency, paths in without.items()
        ]

    def sentences(self) -> list[str]:
        """What the text says in words: the counts of part I, and each difficulty with who has it."""
        owed = sum(len(self.owing(task)) for task in self.tasks)
        reporting = [task for task in self.tasks if task["id"] not in self.parents]
        late = sum(row["reports"] == LAST for row in ROWS.values())
        overdue = sum(len(self.owing(task)) for task in reporting if task["id"] not in ROWS and self.overdue(task))
        done = sum(row["status"] == "done" for row in ROWS.values())
        return [
            f"Kế hoạch có {len(reporting)} nhiệm vụ phải báo cáo; tổng số báo cáo phải nộp: {owed}.",
            f"- Đã nộp: 40 (đã tiếp nhận 1, đang xem 39); nộp sau hạn: {late}.",
            "- Đã trả lại, chờ nộp lại: 0.",
            f"- Chưa nộp: {owed - 40}; tổng số đã quá hạn: {overdue}.",
            f"- Cơ quan, đơn vị báo cáo đã hoàn thành nhiệm vụ: {done}.",
            *(f"- {row['difficulty']} ({self.name(row['agency'])})" for row in ROWS.values() if "difficulty" in row),
        ]
