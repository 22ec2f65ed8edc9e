"""Searches over HTTP in many objects and packages, how fast the search index follows, and how large it is.

Words follow Zipf's law. A quarter of the objects have 50 to 400 words of text; each package has 20 values of metadata. Rows are
written to the index of Postgres as the indexer would, which is stopped. Each search is sent 40 times, each time with
other words, one after the other.

A part is a number of objects (`search:100000`); there are a tenth as many packages. Without a part: 1,000,000 objects. `growth` measures
100,000, 1,000,000 and 5,000,000 objects, one after the other. `entries` measures 10 packages of 1,000,000 files (`entries-100000`: 10 of
100,000), of which searches find packages, and a push that changes 1,000 files of one package.
"""

import asyncio
import itertools
import json
import random
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
import httpx
import psutil
from bench._http import cpu_seconds, get_request, time_requests
from bench._search_entries import LargePackage
from support.worlds.system import System, eventually, make_ports, running_system
from typing_extensions import override

from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.system import InnerPorts
from localrun.system import System as Inner
from registry.follower.status import FollowerState, read_status
from registry.search_engine.schema import FORMAT

OBJECTS = 1_000_000
GROWTH = (100_000, 1_000_000, 5_000_000)
LARGE_PACKAGES, FILES = 10, 1_000_000
CHANGED_FILES, PUSHES = 1_000, 5
SEARCHES = 40
BATCH_ROWS = 5_000
BUCKETS = ("bench-a", "bench-b", "bench-c")
START = datetime(2024, 1, 1, tzinfo=UTC)

WORDS = [
    f"{start}{end}{number}"
    for number, (start, end) in enumerate(
        itertools.islice(
            itertools.cycle(
                itertools.product(
                    ("ge", "pro", "me", "da", "sa", "re", "vi", "tu"), ("nom", "tein", "ta", "mple", "gion")
                )
            ),
            20_000,
        )
    )
]
_WEIGHTS = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(WORDS))))
_EXTENSIONS = (".csv", ".parquet", ".json", ".txt", ".md", ".png", ".tar.gz", ".bam")
_FACETS = ("kind", "bucket", "ext", "size", "modified")


