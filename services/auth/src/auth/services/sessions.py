"""Sessions: what starts, renews and ends them, and what is issued to them.

A client's session is renewed with what it was issued. A browser's is renewed by its cookie alone, which no script can
read: its access tokens are short-lived, and are exchanged for nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from auth.db.stores import Stores
from auth.errors import GrantRefused, SessionNotFound, TokenReused
from auth.services.audit import record
from auth.services.keys import KeyService
from auth.services.limits import LINKS, Limiter
from auth.settings import AuthSettings
from auth.tokens import digest, new_code, new_refresh_token
from shared.caller import current
from shared.errors import NotForApiKeys, NotForTools, Unauthenticated
from shared.schemas.audit import Outcome
from shared.schemas.principal import Principal
from shared.schemas.session import Code, Grant, Token

CODE_LIFE = timedelta(minutes=10)
TOOLS_GRACE = timedelta(seconds=10)
"""Tools keep their tokens for themselves: only an answer may have been lost."""
TOOLS_LIFE = timedelta(hours=1)
"""Of their access tokens."""
GRACE = timedelta(minutes=10)
"""How long a rotated refresh token is still good: its successor may have been lost on the way, or two processes of one
user may have presented it at once."""


log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class BrowserGrant:
    """What the page is told, and what only the cookie holds."""

    token: Token
    refresh_token: str


@dataclass(frozen=True, slots=True)
class ToolSession:
    session_id: UUID
    access_token: str
    expires_in: int
    refresh_token: str


class SessionService:
    def __init__(self, stores: Stores, keys: KeyService, settings: AuthSettings) -> None:
        self._stores = stores
        self._keys = keys
        self._settings = settings

    async def start(self, user_id: UUID, *, ends_at: datetime | None = None) -> Token:
        session_id = await self._start(user_id, is_browser=False, ends_at=ends_at)
        return await self._sign(user_id, session_id, ends_at, is_browser=False)

    async def start_browser(self, user_id: UUID, *, ends_at: datetime | None = None) -> BrowserGrant:
        session_id = await self._start(user_id, is_browser=True, ends_at=ends_at)
        token = await self._sign(user_id, session_id, ends_at, is_browser=True)
        return BrowserGrant(token, await self._new_refresh_token(session_id))

    async def refresh(self, token: str) -> Token:
        """A new access token for the session of another, even of an expired one."""
        claims = await self._keys.verify(token, allow_expired=True)
        if await self._stores.sessions.tool_of(claims.session_id):
            raise Unauthenticated("This session is renewed by its refresh token only")
        return await self._renew(claims.session_id, is_browser=False, method="token")

    async def refresh_browser(self, refresh_token: str) -> BrowserGrant:
        session_id = await self._rotate(refresh_token, is_browser=True)
        token = await self._renew(session_id, is_browser=True, method="cookie")
        return BrowserGrant(token, await self._new_refresh_token(session_id))

    async def start_tool(self, user_id: UUID, tool: str, resource: str, *, approved_in: UUID) -> ToolSession:
        """It ends when the session does in which somebody let the tool in, if that has to end; raises GrantRefused."""
        ends_at = await self._stores.sessions.end_of(approved_in)
        session_id = await self._start(user_id, is_browser=False, tool=tool, ends_at=ends_at, because_of=approved_in)
        return await self._arm(user_id, session_id, resource)

    async def refresh_tool(self, refresh_token: str, tool: str, resource: str) -> ToolSession:
        session_id = await self._rotate(refresh_token, is_browser=False, tool=tool)
        actor = await self._stores.sessions.find_actor(session_id)
        if actor is None:
            raise GrantRefused("This session has ended; connect again")
        await self._stores.sessions.extend(session_id, self._end())
        return await self._arm(actor.user_id, session_id, resource)

    async def session_of(self, token: str) -> UUID | None:
        """Of a refresh token, or an access token however old."""
        known = await self._stores.grants.lock_refresh_token(digest(token))
        if known is not None:
            return known.session_id
        try:
            return (await self._keys.verify(token, allow_expired=True)).session_id
        except Unauthenticated:
            return None

    async def end_tool(self, session_id: UUID) -> None:
        await self._log_out(session_id)

    async def end(self, token: str) -> None:
        claims = await self._keys.verify(token, allow_expired=True)
        await self._log_out(claims.session_id)

    async def end_own(self, viewer: Principal, session_id: UUID) -> None:
        """Raises SessionNotFound."""
        if not await self._stores.sessions.is_of(session_id, viewer.user_id):
            raise SessionNotFound("No such session")
        await self._log_out(session_id)

    async def end_of(self, name: str, session_id: UUID) -> None:
        """An administrator ends somebody's; raises UserNotFound or SessionNotFound."""
        user = await self._stores.users.get(name)
        if not await self._stores.sessions.is_of(session_id, user.id):
            raise SessionNotFound("No such session")
        await record(self._stores, "Users.EndSession", f"user:{name}", session=str(session_id))
        await self._revoke(session_id)

    async def end_all_of(self, name: str) -> None:
        """An administrator signs somebody out everywhere; raises UserNotFound."""
        user = await self._stores.users.get(name)
        await record(self._stores, "Users.EndSessions", f"user:{name}")
        await self._stores.sessions.revoke_all(user.id)
        await self._stores.revocations.add(f"user:{user.id}")

    async def end_others(self, viewer: Principal) -> None:
        await record(self._stores, "Auth.LogoutOthers")
        await self._stores.sessions.revoke_all(viewer.user_id, but=viewer.session_id)
        await self._stores.revocations.add(f"user:{viewer.user_id}")

    async def end_browser(self, refresh_token: str) -> None:
        """However old the token is: whoever has it may end its session, and can do nothing else with it."""
        known = await self._stores.grants.lock_refresh_token(digest(refresh_token))
        if known is not None and known.is_browser:
            await self._log_out(known.session_id)

    async def new_code(self, principal: Principal) -> Code:
        if principal.is_api_key:
            raise NotForApiKeys("API keys start no sessions")
        if await self._stores.sessions.tool_of(principal.session_id):
            raise NotForTools("Tools start no sessions")
        code = new_code()
        await record(self._stores, "Auth.IssueCode")
        await self._stores.grants.add_code(digest(code), principal.session_id, datetime.now(UTC) + CODE_LIFE)
        return Code(code=code)

    async def exchange(self, secret: str, address: str) -> Grant:
        """Tokens for a one-time code, which starts a session, or for a refresh token, which continues its own."""
        secret = secret.strip()  # codes are pasted
        limiter = Limiter(self._stores)
        await limiter.check(LINKS, "grant", address)
        try:
            return await self._exchange(secret)
        except Unauthenticated as error:
            await limiter.count(LINKS, "grant", address)
            reason = error.slug
            await record(self._stores, "Auth.RefreshToken", outcome=Outcome.FAILED, reason=reason)
            raise

    async def _exchange(self, secret: str) -> Grant:
        shown_by = await self._stores.grants.take_code(digest(secret))
        if shown_by is None:
            session_id = await self._rotate(secret, is_browser=False)
            token = await self._renew(session_id, is_browser=False, method="refresh")
        else:
            actor = await self._stores.sessions.find_actor(shown_by)
            if actor is None:
                raise GrantRefused("The session that showed this code has ended; log in again")
            ends_at = await self._stores.sessions.end_of(shown_by)
            session_id = await self._start(actor.user_id, is_browser=False, ends_at=ends_at, because_of=shown_by)
            token = await self._sign(actor.user_id, session_id, ends_at, is_browser=False)
            who = (actor.user_id, actor.name)
            await record(self._stores, "Auth.RefreshToken", f"session:{session_id}", who=who, method="code")
        refresh_token = await self._new_refresh_token(session_id)
        return Grant(refresh_token=refresh_token, access_token=token.token, expires_at=token.exp)

    async def _start(
        self,
        user_id: UUID,
        *,
        is_browser: bool,
        tool: str | None = None,
        ends_at: datetime | None = None,
        because_of: UUID | None = None,
    ) -> UUID:
        """`because_of`: the session of the same user that must live."""
        caller = current()
        session_id = await self._stores.sessions.add(
            user_id,
            self._end(),
            is_browser=is_browser,
            address=caller.address,
            user_agent=caller.user_agent,
            tool=tool,
            ends_at=ends_at,
            because_of=because_of,
        )
        if session_id is None:
            raise GrantRefused("The account or session that this is for has come to an end; log in again")
        log.info("session_started", user_id=str(user_id), session_id=str(session_id), browser=is_browser)
        return session_id

    async def _sign(self, user_id: UUID, session_id: UUID, ends_at: datetime | None, *, is_browser: bool) -> Token:
        settings = self._settings
        browsers, clients = (
            timedelta(minutes=settings.browser_token_minutes),
            timedelta(days=settings.access_token_days),
        )
        life = browsers if is_browser else clients
        if ends_at:
            life = min(life, ends_at - datetime.now(UTC))
        return await self._keys.sign(user_id, session_id, life)

    async def _arm(self, user_id: UUID, session_id: UUID, resource: str) -> ToolSession:
        token = await self._keys.sign(user_id, session_id, TOOLS_LIFE, resource)
        refresh_token = await self._new_refresh_token(session_id)
        return ToolSession(session_id, token.token, int(TOOLS_LIFE.total_seconds()), refresh_token)

    async def _new_refresh_token(self, session_id: UUID) -> str:
        refresh_token = new_refresh_token()
        await self._stores.grants.add_refresh_token(digest(refresh_token), session_id)
        return refresh_token

    async def _rotate(self, refresh_token: str, *, is_browser: bool, tool: str | None = None) -> UUID:
        presented = digest(refresh_token)
        known = await self._stores.grants.lock_refresh_token(presented)
        if known is None or known.is_browser is not is_browser or known.tool != tool:
            raise GrantRefused
        if known.rotated_at is None:
            await self._stores.grants.rotate(presented)
        elif known.rotated_at < datetime.now(UTC) - (TOOLS_GRACE if tool else GRACE):
            await record(self._stores, "Auth.TokenReused", f"session:{known.session_id}", outcome=Outcome.REFUSED)
            await self._revoke(known.session_id)
            raise TokenReused
        return known.session_id

    async def _renew(self, session_id: UUID, *, is_browser: bool, method: str) -> Token:
        actor = await self._stores.sessions.find_actor(session_id)
        if actor is None:
            raise GrantRefused("This session has ended; log in again")
        if actor.is_browser is not is_browser:
            raise Unauthenticated("This session is renewed by its cookie only")
        ends_at = await self._stores.sessions.extend(session_id, self._end())
        who = (actor.user_id, actor.name)
        await record(self._stores, "Auth.RefreshToken", f"session:{session_id}", who=who, method=method)
        return await self._sign(actor.user_id, session_id, ends_at, is_browser=is_browser)

    async def _log_out(self, session_id: UUID) -> None:
        await record(
            self._stores, "Auth.Logout", f"session:{session_id}", who=await self._stores.sessions.owner(session_id)
        )
        await self._revoke(session_id)

    async def _revoke(self, session_id: UUID) -> None:
        await self._stores.sessions.revoke(session_id)
        await self._stores.revocations.add(f"session:{session_id}")

    def _end(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=self._settings.session_days)
