"""Signers of S3 requests, found in the ledger of vended credentials."""

from auth.db.stores import Stores
from auth.encryption import Encryptor
from auth.services.principals import PrincipalService
from shared.errors import Unauthenticated
from shared.schemas.signer import Signer


class SignerService:
    def __init__(self, stores: Stores, principals: PrincipalService, encryptor: Encryptor) -> None:
        self._stores = stores
        self._principals = principals
        self._encryptor = encryptor

    async def find(self, access_key_id: str) -> Signer:
        """Raises Unauthenticated if the credentials have expired, the session has ended, or its role has changed."""
        seq = await self._stores.revocations.head()  # read first, so that the rest includes all revocations up to it
        vended = await self._stores.credentials.find(access_key_id)
        if vended is None:
            raise Unauthenticated("These S3 credentials have expired or are unknown; ask for new ones")
        principal = await self._principals.find_in_session(vended.session_id, vended.user_id)
        if principal.role_id != vended.role_id:
            raise Unauthenticated("These S3 credentials belong to another role; ask for new ones")
        return Signer(
            principal=principal,
            expires_at=vended.expires_at,
            seq=seq,
            secret_access_key=self._encryptor.decrypt(vended.sealed),
        )
