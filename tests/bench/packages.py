"""Packages of 1,000 to 10,000,000 entries on a whole running system, compared with the client's own reads.

`browsable` counts the seconds from the write of `latest`, which follows that of the manifest, until the API lists the
revision's root. CPU and memory of the indexer are those of its own process and of the processes that read blocks for it. The tree
writer builds the largest packages without S3, but `packages:pushed`, whose manifest of 3 GB is in a temporary file. `per core` divides by the CPU seconds of the
registry's process, which logs as in production. The client's read is `quilt3.Package.browse`; warm, its cache has the
manifest.

A part is one package (`packages:1000000-deep`), or all of a size or layout (`packages:10000000`, `packages:wide`). The load of the
machine is printed first, and beside each time.
"""

import asyncio
import json
import os
import random
import subprocess
import tempfile
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO

import httpx
import psutil
from bench._http import cpu_seconds, format_quantiles, get_request, time_requests
from pydantic import SecretStr
from support.processes import command_line
from support.worlds.system import BUCKET, CLIENT, Api, System, eventually, make_ports, running_system

from indexer.db.manifests import ManifestStore
from indexer.db.nodes import NodeStore
from indexer.db.packages import IndexedPackageStore, PackageSearchDocument, Pointer, PointerSummary
from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.emulator import REGION
from localrun.system import InnerPorts
from localrun.system import System as Inner
from registry.db.reading import RevisionReadStore
from shared.archives.layout import LayoutBuilder, encode
from shared.aws.clients import open_s3
from shared.aws.objects import CHUNK_BYTES, ObjectInfo, S3ObjectStore
from shared.clients.registry import RegistryClient
from shared.db.engine import Sessions, open_engine, sessions_of, transaction
from shared.db.statements import open_statements
from shared.index.store import IndexStore
from shared.index.trees.blocks.processes import block_processes_of, open_block_processes
from shared.index.trees.builder import TreeBuilder
from shared.index.trees.manifest_reader import ManifestContents, read_manifest
from shared.index.trees.nodes import Fetch, NodePage, TreeFile, file_identity
from shared.index.trees.reader import TreeReader
from shared.quilt.keys import PointerKey
from shared.quilt.labels import package_label
from shared.schemas.archive import ArchiveEntriesQuestion, ArchiveQuestion
from shared.settings import AwsSettings, DatabaseSettings

Name = Callable[[int], str]

ARCHIVE_PAGES = 300
PART_BYTES = 64 << 20

SETTLE_SECONDS = 5
"""Seconds in which Postgres writes a large package to disk."""


