"""Sums over many packages: totals of buckets, the insight of a bucket and of packages, and lists of packages with kinds.

Rows are written to the index of Postgres as the indexer would, which is stopped: packages with three pushes each, and one package with
10,000. The registry's tables have three kinds of uses of each package in three weeks, and those of the bucket in 160. `CPU` is that of all processes of Postgres. The follower of the search index is stopped, too.

A part is a number of packages (`insight:1000000`); 100,000 without one.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
from bench._http import cpu_seconds, format_quantiles, get_request, time_requests
from bench.search import connected
from support.worlds.system import Api, System, eventually, make_ports, running_system

from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.system import InnerPorts
from localrun.system import System as Inner

PACKAGES, PUSHES, LONG_HISTORY = 100_000, 3, 10_000
BUCKET, LONG = "bench-insight", "bench/long-history"
ROUNDS = 20

_MANIFESTS = """
    INSERT INTO index.manifest (bucket, top_hash, key, state, header, total_entries, total_bytes, etag, indexed_at, kinds)
    SELECT $1, lpad(to_hex(number), 64, '0'), '', 'ready', '{}', number % 50, number * 1000, '', now(),
        jsonb_build_object('tables', number * 700, 'images', number * 200, 'text', number * 100)
    FROM generate_series(1, $2::bigint) AS number
"""
_PUSHES = """
    INSERT INTO index.pointer (bucket, name, tag, layout, top_hash, etag, modified, author)
    SELECT $1, 'team' || package % 40 || '/package-' || package, (1500000000 + package * 1000 + push * 8640000)::text, 1,
        lpad(to_hex(package * 3 + push - 3), 64, '0'), '', now(), 'user-' || package % 30
    FROM generate_series(1, $2::bigint) AS package, generate_series(1, 3) AS push
"""
_LATEST = """
    INSERT INTO index.pointer (bucket, name, tag, layout, top_hash, etag, modified)
    SELECT bucket, name, 'latest', 1, top_hash, '', modified FROM index.package WHERE bucket = $1
"""
_PACKAGES = """
    INSERT INTO index.package (bucket, name, top_hash, modified, revisions, readme)
    SELECT $1, 'team' || package % 40 || '/package-' || package, lpad(to_hex(package * 3), 64, '0'), now(), 3, ''
    FROM generate_series(1, $2::bigint) AS package
"""
_LONG = """
    INSERT INTO index.pointer (bucket, name, tag, layout, top_hash, etag, modified, author)
    SELECT $1, $2, (1500000000 + push * 20000)::text, 1, lpad(to_hex(push), 64, '0'), '', now(), 'user-' || push % 7
    FROM generate_series(1, $3::bigint) AS push
"""
_LONG_LATEST = """
    INSERT INTO index.package (bucket, name, top_hash, modified, revisions, readme)
    SELECT $1, $2, lpad(to_hex($3::bigint), 64, '0'), now(), $3, ''
"""


_USES = """
    INSERT INTO registry.package_use (bucket, package, kind, week, count)
    SELECT $1, 'team' || package % 40 || '/package-' || package, kind, date_trunc('week', now())::date - 7 * week, 3
    FROM generate_series(1, $2::bigint) AS package, unnest(ARRAY['install', 'preview', 'archive']) AS kind, generate_series(0, 2) AS week
"""
_SUMS_OF_USES = """
    INSERT INTO registry.bucket_use (bucket, kind, week, count)
    SELECT $1, kind, date_trunc('week', now())::date - 7 * week, 3
    FROM unnest(ARRAY['install', 'preview', 'archive', 'gateway_read', 's3_read']) AS kind, generate_series(0, 159) AS week
