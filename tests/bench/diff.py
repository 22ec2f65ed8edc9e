"""Comparisons of two revisions of a million entries, in the store and over HTTP.

For comparison, the same run reads both manifests into dictionaries and compares those, as the clients' `Package.diff`
does. The tree writer builds the trees without S3. `again` is a page of a comparison that the registry has cached.
"""

import asyncio
import json
import random
import tempfile
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Container, Iterator
from contextlib import aclosing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import orjson
from bench._http import get_request
from pydantic import SecretStr
from support.worlds.system import BUCKET, System, running_system

from indexer.db.manifests import ManifestStore
from indexer.db.nodes import NodeStore
from indexer.db.packages import IndexedPackageStore, PackageSearchDocument, Pointer, PointerSummary
from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.system import InnerPorts
from localrun.system import System as Inner
from registry.db.reading import RevisionReadStore
from shared.aws.objects import ObjectInfo
from shared.db.engine import Sessions, open_engine, sessions_of, transaction
from shared.db.statements import open_statements
from shared.index.diff.compare import compare, page
from shared.index.diff.walk import Tree, diff
from shared.index.trees.builder import TreeBuilder
from shared.index.trees.manifest_reader import ManifestContents
from shared.index.trees.nodes import Fetch, TreeFile
from shared.quilt.keys import PointerKey
from shared.quilt.labels import package_label
from shared.settings import DatabaseSettings

ENTRIES = 1_000_000
ONE_PERCENT = ENTRIES // 100
HASHES = [b64encode(sha256(b"%d" % number).digest()).decode() for number in range(ENTRIES)]


def key(number: int) -> str:
    return f"data/{number // 1000:05}/{number:07}.csv"


def entry(number: int, where: str, *, changed: bool) -> TreeFile:
    meta = b'{"user_meta": {"split": "train", "label": %d, "score": 0.5}}' % (number % 10) if number % 2 else None
    at = f"s3://{where}/amy/big/{key(number)}?versionId=abcdefghijklmnopqrstuvwxyz{number:06}"
    return TreeFile(key(number)[11:], at, number + changed, "sha2-256-chunked", HASHES[number], meta)


async def build_package(index: Sessions, package: str, changed: Container[int] = (), where: str = "bench") -> Tree:
    """Add the rows that the indexer would have added for such a manifest and its pointers; returns its tree."""
    builder = TreeBuilder()

    async def write_nodes() -> None:
        async with transaction(index) as session:
            await NodeStore(session).add_missing(builder.take())

    for number in range(ENTRIES):
        file = entry(number, where, changed=number in changed)
        builder.add_file(("data", f"{number // 1000:05}", file.name), file, file.meta)
        if number % 20_000 == 0:
            await write_nodes()
    root = builder.finish()
    await write_nodes()
    now, top_hash = datetime.now(UTC), sha256(package.encode()).hexdigest()
    info = ObjectInfo(f".quilt/packages/{top_hash}", 0, "built", now, None)
    async with transaction(index) as session:
        await ManifestStore(session).mark_read(
            BUCKET, top_hash, info, ManifestContents('{"version": "v0"}', None, top_hash, root)
        )
        pointers = [Pointer(PointerKey(package, tag), top_hash, "", now, None) for tag in ("latest", "1785312000")]
        await IndexedPackageStore(session).put_pointers(BUCKET, pointers)
        document = PackageSearchDocument(
            package, PointerSummary(top_hash, now, 1), "", "{}", "", package_label(None, "")
        )
        await IndexedPackageStore(session).put(BUCKET, [document])
    return Tree(root.storage, root.identity, root.entries, root.size)


async def print_times(what: str, call: Callable[[], Awaitable[object]], times: int = 5) -> None:
    took = []
    cpu = time.process_time()
    for _ in range(times):
        began = time.perf_counter()
        await call()
        took.append(time.perf_counter() - began)
    cpu = (time.process_time() - cpu) / times
    print(
        f"    {what}: {sorted(took)[times // 2] * 1e3:.0f} ms, best {min(took) * 1e3:.0f} ms ({cpu:.2f} s of CPU)",
        flush=True,
    )


async def compare_in_store(fetch: Fetch, base: Tree, head: Tree) -> None:
    async def read_all() -> None:
        async with aclosing(diff(fetch, base, head)) as batches:
            async for _ in batches:
                pass

    await print_times("first 100 changes", lambda: page(fetch, base, head, None, limit=100))
    await print_times("all changes", read_all)
    await print_times("all, with totals and moves", lambda: compare(fetch, base, head))


