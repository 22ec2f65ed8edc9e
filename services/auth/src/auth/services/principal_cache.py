"""Principals of tokens, cached, and used only while nothing has been revoked since."""

from collections.abc import Awaitable, Callable, Collection
from typing import cast
from uuid import UUID

from auth.db.stores import Stores
from auth.errors import TRACED
from auth.resources import AuthResources
from auth.services.keys import KeyService
from auth.services.principals import PrincipalService
from shared import tokens
from shared.db.engine import transaction
from shared.principals import PrincipalCache
from shared.schemas.principal import Resolution, Revocations


class CheckedPrincipalCache:
    """The cache of the other services, without their delay: the newest revocation is looked up before each answer."""

    def __init__(self, resources: AuthResources, head: Callable[[], Awaitable[int]] | None = None) -> None:
        authority = LocalAuthority(resources)
        self.cache = PrincipalCache(authority, issuer=resources.settings.issuer)
        self._head = head or authority.head

    async def resolution(self, token: str) -> Resolution:
        """Raises Unauthenticated or Unavailable."""
        if await self._head() != self.cache.seq:
            await self.cache.poll()
        return await self.cache.resolution(token)


class LocalAuthority:
    """A `PrincipalAuthority` that reads this service's own database."""

    def __init__(self, resources: AuthResources) -> None:
        self._resources = resources

    async def keys(self) -> list[tokens.Jwk]:
        async with transaction(self._resources.sessions) as session:
            return cast("list[tokens.Jwk]", await Stores(session).keys.all_public())

    async def resolve(self, token: str) -> Resolution:
        async with transaction(self._resources.sessions, keep=TRACED) as session:
            stores = Stores(session)
            settings = self._resources.settings
            keys = KeyService(stores, self._resources.encryptor, settings)
            return await PrincipalService(stores, keys, settings).resolve(token)

    async def revocations(
        self,
        since: int | None,
        *,
        wait: float = 0,  # noqa: ARG002 – it is asked when there is news
        listener: UUID | None = None,  # noqa: ARG002 – the head of the feed is compared before each answer
    ) -> Revocations:
        async with transaction(self._resources.sessions) as session:
            return await Stores(session).revocations.list_since(since)

    async def head(self) -> int:
        async with transaction(self._resources.sessions) as session:
            return await Stores(session).revocations.head()

    async def forget_listener(self, listener: UUID) -> None: ...

    async def note_uses(self, credentials: Collection[str]) -> None:
        async with transaction(self._resources.sessions) as session:
            await Stores(session).note_uses(list(credentials))
