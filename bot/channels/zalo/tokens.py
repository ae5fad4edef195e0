"""Zalo's token pair: an access token of 25 hours and a refresh token that can be used once.

Whoever loses the answer to a refresh loses the grant, and an administrator of the Official Account must consent again.
Hence: one refresh at a time in the process (a lock) and in the house (PostgreSQL locks the row), a refresh is never
cancelled half-way, and the new pair is committed before anybody uses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.channels.zalo.oauth import ACCESS_LIFE, ConsentNeeded, Pair, TokenEndpoint
from bot.clock import Clock
from bot.errors import BadCredentials, ChannelUnavailable, SendError
from storage.credentials import PlatformCredential, credential, seed_credential
from storage.database import Database

log = structlog.get_logger()

AHEAD = timedelta(hours=2)
"""How long before its end a token is renewed."""
COOL_DOWN = 5.0
"""Seconds in which a refresh that just failed is not tried again: a hundred waiting senders must not repeat it."""
OTHERS_COMMIT = 0.3
"""Seconds another process on the same SQLite file is given to commit the pair it has just got."""
UNPROVEN = 60.0
"""Seconds after a refresh in which a refusal of the new token, before it ever worked, is not answered with another."""


class ZaloTokens:
    """Hands out the access token of one Official Account.

    The pair configured by the operator is only the seed; afterwards the row ``zalo:<oa id>`` is the truth. A revoked
    row holds the pair that was last refused: when the configured one differs from it, somebody has consented again.
    """

    def __init__(
        self,
        endpoint: TokenEndpoint,
        oa_id: str,
        configured: tuple[str, str],
        db: Database,
        clock: Clock,
    ) -> None:
        """``configured`` is the access and refresh token of the settings; either may be empty."""
        self._endpoint = endpoint
        self._name = f"zalo:{oa_id}"
        self._access, self._refresh = configured
        self._db = db
        self._clock = clock
        self._lock = asyncio.Lock()
        self._running: set[asyncio.Task[Pair]] = set()
        self._pair: Pair | None = None
        self._unsaved: Pair | None = None
        self._seeded = False
        self._proven = True
        self._renewed_at = float("-inf")
        self._trouble: SendError | None = None
        self._trouble_until = float("-inf")

    async def current(self) -> str:
        """The access token, renewed ahead of its end.

        Raises BadCredentials when somebody must consent again, ChannelUnavailable when Zalo or the database cannot be
        asked and the token at hand is over.
        """
        if self._pair is not None and not self._due(self._pair):
            return self._pair.access
        return (await self._renewed(None)).access

    async def after_refusal(self, refused: str) -> str:
        """The token to try after the API refused ``refused``: a newer one of ours, else a fresh one.

        Raises as :meth:`current`.
        """
        return (await self._renewed(refused)).access

    async def adopt(self, pair: Pair) -> None:
        """Somebody has consented: this pair is the account's from now on, whatever there was before.

        Raises SQLAlchemyError when it could not be stored; then nobody uses it.
        """
        async with self._lock:
            await self._write(pair, None, None)
            self._pair, self._unsaved = pair, None
            self._trouble, self._proven, self._renewed_at = None, False, self._now()
        log.info("zalo.consented", account=self._name, until=pair.expires_at.isoformat())

    def worked(self, access: str) -> None:
        """The API took this token."""
        if self._pair is not None and self._pair.access == access:
            self._proven = True

    async def aclose(self) -> None:
        """Wait for a refresh that is under way, so that its pair is stored."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _renewed(self, refused: str | None) -> Pair:
        """Runs as a task of its own: a sender that is cancelled must not take the answer of a refresh with it."""
        task = asyncio.create_task(self._renew(refused))
        self._running.add(task)
        task.add_done_callback(self._settled)
        return await asyncio.shield(task)

    def _settled(self, task: asyncio.Task[Pair]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, also when nobody waits for it any more

    async def _renew(self, refused: str | None) -> Pair:
        async with self._lock:
            if self._pair is not None and self._good(self._pair, refused):
                return self._pair
            try:
                await self._seed()
                async with self._row() as (row, session):
                    self._pair = await self._choose(row, refused, session)
            except SQLAlchemyError as error:
                fault = type(error).__name__
            else:
                return self._pair
            log.error("zalo.tokens_not_stored", error=fault)
            raise ChannelUnavailable("database", fault)

    async def _choose(self, row: PlatformCredential | None, refused: str | None, session: AsyncSession | None) -> Pair:
        if self._unsaved is not None:
            return await self._keep(self._unsaved, session)
        pair = _readable(row)
        if row is None or row.revoked_reason is not None or pair is None:
            if not self._newly_configured(pair):
                raise ConsentNeeded("consent", (row and row.revoked_reason) or "no tokens")
            pair = self._configured()
            if self._good(pair, refused):
                await self._write(pair, None, session)
        if self._good(pair, refused):
            return pair
        if refused == pair.access and not self._proven and self._now() < self._renewed_at + UNPROVEN:
            raise BadCredentials("refused", "a token fresh from its refresh is refused")
        try:
            self._rest()
            return await self._exchange(pair, session)
        except ChannelUnavailable as error:
            self._remember(error)
            if refused == pair.access or pair.expires_at <= self._clock.now() or not pair.access:
                raise
            log.warning("zalo.refresh_later", account=self._name, code=error.code)
            return pair
        except ConsentNeeded as error:
            return await self._last_resort(pair, error, session)
        except BadCredentials as error:
            self._remember(error)
            raise

    async def _last_resort(self, pair: Pair, error: ConsentNeeded, session: AsyncSession | None) -> Pair:
        """A refresh token is refused: another process was quicker, or somebody has consented again, or somebody
        must."""
        if session is None:
            await asyncio.sleep(OTHERS_COMMIT)
            async with self._db.reading() as db:
                row = await credential(db, self._name)
            newer = _readable(row)
            if row and not row.revoked_reason and newer and newer.refresh != pair.refresh:
                return newer
        if self._newly_configured(pair):
            try:
                return await self._exchange(self._configured(), session)
            except ConsentNeeded as second:
                pair, error = self._configured(), second
        await self._write(pair, f"{error.code} {error.reason}".strip(), session)
        self._pair = None
        log.error("zalo.consent_needed", account=self._name, code=error.code)
        raise ConsentNeeded(error.code, error.reason)

    async def _exchange(self, pair: Pair, session: AsyncSession | None) -> Pair:
        self._unsaved = await self._endpoint.refresh(pair.refresh)
        return await self._keep(self._unsaved, session)

    async def _keep(self, pair: Pair, session: AsyncSession | None) -> Pair:
        """Store a new pair. Until that has succeeded it stays with us, for the next try, and nobody uses it."""
        await self._write(pair, None, session)
        self._unsaved = None
        self._proven, self._renewed_at = False, self._now()
        log.info("zalo.token_renewed", account=self._name, until=pair.expires_at.isoformat())
        return pair

    async def _write(self, pair: Pair, revoked_reason: str | None, session: AsyncSession | None) -> None:
        if session is None:
            async with self._db.session() as db:
                await self._put(db, pair, revoked_reason)
        else:
            await self._put(session, pair, revoked_reason)

    async def _put(self, db: AsyncSession, pair: Pair, revoked_reason: str | None) -> None:
        await db.merge(
            PlatformCredential(
                name=self._name,
                access_token=pair.access,
                refresh_token=pair.refresh,
                expires_at=pair.expires_at,
                revoked_reason=revoked_reason,
                updated_at=self._clock.now(),
            )
        )
        await db.commit()

    @asynccontextmanager
    async def _row(self) -> AsyncIterator[tuple[PlatformCredential | None, AsyncSession | None]]:
        """The stored row. On PostgreSQL it is locked while Zalo is asked, so that two processes do not spend the same
        refresh token. SQLite has one lock for everything, so nothing is held there; a lost race shows afterwards."""
        if self._db.is_sqlite:
            async with self._db.reading() as db:
                row = await credential(db, self._name)
            yield row, None
        else:
            async with self._db.session() as db:
                yield await credential(db, self._name, lock=True), db

    async def _seed(self) -> None:
        """Put the configured pair in place, once, where there is none; it must exist before its row can be locked."""
        if self._seeded or not (self._access or self._refresh):
            return
        pair = self._configured()
        async with self._db.session() as db:
            await seed_credential(db, self._name, pair.access, pair.refresh, pair.expires_at, self._clock.now())
            await db.commit()
        self._seeded = True

    def _configured(self) -> Pair:
        """A pasted token's end is unknown: a refusal will tell when it is over."""
        return Pair(self._access, self._refresh, self._clock.now() + ACCESS_LIFE)

    def _newly_configured(self, known: Pair | None) -> bool:
        return bool(self._refresh or self._access) and (known is None or known.refresh != self._refresh)

    def _good(self, pair: Pair, refused: str | None) -> bool:
        return pair.access != refused and not self._due(pair)

    def _due(self, pair: Pair) -> bool:
        return not pair.access or pair.expires_at - self._clock.now() < AHEAD

    def _rest(self) -> None:
        if self._trouble is not None and self._now() < self._trouble_until:
            raise type(self._trouble)(self._trouble.code, self._trouble.reason)

    def _remember(self, error: SendError) -> None:
        if self._now() >= self._trouble_until:
            self._trouble, self._trouble_until = error, self._now() + COOL_DOWN

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _readable(row: PlatformCredential | None) -> Pair | None:
    """The pair of a row; None when its key is gone and nothing can be read."""
    if row is None or row.refresh_token is None or row.access_token is None:
        return None
    return Pair(row.access_token, row.refresh_token, row.expires_at)
