"""Finds the owner and secret of an S3 credential, so that signatures can be verified; cached like principals."""

import time
from collections.abc import Callable
from typing import Protocol

from shared.errors import Unauthenticated
from shared.revocations import RevocableCache, RevocationFeed
from shared.schemas.signer import KEY_PAIR_REFUSAL, Signer, is_key_pair


class CredentialLedger(RevocationFeed, Protocol):
    """The part of `auth` that has the vended credentials; `shared.clients.auth.AuthClient` over HTTP."""

    async def signer(self, access_key_id: str) -> Signer: ...


class SignerCache(RevocableCache[Signer]):
    def __init__(
        self,
        ledger: CredentialLedger,
        clock: Callable[[], float] = time.monotonic,
        *,
        note_use: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`note_use`: called with each S3 key pair that signs, as `pair:…`, and with its API key."""
        super().__init__(ledger, clock)
        self._ledger = ledger
        self._note_use = note_use

    async def signer(self, access_key_id: str) -> Signer:
        """The signer of a request to S3. Raises Unauthenticated for credentials that `auth` has not vended or has revoked."""
        if is_key_pair(access_key_id):
            raise Unauthenticated(KEY_PAIR_REFUSAL)
        return await self.package_signer(access_key_id)

    async def package_signer(self, access_key_id: str) -> Signer:
        """The signer of a request to the package gateway, at which S3 key pairs of API keys are valid, too."""
        question = access_key_id.encode()
        signer = await self.find_answer(question)
        if signer is None:
            signer = await self._ledger.signer(access_key_id)
            self.add_answer(question, signer)
        if is_key_pair(access_key_id):
            self._note_use(f"pair:{access_key_id}")
            self._note_use(signer.principal.credential)
        return signer
