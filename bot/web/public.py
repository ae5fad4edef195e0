"""The public page of progress, where the department has switched it on: sums only, the same for a whole day.

That it changes once a day keeps two looks an hour apart from telling what one agency handed in between them.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from bot.app import Loa
from bot.exports.rows import measured
from bot.web import pages
from bot.web.pages import Pages
from handlers.reports.disclosure import LEAST, STEP, groups_told, indicators_told
from handlers.turn import LOCAL
from storage.plans import list_plans
from storage.snapshots import newest_progress

PATH = "/tien-do"
LEVELS = ("province", "district", "commune")
"""Groups of agencies told apart, as the registry has them."""
MAX_AGE = 900
"""Seconds a browser may keep the page."""


class Board:
    """The page of one day, made at the day's first visit."""

    def __init__(self, loa: Loa, paper: Pages) -> None:
        self._loa = loa
        self._paper = paper
        self._made: tuple[date, bytes] | None = None

    async def page(self) -> bytes:
        today = self._loa.clock.now().astimezone(LOCAL).date()
        if self._made is None or self._made[0] != today:
            plans = await self._plans()
            html = self._paper.render("public/progress.html", plans=plans, least=LEAST, step=STEP)
            if not plans:
                return bytes(html.body)  # nothing counted yet: look again at the next visit
            self._made = today, bytes(html.body)
        return self._made[1]

    async def _plans(self) -> list[dict[str, Any]]:
        agencies, text = self._loa.catalog.province.agencies, self._loa.catalog.text

        def level(agency_id: str) -> str | None:
            agency = agencies.get(agency_id)
            return agency.level if agency is not None and agency.level in LEVELS else None

        found = []
        async with self._loa.db.reading() as db:
            for plan in await list_plans(db):
                newest = await newest_progress(db, plan.id)
                if newest is None:
                    continue
                code, at, sums = newest
                groups, everybody = groups_told(sums, level)
                found.append(
                    {
                        "name": plan.name,
                        "number": plan.number,
                        "code": code,
                        "at": at,
                        "groups": sorted(groups, key=lambda one: LEVELS.index(one.key)),
                        "everybody": everybody,
                        "indicators": [{"name": one["name"], **measured(one, text)} for one in indicators_told(sums)],
                    }
                )
        return found


def router(loa: Loa, paper: Pages) -> APIRouter:
    found, board = APIRouter(), Board(loa, paper)

    @found.get(PATH, response_class=HTMLResponse)
    async def progress(request: Request) -> Response:
        if not loa.settings.public_progress:
            raise HTTPException(404)
        headers = {**pages.SECURITY_HEADERS, "Cache-Control": f"public, max-age={MAX_AGE}"}
        return HTMLResponse(await board.page(), headers=headers)

    return found
