"""The forms: ``vi/forms/domain.yml`` in the form a Rasa 3.1 domain has, checked when it is loaded.

It is the only definition of a form: its slots, the order of its questions, and every word it says. A button's payload
is the text it stands for, or ``/skip`` to leave the question open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from content.files import Document, Reader

VERSION = "3.1"
SKIP = "/skip"
FILE = "vi/forms/domain.yml"


@dataclass(frozen=True, slots=True)
class Response:
    """What is said under one name, with ``{placeholders}``, and the buttons offered below it."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    """Title and payload."""


@dataclass(frozen=True, slots=True)
class FormDomain:
    """A loaded domain. ``data`` is what is sent to the action server with every call."""

    data: dict[str, Any]
    responses: Mapping[str, Response]

    def required_slots(self, form: str) -> list[str]:
        """The form's slots in the order they are asked. Raises KeyError for an unknown form."""
        return list(self.data["forms"][form]["required_slots"])

    def filled_from_text(self, slot: str) -> bool:
        """Whether the loop itself fills the slot with what was typed; else the validation action extracts it."""
        spec = self.data["slots"].get(slot, {})
        return any(mapping.get("type") == "from_text" for mapping in spec.get("mappings", []))

    def question(self, form: str, slot: str) -> Response:
        """How the slot is asked: ``utter_ask_<form>_<slot>``, else ``utter_ask_<slot>``.

        A numbered slot (``value_2``) is asked as its kind (``value``). Raises KeyError when nothing asks it.
        """
        kind = slot.rstrip("0123456789").rstrip("_")
        names = [f"utter_ask_{form}_{slot}", f"utter_ask_{slot}", f"utter_ask_{form}_{kind}", f"utter_ask_{kind}"]
        for name in names:
            if name in self.responses:
                return self.responses[name]
        raise KeyError(names[0])


def load_forms(reader: Reader) -> FormDomain:
    """The domain; faults are noted on the reader."""
    document = reader.read(FILE)
    data = document.data if isinstance(document.data, dict) else {}
    reader.check(data.get("version") == VERSION, document, f'version must be "{VERSION}"', "version")
    domain = FormDomain(data, _responses(reader, document, data))
    slots = data.get("slots") or {}
    for form, spec in (data.get("forms") or {}).items():
        for slot in spec.get("required_slots", []):
            reader.check(slot in slots, document, f"{form}: no slot {slot}", "forms", form)
            asked = {f"utter_ask_{form}_{slot}", f"utter_ask_{slot}"} & set(domain.responses)
            reader.check(bool(asked), document, f"{form}: nothing asks {slot}", "forms", form)
        action = f"validate_{form}"
        reader.check(action in (data.get("actions") or []), document, f"no action {action}", "actions")
    return domain


def _responses(reader: Reader, document: Document, data: dict[str, Any]) -> dict[str, Response]:
    found = {}
    for name, variants in (data.get("responses") or {}).items():
        where = ("responses", name)
        good = isinstance(variants, list) and len(variants) == 1 and isinstance(variants[0].get("text"), str)
        reader.check(good, document, f"{name}: one variant with a text is wanted", *where)
        if good:
            buttons = tuple((button["title"], str(button["payload"])) for button in variants[0].get("buttons", []))
            found[name] = Response(variants[0]["text"].strip(), buttons)
    return found
