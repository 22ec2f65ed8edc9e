from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

from fastapi import FastAPI

from registry.db.access_counts import AccessLogStore
from registry.db.canary_runs import CanaryRunStore
from registry.db.jobs import JobStore
from registry.db.queries import QueryStore
from registry.doctor.store import log_store_gaps
from registry.follower.opening import directory_of
from registry.follower.status import now, read_status
from registry.follower.supervisor import FollowerSupervisor
from registry.quilt2.resources import Quilt2Resources
from registry.quilt2.routes import fast_paths as quilt2_fast_paths
from registry.quilt2.routes import packages as quilt2_packages
from registry.quilt2.routes import people as quilt2_people
from registry.quilt2.routes.bodies import MAX_HASHES_BYTES, MAX_PUSH_BYTES
from registry.quilt2.services.statistics import flushing
from registry.resources import OpenedResources, RegistryResources, open_resources
from registry.routes import (
    archives,
    bookmarks,
    browsing,
    bucket_totals,
    buckets,
    canary,
    compat,
    completeness,
    config,
    diffs,
    docs,
    fast_paths,
    graphql,
    health,
    insights,
    instance_theme,
    internal,
    jobs,
    links,
    package_gateway,
    packages,
    problems,
    pushes,
    queries,
    quilt_buckets,
    resolution,
    restorations,
    search,
    tabulator,
    workflows,
)
from registry.services.access_counts.counting import AccessLogCounter
from registry.services.pushes.supervisor import QUERY_ARGV, WorkerSupervisor, remove_old_jobs
from registry.services.queries.housekeeping import remove_old_queries
from registry.settings import RegistrySettings
from shared.db.engine import Sessions, connections, transaction
from shared.metrics import Metric, Metrics, gauge
from shared.principals import PRINCIPAL_LOOKUPS, PrincipalSource
from shared.rates import RequestRates
from shared.revocations import lookups
from shared.runtime import settle_heap, supervised
from shared.web.app import build_app
from shared.web.workers import Work, group_of

ROUTERS = [
    buckets.router,
    bucket_totals.router,
    packages.router,
    insights.router,
    archives.router,
    links.router,
    browsing.router,
    problems.router,
    completeness.router,
    diffs.router,
    pushes.router,
    jobs.router,
    queries.router,
    bookmarks.router,
    workflows.router,
    resolution.router,
    restorations.router,
    search.router,
    tabulator.router,
    compat.router,
    quilt_buckets.router,
    quilt2_packages.router,
    quilt2_people.router,
    graphql.router,
    config.router,
    instance_theme.router,
    docs.router,
    canary.router,
    health.router,
    internal.router,
    package_gateway.router,
]
PUBLIC = {
    "GET /config.json",
    "GET /config.js",
    "GET /api/v1/config",
    "GET /docs",
    "GET /docs/{asset}",
    "GET /healthcheck",
    "GET /healthz",
    "GET /openapi.json",
    "GET /robots.txt",
    "HEAD /api/v1/queries/{query_id}/result",
    "GET /api/v1/queries/{query_id}/result",  # checks its caller itself, who may have a ticket in place of a token
    "POST /graphql",  # checks its caller itself, because of the mode OPEN
}
"""Routes without a policy. A test checks that all others have one."""

LARGER_BODIES = {
    r"/api/v1/buckets/[^/]+/packages/[^/]+/[^/]+/revisions(/[^/]+/patch)?": 16 << 20,
    r"/api/v1/buckets/[^/]+/packages/[^/]+/[^/]+/revisions/[^/]+/archives": 12 << 20,
    r"/api/v1/buckets/[^/]+/workflows/trial": 8 << 20,
    r"/graphql": 8 << 20,
    r"/api/(package|package_update)/[^/]+/[^/]+/.+": MAX_PUSH_BYTES,
    r"/api/get_objects": MAX_HASHES_BYTES,
    r"/internal/catalog/logos/[^/]+": 2 << 20,
}
"""Paths for packages with many entries, configurations and pictures, and their limits in bytes."""


