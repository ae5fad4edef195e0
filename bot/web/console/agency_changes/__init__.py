"""Agencies renamed, merged, split or ended: what is planned and done, a new change, what it will do."""

from __future__ import annotations

from bot.web.console.agency_changes import drafting, pages, steps

ROUTES = (*drafting.ROUTES, *pages.ROUTES, *steps.ROUTES)
