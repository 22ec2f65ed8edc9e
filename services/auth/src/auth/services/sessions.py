"""Sessions: what starts, renews and ends them, and what is issued to them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from auth.db.stores import Stores
from auth.errors import GrantRefused, TokenReused
from auth.opaque import digest, new_code, new_refresh_token
from auth.services.keys import KeyService
from auth.settings import Settings
from shared.errors import Unauthenticated
from shared.schemas.principal import Principal
from shared.schemas.session import Code, Grant, Token

CODE_LIFE = timedelta(minutes=10)
GRACE = timedelta(minutes=10)
"""How long a rotated refresh token is still good: its successor may have been lost on the way, or two processes of one
user may have presented it at once."""


class SessionService:
    def __init__(self, stores: Stores, keys: KeyService, settings: Settings) -> None:
        self._stores = stores
        self._keys = keys
        self._settings = settings

    async def start(self, user_id: UUID) -> tuple[UUID, Token]:
        session_id = await self._stores.sessions.add(user_id, self._end())
        return session_id, await self._keys.sign(user_id, session_id)

    async def refresh(self, token: str) -> Token:
        """A new access token for the session of another, even of an expired one."""
        claims = await self._keys.verify(token, allow_expired=True)
        return await self._renew(claims.session_id)

    async def end(self, token: str) -> None:
        claims = await self._keys.verify(token, allow_expired=True)
        await self._revoke(claims.session_id)

    async def new_code(self, principal: Principal) -> Code:
        code = new_code()
        await self._stores.grants.add_code(digest(code), principal.session_id, datetime.now(UTC) + CODE_LIFE)
        return Code(code=code)

    async def exchange(self, secret: str) -> Grant:
        """Tokens for a one-time code, which starts a session, or for a refresh token, which continues its own."""
        presented = digest(secret.strip())  # codes are pasted
        shown_by = await self._stores.grants.take_code(presented)
        if shown_by is None:
            session_id = await self._rotate(presented)
            token = await self._renew(session_id)
        else:
            actor = await self._stores.sessions.find_actor(shown_by)
            if actor is None:
                raise GrantRefused("The session that showed this code has ended; log in again")
            session_id, token = await self.start(actor.user_id)
        refresh_token = new_refresh_token()
        await self._stores.grants.add_refresh_token(digest(refresh_token), session_id)
        return Grant(refresh_token=refresh_token, access_token=token.token, expires_at=token.exp)

    async def _rotate(self, presented: bytes) -> UUID:
        known = await self._stores.grants.lock_refresh_token(presented)
        if known is None:
            raise GrantRefused("This is no valid code or refresh token; log in again")
        if known.rotated_at is None:
            await self._stores.grants.rotate(presented)
        elif known.rotated_at < datetime.now(UTC) - GRACE:
            await self._revoke(known.session_id)
            raise TokenReused(TokenReused.title())
        return known.session_id

    async def _renew(self, session_id: UUID) -> Token:
        actor = await self._stores.sessions.find_actor(session_id)
        if actor is None:
            raise Unauthenticated("This session has ended; log in again")
        await self._stores.sessions.extend(session_id, self._end())
        return await self._keys.sign(actor.user_id, session_id)

    async def _revoke(self, session_id: UUID) -> None:
        await self._stores.sessions.revoke(session_id)
        await self._stores.revocations.add(f"session:{session_id}")

    def _end(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=self._settings.session_days)
