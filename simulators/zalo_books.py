"""What the Zalo simulator keeps besides people: uploads, tags, every message said; and the questions about them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from simulators.clock import Clock
from simulators.zalo_rules import Refusal

UPLOAD_LIFE = timedelta(days=7)
_LIMITS = {
    "image": ({"jpg", "jpeg", "png"}, 1024 * 1024, "attachment_id"),
    "gif": ({"gif"}, 5 * 1024 * 1024, "attachment_id"),
    "file": ({"pdf", "doc", "docx", "csv"}, 5 * 1024 * 1024, "token"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a conversation."""

    user_id: str
    from_user: bool
    message_id: str
    kind: str
    text: str
    at: datetime


class Books:
    """Uploads, tags and conversations of one Official Account."""

    def __init__(self, oa_id: str, clock: Clock) -> None:
        self.oa_id = oa_id
        self.clock = clock
        self.images_as_token = False
        """The id of a picture is called ``token``, as one client has seen."""
        self.uploads: dict[str, tuple[str, bytes, datetime]] = {}
        self.names: dict[str, str] = {}
        """Names of the files uploaded, by token."""
        self.sent: dict[str, bytes] = {}
        """What people have sent, by the last part of its address."""
        self.tags: dict[str, set[str]] = {}
        self.said: list[Said] = []

    async def upload(self, request: web.Request) -> dict[str, str]:
        """A file: what it is named by from now on. One without an ending is taken and named by nothing."""
        kind = request.match_info["kind"]
        if kind not in _LIMITS:
            raise Refusal(-233)
        part = (await request.post()).get("file")
        if not isinstance(part, web.FileField):
            raise Refusal(-201, "file is invalid!")
        endings, largest, name = _LIMITS[kind]
        content = part.file.read()
        if "." not in part.filename:
            return {}
        if part.filename.rpartition(".")[2].lower() not in endings or len(part.filename) > 200:
            raise Refusal(-201, "file is invalid!")
        if len(content) > largest:
            raise Refusal(-210)
        token = secrets.token_urlsafe(24)
        self.names[token] = part.filename
        self.uploads[token] = (kind, content, self.clock.now() + UPLOAD_LIFE)
        return {"token" if self.images_as_token else name: token}

    def used(self, token: str, kinds: set[str]) -> None:
        """A message names an upload. Raises Refusal when there is none of these kinds any more."""
        found = self.uploads.get(token)
        if found is None or found[0] not in kinds:
            raise Refusal(-201, "attachment_id is invalid!")
        if self.clock.now() >= found[2]:
            raise Refusal(-100, "attachment_id was expired")

    def say(self, user_id: str, from_user: bool, message_id: str, kind: str, text: str) -> None:
        self.said.append(Said(user_id, from_user, message_id, kind, text, self.clock.now()))

    def recent(self, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        newest: dict[str, Said] = {}
        for said in self.said:
            newest.pop(said.user_id, None)
            newest[said.user_id] = said
        return self._page(list(reversed(newest.values())), arguments)

    def conversation(self, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        own = [said for said in reversed(self.said) if said.user_id == arguments.get("user_id")]
        return self._page(own, arguments)

    def _page(self, found: list[Said], arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        offset, count = arguments.get("offset"), arguments.get("count")
        if not isinstance(offset, int) or not isinstance(count, int) or not 0 < count <= 10:
            raise Refusal(-210)
        return [self._line(said) for said in found[offset : offset + count]]

    def _line(self, said: Said) -> dict[str, Any]:
        sides = (said.user_id, self.oa_id) if said.from_user else (self.oa_id, said.user_id)
        return {
            "src": int(said.from_user),
            "time": int(said.at.timestamp() * 1000),
            "type": said.kind,
            "message": said.text,
            "message_id": said.message_id,
            "from_id": sides[0],
            "to_id": sides[1],
            "from_display_name": "",
            "to_display_name": "",
        }

    def tag(self, arguments: Mapping[str, Any], on: bool) -> dict[str, Any]:
        tagged = self.tags.setdefault(str(arguments["tag_name"]), set())
        (tagged.add if on else tagged.discard)(str(arguments["user_id"]))
        return {}

    def drop_tag(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if self.tags.pop(str(arguments["tag_name"]), None) is None:
            raise Refusal(-201, "tag_name is invalid!")
        return {}
