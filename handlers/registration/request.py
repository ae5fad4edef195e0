"""An officer without an invitation asks the department: which agency, then the same questions as with a code."""

from __future__ import annotations

import json
import re
from datetime import timedelta

from content.figures import day
from content.schema import Agency
from handlers.choices import picked
from handlers.messages import Choice, Reply, choice_value, read_choice
from handlers.plans.duties import agency_name
from handlers.registration.questions import NAME, Step, after, already, asked, person_of, wording
from handlers.turn import LOCAL, Turn
from nlu.entities.agencies import AgencyFinder
from storage.audit import note
from storage.columns import keyring
from storage.contacts import Purpose, give_consent, withdraw_consents
from storage.requests import OfficerRequest, RequestState, open_request_of, requests_since

MOST_A_DAY = 3
"""Requests an account may make within 24 hours, withdrawn and refused ones too."""
SURE, APART = 0.9, 0.03
"""An agency is taken at its name from this likeness on, when no other is as near."""
LIKELY = 0.75
"""Likeness from which a line is an agency's name and no question."""
HEIRS = 4
"""Successors of an agency that get a button."""
WHOLE = 0.93
"""Likeness of an agency named by the end of a line that says nothing else."""
_OFFICER_OF = re.compile(
    r"(?i)\s*(?:dạ |da )?(?:tôi|toi|em|mình|minh|tui|anh|chị|chi)(?: đang| dang)? (?:là|la) "
    r"(?:cán bộ|can bo|công chức|cong chuc|viên chức|vien chuc|chuyên viên|chuyen vien|đầu mối|dau moi)"
    r"(?: mới| moi)? (?:của|cua|ở|o|tại|tai|thuộc|thuoc) (?P<agency>[^?]{2,90}?)[\s.,!]*"
)


async def ask(turn: Turn) -> list[Reply]:
    """``reg:ask``: begin a request, unless one waits already or there were too many today."""
    assert turn.account.id is not None
    waiting = await open_request_of(turn.db, turn.account.id)
    if waiting is not None:
        turn.conversation.form = {}
        return [_waits(turn, waiting)]
    if await requests_since(turn.db, turn.account.id, turn.now - timedelta(days=1)) >= MOST_A_DAY:
        turn.conversation.form = {}
        return [turn.say("request.too_many", *after(turn), most=MOST_A_DAY, department=_department(turn))]
    contact = turn.contact
    person = {"name": contact.name, "position": "", "phone": contact.phone} if contact else {}
    sealed = keyring().seal(json.dumps(person))
    turn.conversation.form = {"name": NAME, "step": Step.AGENCY.value, "request": True, "person": sealed}
    return asked(turn)


async def spoken(turn: Turn) -> list[Reply] | None:
    """ "Tôi là cán bộ của Sở Y tế": a request for that agency begins; None when the line says anything else."""
    said = _OFFICER_OF.fullmatch(turn.message.text) if turn.contact is None else None
    found = [match for match in _finder(turn).find(said["agency"]) if match.score >= WHOLE] if said else []
    if said is None or not found:
        return None
    replies = await ask(turn)
    return await take_agency(turn, said["agency"]) if turn.conversation.form.get("request") else replies


def names_one(turn: Turn, text: str) -> bool:
    """Whether the line is likely meant as the name of an agency."""
    return any(match.score >= LIKELY for match in _finder(turn).find(text, limit=1))


async def take_agency(turn: Turn, text: str) -> list[Reply]:
    """The agency a typed line names, or the number of one that was offered; asks when it may be one of several."""
    verb, arguments = read_choice(picked(text, turn.conversation.offered, form_open=False).value or "")
    if verb == "reg" and arguments[:1] == ["agency"]:
        return choose(turn, arguments[-1])
    found = _finder(turn).find(text)
    if not found:
        return [turn.say("request.agency.unknown", department=_department(turn))]
    near = [match for match in found if found[0].score - match.score < APART]
    agencies, today = turn.catalog.province.agencies, turn.local_now.date()
    near = [match for match in near if agencies[match.agency_id].exists_on(today)] or near
    if near[0].score >= SURE and len(near) == 1:
        return choose(turn, near[0].agency_id)
    return [turn.say("request.agency.which", *(_choice(turn, match.agency_id) for match in found))]


