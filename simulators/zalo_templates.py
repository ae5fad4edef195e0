"""Template messages by phone number, as the business host takes them. Its error codes have meanings of their own."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulators.zalo_rules import Refusal

if TYPE_CHECKING:
    from simulators.zalo import ZaloSimulator

_MESSAGES = {
    -108: "Phone number is invalid",
    -109: "Template is invalid",
    -118: "Zalo account is not existed",
    -1122: "Template data missing params",
}


class Templates:
    """The templates of the account, and every message made from one."""

    def __init__(self, simulator: ZaloSimulator) -> None:
        self._simulator = simulator
        self.known: dict[str, set[str]] = {"123456": {"customer_name", "don_vi"}}
        """Approved templates with their parameters."""
        self.without_zalo: set[str] = set()
        """Numbers that have no Zalo account."""
        self.faults: list[int] = []
        """Codes the next messages are answered with."""
        self.sent: list[dict[str, Any]] = []
        """Bodies accepted, oldest first, with the ``msg_id`` given to each."""

    def take(self, body: Any) -> dict[str, Any]:
        """Accept a message or refuse it."""
        if self.faults:
            self._refuse(self.faults.pop(0))
        if not re.fullmatch(r"(\+?84|0)?\d{9}", str(body.get("phone", ""))):
            self._refuse(-108)
        wanted = self.known.get(str(body.get("template_id")))
        if wanted is None:
            self._refuse(-109)
        if set(body.get("template_data", {})) != wanted:
            self._refuse(-1122)
        if not body.get("tracking_id") or len(body["tracking_id"]) > 48:
            self._refuse(-132)
        if body["phone"] in self.without_zalo:
            self._refuse(-118)
        message_id = secrets.token_hex(10)
        self.sent.append({**body, "msg_id": message_id})
        quota = {"dailyQuota": "500", "remainingQuota": str(500 - len(self.sent))}
        sent_time = self._simulator.timestamp()
        return {"msg_id": message_id, "sent_time": sent_time, "sending_mode": "1", "quota": quota}

    def status(self, query: Mapping[str, str]) -> dict[str, Any]:
        found = any(each["msg_id"] == query.get("message_id") for each in self.sent)
        return {"status": 1 if found else -1, "delivery_time": self._simulator.timestamp()}

    def delivery(self, number: int = -1) -> dict[str, Any]:
        """The event that says a message has reached its phone."""
        body = self.sent[number]
        moment = self._simulator.timestamp()
        message = {"msg_id": body["msg_id"], "tracking_id": body["tracking_id"], "delivery_time": moment}
        return {
            "event_name": "user_received_message",
            "app_id": self._simulator.app_id,
            "sender": {"id": self._simulator.oa_id},
            "recipient": {"id": body["phone"]},
            "message": message,
            "timestamp": moment,
        }

    def _refuse(self, code: int) -> None:
        raise Refusal(code, _MESSAGES.get(code, f"refused with {code}"))