"""


async def write_rows(connection: "asyncpg.Connection[asyncpg.Record]", packages: int) -> None:
    await connection.execute("INSERT INTO index.bucket (name) VALUES ($1)", BUCKET)
    await connection.execute(_MANIFESTS, BUCKET, max(PUSHES * packages, LONG_HISTORY))
    await connection.execute(_PUSHES, BUCKET, packages)
    await connection.execute(_PACKAGES, BUCKET, packages)
    await connection.execute(_LONG, BUCKET, LONG, LONG_HISTORY)
    await connection.execute(_LONG_LATEST, BUCKET, LONG, LONG_HISTORY)
    await connection.execute(_LATEST, BUCKET)
    await connection.execute("ANALYZE")


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    processes = [psutil.Process(pid) for pid in pids]
    for each in processes:
        each.suspend()
    try:
        yield
    finally:
        for each in processes:
            each.resume()


def postgres_seconds(pid: int) -> float:
    """CPU seconds of the server and its processes, those that have ended included."""
    own = psutil.Process(pid).cpu_times()
    return (
        cpu_seconds(pid) + own.children_user + own.children_system + sum(cpu_seconds(each) for each in _children(pid))
    )


def _children(pid: int) -> list[int]:
    return [each.pid for each in psutil.Process(pid).children(recursive=True)]


class InsightBench:
    def __init__(self, system: System, inner: Inner, packages: int) -> None:
        self._system = system
        self._inner = inner
        self._packages = packages
        self._api: Api = system.sign_in()
        self._port = int(system.environment["PATCHWORK_REGISTRY_PORT"])
        self._postgres = system.pid("postgres")

    async def measure(self) -> None:
        followers = [
            each.pid
            for each in psutil.Process(self._system.pid("registry")).children(recursive=True)
            if any("registry.follower" in argument for argument in each.cmdline())
        ]
        with stopped(self._system.pid("indexer"), *followers):
            async with connected(self._inner, "registry") as connection:
                await connection.execute(
                    "INSERT INTO registry.bucket (name, title, tags, relevance_score, created_at) VALUES ($1, $1, '{}', 0, now())",
                    BUCKET,
                )
                await connection.execute(_USES, BUCKET, self._packages)
                await connection.execute(_SUMS_OF_USES, BUCKET)
            async with connected(self._inner, "indexer") as connection:
                await write_rows(connection, self._packages)
            await self._requests()

    async def _requests(self) -> None:
        base = f"/api/v1/buckets/{BUCKET}"
        print(f"{self._packages:,} packages, {PUSHES * self._packages:,} pushes\n", flush=True)
        await self._first("totals of buckets, added up", "/api/v1/bucket-totals")
        await self._repeated("totals of buckets, kept", "/api/v1/bucket-totals")
        await self._added_up(f"{base}/insight")
        await self._repeated("insight of the bucket, kept", f"{base}/insight")
        await self._repeated("insight of a package with 3 pushes", f"{base}/packages/team7/package-7/insight")
        await self._repeated("insight of a package with 10,000 pushes", f"{base}/packages/{LONG}/insight")
        await self._repeated("100 packages with kinds", f"{base}/packages?limit=100")
        await self._repeated("100 packages with kinds, from the middle", f"{base}/packages?limit=100&prefix=team27/")

    async def _added_up(self, path: str) -> None:
        cpu, began = postgres_seconds(self._postgres), time.perf_counter()

        def is_there() -> bool:
            return self._api.get(path)["growth"] is not None

        await asyncio.to_thread(eventually, is_there, 300)
        seconds, cpu = time.perf_counter() - began, postgres_seconds(self._postgres) - cpu
        print(f"insight of the bucket, added up: {seconds * 1e3:,.0f} ms, CPU {cpu * 1e3:,.0f} ms", flush=True)

    async def _first(self, what: str, path: str) -> None:
        cpu = postgres_seconds(self._postgres)
        [took] = await time_requests("127.0.0.1", self._port, [self._get(path)], 1)
        cpu = postgres_seconds(self._postgres) - cpu
        print(f"{what}: {took * 1e3:,.0f} ms, CPU {cpu * 1e3:,.0f} ms", flush=True)

    async def _repeated(self, what: str, path: str) -> None:
        await time_requests("127.0.0.1", self._port, [self._get(path)] * 2, 1)
        cpu = postgres_seconds(self._postgres)
        took = await time_requests("127.0.0.1", self._port, [self._get(path)] * ROUNDS, 1)
        cpu = postgres_seconds(self._postgres) - cpu
        print(f"{what}: {format_quantiles(took)}, CPU {cpu / ROUNDS * 1e3:,.1f} ms", flush=True)

    def _get(self, path: str) -> bytes:
        return get_request(path, self._api.token, "localhost")


def main(part: str = "") -> None:
    environment = make_ports()
    with (
        tempfile.TemporaryDirectory() as place,
        running_system(Path(place) / "data", environment) as system,
    ):
        run = json.loads((system.data / "run.json").read_text())
        inner = Inner(
            Configuration.from_environment(system.environment),
            SystemSecrets.of(system.data),
            InnerPorts(**run["inner_ports"]),
        )
        asyncio.run(InsightBench(system, inner, int(part or PACKAGES)).measure())
