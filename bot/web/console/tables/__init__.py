"""The records as tables, made by starlette-admin: searched, filtered, and edited where that makes sense.

What comes with the content (agencies, plans, shipped directives) is only read here: the next version of the content
would overwrite it. What is a book of what happened (deliveries, versions, audit) is only read, too.
"""

from __future__ import annotations

import logging

from starlette.applications import Starlette

from bot.web.console.paper import Paper
from bot.web.console.tables.books import AuditTable, DeliveryTable, ProgressTable, UpdateTable
from bot.web.console.tables.documents import DirectiveTable, IndicatorTable, ItemTable, PlanTable, TaskTable
from bot.web.console.tables.people import AccountTable, AgencyTable, ContactTable
from bot.web.console.tables.site import TableSite
from bot.web.console.tables.users import UserTable
from bot.web.console.tables.wording import speak_vietnamese

TABLES = (
    AgencyTable,
    ContactTable,
    AccountTable,
    DirectiveTable,
    ItemTable,
    PlanTable,
    TaskTable,
    IndicatorTable,
    ProgressTable,
    DeliveryTable,
    UpdateTable,
    UserTable,
    AuditTable,
)


def mount_tables(console: Starlette, paper: Paper) -> None:
    """Put the tables below ``/tables`` of the console."""
    logging.getLogger("starlette_admin").setLevel(logging.CRITICAL)  # it would log what was typed into forms
    speak_vietnamese(paper.loa.catalog.text)
    site = TableSite(paper)
    for table in TABLES:
        site.add_view(table(paper))
    site.mount_to(console)
