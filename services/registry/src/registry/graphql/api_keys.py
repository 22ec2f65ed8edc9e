"""API keys: the caller's own, and those of all users for administrators."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ariadne import MutationType, ObjectType
from pydantic import ValidationError

from registry.graphql.context import Info
from registry.graphql.unions import InputError, InvalidInput, invalid, marker
from shared.errors import Conflict, NotFound
from shared.schemas.api_key import ApiKey, ApiKeyCreate, ApiKeyFilter
from shared.schemas.principal import CredentialKind

mutation = MutationType()
me = ObjectType("Me")
queries = ObjectType("APIKeyAdminQueries")
mutations = ObjectType("APIKeyAdminMutations")


@dataclass(frozen=True, slots=True)
class APIKeyCreated:
    api_key: ApiKey
    secret: str


@me.field("apiKeys")
async def resolve_own_keys(_: object, info: Info, **wanted: Any) -> list[ApiKey]:
    return await _list_keys(info, wanted, of=info.context.signed_in().user_id)


@me.field("apiKey")
async def resolve_own_key(_: object, info: Info, id: str) -> ApiKey | None:  # noqa: A002 – the schema's
    return await _find_key(info, id, of=info.context.signed_in().user_id)


@queries.field("list")
async def resolve_all_keys(_: object, info: Info, **wanted: Any) -> list[ApiKey]:
    return await _list_keys(info, wanted, of=None)


@queries.field("get")
async def resolve_any_key(_: object, info: Info, id: str) -> ApiKey | None:  # noqa: A002 – the schema's
    return await _find_key(info, id, of=None)


@mutation.field("apiKeyCreate")
async def create_key(_: object, info: Info, input: dict[str, Any]) -> APIKeyCreated | InvalidInput:  # noqa: A002 – the schema's
    viewer = info.context.person()
    try:
        new = ApiKeyCreate(**input)
    except ValidationError as error:
        return InvalidInput(tuple(_input_error(each["loc"], each["msg"]) for each in error.errors()))
    try:
        made = await info.context.services.directory.create_api_key(viewer.user_id, new)
    except Conflict as error:
        return invalid("input", "TooManyKeys", str(error))
    return APIKeyCreated(made.api_key, made.secret)


@mutation.field("apiKeyRevoke")
async def revoke_own_key(
    _: object,
    info: Info,
    id: str | None = None,  # noqa: A002 – the schema's
    secret: str | None = None,
) -> dict[str, str] | InvalidInput:
    viewer = info.context.signed_in()
    if viewer.kind is not CredentialKind.KEY:  # `auth` lets a key revoke itself only
        info.context.person()
    of = viewer.user_id
    if id is not None:
        return await _revoke_key(info, id, of=of)
    if secret is None:
        return invalid(None, "Missing", "Give the id of the key, or the key itself")
    try:
        await info.context.services.directory.revoke_shown_api_key(secret[:200], of=of)
    except NotFound:
        return _not_found("secret")
    return marker("Ok")


@mutations.field("revoke")
async def revoke_any_key(_: object, info: Info, id: str) -> dict[str, str] | InvalidInput:  # noqa: A002 – the schema's
    return await _revoke_key(info, id, of=None)


async def _list_keys(info: Info, wanted: dict[str, Any], *, of: UUID | None) -> list[ApiKey]:
    try:
        return await info.context.services.directory.api_keys(ApiKeyFilter(**wanted), of=of)
    except ValidationError:  # no key can have this name
        return []


async def _find_key(info: Info, key_id: str, *, of: UUID | None) -> ApiKey | None:
    try:
        return await info.context.services.directory.api_key(UUID(key_id), of=of)
    except (ValueError, NotFound):
        return None


async def _revoke_key(info: Info, key_id: str, *, of: UUID | None) -> dict[str, str] | InvalidInput:
    try:
        await info.context.services.directory.revoke_api_key(UUID(key_id), of=of)
    except (ValueError, NotFound):
        return _not_found("id")
    return marker("Ok")


def _not_found(path: str) -> InvalidInput:
    return invalid(path, "NotFound", "There is no such API key")


def _input_error(location: tuple[int | str, ...], message: str) -> InputError:
    names = {"expires_in_days": "expiresInDays"}
    path = ".".join(["input", *(names.get(str(each), str(each)) for each in location)])
    return InputError(path, "Invalid", message)


BINDABLES = [mutation, me, queries, mutations]
