"""API keys of the caller and of everybody, their S3 key pairs, and revocation of leaked keys."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query

from auth.errors import ApiKeyNotFound, S3KeyPairNotFound, TooManyApiKeys, TooManyS3KeyPairs, TooManyTries
from auth.routes.deps import Address, AllStores, ApiKeyWrites, AuthRoute
from shared.errors import Forbidden, InvalidCursor, Unauthenticated
from shared.principals import require_person
from shared.schemas.api_key import (
    ApiKey,
    ApiKeyCreate,
    ApiKeyCreated,
    ApiKeyFilter,
    KeyStatus,
    LeakedKey,
    S3KeyPairCreated,
)
from shared.schemas.page import Page
from shared.schemas.principal import CredentialKind
from shared.web.auth import Person, Viewer
from shared.web.pages import Cursor, Limit

router = APIRouter(route_class=AuthRoute, prefix="/api/v1/keys", tags=["API keys"])
of_everybody = APIRouter(route_class=AuthRoute, prefix="/admin/keys", tags=["API keys"])

KeyId = Annotated[UUID, Path(examples=["7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55"])]
AccessKeyId = Annotated[str, Path(pattern="^[A-Z0-9]{16,128}$", examples=["PK3Q7ZJ0M5T1XW8B2VDN"])]
Text = Annotated[str | None, Query(max_length=320, pattern=r"^[^\x00]*$")]


def key_filter(name: Text = None, fingerprint: Text = None, status: KeyStatus | None = None) -> ApiKeyFilter:
    return ApiKeyFilter(name=name, fingerprint=fingerprint, status=status)


Wanted = Annotated[ApiKeyFilter, Depends(key_filter)]


@router.get(
    "", summary="List your API keys, newest first", responses=Unauthenticated.response() | InvalidCursor.response()
)
async def list_api_keys(
    viewer: Viewer, wanted: Wanted, stores: AllStores, cursor: Cursor = None, limit: Limit = 50
) -> Page[ApiKey]:
    return await stores.api_keys.page(wanted, of=viewer.user_id, after=cursor, limit=limit)


@router.post(
    "",
    status_code=201,
    summary="Create an API key; its secret is shown only once",
    responses=Unauthenticated.response() | Forbidden.response() | TooManyApiKeys.response(),
)
async def create_api_key(new: ApiKeyCreate, viewer: Person, keys: ApiKeyWrites) -> ApiKeyCreated:
    return await keys.create(viewer.user_id, new, by_administrator=viewer.is_admin)


@router.post(
    "/revoke-leaked",
    status_code=204,
    summary="Revoke an API key that leaked",
    description="Open to everybody, also to scanners of published code. The answer does not reveal whether the key exists.",
    responses=TooManyTries.response(),
)
async def revoke_leaked_api_key(leaked: LeakedKey, address: Address, keys: ApiKeyWrites) -> None:
    await keys.revoke_leaked(leaked.secret, address)


@router.get(
    "/{key_id}", summary="Get one of your API keys", responses=Unauthenticated.response() | ApiKeyNotFound.response()
)
async def get_api_key(key_id: KeyId, viewer: Viewer, stores: AllStores) -> ApiKey:
    return await stores.api_keys.get(key_id, of=viewer.user_id)


@router.delete(
    "/{key_id}",
    status_code=204,
    summary="Revoke one of your API keys",
    description="An API key may revoke itself only.",
    responses=Unauthenticated.response() | Forbidden.response() | ApiKeyNotFound.response(),
)
async def revoke_api_key(key_id: KeyId, viewer: Viewer, keys: ApiKeyWrites) -> None:
    if viewer.kind is not CredentialKind.KEY or key_id != viewer.session_id:
        require_person(viewer)
    await keys.revoke(key_id, of=viewer.user_id)


@router.post(
    "/{key_id}/s3",
    status_code=201,
    summary="Create an S3 key pair of an API key; its secret is shown only once",
    description="With it, S3 clients read packages at the package gateway, as the API key. It ends with the API key.",
    responses=Unauthenticated.response()
    | Forbidden.response()
    | ApiKeyNotFound.response()
    | TooManyS3KeyPairs.response(),
)
async def create_s3_key_pair(key_id: KeyId, viewer: Person, keys: ApiKeyWrites) -> S3KeyPairCreated:
    return await keys.create_s3_key_pair(key_id, of=viewer.user_id)


@router.delete(
    "/{key_id}/s3/{access_key_id}",
    status_code=204,
    summary="Delete an S3 key pair of one of your API keys",
    responses=Unauthenticated.response() | Forbidden.response() | S3KeyPairNotFound.response(),
)
async def delete_s3_key_pair(key_id: KeyId, access_key_id: AccessKeyId, viewer: Person, keys: ApiKeyWrites) -> None:
    await keys.delete_s3_key_pair(key_id, access_key_id, of=viewer.user_id)


@of_everybody.get("", summary="List everybody's API keys, newest first", responses=InvalidCursor.response())
async def list_all_api_keys(
    wanted: Wanted, stores: AllStores, email: Text = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[ApiKey]:
    everybodys = wanted.model_copy(update={"email": email})
    return await stores.api_keys.page(everybodys, of=None, after=cursor, limit=limit)


@of_everybody.get("/{key_id}", summary="Get anybody's API key", responses=ApiKeyNotFound.response())
async def get_any_api_key(key_id: KeyId, stores: AllStores) -> ApiKey:
    return await stores.api_keys.get(key_id)


@of_everybody.delete(
    "/{key_id}", status_code=204, summary="Revoke anybody's API key", responses=ApiKeyNotFound.response()
)
async def revoke_any_api_key(key_id: KeyId, keys: ApiKeyWrites) -> None:
    await keys.revoke(key_id, of=None)


@of_everybody.delete(
    "/{key_id}/s3/{access_key_id}",
    status_code=204,
    summary="Delete an S3 key pair of anybody's API key",
    responses=S3KeyPairNotFound.response(),
)
async def delete_any_s3_key_pair(key_id: KeyId, access_key_id: AccessKeyId, keys: ApiKeyWrites) -> None:
    await keys.delete_s3_key_pair(key_id, access_key_id, of=None)
