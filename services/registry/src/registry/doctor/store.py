"""Checks of the object store: the features that clients need, and the set-up of registered buckets."""

from collections.abc import Sequence

import structlog

from registry.db.buckets import BucketStore
from registry.doctor.database import clock_finding, opened_database
from registry.doctor.findings import Finding, FindingState, failed, has_expired_certificate, ok, warning
from registry.settings import RegistrySettings
from shared.aws.buckets import S3BucketSetup
from shared.aws.clients import open_s3
from shared.aws.store_probe import StoreUnwritable, probe_store
from shared.concurrency import bounded_gather
from shared.db.engine import sessions_of, transaction

log = structlog.get_logger()

MAX_CONCURRENT_BUCKETS = 8
PROBES = "queries/"
"""Prefix that the registry may write in the service bucket."""
WORDS_OF_A_FULL_DISK = ("No space left on device", "Insufficient Storage", "StorageFull")


async def log_store_gaps(settings: RegistrySettings) -> None:
    """Log what a store other than AWS's lacks, before clients find out."""
    if not settings.aws.endpoint_url or not settings.catalog.service_bucket:
        return
    for finding in await check_store(settings):
        if finding.state is not FindingState.OK:
            log.warning("store_lacks", seen=finding.seen, advice=finding.advice)


async def check_store(settings: RegistrySettings) -> Sequence[Finding]:
    bucket = settings.catalog.service_bucket
    if not bucket:
        advice = "Set REGISTRY_CATALOG__SERVICE_BUCKET, in which the store is then tried"
        return [warning("store", "There is no service bucket to try the store in", advice)]
    async with open_s3(settings.aws, attempts=2) as s3:
        try:
            report = await probe_store(s3, bucket, PROBES)
        except StoreUnwritable as error:
            return [failed("store", str(error), _advice(str(error)))]
    able = [each.feature for each in report.findings if each.was_tried and not each.problem]
    untried = [each.feature for each in report.findings if not each.was_tried]
    seen = f"It can do: {', '.join(able)}" + (
        f". Not tried, for want of rights or versions: {', '.join(untried)}" if untried else ""
    )
    lacking = [
        (failed if each.need == "required" else warning)(
            "store",
            f"{each.feature}: {each.problem}",
            f"{each.without}. docs/install/stores.md lists stores that can do it",
        )
        for each in report.findings
        if each.problem
    ]
    return [ok("store", seen), *lacking, clock_finding("clock of the store", "the store", report.clock_ahead_seconds)]


def _advice(said: str) -> str:
    if any(words in said for words in WORDS_OF_A_FULL_DISK):
        return "The disk of the store is full: make it larger, or remove versions that are not needed"
    if "RequestTimeTooSkewed" in said:
        return "The clock of this machine is 15 minutes or more from that of the store: set the clocks with NTP"
    if has_expired_certificate(said):
        return "The certificate of the store has expired: renew it"
    return "The store must be reachable, and the registry must have the rights that the install page lists"


async def check_buckets(settings: RegistrySettings) -> Sequence[Finding]:
    async with opened_database(settings) as engine, transaction(sessions_of(engine)) as session:
        names = await BucketStore(session).names()
    async with open_s3(settings.aws, attempts=2) as s3:
        setup = S3BucketSetup(
            s3,
            region=settings.aws.region,
            queue_arn=settings.events.queue_arn,
            origin=settings.public.catalog_url,
        )
        problems = await bounded_gather(MAX_CONCURRENT_BUCKETS, setup.problem, names)
    bad = [
        failed(f"bucket {name}", problem, "Set it up again: PUT /api/v1/buckets/<bucket>, or the button in the catalog")
        for name, problem in zip(names, problems, strict=True)
        if problem
    ]
    return [*bad, ok("buckets", f"{len(names) - len(bad)} of {len(names)} are as they were set up")]
