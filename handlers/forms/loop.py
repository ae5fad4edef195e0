"""The loop that keeps a form going: what a Rasa server does around the validation action, and nothing more.

It holds no state. Going back, skipping, drafts and the summary are the business of whoever drives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from content.forms import SKIP, FormDomain
from handlers.forms.runner import Call, Runner, RunnerUnavailable
from handlers.messages import plain

SKIPPED = SKIP
"""What a slot holds that was deliberately left open."""
RASA_VERSION = version("rasa-sdk")
"""The release of Rasa these calls are made for: the server warns when it is not its own."""

Slots = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """Where the form stands after one call."""

    slots: Slots
    """Every slot, a refused answer's at what it was before."""
    asked: tuple[str, ...]
    """What the form asks as things stand, in order."""
    next: str | None
    """The first slot still open; None when the form is complete."""
    accepted: bool
    said: tuple[tuple[str, dict[str, Any]], ...]
    """Names of responses and what fills their placeholders."""


class FormLoop:
    """One form of the domain, run by a runner."""

    def __init__(self, domain: FormDomain, form: str, runner: Runner) -> None:
        self.domain = domain
        self.form = form
        self._runner = runner

    async def look(self, slots: Slots) -> Step:
        """What is asked next when nothing new was answered. Raises RunnerUnavailable."""
        return await self._step(slots, None, None)

    async def fill(self, slots: Slots, slot: str, text: str) -> Step:
        """``text`` was answered to ``slot``. Raises RunnerUnavailable."""
        return await self._step(slots, slot, text)

    async def skip(self, slots: Slots, slot: str) -> Step:
        """``slot`` is left open. Raises RunnerUnavailable."""
        return await self._step({**slots, slot: SKIPPED}, None, None)

    def say(self, name: str, params: Mapping[str, Any], around: Mapping[str, str]) -> str:
        """A response in words: ``params`` are the action's own (made safe), ``around`` those of the question."""
        safe = {key: plain(value) if isinstance(value, str) else value for key, value in params.items()}
        return self.domain.responses[name].text.format(**{**around, **safe})

    async def _step(self, slots: Slots, slot: str | None, text: str | None) -> Step:
        result = await self._runner.run(self._call(slots, slot, text))
        try:
            now = {**slots, "requested_slot": slot}
            sent = False
            for event in result["events"]:
                if event["event"] == "slot":
                    now[event["name"]] = event["value"]
                    sent = sent or event["name"] == "requested_slot"
            said = tuple((one["response"], _params(one)) for one in result["responses"])
            asked = tuple(str(name) for name in now["asked_slots"])
        except (KeyError, TypeError) as error:
            raise RunnerUnavailable("an answer of another shape") from error
        accepted = slot is None or now.get(slot) is not None
        if slot is not None and not accepted and slots.get(slot) is not None:
            now[slot] = slots[slot]
        requested = now.pop("requested_slot", None)
        if not sent or (not accepted and slots.get(slot or "") is not None):
            requested = next((name for name in asked if now.get(name) is None), None)
        return Step(now, asked, requested, accepted, said)

    def _call(self, slots: Slots, slot: str | None, text: str | None) -> Call:
        events: list[dict[str, Any]] = [{"event": "action", "name": "action_listen"}]
        if slot is not None:
            events.append({"event": "user", "text": text})
            if self.domain.filled_from_text(slot):
                events.append({"event": "slot", "name": slot, "value": text})  # last: that is what gets validated
        return {
            "version": RASA_VERSION,
            "next_action": f"validate_{self.form}",
            "sender_id": self.form,  # whoever runs the actions need not know who answers
            "tracker": {
                "sender_id": self.form,
                "slots": {**slots, "requested_slot": slot},
                "latest_message": {"text": text, "intent": {}, "entities": []},
                "events": events,
                "paused": False,
                "followup_action": None,
                "active_loop": {"name": self.form},
                "latest_action_name": "action_listen",
            },
            "domain": self.domain.data,
        }


def _params(response: Mapping[str, Any]) -> dict[str, Any]:
    own = {"text", "buttons", "elements", "custom", "template", "response", "image", "attachment"}
    return {key: value for key, value in response.items() if key not in own}
