"""People with Zalo on their phones: what they do, and what they see."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulators.zalo_rules import Accepted, Button

if TYPE_CHECKING:
    from simulators.zalo import ZaloSimulator

_ATTACHMENTS: dict[str, dict[str, Any]] = {
    "image": {"thumbnail": "https://t.example/i", "url": "https://p.example/i.jpg"},
    "gif": {"thumbnail": "https://t.example/g", "url": "https://p.example/g.gif"},
    "audio": {"url": "https://a.example/v.amr"},
    "video": {"thumbnail": "https://t.example/v", "description": "", "url": "https://p.example/v.mp4"},
    "sticker": {"id": "12345", "url": "https://s.example/12345"},
    "location": {"coordinates": {"latitude": "14.3545", "longitude": "108.0076"}},
    "file": {"url": "https://f.example/a", "size": "9999", "name": "a.pdf", "checksum": "0" * 32, "type": "pdf"},
}


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message of the account as it stands on the screen."""

    id: str
    text: str
    buttons: tuple[Button, ...] = ()
    picture: str = ""
    file: str = ""
    """Name of the file it shows."""
    quote: str = ""
    content: bytes = b""
    """Of the picture or the file."""

    @property
    def labels(self) -> list[str]:
        return [button.label for button in self.buttons]


