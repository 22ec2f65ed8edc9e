"""Manifests of a million entries: hashed, written to the index as trees, and read from there.

CPU and peak memory are those of the indexing process. The store is a file on disk; Postgres is the embedded one, with
`fsync` off. The size of the index is that of all tables of the indexer with their indexes.
"""

import asyncio
import json
import multiprocessing
import os
import random
import resource
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Container, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from pydantic import SecretStr
from sqlalchemy import text
from typing_extensions import override

from indexer.db.buckets import IndexedBucketStore
from indexer.db.nodes import NodeStore
from indexer.services.manifests import ManifestIndexer
from localrun.testing import running_postgres
from shared.aws.objects import ObjectInfo, ObjectStore
from shared.db import migrations
from shared.db.bootstrap import OWNERS, ensure_database
from shared.db.engine import Sessions, open_engine, sessions_of, transaction
from shared.index.store import IndexStore
from shared.index.trees.blocks.processes import block_processes_of, open_block_processes
from shared.index.trees.manifest_reader import ManifestReader
from shared.settings import DatabaseSettings

ENTRIES = 1_000_000
CHANGED = 10
BUCKET = "bench"
LAYOUTS = {
    "1,000 directories of 1,000": lambda number: f"data/{number // 1000:05}/{number % 1000:06}.csv",
    "one directory": lambda number: f"data/{number:09}.csv",
}


