"""Who was given an S3 credential, so that a signature made with it can be checked; the same as for tokens."""

import time
from collections.abc import Callable
from typing import Protocol

from shared.revocations import RevocableCache, RevocationFeed
from shared.schemas.signer import Signer


class CredentialLedger(RevocationFeed, Protocol):
    """The part of `auth` that knows vended credentials; `shared.clients.auth.AuthClient` over HTTP."""

    async def signer(self, access_key_id: str) -> Signer: ...


class SignerCache(RevocableCache[Signer]):
    def __init__(self, ledger: CredentialLedger, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(ledger, clock)
        self._ledger = ledger

    async def signer(self, access_key_id: str) -> Signer:
        """Raises Unauthenticated for what `auth` has not vended or no longer stands by."""
        question = access_key_id.encode()
        if cached := await self.find(question):
            return cached
        signer = await self._ledger.signer(access_key_id)
        self.keep(question, signer)
        return signer