class Person:
    """Somebody with a Zalo account. Made by :meth:`ZaloSimulator.person`.

    Everything a person does is pushed to the webhook; the methods return when the receiver has answered the push.
    """

    def __init__(self, simulator: ZaloSimulator, user_id: str, name: str) -> None:
        self._simulator = simulator
        self.id = user_id
        self.name = name
        self.messages: list[Bubble] = []
        """Everything the account has sent, oldest first."""
        self.forms: list[str] = []
        """Titles of the forms that asked for name and number."""
        self.calls: list[str] = []
        """Numbers dialled by tapping."""
        self.follower = False
        self.left = False
        self.restricting = False
        self.inactive = False
        """Not seen for more than 45 days."""
        self.last_interaction: datetime | None = None
        self._read = 0
        self._reported = 0
        self._arrival = asyncio.Event()

    @property
    def address(self) -> str:
        return f"zalo:{self.id}"

    async def says(self, text: str) -> None:
        """Type a text and send it."""
        await self._sends("user_send_text", {"text": text})

    async def asks(self, text: str, within: float = 5.0) -> Bubble:
        """Say something and see the next message."""
        self._read = len(self.messages)
        await self.says(text)
        return (await self.sees(1, within))[0]

    async def taps(self, button: str) -> None:
        """Tap the newest button with this label or data, else the newest whose label begins so."""
        found = [each for bubble in reversed(self.messages) for each in bubble.buttons]
        exact = [each for each in found if button in (each.label, each.data)]
        begins = [each for each in found if each.label.startswith(button)]
        if not exact + begins:
            raise AssertionError(f"no button {button!r} among {[each.label for each in found]}")
        await self.presses((exact + begins)[0])

    async def presses(self, tapped: Button) -> None:
        """Tap this button."""
        if tapped.kind.startswith("oa.query"):
            await self.says(tapped.data)
        elif tapped.kind == "oa.open.phone":
            self.calls.append(tapped.data)

    async def follows(self, source: str = "oa_profile") -> None:
        self.follower, self.left = True, False
        self._interacts()
        await self._simulator.push(self._followed("follow") | {"source": source})

    async def unfollows(self) -> None:
        self.follower, self.left = False, True
        await self._simulator.push(self._followed("unfollow") | {"source": "oa_profile"})

    async def sends(self, kind: str, caption: str = "") -> None:
        """Send an image, gif, audio, video, sticker, location or file."""
        message: dict[str, Any] = {"attachments": [{"type": kind, "payload": _ATTACHMENTS[kind]}]}
        await self._sends(f"user_send_{kind}", ({"text": caption} if caption else {}) | message)

    async def sends_file(self, name: str, content: bytes, caption: str = "") -> None:
        """Send a document, or an image when its name says so."""
        token = secrets.token_hex(8)
        self._simulator.books.sent[token] = content
        kind = "image" if name.endswith((".jpg", ".png")) else "file"
        url = f"{self._simulator.api_url}/files/{token}"
        about = {"url": url, "thumbnail": url}
        if kind == "file":
            about = {"url": url, "size": str(len(content)), "name": name, "type": name.rpartition(".")[2]}
        message: dict[str, Any] = {"attachments": [{"type": kind, "payload": about}]}
        await self._sends(f"user_send_{kind}", ({"text": caption} if caption else {}) | message)

    async def sends_image(self, caption: str = "") -> None:
        await self.sends("image", caption)

    async def shares_info(self, name: str, phone: str) -> None:
        """Fill in the form that asks for name and number."""
        self._interacts()
        address = {"user_city": "", "user_ward": "", "user_address": ""}
        info = {"name": name, "phone": phone, "user_dob": "", "gender": "", "full_address": address}
        await self._simulator.push(self._from_person("user_submit_info") | {"info": info})

    async def reads(self) -> None:
        """Look at everything that has come, on a phone: the account is told."""
        unseen = [bubble.id for bubble in self.messages[self._reported :]]
        self._reported = len(self.messages)
        if unseen:
            await self._simulator.push(self._to_person("user_seen_message", {"msg_ids": unseen}))

    async def hears_staff(self, text: str) -> None:
        """Somebody of the department writes by hand, in Zalo's own tool."""
        echo = self._to_person("oa_send_text", {"text": text, "msg_id": secrets.token_hex(10)})
        echo["sender"]["admin_id"] = "5000000000000000005"
        await self._simulator.push(echo)

    async def sees(self, count: int = 1, within: float = 5.0) -> list[Bubble]:
        """The next ``count`` messages not seen before; waits for them at most ``within`` seconds."""
        wanted = self._read + count
        try:
            async with asyncio.timeout(within):
                while len(self.messages) < wanted:
                    self._arrival.clear()
                    await self._arrival.wait()
        except TimeoutError:
            unread = [bubble.text for bubble in self.messages[self._read :]]
            raise AssertionError(f"{count} messages expected within {within} s, only these came: {unread}") from None
        bubbles = self.messages[self._read : wanted]
        self._read = wanted
        return bubbles

    def blocks(self) -> None:
        """Restrict what the account may send. Zalo does not tell the account."""
        self.restricting = True

    def show(self, message_id: str, accepted: Accepted) -> None:
        """Put a message of the account on this person's screen."""
        if accepted.form:
            self.forms.append(accepted.text)
            return
        books = self._simulator.books
        _, content, _ = books.uploads.get(accepted.picture or accepted.file, ("", b"", None))
        file = books.names.get(accepted.file, "")
        extras = (accepted.picture, file, accepted.quote, content)
        self.messages.append(Bubble(message_id, accepted.text, accepted.buttons, *extras))
        self._arrival.set()

    def echoes(self, message_id: str, accepted: Accepted) -> list[dict[str, Any]]:
        """The events with which Zalo reports a message to its own sender."""
        kind = "template" if accepted.form else "file" if accepted.file else "image" if accepted.picture else "text"
        name = f"oa_send_{kind}"
        message = {"text": accepted.text, "msg_id": message_id}
        received = self._to_person("user_received_message", {"msg_id": message_id})
        return [self._to_person(name, message), received]

    def _interacts(self) -> None:
        self.last_interaction = self._simulator.clock.now()

    async def _sends(self, name: str, message: dict[str, Any]) -> None:
        self.left = False
        self._interacts()
        event = self._from_person(name)
        message_id = secrets.token_hex(10)
        event["message"] = {**message, "msg_id": message_id}
        kind = "text" if name == "user_send_text" else name.rpartition("_")[2]
        self._simulator.books.say(self.id, True, message_id, kind, str(message.get("text", "")))
        await self._simulator.push(event)

    def _event(self, name: str, **fields: Any) -> dict[str, Any]:
        """Keys in the order real events have them."""
        milliseconds = self._simulator.timestamp()
        scoped = f"4{self.id[1:]}"
        head = {"event_name": name, "app_id": self._simulator.app_id}
        return {**head, **fields, "timestamp": milliseconds, "user_id_by_app": scoped}

    def _from_person(self, name: str) -> dict[str, Any]:
        return self._event(name, sender={"id": self.id}, recipient={"id": self._simulator.oa_id}, message={})

    def _to_person(self, name: str, message: dict[str, Any]) -> dict[str, Any]:
        return self._event(name, sender={"id": self._simulator.oa_id}, recipient={"id": self.id}, message=message)

    def _followed(self, name: str) -> dict[str, Any]:
        return self._event(name, oa_id=self._simulator.oa_id, follower={"id": self.id})


class Visitor(Person):
    """Somebody who writes without being logged in. Made by :meth:`ZaloSimulator.visitor`."""

    conversation = "conv-7000000007"

    @property
    def address(self) -> str:
        return f"zalo:anonymous/{self.id}/{self.conversation}"

    async def says(self, text: str) -> None:
        self._interacts()
        event = self._from_person("anonymous_send_text")
        event["message"] = {"text": text, "msg_id": secrets.token_hex(10), "conversation_id": self.conversation}
        del event["user_id_by_app"]
        await self._simulator.push(event)

    def echoes(self, message_id: str, accepted: Accepted) -> list[dict[str, Any]]:
        message = {"text": accepted.text, "msg_id": message_id, "conversation_id": self.conversation}
        return [self._to_person("oa_send_anonymous_text", message)]
