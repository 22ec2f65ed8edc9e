"""S3 credentials for services that work on after the caller's request is answered."""

from auth.db.stores import Stores
from auth.services.principals import PrincipalService
from auth.services.vending.credentials import CredentialService
from shared.schemas.caller import CallerCredentials, CallerQuestion


class CallerService:
    def __init__(self, stores: Stores, principals: PrincipalService, credentials: CredentialService) -> None:
        self._stores = stores
        self._principals = principals
        self._credentials = credentials

    async def vend(self, question: CallerQuestion) -> CallerCredentials:
        """As they would get them themselves now; raises Unauthenticated once their session has ended."""
        seq = await self._stores.revocations.head()  # first: what is read after it includes it
        principal = await self._principals.in_session(question.session_id, question.user_id)
        vended = await self._credentials.vend(principal)
        return CallerCredentials(
            principal=principal,
            expires_at=vended.Expiration,
            seq=seq,
            access_key_id=vended.AccessKeyId,
            secret_access_key=vended.SecretAccessKey,
            session_token=vended.SessionToken,
        )
