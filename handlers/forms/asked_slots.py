"""What every validation action of Loa's tells besides: which slots its form asks as things stand, in order."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

Events = list[dict[str, Any]]
Slots = dict[str, Any]


class TellsWhatIsAsked:
    """To stand before ``FormValidationAction`` among the bases of an action."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Events:
        """Validate, then tell in ``asked_slots`` what the form asks as things stand now."""
        action: Any = super()
        events: Events = await action.run(dispatcher, tracker, domain)
        this: Any = self
        asked = await this.required_slots(this.domain_slots(domain), dispatcher, tracker, domain)
        return [*events, SlotSet("asked_slots", asked)]
