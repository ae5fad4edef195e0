"""No token, secret, word or name in any log line or exception, whatever goes wrong."""

from __future__ import annotations

import logging
import traceback
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from bot.channels.zalo.webhook import ZaloWebhook
from bot.errors import SendError
from handlers.messages import Address, Choice, Reply
from simulators.zalo import Fault, Refusal, ZaloSimulator
from tests.channels.zalo.conftest import Line

WORDS = "Bà Y Mai bị ngộ độc"


async def test_nothing_leaks(line: Line, zalo: ZaloSimulator, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("aiosqlite").setLevel(logging.INFO)  # its debug lines are the database's, sealed values and all
    person = zalo.person("Y Mai")
    await person.follows()
    address = Address.parse(person.address)
    said: list[str] = []
    hidden = {WORDS, person.name, zalo.app_secret, zalo.webhooks.oa_secret}

    def remember() -> None:
        hidden.update(zalo.grants.known | zalo.grants.spent | {zalo.grants.access, zalo.grants.refresh} - {""})

    async def tries(**settings: str) -> None:
        channel = line.open(**settings)
        try:
            await channel.send(address, Reply(WORDS, (Choice(person.name, "x:1"),), ask_phone=True))
        except SendError as error:
            said.extend([str(error), repr(error), error.reason, "".join(traceback.format_exception(error))])
        said.append(repr(channel._tokens._pair))

    with capture_logs() as logged:
        await tries()
        remember()
        for fault in Fault:
            zalo.faults = [fault] * 2
            await tries()
        for fault in Fault:
            zalo.grants.expire_access()
            zalo.oauth_faults = [fault] * 2
            await tries()
            zalo.grants.consent()
            remember()
        zalo.oauth_faults = []
        await tries()
        remember()
        zalo.faults = [Refusal(-201, f"token {zalo.grants.access} in field x is invalid!")] * 3
        await tries()
        zalo.grants.expire_access()
        await tries(zalo_app_secret="another-secret-of-ours")
        hidden.add("another-secret-of-ours")
        zalo.grants.withdraw()
        await tries()
        await tries(zalo_api_url="http://127.0.0.1:9")
        hook = ZaloWebhook(zalo.app_id, zalo.webhooks.oa_secret)
        for body in (b"{}x", b'{"timestamp":"1","text":"Y Mai"}'):
            with suppress(Exception):
                hook.receive({"x-zevent-signature": "mac=0"}, body)

    remember()
    assert any(entry["event"] == "zalo.consent_needed" for entry in logged)
    assert any(entry["event"] == "zalo.token_renewed" for entry in logged)
    everything = "\n".join([*said, *map(repr, logged), caplog.text, *(repr(vars(record)) for record in caplog.records)])
    assert "token … in field x is invalid!" in everything
    assert len(said) > 50
    assert [secret for secret in hidden if secret in everything] == []