def create_app(settings: RegistrySettings | None = None) -> FastAPI:
    settled = settings or RegistrySettings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settled) as opened:
            name, sessions = uuid4().hex, opened.resources.sessions
            runner = WorkerSupervisor(
                sessions, settled.jobs, name, clean=partial(remove_old_jobs, sessions, settled.jobs)
            )
            query_runner = WorkerSupervisor(
                sessions,
                settled.queries,
                name,
                QUERY_ARGV,
                queue=partial(QueryStore, max_running_per_owner=settled.queries.at_once_per_person),
                clean=partial(remove_old_queries, sessions, opened.resources.results, settled.queries),
            )
            follower = FollowerSupervisor(directory_of(settled.search), enabled=settled.search.backend == "engine")
            group = group_of(app)
            resources = replace(
                opened.resources,
                wake_workers=group.everywhere("wake_workers", runner.wake),
                wake_query_workers=group.everywhere("wake_query_workers", query_runner.wake),
            )
            install_resources(app, resources, opened.principals)
            register_metrics(app.state.metrics, opened)
            settle_heap()
            async with (
                group.leading(
                    runner.running,
                    query_runner.running,
                    follower.running,
                    partial(supervised, partial(log_store_gaps, settled)),
                    *access_log_works(resources),
                ),
                flushing(opened.resources.sessions, app.state.quilt2.events),
            ):
                yield

    app = build_app("registry", settled, lifespan, ROUTERS, larger_bodies=LARGER_BODIES, is_compressed=True)
    app.router.routes[:0] = [*fast_paths.ROUTES, *quilt2_fast_paths.ROUTES]
    return app


def access_log_works(resources: RegistryResources) -> list[Work]:
    """The count of reads in logs of S3, where the settings name some."""
    settings = resources.settings.access_logs
    if not settings.folders:
        return []
    counter = AccessLogCounter(resources.sessions, resources.objects, settings)
    return [partial(supervised, counter.run)]


async def access_log_age(sessions: Sessions, folders: list[str]) -> list[Metric]:
    async with transaction(sessions) as session:
        age = await AccessLogStore(session).age_seconds(folders)
    what = "Seconds since all files of all folders with logs of S3 were counted."
    return [gauge("patchwork_access_logs_age_seconds", what, age)]


def register_metrics(metrics: Metrics, opened: OpenedResources) -> None:
    resources = opened.resources

    async def jobs() -> list[Metric]:
        async with transaction(resources.sessions) as session:
            states = await JobStore(session).count_by_state()
        counted = {("state", state): float(count) for state, count in states.items()}
        return [gauge("patchwork_jobs", "Jobs in the database, by state.", counted)]

    async def sql_queries() -> list[Metric]:
        async with transaction(resources.sessions) as session:
            states = await QueryStore(session).count_by_state()
        counted = {("state", state): float(count) for state, count in states.items()}
        return [gauge("patchwork_queries", "Queries in SQL in the database, by state.", counted)]

    async def search() -> list[Metric]:
        status = read_status(directory_of(resources.settings.search).status_file)
        if status is None:
            return []
        lag = status.lag_seconds(now())
        return [
            *([] if lag is None else [gauge("patchwork_search_lag_seconds", "Age of the search index.", lag)]),
            gauge(
                "patchwork_search_changes_behind", "Positions in the feed of changes.", status.head - status.position
            ),
            gauge("patchwork_search_documents", "Documents in the search index.", status.documents),
            gauge("patchwork_search_bytes", "Size of the search index on disk.", status.bytes_on_disk),
        ]

    async def canary_runs() -> list[Metric]:
        async with transaction(resources.sessions) as session:
            store = CanaryRunStore(session)
            newest, passed_at = await store.newest(), await store.last_passed_at()
        if newest is None:
            return []
        seconds = {("step", str(each.name)): each.seconds for each in newest.steps}
        failed = sum(each.outcome == "failed" for each in newest.steps)
        found = [
            gauge("patchwork_canary_failed_steps", "Steps that failed in the newest run of the canary.", failed),
            gauge("patchwork_canary_step_seconds", "Seconds of each step of the newest run.", seconds),
        ]
        if passed_at:
            age = (datetime.now(UTC) - passed_at).total_seconds()
            found.append(gauge("patchwork_canary_age_seconds", "Seconds since a run of the canary passed.", age))
        return found

    metrics.probe(canary_runs)
    metrics.probe(jobs)
    metrics.probe(sql_queries)
    if resources.settings.search.backend == "engine":
        metrics.probe(search)
    if folders := resources.settings.access_logs.folders:
        metrics.probe(partial(access_log_age, resources.sessions, [each.url for each in folders]))
    metrics.reads("counter", *PRINCIPAL_LOOKUPS, lookups(opened.principals))
    metrics.reads(
        "gauge", "patchwork_database_connections", "Connections to Postgres, by state.", connections(resources.sessions)
    )
    metrics.reads(
        "gauge", "patchwork_pages_bytes", "Package tree nodes in memory.", lambda: resources.caches.nodes.held
    )


def install_resources(app: FastAPI, resources: RegistryResources, principals: PrincipalSource) -> None:
    """Put resources into the state of the app. The lifespan opens them, tests make their own."""
    app.state.resources = resources
    app.state.audit = resources.trail
    app.state.principals = principals
    app.state.quilt2 = Quilt2Resources()
    app.state.rates = RequestRates(resources.settings.rates, shared=group_of(app).rates_file)
    app.state.checks = resources.own_checks
