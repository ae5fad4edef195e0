"""Client of Zalo's OA API: sending, uploads, people, tags, conversations, quotas."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from bot.channels.zalo.answers import (
    Allowance,
    Line,
    OfficialAccount,
    Sent,
    UserDetail,
    UserPage,
    UserQuota,
    obj,
    text,
    texts,
)
from bot.channels.zalo.bodies import Json, is_visitor
from bot.channels.zalo.calls import Host, Tokens, Upload
from bot.channels.zalo.errors import send_error
from bot.clock import Clock
from bot.errors import Rejected, Unclear

LARGEST_IMAGE = 1024 * 1024
LARGEST_FILE = LARGEST_GIF = 5 * 1024 * 1024
"""Bytes. Uploads live seven days; then a message with one is refused with -100."""
LONGEST_NAME = 200
MOST_USERS = 50
MOST_CHATS = 10
"""Most entries of one answer."""

UPLOADS: dict[str, tuple[frozenset[str], int]] = {
    "image": (frozenset({"jpg", "jpeg", "png"}), LARGEST_IMAGE),
    "gif": (frozenset({"gif"}), LARGEST_GIF),
    "file": (frozenset({"pdf", "doc", "docx", "csv"}), LARGEST_FILE),
}
"""What each kind of upload takes: endings of file names, largest size."""


class ZaloApi:
    """Every method raises SendError: for a message that may have left Unclear, for a question ChannelUnavailable."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, app_secret: str, tokens: Tokens, clock: Clock) -> None:
        self._host = Host(http, base_url, app_secret, tokens, clock, send_error)

    async def send(self, body: Json, user_id: str) -> Sent:
        """Send one message."""
        path = "/v2.0/oa/message" if is_visitor(user_id) else "/v3.0/oa/message/cs"
        return Sent.read(await self._host.post(path, body, lost=Unclear))

    async def react(self, body: Json) -> Sent:
        """Put a reaction under a message, or take it back."""
        return Sent.read(await self._host.post("/v2.0/oa/message", body, lost=Unclear))

    async def upload(self, kind: str, name: str, content: bytes) -> str:
        """Upload an ``image``, ``gif`` or ``file``; what a message names it by, for seven days.

        Raises Rejected without asking Zalo for what it is known not to take: a name without an ending is answered
        with success and no id.
        """
        endings, largest = UPLOADS[kind]
        if name.rpartition(".")[2].lower() not in endings or "." not in name:
            raise Rejected("upload_name", f"{kind}: one of {', '.join(sorted(endings))} wanted")
        if len(content) > largest:
            raise Rejected("upload_size", f"{len(content)} bytes, {largest} at most")
        stem, _, ending = name.rpartition(".")
        short = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
        data = obj(await self._host.upload(f"/v2.0/oa/upload/{kind}", Upload(short, content)))
        found = text(data, "attachment_id", "token")
        if not found:
            raise Rejected("upload_empty", "no attachment_id in the answer")
        return found

    async def official_account(self) -> OfficialAccount:
        """The account itself: a cheap way to see whether token, permissions and package are in order."""
        return OfficialAccount.read(await self._host.get("/v2.0/oa/getoa"))

    async def user_detail(self, user_id: str) -> UserDetail:
        return UserDetail.read(await self._host.get("/v3.0/oa/user/detail", {"user_id": user_id}))

    async def users(self, offset: int = 0, count: int = MOST_USERS, tag: str = "", period: str = "") -> UserPage:
        """People the account knows; ``period`` of last interaction: ``TODAY``, ``L7D``, ``2026_01_01:2026_01_31``…

        Zalo shows the first ten thousand of a selection.
        """
        arguments = {"offset": offset, "count": count, "tag_name": tag, "last_interaction_period": period}
        given = {key: value for key, value in arguments.items() if value != ""}
        return UserPage.read(await self._host.get("/v3.0/oa/user/getlist", given))

    async def tags(self) -> tuple[str, ...]:
        return texts(await self._host.get("/v2.0/oa/tag/gettagsofoa"))

    async def tag(self, user_id: str, tag: str) -> None:
        """Put a tag on somebody; it is made when it is new."""
        await self._host.post("/v2.0/oa/tag/tagfollower", {"user_id": user_id, "tag_name": tag})

    async def untag(self, user_id: str, tag: str) -> None:
        await self._host.post("/v2.0/oa/tag/rmfollowerfromtag", {"user_id": user_id, "tag_name": tag})

    async def drop_tag(self, tag: str) -> None:
        await self._host.post("/v2.0/oa/tag/rmtag", {"tag_name": tag})

    async def user_quota(self, user_id: str) -> UserQuota:
        """When somebody last interacted, to the millisecond."""
        return UserQuota.read(await self._host.post("/v3.0/oa/quota/message", {"user_id": user_id}))

    async def allowances(self, product: str = "cs", kind: str = "", owner: str = "OA") -> tuple[Allowance, ...]:
        """What the package and purchases still contain. ``kind``: ``sub_quota``, ``purchase_quota``, ``reward_quota``
        or all of them."""
        body = {"quota_owner": owner, "product_type": product} | ({"quota_type": kind} if kind else {})
        data = await self._host.post("/v3.0/oa/quota/message", body)
        return tuple(Allowance.read(each) for each in data) if isinstance(data, list) else ()

    async def recent_chats(self, offset: int = 0, count: int = MOST_CHATS) -> Sequence[Line]:
        """The newest message of each conversation, newest conversation first."""
        return _lines(await self._host.get("/v2.0/oa/listrecentchat", {"offset": offset, "count": count}))

    async def conversation(self, user_id: str, offset: int = 0, count: int = MOST_CHATS) -> Sequence[Line]:
        """Messages of one conversation, newest first."""
        arguments = {"user_id": user_id, "offset": offset, "count": count}
        return _lines(await self._host.get("/v2.0/oa/conversation", arguments))


def _lines(data: object) -> list[Line]:
    return [Line.read(each) for each in data] if isinstance(data, list) else []
