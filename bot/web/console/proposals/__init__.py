"""Questions Loa could not answer: what they come to, and what the department does about each group of them."""

from __future__ import annotations

from bot.web.console.proposals import decided, drafts, pages, steps

ROUTES = (*pages.ROUTES, *steps.ROUTES, *decided.ROUTES, *drafts.ROUTES)
