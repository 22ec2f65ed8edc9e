"""Resolution of tokens and API keys to principals, with their permissions."""

from datetime import datetime
from uuid import UUID

from auth.db.api_keys import ApiKeyHolder
from auth.db.stores import Stores
from auth.errors import ApiKeyExpired, ApiKeyInvalid, ApiKeyOwnerInactive, SecondFactorMissing
from auth.services.audit import record
from auth.services.keys import KeyService
from auth.services.limits import EXPIRED_KEYS, Limiter
from auth.settings import AuthSettings
from auth.tokens import KEY_PREFIX, digest, is_api_key
from shared import tokens
from shared.caller import current
from shared.errors import Unauthenticated
from shared.schemas.api_key import KeyStatus
from shared.schemas.audit import Outcome
from shared.schemas.principal import CredentialKind, Principal, Resolution
from shared.schemas.ticket import TicketResolution


class PrincipalService:
    def __init__(self, stores: Stores, keys: KeyService, settings: AuthSettings, *, is_enrolment: bool = False) -> None:
        """`is_enrolment`: also for people who must have a second factor and have none, so that they can set one up."""
        self._stores = stores
        self._keys = keys
        self._settings = settings
        self._is_enrolment = is_enrolment

    async def resolve(self, token: str, *, begun: bool = False) -> Resolution:
        """The principal of a token, whose use is recorded; raises Unauthenticated or SecondFactorMissing.

        `begun`: for an answer that has begun, which goes on for a day after the expiry of the token while its session lasts.
        """
        is_key = token.startswith(KEY_PREFIX)
        resolution = await (self._resolve_key(token) if is_key else self._resolve_jwt(token, begun=begun))
        await self._stores.note_uses([resolution.principal.credential])
        return resolution

    async def resolve_ticket(self, ticket: str, *, begun: bool = False) -> TicketResolution:
        """The principal who made a ticket, while their session lasts; raises Unauthenticated or SecondFactorMissing."""
        claims = await self._keys.verify_ticket(ticket, allow_expired=begun)
        tokens.require_recent(claims.expires_at)
        seq = await self._stores.revocations.head()
        principal, ends = await self._load_principal(claims.session_id, claims.user_id)
        await self._stores.note_uses([principal.credential])
        expires_at = min(claims.expires_at + tokens.MAX_EXPIRED, ends) if begun else ends
        return TicketResolution(principal=principal, expires_at=expires_at, seq=seq)

    async def _resolve_jwt(self, token: str, *, begun: bool) -> Resolution:
        claims = await self._keys.verify(token, allow_expired=begun)
        tokens.require_recent(claims.expires_at)
        seq = await self._stores.revocations.head()  # read first, so that the rest includes all revocations up to it
        principal, ends = await self._load_principal(claims.session_id, claims.user_id)
        expires_at = claims.expires_at + tokens.MAX_EXPIRED if begun else claims.expires_at
        return Resolution(principal=principal, expires_at=min(expires_at, ends), seq=seq)

    async def find_in_session(self, session_id: UUID, user_id: UUID) -> Principal:
        """The principal of a session, or of an API key by its id; raises Unauthenticated once it has ended.

        Raises SecondFactorMissing in a session of somebody who must have a second factor and has none.
        """
        return (await self._load_principal(session_id, user_id))[0]

    async def _load_principal(self, session_id: UUID, user_id: UUID) -> tuple[Principal, datetime]:
        """The principal, and the expiry of the session or key."""
        sessions = self._stores.sessions
        actor = await sessions.find_actor(session_id) or await sessions.find_key_actor(session_id)
        if actor is None or actor.user_id != user_id:
            raise Unauthenticated("This session has ended; log in again")
        lacks_factor = actor.has_password_alone and self._settings.demands_second_factor(is_admin=actor.is_admin)
        if lacks_factor and actor.kind is not CredentialKind.KEY and not self._is_enrolment:
            raise SecondFactorMissing
        permissions = await self._stores.roles.permissions([actor.role_id]) if actor.role_id else {}
        principal = Principal(
            user_id=actor.user_id,
            name=actor.name,
            session_id=actor.session_id,
            kind=actor.kind,
            is_admin=actor.is_admin and actor.may_administer and not lacks_factor,
            role_id=actor.role_id,
            role=actor.role,
            permissions=permissions[actor.role_id] if actor.role_id else {},
            apart=self._settings.buckets_outside_star,
        )
        return principal, actor.expires_at

    async def _resolve_key(self, secret: str) -> Resolution:
        if not is_api_key(secret):
            raise ApiKeyInvalid
        seq = await self._stores.revocations.head()
        holder = await self._stores.api_keys.find(digest(secret))
        if holder is None:
            raise ApiKeyInvalid
        return Resolution(principal=await self.find_of_key(holder), expires_at=holder.key.expires_at, seq=seq)

    async def find_of_key(self, holder: ApiKeyHolder) -> Principal:
        """The principal of an API key. Raises ApiKeyOwnerInactive or ApiKeyExpired."""
        if not holder.is_active:
            raise await self._record_refusal(holder, ApiKeyOwnerInactive)
        if holder.key.status is KeyStatus.EXPIRED:
            raise await self._record_refusal(holder, ApiKeyExpired)
        return await self.find_in_session(holder.key.id, holder.user_id)

    async def _record_refusal(self, holder: ApiKeyHolder, error: type[Unauthenticated]) -> Unauthenticated:
        """The error to raise. Recorded once a minute per key, because programs retry."""
        subject, address = f"key:{holder.key.id}", current().address
        limiter = Limiter(self._stores)
        if await limiter.is_first(EXPIRED_KEYS, subject, address):
            await limiter.count(EXPIRED_KEYS, subject, address)
            who = (holder.user_id, holder.key.user)
            await record(self._stores, "Auth.APIKey", subject, outcome=Outcome.FAILED, reason=error.slug, who=who)
        return error()
