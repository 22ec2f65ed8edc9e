"""The schema with its resolvers."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ariadne import ScalarType, load_schema_from_path, make_executable_schema
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    default_field_resolver,
)

from registry.graphql import (
    access_counts,
    admin_users,
    api_keys,
    browsing,
    buckets,
    instance,
    me,
    packages,
    pushes,
    restorations,
    roles,
    search,
    settings,
)
from registry.graphql.context import Info
from registry.graphql.unions import typename
from shared.errors import AdminOnly

_ADMIN = "admin"

datetimes = ScalarType("Datetime", serializer=datetime.isoformat)


@datetimes.value_parser
def parse_datetime(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("Expected a date and time in ISO 8601")  # noqa: TRY004 – graphql-core expects ValueError
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("The time has no offset, such as Z")
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise ValueError("The time is out of range") from None


def make_schema() -> GraphQLSchema:
    modules = (
        *(api_keys, browsing, buckets, instance, packages, me, pushes, restorations, roles, search, settings),
        access_counts,
        admin_users,
    )
    bindables = [each for module in modules for each in module.BINDABLES]
    definitions = load_schema_from_path(str(Path(__file__).with_name("schema")))
    schema = make_executable_schema(definitions, datetimes, *bindables, convert_names_case=True)
    for kind in schema.type_map.values():
        match kind:
            case GraphQLUnionType() | GraphQLInterfaceType():
                kind.resolve_type = typename
            case GraphQLObjectType():
                for field in kind.fields.values():
                    _guard(field)
            case _:
                pass
    return schema


def _guard(field: GraphQLField) -> None:
    """Let only administrators resolve fields that are marked `@admin`."""
    if not field.ast_node or not any(each.name.value == _ADMIN for each in field.ast_node.directives or ()):
        return
    resolve: Callable[..., Any] = field.resolve or default_field_resolver

    def guarded(source: Any, info: Info, **arguments: Any) -> Any:
        if not info.context.viewer or not info.context.viewer.is_admin:
            refusal = AdminOnly()
            if info.context.services.trail:
                info.context.services.trail.add_refusal(refusal, f"GraphQL {info.parent_type.name}.{info.field_name}")
            raise refusal
        return resolve(source, info, **arguments)

    field.resolve = guarded


SCHEMA = make_schema()
