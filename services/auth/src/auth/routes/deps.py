"""Dependencies of the routes, and the only place that wires services together.

All of them are `async`, so that none waits for a thread.
"""

from collections.abc import AsyncIterator
from typing import Annotated, ClassVar

from fastapi import Depends, Request

from auth.db.stores import Stores
from auth.errors import TRACED, ForeignOrigin
from auth.resources import AuthResources
from auth.routes.cookies import RefreshCookie
from auth.services.accounts import AccountService
from auth.services.api_keys import ApiKeyService
from auth.services.bucket_access import BucketAccessService
from auth.services.callers import CallerService
from auth.services.invitations import InvitationService
from auth.services.keys import KeyService
from auth.services.login import LoginService
from auth.services.oauth.server import OAuthService
from auth.services.policies import PolicyService
from auth.services.principal_cache import CheckedPrincipalCache
from auth.services.principals import PrincipalService
from auth.services.roles import RoleService
from auth.services.second_factors import SecondFactorService
from auth.services.sessions import SessionService
from auth.services.sso.config import SsoConfigService
from auth.services.sso.sign_in import SsoService
from auth.services.tickets import TicketService
from auth.services.users import UserService
from auth.services.vending.credentials import CredentialService
from auth.services.vending.self_test import SelfTestService
from auth.services.vending.signers import SignerService
from shared.caller import identify
from shared.db.engine import transaction
from shared.principals import require_person
from shared.schemas.principal import Principal, Resolution
from shared.web import auth as web
from shared.web.auth import Documented, bearer
from shared.web.routing import CallerFirst, Policy


class DatabasePrincipals:
    """A `PrincipalSource` that reads the database for each request, so revocations hold at once."""

    def __init__(self, resources: AuthResources, *, is_enrolment: bool = False) -> None:
        self._resources = resources
        self._is_enrolment = is_enrolment

    async def principal(self, token: str) -> Principal:
        async with transaction(self._resources.sessions, keep=TRACED) as session:
            stores, res = Stores(session), self._resources
            keys = KeyService(stores, res.encryptor, res.settings)
            principals = PrincipalService(stores, keys, res.settings, is_enrolment=self._is_enrolment)
            resolution = await principals.resolve(token)
        return resolution.principal


async def fresh_resolution(request: Request, _: Documented = None) -> Resolution:
    """The caller as `viewer` finds them, from a cache: for the endpoint that is asked most."""
    source: CheckedPrincipalCache = request.app.state.fresh_principals
    resolution = await source.resolution(bearer(request))
    identify(resolution.principal)
    return resolution


async def enrolling_viewer(request: Request, _: Documented = None) -> Principal:
    """The caller, also one who must have a second factor and has none."""
    source = DatabasePrincipals(request.app.state.resources, is_enrolment=True)
    principal = await source.principal(bearer(request))
    identify(principal)
    return principal


async def enrolling_person(principal: Annotated[Principal, Depends(enrolling_viewer)]) -> Principal:
    """The same caller, in a session of their own. Raises NotForTools or NotForApiKeys."""
    require_person(principal)
    return principal


FreshResolution = Annotated[Resolution, Depends(fresh_resolution)]
EnrollingViewer = Annotated[Principal, Depends(enrolling_viewer)]
EnrollingPerson = Annotated[Principal, Depends(enrolling_person)]
POLICIES = (*web.POLICIES, fresh_resolution, enrolling_viewer, enrolling_person)


class AuthRoute(CallerFirst):
    policies: ClassVar[tuple[Policy, ...]] = (*CallerFirst.policies, fresh_resolution, enrolling_viewer)


async def resources(request: Request) -> AuthResources:
    found: AuthResources = request.app.state.resources
    return found


Res = Annotated[AuthResources, Depends(resources)]


async def stores(res: Res) -> AsyncIterator[Stores]:
    async with transaction(res.sessions, keep=TRACED) as session:
        yield Stores(session)


AllStores = Annotated[Stores, Depends(stores, scope="function")]


async def key_service(stores: AllStores, res: Res) -> KeyService:
    return KeyService(stores, res.encryptor, res.settings)


Keys = Annotated[KeyService, Depends(key_service)]


async def principal_service(stores: AllStores, keys: Keys, res: Res) -> PrincipalService:
    return PrincipalService(stores, keys, res.settings)


Principals = Annotated[PrincipalService, Depends(principal_service)]


async def signer_service(stores: AllStores, principals: Principals, res: Res) -> SignerService:
    return SignerService(stores, principals, res.encryptor)


