"""Queries for the routes: submitted, read, cancelled, run again, removed; and what people keep of them."""

from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

import structlog

from registry.db.queries import DifferenceRequest, DifferenceSide, NewQuery, QueryRequest, QueryStore
from registry.db.saved_queries import SavedQueryStore
from registry.errors import QueriesNotSetUp, SqlRefused
from registry.services.packages.reader import PackageReader
from registry.services.queries.results import StoredResults
from shared import tickets
from shared.audit import AuditQueue
from shared.clients.auth import UserDirectory
from shared.db.engine import Sessions, transaction
from shared.errors import AppError
from shared.queries.types import BoundValue
from shared.schemas.audit import Outcome
from shared.schemas.page import Page
from shared.schemas.principal import Principal
from shared.schemas.queries import (
    ParameterValue,
    RowDifferenceCreate,
    SavedParameter,
    SavedQuery,
    SavedQueryChange,
    SavedQueryRun,
    SqlQuery,
    SqlQueryCreate,
    SqlQueryRun,
)
from shared.schemas.ticket import TicketSetQuestion

TICKET_SECONDS = 3_600
"""Life of the ticket in a result's address. Each answer has a new one."""
TICKET_PARAMETERS = frozenset({"format", tickets.PARAMETER})
"""Parameters of a result's address that its ticket is not bound to."""

log = structlog.get_logger()


class QueryService:
    """`wake` makes this process's workers look for queries."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        packages: PackageReader,
        directory: UserDirectory,
        results: StoredResults | None,
        wake: Callable[[], None],
        trail: AuditQueue | None,
    ) -> None:
        self._sessions = sessions
        self._packages = packages
        self._directory = directory
        self._results = results
        self._wake = wake
        self._trail = trail

    async def submit(self, viewer: Principal, wanted: SqlQueryCreate) -> SqlQuery:
        """Raises TooManyQueries or QueriesNotSetUp."""
        request = QueryRequest(_bound(wanted.parameters), wanted.format, wanted.limit)
        return await self._add(viewer, NewQuery("sql", wanted.sql, request, wanted.name))

    async def submit_difference(
        self, viewer: Principal, bucket: str, package: str, wanted: RowDifferenceCreate
    ) -> SqlQuery:
        """Raises BucketNotFound, PackageNotFound, RevisionNotFound or RevisionUnreadable, too."""
        head = DifferenceSide(bucket, package, wanted.head, wanted.path)
        base = DifferenceSide(
            wanted.base_bucket or bucket, wanted.base_package or package, wanted.base, wanted.base_path or wanted.path
        )
        for side in (base, head):
            await self._packages.find_revision(viewer, side.bucket, side.package, side.reference)
        request = QueryRequest({}, wanted.format, wanted.limit, difference=DifferenceRequest(base, head, wanted.keys))
        sql = f"SELECT * FROM {_call(base)} EXCEPT ALL SELECT * FROM {_call(head)}"  # noqa: S608 – it is shown, not run
        return await self._add(viewer, NewQuery("row_difference", sql, request))

    async def run_again(self, viewer: Principal, query_id: UUID, wanted: SqlQueryRun) -> SqlQuery:
        """Over the same revisions, with the rights of the viewer. Raises QueryNotFound, TooManyQueries or QueriesNotSetUp."""
        async with transaction(self._sessions) as session:
            before = await QueryStore(session).find_repeatable(viewer, query_id)
        request = QueryRequest(
            before.request.parameters,
            wanted.format or before.request.format,
            wanted.limit if wanted.limit is not None else before.request.limit,
            before.resolved or before.request.pinned,
            before.request.difference,
        )
        return await self._add(viewer, NewQuery(before.kind, before.sql, request, before.name, before.saved_query_id))

    async def run_saved(self, viewer: Principal, saved_id: UUID, wanted: SavedQueryRun) -> SqlQuery:
        """With the rights of the viewer. Raises SavedQueryNotFound, SqlRefused, TooManyQueries or QueriesNotSetUp."""
        async with transaction(self._sessions) as session:
            saved = await SavedQueryStore(session).get(viewer, saved_id)
        request = QueryRequest(_typed(saved.parameters, wanted.parameters), wanted.format, wanted.limit)
        return await self._add(viewer, NewQuery("sql", saved.sql, request, saved.name, saved.id))

    async def get(self, viewer: Principal, query_id: UUID) -> SqlQuery:
        """With a new ticket for the result. Raises QueryNotFound."""
        async with transaction(self._sessions) as session:
            found = await QueryStore(session).get(viewer, query_id)
        return await self._with_ticket(viewer, found)

    async def page(self, viewer: Principal, *, everyones: bool, after: str | None, limit: int) -> Page[SqlQuery]:
        """Without tickets."""
        async with transaction(self._sessions) as session:
            return await QueryStore(session).page(viewer, everyones=everyones, after=after, limit=limit)

    async def cancel(self, viewer: Principal, query_id: UUID) -> SqlQuery:
        """Raises QueryNotFound or QueryFinished."""
        async with transaction(self._sessions) as session:
            found = await QueryStore(session).cancel(viewer, query_id)
        if self._trail:
            self._trail.put("Queries.Cancel", f"query:{query_id}")
        return found

    async def remove(self, viewer: Principal, query_id: UUID) -> None:
        """Remove a query that has ended, and its result. Raises QueryNotFound or QueryUnfinished."""
        async with transaction(self._sessions) as session:
            has_result = await QueryStore(session).remove(viewer, query_id)
        if has_result and self._results:
            await self._results.remove(query_id)  # housekeeping does it if this fails
        if self._trail:
            self._trail.put("Queries.Delete", f"query:{query_id}")

    async def saved_page(self, viewer: Principal, *, after: str | None, limit: int) -> Page[SavedQuery]:
        async with transaction(self._sessions) as session:
            return await SavedQueryStore(session).page(viewer, after=after, limit=limit)

    async def find_saved(self, viewer: Principal, saved_id: UUID) -> SavedQuery:
        """Raises SavedQueryNotFound."""
        async with transaction(self._sessions) as session:
            return await SavedQueryStore(session).get(viewer, saved_id)

    async def save(self, viewer: Principal, wanted: SavedQueryChange) -> SavedQuery:
        """Raises TooManySavedQueries."""
        async with transaction(self._sessions) as session:
            saved = await SavedQueryStore(session).add(viewer, wanted)
        self._record_saved(saved)
        return saved

    async def replace_saved(self, viewer: Principal, saved_id: UUID, wanted: SavedQueryChange) -> SavedQuery:
        """Raises SavedQueryNotFound unless it is the viewer's."""
        async with transaction(self._sessions) as session:
            saved = await SavedQueryStore(session).replace(viewer, saved_id, wanted)
        self._record_saved(saved)
        return saved

    async def remove_saved(self, viewer: Principal, saved_id: UUID) -> None:
        """Raises SavedQueryNotFound."""
        async with transaction(self._sessions) as session:
            await SavedQueryStore(session).remove(viewer, saved_id)
        if self._trail:
            self._trail.put("Queries.Unsave", f"saved-query:{saved_id}")

    async def _add(self, viewer: Principal, new: NewQuery) -> SqlQuery:
        try:
            if self._results is None:
                raise QueriesNotSetUp("There is no bucket for results: set REGISTRY_QUERIES__RESULT_BUCKET")
            async with transaction(self._sessions) as session:
                added = await QueryStore(session).add(viewer, new)
        except AppError as error:
            if self._trail:
                self._trail.put("Queries.Run", outcome=Outcome.REFUSED, reason=error.slug)
            raise
        log.info("query_submitted", query=str(added.id), kind=added.kind, by=viewer.name)
        self._wake()
        return added

    async def _with_ticket(self, viewer: Principal, found: SqlQuery) -> SqlQuery:
        if found.result is None:
            return found
        path = found.result.url.partition("?")[0]
        members = tickets.AddressTree([tickets.address_digest(path, ())])
        signed = await self._directory.sign_ticket_set(
            TicketSetQuestion(
                user_id=viewer.user_id, session_id=viewer.session_id, root=members.root, seconds=TICKET_SECONDS
            )
        )
        url = f"{found.result.url}&{tickets.PARAMETER}={members.ticket(signed.ticket, 0)}"
        return found.model_copy(update={"result": found.result.model_copy(update={"url": url})})

    def _record_saved(self, saved: SavedQuery) -> None:
        if self._trail:
            self._trail.put("Queries.Save", f"saved-query:{saved.id}", name=saved.name, shared=saved.shared)


