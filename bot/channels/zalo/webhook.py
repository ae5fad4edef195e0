"""Zalo's pushes, checked before anything is stored; and the page by which Zalo checks that the domain is ours."""

from __future__ import annotations

import hashlib
import hmac
import html
import json
from collections.abc import Mapping

from bot.channels.base import Arrival, MalformedUpdate, WrongSignature
from bot.channels.zalo.events import event_id

LONGEST_BODY = 1024 * 1024
"""Bytes; Zalo's events are a few kilobytes."""
SIGNATURE = "x-zevent-signature"
TIMESTAMP = "x-zevent-timestamp"
_PREFIX = "mac="


class ZaloWebhook:
    """Implements :class:`bot.channels.base.Webhook`.

    Zalo switches a webhook off that does not answer 200, so a wrong signature should be logged and answered 200 like
    everything else: after a reset of the secret in Zalo's console the address would otherwise be lost as well.
    """

    def __init__(self, app_id: str, oa_secret: str) -> None:
        """``oa_secret`` is the "OA Secret Key" of the console's webhook page, not the application's secret."""
        self._app_id = app_id
        self._oa_secret = oa_secret

    def receive(self, headers: Mapping[str, str], body: bytes) -> Arrival | None:
        """The event in a request; None for the unsigned ``{}`` with which the console tries a new address."""
        if len(body) > LONGEST_BODY:
            raise MalformedUpdate(f"{len(body)} bytes")
        try:
            payload = body.decode()
            event = json.loads(payload)
        except (ValueError, RecursionError) as error:
            raise MalformedUpdate(type(error).__name__) from None
        if event == {}:
            return None
        if not isinstance(event, dict):
            raise MalformedUpdate("not an object")
        self._verify(headers, body, event.get("timestamp", headers.get(TIMESTAMP)))
        return Arrival(event_id(event, payload), payload)

    def _verify(self, headers: Mapping[str, str], body: bytes, timestamp: object) -> None:
        given = headers.get(SIGNATURE, "").strip()
        if not given:
            raise WrongSignature("no signature")
        if isinstance(timestamp, bool) or not isinstance(timestamp, str | int):
            raise MalformedUpdate("no timestamp")
        if given[: len(_PREFIX)].lower() == _PREFIX:
            given = given[len(_PREFIX) :]
        expected = signature(self._app_id, body, str(timestamp), self._oa_secret)
        if not hmac.compare_digest(given.lower().encode("utf-8", "replace"), expected.encode()):
            raise WrongSignature("signature does not fit: wrong OA secret, or not from Zalo")


def signature(app_id: str, body: bytes, timestamp: str, oa_secret: str) -> str:
    """SHA-256 (a plain one, no HMAC) over application id, raw body, timestamp and OA secret; lower-case hex."""
    plain = app_id.encode() + body + timestamp.encode("utf-8", "replace") + oa_secret.encode()
    return hashlib.sha256(plain).hexdigest()


def verification_page(code: str) -> str:
    """The page ``/zalo_verifier<code>.html``, by which Zalo knows the domain; ``code`` as in the settings."""
    meta = f'<meta name="zalo-platform-site-verification" content="{html.escape(code)}" />'
    return f'<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8" />\n{meta}\n</head>\n<body></body>\n</html>\n'
