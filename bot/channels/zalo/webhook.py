"""Zalo's pushes, checked before anything is stored; and the page by which Zalo checks that the domain is ours."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any

import structlog

from bot.channels.base import Arrival, MalformedUpdate, WrongSignature
from bot.channels.zalo.events import event_id
from bot.channels.zalo.signature import Signatures, same, signature, why_wrong
from bot.clock import Clock

log = structlog.get_logger()

LONGEST_BODY = 1024 * 1024
"""Bytes; Zalo's events are a few kilobytes."""
SIGNATURE = "x-zevent-signature"
TIMESTAMP = "x-zevent-timestamp"


class ZaloWebhook:
    """Implements :class:`bot.channels.base.Webhook`.

    Zalo switches a webhook off that does not answer 200, so a wrong signature should be logged and answered 200 like
    everything else: after a reset of the secret in Zalo's console the address would otherwise be lost as well.
    """

    def __init__(self, app_id: str, oa_secret: str, app_secret: str = "", signatures: Signatures | None = None) -> None:
        """``oa_secret`` is the "OA Secret Key" of the console's webhook page, not the application's secret, which is
        only asked whether the two have been confused."""
        self._app_id = app_id
        self._oa_secret = oa_secret
        self._app_secret = app_secret
        self.signatures = signatures or Signatures(Clock())

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
        reason = self._fault(headers, body, event)
        if not reason:
            self.signatures.note_right()
        else:
            self.signatures.note_wrong(reason)
            if not self.signatures.on_trial:
                raise WrongSignature(reason)
            log.warning("zalo.signature_not_enforced", reason=reason)
        return Arrival(event_id(event, payload), payload)

    def _fault(self, headers: Mapping[str, str], body: bytes, event: dict[str, Any]) -> str:
        """What is wrong with the signature: a key below ``zalo.signature``, or nothing."""
        given = headers.get(SIGNATURE, "").strip()
        if not given:
            return "unsigned"
        timestamp = event.get("timestamp", headers.get(TIMESTAMP))
        if isinstance(timestamp, bool) or not isinstance(timestamp, str | int):
            raise MalformedUpdate("no timestamp")
        if not self._oa_secret:  # anybody could sign with an empty one
            return "no_secret"
        moment = str(timestamp)
        if same(given, signature(self._app_id, body, moment, self._oa_secret)):
            return ""
        return why_wrong(given, event, body, moment, self._app_id, self._app_secret)


def verification_page(code: str) -> str:
    """The page ``/zalo_verifier<code>.html``, by which Zalo knows the domain; ``code`` as in the settings."""
    meta = f'<meta name="zalo-platform-site-verification" content="{html.escape(code)}" />'
    return f'<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8" />\n{meta}\n</head>\n<body></body>\n</html>\n'