async def request(port: int, path: str, token: str) -> tuple[float, bytes]:
    """The seconds of a request, and the body of its answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    began = time.perf_counter()
    writer.write(get_request(path, token, "localhost").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
    took = time.perf_counter() - began
    writer.close()
    assert head.startswith(b"HTTP/1.1 200"), head + body
    return took, body


async def compare_over_http(port: int, token: str, package: str, base: str) -> None:
    url = f"/api/v1/buckets/{BUCKET}/packages/{package}/revisions/latest/diff"
    first, body = await request(port, f"{url}?base_package={base}", token)
    first_ended, known = time.perf_counter(), json.loads(body)
    while known["totals"] is None:
        await asyncio.sleep(0.05)
        known = json.loads((await request(port, f"{url}?base_package={base}", token))[1])
    totals = time.perf_counter() - first_ended + first
    again, body = await request(port, f"{url}?base_package={base}", token)
    after = f"&cursor={json.loads(body)['next']}" if json.loads(body)["next"] else ""
    following, _ = await request(port, f"{url}?base_package={base}{after}", token)
    exported, lines = await request(port, f"{url}.jsonl?base_package={base}", token)
    print(
        f"    over HTTP: first page {first * 1e3:.0f} ms, totals known after {totals * 1e3:.0f} ms; again {again * 1e3:.0f} ms, "
        f"second page {following * 1e3:.0f} ms; export {exported * 1e3:.0f} ms, {len(lines) / 1e6:.1f} MB; "
        f"{known['totals']}",
        flush=True,
    )


def manifest(changed: Container[int]) -> Iterator[bytes]:
    for number in range(ENTRIES):
        file = entry(number, "bench", changed=number in changed)
        value = {"type": file.hash_type, "value": file.hash_value}
        meta = orjson.Fragment(file.meta or b"{}")
        record = {"logical_key": key(number), "physical_keys": [file.physical_key], "size": file.size, "hash": value}
        yield orjson.dumps({**record, "meta": meta}) + b"\n"


def compare_manifests(changed: Container[int], place: Path) -> None:
    for name, differing in (("old", ()), ("new", changed)):
        with (place / name).open("wb") as target:
            target.writelines(manifest(differing))
    began = time.perf_counter()
    sides = []
    for name in ("old", "new"):
        with (place / name).open("rb") as source:
            sides.append({record["logical_key"]: record for line in source if (record := orjson.loads(line))})
    loaded = time.perf_counter()
    old, new = sides
    removed, modified = [], []
    for logical_key, record in old.items():
        other = new.pop(logical_key, None)
        if other is None:
            removed.append(logical_key)
        elif other != record:
            modified.append(logical_key)
    added = sorted(new)
    compared = time.perf_counter()
    assert (len(removed), len(modified), len(added)) == (0, ONE_PERCENT, 0)
    print(
        f"  two dictionaries: reading both {loaded - began:.1f} s (with orjson), comparing {(compared - loaded) * 1e3:.0f} ms",
        flush=True,
    )


async def measure(system: System, place: Path) -> None:
    run = json.loads((system.data / "run.json").read_text())
    credentials = SystemSecrets.of(system.data)
    inner = Inner(Configuration.from_environment(system.environment), credentials, InnerPorts(**run["inner_ports"]))
    database = DatabaseSettings(url=SecretStr(inner.database_url("indexer")))
    token = system.sign_in().token
    randomness = random.Random(1)  # noqa: S311 – no secret
    scattered = set(randomness.sample(range(ENTRIES), ONE_PERCENT))
    clustered = range(ENTRIES // 2, ENTRIES // 2 + ONE_PERCENT)
    ten = set(randomness.sample(range(ENTRIES), 10))
    cases: list[tuple[str, str, Container[int], str]] = [
        ("1 % changed, scattered", "bench/scattered", scattered, "bench"),
        ("1 % changed, in one place", "bench/clustered", clustered, "bench"),
        ("10 entries changed", "bench/ten", ten, "bench"),
        ("1 % changed, scattered, in a promoted copy", "bench/promoted", scattered, "other"),
    ]
    async with open_engine(database, "bench") as engine, open_statements(database, "bench") as statements:
        fetch = RevisionReadStore(statements).nodes
        index = sessions_of(engine)
        base = await build_package(index, "bench/base")
        for title, package, changed, where in cases:
            head = await build_package(index, package, changed, where)
            print(f"  {title}", flush=True)
            await compare_in_store(fetch, base, head)
            await compare_over_http(inner.ports.registry, token, package, "bench/base")
    compare_manifests(scattered, place)


def main() -> None:
    with tempfile.TemporaryDirectory() as place, running_system(Path(place) / "data") as system:
        asyncio.run(measure(system, Path(place)))
