"""A worker's attempts at queries."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

import stamina
import structlog

from registry.db.jobs import ClaimLost
from registry.db.queries import QueryClaim, QueryReport, QueryStore, StoredResult
from registry.services.attempts import BEAT_SECONDS, STALE_SECONDS, AttemptEnd, AttemptWatch, keep_working
from registry.services.queries.problems import sql_problem_of
from registry.services.queries.running import QueryRun, QueryTools
from registry.services.transfers.caller_s3 import CallerS3Opener
from shared.audit import AuditQueue
from shared.caller import bound
from shared.db.engine import Sessions, transaction
from shared.errors import Unavailable
from shared.schemas.audit import Caller, Outcome
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
            await QueryAttempt(self, claim, stopping or asyncio.Event()).run()
        return True


class QueryAttempt:
    """A `ClaimedWork`. Nothing but the row is written before the end, so an attempt can be interrupted at any time."""

    is_final = False

    def __init__(self, worker: QueryWorker, claim: QueryClaim, stopping: asyncio.Event) -> None:
        self._worker = worker
        self._claim = claim
        self._report = QueryReport()
        self._watch = AttemptWatch(self, stopping, worker.beat_seconds)

    async def run(self) -> None:
        log.info("query_begun", by=self._claim.caller.name)
        going = asyncio.ensure_future(self._worker.retries(self._run_as_caller))
        end = await self._watch.hold(going)
        await self._settle(going, end)

    async def beat(self) -> bool:
        """Write a heartbeat and what is known; True if the owner wants the query cancelled."""
        async with transaction(self._worker.sessions) as session:
            return await QueryStore(session).beat(self._claim, self._report)

    async def _run_as_caller(self) -> StoredResult:
        async with self._worker.open_caller_s3(self._claim.caller) as caller_s3:
            return await QueryRun(self._worker.tools, self._claim, self._report, caller_s3).run()

    async def _settle(self, going: "asyncio.Future[StoredResult]", end: AttemptEnd) -> None:
        match end:
            case AttemptEnd.DONE:
                result = going.result()
                is_written = await self._write(lambda queries: queries.finish(self._claim, result))
                if not is_written:  # another worker has the query, and writes the same object
                    return
                log.info("query_done", rows=result.rows, bytes=result.bytes, read_bytes=self._report.read_bytes)
                self._audit_done(result)
            case AttemptEnd.FAILED:
                problem = sql_problem_of(going.exception(), self._claim.sql)
                await self._write(lambda queries: queries.fail(self._claim, problem))
                log.info("query_failed", problem=problem.type, limit=problem.limit)
                outcome = Outcome.REFUSED if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR else Outcome.FAILED
                self._audit(outcome, reason=problem.type.rpartition("/")[2])
            case AttemptEnd.CANCELLED:
                await self._write(lambda queries: queries.mark_cancelled(self._claim))
                log.info("query_cancelled")
                self._audit(Outcome.FAILED, reason="cancelled")
            case AttemptEnd.RELEASED:
                await self._write(lambda queries: queries.release(self._claim))
                log.info("query_given_back")
            case AttemptEnd.LOST:
                log.warning("query_lost")

    def _audit_done(self, result: StoredResult) -> None:
        named = {
            f"{each.bucket}/{each.package}@{each.top_hash}": None
            for call in self._report.resolved or ()
            for each in call.revisions
        }
        self._audit(
            Outcome.DONE,
            sql=self._claim.sql[:_MAX_RECORDED_CHARACTERS],
            revisions=" ".join(named)[:_MAX_RECORDED_CHARACTERS],
            rows=result.rows,
            read_bytes=self._report.read_bytes,
            seconds=round(self._report.seconds, 3),
        )

    def _audit(self, outcome: Outcome, *, reason: str = "", **details: object) -> None:
        if self._worker.trail:
            self._worker.trail.put("Queries.Run", f"query:{self._claim.id}", outcome=outcome, reason=reason, **details)

    async def _write(self, change: Callable[[QueryStore], Awaitable[None]]) -> bool:
        """False if the claim is lost."""
        try:
            async with transaction(self._worker.sessions) as session:
                queries = QueryStore(session)
                await queries.beat(self._claim, self._report)
                await change(queries)
        except ClaimLost:
            return False
        return True
