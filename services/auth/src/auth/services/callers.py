"""S3 credentials for services that act for a user after the user's request was answered."""

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
        """Credentials as the user would get them now; raises Unauthenticated once their session has ended."""
        seq = await self._stores.revocations.head()  # read first, so that the rest includes all revocations up to it
        principal = await self._principals.find_in_session(question.session_id, question.user_id)
        vended = await self._credentials.vend(principal)
        return CallerCredentials(
            principal=principal,
            expires_at=vended.Expiration,
            seq=seq,
            access_key_id=vended.AccessKeyId,
            secret_access_key=vended.SecretAccessKey,
            session_token=vended.SessionToken,
        )
