"""Routes for the other services, which the front never exposes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from auth.routes.api_keys import Wanted
from auth.routes.deps import AllStores, ApiKeyWrites, AuthRoute, Keys, Principals, Res, UserWrites
from auth.services.imports import import_user
from auth.services.mail.outbox import queue_package_mail
from auth.services.revocation_feed import RevocationFeedService
from shared.schemas.agreement import Agreement
from shared.schemas.api_key import ApiKey, ApiKeyCreate, ApiKeyCreated, CredentialsUsed, LeakedKey
from shared.schemas.audit import AuditEvents
from shared.schemas.canary import ReportDigest, ReportSignature
from shared.schemas.imports import Arrivals, Incomers
from shared.schemas.letter import PackageLetter
from shared.schemas.page import Page
from shared.schemas.principal import Resolution, Revocations, TokenQuestion
from shared.schemas.user import RoleSwitch, User
from shared.web.auth import Internal
from shared.web.pages import Cursor, Limit

router = APIRouter(
    route_class=AuthRoute, prefix="/internal", tags=["internal"], dependencies=[Internal], include_in_schema=False
)


@router.post("/principal")
async def resolve_principal(question: TokenQuestion, principals: Principals) -> Resolution:
    return await principals.resolve(question.token, begun=question.begun)


@router.get("/revocations", response_model_exclude_defaults=True)
async def list_revocations(
    res: Res,
    since: Annotated[int | None, Query(ge=0, lt=1 << 63)] = None,
    wait: Annotated[float, Query(ge=0, le=30)] = 0,
    listener: UUID | None = None,
) -> Revocations:
    return await RevocationFeedService(res).read(since, wait=wait, listener=listener)


@router.delete("/revocations/listeners/{listener}", status_code=204)
async def forget_listener(listener: UUID, res: Res) -> None:
    await RevocationFeedService(res).forget(listener)


@router.get("/agreement")
async def get_agreement(res: Res) -> Agreement:
    settings = res.settings
    return Agreement(
        quilt2_bucket=settings.quilt2_bucket,
        service_bucket=settings.service_bucket,
        user_endpoints=settings.user_endpoints,
        client_ids={name: provider.client_id for name, provider in settings.sso.providers.items()},
    )


@router.get("/users/{user_id}")
async def get_user_by_id(user_id: UUID, stores: AllStores) -> User:
    return await stores.users.get_by_id(user_id)


@router.get("/names/{name}")
async def get_user_by_name(name: str, stores: AllStores) -> User:
    return await stores.users.get(name)


@router.put("/users/{user_id}/role")
async def switch_role(user_id: UUID, wanted: RoleSwitch, users: UserWrites) -> User:
    return await users.switch_role(user_id, wanted.role)


@router.post("/imports/users")
async def import_users(given: Incomers, stores: AllStores) -> Arrivals:
    return Arrivals(people=[await import_user(stores, each, dry_run=given.dry_run) for each in given.people])


@router.post("/letters", status_code=204)
async def post_letter(letter: PackageLetter, stores: AllStores) -> None:
    await queue_package_mail(stores, letter)


@router.post("/audit", status_code=204)
async def add_audit_events(given: AuditEvents, stores: AllStores) -> None:
    await stores.audit.add(given.events)


@router.post("/report-signatures")
async def sign_report(report: ReportDigest, keys: Keys) -> ReportSignature:
    return ReportSignature(signature=await keys.sign_report(report.sha256))


@router.post("/uses", status_code=204)
async def note_uses(given: CredentialsUsed, stores: AllStores) -> None:
    await stores.note_uses(given.credentials)


@router.get("/users/{user_id}/keys")
async def list_api_keys_of(
    user_id: UUID, wanted: Wanted, stores: AllStores, cursor: Cursor = None, limit: Limit = 50
) -> Page[ApiKey]:
    return await stores.api_keys.page(wanted, of=user_id, after=cursor, limit=limit)


@router.post("/users/{user_id}/keys")
async def create_api_key_of(user_id: UUID, new: ApiKeyCreate, keys: ApiKeyWrites) -> ApiKeyCreated:
    return await keys.create(user_id, new, by_administrator=False)


@router.get("/users/{user_id}/keys/{key_id}")
async def get_api_key_of(user_id: UUID, key_id: UUID, stores: AllStores) -> ApiKey:
    return await stores.api_keys.get(key_id, of=user_id)


@router.delete("/users/{user_id}/keys/{key_id}", status_code=204)
async def revoke_api_key_of(user_id: UUID, key_id: UUID, keys: ApiKeyWrites) -> None:
    await keys.revoke(key_id, of=user_id)


@router.post("/users/{user_id}/keys/revoke", status_code=204)
async def revoke_api_key_by_secret_of(user_id: UUID, key: LeakedKey, keys: ApiKeyWrites) -> None:
    await keys.revoke_by_secret(key.secret, of=user_id)
