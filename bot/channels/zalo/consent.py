"""Getting an administrator's consent for the Official Account, from the permission page to the stored pair."""

from __future__ import annotations

import secrets
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.zalo.oauth import CodeRefused, TokenEndpoint, new_verifier, permission_url
from bot.channels.zalo.tokens import ZaloTokens
from bot.config import Settings
from bot.errors import BadCredentials, SendError
from storage.audit import note
from storage.database import Database
from storage.platforms import begin_consent, take_consent

log = structlog.get_logger()

CALLBACK = "/console/zalo/callback"
LONGEST_PARAMETER = 2048
"""Characters of what the callback is given; codes have some hundreds."""


class ConsentRefused(Exception):
    """The consent did not come about. ``key`` is that of the sentence in ``zalo.consent.*``."""

    def __init__(self, key: str, code: str = "", reason: str = "") -> None:
        self.key = key
        self.code = code
        self.reason = reason
        super().__init__(key)


class ZaloConsent:
    """One Official Account's consents. Which way PKCE is used is a setting: sources disagree about what Zalo wants."""

    def __init__(self, settings: Settings, endpoint: TokenEndpoint, tokens: ZaloTokens, db: Database) -> None:
        self._settings = settings
        self._endpoint = endpoint
        self._tokens = tokens
        self._db = db
        self._platform = f"zalo:{settings.zalo_oa_id}"

    @property
    def callback(self) -> str:
        """The address to save in Zalo's console, to the letter."""
        return self._settings.base_url + CALLBACK

    async def begin(self, user_id: int, user_name: str, now: datetime) -> str:
        """The address of the permission page. Only this account of the console can come back from it, once."""
        state = secrets.token_urlsafe(32)
        verifier = {"fresh": new_verifier(), "fixed": self._fixed, "off": ""}[self._settings.zalo_pkce]
        async with self._db.session() as db:
            await begin_consent(db, self._platform, state, verifier, user_id, now)
            note(db, user_name, "zalo.consent_asked", self._platform, now)
            await db.commit()
        app_id = self._settings.zalo_app_id
        return permission_url(self._settings.zalo_oauth_url, app_id, self.callback, state, verifier)

    async def finish(self, code: str, state: str, oa_id: str, user_id: int, user_name: str, now: datetime) -> None:
        """Turn what came back into a stored pair. Raises ConsentRefused."""
        if max(map(len, (code, state, oa_id))) > LONGEST_PARAMETER or not state:
            raise ConsentRefused("state_wrong")
        async with self._db.session() as db:
            begun = await take_consent(db, self._platform, state, user_id, now)
            await db.commit()
        if begun is None:
            raise ConsentRefused("state_wrong")
        if not code:
            raise ConsentRefused("no_code")
        if oa_id and oa_id != self._settings.zalo_oa_id:
            raise ConsentRefused("other_account", oa_id)
        try:
            pair = await self._endpoint.exchange(code, begun.verifier)
            await self._tokens.adopt(pair)
        except CodeRefused as error:
            raise ConsentRefused("code_refused", error.code, error.reason) from None
        except BadCredentials as error:
            raise ConsentRefused("settings_refused", error.code, error.reason) from None
        except SendError as error:
            raise ConsentRefused("unavailable", error.code, error.reason) from None
        except SQLAlchemyError as error:
            log.error("zalo.tokens_not_stored", error=type(error).__name__)
            raise ConsentRefused("not_stored", type(error).__name__) from None
        async with self._db.session() as db:
            note(db, user_name, "zalo.consented", self._platform, now)
            await db.commit()

    @property
    def _fixed(self) -> str:
        return self._settings.zalo_code_verifier.get_secret_value()
