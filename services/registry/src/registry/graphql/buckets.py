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
from shared.schemas.bucket import Bucket, BucketCreate, BucketUpdate

_UNSUBSCRIBED = frozenset({None, "", "DO_NOT_SUBSCRIBE"})
_FIELDS = ("title", "description", "icon_url", "tags", "relevance_score")

query = QueryType()
mutation = MutationType()
bucket = ObjectType("Bucket")
bucket_config = ObjectType("BucketConfig")

for each in (bucket, bucket_config):
    each.set_field("browsable", always(False))
    each.set_field("collaborators", always([]))
bucket_config.set_field("prefixes", always([]))
query.set_field("potentialCollaborators", always([]))
query.set_field("bucketAccessCounts", always(None))
query.set_field("objectAccessCounts", always(None))
query.set_field(
    "config",
    always(
        {"content_indexing_settings": {"extensions": [], "bytes_default": 65536, "bytes_min": 0, "bytes_max": 65536}}
    ),
)


@query.field("buckets")
async def resolve_buckets(_: object, info: Info) -> list[Bucket]:
    return await info.context.buckets()


@query.field("bucket")
async def resolve_bucket(_: object, info: Info, name: str) -> Bucket | None:
    return _find_bucket(await info.context.buckets(), name)


@query.field("bucketConfigs")
async def resolve_bucket_configs(_: object, info: Info) -> list[Bucket]:
    return await info.context.configurable_buckets()


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
    return {name: given.get(name) or None for name in _FIELDS}


BINDABLES = [query, mutation, bucket, bucket_config]
