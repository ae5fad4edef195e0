"""A stand-in for Zalo: OAuth, the OA API and the webhooks, with memory, over real HTTP, with faults on demand.

::

    async with ZaloSimulator() as zalo:
        settings = Settings(**zalo.settings())
        zalo.webhooks.url = "http://127.0.0.1:8000/webhooks/zalo"
        lan = zalo.person("Lan")
        await lan.follows()
        answer = await lan.asks("ăn nấm lạ bị nôn")
        await lan.taps("Hữu ích")
        zalo.faults.append(Fault.UNAVAILABLE)
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Self

from aiohttp import web
from yarl import URL

from simulators.clock import Clock, MachineClock
from simulators.disorder import Disorder
from simulators.zalo_books import Books
from simulators.zalo_faults import DONE_FIRST, PAGE, Fault, broken
from simulators.zalo_grants import Grants
from simulators.zalo_people import Person, Visitor
from simulators.zalo_pushes import Pusher
from simulators.zalo_rules import CALLS_PER_MINUTE, MESSAGES, Accepted, Refusal, read_message
from simulators.zalo_templates import Templates

FREE_WINDOW = timedelta(hours=48)
WINDOW = timedelta(days=7)


Answerer = Callable[[web.Request, Any], Any]


class ZaloSimulator:
    """One application, one Official Account, the people who write to it."""

    def __init__(self, clock: Clock | None = None, pace: float = 0.001) -> None:
        """``pace`` is how many seconds of the test one second of the webhook's retry schedule lasts."""
        self.clock = clock or MachineClock()
        self.app_id = "1000000000000000001"
        self.app_secret = "appSecretExample01"  # noqa: S105 - of nobody
        self.oa_id = "3000000000000000003"
        self.grants = Grants(self.app_id, self.app_secret, self.clock)
        self.books = Books(self.oa_id, self.clock)
        self.templates = Templates(self)
        self.webhooks = Pusher(self.app_id, "oaSecretExample0001", pace)
        self.granting_oa = self.oa_id
        """Which account the administrator picks on the permission page."""
        self.verified = True
        self.wants_proof = False
        """Whether the application demands ``appsecret_proof``."""
        self.allowance = 1997
        """Billed messages the account may still send, as it says when asked."""
        self.takes_short_codes = True
        """Whether a call button may dial 115; not documented."""
        self.refuses_unfollowed = True
        self.calls_per_minute = CALLS_PER_MINUTE
        self.keepalive = 75.0
        """Seconds an idle connection is kept; set before the start."""
        self.latency = 0.0
        """Seconds before every answer."""
        self.faults: list[Fault | Refusal] = []
        """Taken one by one by the next sends; ``Refusal(code)`` answers with that error code."""
        self.oauth_faults: list[Fault] = []
        self.standing: Fault | Refusal | None = None
        """What every message of the account meets, until it is taken away."""
        self.disorder = Disorder(self.webhooks.push_later)
        self.on_message: Callable[[Person], None] | None = None
        """Called whenever somebody has got a message: to have things go wrong right after."""
        self.bodies: list[dict[str, Any]] = []
        """Bodies of all messages that were accepted, oldest first."""
        self.reactions: list[dict[str, str]] = []
        self.requests: Counter[str] = Counter()
        """How often each path was asked."""
        self.people: dict[str, Person] = {}
        self._numbers = itertools.count(1)
        self._minute: Counter[int] = Counter()
        self._runner: web.AppRunner | None = None
        self._last_ms = 0
        self.api_url = self.oauth_url = ""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen on a free port of this machine."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v4/oa/access_token", self._token)
        app.router.add_post("/v3.0/oa/message/{kind}", self._answers(self._message))
        app.router.add_post("/v2.0/oa/message", self._answers(self._message))
        app.router.add_get("/v3.0/oa/user/detail", self._answers(self._detail))
        app.router.add_post("/v3.0/oa/quota/message", self._answers(self._quota))
        app.router.add_get("/v2.0/oa/getoa", self._answers(self._account))
        app.router.add_get("/v3.0/oa/user/getlist", self._answers(self._list))
        app.router.add_get("/v2.0/oa/tag/gettagsofoa", self._answers(lambda _r, _a: list(self.books.tags)))
        app.router.add_post("/v2.0/oa/tag/tagfollower", self._answers(lambda _r, a: self.books.tag(a, True)))
        app.router.add_post("/v2.0/oa/tag/rmfollowerfromtag", self._answers(lambda _r, a: self.books.tag(a, False)))
        app.router.add_post("/v2.0/oa/tag/rmtag", self._answers(lambda _r, a: self.books.drop_tag(a)))
        app.router.add_get("/v2.0/oa/listrecentchat", self._answers(lambda _r, a: self.books.recent(a)))
        app.router.add_get("/v2.0/oa/conversation", self._answers(lambda _r, a: self.books.conversation(a)))
        app.router.add_post("/v2.0/oa/upload/{kind}", self._answers(lambda request, _a: self.books.upload(request)))
        app.router.add_get("/v4/oa/permission", self._permission)
        app.router.add_post("/message/template", self._answers(lambda _r, a: self.templates.take(a)))
        app.router.add_get("/message/status", self._answers(lambda r, _a: self.templates.status(r.query)))
        app.router.add_get("/files/{token}", self._hand_out)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, keepalive_timeout=self.keepalive)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.api_url = self.oauth_url = f"http://{host}:{port}"

    async def stop(self) -> None:
        self.disorder.close()
        await self.webhooks.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def settings(self) -> dict[str, Any]:
        """What ``Settings`` needs to talk to this simulator."""
        return {
            "zalo_app_id": self.app_id,
            "zalo_app_secret": self.app_secret,
            "zalo_oa_id": self.oa_id,
            "zalo_oa_secret": self.webhooks.oa_secret,
            "zalo_access_token": self.grants.access,
            "zalo_refresh_token": self.grants.refresh,
            "zalo_api_url": self.api_url,
            "zalo_oauth_url": self.oauth_url,
            "zalo_business_url": self.api_url,
            "zalo_file_hosts": "127.0.0.1",
        }

    def person(self, name: str) -> Person:
        """Somebody new, who has not written yet."""
        person = Person(self, str(2_000_000_000_000_000_000 + next(self._numbers)), name)
        self.people[person.id] = person
        return person

    def visitor(self) -> Visitor:
        """Somebody new who is not logged in."""
        visitor = Visitor(self, f"anon-{6_000_000_000_000_000 + next(self._numbers)}", "")
        self.people[visitor.id] = visitor
        return visitor

    async def push(self, event: dict[str, Any]) -> None:
        """Push an event to the webhook."""
        if self.disorder.busy:
            self.disorder.put(event)
        else:
            await self.webhooks.push(event)

    def timestamp(self) -> str:
        """Milliseconds as text, never the same twice."""
        self._last_ms = max(self._last_ms + 1, int(self.clock.now().timestamp() * 1000))
        return str(self._last_ms)

    async def _hand_out(self, request: web.Request) -> web.StreamResponse:
        """What somebody has sent, as long as it is there."""
        self.requests["/files"] += 1
        content = self.books.sent.get(request.match_info["token"])
        return web.Response(status=404) if content is None else web.Response(body=content)

    # -- OAuth

    async def _token(self, request: web.Request) -> web.StreamResponse:
        self.requests[request.path] += 1
        await asyncio.sleep(self.latency)
        form = dict(await request.post())
        fault = self.oauth_faults.pop(0) if self.oauth_faults else None
        if fault is not None and fault not in DONE_FIRST:
            return broken(request, fault)
        body = self.grants.exchange(request.headers, form)
        if fault is not None:
            return broken(request, fault)
        return web.Response() if body is None else web.json_response(body)

    async def _permission(self, request: web.Request) -> web.StreamResponse:
        """The page on which the administrator presses "allow": the way back, or Zalo's own page about an error."""
        self.requests[request.path] += 1
        query = request.query
        if set(query) - {"app_id", "redirect_uri", "code_challenge", "state"}:
            return web.Response(text=PAGE, content_type="text/html", status=400)
        if query.get("app_id") != self.app_id:
            return web.Response(text="error_code=-14002", content_type="text/html")
        if query.get("redirect_uri") != self.grants.callback:
            return web.Response(text="error_code=-14003", content_type="text/html")
        back = {"code": self.grants.authorize(query.get("code_challenge", "")), "oa_id": self.granting_oa}
        if "state" in query:
            back["state"] = query["state"]
        raise web.HTTPFound(str(URL(self.grants.callback).with_query(back)))

    # -- OA API

    def _answers(self, answer: Answerer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.requests[request.path] += 1
            await asyncio.sleep(self.latency)
            fault = self._next_fault() if "/oa/" in request.path and "message" in request.path else None
            if isinstance(fault, Fault) and fault not in DONE_FIRST:
                return broken(request, fault)
            try:
                self._check(request)
                if isinstance(fault, Refusal):
                    raise fault
                data = answer(request, None if "upload" in request.path else await _arguments(request))
                if asyncio.iscoroutine(data):
                    data = await data
                body = {"data": data, "error": 0, "message": "Success"}
            except Refusal as refusal:
                body = {"error": refusal.code, "message": refusal.message}
            if isinstance(fault, Fault):
                return broken(request, fault)
            return web.json_response(body, headers=self._rate_headers())

        return handle

    def _next_fault(self) -> Fault | Refusal | None:
        return self.faults.pop(0) if self.faults else self.standing

    def _check(self, request: web.Request) -> None:
        self._minute[self._this_minute()] += 1
        if self._minute[self._this_minute()] > self.calls_per_minute:
            raise Refusal(-32)
        token = request.headers.get("access_token", "")
        self.grants.check(token)
        proof = hmac.new(self.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if self.wants_proof and request.headers.get("appsecret_proof") != proof:
            raise Refusal(-242)
        if not self.verified:
            raise Refusal(-221)

    def _message(self, request: web.Request, body: Any) -> dict[str, Any]:
        visitors = request.path == "/v2.0/oa/message"
        if visitors and isinstance(body, dict) and "sender_action" in body:
            self.reactions.append(body["sender_action"])
            return {"message_id": secrets.token_hex(10)}
        if not visitors and request.match_info["kind"] != "cs":
            raise Refusal(-233)
        accepted = read_message(body, visitors, self.takes_short_codes)
        person = self._reachable(accepted, visitors)
        if accepted.picture and not accepted.picture.startswith("https://"):
            self.books.used(accepted.picture, {"image", "gif"})
        if accepted.file:
            self.books.used(accepted.file, {"file"})
        message_id = secrets.token_hex(10)
        self.bodies.append(body)
        self.books.say(person.id, False, message_id, "text", accepted.text)
        person.show(message_id, accepted)
        if self.on_message is not None:
            self.on_message(person)
        for event in person.echoes(message_id, accepted):
            self.webhooks.push_later(event)
        if visitors:
            return {"message_id": message_id, **body["recipient"]}
        assert person.last_interaction is not None
        free = self.clock.now() - person.last_interaction <= FREE_WINDOW
        quota = {"quota": {"quota_type": "reply"}} if free else {}
        return {"message_id": message_id, "user_id": person.id, "sent_time": self.timestamp(), **quota}

    def _reachable(self, accepted: Accepted, visitors: bool) -> Person:
        person = self.people.get(accepted.recipient)
        if person is None or isinstance(person, Visitor) != visitors:
            raise Refusal(-201, "user_id is invalid!")
        if person.last_interaction is None:
            raise Refusal(-232)
        if self.clock.now() - person.last_interaction > WINDOW:
            raise Refusal(-230)
        if person.inactive:
            raise Refusal(-227)
        if person.restricting:
            raise Refusal(-244)
        if person.left and self.refuses_unfollowed:
            raise Refusal(-213)
        return person

    def _detail(self, _request: web.Request, arguments: Any) -> dict[str, Any]:
        person = self._known(arguments)
        day = person.last_interaction.strftime("%d/%m/%Y") if person.last_interaction else ""
        return {
            "user_id": person.id,
            "user_id_by_app": f"4{person.id[1:]}",
            "display_name": person.name,
            "user_last_interaction_date": day,
            "user_is_follower": person.follower,
            "shared_info": {"address": "", "city": "", "district": "", "phone": "", "name": ""},
        }

    def _list(self, _request: web.Request, arguments: Any) -> dict[str, Any]:
        offset, count = arguments.get("offset"), arguments.get("count")
        if not isinstance(offset, int) or not isinstance(count, int) or not 0 < count <= 50:
            raise Refusal(-210)
        tagged = self.books.tags.get(arguments.get("tag_name", ""))
        found = [each for each in self.people if tagged is None or each in tagged]
        users = [{"user_id": each} for each in found[offset : offset + count]]
        return {"total": len(found), "count": len(users), "offset": offset, "users": users}

    def _quota(self, _request: web.Request, arguments: Any) -> Any:
        if "quota_owner" in arguments:
            allowance = {"asset_id": "a1", "product_type": "cs", "quota_type": "sub_quota"}
            return [{**allowance, "valid_through": "30/04/2026", "total": 2000, "remain": self.allowance}]
        person = self._known(arguments)
        last = person.last_interaction
        return {
            "last_interaction": str(int(last.timestamp() * 1000)) if last else "",
            "cs_reply": {"remain": 8, "total": 8},
            "promotion": {"daily_remain": 1, "daily_total": 1, "monthly_remain": 6, "monthly_total": 6},
        }

    def _account(self, _request: web.Request, _arguments: Any) -> dict[str, Any]:
        return {
            "oaid": self.oa_id,
            "name": "Sở TTTT",
            "is_verified": self.verified,
            "oa_type": 4,
            "num_follower": sum(person.follower for person in self.people.values()),
            "avatar": "https://s120.example/oa.jpg",
            "package_name": "OA Premium",
        }

    def _known(self, arguments: Any) -> Person:
        person = self.people.get(arguments.get("user_id", "")) if isinstance(arguments, dict) else None
        if person is None:
            raise Refusal(-213)
        return person

    def _this_minute(self) -> int:
        return int(self.clock.now().timestamp() // 60)

    def _rate_headers(self) -> dict[str, str]:
        left = max(0, self.calls_per_minute - self._minute[self._this_minute()])
        return {"X-RateLimit-Limit": str(self.calls_per_minute), "X-RateLimit-Remain": str(left)}


async def _arguments(request: web.Request) -> Any:
    """The JSON body of a POST, the JSON in ``data`` of a GET."""
    try:
        if request.method == "POST":
            return json.loads(await request.read())
        return json.loads(request.query.get("data", "{}"))
    except ValueError:
        raise Refusal(-201, "body is invalid!") from None


__all__ = ["MESSAGES", "Fault", "Person", "Refusal", "Visitor", "ZaloSimulator"]