class FileStore:
    """The methods of an object store that read one manifest, on a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def head(self, _bucket: str, key: str, _version_id: str | None = None) -> ObjectInfo:
        return ObjectInfo(key, self._path.stat().st_size, key, datetime.now(UTC), None)

    @asynccontextmanager
    async def stream(self, _bucket: str, _key: str, _info: ObjectInfo) -> AsyncIterator[AsyncIterator[bytes]]:
        async def chunks() -> AsyncIterator[bytes]:
            with self._path.open("rb") as source:
                while chunk := source.read(1 << 20):
                    yield chunk

        yield chunks()


def lines(name: Any, changed: Container[int] = ()) -> Iterator[bytes]:
    yield b'{"version": "v0", "message": null, "user_meta": {}}\n'
    for number in range(ENTRIES):
        key = name(number)
        yield (
            json.dumps(
                {
                    "logical_key": key,
                    "physical_keys": [f"s3://{BUCKET}/amy/big/{key}?versionId=abcdefghijklmnopqrstuvwxyz{number:06}"],
                    "size": number + (number in changed),
                    "hash": {"type": "sha2-256-chunked", "value": b64encode(sha256(key.encode()).digest()).decode()},
                    "meta": {"user_meta": {"split": "train", "label": number % 10, "score": 0.5}} if number % 2 else {},
                }
            ).encode()
            + b"\n"
        )


def hash_manifest(path: Path) -> str:
    reader = ManifestReader()
    with path.open("rb") as source:
        while chunk := source.read(1 << 20):
            reader.feed(chunk)
    for _ in reader.finish():
        pass
    return reader.contents.top_hash


async def index_manifest(path: Path, url: str, top_hash: str) -> None:
    async with open_engine(DatabaseSettings(url=SecretStr(url)), "bench") as engine:
        sessions = sessions_of(engine)
        async with transaction(sessions) as session:
            await IndexedBucketStore(session).add([BUCKET])
        store = cast("ObjectStore", FileStore(path))
        async with open_block_processes(block_processes_of()) as processes:
            indexer = ManifestIndexer(sessions, store, record_limit=1_000_000, processes=processes)
            await indexer.index_manifest(BUCKET, top_hash)


def print_indexing(path: Path, url: str, top_hash: str) -> None:
    began = time.perf_counter()
    asyncio.run(index_manifest(path, url, top_hash))
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = ENTRIES / took
    below = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = time.process_time() + below.ru_utime + below.ru_stime
    print(
        f"    {took:.1f} s ({cpu:.1f} s of CPU), {rate:,.0f} entries/s, {peak:.0f} MB, the largest process that reads blocks "
        f"{below.ru_maxrss / 1024:.0f} MB; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def index_in_child(path: Path, url: str, top_hash: str) -> None:
    """Index it in a process of its own, which prints its time and its peak memory."""
    child = multiprocessing.get_context("spawn").Process(target=print_indexing, args=(path, url, top_hash))
    child.start()
    child.join()


@dataclass(frozen=True)
class IndexSize:
    """Sizes of the tables in Postgres."""

    nodes: int
    bodies: int
    """Bytes of the stored nodes."""
    index: int
    """Bytes on disk."""

    def __sub__(self, before: "IndexSize") -> "IndexSize":
        return IndexSize(self.nodes - before.nodes, self.bodies - before.bodies, self.index - before.index)

    @override
    def __str__(self) -> str:
        return f"{self.nodes:,} nodes of {self.bodies / 1e6:.3f} MB, index {self.index / 1e6:.3f} MB"


async def index_size(sessions: Sessions) -> IndexSize:
    query = """
        SELECT (SELECT count(*) FROM index.node), (SELECT sum(length(body)) FROM index.node),
            (SELECT sum(pg_total_relation_size(oid)) FROM pg_class
                WHERE relnamespace = 'index'::regnamespace AND relkind = 'r')
    """
    async with transaction(sessions) as session:
        found, bodies, size = (await session.execute(text(query))).one()
    return IndexSize(found, int(bodies or 0), int(size))


async def print_read_times(sessions: Sessions, top_hash: str, name: Any) -> None:
    async with transaction(sessions) as session:
        found = await IndexStore(session).manifest(BUCKET, top_hash)
        assert found
        assert found.root
        root = found.root
        index = IndexStore(session)
        path = name(ENTRIES // 2)
        directory, _, last = path.rpartition("/")
        for what, call in (
            ("1,000 items", lambda: index.trees.page(root, directory, None, 1000)),
            ("100 items from the middle", lambda: index.trees.page(root, directory, last, 100)),
            ("one entry", lambda: index.trees.entry(root, path)),
        ):
            times = []
            for _ in range(30):
                began = time.perf_counter()
                await call()
                times.append(time.perf_counter() - began)
            print(f"    {what}: {sorted(times)[15] * 1e3:.1f} ms")


async def measure(directory: Path, url: str) -> None:
    async with open_engine(DatabaseSettings(url=SecretStr(url)), "bench") as engine:
        sessions = sessions_of(engine)
        for layout, name in LAYOUTS.items():
            path = directory / "manifest.jsonl"
            with path.open("wb") as target:
                target.writelines(lines(name))
            print(f"{ENTRIES:,} entries, {layout}, {path.stat().st_size / 1e6:.0f} MB")
            began = time.process_time()
            top_hash = hash_manifest(path)
            print(f"  hashing alone:\n    {time.process_time() - began:.1f} s of CPU")
            before = await index_size(sessions)
            print("  first revision:", flush=True)
            index_in_child(path, url, top_hash)
            first = await index_size(sessions) - before
            print(f"    {first}")
            changed = set(random.Random(1).sample(range(ENTRIES), CHANGED))  # noqa: S311 – no secret
            with path.open("wb") as target:
                target.writelines(lines(name, changed))
            print(f"  second revision, {CHANGED} entries changed:", flush=True)
            second_hash = hash_manifest(path)
            before = await index_size(sessions)
            index_in_child(path, url, second_hash)
            second = await index_size(sessions) - before
            print(
                f"    {second}: {second.index / first.index:.2%} of the first (bodies {second.bodies / first.bodies:.2%})"
            )
            print("  reading from Postgres, median:")
            await print_read_times(sessions, top_hash, name)
        began = time.perf_counter()
        async with transaction(sessions) as session:
            await NodeStore(session).sweep()
        print(f"sweeping {(await index_size(sessions)).nodes:,} nodes: {time.perf_counter() - began:.1f} s")


def main() -> None:
    with TemporaryDirectory() as place, running_postgres(Path(place)) as postgres:
        asyncio.run(ensure_database(postgres.dsn(), dict.fromkeys(OWNERS.values(), "bench")))
        url = f"postgresql+asyncpg://{OWNERS['index']}:bench@127.0.0.1:{postgres.port}/patchwork"
        migrations.upgrade("indexer", url)
        asyncio.run(measure(Path(place), url))


if __name__ == "__main__":
    main()
