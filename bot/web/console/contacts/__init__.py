"""Who speaks for which agency: the register of agencies with their officers, and a page for each officer."""

from __future__ import annotations

from bot.web.console.contacts import pages, requests, sheet, steps

ROUTES = (*sheet.ROUTES, *requests.ROUTES, *pages.ROUTES, *steps.ROUTES)
