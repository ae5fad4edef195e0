"""What the tables of an export say, from the figures of a consolidated report."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from bot.exports import Json
from content.figures import PERCENT, day, figure, told
from content.text import Texts
from handlers.plans.duties import target_words
from handlers.turn import LOCAL
from storage.reports import HANDED_IN

Row = dict[str, str]


def totals(report: Json, text: Texts) -> list[Row]:
    """One row for every task, and one for every indicator of a task that has several."""
    rows: list[Row] = []
    for task in report["tasks"]:
        indicators = task["indicators"]
        owed = [agency for agency in task["agencies"] if agency["role"] == "lead"]
        sent = sum(agency["state"] in HANDED_IN for agency in owed)
        row = {
            "order": task["path"],
            "task": task["title"],
            "target": "",
            "result": "" if task["broken_down"] else statuses(owed, text),
            "percent": "",
            "reports": f"{sent}/{len(owed)}" if owed else "",
            "bold": "1" if task["broken_down"] or len(indicators) > 1 else "",
        }
        if len(indicators) == 1:
            row |= measured(indicators[0], text)
        rows.append(row)
        if len(indicators) > 1:
            rows += [
                {"order": "", "task": f"- {one['name']}", "reports": "", "bold": "", **measured(one, text)}
                for one in indicators
            ]
    return rows


def measured(indicator: Json, text: Texts) -> Row:
    """Target, result and share of one indicator."""
    unit = indicator["unit"]
    result = percent = ""
    if indicator["reported"] is not None:
        whole = indicator["whole"]
        part = indicator["reported"] if whole and unit != PERCENT else None
        result = told(
            {"value": indicator["reported"], "part": part, "whole": whole if part is not None else None}, unit
        )
    elif indicator["agencies_reporting"]:
        result = text(
            "report.export.met",
            meeting=indicator["agencies_meeting"],
            reporting=indicator["agencies_reporting"],
        )
    if indicator["percent_of_target"] is not None:
        percent = f"{figure(indicator['percent_of_target'])}%"
    return {
        "target": target_words(text, indicator["target"], unit, indicator["comparison"]),
        "result": result,
        "percent": percent,
    }


def statuses(agencies: list[Json], text: Texts) -> str:
    """How many agencies say the task is done, partly done, not begun."""
    told_by = Counter(agency["status"] for agency in agencies if agency.get("status") and agency["state"] != "returned")
    return "; ".join(
        text("report.export.by_status", count=told_by[status], status=text(f"report.status_value.{status}"))
        for status in ("done", "partly", "not_yet")
        if told_by[status]
    )


def agencies(report: Json, text: Texts) -> list[Row]:
    """One row for every agency that owes a report on a task, or handed one in."""
    rows: list[Row] = []
    for task in report["tasks"]:
        for agency in task["agencies"]:
            name = agency["agency"]["name"]
            if agency["role"] != "lead":
                name = text("report.export.state.coordinating", agency=name)
            rows.append(
                {
                    "order": str(len(rows) + 1),
                    "path": task["path"],
                    "task": task["title"],
                    "agency": name,
                    "state": state(agency, text),
                    "result": _result(agency, text),
                    "work": _work(agency, text),
                    "bold": "",
                }
            )
        for group in task["unknown_groups"]:
            name = text("report.export.unknown_group", group=group)
            rows.append(
                {
                    "order": str(len(rows) + 1),
                    "path": task["path"],
                    "task": task["title"],
                    "agency": name,
                    "state": "",
                    "result": "",
                    "work": "",
                    "bold": "",
                }
            )
    return rows


def state(agency: Json, text: Texts) -> str:
    """Where the agency's report stands, in words."""
    if agency["state"] == "missing":
        return text(f"report.export.state.missing{'_overdue' if agency['overdue'] else ''}")
    handed_in = datetime.fromisoformat(agency["submitted_at"]).astimezone(LOCAL).date()
    words = text(f"report.export.state.{agency['state']}", day=day(handed_in))
    if agency["late_days"]:
        words = text("report.export.state.late", state=words, days=agency["late_days"])
    return words


def progress(agency: Json, text: Texts) -> str:
    """The status with its date: when it was done, or when it is to be."""
    if not agency.get("status"):
        return ""
    words = text(f"report.status_value.{agency['status']}")
    for field, key in (("finished_on", "report.export.finished"), ("expected_on", "report.export.expected")):
        if agency.get(field):
            return text(key, status=words, day=day(date.fromisoformat(agency[field])))
    return words


def _result(agency: Json, text: Texts) -> str:
    values = [
        f"{value['name']}: {told(value['reported'], value['unit'] or '')}"
        for value in agency.get("values", [])
        if value["reported"]
    ]
    return "; ".join([*values, *filter(None, [progress(agency, text)])])


def _work(agency: Json, text: Texts) -> str:
    parts = [agency.get("work") or ""]
    if agency.get("evidence"):
        parts.append(text("report.export.evidence", evidence=agency["evidence"]))
    return "\n".join(filter(None, parts))


def figures(report: Json, text: Texts) -> list[Row]:
    """One row for every indicator, and below it one for every agency that reported a value on it."""
    rows: list[Row] = []
    for task in report["tasks"]:
        for one in task["indicators"]:
            rows.append({"order": task["path"], "task": one["name"], "agency": "", "bold": "1", **measured(one, text)})
            rows += [
                {
                    "order": "",
                    "task": "",
                    "agency": agency["agency"]["name"],
                    "bold": "",
                    "target": "",
                    "result": told(value["reported"], value["unit"] or ""),
                    "percent": "" if value["percent_of_target"] is None else f"{figure(value['percent_of_target'])}%",
                }
                for agency in task["agencies"]
                for value in agency.get("values", [])
                if value["indicator"] == one["id"] and value["reported"]
            ]
    return rows


def missing(report: Json, text: Texts) -> list[Row]:
    """One row for every agency that has not handed in all it owes, the latest first."""
    sums = report["progress"]
    owing = [agency for agency in sums["agencies"] if agency["missing"]]
    late = {agency["id"]: max((one["days_late"] or 0 for one in agency["missing"]), default=0) for agency in owing}
    return [
        {
            "order": str(place),
            "agency": agency["name"],
            "count": f"{len(agency['missing'])}/{agency['owed']}",
            "tasks": ", ".join(dict.fromkeys(sums["tasks"][one["task"]]["path"] for one in agency["missing"])),
            "late": text("report.export.days_late", days=late[agency["id"]]) if late[agency["id"]] > 0 else "",
            "bold": "",
        }
        for place, agency in enumerate(sorted(owing, key=lambda one: -late[one["id"]]), 1)
    ]
