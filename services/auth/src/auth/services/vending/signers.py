"""Signers of S3 requests, found in the ledger of vended credentials and among the S3 key pairs of API keys."""

from auth.db.stores import Stores
from auth.encryption import Encryptor
from auth.services.principals import PrincipalService
from shared.errors import Unauthenticated
from shared.schemas.signer import Signer, is_key_pair


class SignerService:
    def __init__(self, stores: Stores, principals: PrincipalService, encryptor: Encryptor) -> None:
        self._stores = stores
        self._principals = principals
        self._encryptor = encryptor

    async def find(self, access_key_id: str) -> Signer:
        """Raises Unauthenticated if the credentials have expired, the session has ended, or its role has changed.

        Services accept S3 key pairs at the package gateway alone.
        """
        seq = await self._stores.revocations.head()  # read first, so that the rest includes all revocations up to it
        if is_key_pair(access_key_id):
            return await self._find_of_key_pair(access_key_id, seq)
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

    async def _find_of_key_pair(self, access_key_id: str, seq: int) -> Signer:
        pair = await self._stores.s3_key_pairs.find(access_key_id)
        holder = await self._stores.api_keys.find_by_id(pair.api_key_id) if pair else None
        if pair is None or holder is None:
            raise Unauthenticated("This S3 key pair is unknown, or it was deleted, or its API key was revoked")
        principal = await self._principals.find_of_key(holder)
        await self._stores.note_uses([principal.credential, f"pair:{access_key_id}"])
        return Signer(
            principal=principal,
            expires_at=holder.key.expires_at,
            seq=seq,
            secret_access_key=self._encryptor.decrypt(pair.sealed),
        )
