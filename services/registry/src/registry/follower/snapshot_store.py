"""Snapshots of the index in S3, for machines that have none.

    search/<format>/files/<name>            a file of the index, which never changes
    search/<format>/snapshots/<name>.json   a snapshot: its files and position, written after them
    search/<format>/lease.json              the follower that makes snapshots

A snapshot exists when its list does. Files are removed when no list names them, lists before their files.
"""

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import structlog
from pydantic import BaseModel, ValidationError

from registry.follower.directory import CommitFiles, IndexDirectory
from registry.follower.snapshots import Snapshot, SnapshotDamaged, SnapshotFile, SnapshotName
from shared.aws.objects import ListedObject, NotAsSeen, ObjectMissing, ObjectStore
from shared.concurrency import bounded_gather

PREFIX = "search/"
PART_BYTES = 8 << 20
MAX_LIST_BYTES = 16 << 20
MAX_CONCURRENT_FILES = 2
KEPT_SNAPSHOTS = 2
"""The newest one, and the one that a follower may be downloading."""
UNFINISHED = timedelta(days=1)
"""Files that no list names are removed when they are older: their upload has been given up."""

log = structlog.get_logger()


class Lease(BaseModel):
    holder: str
    until: datetime


class SnapshotStore:
    """Implements `Snapshots`."""

    def __init__(self, objects: ObjectStore, bucket: str, index_format: str, *, holder: str | None = None) -> None:
        self._objects = objects
        self._bucket = bucket
        self._prefix = f"{PREFIX}{index_format}/"
        self._format = index_format
        self._holder = holder or uuid4().hex

    async def names(self) -> list[SnapshotName]:
        found = [_snapshot_name(each) for each in await self._list(f"{self._prefix}snapshots/")]
        return sorted((each for each in found if each), key=lambda each: (each.written_at, each.position), reverse=True)

    async def read(self, name: SnapshotName) -> Snapshot:
        found = await self._objects.get(self._bucket, name.key, limit=MAX_LIST_BYTES)
        try:
            return Snapshot.model_validate_json(found[1] if found else b"")
        except ValidationError as error:
            raise SnapshotDamaged(f"{name.key} cannot be read") from error

    async def download(self, snapshot: Snapshot, directory: IndexDirectory) -> None:
        directory.remove_leftovers()
        directory.download.mkdir(mode=0o700)

        async def fetch(file: SnapshotFile) -> None:
            await self._download(file, directory.download / _plain(file.name))

        await bounded_gather(MAX_CONCURRENT_FILES, fetch, snapshot.files)
        directory.complete_download(snapshot.meta.encode(), [file.name for file in snapshot.files])

    async def _download(self, file: SnapshotFile, target: Path) -> None:
        key = f"{self._prefix}files/{file.name}"
        digest = hashlib.sha256()
        info = await self._objects.head(self._bucket, key)
        if info is None or info.size != file.size:
            raise SnapshotDamaged(f"{key} is missing, or has another size")
        try:
            async with self._objects.stream(self._bucket, key, info) as chunks:
                with target.open("wb") as opened:
                    async for chunk in chunks:
                        await asyncio.to_thread(opened.write, chunk)
                        digest.update(chunk)
        except ObjectMissing as error:
            raise SnapshotDamaged(f"{key} has been removed") from error
        if digest.hexdigest() != file.sha256:
            raise SnapshotDamaged(f"{key} has another content")

    async def upload(
        self, files: CommitFiles, directory: IndexDirectory, *, feed: UUID, position: int, made_at: datetime
    ) -> SnapshotName:
        known = await self._known_files()
        there = {each.key: each.size for each in await self._list(f"{self._prefix}files/")}

        async def send(name: str) -> SnapshotFile:
            path, key = directory.copy / name, f"{self._prefix}files/{name}"
            size = path.stat().st_size
            former = known.get(name)
            if former and former.size == size == there.get(key):
                return former
            return await self._upload(path, key, size)

        sent = await bounded_gather(MAX_CONCURRENT_FILES, send, files.names)
        snapshot = Snapshot(feed=feed, position=position, made_at=made_at, meta=files.meta.decode(), files=sent)
        key = f"{self._prefix}snapshots/{position:020}_{feed}_{uuid4().hex[:8]}.json"
        await self._objects.put(self._bucket, key, snapshot.model_dump_json().encode())
        return SnapshotName(self._format, position, feed, key, datetime.now(UTC))

    async def _upload(self, path: Path, key: str, size: int) -> SnapshotFile:
        digest = hashlib.sha256()

        def parts() -> Iterator[bytes]:
            with path.open("rb") as opened:
                while part := opened.read(PART_BYTES):
                    digest.update(part)
                    yield part

        await self._objects.upload(self._bucket, key, parts(), lambda _: None)
        return SnapshotFile(name=path.name, size=size, sha256=digest.hexdigest())

    async def _known_files(self) -> dict[str, SnapshotFile]:
        found: dict[str, SnapshotFile] = {}
        for name in await self.names():
            try:
                found |= {file.name: file for file in (await self.read(name)).files}
            except SnapshotDamaged as error:
                log.warning("snapshot_damaged", reason=str(error))
        return found

    async def take_lease(self, lasting: timedelta) -> bool:
        key = f"{self._prefix}lease.json"
        found = await self._objects.get(self._bucket, key, limit=10_000)
        if found:
            try:
                lease = Lease.model_validate_json(found[1])
            except ValidationError:
                lease = Lease(holder="", until=datetime.fromtimestamp(0, UTC))
            if lease.holder != self._holder and lease.until > datetime.now(UTC):
                return False
        mine = Lease(holder=self._holder, until=datetime.now(UTC) + lasting)
        try:
            await self._objects.put_over(
                self._bucket, key, mine.model_dump_json().encode(), found[0].etag if found else None
            )
        except NotAsSeen:
            return False
        return True

    async def remove_old(self, unused_days: float) -> list[SnapshotName]:
        for name in (await self.names())[KEPT_SNAPSHOTS:]:
            await self._objects.delete(self._bucket, name.key)
        await self._remove_unnamed_files()
        by_format: dict[str, list[ListedObject]] = {}
        for each in await self._list(PREFIX):
            by_format.setdefault(each.key.removeprefix(PREFIX).partition("/")[0], []).append(each)
        left: list[SnapshotName] = []
        for index_format, held in by_format.items():
            newest = max(each.modified for each in held)
            if index_format != self._format and datetime.now(UTC) - newest > timedelta(days=unused_days):
                for each in sorted(held, key=lambda each: "/snapshots/" not in each.key):
                    await self._objects.delete(self._bucket, each.key)
                log.info("snapshots_removed", format=index_format)
                continue
            left += [name for name in map(_snapshot_name, held) if name]
        return left

    async def _remove_unnamed_files(self) -> None:
        known = await self._known_files()
        for each in await self._list(f"{self._prefix}files/"):
            is_old = datetime.now(UTC) - each.modified > UNFINISHED
            if is_old and each.key.rpartition("/")[2] not in known:
                await self._objects.delete(self._bucket, each.key)

    async def _list(self, prefix: str) -> list[ListedObject]:
        return [each async for page in self._objects.list(self._bucket, prefix=prefix) for each in page]


def _plain(name: str) -> str:
    """The name of a file, which a list must not use to name another directory."""
    if "/" in name or name.startswith("."):
        raise SnapshotDamaged(f"{name} is not the name of a file of an index")
    return name


def _snapshot_name(listed: ListedObject) -> SnapshotName | None:
    index_format, _, name = listed.key.removeprefix(PREFIX).partition("/snapshots/")
    position, _, feed = name.removesuffix(".json").partition("_")
    try:
        return SnapshotName(index_format, int(position), UUID(feed.partition("_")[0]), listed.key, listed.modified)
    except ValueError:
        return None
