"""Fields about the whole instance."""

from datetime import UTC, datetime

from ariadne import QueryType

from registry.graphql.context import Info
from registry.graphql.unions import marker

query = QueryType()


@query.field("subscription")
def resolve_subscription(_: object, _info: Info) -> dict[str, object]:
    return {"active": True, "timestamp": datetime.now(UTC)}


@query.field("status")
def resolve_status(_: object, _info: Info) -> dict[str, str]:
    return marker("Unavailable")


BINDABLES = [query]
