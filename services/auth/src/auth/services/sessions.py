"""Sessions: start, renewal and end, and the tokens that are issued to them.

A client renews its session with its access or refresh token. A browser's session is renewed only by its cookie, which no
script can read; its access tokens are short-lived and cannot be exchanged.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from auth.db.stores import Stores
from auth.errors import GrantRefused, SessionNotFound, TokenReused
from auth.services.audit import record
from auth.services.credential_changes import require_not_own_account
from auth.services.keys import KeyService
from auth.services.limits import LINKS, Limiter
from auth.services.mail.notices import notice_sign_in
from auth.settings import AuthSettings
from auth.tokens import digest, new_code, new_refresh_token
from shared.caller import current
from shared.errors import Unauthenticated
from shared.principals import require_person
from shared.schemas.audit import Outcome
from shared.schemas.principal import Principal
from shared.schemas.session import Code, Grant, Token

CODE_TTL = timedelta(minutes=10)
TOOL_ROTATION_GRACE = timedelta(seconds=10)
"""Time for which a tool's rotated refresh token still works: the answer with its successor may have been lost."""
TOOL_TOKEN_TTL = timedelta(hours=1)
"""Life of a tool's access token."""
ROTATION_GRACE = timedelta(minutes=10)
"""Time for which a rotated refresh token still works: the answer with its successor may have been lost, or two processes
of one user may have presented it at once."""


