"""Buckets for everybody, and their configuration for administrators."""

from datetime import datetime
from typing import Any

from ariadne import MutationType, ObjectType, QueryType
from pydantic import ValidationError

from registry.db.buckets import BucketStore
from registry.errors import BucketNotFound, BucketRegistered
from registry.graphql.admin_cache import invalid_input
from registry.graphql.context import Info
from registry.graphql.unions import always, marker
from shared.aws.buckets import BucketRefused
from shared.errors import Unavailable
from shared.schemas.bucket import Bucket, BucketCreate, BucketUpdate
from shared.schemas.content_indexing import DEFAULT_CONTENT_BYTES, DEFAULT_EXTENSIONS, MAX_CONTENT_BYTES
from shared.schemas.principal import EVERY_BUCKET, Level

_UNSUBSCRIBED = frozenset({None, "", "DO_NOT_SUBSCRIBE"})
_FIELDS = ("title", "description", "icon_url", "tags", "relevance_score")
_INVALID_CONTENTS = {
    "file_extensions_to_index": "BucketFileExtensionsToIndexInvalid",
    "index_content_bytes": "BucketIndexContentBytesInvalid",
}
"""Members of the results' unions for what cannot be searched."""

query = QueryType()
mutation = MutationType()
bucket = ObjectType("Bucket")
bucket_config = ObjectType("BucketConfig")


async def resolve_collaborators(found: Bucket, info: Info) -> list[dict[str, Any]]:
    """Some users who read the bucket by one of their roles. Only administrators may know them; others get one entry for all."""
    viewer = info.context.signed_in()
    if not viewer.is_admin:
        return [_OTHERS]
    cache = info.context.admin_cache
    try:
        roles, users = await cache.roles(), await cache.some_users()
    except Unavailable:  # the list of buckets is worth more
        return [_OTHERS]
    asked = {found.name} if found.name in viewer.apart else {found.name, EVERY_BUCKET}
    levels = {role.name: {role.permissions[name] for name in asked & role.permissions.keys()} for role in roles}
    granted = ((user, set().union(*(levels.get(role, set()) for role in user.roles))) for user in users)
    return [
        _collaborator(user.name, user.email, Level.READ_WRITE if Level.READ_WRITE in held else Level.READ)
        for user, held in granted
        if held and user.is_active
    ]


def _collaborator(name: str, email: str, level: Level) -> dict[str, Any]:
    return {"collaborator": {"username": name, "email": email}, "permission_level": level}


_OTHERS = _collaborator("Everybody whose role reads this bucket", "", Level.READ)

for each in (bucket, bucket_config):
    each.set_field("browsable", always(True))
    each.set_field("collaborators", resolve_collaborators)
bucket_config.set_field("prefixes", always([]))
query.set_field("potentialCollaborators", always([]))
query.set_field(
    "config",
    always(
        {
            "content_indexing_settings": {
                "extensions": sorted(DEFAULT_EXTENSIONS),
                "bytes_default": DEFAULT_CONTENT_BYTES,
                "bytes_min": 0,
                "bytes_max": MAX_CONTENT_BYTES,
            }
        }
    ),
)


@query.field("buckets")
async def resolve_buckets(_: object, info: Info) -> list[Bucket]:
    """Buckets that the caller reads in S3. Catalogs cannot open a bucket of which only packages of Quilt 2 are shared."""
    return [each for each in await info.context.buckets() if each.level]


@query.field("bucket")
async def resolve_bucket(_: object, info: Info, name: str) -> Bucket | None:
    return _find_bucket(await info.context.buckets(), name)


@query.field("bucketConfigs")
async def resolve_bucket_configs(_: object, info: Info) -> list[Bucket]:
    """All buckets for administrators, but for that of Quilt 2 where they do not read it: the catalog of 2022 lists it to open."""
    found = await info.context.configurable_buckets()
    return [each for each in found if each.level or not info.context.visibility.is_shared(each.name)]


@query.field("bucketConfig")
async def resolve_bucket_config(_: object, info: Info, name: str) -> Bucket | None:
    return _find_bucket(await info.context.configurable_buckets(), name)


@bucket_config.field("lastIndexed")
async def resolve_last_indexed(found: Bucket, info: Info) -> datetime | None:
    return await info.context.scan_times.load(found.name)


@mutation.field("bucketAdd")
async def add_bucket(_: object, info: Info, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002 – the schema's
    if input.get("sns_notification_arn") not in _UNSUBSCRIBED:
        return marker("SnsInvalid")
    try:
        new = BucketCreate(name=input["name"], **_given_fields(input))
    except ValidationError as error:
        if found := _invalid_contents(error):
            return found
        raise invalid_input(error) from error
    try:
        added = await info.context.services.buckets.register(info.context.signed_in(), new)
    except BucketRegistered:
        return marker("BucketAlreadyAdded")
    except BucketRefused as error:
        return {**marker("InsufficientPermissions"), "message": str(error)}
    return {**marker("BucketAddSuccess"), "bucket_config": added}


@mutation.field("bucketUpdate")
async def update_bucket(_: object, info: Info, name: str, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002 – the schema's
    if input.get("sns_notification_arn") not in _UNSUBSCRIBED:
        return marker("SnsInvalid")
    try:
        change = BucketUpdate(**_given_fields(input))
    except ValidationError as error:
        if found := _invalid_contents(error):
            return found
        raise invalid_input(error) from error
    try:
        async with info.context.database() as session:
            changed = await BucketStore(session).describe(info.context.signed_in(), name, change)
    except BucketNotFound:
        return marker("BucketNotFound")
    return {**marker("BucketUpdateSuccess"), "bucket_config": changed}


@mutation.field("bucketRemove")
async def remove_bucket(_: object, info: Info, name: str) -> dict[str, Any]:
    try:
        await info.context.services.buckets.unregister(info.context.signed_in(), name)
    except BucketNotFound:
        return marker("BucketNotFound")
    return marker("BucketRemoveSuccess")


def _find_bucket(buckets: list[Bucket], name: str) -> Bucket | None:
    return next((each for each in buckets if each.name == name), None)


def _given_fields(given: dict[str, Any]) -> dict[str, Any]:
    """All fields of a bucket. Missing and empty ones are None, which restores the default."""
    contents = {name: given.get(name) for name in _INVALID_CONTENTS}  # nothing may be searched, too
    return {**{name: given.get(name) or None for name in _FIELDS}, **contents}


def _invalid_contents(error: ValidationError) -> dict[str, Any] | None:
    fields = {str(each["loc"][0]) for each in error.errors()}
    name = next((name for name in _INVALID_CONTENTS if name in fields), None)
    return marker(_INVALID_CONTENTS[name]) if name else None


BINDABLES = [query, mutation, bucket, bucket_config]
