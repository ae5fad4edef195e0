"""Who may do what in the console: one table, asked by every page and every form on the server."""

from __future__ import annotations

from enum import StrEnum

from storage.users import ConsoleUser, Role


class Power(StrEnum):
    """One thing an account may be allowed to do."""

    SEE = "see"
    SEE_WORDS = "see_words"
    """People's own words: questions and messages to the department."""
    SEE_PHONES = "see_phones"
    SEE_AUDIT = "see_audit"
    COMPOSE = "compose"
    APPROVE = "approve"
    """Digests, and drafts of entries; neither one's own."""
    SEND = "send"
    """Schedule, send, cancel what another account approved; settle what is unclear."""
    REVIEW_REPORTS = "review_reports"
    ANSWER = "answer"
    """Tickets, and questions Loa could not answer."""
    EDIT = "edit"
    """Contacts, imported documents and marking those as reviewed; examples, drafts of entries, questions set aside."""
    ENFORCE = "enforce"
    """Put a reviewed document into force, withdraw one."""
    INVITE = "invite"
    USERS = "users"
    PLATFORMS = "platforms"
    """Ask a platform for the department's permissions."""


_EDITOR = {
    Power.SEE,
    Power.SEE_WORDS,
    Power.COMPOSE,
    Power.SEND,
    Power.REVIEW_REPORTS,
    Power.ANSWER,
    Power.EDIT,
    Power.INVITE,
}
_APPROVER = {Power.SEE, Power.SEE_AUDIT, Power.APPROVE, Power.SEND, Power.REVIEW_REPORTS, Power.ENFORCE}

POWERS: dict[Role, frozenset[Power]] = {
    Role.ADMIN: frozenset(Power),
    Role.EDITOR: frozenset(_EDITOR),
    Role.APPROVER: frozenset(_APPROVER),
    Role.VIEWER: frozenset({Power.SEE}),
}


def may(user: ConsoleUser, power: Power) -> bool:
    """Whether the account's role has this power."""
    return power in POWERS[Role(user.role)]