class Rows:
    """Rows of the index, the same in each run."""

    def __init__(self, objects: int) -> None:
        self._random = random.Random(7)  # noqa: S311 – no secret
        self._objects = objects

    def words(self, count: int) -> str:
        return " ".join(self._random.choices(WORDS, cum_weights=_WEIGHTS, k=count))

    def objects(self) -> Iterator[tuple[object, ...]]:
        for number in range(self._objects):
            extension = _EXTENSIONS[min(int(self._random.expovariate(0.6)), len(_EXTENSIONS) - 1)]
            text = self.words(self._random.randint(50, 400)) if number % 4 == 0 else ""
            meta = {"owner": WORDS[number % 50]} if number % 10 == 0 else {}
            yield (
                BUCKETS[number % 3],
                f"team{number % 37}/{self.words(1)}/{self.words(1)}-{number:07}{extension}",
                f"{number:032x}",
                number * 13 % 10**9,
                START + timedelta(seconds=37 * number),
                extension,
                json.dumps(meta),
                text,
                START,
            )

    def packages(self) -> Iterator[tuple[int, str, str, str, datetime, str, str, str]]:
        """Number, bucket, name, top hash, time, message, metadata and README."""
        for number in range(self._objects // 10):
            meta = {f"key{key}": self._value(key) for key in range(20)}
            yield (
                number,
                BUCKETS[number % 3],
                f"{WORDS[number % 100]}/{self.words(1)}-{number}",
                f"{number:064x}",
                START + timedelta(seconds=370 * number),
                self.words(8),
                json.dumps({"version": "v0", "user_meta": meta, "workflow": {"id": WORDS[number % 3]}}),
                self.words(self._random.randint(20, 120)),
            )

    def _value(self, key: int) -> object:
        if key % 3 == 0:
            return self._random.choice(WORDS[:30])
        return self._random.randint(0, 1000) if key % 3 == 1 else self._random.random() * 100


async def write_rows(connection: "asyncpg.Connection[Any]", objects: int) -> None:
    rows = Rows(objects)
    for bucket in BUCKETS:
        await connection.execute("INSERT INTO index.bucket (name) VALUES ($1)", bucket)
    columns = ["bucket", "key", "etag", "size", "modified", "extension", "meta", "text", "indexed_at"]
    for batch in _batches(rows.objects()):
        await connection.copy_records_to_table("object", schema_name="index", columns=columns, records=batch)
    await write_packages(connection, rows)
    await connection.execute("ANALYZE")


async def write_packages(connection: "asyncpg.Connection[Any]", rows: Rows) -> None:
    for packages in _batches(rows.packages()):
        await connection.copy_records_to_table(
            "manifest",
            schema_name="index",
            columns=[
                "bucket",
                "top_hash",
                "key",
                "state",
                "header",
                "message",
                "total_entries",
                "total_bytes",
                "etag",
                "indexed_at",
            ],
            records=[
                (bucket, top_hash, "", "ready", header, message, number % 1000, 1000 * number, "", START)
                for number, bucket, _, top_hash, _, message, header, _ in packages
            ],
        )
        await connection.copy_records_to_table(
            "package",
            schema_name="index",
            columns=["bucket", "name", "top_hash", "modified", "revisions", "readme"],
            records=[
                (bucket, name, top_hash, at, 1, readme) for _, bucket, name, top_hash, at, _, _, readme in packages
            ],
        )


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(rows)
    while batch := list(itertools.islice(left, BATCH_ROWS)):
        yield batch


def searches() -> dict[str, list[dict[str, Any]]]:
    """Parameters of the searches of each kind."""
    orders_of_facets = list(itertools.permutations(_FACETS))[1:]
    pick = random.Random(3)  # noqa: S311 – no secret

    def queries(make: Any) -> list[dict[str, Any]]:
        return [make(number) for number in range(SEARCHES)]

    def word(first: int, last: int) -> str:
        return pick.choice(WORDS[first:last])

    return {
        "a common word": queries(lambda _: {"q": word(0, 40)}),
        "a rare word": queries(lambda _: {"q": word(5_000, 15_000)}),
        "two common words": queries(lambda _: {"q": f"{word(0, 40)} {word(0, 40)}"}),
        "a phrase": queries(lambda _: {"q": f'"{word(0, 40)} {word(0, 40)}"'}),
        "a prefix": queries(lambda _: {"q": f"{word(0, 40)[:4]}*"}),
        "*.parquet": queries(lambda number: {"q": f"*{_EXTENSIONS[number % len(_EXTENSIONS)]}"}),
        "*0012*": queries(lambda number: {"q": f"*{number:04}*"}),
        "a filter of sizes": queries(lambda number: {"filter": f"size:>={number * 10**6}"}),
        "a filter of extensions": queries(
            lambda number: {"filter": f"ext:{_EXTENSIONS[number % 5]}", "q": word(0, 40)}
        ),
        "two filters of metadata": queries(
            lambda number: {"kind": "package", "filter": [f"meta.key1:>={900 - number}", f"meta.key0:{word(0, 30)}"]}
        ),
        "everything by size": queries(lambda _: {"sort": "-size"}),
        "everything by name": queries(lambda _: {"sort": "name"}),
        "packages by a number in metadata": queries(
            lambda number: {"kind": "package", "sort": f"meta:/key{1 + 3 * (number % 6)}:number:desc"}
        ),
        # In another order they are another question.
        "facets of everything, asked for the first time": queries(
            lambda number: {"facets": orders_of_facets[number], "limit": 1}
        ),
        "facets of everything, asked for again": queries(lambda _: {"facets": _FACETS, "limit": 1}),
        "facets of five paths of metadata": queries(
            lambda number: {"kind": "package", "facets": [f"meta:/key{(number + key) % 20}" for key in range(5)]}
        ),
    }


def print_quantiles(what: str, took: Sequence[float], cpu: float) -> None:
    ordered = sorted(took)
    p50, p95 = ordered[len(ordered) // 2] * 1e3, ordered[len(ordered) * 95 // 100] * 1e3
    print(f"| {what} | {p50:.1f} | {p95:.1f} | {cpu / len(took) * 1e3:.1f} |", flush=True)


def cpu_seconds_with_ended(pid: int) -> float:
    """CPU seconds of a process, and of those that it started and that have ended."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system + times.children_user + times.children_system


@asynccontextmanager
async def connected(inner: Inner, service: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(inner.database_url(service).replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close()


def searches_of_entries() -> dict[str, list[dict[str, Any]]]:
    pick = random.Random(3)  # noqa: S311 – no secret

    def queries(make: Any) -> list[dict[str, Any]]:
        return [{"kind": "package", **make(number)} for number in range(SEARCHES)]

    def word(first: int, last: int) -> str:
        return pick.choice(WORDS[first:last])

    return {
        "a common word in paths": queries(lambda _: {"q": word(0, 40)}),
        "a rare word in paths": queries(lambda _: {"q": word(5_000, 15_000)}),
        "two common words in one path": queries(lambda _: {"q": f"{word(0, 40)} {word(0, 40)}"}),
        "a prefix": queries(lambda _: {"q": f"{word(0, 40)[:4]}*"}),
        "*.parquet": queries(lambda number: {"q": f"*{_EXTENSIONS[number % len(_EXTENSIONS)]}"}),
        "a value of files' metadata": queries(lambda _: {"filter": f"meta.sample:{word(0, 40)}"}),
        "a range of files' metadata": queries(lambda number: {"filter": f"meta.level:>={number}"}),
        "everything": queries(lambda _: {}),
    }


class SearchBench:
    def __init__(self, system: System, inner: Inner, objects: int) -> None:
        self._system = system
        self._inner = inner
        self._objects = objects
        self._documents = objects + objects // 10
        self._what = f"{objects:,} objects and {objects // 10:,} packages"
        self._status_file = system.data / "search" / f"{FORMAT}.json"
        self._port = int(system.environment["PATCHWORK_REGISTRY_PORT"])

    async def measure(self) -> None:
        indexer = psutil.Process(self._system.pid("indexer"))
        indexer.suspend()
        try:
            await self._measure()
        finally:
            indexer.resume()

    async def _measure(self) -> None:
        await asyncio.to_thread(eventually, lambda: read_status(self._status_file))
        async with connected(self._inner, "registry") as connection:
            for bucket in BUCKETS:
                await connection.execute(
                    "INSERT INTO registry.bucket (name, title, tags, relevance_score, created_at) VALUES ($1, $1, '{}', 0, now())",
                    bucket,
                )
        async with connected(self._inner, "indexer") as connection:
            await self._follow(connection)
            await self._search()
            await self._update(connection)

    async def _write(self, connection: "asyncpg.Connection[Any]") -> None:
        await write_rows(connection, self._objects)

    def _searches(self) -> dict[str, list[dict[str, Any]]]:
        return searches()

    async def _follow(self, connection: "asyncpg.Connection[Any]") -> None:
        follower = self._follower()
        psutil.Process(follower).suspend()
        began = time.perf_counter()
        await self._write(connection)
        print(f"{self._what} in Postgres: {time.perf_counter() - began:.0f} s", flush=True)
        cpu, began = cpu_seconds_with_ended(follower), time.perf_counter()
        psutil.Process(follower).resume()
        head = await connection.fetchval("SELECT max(position) FROM index.change")
        await asyncio.to_thread(eventually, lambda: self._position() >= head, 7_200)
        seconds, cpu = time.perf_counter() - began, cpu_seconds_with_ended(follower) - cpu
        documents = self._documents
        size = sum(file.stat().st_size for file in (self._system.data / "search" / FORMAT).iterdir())
        memory = psutil.Process(follower).memory_full_info().pss / 1e6
        print(
            f"followed in {seconds:.0f} s: {documents / seconds:,.0f} documents/s ({documents / cpu:,.0f} per core); "
            f"index {size / 1e6:,.0f} MB, {size / documents:,.0f} bytes a document; follower {memory:.0f} MB\n",
            flush=True,
        )

    async def _search(self) -> None:
        token = self._system.sign_in().token
        registry = self._system.pid("registry")
        print("| search | p50 ms | p95 ms | CPU ms of the registry |\n|---|---|---|---|")
        for what, asked in self._searches().items():
            requests = [
                get_request(f"/api/v1/search?{urlencode({'limit': 30, **each}, doseq=True)}", token, "localhost")
                for each in asked
            ]
            await time_requests("127.0.0.1", self._port, requests[:2], 1)
            cpu = cpu_seconds(registry)
            took = await time_requests("127.0.0.1", self._port, requests, 1)
            print_quantiles(what, took, cpu_seconds(registry) - cpu)

    async def _update(self, connection: "asyncpg.Connection[Any]") -> None:
        """From the commit of a change until searches have it."""
        token = self._system.sign_in().token
        took = []
        for number in range(20):
            await connection.execute(
                "UPDATE index.object SET etag = $1 WHERE (bucket, key) = (SELECT bucket, key FROM index.object LIMIT 1)",
                f"change-{number}",
            )
            began = time.perf_counter()
            while not await self._finds(f"etag:change-{number}", token):  # noqa: ASYNC110 – another process follows
                await asyncio.sleep(0.005)
            took.append(time.perf_counter() - began)
        print(f"\na change is found after {sorted(took)[10] * 1e3:.0f} ms, {max(took) * 1e3:.0f} ms at most")

    async def _finds(self, query: str, token: str) -> bool:
        async with httpx.AsyncClient(base_url=self._system.registry) as client:
            answer = await client.get(
                "/api/v1/search", params={"q": query}, headers={"Authorization": f"Bearer {token}"}
            )
        return bool(answer.json()["total"])

    def _position(self) -> int:
        status = read_status(self._status_file)
        return status.position if status and status.state is not FollowerState.STARTING else 0

    def _follower(self) -> int:
        status = read_status(self._status_file)
        assert status
        return status.pid


class EntriesBench(SearchBench):
    """Packages of many files."""

    def __init__(self, system: System, inner: Inner, files: int) -> None:
        super().__init__(system, inner, 0)
        self._documents = LARGE_PACKAGES * (files + 1)
        self._what = f"{LARGE_PACKAGES} packages of {files:,} files"
        self._packages = [
            LargePackage(number, BUCKETS[number % len(BUCKETS)], files, WORDS, _WEIGHTS)
            for number in range(LARGE_PACKAGES)
        ]

    @override
    async def _write(self, connection: "asyncpg.Connection[Any]") -> None:
        for bucket in BUCKETS:
            await connection.execute("INSERT INTO index.bucket (name) VALUES ($1)", bucket)
        for package in self._packages:
            await package.push(connection)

    @override
    def _searches(self) -> dict[str, list[dict[str, Any]]]:
        return searches_of_entries()

    @override
    async def _update(self, connection: "asyncpg.Connection[Any]") -> None:
        """From the commit of a revision until searches find its package by a file that changed."""
        token = self._system.sign_in().token
        took = []
        for revision in range(1, PUSHES + 1):
            await self._packages[0].push(connection, revision=revision, changed=CHANGED_FILES)
            began = time.perf_counter()
            while not await self._finds(f"meta.changed:change{revision}", token):  # noqa: ASYNC110 – another process follows
                await asyncio.sleep(0.005)
            took.append(time.perf_counter() - began)
        print(
            f"\na push that changes {CHANGED_FILES:,} of {self._packages[0].files:,} files is found after "
            f"{sorted(took)[PUSHES // 2] * 1e3:.0f} ms, {max(took) * 1e3:.0f} ms at most"
        )


def main(part: str = "") -> None:
    kind, _, count = part.partition("-")
    if kind == "growth":
        for objects in GROWTH:
            measure(SearchBench, objects)
    elif kind == "entries":
        measure(EntriesBench, int(count or FILES))
    else:
        measure(SearchBench, int(part or OBJECTS))


def measure(bench: type[SearchBench], count: int) -> None:
    place = Path(tempfile.mkdtemp())
    try:
        with running_system(place / "data", {**make_ports(), "PATCHWORK_LOG_FORMAT": "json"}) as system:
            run = json.loads((system.data / "run.json").read_text())
            credentials = SystemSecrets.of(system.data)
            inner = Inner(
                Configuration.from_environment(system.environment), credentials, InnerPorts(**run["inner_ports"])
            )
            asyncio.run(bench(system, inner, count).measure())
    finally:
        shutil.rmtree(place, ignore_errors=True)