def choose(turn: Turn, agency_id: str) -> list[Reply]:
    """``reg:agency:<id>``: this agency, if it still exists; the terms are agreed to anew for another one."""
    agency = turn.catalog.province.agencies.get(agency_id)
    if agency is None or agency.level == "group":
        return asked(turn)
    if agency.valid_to is not None and not agency.exists_on(turn.local_now.date()):
        return [_ended(turn, agency)]
    if turn.contact is not None and turn.contact.agency_id == agency_id:
        turn.conversation.form = {}
        return [already(turn, turn.contact)]
    turn.conversation.form = {**turn.conversation.form, "agency": agency_id, "step": Step.CONSENT.value}
    return asked(turn)


def _ended(turn: Turn, agency: Agency) -> Reply:
    assert agency.valid_to is not None
    heirs = turn.catalog.province.agencies.heirs(agency.id)
    told = "; ".join(heir.name for heir in heirs) or turn.text("request.agency.no_heir")
    choices = [_choice(turn, heir.id) for heir in heirs[:HEIRS]]
    return turn.say("request.agency.ended", *choices, agency=agency.name, day=day(agency.valid_to), heir=told)


async def send(turn: Turn) -> list[Reply]:
    """The last yes: the request waits for the department."""
    form, person = turn.conversation.form, person_of(turn)
    assert turn.account.id is not None
    waiting = await open_request_of(turn.db, turn.account.id)
    if waiting is not None:
        turn.conversation.form = {}
        return [_waits(turn, waiting)]
    made = OfficerRequest(
        account_id=turn.account.id,
        agency_id=form["agency"],
        name=person["name"],
        position=person["position"],
        phone=person["phone"],
        asked_at=turn.now,
    )
    turn.db.add(made)
    await turn.db.flush()
    await give_consent(turn.db, turn.account.id, Purpose.OFFICER_REGISTRATION, wording(turn), turn.now)
    if person["phone"]:
        terms = turn.text("officer.phone.ask", department=_department(turn))
        await give_consent(turn.db, turn.account.id, Purpose.PHONE, terms, turn.now)
    note(turn.db, "bot", "request.made", f"request:{made.id}", turn.now, agency=made.agency_id)
    turn.conversation.form = {}
    agency = agency_name(turn, made.agency_id)
    return [turn.say("request.sent", _withdraw(turn), *after(turn), agency=agency, department=_department(turn))]


async def withdraw(turn: Turn) -> list[Reply]:
    """``reg:withdraw``: the person takes the request back; nothing of it is kept."""
    assert turn.account.id is not None
    waiting = await open_request_of(turn.db, turn.account.id)
    if waiting is None:
        return [turn.say("request.none_waits", *after(turn))]
    waiting.decide(RequestState.WITHDRAWN, None, turn.now)
    turn.db.add(waiting)
    if turn.account.contact_id is None:
        await withdraw_consents(turn.db, turn.account.id, turn.now, (Purpose.OFFICER_REGISTRATION, Purpose.PHONE))
    note(turn.db, "account", "request.withdrawn", f"request:{waiting.id}", turn.now)
    return [turn.say("request.withdrawn", *after(turn))]


def _waits(turn: Turn, waiting: OfficerRequest) -> Reply:
    asked_on = day(waiting.asked_at.astimezone(LOCAL).date())
    agency, choices = agency_name(turn, waiting.agency_id), (_withdraw(turn), *after(turn))
    return turn.say("request.waits", *choices, agency=agency, day=asked_on, department=_department(turn))


def _withdraw(turn: Turn) -> Choice:
    return turn.choice("request.button.withdraw", choice_value("reg", "withdraw"))


def _choice(turn: Turn, agency_id: str) -> Choice:
    return Choice(agency_name(turn, agency_id), choice_value("reg", "agency", agency_id))


def _finder(turn: Turn) -> AgencyFinder:
    """Finds single agencies: nobody speaks for a group."""
    return AgencyFinder(agency for agency in turn.catalog.province.agencies.values() if agency.level != "group")


def _department(turn: Turn) -> str:
    return turn.catalog.province.department.name