@dataclass(frozen=True)
class Shape:
    title: str
    entries: int
    name: Name
    """Logical key of an entry, in walk order."""

    @property
    def package(self) -> str:
        return f"bench/{self.title.replace(' ', '-').replace(',', '')}"

    def is_of(self, part: str) -> bool:
        name = self.package.partition("/")[2]
        return part in {"", name, *name.split("-")}

    @property
    def directory(self) -> str:
        return self.name(self.entries // 2).rpartition("/")[0]


def deep(number: int) -> str:
    return f"data/{number // 1000:05}/{number % 1000:06}.csv"


def wide(number: int) -> str:
    return f"data/{number:09}.csv"


SHAPES = [
    Shape("1,000 wide", 1_000, wide),
    Shape("100,000 deep", 100_000, deep),
    Shape("1,000,000 deep", 1_000_000, deep),
    Shape("1,000,000 wide", 1_000_000, wide),
]
PUSHED = Shape("10,000,000 pushed", 10_000_000, deep)
BUILT = [Shape("10,000,000 deep", 10_000_000, deep), Shape("10,000,000 wide", 10_000_000, wide)]

BROWSE = """
import sys, time, quilt3
began = time.perf_counter()
package = quilt3.Package.browse(sys.argv[1], sys.argv[2])
browsed = time.perf_counter()
directory = package[sys.argv[3]]
names = sorted(directory)[:1000]
print(browsed - began, time.perf_counter() - browsed)
"""


def line(key: str, number: int) -> bytes:
    entry = {
        "logical_key": key,
        "physical_keys": [f"s3://{BUCKET}/amy/big/{key}?versionId=abcdefghijklmnopqrstuvwxyz{number:06}"],
        "size": number,
        "hash": {"type": "sha2-256-chunked", "value": b64encode(sha256(key.encode()).digest()).decode()},
        "meta": {"user_meta": {"split": "train", "label": number % 10, "score": 0.5}} if number % 2 else {},
    }
    return json.dumps(entry).encode() + b"\n"


def lines(shape: Shape) -> Iterator[bytes]:
    yield b'{"version": "v0", "message": null, "user_meta": {}}\n'
    for number in range(shape.entries):
        yield line(shape.name(number), number)


async def top_hash_of(text: IO[bytes]) -> str:
    @asynccontextmanager
    async def stream() -> AsyncIterator[AsyncIterator[bytes]]:
        async def chunks() -> AsyncIterator[bytes]:
            text.seek(0)
            while chunk := await asyncio.to_thread(text.read, CHUNK_BYTES):
                yield chunk

        yield chunks()

    async def drop(_: list[NodePage]) -> None:
        pass

    async with open_block_processes(block_processes_of()) as processes:
        contents = await read_manifest(stream, drop, size=text.seek(0, 2), processes=processes)
    return contents.top_hash


class PackageBench:
    """A running system with its S3 and its index."""

    def __init__(self, system: System, objects: S3ObjectStore, index: Sessions, fetch: Fetch, inner: Inner) -> None:
        self.system = system
        self.objects = objects
        self.index = index
        self.trees = TreeReader(fetch)
        self.api: Api = system.sign_in()
        self.port = inner.ports.registry

    async def push_package(self, shape: Shape) -> None:
        with tempfile.TemporaryFile() as text:
            text.writelines(lines(shape))
            await self._push_text(shape, text)

    async def _push_text(self, shape: Shape, text: IO[bytes]) -> None:
        top_hash = await top_hash_of(text)
        size = text.seek(0, 2)
        text.seek(0)
        indexer = psutil.Process(self.system.pid("indexer"))
        await asyncio.to_thread(_reset_peak, indexer.pid)
        before, cpu = indexer.memory_info().rss, _indexer_seconds(indexer)
        began = time.perf_counter()
        parts = iter(lambda: text.read(PART_BYTES), b"")
        await self.objects.upload(BUCKET, f".quilt/packages/{top_hash}", parts, lambda _: None)
        written = time.perf_counter()
        for tag in (str(int(time.time())), "latest"):
            await self.objects.put(BUCKET, f".quilt/named_packages/{shape.package}/{tag}", top_hash.encode())
        pointed = time.perf_counter()
        path = f"/api/v1/buckets/{BUCKET}/packages/{shape.package}/revisions/latest/entries"
        await asyncio.to_thread(
            eventually, lambda: self.api.request("GET", path).status_code == 200, 600, or_say=lambda: self.system.output
        )
        now = time.perf_counter()
        peak = _peak(indexer.pid) - before + sum(_peak(each.pid) for each in _block_readers(indexer))
        print(
            f"{shape.title} ({size / 1e6:.0f} MB): browsable {now - pointed:.2f} s after `latest`, {now - written:.2f} s "
            f"after the manifest (writing that took {written - began:.1f} s); "
            f"indexer {_indexer_seconds(indexer) - cpu:.1f} s of CPU, {peak / 1e6:+.0f} MB at most; load {load()}",
            flush=True,
        )

    async def build_package(self, shape: Shape) -> None:
        """Add the rows that the indexer would have added for such a manifest and its pointers."""
        builder, layout = TreeBuilder(), LayoutBuilder()
        began = time.perf_counter()
        at = ""
        files: list[TreeFile] = []
        writing: asyncio.Task[None] | None = None

        async def write_nodes() -> None:
            nonlocal writing
            if writing:
                await writing
            writing = asyncio.create_task(_write(self.index, builder.take()))

        for number in range(shape.entries):
            key = shape.name(number)
            parent, _, name = key.rpartition("/")
            if parent != at or len(files) == 10_000:
                if files:
                    layout.add_files(f"{at}/", files)
                    builder.add_files(tuple(at.split("/")), files, [file_identity(file, None) for file in files])
                    if number % 100_000 == 0:
                        await write_nodes()
                at, files = parent, []
            where = f"s3://{BUCKET}/amy/big/{key}?versionId=abcdefghijklmnopqrstuvwxyz{number:08}"
            value = b64encode(sha256(key.encode()).digest()).decode()
            files.append(TreeFile(name, where, number, "sha2-256-chunked", value, None))
        layout.add_files(f"{at}/", files)
        builder.add_files(tuple(at.split("/")), files, [file_identity(file, None) for file in files])
        root = builder.finish()
        await write_nodes()
        await write_nodes()
        top_hash = sha256(shape.title.encode()).hexdigest()
        header = '{"version": "v0"}'
        info = ObjectInfo(f".quilt/packages/{top_hash}", 0, "built", _now(), None)
        async with transaction(self.index) as session:
            contents = ManifestContents(header, None, top_hash, root, encode(layout.finish()))
            await ManifestStore(session).mark_read(BUCKET, top_hash, info, contents)
            pointers = [
                Pointer(PointerKey(shape.package, tag), top_hash, "", _now(), None) for tag in ("latest", "1785312000")
            ]
            await IndexedPackageStore(session).put_pointers(BUCKET, pointers)
            summary = PointerSummary(top_hash, _now(), 1)
            document = PackageSearchDocument(shape.package, summary, "", "{}", "", package_label(None, ""))
            await IndexedPackageStore(session).put(BUCKET, [document])
        print(f"{shape.title}: built in {time.perf_counter() - began:.0f} s", flush=True)

    async def read_package(self, shape: Shape) -> None:
        await asyncio.sleep(SETTLE_SECONDS)
        await self._read_store(shape)
        await self._read_http(shape)
        await self._read_archives(shape)

    async def _read_store(self, shape: Shape) -> None:
        took = []
        for number in range(300):
            directory = shape.name(_random_entry(shape, number)).rpartition("/")[0]
            async with transaction(self.index) as session:
                store = IndexStore(session)
                pushed = await store.revision(BUCKET, shape.package, "latest")
                assert pushed
                _, found = pushed
                assert found
                assert found.root
            after = shape.name(_random_entry(shape, number)).rpartition("/")[2] if shape.name is wide else None
            began = time.perf_counter()
            await self.trees.page(found.root, directory, after, 1000)
            took.append(time.perf_counter() - began)
        print(f"  1,000 children in the store: {format_quantiles(took)}", flush=True)

    async def _read_http(self, shape: Shape) -> None:
        registry = self.system.pid("registry")
        base = f"/api/v1/buckets/{BUCKET}/packages/{shape.package}/revisions/latest"
        names = [shape.name(_random_entry(shape, number)) for number in range(5000)]
        wanted = [f"{base}/entries?limit=1000&path={name.rpartition('/')[0]}" for name in names[:300]]
        pages = [get_request(path, self.api.token, "localhost") for path in wanted]
        entries = [get_request(f"{base}/entry?path={name}", self.api.token, "localhost") for name in names]
        for what, requests, connections in (
            ("1,000 children over HTTP", pages, 1),
            ("file look-ups over HTTP", entries, 16),
            ("file look-ups, repeated", entries, 16),
        ):
            cpu, began = cpu_seconds(registry), time.perf_counter()
            took = await time_requests("127.0.0.1", self.port, requests, connections)
            seconds, cpu = time.perf_counter() - began, cpu_seconds(registry) - cpu
            print(
                f"  {what}: {format_quantiles(took)}; {len(requests) / seconds:,.0f}/s, {len(requests) / cpu:,.0f}/s per core",
                flush=True,
            )

    async def _read_archives(self, shape: Shape) -> None:
        """Ask as the S3 proxy does: for the size of the archive, and for a thousand files from a random offset on."""
        registry = self.system.pid("registry")
        token = SystemSecrets.of(self.system.data).s3proxy_token
        asked = {"token": self.api.token, "bucket": BUCKET, "package": shape.package}
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}", headers={"Authorization": f"Bearer {token}"}, timeout=60
        ) as http:
            client = RegistryClient(http)
            began = time.perf_counter()
            plan = await client.plan_archive(ArchiveQuestion(**asked, revision="latest"))
            first = time.perf_counter() - began
            took = []
            cpu = cpu_seconds(registry)
            for number in range(ARCHIVE_PAGES):
                offset = plan.tar_bytes * _random_entry(shape, number) // shape.entries
                question = ArchiveEntriesQuestion(**asked, revision=plan.top_hash, tar_offset=offset)
                began = time.perf_counter()
                await client.archive_entries(question)
                took.append(time.perf_counter() - began)
            cpu = (cpu_seconds(registry) - cpu) / ARCHIVE_PAGES
        print(
            f"  plan of its archive: {first * 1e3:.0f} ms; 1,000 files from an offset of the tar: {format_quantiles(took)}, "
            f"{cpu * 1e3:.1f} ms of CPU",
            flush=True,
        )

    def browse_with_client(self, shape: Shape, home: Path) -> None:
        """Browse twice with quilt3, which fills its cache the first time."""
        environment = {
            "HOME": str(home),
            "XDG_DATA_HOME": str(home),
            "AWS_ENDPOINT_URL": self.system.s3,
            **self._keys(),
        }
        argv = [str(CLIENT / "python"), "-c", BROWSE, shape.package, f"s3://{BUCKET}", shape.directory]
        times = []
        for _ in range(2):
            ran = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
            times.append(tuple(map(float, ran.stdout.split())))
        (cold, _), (warm, listed) = times
        print(
            f"  quilt3.Package.browse: {cold:.2f} s, warm {warm:.2f} s; its listing of that directory {listed * 1e3:.1f} ms",
            flush=True,
        )

    def _keys(self) -> dict[str, str]:
        made = SystemSecrets.of(self.system.data)
        return {"AWS_ACCESS_KEY_ID": made.root_key_id, "AWS_SECRET_ACCESS_KEY": made.root_secret}


