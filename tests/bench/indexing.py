"""Indexing of a bucket whose store answers in 20 ms: the first time, and a comparing pass when nothing changed.

One process indexes; the store is another one, and Postgres is the embedded one, with `fsync` off. `per core` divides by the CPU seconds
of the indexer, and of the indexer and Postgres together. Every hundredth object is a small text file. `documents` ends when every
object is found by its key, `texts` when the text files have been read, which goes on beside the metadata of the others.

A part is a number of objects (`indexing:1000000`).
"""

import asyncio
import multiprocessing
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psutil
from pydantic import SecretStr
from sqlalchemy import text

from indexer.main import make_worker
from indexer.memory_queue import MemoryQueue
from indexer.resources import IndexerResources
from indexer.settings import EventQueueSettings, IndexerSettings
from indexer.worker import IndexWorker
from localrun.testing import free_port, running_postgres
from shared.aws.clients import open_s3
from shared.aws.objects import S3ObjectStore
from shared.db import migrations
from shared.db.bootstrap import OWNERS, ensure_database
from shared.db.engine import Sessions, open_engine, sessions_of, transaction
from shared.settings import AwsSettings, DatabaseSettings, InternalSettings
from shared.testing.registry import FakeRegistry

OBJECTS = 100_000
BUCKET = "bench"
ANSWER_SECONDS = 0.02
TEXT_EVERY = 100
PAGE_KEYS = 1000
BODY = b"acidity,sulphates\n7.4,0.56\n"
ETAG = "0cc175b9c0f1b6a831c399e269772661"
XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def key_of(number: int) -> str:
    return f"data/run-{number // 1000:06}/sample_{number:09}.{'csv' if number % TEXT_EVERY == 0 else 'parquet'}"


def number_of(key: str) -> int:
    return int(key.rpartition("_")[2].partition(".")[0])


class Store:
    """Answers as S3 does, in ANSWER_SECONDS, for a bucket whose keys are numbered."""

    def __init__(self, objects: int) -> None:
        self._objects = objects

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(ANSWER_SECONDS)
                method, target, _ = head.split(b" ", 2)
                writer.write(self._answer(method.decode(), urlsplit(target.decode())))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, method: str, target: Any) -> bytes:
        bucket, _, key = unquote(target.path).lstrip("/").partition("/")
        if not bucket:
            return _response(f"<ListAllMyBucketsResult {XMLNS}><Buckets></Buckets></ListAllMyBucketsResult>".encode())
        if key:
            headers = f'ETag: "{ETAG}"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nx-amz-meta-batch: red\r\n'
            return _response(BODY if method == "GET" else b"", headers, length=len(BODY))
        asked = parse_qs(target.query)
        after = (asked.get("continuation-token") or asked.get("start-after") or [""])[0]
        return self._page(number_of(after) + 1 if after else 0)

    def _page(self, first: int) -> bytes:
        end = min(first + PAGE_KEYS, self._objects)
        contents = "".join(
            f"<Contents><Key>{key_of(number)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;{ETAG}&quot;</ETag><Size>{len(BODY)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for number in range(first, end)
        )
        more = f"<NextContinuationToken>{key_of(end - 1)}</NextContinuationToken>" if end < self._objects else ""
        return _response(
            f"<ListBucketResult {XMLNS}><Name>{BUCKET}</Name><Prefix></Prefix><MaxKeys>{PAGE_KEYS}</MaxKeys>"
            f"<IsTruncated>{str(bool(more)).lower()}</IsTruncated>{contents}{more}</ListBucketResult>".encode()
        )