Signers = Annotated[SignerService, Depends(signer_service)]


async def session_service(stores: AllStores, keys: Keys, res: Res) -> SessionService:
    return SessionService(stores, keys, res.settings)


SessionWrites = Annotated[SessionService, Depends(session_service)]


async def second_factor_service(stores: AllStores, res: Res) -> SecondFactorService:
    return SecondFactorService(stores, res.encryptor, res.hasher, res.settings, res.clock, res.instance_name)


SecondFactors = Annotated[SecondFactorService, Depends(second_factor_service)]


async def login_service(
    stores: AllStores, sessions: SessionWrites, second_factors: SecondFactors, res: Res
) -> LoginService:
    return LoginService(stores, sessions, second_factors, res.hasher, res.settings)


Logins = Annotated[LoginService, Depends(login_service)]


async def sso_service(res: Res) -> SsoService:
    """It opens its own transactions, because it waits for providers between them."""
    return SsoService(res)


async def oauth_service(stores: AllStores, sessions: SessionWrites, res: Res) -> OAuthService:
    return OAuthService(stores, sessions, res.settings)


OAuth = Annotated[OAuthService, Depends(oauth_service)]
SsoLogins = Annotated[SsoService, Depends(sso_service)]


def credential_service(stores: AllStores, res: Res) -> CredentialService:
    return CredentialService(stores, res)


CredentialWrites = Annotated[CredentialService, Depends(credential_service)]


async def caller_service(
    stores: AllStores, principals: Principals, credentials: CredentialWrites, signers: Signers
) -> CallerService:
    return CallerService(stores, principals, credentials, signers)


Callers = Annotated[CallerService, Depends(caller_service)]


async def account_service(stores: AllStores, res: Res) -> AccountService:
    return AccountService(stores, res.hasher, res.settings)


Accounts = Annotated[AccountService, Depends(account_service)]


async def invitation_service(stores: AllStores, res: Res) -> InvitationService:
    return InvitationService(stores, res.settings)


Invitations = Annotated[InvitationService, Depends(invitation_service)]


async def api_key_service(stores: AllStores, res: Res) -> ApiKeyService:
    return ApiKeyService(stores, res.encryptor, res.settings)


ApiKeyWrites = Annotated[ApiKeyService, Depends(api_key_service)]


async def ticket_service(stores: AllStores, keys: Keys, res: Res) -> TicketService:
    return TicketService(stores, keys, res.settings)


TicketWrites = Annotated[TicketService, Depends(ticket_service)]


async def user_service(stores: AllStores, res: Res) -> UserService:
    return UserService(stores, res.hasher, res.settings)


UserWrites = Annotated[UserService, Depends(user_service)]


async def role_service(stores: AllStores, res: Res) -> RoleService:
    return RoleService(stores, res.settings)


RoleWrites = Annotated[RoleService, Depends(role_service)]


async def self_test_service(stores: AllStores, res: Res) -> SelfTestService:
    return SelfTestService(stores, res)


SelfTests = Annotated[SelfTestService, Depends(self_test_service)]


async def policy_service(stores: AllStores) -> PolicyService:
    return PolicyService(stores)


PolicyWrites = Annotated[PolicyService, Depends(policy_service)]


async def bucket_access_service(
    stores: AllStores, users: UserWrites, roles: RoleWrites, policies: PolicyWrites
) -> BucketAccessService:
    return BucketAccessService(stores, users, roles, policies)


BucketAccesses = Annotated[BucketAccessService, Depends(bucket_access_service)]


async def sso_config_service(stores: AllStores) -> SsoConfigService:
    return SsoConfigService(stores)


SsoConfigWrites = Annotated[SsoConfigService, Depends(sso_config_service)]


async def address(request: Request) -> str:
    """The caller's address; behind a front, uvicorn takes it from X-Forwarded-For (FORWARDED_ALLOW_IPS)."""
    return request.client.host if request.client else ""


async def refresh_cookie(res: Res) -> RefreshCookie:
    return RefreshCookie.of(res.settings)


Cookie = Annotated[RefreshCookie, Depends(refresh_cookie)]


async def own_origin(request: Request, res: Res) -> None:
    """Raises ForeignOrigin for a request from a page of another site, against cross-site request forgery."""
    public, origin = res.settings.public, request.headers.get("origin")
    if origin is not None and origin not in {public.catalog_origin, public.registry_origin}:
        raise ForeignOrigin


OwnOrigin = Depends(own_origin)

Address = Annotated[str, Depends(address)]
