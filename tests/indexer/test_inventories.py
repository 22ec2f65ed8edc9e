"""Reports of S3 Inventory are a source of the first documents of a bucket, and what its index is compared with."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import pyarrow as pa
import pyarrow.orc as pa_orc
import pyarrow.parquet as pq
import pytest
from support.data.manifests import entry, manifest
from support.sandbox.pools import REQUIRED
from support.worlds.index_world import BUCKET, IndexWorld

from indexer.services.inventories import InventoryService
from indexer.services.inventory_reports import InventoryReader
from indexer.services.reconcile import ReconcileService
from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings

REPORTS = "reports"
FOLDER = f"inventory/{BUCKET}/daily"
URL = f"s3://{REPORTS}/{FOLDER}"
SLICE_KEYS = 100
HOUR = timedelta(hours=1)
ODD_KEY = 'a b+c/é "quoted", \U0001f377%2F.csv'

CSV_SCHEMA = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass"
PARQUET_SCHEMA = (
    "message s3.inventory {  required binary bucket (STRING);  required binary key (STRING);  optional binary version_id (STRING);"
    "  optional boolean is_latest;  optional boolean is_delete_marker;  optional int64 size;"
    "  optional int64 last_modified_date (TIMESTAMP(MILLIS,true));  optional binary e_tag (STRING);"
    "  optional binary storage_class (STRING);}"
)
ORC_SCHEMA = (
    "struct<bucket:string,key:string,version_id:string,is_latest:boolean,is_delete_marker:boolean,size:bigint,"
    "last_modified_date:timestamp,e_tag:string,storage_class:string>"
)


@dataclass(frozen=True)
class ReportRow:
    key: str
    version_id: str
    is_latest: bool
    is_delete_marker: bool
    size: int | None
    modified: datetime
    etag: str | None


def csv_file(rows: Iterable[ReportRow]) -> bytes:
    made = io.StringIO()
    writer = csv.writer(made, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for row in rows:
        flags = ["true" if flag else "false" for flag in (row.is_latest, row.is_delete_marker)]
        at = row.modified.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        size = "" if row.size is None else row.size
        writer.writerow([BUCKET, quote_plus(row.key), row.version_id, *flags, size, at, row.etag or "", "STANDARD"])
    return gzip.compress(made.getvalue().encode())


def table(rows: Iterable[ReportRow]) -> pa.Table:
    found = list(rows)
    times = [row.modified for row in found]
    return pa.table(
        {
            "bucket": [BUCKET] * len(found),
            "key": pa.array([row.key for row in found], pa.string()),
            "version_id": pa.array([row.version_id for row in found], pa.string()),
            "is_latest": [row.is_latest for row in found],
            "is_delete_marker": [row.is_delete_marker for row in found],
            "size": pa.array([row.size for row in found], pa.int64()),
            "last_modified_date": pa.array(times, pa.timestamp("ms", "UTC")),
            "e_tag": pa.array([row.etag for row in found], pa.string()),
            "storage_class": ["STANDARD"] * len(found),
        }
    )


def parquet_file(rows: Iterable[ReportRow]) -> bytes:
    made = io.BytesIO()
    pq.write_table(table(rows), made, row_group_size=70, compression="snappy")
    return made.getvalue()


def orc_file(rows: Iterable[ReportRow]) -> bytes:
    made = io.BytesIO()
    pa_orc.write_table(table(rows), made, compression="zlib")
    return made.getvalue()


FORMS: dict[str, tuple[Any, str, str]] = {
    "CSV": (csv_file, CSV_SCHEMA, "csv.gz"),
    "Parquet": (parquet_file, PARQUET_SCHEMA, "parquet"),
    "ORC": (orc_file, ORC_SCHEMA, "orc"),
}


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[SandboxPool]:
    async with SandboxPool(SandboxSettings(required=REQUIRED, seconds=120, spare_workers=0)) as pool:
        yield pool


@pytest.fixture
def reported(stage: IndexWorld) -> IndexWorld:
    """A bucket with versions that S3 Inventory reports."""
    stage.s3.add_bucket(REPORTS)
    stage.s3.versioned.add(BUCKET)
    stage.registry.inventory_url = URL
    return stage


def inventories(stage: IndexWorld, sandbox: SandboxPool | None = None) -> InventoryService:
    return InventoryService(
        stage.sessions, InventoryReader(stage.s3, sandbox), stage.worker.key_indexer, slice_keys=SLICE_KEYS
    )


def listings(stage: IndexWorld) -> ReconcileService:
    return ReconcileService(
        stage.sessions,
        stage.s3,
        stage.worker.key_indexer,
        interval_seconds=900,
        max_list_requests_a_day=100_000,
        markers=stage.s3,
        slice_keys=SLICE_KEYS,
    )


async def rows_of(stage: IndexWorld) -> list[ReportRow]:
    """The rows that a report on the bucket has now, and an older version."""
    rows = [
        ReportRow(each.key, "v0", True, False, each.size, each.modified, each.etag)
        async for page in stage.s3.list(BUCKET)
        for each in page
    ]
    rows += [
        ReportRow(each.key, each.version_id, True, True, None, each.modified, None)
        async for deleted in stage.s3.list_delete_markers(BUCKET)
        for each in deleted.markers
    ]
    older = ReportRow("0001", "older", False, False, 5, datetime(2020, 1, 1, tzinfo=UTC), "0" * 32)
    return [older, *reversed(rows)]


async def report(
    stage: IndexWorld, rows: list[ReportRow], form: str = "CSV", *, at: datetime | None = None, **changes: Any
) -> None:
    """Write a report in two files, as S3 does."""
    at = at or datetime.now(UTC)
    make, schema, ending = FORMS[form]
    files = []
    for number, part in enumerate((rows[: len(rows) // 2], rows[len(rows) // 2 :])):
        body = make(part)
        key = f"{FOLDER}/data/{at:%H%M%S}-{number}.{ending}"
        await stage.s3.put(REPORTS, key, body)
        files.append({"key": key, "size": len(body), "MD5checksum": hashlib.md5(body).hexdigest()})  # noqa: S324
    made = {
        "sourceBucket": BUCKET,
        "destinationBucket": f"arn:aws:s3:::{REPORTS}",
        "version": "2016-11-30",
        "creationTimestamp": str(int(at.timestamp() * 1000)),
        "fileFormat": form,
        "fileSchema": schema,
        "files": files,
        **changes,
    }
    folder, body = f"{FOLDER}/{at:%Y-%m-%dT%H-%MZ}", json.dumps(made).encode()
    await stage.s3.put(REPORTS, f"{folder}/manifest.json", body)
    await stage.s3.put(REPORTS, f"{folder}/manifest.checksum", hashlib.md5(body).hexdigest().encode())  # noqa: S324
    await stage.s3.put(REPORTS, f"{FOLDER}/hive/dt={at:%Y-%m-%d-%H-%M}/symlink.txt", b"s3://...")


async def fill(stage: IndexWorld, count: int) -> None:
    for number in range(count):
        await stage.put(f"{number:04}", f"{number}", with_event=False)


def problem_of(found: list[tuple[object, ...]]) -> str:
    [(problem,)] = found
    return str(problem)


@pytest.mark.parametrize("form", FORMS)
async def test_the_first_documents_of_a_bucket_are_those_of_a_report_and_listings_correct_them(
    reported: IndexWorld, sandbox: SandboxPool, form: str
) -> None:
    await fill(reported, 1000)
    await reported.put(ODD_KEY, "odd", with_event=False)
    await reported.push("amy/wine", "1785312000", *manifest(entry("a")), with_event=False)
    await reported.put("gone.csv", "x", with_event=False)
    await reported.s3.delete(BUCKET, "gone.csv")
    made = await rows_of(reported)
    made.append(ReportRow("ghost.csv", "v0", True, False, 3, datetime(2025, 1, 1, tzinfo=UTC), "1" * 32))
    at = datetime.now(UTC) - 2 * HOUR
    await report(reported, made, form, at=at)
    await reported.worker.buckets.sync_registered()
    service = listings(reported)
    await service.cover(BUCKET)
    assert await service.reconcile_due() == 0  # they wait for the report
    assert await inventories(reported, sandbox).compare_due() == 1
    assert service.requests == 0
    assert await reported.rows("SELECT count(*) FROM object WHERE key ~ '^[0-9]{4}$'") == [(1000,)]
    assert await reported.rows("SELECT key FROM object WHERE key !~ '^[0-9]{4}$' ORDER BY key") == [
        (ODD_KEY,),
        ("ghost.csv",),
    ]
    assert await reported.rows("SELECT key FROM delete_marker") == [("gone.csv",)]
    assert await reported.package("amy/wine")
    [(slices, uncompared, sum_listed)] = await reported.rows(
        "SELECT count(*), count(*) FILTER (WHERE compared_at IS NULL), sum(listed_objects) FROM slice"
    )
    assert (uncompared, sum_listed) == (0, 1002)
    assert int(str(slices)) > 3
    [(compared_at,)] = await reported.rows("SELECT DISTINCT compared_at FROM slice")
    assert isinstance(compared_at, datetime)
    assert abs(compared_at - at) < timedelta(seconds=1)
    await service.reconcile_due()
    while await service.reconcile_due():
        pass
    assert await reported.rows("SELECT key FROM object WHERE key = 'ghost.csv'") == []
    assert await reported.rows("SELECT count(*) FROM object") == [(1001,)]


async def test_a_later_report_spares_listings_where_it_agrees_and_has_them_made_where_it_does_not(
    reported: IndexWorld,
) -> None:
    await fill(reported, 1000)
    await report(reported, await rows_of(reported), at=datetime.now(UTC) - 26 * HOUR)
    await reported.worker.buckets.sync_registered()
    service, reports = listings(reported), inventories(reported)
    await service.cover(BUCKET)
    assert await reports.compare_due() == 1
    while await service.reconcile_due():
        pass
    assert await reports.compare_due() == 0  # it looks again later
    await reported.put("0500", "it has changed without its event", with_event=False)
    await report(reported, await rows_of(reported), at=datetime.now(UTC) + HOUR)
    await reported.change("UPDATE inventory SET read_at = now() - interval '1 hour'")
    await reported.change("UPDATE slice SET compared_at = now() - interval '20 hours', requested_at = NULL")
    requests = service.requests
    assert await reports.compare_due() == 1
    [(suspected,)] = await reported.rows("SELECT count(*) FROM slice WHERE suspected_at > compared_at")
    assert suspected == 1
    assert await service.reconcile_due() == 1
    assert service.requests - requests == 1
    assert await reported.rows("SELECT size FROM object WHERE key = '0500'") == [(32,)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sourceBucket": "other"}, "is about the bucket other"),
        ({"fileSchema": "Bucket, Key, Size, LastModifiedDate"}, "lack ETag"),
        ({"fileSchema": CSV_SCHEMA.replace(" IsLatest,", "")}, "which one is the latest"),
        ({"fileFormat": "TSV"}, "is no manifest of S3 Inventory"),
        ({"files": [{"key": f"{FOLDER}/data/missing.csv.gz", "size": 1}]}, "does not exist"),
        ({"fileFormat": "Parquet", "fileSchema": PARQUET_SCHEMA}, "Only reports in CSV are read here"),
    ],
)
async def test_a_report_that_cannot_be_used_says_why_and_the_bucket_is_listed(
    reported: IndexWorld, changes: dict[str, Any], said: str
) -> None:
    await fill(reported, 10)
    await report(reported, await rows_of(reported), **changes)
    await reported.worker.buckets.sync_registered()
    service = listings(reported)
    await service.cover(BUCKET)
    assert await inventories(reported).compare_due() == 1
    assert said in problem_of(await reported.rows("SELECT problem FROM inventory"))
    assert await service.reconcile_due() == 1
    assert await reported.rows("SELECT count(*) FROM object") == [(10,)]


@pytest.mark.parametrize(
    ("key", "body", "said"),
    [
        ("manifest.checksum", b"0" * 32, "is not what its checksum says"),
        ("data", gzip.compress(b'"a","b"\n', mtime=0), "cannot be read"),
        ("data", b"no gzip", "is no file in gzip"),
        ("data", gzip.compress(b"x" * 2_000_000, mtime=0), "has a line of more than"),
    ],
)
async def test_a_damaged_report_says_why_and_the_bucket_is_listed(
    reported: IndexWorld, key: str, body: bytes, said: str
) -> None:
    await fill(reported, 10)
    await report(reported, await rows_of(reported))
    [damaged] = [
        each.key
        async for page in reported.s3.list(REPORTS)
        for each in page
        if key in each.key and "-1." not in each.key
    ]
    await reported.s3.put(REPORTS, damaged, body)
    await reported.worker.buckets.sync_registered()
    service = listings(reported)
    await service.cover(BUCKET)
    assert await inventories(reported).compare_due() == 1
    assert said in problem_of(await reported.rows("SELECT problem FROM inventory"))
    assert await service.reconcile_due() == 1
    assert await reported.rows("SELECT count(*) FROM object") == [(10,)]


async def test_a_bucket_whose_first_report_is_not_there_yet_is_listed(reported: IndexWorld) -> None:
    await fill(reported, 10)
    await reported.s3.put(REPORTS, f"{FOLDER}/2026-11-29T01-00Z/manifest.json", b"{}")  # without its checksum
    await reported.worker.buckets.sync_registered()
    service = listings(reported)
    await service.cover(BUCKET)
    assert await inventories(reported).compare_due() == 1
    assert await service.reconcile_due() == 1
    assert await reported.rows("SELECT problem, report, is_awaited FROM inventory") == [(None, None, False)]
