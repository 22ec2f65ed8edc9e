"""The SSO configuration, tabulator tables, and switches of the whole instance."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ariadne import MutationType, ObjectType
from pydantic import ValidationError

from registry.db.buckets import BucketStore
from registry.db.tabulator import SwitchStore, TabulatorStore
from registry.errors import BucketNotFound, TableExists, TableNotFound, TableRefused, UnknownRule
from registry.graphql.admin_users import GraphqlUser
from registry.graphql.context import Info
from registry.graphql.unions import InputError, InvalidInput, OperationError, invalid
from registry.services.queries.tabulator import SwitchService, TabulatorService
from shared.errors import AppError, Forbidden
from shared.schemas.bucket import Bucket
from shared.schemas.sso import SsoConfig as SsoConfigSchema
from shared.schemas.tabulator import InstanceSettings, InstanceSettingsUpdate, TabulatorTable
from shared.schemas.user import User as UserSchema

mutation = MutationType()
admin_queries = ObjectType("AdminQueries")
admin_mutations = ObjectType("AdminMutations")
packager_queries = ObjectType("PackagerAdminQueries")
packager_mutations = ObjectType("PackagerAdminMutations")
bucket_config = ObjectType("BucketConfig")


@dataclass(frozen=True, slots=True)
class GraphqlSsoConfig:
    text: str
    timestamp: datetime
    uploader: GraphqlUser


class BucketConfig(Bucket):
    """A bucket as a member of a union, whose type is found by the name of the class."""


@dataclass(frozen=True, slots=True)
class PackagerEventRule:
    name: str
    enabled: bool


@admin_queries.field("ssoConfig")
async def resolve_sso_config(_: object, info: Info) -> GraphqlSsoConfig | None:
    config = await info.context.admin_cache.administration.sso_config()
    return await _graphql_sso_config(info, config) if config else None


@admin_queries.field("isDefaultRoleSettingDisabled")
async def resolve_default_role_locked(_: object, info: Info) -> bool:
    return await info.context.admin_cache.administration.sso_config() is not None


@admin_mutations.field("setSsoConfig")
async def set_sso_config(_: object, info: Info, config: str | None = None) -> Any:
    at = info.context.admin_cache
    if not config:
        await at.administration.remove_sso_config()
        return None
    try:
        made = await at.administration.set_sso_config(config)
    except ValidationError as error:
        return invalid("config", "Invalid", error.errors()[0]["msg"])
    except AppError as error:
        if error.peer_slug != "sso_config_refused":
            raise
        return InvalidInput(tuple(InputError("config", "Invalid", line) for line in str(error).splitlines()))
    return await _graphql_sso_config(info, made)


@admin_queries.field("tabulatorOpenQuery")
async def resolve_open_query(_: object, info: Info) -> bool:
    return (await _instance(info)).tabulator_open_query


@admin_mutations.field("setTabulatorOpenQuery")
async def set_open_query(_: object, info: Info, *, enabled: bool) -> InstanceSettings:
    return await _instance(info, InstanceSettingsUpdate(tabulator_open_query=enabled))


@packager_queries.field("eventRules")
async def resolve_event_rules(_: object, info: Info) -> list[PackagerEventRule]:
    return [PackagerEventRule(name, on) for name, on in (await _instance(info)).event_rules.items()]


@packager_queries.field("eventRule")
async def resolve_event_rule(_: object, info: Info, name: str) -> PackagerEventRule | None:
    on = (await _instance(info)).event_rules.get(name)
    return None if on is None else PackagerEventRule(name, on)


@packager_mutations.field("toggleEventRule")
async def toggle_event_rule(_: object, info: Info, name: str, *, enabled: bool) -> PackagerEventRule | InvalidInput:
    try:
        await _instance(info, InstanceSettingsUpdate(event_rules={name: enabled}))
    except UnknownRule as error:
        return invalid("name", "EventRuleDoesNotExist", str(error))
    return PackagerEventRule(name, enabled)


@bucket_config.field("tabulatorTables")
async def resolve_tables(source: Bucket, info: Info) -> list[TabulatorTable]:
    return await info.context.tables.load(source.name) or []


async def set_table(_: object, info: Info, bucket_name: str, table_name: str, config: str | None = None) -> Any:
    async def change(tables: TabulatorService) -> None:
        await tables.set(info.context.signed_in(), bucket_name, table_name, config)

    return await _change_tables(info, bucket_name, change)


async def rename_table(_: object, info: Info, bucket_name: str, table_name: str, new_table_name: str) -> Any:
    async def change(tables: TabulatorService) -> None:
        await tables.rename(info.context.signed_in(), bucket_name, table_name, new_table_name)

    return await _change_tables(info, bucket_name, change)


for root in (mutation, admin_mutations):
    root.set_field("bucketSetTabulatorTable", set_table)
    root.set_field("bucketRenameTabulatorTable", rename_table)


async def _change_tables(info: Info, bucket: str, change: Callable[[TabulatorService], Awaitable[None]]) -> Any:
    try:
        async with info.context.database() as session:
            await change(TabulatorService(BucketStore(session), TabulatorStore(session), info.context.services.trail))
        info.context.tables.forget()
        changed = await _config(info, bucket)
    except TableRefused as error:
        return InvalidInput(tuple(InputError(error.field, "Invalid", each) for each in error.problems))
    except TableNotFound as error:
        return invalid("tableName", "TableDoesNotExist", str(error))
    except TableExists as error:
        return invalid("newTableName", "Conflict", str(error))
    except BucketNotFound as error:
        return OperationError("BucketNotFound", str(error))
    except Forbidden as error:
        return OperationError("Forbidden", str(error))
    return BucketConfig(**changed.model_dump())


async def _config(info: Info, bucket: str) -> Bucket:
    found = next((each for each in await info.context.configurable_buckets() if each.name == bucket), None)
    if found is None:  # it was unregistered during the request
        raise BucketNotFound(bucket)
    return found


async def _instance(info: Info, wanted: InstanceSettingsUpdate | None = None) -> InstanceSettings:
    async with info.context.database() as session:
        service = SwitchService(SwitchStore(session), info.context.services.trail)
        return await service.update(wanted) if wanted else await service.get()


async def _graphql_sso_config(info: Info, config: SsoConfigSchema) -> GraphqlSsoConfig:
    uploader = await info.context.admin_cache.administration.user(config.uploader) if config.uploader else None
    return GraphqlSsoConfig(config.text, config.at, GraphqlUser(uploader or _deleted_user(config.uploader)))


def _deleted_user(name: str) -> UserSchema:
    """A substitute for a user who has been deleted, since the schema requires one."""
    never = datetime.fromtimestamp(0, UTC)
    return UserSchema(
        id=UUID(int=0),
        name=name,
        email="",
        is_admin=False,
        is_active=False,
        role=None,
        roles=[],
        is_sso_only=False,
        is_governed=False,
        created_at=never,
        last_login=None,
    )


BINDABLES = [mutation, admin_queries, admin_mutations, packager_queries, packager_mutations, bucket_config]
