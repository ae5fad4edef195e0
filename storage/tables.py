"""Every table, imported in one place so that ``SQLModel.metadata`` is whole (migrations, tests)."""

from sqlmodel import SQLModel

from storage import (  # noqa: F401
    acknowledgements,
    agencies,
    appointments,
    archive,
    audit,
    briefings,
    changes,
    clarifications,
    contacts,
    conversations,
    corrections,
    credentials,
    digests,
    directives,
    files,
    handovers,
    invitations,
    joins,
    ladder,
    links,
    plans,
    platforms,
    proposals,
    questionnaires,
    questions,
    reports,
    requests,
    rests,
    reviews,
    rhythm,
    shipped,
    snapshots,
    templates,
    updates,
    users,
    webchat,
)

metadata = SQLModel.metadata
