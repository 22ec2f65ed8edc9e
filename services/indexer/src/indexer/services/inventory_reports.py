"""Reports of S3 Inventory: lists of all objects of a bucket, which S3 makes once a day or a week.

The layout is in Amazon S3's user guide, "Cataloging and analyzing your data with S3 Inventory". A report is a manifest,
`FOLDER/YYYY-MM-DDTHH-MMZ/manifest.json`, which is complete when `manifest.checksum` is beside it, and files with rows in no order:
CSV in gzip, Parquet or ORC.
"""

import asyncio
import csv
import hashlib
import re
import zlib
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import unquote_plus

import orjson
from pydantic import BaseModel, ValidationError

from indexer.services.content_reader import StoredObject
from shared.aws.delete_markers import DeleteMarker
from shared.aws.objects import ListedObject, ObjectStore
from shared.readers.queries import RecordsQuery
from shared.sandbox.pool import SandboxPool

MAX_MANIFEST_BYTES = 16 << 20
MAX_UNPACKED_BYTES = 1 << 20
"""Bytes that are decompressed at once."""
MAX_LINE_BYTES = 64 << 10
BATCH_ROWS = 50_000
"""Rows of a Parquet or ORC file that are read at once."""

_DATED_FILE = re.compile(r"(?P<folder>.*/\d{4}-\d\d-\d\dT\d\d-\d\dZ)/manifest\.(?:json|checksum)")

_CSV_COLUMNS = ("Key", "Size", "LastModifiedDate", "ETag", "VersionId", "IsLatest", "IsDeleteMarker")
_TABLE_COLUMNS = ("key", "size", "last_modified_date", "e_tag", "version_id", "is_latest", "is_delete_marker")
_NEEDED = 4
"""The first columns, without which a report is of no use."""


class InventoryUnreadable(Exception):
    """A report lacks something, or is not what S3 writes."""


class _ReportFile(BaseModel):
    key: str
    size: int


class _Manifest(BaseModel):
    sourceBucket: str  # noqa: N815 – S3's name
    creationTimestamp: str  # noqa: N815
    fileFormat: Literal["CSV", "ORC", "Parquet"]  # noqa: N815
    fileSchema: str  # noqa: N815
    files: list[_ReportFile]


@dataclass(frozen=True, slots=True)
class InventoryReport:
    bucket: str
    """Bucket of the report."""
    key: str
    """Key of the manifest."""
    began: datetime
    """Time at which S3 began to make the report."""
    form: str
    columns: tuple[int, ...]
    """Places of the needed columns in rows of CSV, -1 for one that is missing."""
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportedObjects:
    """Rows of a report: objects as they were, and objects that were deleted. Older versions are left out."""

    objects: list[ListedObject]
    markers: list[DeleteMarker]


class InventoryReader:
    def __init__(self, objects: ObjectStore, pool: SandboxPool | None) -> None:
        """Without a pool, only reports in CSV are read."""
        self._objects = objects
        self._pool = pool

    async def find_newest(self, url: str, source: str, after: str | None) -> InventoryReport | None:
        """The newest complete report on the bucket `source` after the one with the manifest `after`; None without one.

        Raises InventoryUnreadable, BucketMissing, ObjectRefused and Unavailable.
        """
        bucket, _, folder = url.removeprefix("s3://").rstrip("/").partition("/")
        seen: dict[str, int] = {}
        # Dated folders begin with the year; those of data do not.
        async for page in self._objects.list(bucket, prefix=f"{folder}/2", after=after or ""):
            for each in page:
                if found := _DATED_FILE.fullmatch(each.key):
                    seen[found["folder"]] = seen.get(found["folder"], 0) + 1
        newest = max((each for each, files in seen.items() if files == len(("json", "checksum"))), default=None)
        if newest is None or f"{newest}/manifest.json" == after:
            return None
        return await self._read_manifest(bucket, newest, source)

    async def _read_manifest(self, bucket: str, folder: str, source: str) -> InventoryReport:
        key = f"{folder}/manifest.json"
        body = await self._read_small(bucket, key)
        checksum = await self._read_small(bucket, f"{folder}/manifest.checksum")
        if hashlib.md5(body, usedforsecurity=False).hexdigest() != checksum.decode("ascii", "replace").strip():
            raise InventoryUnreadable(f"{key} is not what its checksum says")
        try:
            manifest = _Manifest.model_validate_json(body)
            began = datetime.fromtimestamp(int(manifest.creationTimestamp) / 1000, UTC)
        except (ValidationError, ValueError, OverflowError) as error:
            raise InventoryUnreadable(f"{key} is no manifest of S3 Inventory") from error
        if manifest.sourceBucket != source:
            raise InventoryUnreadable(f"{key} is about the bucket {manifest.sourceBucket[:63]}")
        columns = _places(manifest)
        missing = [name for name, place in zip(_CSV_COLUMNS[:_NEEDED], columns, strict=False) if place < 0]
        if missing:
            raise InventoryUnreadable(
                f"The reports lack {', '.join(missing)}. Add the field to the configuration of the inventory"
            )
        if columns[4] >= 0 > min(columns[5:]):
            raise InventoryUnreadable("The reports have versions, but do not say which one is the latest")
        return InventoryReport(
            bucket, key, began, manifest.fileFormat, columns, tuple(each.key for each in manifest.files)
        )

    async def _read_small(self, bucket: str, key: str) -> bytes:
        found = await self._objects.get(bucket, key, limit=MAX_MANIFEST_BYTES + 1)
        if found is None:
            raise InventoryUnreadable(f"{key} does not exist")
        if found[0].size > MAX_MANIFEST_BYTES:
            raise InventoryUnreadable(f"{key} is larger than {MAX_MANIFEST_BYTES >> 20} MiB")
        return found[1]

    async def read(self, report: InventoryReport) -> AsyncGenerator[ReportedObjects, None]:
        """All rows of a report, batch by batch. Raises InventoryUnreadable, and what the store and the sandbox raise."""
        read_file = self._read_csv if report.form == "CSV" else self._read_table
        for key in report.files:
            async with aclosing(read_file(report, key)) as batches:
                async for rows in batches:
                    yield rows

    async def _read_csv(self, report: InventoryReport, key: str) -> AsyncGenerator[ReportedObjects, None]:
        info = await self._objects.head(report.bucket, key)
        if info is None:
            raise InventoryUnreadable(f"{key} does not exist")
        lines = _Lines(key)
        async with self._objects.stream(report.bucket, key, info) as chunks:
            async for chunk in chunks:
                parts = lines.unpack(chunk)
                while (rows := await asyncio.to_thread(_next_rows, parts, report.columns)) is not None:
                    yield rows
        yield _from_csv(lines.rest(), report.columns)

    async def _read_table(self, report: InventoryReport, key: str) -> AsyncGenerator[ReportedObjects, None]:
        if self._pool is None:
            raise InventoryUnreadable("Only reports in CSV are read here")
        info = await self._objects.head(report.bucket, key)
        if info is None:
            raise InventoryUnreadable(f"{key} does not exist")
        names = [name for name, place in zip(_TABLE_COLUMNS, report.columns, strict=True) if place >= 0]
        source = StoredObject(self._objects, report.bucket, info)
        offset = 0
        while True:
            query = RecordsQuery(columns=names, offset=offset, limit=BATCH_ROWS)
            answer = await self._pool.run("records", "tables", key, query, source, scope=report.bucket)
            count, rows = await asyncio.to_thread(_from_table, answer.body, names)
            if not count:
                return
            yield rows
            offset += count