def _bound(parameters: Mapping[str, ParameterValue]) -> dict[str, BoundValue]:
    return {name: BoundValue.of(value) for name, value in parameters.items()}


def _typed(known: list[SavedParameter], given: Mapping[str, ParameterValue]) -> dict[str, BoundValue]:
    """Values of a saved query's parameters, as its types say. Raises SqlRefused."""
    if unknown := given.keys() - {each.name for each in known}:
        raise SqlRefused(f"The saved query has no parameter ${min(unknown)}")
    return {each.name: _value(each, given.get(each.name, each.default)) for each in known}


def _value(parameter: SavedParameter, value: ParameterValue) -> BoundValue:
    if value is None:
        return BoundValue(None)
    match parameter.type:
        case "text" if isinstance(value, str):
            return BoundValue(value)
        case "boolean" if isinstance(value, bool):
            return BoundValue(value)
        case "number" if isinstance(value, int | float) and not isinstance(value, bool):
            return BoundValue(value)
        case "date" if isinstance(value, str):
            try:
                return BoundValue.of(date.fromisoformat(value))
            except ValueError:
                pass
    raise SqlRefused(f"${parameter.name} is a {parameter.type}, which {str(value)[:100]!r} is not")


def _call(side: DifferenceSide) -> str:
    place = f"{side.bucket}/{side.package}@{side.reference}".replace("'", "''")
    return "package('{}', '{}')".format(place, side.path.replace("'", "''"))
