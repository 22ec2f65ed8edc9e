import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from indexer.db.buckets import IndexedBucketStore
from indexer.db.slices import SliceStore
from indexer.db.unindexed_keys import UnindexedKeyStore
from indexer.db.unread_objects import UnreadObjectStore
from indexer.resources import IndexerResources, open_resources
from indexer.routes import events, internal
from indexer.services.archive_layouts import ArchiveLayoutService
from indexer.services.buckets import IndexedBucketService
from indexer.services.content_reader import ContentReader
from indexer.services.inventories import InventoryService
from indexer.services.inventory_reports import InventoryReader
from indexer.services.key_indexer import MAX_CONCURRENT_WRITES, KeyIndexer
from indexer.services.labels import LabelService
from indexer.services.manifests import ManifestIndexer
from indexer.services.packages import PackageIndexer
from indexer.services.reading import ReadingService
from indexer.services.reconcile import ReconcileService
from indexer.services.scan_schedule import ScanSchedule
from indexer.services.search_indexes import settle_search_indexes
from indexer.services.sweep import SweepService
from indexer.settings import IndexerSettings
from indexer.worker import IndexWorker
from shared.db.engine import connections, transaction
from shared.metrics import Metric, Metrics, gauge
from shared.runtime import supervised
from shared.web.app import build_app

ROUTERS = [internal.router, events.router]
MAX_HANDOVER_BYTES = 8 << 30
"""New pages of a package with a hundred million files."""


def create_app(settings: IndexerSettings | None = None) -> FastAPI:
    settled = settings or IndexerSettings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settled) as resources:
            app.state.checks = resources.checks
            worker = make_worker(resources)
            watch(app.state.metrics, resources, worker)
            app.state.buckets, app.state.key_indexer, app.state.schedule = (
                worker.buckets,
                worker.key_indexer,
                worker.schedule,
            )
            app.state.archive_layouts = ArchiveLayoutService(resources.sessions)
            app.state.events = resources.queue
            async with (
                worker.running(),
                supervised(
                    partial(settle_search_indexes, resources.sessions, wanted=settled.postgres_search),
                    LabelService(resources.sessions).run,
                ),
            ):
                yield

    return build_app("indexer", settled, lifespan, ROUTERS, larger_bodies={r"/internal/trees": MAX_HANDOVER_BYTES})


def watch(metrics: Metrics, resources: IndexerResources, worker: IndexWorker) -> None:
    async def waiting() -> list[Metric]:
        return [gauge("patchwork_queue_messages", "Messages that wait in the queue.", await resources.queue.depth())]

    async def unindexed() -> list[Metric]:
        async with transaction(resources.sessions) as session:
            count = await UnindexedKeyStore(session).count()
        return [gauge("patchwork_unindexed_keys", "Keys that could not be indexed.", count)]

    async def comparisons() -> list[Metric]:
        async with transaction(resources.sessions) as session:
            slices = SliceStore(session)
            seconds = await slices.oldest_comparison_seconds()
            compared, new = await slices.counts()
        behind = "Seconds since the oldest comparison of a part of a bucket: the index has every change before that."
        return [
            gauge("patchwork_comparison_age_seconds", behind, seconds),
            gauge(
                "patchwork_slices",
                "Parts of buckets that are compared at once.",
                {("state", "compared"): compared, ("state", "new"): new},
            ),
        ]

    async def unread() -> list[Metric]:
        async with transaction(resources.sessions) as session:
            store = UnreadObjectStore(session)
            counts = {("reads", what): await store.count(with_text=what == "text") for what in ("text", "metadata")}
        what = "Objects whose text or metadata remains to be read; at most 100,000 are counted."
        return [gauge("patchwork_unread_objects", what, counts)]

    if resources.sandbox:
        resources.sandbox.watch(metrics)
    metrics.probe(waiting)
    metrics.probe(unindexed)
    metrics.probe(comparisons)
    metrics.probe(unread)
    what = "Listing requests for comparisons."
    metrics.reads("counter", "patchwork_list_requests", what, lambda: worker.reconcile.requests)
    what = "Age of the oldest message of the last batch received."
    metrics.reads("gauge", "patchwork_queue_oldest_seconds", what, lambda: worker.oldest_seconds)
    what = "Seconds from the sending of an event until it is indexed."
    worker.observe = metrics.seconds("patchwork_indexing_lag_seconds", what).observe
    metrics.reads(
        "gauge", "patchwork_database_connections", "Connections to Postgres.", connections(resources.sessions)
    )


def make_worker(resources: IndexerResources) -> IndexWorker:
    sessions, objects, settings = resources.sessions, resources.objects, resources.settings
    manifests = ManifestIndexer(
        sessions, objects, record_limit=settings.record_limit, processes=resources.block_processes
    )
    slots = asyncio.Semaphore(MAX_CONCURRENT_WRITES)
    packages = PackageIndexer(sessions, objects, manifests, slots, resources.authors)
    contents = ContentReader(objects, resources.sandbox) if resources.sandbox else None
    key_indexer = KeyIndexer(
        sessions, objects, manifests, packages, slots, contents=contents, markers=resources.markers
    )

    async def ready() -> None:
        async with transaction(sessions) as session:
            await IndexedBucketStore(session).names()
        await objects.ping()
        if resources.authors:
            await resources.authors.keys()

    return IndexWorker(
        schedule=ScanSchedule(),
        queue=resources.queue,
        buckets=IndexedBucketService(sessions, resources.registry),
        key_indexer=key_indexer,
        packages=packages,
        reconcile=ReconcileService(
            sessions,
            objects,
            key_indexer,
            interval_seconds=settings.reconcile_seconds,
            max_list_requests_a_day=settings.max_list_requests_a_day,
            markers=resources.markers,
        ),
        reading=ReadingService(sessions, key_indexer, max_head_requests_a_day=settings.max_head_requests_a_day),
        inventories=InventoryService(sessions, InventoryReader(objects, resources.sandbox), key_indexer),
        sweep=SweepService(sessions),
        ready=ready,
        receivers=settings.receivers,
        sweep_seconds=settings.sweep_seconds,
    )
