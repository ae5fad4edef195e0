"""The invitation code: read, checked, and not to be guessed."""

from __future__ import annotations

import json
import re
from datetime import timedelta

from content.figures import day
from handlers.messages import Reply
from handlers.plans.duties import agency_name
from handlers.registration.questions import NAME, Step, after, asked, no_code, open_at
from handlers.turn import LOCAL, Turn
from storage.audit import note, times_noted
from storage.columns import keyring
from storage.invitations import Invitation, invitation_of_code, open_invitation

GUESSES = 5
"""Wrong codes an account may enter within WINDOW; a code has 40 bits."""
WINDOW = timedelta(hours=1)
WRONG_CODE = "registration.wrong_code"
"""Noted for the audit at every wrong code, and counted from there."""

LENGTH = 8
"""Letters and digits of a code."""
_CODE = re.compile(
    r"(?i)\s*(?:(?:mã(?: mời)?|ma(?: moi)?|code)\s*(?:là|la|:)?\s*)?((?:[a-z0-9][\s-]?){6,15}[a-z0-9])\s*"
)
_CODE_IN_LINE = re.compile(r"(?i)\b(?:mã|ma)(?: mời| moi)?(?: là| la)?\W+([a-z0-9]{4}[\s-]?[a-z0-9]{4})\b")


async def enter_code(turn: Turn, code: str) -> list[Reply]:
    department = turn.catalog.province.department.name
    subject = f"account:{turn.account.id}"
    wrong = await times_noted(turn.db, WRONG_CODE, subject, turn.now - WINDOW)
    if wrong >= GUESSES:
        until = f"{(turn.now + WINDOW).astimezone(LOCAL):%H:%M}"
        return [turn.say("officer.code.too_many", *after(turn), until=until, department=department)]
    invitation = await open_invitation(turn.db, code, turn.now)
    if invitation is not None:
        return _invited(turn, invitation)
    note(turn.db, "bot", WRONG_CODE, subject, turn.now)
    open_at(turn, Step.CODE)
    dead = await invitation_of_code(turn.db, code)
    if dead is None:
        left = GUESSES - wrong - 1
        return [turn.say("officer.code.wrong", no_code(turn), left=left)]
    return [no_longer(turn, dead, "officer.code.used")]


def no_longer(turn: Turn, invitation: Invitation, used_up: str) -> Reply:
    """Why the code cannot be used any more; ``used_up`` names the sentence for one whose uses are gone."""
    department = turn.catalog.province.department.name
    if invitation.uses >= invitation.most_uses:
        return turn.say(used_up, no_code(turn), department=department)
    return turn.say("officer.code.expired", no_code(turn), date=_local_day(invitation), department=department)


def _invited(turn: Turn, invitation: Invitation) -> list[Reply]:
    contact = turn.contact
    if contact is not None and contact.agency_id == invitation.agency_id:
        turn.conversation.form = {}
        return [turn.say("officer.same_agency", *after(turn), agency=agency_name(turn, contact.agency_id))]
    person: dict[str, str | None] = {"name": invitation.invitee_name, "position": invitation.invitee_position}
    if contact is not None:
        person = {"name": contact.name, "position": invitation.invitee_position, "phone": contact.phone}
    turn.conversation.form = {
        "name": NAME,
        "step": Step.CONSENT.value,
        "invitation": invitation.id,
        "agency": invitation.agency_id,
        "person": keyring().seal(json.dumps(person)),
    }
    return asked(turn)


def _local_day(invitation: Invitation) -> str:
    return day(invitation.expires_at.astimezone(LOCAL).date())


async def take_code(turn: Turn, text: str) -> list[Reply]:
    code = typed_code(text)
    if code is None:
        return [turn.say("officer.code.shape", no_code(turn))]
    return await enter_code(turn, code)


def typed_code(line: str) -> str | None:
    """The code a line is as a whole, whether or not it is a right one."""
    match = _CODE.fullmatch(line)
    return match[1] if match is not None and sum(map(str.isalnum, match[1])) == LENGTH else None


def code_in(line: str) -> str | None:
    """The code in a line that says it holds one."""
    found = _CODE_IN_LINE.search(line)
    return found[1] if found else None
