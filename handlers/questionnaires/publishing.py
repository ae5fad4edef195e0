"""The department's side of its forms: bringing one in, opening and closing it, reading a version back."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from content.courses import Outline
from content.questionnaires import Questionnaire
from storage.audit import note
from storage.questionnaires import DepartmentForm, FormState, FormVersion, form_named, version_of

_KEPT = 64
"""Versions held ready."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A version of a form, ready to be asked."""

    outline: Outline
    slot: dict[str, Any]
    """What the validation action is given of it."""

    @property
    def form(self) -> Questionnaire:
        return self.outline.form


_ready: OrderedDict[str, Ready] = OrderedDict()


def definition_of(form: Questionnaire) -> dict[str, Any]:
    """The form as it is stored: what is as usual is left out."""
    found: dict[str, Any] = form.model_dump(mode="json", exclude_defaults=True)
    return found


def digest_of(definition: dict[str, Any]) -> str:
    """SHA-256 of a definition: equal ones are the same form."""
    return hashlib.sha256(json.dumps(definition, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def made_ready(version: FormVersion) -> Ready:
    """The version, read once."""
    found = _ready.get(version.digest)
    if found is None:
        outline = Outline(Questionnaire.model_validate(version.definition))
        found = Ready(outline, {"digest": version.digest, "definition": version.definition})
        _ready[version.digest] = found
        while len(_ready) > _KEPT:
            _ready.popitem(last=False)
    return found


async def readied(version: FormVersion) -> Ready:
    """The same beside the event loop: the first form of a process loads the library that reads formulas."""
    found = _ready.get(version.digest)
    return found if found is not None else await asyncio.to_thread(made_ready, version)


async def bring_in(db: AsyncSession, form: Questionnaire, actor: str, now: datetime) -> tuple[DepartmentForm, bool]:
    """Keep a form as the next version of the one with its id, or as a new one; and whether anything is new about it.

    A form that is open stays open: whoever is in the middle of it goes on with the new version.
    """
    definition = definition_of(form)
    digest = digest_of(definition)
    row = await form_named(db, form.id)
    if row is None:
        row = DepartmentForm(name=form.id, title=form.title, made_at=now, updated_at=now)
        db.add(row)
        await db.flush()
    assert row.id is not None
    newest = await version_of(db, row.id, row.version)
    if newest is not None and newest.digest == digest:
        return row, False
    row.version += 1
    row.title, row.updated_at = form.title, now
    made = FormVersion(
        form_id=row.id, version=row.version, definition=definition, digest=digest, made_by=actor, made_at=now
    )
    db.add_all([row, made])
    note(db, actor, "form.brought", f"form:{row.id}", now, version=row.version)
    return row, True


def put(db: AsyncSession, row: DepartmentForm, state: FormState, actor: str, now: datetime) -> None:
    """Open a form to the agencies, close it, or open it again."""
    row.state, row.updated_at = state, now
    if state is FormState.OPEN:
        row.opened_at = now
    db.add(row)
    note(db, actor, f"form.{state.value}", f"form:{row.id}", now, version=row.version)
