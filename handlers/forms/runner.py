"""Who runs the form actions: this process, or an action server reached over the network.

Both take and give the JSON of Rasa's action server (``POST /webhook``), so the choice is one setting.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rasa_sdk.executor import ActionExecutor

Call = dict[str, Any]
"""``{"next_action", "sender_id", "tracker", "domain", "version"}``."""
Result = dict[str, Any]
"""``{"events", "responses"}``."""


class RunnerUnavailable(Exception):
    """The actions could not be run now; the same call may work later."""


class Runner(Protocol):
    """Runs one action."""

    async def run(self, call: Call) -> Result:
        """What the action said and set. Raises RunnerUnavailable."""


class InProcessRunner:
    """Runs the actions here. The SDK is imported at the first call: most processes never open a form."""

    def __init__(self) -> None:
        self._executor: Any = None  # an ActionExecutor; the SDK has no types

    async def run(self, call: Call) -> Result:
        """What the action said and set. The executor changes the tracker it is given, so it gets one of its own; what
        stands in the slots it only reads, and a form with its answers is not copied at every answer."""
        executor = self._executor
        if executor is None:  # half a second of imports, while others are answered
            executor = self._executor = await asyncio.to_thread(_executor)
        tracker = call["tracker"]
        own = {"slots": dict(tracker["slots"]), "events": list(tracker["events"])}
        result = await executor.run({**call, "tracker": {**tracker, **own}})
        assert result is not None
        answer: Result = result.model_dump()
        return answer


def _executor() -> ActionExecutor:
    from rasa_sdk.executor import ActionExecutor

    from handlers.forms.actions import ACTIONS

    executor = ActionExecutor()
    for action in ACTIONS:  # by name: register_package would take every Action class alive in the process
        executor.register_action(action)
    return executor
