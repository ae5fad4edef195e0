"""Directives in the console: the archive, bringing a file, its review, its way into force."""

from bot.web.console.directives import archive, page, review, sheets, upload

ROUTES = (*upload.ROUTES, *archive.ROUTES, *sheets.ROUTES, *review.ROUTES, *page.ROUTES)