async def _write(index: Sessions, pages: list[NodePage]) -> None:
    for start in range(0, len(pages), 512):
        async with transaction(index) as session:
            await NodeStore(session).add_missing(pages[start : start + 512])


def _random_entry(shape: Shape, number: int) -> int:
    """The number of a random entry, which is the same in each run."""
    return random.Random(number).randrange(shape.entries)  # noqa: S311 – no secret


def _now() -> datetime:
    return datetime.now(UTC)


def _block_readers(indexer: psutil.Process) -> list[psutil.Process]:
    return [each for each in indexer.children() if "shared.index.trees.blocks" in command_line(each)]


def _indexer_seconds(indexer: psutil.Process) -> float:
    """CPU seconds of the indexer and of the processes that read blocks for it."""
    return cpu_seconds(indexer.pid) + sum(cpu_seconds(each.pid) for each in _block_readers(indexer))


def load() -> str:
    """Load of the machine in the last minute and the last five."""
    return "{:.1f}, {:.1f}".format(*os.getloadavg()[:2])


def _reset_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


@asynccontextmanager
async def opened_bench(system: System) -> AsyncIterator[PackageBench]:
    run = json.loads((system.data / "run.json").read_text())
    credentials = SystemSecrets.of(system.data)
    inner = Inner(Configuration.from_environment(system.environment), credentials, InnerPorts(**run["inner_ports"]))
    aws = AwsSettings(
        region=REGION,
        endpoint_url=system.s3,
        access_key_id=credentials.root_key_id,
        secret_access_key=SecretStr(credentials.root_secret),
    )
    database = DatabaseSettings(url=SecretStr(inner.database_url("indexer")))
    async with (
        open_s3(aws) as s3,
        open_engine(database, "bench") as engine,
        open_statements(database, "bench") as statements,
    ):
        yield PackageBench(system, S3ObjectStore(s3), sessions_of(engine), RevisionReadStore(statements).nodes, inner)


async def measure(system: System, home: Path, part: str) -> None:
    print(f"load {load()}", flush=True)
    async with opened_bench(system) as bench:
        for shape in filter(lambda shape: shape.is_of(part), SHAPES):
            await bench.push_package(shape)
            await bench.read_package(shape)
            await asyncio.to_thread(bench.browse_with_client, shape, home)
        if part and PUSHED.is_of(part):
            await bench.push_package(PUSHED)
        for shape in filter(lambda shape: shape.is_of(part), BUILT):
            await bench.build_package(shape)
            await bench.read_package(shape)


def main(part: str = "") -> None:
    with (
        tempfile.TemporaryDirectory() as place,
        running_system(Path(place) / "data", {**make_ports(), "PATCHWORK_LOG_FORMAT": "json"}) as system,
    ):
        asyncio.run(measure(system, Path(place), part))
