"""Settings: environment variables, as fixed by the operators' contract. Built by the command line, never at import."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.channels.zalo.signature import LONGEST_TRIAL

DEMO_START = date(2024, 11, 11)
DEMO_SECRET = "demo-secret-not-for-production"  # noqa: S105 - refused outside demo mode
_DEFAULT_LOOKING = re.compile(r"(?i)^(demo|change|secret|default|password|example|test)")
MIN_SECRET = 16
"""Shortest secret accepted outside demo mode, in characters."""
TEMPLATE_VALUES = ("name", "agency", "date", "due")
"""What a template message can be filled with."""


class SettingsError(Exception):
    """The settings do not allow a start. ``names`` are the variables to look at."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(", ".join(names))


class Settings(BaseSettings):
    """What an operator can set. Secrets never print themselves."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True, env_ignore_empty=True)

    demo: bool = Field(default=False, validation_alias="LOA_DEMO")
    database_url: SecretStr = SecretStr(f"sqlite:///{Path('var') / 'loa.db'}")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str = ""
    public_progress: bool = False
    """Whether anybody may see the sums of the plans, without single agencies, at ``/tien-do``."""
    secret_key: SecretStr = SecretStr("")
    data_keys: SecretStr = SecretStr("")
    """Comma-separated, newest first."""
    timezone: str = "Asia/Ho_Chi_Minh"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    demo_date: date | None = None

    form_server_url: str = ""
    """Address of an action server for the forms; without one their actions run in this process."""

    telegram_token: SecretStr = SecretStr("")
    telegram_api_url: str = "https://api.telegram.org"
    telegram_rate: float | None = Field(default=None, ge=0)
    """Messages a second instead of the channel's own figure (paid broadcasts); 0 lifts every limit (measurements)."""
    telegram_mode: Literal["polling", "webhook"] = "polling"
    telegram_webhook_secret: SecretStr = SecretStr("")
    telegram_name: str = Field(default="", pattern=r"^(|[A-Za-z0-9_]{5,32})$")
    """The bot's user name without @, for the links on printed invitations."""

    zalo_app_id: str = ""
    zalo_app_secret: SecretStr = SecretStr("")
    zalo_oa_id: str = ""
    zalo_oa_secret: SecretStr = SecretStr("")
    zalo_access_token: SecretStr = SecretStr("")
    zalo_refresh_token: SecretStr = SecretStr("")
    zalo_rate: float | None = Field(default=None, ge=0)
    """The same for Zalo."""
    zalo_api_url: str = "https://openapi.zalo.me"
    zalo_oauth_url: str = "https://oauth.zaloapp.com"
    zalo_file_hosts: str = "zdn.vn,zadn.vn"
    """Where Zalo keeps what people send, comma-separated: nothing is fetched from anywhere else."""
    zalo_verifier: str = ""
    """Code of the domain verification page ``/zalo_verifier<code>.html``."""
    zalo_pkce: Literal["fresh", "fixed", "off"] = "fresh"
    """How consent is proven: a verifier made for each, the one of ZALO_CODE_VERIFIER, or none."""
    zalo_code_verifier: SecretStr = SecretStr("")
    zalo_signature_trial_until: AwareDatetime | None = None
    """Until then events with a wrong signature are taken, for the first connection of an account; at most 24 hours
    ahead, else it does not count."""
    zalo_business_url: str = "https://business.openapi.zalo.me"
    zalo_template_id: str = ""
    """Template sent by phone number to officers whose interaction window has closed; without one nobody gets any."""
    zalo_template_fields: str = ""
    """What the template's parameters hold, ``customer_name=name,don_vi=agency``; known are name, agency, date,
    due (what waits for the officer's agency)."""

    zalo_bot_token: SecretStr = SecretStr("")
    """Token of a bot of Zalo's Bot Platform, a channel of its own beside the Official Account."""
    zalo_bot_api_url: str = "https://bot-api.zaloplatforms.com"
    zalo_bot_mode: Literal["polling", "webhook"] = "polling"
    zalo_bot_webhook_secret: SecretStr = SecretStr("")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"unknown time zone {name!r}") from error
        return name

    @field_validator("zalo_template_fields")
    @classmethod
    def _known_fields(cls, written: str) -> str:
        wrong = [name for name in read_fields(written).values() if name not in TEMPLATE_VALUES]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is none of {', '.join(TEMPLATE_VALUES)}")
        return written

    @property
    def template_fields(self) -> dict[str, str]:
        """Parameter of the template → what it holds."""
        return read_fields(self.zalo_template_fields)

    @property
    def file_hosts(self) -> tuple[str, ...]:
        """Hosts Zalo's files may be fetched from."""
        return tuple(host.strip().lower() for host in self.zalo_file_hosts.split(",") if host.strip())

    @property
    def keys(self) -> list[str]:
        """Keys for personal data, newest first."""
        keys = [key.strip() for key in self.data_keys.get_secret_value().split(",") if key.strip()]
        return keys or ([DEMO_SECRET] if self.demo else [])

    @property
    def is_real(self) -> bool:
        """Whether something is set that only a house for real people has."""
        on = self.telegram_on or self.zalo_on or self.zalo_bot_on or self.secret_key.get_secret_value()
        return not self.demo and bool(on or self.public_url)

    @property
    def session_secret(self) -> str:
        return self.secret_key.get_secret_value() or (DEMO_SECRET if self.demo else "")

    @property
    def telegram_on(self) -> bool:
        return bool(self.telegram_token.get_secret_value())

    @property
    def zalo_on(self) -> bool:
        return bool(self.zalo_app_id)

    @property
    def zalo_bot_on(self) -> bool:
        return bool(self.zalo_bot_token.get_secret_value())

    @property
    def base_url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def on_trial(self, now: datetime) -> bool:
        """Whether events with a wrong signature are taken now."""
        until = self.zalo_signature_trial_until
        return until is not None and now < until <= now + LONGEST_TRIAL

    def require_safe(self, now: datetime) -> None:
        """Refuse to run for real people with missing or default secrets. Raises SettingsError naming each."""
        if self.demo:
            return
        wanted: dict[str, SecretStr | str] = {"SECRET_KEY": self.secret_key}
        bad = [name for name, value in wanted.items() if not _strong(_plain(value))]
        if not self.keys or not all(_strong(key) for key in self.keys):
            bad.append("DATA_KEYS")
        if self.telegram_on and self.telegram_mode == "webhook":
            secret = self.telegram_webhook_secret.get_secret_value()
            if not _strong(secret) or not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):  # all that Telegram takes
                bad.append("TELEGRAM_WEBHOOK_SECRET")
            if not self.public_url.startswith("https://"):
                bad.append("PUBLIC_URL")
        if self.zalo_bot_on and self.zalo_bot_mode == "webhook":
            if not _strong(self.zalo_bot_webhook_secret.get_secret_value()):
                bad.append("ZALO_BOT_WEBHOOK_SECRET")
            if not self.public_url.startswith("https://") and "PUBLIC_URL" not in bad:
                bad.append("PUBLIC_URL")
        if self.zalo_on:
            zalo: dict[str, SecretStr | str] = {
                "ZALO_APP_SECRET": self.zalo_app_secret,
                "ZALO_OA_ID": self.zalo_oa_id,
                "ZALO_OA_SECRET": self.zalo_oa_secret,
            }
            if self.on_trial(now):
                del zalo["ZALO_OA_SECRET"]  # Zalo shows it only after it has pushed to the address once
            if self.zalo_pkce == "fixed":
                zalo["ZALO_CODE_VERIFIER"] = self.zalo_code_verifier
            bad += [name for name, value in zalo.items() if not _plain(value)]
        if bad:
            raise SettingsError(bad)


def read_fields(written: str) -> dict[str, str]:
    """``a=name,b=agency`` as a table."""
    pairs = (pair.partition("=") for pair in written.split(",") if pair.strip())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _plain(value: SecretStr | str) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _strong(secret: str) -> bool:
    return len(secret) >= MIN_SECRET and not _DEFAULT_LOOKING.match(secret)