def _places(manifest: _Manifest) -> tuple[int, ...]:
    if manifest.fileFormat == "CSV":
        names = [name.strip() for name in manifest.fileSchema.split(",")]
        wanted = _CSV_COLUMNS
    else:
        names = re.findall(r"\w+", manifest.fileSchema)
        wanted = _TABLE_COLUMNS
    return tuple(names.index(name) if name in names else -1 for name in wanted)


class _Lines:
    """Whole lines of a file in gzip, which comes in chunks."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._unpacking = zlib.decompressobj(wbits=31)
        self._begun = b""

    def unpack(self, chunk: bytes) -> Iterator[list[str]]:
        while chunk:
            try:
                data = self._begun + self._unpacking.decompress(chunk, MAX_UNPACKED_BYTES)
            except zlib.error as error:
                raise InventoryUnreadable(f"{self._key} is no file in gzip") from error
            *lines, self._begun = data.split(b"\n")
            if len(self._begun) > MAX_LINE_BYTES:
                raise InventoryUnreadable(f"{self._key} has a line of more than {MAX_LINE_BYTES >> 10} kB")
            if lines:
                yield [line.decode("utf-8", "replace") for line in lines]
            chunk = self._unpacking.unconsumed_tail
            if self._unpacking.eof:
                chunk = self._unpacking.unused_data
                self._unpacking = zlib.decompressobj(wbits=31)

    def rest(self) -> list[str]:
        """The last line, when it does not end with a line feed."""
        return [self._begun.decode("utf-8", "replace")] if self._begun else []


def _next_rows(parts: Iterator[list[str]], columns: tuple[int, ...]) -> ReportedObjects | None:
    """The rows of the next part of a file; None after the last one."""
    part = next(parts, None)
    return None if part is None else _from_csv(part, columns)


def _from_csv(lines: Sequence[str], columns: tuple[int, ...]) -> ReportedObjects:
    key, size, modified, etag, version, latest, marker = columns
    objects: list[ListedObject] = []
    markers: list[DeleteMarker] = []
    try:
        for row in csv.reader(lines):
            if latest >= 0 and row[latest] != "true":
                continue
            name = unquote_plus(row[key])
            at = datetime.fromisoformat(row[modified])
            if marker >= 0 and row[marker] == "true":
                markers.append(DeleteMarker(name, row[version] if version >= 0 else "null", at))
            else:
                objects.append(ListedObject(name, int(row[size]), row[etag].strip('"'), at))
    except (csv.Error, ValueError, IndexError) as error:
        raise InventoryUnreadable("A row of the report cannot be read") from error
    return ReportedObjects(objects, markers)


def _from_table(body: bytes, names: Sequence[str]) -> tuple[int, ReportedObjects]:
    """The number of rows, and what they say."""
    rows: list[list[Any]] = orjson.loads(body)["rows"]
    objects: list[ListedObject] = []
    markers: list[DeleteMarker] = []
    try:
        for row in rows:
            of = dict(zip(names, row, strict=True))
            if of.get("is_latest") is False:
                continue
            at = datetime.fromtimestamp(of["last_modified_date"] / 1000, UTC)
            if of.get("is_delete_marker"):
                markers.append(DeleteMarker(of["key"], of.get("version_id") or "null", at))
            else:
                objects.append(ListedObject(of["key"], int(of["size"]), of["e_tag"].strip('"'), at))
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InventoryUnreadable("A row of the report cannot be read") from error
    return len(rows), ReportedObjects(objects, markers)
