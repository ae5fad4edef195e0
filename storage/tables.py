"""Every table, imported in one place so that ``SQLModel.metadata`` is whole (migrations, tests)."""

from sqlmodel import SQLModel

from storage import (  # noqa: F401
    agencies,
    appointments,
    archive,
    audit,
    contacts,
    conversations,
    credentials,
    digests,
    directives,
    handovers,
    links,
    plans,
    platforms,
    proposals,
    questions,
    reports,
    rhythm,
    shipped,
    templates,
    updates,
    users,
    webchat,
)

metadata = SQLModel.metadata
