"""Whose token is this, and what may they do?"""

from uuid import UUID

from auth.db.stores import Stores
from auth.services.keys import KeyService
from shared.errors import Unauthenticated
from shared.schemas.principal import Principal, Resolution


class PrincipalService:
    def __init__(self, stores: Stores, keys: KeyService) -> None:
        self._stores = stores
        self._keys = keys

    async def resolve(self, token: str) -> Resolution:
        """Raises Unauthenticated."""
        claims = await self._keys.verify(token)
        seq = await self._stores.revocations.head()  # first: what is read after it includes it
        principal = await self.in_session(claims.session_id, claims.user_id)
        return Resolution(principal=principal, expires_at=claims.expires_at, seq=seq)

    async def in_session(self, session_id: UUID, user_id: UUID) -> Principal:
        """Who acts in it now; raises Unauthenticated when it has ended."""
        actor = await self._stores.sessions.find_actor(session_id)
        if actor is None or actor.user_id != user_id:
            raise Unauthenticated("This session has ended; log in again")
        permissions = await self._stores.roles.permissions([actor.role_id]) if actor.role_id else {}
        return Principal(
            user_id=actor.user_id,
            name=actor.name,
            session_id=actor.session_id,
            is_admin=actor.is_admin,
            role_id=actor.role_id,
            role=actor.role,
            permissions=permissions[actor.role_id] if actor.role_id else {},
        )
