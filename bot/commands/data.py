"""``loa db`` and ``loa doctor``: the database and the health of an installation."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import typer
from alembic.script import ScriptDirectory
from sqlalchemy import func, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from bot.commands.console import fail, open_database, operator_settings, run, say, words
from bot.config import Settings, SettingsError
from storage.credentials import credential
from storage.database import Database
from storage.digests import Delivery, DeliveryState
from storage.updates import InboundUpdate, UpdateState

app = typer.Typer(no_args_is_help=True)

QUIET = timedelta(days=2)
"""A platform that has sent nothing for so long may have switched the webhook off."""
SKEW = timedelta(minutes=2)
"""How wrong the machine's clock may be before tokens and signatures start to fail."""


@app.callback()
def _group() -> None:
    """A callback keeps ``upgrade`` a subcommand."""


@app.command("upgrade", help=words("cli.db_upgrade"))
def upgrade() -> None:
    """Bring the schema to the newest migration."""
    try:
        open_database(operator_settings())
    except (SQLAlchemyError, OSError, ValueError) as error:
        fail("cli.db_failed", reason=type(error).__name__)
    say("cli.db_upgraded")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``advice`` says what to do when it is not well."""

    well: bool
    what: str
    advice: str = ""


def doctor() -> None:
    """Look at settings, database, tokens, clock and webhooks; exit code 1 when something needs a person."""
    findings = run(_collect(operator_settings()))
    for finding in findings:
        typer.echo(f"{'✓' if finding.well else '✗'} {finding.what}")
        if not finding.well:
            typer.echo(f"    → {finding.advice}")
    if not all(finding.well for finding in findings):
        sys.exit(1)
    say("cli.doctor_well")


async def _collect(settings: Settings) -> list[Finding]:
    findings = [_secrets(settings)]
    findings += [finding async for finding in _database(settings)]
    findings += [finding async for finding in _platforms(settings)]
    return findings


def _secrets(settings: Settings) -> Finding:
    if settings.demo:
        return Finding(True, words("cli.doctor_demo"))
    try:
        settings.require_safe(datetime.now(UTC))
    except SettingsError as error:
        names = ", ".join(error.names)
        return Finding(False, words("cli.doctor_settings_bad"), words("cli.settings_unsafe", names=names))
    return Finding(True, words("cli.doctor_settings"))


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    database = Database(settings.database_url.get_secret_value())
    try:
        async with database.reading() as db:
            current = (await db.exec(text("SELECT version_num FROM alembic_version"))).scalar()  # type: ignore[call-overload]
            head = ScriptDirectory.from_config(database.alembic_config()).get_current_head()
            yield Finding(current == head, words("cli.doctor_database"), words("cli.doctor_database_old"))
            if current != head:
                return
            failed = (
                await db.exec(
                    select(func.count()).select_from(InboundUpdate).where(InboundUpdate.state == UpdateState.FAILED)
                )
            ).one()
            yield Finding(failed == 0, words("cli.doctor_failed", count=failed), words("cli.doctor_failed_advice"))
            unclear = (
                await db.exec(select(func.count()).select_from(Delivery).where(Delivery.state == DeliveryState.UNCLEAR))
            ).one()
            yield Finding(unclear == 0, words("cli.doctor_unclear", count=unclear), words("cli.doctor_unclear_advice"))
            for channel, on in _on(settings):
                if on:
                    newest = (
                        await db.exec(
                            select(func.max(col(InboundUpdate.received_at))).where(InboundUpdate.channel == channel)
                        )
                    ).one()
                    yield _webhook_age(channel, newest)
            if settings.zalo_on:
                stored = await credential(db, f"zalo:{settings.zalo_oa_id}")
                lost = stored is not None and stored.revoked_reason is not None
                yield Finding(not lost, words("cli.doctor_zalo_token"), words("cli.doctor_zalo_token_lost"))
    except (SQLAlchemyError, OSError) as error:
        yield Finding(
            False, words("cli.doctor_database"), words("cli.doctor_database_gone", reason=type(error).__name__)
        )
    finally:
        await database.close()


def _on(settings: Settings) -> tuple[tuple[str, bool], ...]:
    return ("telegram", settings.telegram_on), ("zalo", settings.zalo_on), ("zalobot", settings.zalo_bot_on)


def _webhook_age(channel: str, newest: datetime | None) -> Finding:
    if newest is None:
        return Finding(True, words("cli.doctor_no_update", channel=channel))
    age = datetime.now(UTC) - newest.replace(tzinfo=newest.tzinfo or UTC)
    hours = int(age.total_seconds() // 3600)
    what = words("cli.doctor_update_age", channel=channel, hours=hours)
    return Finding(age < QUIET, what, words("cli.doctor_update_old"))


async def _platforms(settings: Settings) -> AsyncIterator[Finding]:
    """Ask the platforms that are on: is the token good, and does their clock agree with ours?"""
    async with httpx.AsyncClient(timeout=10) as client:
        if settings.telegram_on:
            token = settings.telegram_token.get_secret_value()
            async for finding in _ask(client, "telegram", f"{settings.telegram_api_url}/bot{token}/getMe"):
                yield finding
        if settings.zalo_on:
            async for finding in _ask(client, "zalo", settings.zalo_api_url):
                yield finding
        if settings.zalo_bot_on:
            token = settings.zalo_bot_token.get_secret_value()
            async for finding in _ask(client, "zalobot", f"{settings.zalo_bot_api_url}/bot{token}/getMe"):
                yield finding


async def _ask(client: httpx.AsyncClient, channel: str, url: str) -> AsyncIterator[Finding]:
    try:
        answer = await (client.post(url, json={}) if channel == "zalobot" else client.get(url))
    except httpx.HTTPError as error:
        reason = type(error).__name__
        yield Finding(
            False, words("cli.doctor_platform", channel=channel), words("cli.doctor_unreachable", reason=reason)
        )
        return
    refused = channel != "zalo" and answer.status_code in (401, 403, 404)  # Zalo's own address needs no token
    yield Finding(not refused, words("cli.doctor_platform", channel=channel), words("cli.doctor_token_bad"))
    if "date" in answer.headers:
        skew = abs(parsedate_to_datetime(answer.headers["date"]) - datetime.now(UTC))
        yield Finding(skew < SKEW, words("cli.doctor_clock"), words("cli.doctor_clock_wrong"))
