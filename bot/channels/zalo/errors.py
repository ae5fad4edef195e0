"""What each error code of Zalo's OA API means for delivery.

The codes and their meanings are those of the official appendix of error codes ("mã lỗi") of the OA API. The business
host (ZNS templates) gives the same numbers other meanings; this table is not for it.
"""

from __future__ import annotations

import random
from datetime import datetime

from bot.errors import (
    BadCredentials,
    ChannelUnavailable,
    ContactGone,
    Postponed,
    Rejected,
    SendError,
    Throttled,
    WindowClosed,
)

SUCCESS = 0
RATE_LIMIT = -32
WRONG_PROOF = -242
TOKEN_REFUSED = frozenset({-216, -220, -124})
"""The access token is invalid, expired or replaced: refresh, then once more. -124 belongs to the business host, yet
costs nothing to understand."""

ZALO_ERRORS: dict[int, type[SendError]] = {
    RATE_LIMIT: Throttled,  # 4000 requests a minute for the application, less for some accounts
    -124: BadCredentials,  # access token invalid (business host)
    -216: BadCredentials,  # access token is invalid
    -220: BadCredentials,  # access token is expired or removed
    # Zalo's side stumbled: the same request may pass later.
    -200: ChannelUnavailable,  # send message failed
    -214: ChannelUnavailable,  # still being processed
    # This person cannot be reached.
    -213: ContactGone,  # does not follow the account
    -217: ContactGone,  # has blocked invitations from the account
    -222: ContactGone,  # banned or inactive for 45 days (old code)
    -227: ContactGone,  # banned or inactive for 45 days
    -244: ContactGone,  # has restricted this kind of message from the account
    # The person has to write first.
    -230: WindowClosed,  # no interaction in the past 7 days
    -232: WindowClosed,  # no interaction, or the last one has expired
    -305: WindowClosed,  # older rule: 48 hours
    -311: WindowClosed,  # older rule: reply quota used
    # Not now: when a quota fills up again is nowhere published, so the next try is hours away.
    -211: Postponed,  # out of quota
    -218: Postponed,  # out of quota for this recipient
    -234: Postponed,  # not at night (promotions only)
    # This message is refused.
    -100: Rejected,  # attachment expired
    -201: Rejected,  # a field is invalid
    -202: Rejected,  # invalid mac
    -210: Rejected,  # parameter exceeds the allowable limit
    -233: Rejected,  # message type not supported
    -248: Rejected,  # violates the platform's standards
    -249: Rejected,  # template cannot be sent by user id
    -237: Rejected,  # group expired
    -238: Rejected,  # asset used or disabled
    -241: Rejected,  # asset used
    -403: Rejected,  # not in the group
    -1340: Rejected,  # no such form of an advertisement
    -1341: Rejected,  # no access to that form
    # The account, the application or its permissions: nothing goes out until an operator has acted.
    -204: BadCredentials,  # Official Account disabled or deleted
    -205: BadCredentials,  # Official Account does not exist
    -207: BadCredentials,  # not registered as third party
    -208: BadCredentials,  # no secret key
    -209: BadCredentials,  # application not activated
    -212: BadCredentials,  # application has not registered this API
    -215: BadCredentials,  # invalid application id
    -219: BadCredentials,  # application removed or disabled
    -221: BadCredentials,  # Official Account must be verified
    -223: BadCredentials,  # this API was not authorised: consent again with the permission
    -224: BadCredentials,  # package of the account too small
    -235: BadCredentials,  # not for this type of account
    -240: BadCredentials,  # an API that has been shut down
    WRONG_PROOF: BadCredentials,  # invalid appsecret_proof
    -320: BadCredentials,  # needs a Zalo Cloud account
    -321: BadCredentials,  # Zalo Cloud account has no money left
}
"""Code → what to do about it. Codes not listed are :class:`Rejected`."""


def send_error(code: int, reason: str, now: datetime) -> SendError:
    """The error for ``code``, with Zalo's own words kept. ``now`` tells how long the minute of a rate limit lasts."""
    kind = ZALO_ERRORS.get(code, Rejected)
    if issubclass(kind, Throttled):
        return kind(until_next_minute(now), str(code), reason)
    return kind(str(code), reason)


def until_next_minute(now: datetime) -> float:
    """Seconds until Zalo's counters start again, a little scattered so that waiting senders do not return at once."""
    return 60.0 - now.second - now.microsecond / 1e6 + random.uniform(0.1, 1.0)
