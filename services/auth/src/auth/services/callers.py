"""S3 credentials for services that act for a user: in the background, or while they answer the user."""

from typing import TypeVar

from auth.db.stores import Stores
from auth.services.principals import PrincipalService
from auth.services.vending.credentials import CredentialService
from auth.services.vending.signers import SignerService
from shared.schemas.caller import CallerCredentials, CallerQuestion
from shared.schemas.principal import CredentialKind, Principal, Resolution
from shared.schemas.session import VendedCredentials
from shared.schemas.ticket import ReadCredentials, ReadQuestion
from shared.signed_calls import verified_package_reader

Vended = TypeVar("Vended", bound=CallerCredentials)


class CallerService:
    def __init__(
        self, stores: Stores, principals: PrincipalService, credentials: CredentialService, signers: SignerService
    ) -> None:
        self._stores = stores
        self._principals = principals
        self._credentials = credentials
        self._signers = signers

    async def vend(self, question: CallerQuestion) -> CallerCredentials:
        """Credentials as the user would get them now; raises Unauthenticated once their session has ended."""
        seq = await self._stores.revocations.head()  # read first, so that the rest includes all revocations up to it
        principal = await self._principals.find_in_session(question.session_id, question.user_id)
        only = principal.role_id if principal.kind is CredentialKind.TOOL else None
        budgets = await self._stores.roles.find_query_budgets(principal.user_id, only=only)
        vended = await self._credentials.vend_for_service(principal)
        return _answer(CallerCredentials, principal, seq, vended).model_copy(update={"query_budgets": budgets})

    async def vend_reading(self, question: ReadQuestion) -> ReadCredentials:
        """Credentials that read one bucket, for the caller whose token, ticket or signed request the S3 proxy presents.

        Raises Unauthenticated, NotFound, NoAccess, Invalid or Unavailable.
        """
        found: Resolution
        if question.token is not None:
            found = await self._principals.resolve(question.token, begun=question.begun)
        elif question.signed is not None:
            found = await verified_package_reader(question.signed, self._signers.find)
        else:
            found = await self._principals.resolve_ticket(question.ticket or "", begun=question.begun)
        vended = await self._credentials.vend_reading(found.principal, question.bucket)
        return _answer(ReadCredentials, found.principal, found.seq, vended)


def _answer(shape: type[Vended], principal: Principal, seq: int, vended: VendedCredentials) -> Vended:
    return shape(
        principal=principal,
        expires_at=vended.Expiration,
        seq=seq,
        access_key_id=vended.AccessKeyId,
        secret_access_key=vended.SecretAccessKey,
        session_token=vended.SessionToken,
    )
