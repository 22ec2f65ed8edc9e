from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from s3proxy.resources import S3ProxyResources, open_resources
from s3proxy.routes import archives, browsing, gateway, previews, quilt_previews, quilt_zip
from s3proxy.routes.document import DATA_PATH
from s3proxy.routes.passthrough import Passthrough
from s3proxy.settings import S3ProxySettings
from shared.metrics import Metrics, Read
from shared.rates import RequestRates
from shared.revocations import lookups
from shared.web.app import build_app
from shared.web.tracing import trace_requests
from shared.web.workers import group_of

PUBLIC = frozenset(
    {
        # The URL of the object is presigned: the store and the ledger check it.
        "GET /lambda/preview",
        "GET /lambda/tabular-preview",
        "GET /lambda/thumbnail",
        "GET /lambda/transcode",
        # The form has the token.
        "POST /zip/package/{bucket}/{author}/{name}/{revision}",
        "POST /zip/package/{bucket}/{author}/{name}/{revision}/{path:path}",
        "POST /zip/dir/{bucket}/{prefix:path}",
        # All other paths, which are answered with 404.
        *(f"{method} /lambda/{{rest:path}}" for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")),
    }
)
"""Routes whose requests need no signature."""

SIGNER_LOOKUPS = (
    "patchwork_signer_lookups",
    "Lookups of the owner of an S3 credential, from the cache (hit) or from auth (miss).",
)
BEARER_LOOKUPS = (
    "patchwork_bearer_lookups",
    "Lookups of the caller of a token or ticket, and of credentials to read a bucket, from the cache (hit) or from auth (miss).",
)


def create_app(settings: S3ProxySettings | None = None) -> FastAPI:
    settled = (settings or S3ProxySettings()).of_one_worker()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settled) as resources:
            app.state.resources = resources
            app.state.audit = resources.trail
            watch(app.state.metrics, resources)
            app.state.checks = {"buckets": resources.buckets.require_known, "store": resources.check_store}
            yield

    routers = [
        quilt_previews.router,
        quilt_zip.router,
        gateway.router,
        previews.router,
        archives.router,
        browsing.router,
    ]
    app = build_app("s3proxy", settled, lifespan, routers, described=DATA_PATH, is_compressed=True)
    app.state.rates = RequestRates(settled.rates, shared=group_of(app).rates_file)
    app.add_middleware(Passthrough, requests=app.state.metrics.requests)
    trace_requests(app)
    return app


def watch(metrics: Metrics, resources: S3ProxyResources) -> None:
    traffic, signers = resources.traffic, resources.signers
    directions: dict[tuple[str, str], Read] = {
        ("direction", "sent"): lambda: traffic.sent,
        ("direction", "received"): lambda: traffic.received,
    }
    metrics.reads(
        "counter", "patchwork_proxied_bytes", "Bytes of objects sent to and received from callers.", directions
    )
    metrics.reads("counter", *SIGNER_LOOKUPS, lookups(signers))
    metrics.reads("counter", *BEARER_LOOKUPS, lookups(resources.bearers))
    results = resources.previews.cache.results
    sources: dict[tuple[str, str], Read] = {
        ("source", source): partial(results.__getitem__, source) for source in ("memory", "bucket", "reader")
    }
    metrics.reads(
        "counter",
        "patchwork_preview_answers",
        "Answers about files, from memory, the service bucket, or a reader.",
        sources,
    )
    archived = resources.archives.traffic
    formats: dict[tuple[str, str], Read] = {
        ("format", label): partial(archived.sent.__getitem__, label) for label in ("tar", "zip", "file")
    }
    metrics.reads("counter", "patchwork_downloaded_bytes", "Bytes of archives and of files of packages.", formats)
    ends: dict[tuple[str, str], Read] = {
        ("end", end): partial(archived.ended.__getitem__, end) for end in ("complete", "cut", "left")
    }
    metrics.reads(
        "counter", "patchwork_downloads", "Archives and files of packages that were sent, by their end.", ends
    )
    metrics.reads("gauge", "patchwork_archives_running", "Archives that are being sent.", archived.running.total)
    resources.pool.watch(metrics)
