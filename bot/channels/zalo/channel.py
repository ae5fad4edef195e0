"""Zalo Official Account as a channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from weakref import WeakValueDictionary

import httpx
import structlog

from bot.channels.base import Capabilities
from bot.channels.layout import Part, lay_out
from bot.channels.zalo.answers import OfficialAccount
from bot.channels.zalo.api import ZaloApi
from bot.channels.zalo.bodies import (
    Json,
    call_button,
    choice_button,
    details_form,
    is_short,
    is_visitor,
    text_message,
)
from bot.channels.zalo.capabilities import CAPABILITIES
from bot.channels.zalo.consent import ZaloConsent
from bot.channels.zalo.events import NAME, read_event
from bot.channels.zalo.fetching import fetched
from bot.channels.zalo.files import ZaloFiles
from bot.channels.zalo.nudges import Nudges
from bot.channels.zalo.oauth import TokenEndpoint
from bot.channels.zalo.signature import Signatures
from bot.channels.zalo.templates import TemplateApi
from bot.channels.zalo.tokens import ZaloTokens
from bot.channels.zalo.window import Windows
from bot.channels.zalo.wire import open_client
from bot.clock import Clock
from bot.config import Settings
from bot.errors import ChannelUnavailable, Nudged, Rejected, SendError, Throttled, Unclear, WindowClosed
from content.catalog import Catalog
from content.text import Texts
from handlers.messages import Address, Choice, FileReference, Message, Reply
from storage.database import Database

log = structlog.get_logger()

PLAIN = replace(CAPABILITIES, buttons=0, one_tap_call=False, files=())
"""For visitors who are not logged in, and for a message whose buttons were refused."""

LONGEST_TURN = 20.0
"""Seconds one message waits for another one to the same person."""
PAUSES = (1.0, 2.0, 4.0)
"""Seconds between the attempts for the rest of a reply whose beginning has been sent."""


class ZaloChannel:
    """Implements :class:`bot.channels.base.Channel`."""

    name = NAME
    capabilities = CAPABILITIES

    def __init__(
        self,
        http: httpx.AsyncClient,
        api: ZaloApi,
        tokens: ZaloTokens,
        windows: Windows,
        nudges: Nudges,
        consent: ZaloConsent,
        files: ZaloFiles,
        signatures: Signatures,
        oa_id: str,
        text: Texts,
        file_hosts: tuple[str, ...] = (),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.api = api
        self.consent = consent
        self.signatures = signatures
        """What the webhook of this process has seen."""
        self._http = http
        self._tokens = tokens
        self._windows = windows
        self._nudges = nudges
        self._files = files
        self._oa_id = oa_id
        self._text = text
        self._file_hosts = file_hosts
        self._sleep = sleep
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._short_calls = True
        self._picture: str | None = None

    @property
    def nudges_on(self) -> bool:
        """Whether officers whose window has closed may get a template message."""
        return self._nudges.are_on

    def translate(self, payload: str) -> Message | None:
        message = read_event(payload, self._oa_id)
        if message is not None:
            self._windows.saw(message)
        return message

    async def send(self, address: Address, reply: Reply) -> str:
        """Send a reply, part after part so that they arrive in order; the id of the last one.

        When a later part fails for now, it is tried again here: sending the whole reply once more would repeat the
        beginning. If that does not help the outcome is Unclear. To somebody whose window has closed nothing is sent;
        an officer may get the template message instead, which the error then tells.
        """
        async with self._turn(address.user_id):
            return await self._send_in_turn(address, reply)

    @asynccontextmanager
    async def _turn(self, user_id: str) -> AsyncIterator[None]:
        """One reply to somebody at a time: the parts of an answer and of a digest must not get mixed up.

        Raises ChannelUnavailable when the turn does not come soon; nothing has been sent then.
        """
        lock = self._turns.setdefault(user_id, asyncio.Lock())
        try:
            await asyncio.wait_for(lock.acquire(), LONGEST_TURN)
        except TimeoutError:
            raise ChannelUnavailable("busy", "another message to the same person is on its way") from None
        try:
            yield
        finally:
            lock.release()

    async def _send_in_turn(self, address: Address, reply: Reply) -> str:
        to = address.user_id
        if is_visitor(to):
            return await self._send_all(to, reply, PLAIN)
        try:
            await self._windows.require(to)
            last = await self._send_all(to, reply, CAPABILITIES)
        except WindowClosed as closed:
            if await self._nudges.nudge(address):
                raise Nudged(closed.code, closed.reason) from None
            raise
        if reply.ask_phone:
            await self._ask_details(to)
        return last

    async def check(self) -> OfficialAccount:
        """Whether the account can be used, for health checks; renews the tokens when their end is near.

        Raises SendError.
        """
        return await self.api.official_account()

    async def fetch(self, address: Address, file: FileReference, largest: int) -> bytes:
        """What somebody has sent. Raises NotFetched."""
        return await fetched(self._http, file.reference, self._file_hosts, largest)

    async def aclose(self) -> None:
        await self._tokens.aclose()
        await self._http.aclose()

    async def _send_all(self, to: str, reply: Reply, can: Capabilities) -> str:
        last = ""
        for number, part in enumerate(lay_out(reply, can)):
            deliver = self._persist if number else self._deliver
            last = await deliver(to, part, reply)
        return last

    async def _persist(self, to: str, part: Part, reply: Reply) -> str:
        for pause in PAUSES:
            try:
                return await self._deliver(to, part, reply)
            except ChannelUnavailable as error:
                wanted = error.retry_after if isinstance(error, Throttled) else pause
            await self._sleep(wanted)
        try:
            return await self._deliver(to, part, reply)
        except ChannelUnavailable as error:
            raise Unclear(error.code, error.reason) from None

    async def _deliver(self, to: str, part: Part, reply: Reply) -> str:
        """Send one part. An answer must not be lost for its buttons: when Zalo refuses the message, it goes again
        without the calls Zalo may not know, then without any button, the choices numbered in the text; and in the place
        of a file that did not go stand words."""
        if part.file is not None:
            kind = CAPABILITIES.carries(part.file)
            sent = await self._files.send(to, part.file, kind) if kind else ""
            return sent or await self._send(to, part.file.instead)
        calls = [number for number in part.call if self._short_calls or not is_short(number)]
        try:
            return await self._send(to, part.text, calls, part.choices)
        except Rejected as refusal:
            if not (calls or part.choices):
                raise
            log.warning("zalo.buttons_refused", code=refusal.code, buttons=len(calls) + len(part.choices))
        if any(is_short(number) for number in calls):
            try:
                sent = await self._send(to, part.text, [n for n in calls if not is_short(n)], part.choices)
            except Rejected:
                pass
            else:
                self._short_calls = False
                return sent
        return await self._send_all(to, Reply(part.text, () if part.numbered else reply.choices), PLAIN)

    async def _send(self, to: str, text: str, calls: list[str] | None = None, choices: tuple[Choice, ...] = ()) -> str:
        buttons: list[Json] = [call_button(self._text("zalo.call", number=number), number) for number in calls or []]
        buttons += [choice_button(choice.label, choice.value) for choice in choices]
        return (await self.api.send(text_message(to, text, buttons[: CAPABILITIES.buttons]), to)).message_id

    async def _ask_details(self, to: str) -> None:
        """Zalo's own form for name and number. It needs a picture: the account's. Without it the person can still
        type the number, so nothing that goes wrong here is worth losing the reply that has been sent."""
        try:
            if self._picture is None:
                self._picture = (await self.api.official_account()).avatar
            title, subtitle = self._text("zalo.details_title"), self._text("zalo.details_subtitle")
            if self._picture:
                await self.api.send(details_form(to, title, subtitle, self._picture), to)
        except SendError as error:
            log.warning("zalo.form_not_sent", code=error.code)


def zalo_channel(settings: Settings, db: Database, clock: Clock, catalog: Catalog) -> ZaloChannel:
    """The channel of the configured Official Account."""
    http = open_client()
    app_secret = settings.zalo_app_secret.get_secret_value()
    endpoint = TokenEndpoint(http, settings.zalo_oauth_url, settings.zalo_app_id, app_secret, clock)
    configured = (settings.zalo_access_token.get_secret_value(), settings.zalo_refresh_token.get_secret_value())
    tokens = ZaloTokens(endpoint, settings.zalo_oa_id, configured, db, clock)
    api = ZaloApi(http, settings.zalo_api_url, app_secret, tokens, clock)
    templates = TemplateApi(http, settings.zalo_business_url, app_secret, tokens, clock)
    return ZaloChannel(
        http,
        api,
        tokens,
        Windows(api, db, clock),
        Nudges(templates, settings.zalo_template_id, settings.template_fields, db, clock, catalog),
        ZaloConsent(settings, endpoint, tokens, db),
        ZaloFiles(api, settings.zalo_oa_id, db, clock),
        Signatures(clock, settings.zalo_signature_trial_until),
        settings.zalo_oa_id,
        catalog.text,
        settings.file_hosts,
    )
