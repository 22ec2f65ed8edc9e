"""Who holds a token, decided locally and forgotten as soon as `auth` says so.

Signatures are checked here; `auth` is asked once per token.
"""

import hashlib
import time
from collections.abc import Callable
from typing import Protocol

from shared import tokens
from shared.errors import Unauthenticated
from shared.revocations import POLL_SECONDS, Feed, Followed
from shared.schemas.principal import Principal, Resolution

OPAQUE_PREFIX = "qk_"


class PrincipalSource(Protocol):
    """Answers whose token this is; raises Unauthenticated or Unavailable."""

    async def principal(self, token: str) -> Principal: ...


class Authority(Feed, Protocol):
    """The part of `auth` that the cache needs; `shared.clients.auth.AuthClient` over HTTP."""

    async def keys(self) -> list[tokens.Jwk]: ...
    async def resolve(self, token: str) -> Resolution: ...


class PrincipalCache(Followed[Resolution]):
    def __init__(self, authority: Authority, *, issuer: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(authority, clock)
        self._authority = authority
        self._issuer = issuer
        self._keys: dict[str, tokens.Jwk] = {}
        self._keys_fetched = float("-inf")

    async def principal(self, token: str) -> Principal:
        digest = hashlib.sha256(token.encode()).digest()
        if cached := await self.find(digest):
            return cached.principal
        if not token.startswith(OPAQUE_PREFIX):
            tokens.verify(token, await self._key(tokens.key_id(token)), issuer=self._issuer)
        resolution = await self._authority.resolve(token)
        self.keep(digest, resolution)
        return resolution.principal

    async def _key(self, kid: str) -> tokens.Jwk:
        if kid not in self._keys and self._clock() - self._keys_fetched > POLL_SECONDS:
            self._keys = {key["kid"]: key for key in await self._authority.keys()}
            self._keys_fetched = self._clock()
        try:
            return self._keys[kid]
        except KeyError:
            raise Unauthenticated("Token invalid.") from None
