"""Who speaks for which agency: the register of agencies with their officers, and a page for each officer."""

from __future__ import annotations

from bot.web.console.contacts import bringing, pages, requests, sheet, steps

ROUTES = (*sheet.ROUTES, *requests.ROUTES, *bringing.ROUTES, *pages.ROUTES, *steps.ROUTES)