log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class BrowserGrant:
    """The access token for the page, and the refresh token for the cookie."""

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

    async def start(self, user_id: UUID, *, ends_at: datetime | None = None, by_provider: bool = False) -> Token:
        session_id, end = await self._add_session(user_id, is_browser=False, ends_at=ends_at, by_provider=by_provider)
        return await self._sign(user_id, session_id, end, is_browser=False)

    async def start_browser(
        self, user_id: UUID, *, ends_at: datetime | None = None, by_provider: bool = False
    ) -> BrowserGrant:
        session_id, end = await self._add_session(user_id, is_browser=True, ends_at=ends_at, by_provider=by_provider)
        token = await self._sign(user_id, session_id, end, is_browser=True)
        return BrowserGrant(token, await self._new_refresh_token(session_id))

    async def refresh(self, token: str) -> Token:
        """A new access token for the session of an access token, which may have expired. Raises Unauthenticated."""
        claims = await self._keys.verify(token, allow_expired=True)
        if await self._stores.sessions.find_tool(claims.session_id):
            raise Unauthenticated("This session is renewed by its refresh token only")
        return await self._renew(claims.session_id, is_browser=False, method="token")

    async def refresh_browser(self, refresh_token: str) -> BrowserGrant:
        session_id = await self._rotate(refresh_token, is_browser=True)
        token = await self._renew(session_id, is_browser=True, method="cookie")
        return BrowserGrant(token, await self._new_refresh_token(session_id))

    async def start_tool(
        self, user_id: UUID, tool: str, resource: str, *, approved_in: UUID, role_id: UUID | None
    ) -> ToolSession:
        """Start a session for a tool, with the fixed end of the session that approved it. Raises GrantRefused.

        `role_id`: the role that the tool was approved for.
        """
        ends_at = await self._find_fixed_end(approved_in)
        session_id, _ = await self._add_session(
            user_id, is_browser=False, tool=tool, role_id=role_id, ends_at=ends_at, because_of=approved_in
        )
        return await self._issue_tool_tokens(user_id, session_id, resource)

    async def refresh_tool(self, refresh_token: str, tool: str, resource: str) -> ToolSession:
        session_id = await self._rotate(refresh_token, is_browser=False, tool=tool)
        actor = await self._stores.sessions.find_actor(session_id)
        if actor is None:
            raise GrantRefused("This session has ended; connect again")
        await self._extend(session_id)
        return await self._issue_tool_tokens(actor.user_id, session_id, resource)

    async def find_session_id(self, token: str) -> UUID | None:
        """The session of a refresh token or of an access token, which may have expired; None for any other text."""
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
        """End a session of the viewer; a tool may end its own only. Raises SessionNotFound, NotForTools or NotForApiKeys."""
        if session_id != viewer.session_id:
            require_person(viewer)
        if not await self._stores.sessions.belongs_to(session_id, viewer.user_id):
            raise SessionNotFound("No such session")
        await self._log_out(session_id)

    async def end_for_user(self, name: str, session_id: UUID) -> None:
        """End a session of a user, as an administrator; raises UserNotFound or SessionNotFound."""
        user = await self._stores.users.get(name)
        require_not_own_account(name)
        if not await self._stores.sessions.belongs_to(session_id, user.id):
            raise SessionNotFound("No such session")
        await record(self._stores, "Users.EndSession", f"user:{name}", session=str(session_id))
        await self._revoke(session_id)

    async def end_all_for_user(self, name: str) -> None:
        """End all sessions of a user, as an administrator; raises UserNotFound."""
        user = await self._stores.users.get(name)
        require_not_own_account(name)
        await record(self._stores, "Users.EndSessions", f"user:{name}")
        await self._stores.sessions.revoke_all(user.id)
        await self._stores.revocations.add(f"user:{user.id}")

    async def end_others(self, viewer: Principal) -> None:
        await record(self._stores, "Auth.LogoutOthers")
        await self._stores.sessions.revoke_all(viewer.user_id, but=viewer.session_id)
        await self._stores.revocations.add(f"user:{viewer.user_id}")

    async def end_browser(self, refresh_token: str) -> None:
        """End the session of a cookie. The token may have expired or been rotated: it can still end its session."""
        known = await self._stores.grants.lock_refresh_token(digest(refresh_token))
        if known is not None and known.is_browser:
            await self._log_out(known.session_id)

    async def new_code(self, principal: Principal) -> Code:
        code = new_code()
        await record(self._stores, "Auth.IssueCode")
        await self._stores.grants.add_code(digest(code), principal.session_id, datetime.now(UTC) + CODE_TTL)
        return Code(code=code)

    async def exchange(self, secret: str, address: str) -> Grant:
        """Tokens for a one-time code, which starts a session, or for a refresh token, which continues its session.

        Raises GrantRefused or TooManyTries.
        """
        secret = secret.strip()  # people paste codes with spaces
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
            ends_at = await self._find_fixed_end(shown_by)
            session_id, end = await self._add_session(
                actor.user_id, is_browser=False, ends_at=ends_at, because_of=shown_by
            )
            token = await self._sign(actor.user_id, session_id, end, is_browser=False)
            who = (actor.user_id, actor.name)
            await record(self._stores, "Auth.RefreshToken", f"session:{session_id}", who=who, method="code")
        refresh_token = await self._new_refresh_token(session_id)
        return Grant(refresh_token=refresh_token, access_token=token.token, expires_at=token.exp)

    async def _add_session(
        self,
        user_id: UUID,
        *,
        is_browser: bool,
        tool: str | None = None,
        role_id: UUID | None = None,
        ends_at: datetime | None = None,
        by_provider: bool = False,
        because_of: UUID | None = None,
    ) -> tuple[UUID, datetime | None]:
        """Id and fixed end of a new session. Raises GrantRefused unless `because_of` is live.

        `because_of`: the session of the same user that authorised this one.
        """
        caller, longest = current(), self._settings.session_max_life
        end = min(filter(None, (ends_at, datetime.now(UTC) + longest if longest else None)), default=None)
        if tool is None:
            await notice_sign_in(self._stores, self._settings, user_id)
        session_id = await self._stores.sessions.add(
            user_id,
            self._next_expiry(),
            is_browser=is_browser,
            address=caller.address,
            user_agent=caller.user_agent,
            tool=tool,
            role_id=role_id,
            ends_at=end,
            by_provider=by_provider,
            because_of=because_of,
        )
        if session_id is None:
            raise GrantRefused(
                "The account was disabled, or the session that this was issued to has ended; log in again"
            )
        log.info("session_started", user_id=str(user_id), session_id=str(session_id), browser=is_browser)
        return session_id, end

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

    async def _issue_tool_tokens(self, user_id: UUID, session_id: UUID, resource: str) -> ToolSession:
        token = await self._keys.sign(user_id, session_id, TOOL_TOKEN_TTL, resource)
        refresh_token = await self._new_refresh_token(session_id)
        return ToolSession(session_id, token.token, int(TOOL_TOKEN_TTL.total_seconds()), refresh_token)

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
        elif known.rotated_at < datetime.now(UTC) - (TOOL_ROTATION_GRACE if tool else ROTATION_GRACE):
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
        ends_at = await self._extend(session_id)
        who = (actor.user_id, actor.name)
        await record(self._stores, "Auth.RefreshToken", f"session:{session_id}", who=who, method=method)
        return await self._sign(actor.user_id, session_id, ends_at, is_browser=is_browser)

    async def _extend(self, session_id: UUID) -> datetime | None:
        """Move the session's expiry; returns its fixed end. Raises GrantRefused once that has passed."""
        longest = self._settings.session_max_life
        ends_at = await self._stores.sessions.extend(session_id, self._next_expiry(), max_life=longest)
        if ends_at and ends_at <= datetime.now(UTC):
            raise GrantRefused("This session has reached its latest end; log in again")
        return ends_at

    async def _find_fixed_end(self, session_id: UUID) -> datetime | None:
        return await self._stores.sessions.find_fixed_end(session_id, max_life=self._settings.session_max_life)

    async def _log_out(self, session_id: UUID) -> None:
        await record(
            self._stores, "Auth.Logout", f"session:{session_id}", who=await self._stores.sessions.find_owner(session_id)
        )
        await self._revoke(session_id)

    async def _revoke(self, session_id: UUID) -> None:
        await self._stores.sessions.revoke(session_id)
        await self._stores.revocations.add(f"session:{session_id}")

    def _next_expiry(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=self._settings.session_days)
