"""A worker's attempts at queries."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import stamina
import structlog
from typing_extensions import override

from registry.db.jobs import ClaimLost
from registry.db.queries import QueryClaim, QueryReport, QueryStore, StoredResult
from registry.services.attempts import (
    BEAT_SECONDS,
    STALE_SECONDS,
    Attempt,
    AttemptEvents,
    AttemptWatch,
    keep_working,
)
from registry.services.queries.problems import sql_problem_of
from registry.services.queries.running import QueryRun, QueryTools
from registry.services.transfers.caller_s3 import CallerS3Opener
from shared.audit import AuditQueue
from shared.caller import bound
from shared.db.engine import Sessions, transaction
from shared.errors import Unavailable
from shared.schemas.audit import Caller, Outcome
from shared.schemas.queries import SqlProblem
from shared.tracing import span, trace_fields

RETRIES = stamina.AsyncRetryingCaller(
    attempts=3, timeout=None, wait_initial=0.5, wait_exp_base=3, wait_max=5.0, wait_jitter=0.5
).on(Unavailable)
_MAX_RECORDED_CHARACTERS = 2_000
"""Characters of a statement, and of the list of its revisions, in the audit trail."""

log = structlog.get_logger()


@dataclass
class QueryWorker:
    name: str
    sessions: Sessions
    tools: QueryTools
    open_caller_s3: CallerS3Opener
    beat_seconds: float = BEAT_SECONDS
    retries: stamina.BoundAsyncRetryingCaller = RETRIES
    trail: AuditQueue | None = None

    is_worn = False
    """The memory of a query is that of its own process, which ends with it."""

    async def work(self, stopping: asyncio.Event) -> None:
        """Run queries until there are none, or `stopping` is set, which interrupts the present one."""
        await keep_working(self.work_once, stopping, lambda: self.is_worn)

    async def work_once(self, stopping: asyncio.Event | None = None) -> bool:
        """Run one query; False if there was none."""
        async with transaction(self.sessions) as session:
            store = QueryStore(session, self.tools.settings.at_once_per_person)
            claim = await store.claim(self.name, STALE_SECONDS)
        if claim is None:
            return False
        request = {"request_id": claim.request_id} if claim.request_id else {}
        caller = Caller(user_id=claim.caller.user_id, user=claim.caller.name, **request)
        with (
            span(f"query {claim.kind}", "consumer", {"patchwork.query": str(claim.id)}, parent=claim.trace_parent),
            structlog.contextvars.bound_contextvars(query=str(claim.id), kind=claim.kind, **request, **trace_fields()),
            bound(caller),
        ):
            attempt = QueryAttempt(self, claim, stopping or asyncio.Event())
            if claim.given_up is None:
                await attempt.run()
            else:
                attempt.note_given_up(claim.given_up)
        return True


class QueryAttempt(Attempt[QueryClaim, StoredResult, SqlProblem]):
    """A `ClaimedWork`. Nothing but the row is written before the end, so an attempt can be interrupted at any time."""

    events = AttemptEvents("query_done", "query_failed", "query_cancelled", "query_given_back", "query_lost")
    is_final = False

    def __init__(self, worker: QueryWorker, claim: QueryClaim, stopping: asyncio.Event) -> None:
        self._worker = worker
        self._report = QueryReport()
        super().__init__(claim, AttemptWatch(self, stopping, worker.beat_seconds), worker.trail)

    async def run(self) -> None:
        log.info("query_begun", by=self._claim.caller.name)
        await self.settle(asyncio.ensure_future(self._worker.retries(self._run_as_caller)))

    async def beat(self) -> bool:
        """Write a heartbeat and what is known; True if the owner wants the query cancelled."""
        async with transaction(self._worker.sessions) as session:
            return await QueryStore(session).beat(self._claim, self._report)

    def note_given_up(self, problem: SqlProblem) -> None:
        """The query has failed, since its workers ended without finishing it."""
        self._note_failure(problem)

    async def _run_as_caller(self) -> StoredResult:
        async with self._worker.open_caller_s3(self._claim.caller) as caller_s3:
            return await QueryRun(self._worker.tools, self._claim, self._report, caller_s3).run()

    @property
    @override
    def _audited_as(self) -> tuple[str, str]:
        return "Queries.Run", f"query:{self._claim.id}"

    @override
    async def _write(self, change: Callable[[QueryStore], Awaitable[None]]) -> bool:
        try:
            async with transaction(self._worker.sessions) as session:
                queries = QueryStore(session)
                await queries.beat(self._claim, self._report)
                await change(queries)
        except ClaimLost:
            return False
        return True

    @override
    def _problem_of(self, error: BaseException | None) -> SqlProblem:
        return sql_problem_of(error, self._claim.sql)

    @override
    def _logged(self, result: StoredResult) -> Mapping[str, Any]:
        return {"rows": result.rows, "bytes": result.bytes, "read_bytes": self._report.read_bytes}

    @override
    def _audited(self, result: StoredResult) -> Mapping[str, Any]:
        return {"rows": result.rows, **self._cost}

    @override
    def _logged_of_failure(self, problem: SqlProblem) -> Mapping[str, Any]:
        return {"limit": problem.limit}

    @override
    def _audit(self, outcome: Outcome, *, reason: str = "", **details: Any) -> None:
        """Every end is recorded with the statement; one that read something, also with what it read."""
        known = {"sql": self._claim.sql[:_MAX_RECORDED_CHARACTERS]}
        if self._report.resolved:
            known["revisions"] = " ".join(self._revisions)[:_MAX_RECORDED_CHARACTERS]
        super()._audit(outcome, reason=reason, **known, **details)

    @property
    def _revisions(self) -> list[str]:
        found = [each for call in self._report.resolved or () for each in call.revisions]
        return list(dict.fromkeys(f"{each.bucket}/{each.package}@{each.top_hash}" for each in found))

    @property
    def _cost(self) -> dict[str, Any]:
        return {"read_bytes": self._report.read_bytes, "seconds": round(self._report.seconds, 3)}
