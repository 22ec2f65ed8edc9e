"""Ordinary reads of the JSON API and GraphQL, on a whole running system with 100 packages and 20 buckets.

CPU is that of the registry's process, which logs as in production; `per core` divides by it. Other work on the machine
lengthens the times and hardly the CPU.
"""

import asyncio
import json
import random
import tempfile
import time
from io import BytesIO
from pathlib import Path

from bench._http import cpu_seconds, format_quantiles, get_request, time_requests
from bench.packages import PackageBench, line, opened_bench, top_hash_of
from support.worlds.system import BUCKET, System, eventually, make_ports, running_system

PACKAGES, REVISIONS, BUCKETS, ENTRIES = 100, 30, 20, 20
REQUESTS, CONNECTIONS = 2000, 8
GRAPHQL_REQUESTS = 400
"""With all rounds fewer than a user may send at once."""
ROUNDS = 3
PACKAGE = "bench/p000"

GRAPHQL = """
query ($bucket: String!, $name: String!) {
  package(bucket: $bucket, name: $name) {
    bucket name modified
    revision(hashOrTag: "latest") {
      hash modified message userMeta totalEntries totalBytes
      dir(path: "data") {
        path metadata
        children { ... on PackageFile { path size physicalKey } ... on PackageDir { path size } }
      }
    }
  }
}
"""


def manifest_of(package: str, revision: int) -> bytes:
    header = {"version": "v0", "message": f"Revision {revision}", "user_meta": {"package": package, "number": revision}}
    lines = [json.dumps(header).encode() + b"\n"]
    return b"".join([*lines, *(line(f"data/{number:03}.csv", number) for number in range(ENTRIES))])


async def stock(bench: PackageBench) -> None:
    """Push the packages as clients do, and wait until the index has them."""
    for number in range(BUCKETS - 1):
        made = bench.api.request("POST", "/api/v1/buckets", json={"name": f"bench-reads-{number:02}"})
        assert made.status_code == 201, made.text
    for number in range(PACKAGES):
        name = f"bench/p{number:03}"
        for revision in range(REVISIONS if name == PACKAGE else 1):
            text = manifest_of(name, revision)
            top_hash = await top_hash_of(BytesIO(text))
            await bench.objects.put(BUCKET, f".quilt/packages/{top_hash}", text)
            pointer = f".quilt/named_packages/{name}"
            for tag in (str(1_785_000_000 + revision), "latest"):
                await bench.objects.put(BUCKET, f"{pointer}/{tag}", top_hash.encode())
    listed = f"/api/v1/buckets/{BUCKET}/packages?prefix=bench/"
    history = f"/api/v1/buckets/{BUCKET}/packages/{PACKAGE}/revisions?limit=100"

    def is_indexed() -> bool:
        found, pushes = bench.api.request("GET", listed).json(), bench.api.request("GET", history).json()
        return len(found["items"]) == PACKAGES and len(pushes.get("items", ())) == REVISIONS

    await asyncio.to_thread(eventually, is_indexed, 120, or_say=lambda: bench.system.output)


def requests_of(token: str) -> dict[str, list[bytes]]:
    """Requests of each kind, for packages chosen at random, which are the same in each run."""
    chosen = [f"bench/p{random.Random(number).randrange(PACKAGES):03}" for number in range(REQUESTS)]  # noqa: S311
    base = f"/api/v1/buckets/{BUCKET}/packages"

    def get(*paths: str) -> list[bytes]:
        return [get_request(path, token, "localhost") for path in paths]

    return {
        "package": get(*(f"{base}/{name}" for name in chosen)),
        "revision": get(*(f"{base}/{name}/revisions/latest" for name in chosen)),
        "20 revisions": get(*[f"{base}/{PACKAGE}/revisions"] * REQUESTS),
        "20 packages": get(*[f"{base}?limit=20"] * REQUESTS),
        "100 packages": get(*[base] * REQUESTS),
        "directory of 20 files": get(*(f"{base}/{name}/revisions/latest/entries?path=data" for name in chosen)),
        "the same as documented": get(
            *(f"{base}/{name}/revisions/latest/entries?%70ath=data" for name in chosen)  # not for the fast path
        ),
        "file": get(*(f"{base}/{name}/revisions/latest/entry?path=data/003.csv" for name in chosen)),
        "20 buckets": get(*["/api/v1/buckets"] * REQUESTS),
        "GraphQL, package with directory": [
            _post("/graphql", {"query": GRAPHQL, "variables": {"bucket": BUCKET, "name": name}}, token)
            for name in chosen[:GRAPHQL_REQUESTS]
        ],
    }


def _post(path: str, asked: object, token: str) -> bytes:
    body = json.dumps(asked).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def measure(system: System, only: str) -> None:
    async with opened_bench(system) as bench:
        await stock(bench)
        registry, port = system.pid("registry"), bench.port
        for what, requests in requests_of(bench.api.token).items():
            if only and only not in what:
                continue
            await time_requests("127.0.0.1", port, requests[:200], CONNECTIONS)
            costs, took = [], []
            for _ in range(ROUNDS):
                cpu, began = cpu_seconds(registry), time.perf_counter()
                took += await time_requests("127.0.0.1", port, requests, CONNECTIONS)
                costs.append((cpu_seconds(registry) - cpu) / len(requests))
                seconds = time.perf_counter() - began
            least = min(costs)
            print(
                f"{what}: {least * 1e3:.2f} ms of CPU, {1 / least:,.0f}/s per core; "
                f"{format_quantiles(took)}, {len(requests) / seconds:,.0f}/s",
                flush=True,
            )


def main(part: str = "") -> None:
    environment = {**make_ports(), "PATCHWORK_LOG_FORMAT": "json"}
    with (
        tempfile.TemporaryDirectory() as place,
        running_system(Path(place) / "data", environment) as system,
    ):
        asyncio.run(measure(system, part))
