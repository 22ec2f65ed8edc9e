"""Browsing sessions, which Quilt's catalogs open to show pages of HTML."""

from dataclasses import dataclass
from datetime import datetime

from ariadne import MutationType

from registry.errors import BrowsingSessionNotFound, BucketNotFound
from registry.graphql.context import Info
from registry.graphql.unions import InvalidInput, OperationError, error_name, invalid, marker
from shared.errors import Conflict, NotFound
from shared.quilt.uris import UriRefused, parse_uri
from shared.schemas.browsing_session import MAX_BROWSING_SECONDS, BrowsingSession

mutation = MutationType()

_NAMES: dict[type[Exception], str] = {
    BucketNotFound: "BucketNotFound",
    BrowsingSessionNotFound: "SessionNotFound",
}
"""Names by which catalogs know errors."""


@dataclass(frozen=True, slots=True)
class GraphqlBrowsingSession:
    id: str
    expires: datetime


Answer = GraphqlBrowsingSession | InvalidInput | OperationError


@mutation.field("browsingSessionCreate")
async def create_session(_: object, info: Info, *, scope: str, ttl: int) -> Answer:
    viewer = info.context.signed_in()
    try:
        uri = parse_uri(scope)
    except UriRefused as error:
        return invalid("scope", "ValidationError", str(error))
    if refused := _refused(ttl):
        return refused
    try:
        made = await info.context.services.browsing.create(viewer, uri.bucket, uri.name, uri.reference, ttl)
    except (NotFound, Conflict) as error:
        return _failed(error)
    return _shown(made)


@mutation.field("browsingSessionRefresh")
async def refresh_session(_: object, info: Info, *, id: str, ttl: int) -> Answer:  # noqa: A002 – the argument's name
    viewer = info.context.signed_in()
    if refused := _refused(ttl):
        return refused
    try:
        return _shown(await info.context.services.browsing.refresh(viewer, id, ttl))
    except NotFound as error:
        return _failed(error)


@mutation.field("browsingSessionDispose")
async def dispose_session(_: object, info: Info, *, id: str) -> dict[str, str] | OperationError:  # noqa: A002 – as above
    try:
        await info.context.services.browsing.dispose(info.context.signed_in(), id)
    except NotFound as error:
        return _failed(error)
    return marker("Ok")


def _refused(ttl: int) -> InvalidInput | None:
    if 1 <= ttl <= MAX_BROWSING_SECONDS:
        return None
    return invalid("ttl", "ValidationError", f"A session lives for 1 to {MAX_BROWSING_SECONDS:,} seconds")


def _failed(error: NotFound | Conflict) -> OperationError:
    return OperationError(_NAMES.get(type(error)) or error_name(error), str(error))


def _shown(made: BrowsingSession) -> GraphqlBrowsingSession:
    return GraphqlBrowsingSession(made.id, made.expires_at)


BINDABLES = [mutation]
