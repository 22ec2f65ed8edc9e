from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from indexer.db.buckets import BucketStore
from indexer.resources import Resources, open_resources
from indexer.routes import events, internal
from indexer.services.buckets import BucketService
from indexer.services.key_indexer import Looks
from indexer.services.manifests import ManifestService
from indexer.services.packages import PackageService
from indexer.services.reconcile import ReconcileService
from indexer.services.scan_schedule import Agenda
from indexer.services.sweep import SweepService
from indexer.settings import Settings
from indexer.worker import Worker
from shared.db.engine import connections, transaction
from shared.metrics import Metric, Metrics, gauge
from shared.web.app import build_app

ROUTERS = [internal.router, events.router]


def create_app(settings: Settings | None = None) -> FastAPI:
    settled = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settled) as resources:
            app.state.checks = resources.checks
            worker = make_worker(resources)
            watch(app.state.metrics, resources, worker)
            app.state.buckets, app.state.looks, app.state.agenda = worker.buckets, worker.looks, worker.agenda
            app.state.events = resources.queue
            async with worker.running():
                yield

    return build_app("indexer", settled, lifespan, ROUTERS)


def watch(metrics: Metrics, resources: Resources, worker: Worker) -> None:
    async def waiting() -> list[Metric]:
        return [gauge("patchwork_queue_messages", "Messages that wait.", await resources.queue.depth())]

    metrics.probe(waiting)
    what = "Age of the oldest message of those last received."
    metrics.reads("gauge", "patchwork_queue_oldest_seconds", what, lambda: worker.oldest_seconds)
    what = "From an event's being sent until the index had it."
    worker.observe = metrics.seconds("patchwork_indexing_lag_seconds", what).observe
    metrics.reads("gauge", "patchwork_database_connections", "To Postgres.", connections(resources.sessions))


def make_worker(resources: Resources) -> Worker:
    sessions, objects, settings = resources.sessions, resources.objects, resources.settings
    manifests = ManifestService(sessions, objects, record_limit=settings.record_limit)
    looks = Looks(sessions, objects, manifests, PackageService(sessions, objects, manifests))

    async def ready() -> None:
        async with transaction(sessions) as session:
            await BucketStore(session).names()
        await objects.ping()

    return Worker(
        agenda=Agenda(),
        queue=resources.queue,
        buckets=BucketService(sessions, resources.registry),
        looks=looks,
        reconcile=ReconcileService(sessions, objects, looks),
        sweep=SweepService(sessions),
        ready=ready,
        receivers=settings.receivers,
        reconcile_seconds=settings.reconcile_seconds,
        sweep_seconds=settings.sweep_seconds,
    )
