"""What Telegram's refusals mean: one table from aiogram's exceptions to ours.

Wordings were read in the Bot API server's own source and in its documentation of errors; Telegram promises none of
them, so an unknown 400 stays a :class:`Rejected` with its reason kept.
"""

from __future__ import annotations

import re

from aiogram import exceptions as told
from aiohttp import ClientConnectorError, ConnectionTimeoutError, InvalidURL

from bot.channels.telegram.capabilities import CAPABILITIES
from bot.errors import BadCredentials, ChannelUnavailable, ContactGone, Rejected, SendError, Throttled, Unclear

BAD_MARKUP = re.compile(r"can't parse entities", re.IGNORECASE)
"""A 400 that the same text without formatting may not meet."""
CONFLICT = "409"
"""Code of the Rejected that another poller or a webhook causes."""

_GONE = re.compile(
    r"chat not found|user not found|peer_id_invalid|user_is_blocked|user is deactivated|input_user_deactivated",
    re.IGNORECASE,
)
_NEVER_LEFT = (ClientConnectorError, ConnectionTimeoutError, InvalidURL)
"""No connection came about, so nothing was sent. Any other failure of the network may have come after."""


class Moved(Rejected):
    """The group has become a supergroup: it is found at another id from now on."""

    def __init__(self, to: int, reason: str) -> None:
        self.to = str(to)
        super().__init__("400", reason)


_TABLE: tuple[tuple[type[told.TelegramAPIError], str, type[SendError]], ...] = (
    (told.TelegramUnauthorizedError, "401", BadCredentials),
    (told.TelegramNotFound, "404", BadCredentials),  # the token is part of the path
    (told.TelegramForbiddenError, "403", ContactGone),
    (told.TelegramConflictError, CONFLICT, Rejected),
    (told.TelegramEntityTooLarge, "413", Rejected),
    (told.TelegramServerError, "5xx", ChannelUnavailable),
)


def send_error(error: told.AiogramError, token: str) -> SendError:
    """The SendError an exception of aiogram stands for. Its texts hold no ``token``, and nothing the network library
    says: that names the address, and the token is part of the address."""
    reason = str(getattr(error, "message", "")).replace(token, "[token]")
    if isinstance(error, told.TelegramRetryAfter):
        group = str(getattr(error.method, "chat_id", "")).startswith(CAPABILITIES.group_mark)
        return Throttled(float(error.retry_after), "429", f"retry after {error.retry_after}", chat_only=group)
    if isinstance(error, told.TelegramMigrateToChat):
        return Moved(error.migrate_to_chat_id, reason)
    for kind, code, ours in _TABLE:
        if isinstance(error, kind):
            return ours(code, reason)
    if isinstance(error, told.TelegramBadRequest):
        return (ContactGone if _GONE.search(reason) else Rejected)("400", reason)
    if isinstance(error, told.TelegramNetworkError):
        return _network_error(error.__cause__)
    if isinstance(error, told.TelegramAPIError):
        return Rejected("", reason)
    return Unclear("", type(error).__name__)  # an answer that cannot be read: the request has been received


def _network_error(cause: BaseException | None) -> SendError:
    kind = ChannelUnavailable if isinstance(cause, _NEVER_LEFT) else Unclear
    return kind("network", type(cause).__name__)
