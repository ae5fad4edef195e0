"""Why a message could not be sent, and what to do about it.

::

    SendError
    ├── ChannelUnavailable   5xx, refused connection: later
    │   └── Throttled        told to slow down: the whole channel waits
    ├── Unclear              timed out after the request left: may have arrived, never again blindly
    ├── ContactGone          blocked, unfollowed, no such account: unsubscribes
    ├── WindowClosed         Zalo's interaction window is over
    │   └── Nudged           … and a template message has asked the person to write
    ├── Postponed            a quota is used up, or it is night: the same message may pass hours later
    ├── Rejected             the platform refuses this message; code and reason kept verbatim
    └── BadCredentials       the token is refused: operators must act

The delivery loop reads the attributes and knows no platform. ``key`` names the operator's sentence in
``content/vi/text/errors.yaml``.
"""

from __future__ import annotations

from typing import ClassVar


class SendError(Exception):
    """A message was not (surely) delivered."""

    retryable: ClassVar[bool] = False
    """Worth trying again later, unchanged."""
    ours: ClassVar[bool] = True
    """A fault on our side: worth an error in the log."""
    unsubscribes: ClassVar[bool] = False
    """The account cannot be reached any more until it comes back."""
    key: ClassVar[str] = "send_failed"

    def __init__(self, code: str = "", reason: str = "") -> None:
        self.code = code
        self.reason = reason
        super().__init__(f"{code} {reason}".strip() or type(self).__name__)


class ChannelUnavailable(SendError):
    retryable = True
    ours = False
    key = "channel_unavailable"


class Throttled(ChannelUnavailable):
    """Sent too fast. ``retry_after`` is in seconds; ``chat_only`` when it is about one chat, not about the rate."""

    key = "throttled"

    def __init__(self, retry_after: float, code: str = "", reason: str = "", chat_only: bool = False) -> None:
        self.retry_after = retry_after
        self.chat_only = chat_only
        super().__init__(code, reason)


class Unclear(SendError):
    ours = False
    key = "unclear"


class ContactGone(SendError):
    ours = False
    unsubscribes = True
    key = "contact_gone"


class WindowClosed(SendError):
    ours = False
    key = "window_closed"


class Nudged(WindowClosed):
    key = "window_closed_nudged"


class Postponed(SendError):
    """Not now. The delivery loop tries again about ``PAUSE`` seconds later at the earliest; an answer does not wait."""

    PAUSE: ClassVar[float] = 3600.0
    ours = False
    key = "postponed"


class Rejected(SendError):
    key = "rejected"


class BadCredentials(SendError):
    key = "bad_credentials"