def _response(body: bytes, headers: str = "", *, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return (
        f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\nContent-Type: application/xml\r\n{headers}\r\n".encode() + body
    )


def serve(port: int, objects: int) -> None:
    async def run() -> None:
        server = await asyncio.start_server(Store(objects).serve, "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(run())


def wait_until_listening(port: int) -> None:
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)


def main(part: str = str(OBJECTS)) -> None:
    objects = int(part)
    port = free_port()
    store = multiprocessing.get_context("spawn").Process(target=serve, args=(port, objects), daemon=True)
    store.start()
    try:
        with TemporaryDirectory() as place, running_postgres(Path(place)) as postgres:
            asyncio.run(ensure_database(postgres.dsn(), dict.fromkeys(OWNERS.values(), "bench"), "bench"))
            url = f"postgresql+asyncpg://{OWNERS['index']}:bench@127.0.0.1:{postgres.port}/bench"
            migrations.upgrade("indexer", url)
            wait_until_listening(port)
            asyncio.run(measure(url, port, objects))
    finally:
        store.terminate()


async def measure(url: str, port: int, objects: int) -> None:
    async with opened(url, port) as (worker, sessions):
        print(
            "| objects | | time | objects/s | per core, indexer | per core, with Postgres | memory at most | longest idle transaction |"
        )
        print("|---|---|---|---|---|---|---|---|")
        await worker.buckets.sync_registered()

        async def first() -> None:
            assert await worker.reconcile.reconcile_bucket(BUCKET)

        await measured("first indexing: documents", objects, sessions, first)
        async with transaction(sessions) as session:
            assert await session.scalar(text("SELECT count(*) FROM index.object")) == objects
        await measured("comparing pass, nothing changed", objects, sessions, first)
        async with transaction(sessions) as session:
            rows = (
                await session.execute(text("SELECT count(*), sum(differences), sum(unsettled) FROM index.slice"))
            ).one()
            assert tuple(rows)[1:] == (0, 0)
        texts = -(-objects // TEXT_EVERY)

        async def read_texts() -> None:
            reading = asyncio.ensure_future(worker.reading.read_all())
            query = text("SELECT count(*) FROM index.unread_object WHERE text")
            while True:
                async with transaction(sessions) as session:
                    if not await session.scalar(query):
                        break
                await asyncio.sleep(0.05)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

        await measured("texts", texts, sessions, read_texts)


@asynccontextmanager
async def opened(url: str, port: int) -> AsyncIterator[tuple[IndexWorker, Sessions]]:
    database = DatabaseSettings(url=SecretStr(url))
    aws = AwsSettings(
        region="us-east-1",
        endpoint_url=f"http://127.0.0.1:{port}",
        access_key_id="bench",
        secret_access_key=SecretStr("bench"),
    )
    settings = IndexerSettings(
        profile="development",
        internal=InternalSettings(token=SecretStr("t"), registry_url="http://registry.test"),
        database=database,
        aws=aws,
        events=EventQueueSettings(queue_url=""),
    )
    async with open_engine(database, "bench") as engine, open_s3(aws) as s3:
        sessions = sessions_of(engine)
        resources = IndexerResources(settings, sessions, S3ObjectStore(s3), MemoryQueue(), FakeRegistry([BUCKET]), {})
        yield make_worker(resources), sessions


@dataclass
class Watched:
    memory: float = 0.0
    idle_seconds: float = 0.0


async def measured(what: str, objects: int, sessions: Sessions, act: Callable[[], Any]) -> None:
    watched = Watched()
    watching = asyncio.ensure_future(watch(watched, sessions))
    began, cpu, database = time.perf_counter(), time.process_time(), postgres_seconds()
    await act()
    seconds, own = time.perf_counter() - began, time.process_time() - cpu
    both = own + postgres_seconds() - database
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    print(
        f"| {objects:,} | {what} | {seconds:.1f} s | {objects / seconds:,.0f} | {objects / own:,.0f} | {objects / both:,.0f} "
        f"| {watched.memory:.0f} MB | {watched.idle_seconds:.2f} s |",
        flush=True,
    )


async def watch(watched: Watched, sessions: Sessions) -> None:
    query = text(
        "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) FROM pg_stat_activity"
        " WHERE state = 'idle in transaction'"
    )
    for number in count():
        watched.memory = max(watched.memory, psutil.Process().memory_info().rss / 1e6)
        if number % 4 == 0:
            async with transaction(sessions) as session:
                watched.idle_seconds = max(watched.idle_seconds, float(await session.scalar(query) or 0))
        await asyncio.sleep(0.05)


def postgres_seconds() -> float:
    """CPU seconds of the Postgres that this process started, with those of its processes that have ended."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        if process.name() == "postgres":
            times = process.cpu_times()
            total += times.user + times.system
            if process.parent() == psutil.Process():
                total += times.children_user + times.children_system
    return total
