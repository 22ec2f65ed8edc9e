"""Pushes and install documents of Quilt 2 packages at a running registry: rates, times, CPU and growth of memory.

`quilt2:pushes` and `quilt2:seaweedfs` send pushes of ten nodes over several connections to the public address, and give the processor
time of each process: with the embedded store, whose events the indexer follows, and with SeaweedFS.
"""

import asyncio
import gzip
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import orjson
import psutil
from bench._http import cpu_seconds, format_quantiles, get_request, time_requests
from support.worlds.other_stores import running_seaweedfs, running_system_with
from support.worlds.system import Api, System, running_system

from registry.quilt2.services import trees

NODES = (10, 1_000, 100_000)
PUSHES = {10: 100, 1_000: 20, 100_000: 2}
DOCUMENTS = {10: 5_000, 1_000: 300, 100_000: 5}
CONNECTIONS = {10: 8, 1_000: 8, 100_000: 1}
CONCURRENT_PUSHES = 400
WARM_PUSHES = 40
IDLE_SECONDS = 5.0
"""Time in which the processes are watched while nothing happens."""
INDEXED_SECONDS = 180.0
"""Longest wait for the indexer."""
OWN = ("auth", "registry", "indexer", "s3proxy", "follower of the search")


def tree_of(nodes: int, seed: str = "") -> trees.Node:
    """A tree of `nodes` files, a thousand in each folder. Trees with other seeds have other objects."""
    root: trees.Node = {"type": "ROOT", "children": {}}
    for number in range(nodes):
        folder = root["children"].setdefault(f"folder{number // 1000}", {"type": "GROUP", "children": {}})
        name = f"file{number}"
        metadata = {"q_ext": "id", "q_path": f"data/{name}.bin", "q_target": "file"}
        hashes = [hashlib.sha256(f"{seed}{nodes}{name}".encode()).hexdigest()]
        folder["children"][name] = {"type": "FILE", "hashes": hashes, "metadata": metadata}
    return root


def main(part: str = "") -> None:
    if part == "seaweedfs":
        with tempfile.TemporaryDirectory() as place:
            directory = Path(place)
            with running_seaweedfs(directory / "store") as store, running_system_with(store, directory) as system:
                asyncio.run(measure_pushes(system, {"store": store.pid}, follows_events=False))
        return
    with tempfile.TemporaryDirectory() as place, running_system(Path(place) / "data") as system:
        if part == "pushes":
            asyncio.run(measure_pushes(system, {}, follows_events=True))
            return
        api = system.sign_in()
        print("| nodes | | per second | times | core seconds each | the registry grows by at most |")
        print("|---|---|---|---|---|---|")
        for nodes in NODES:
            root = tree_of(nodes)
            table = MeasuredRows(system, nodes)
            table.print_row("dry run", asyncio.run(time_pushes(system, api, root, nodes, dry_run=True)))
            table.print_row("push", asyncio.run(time_pushes(system, api, root, nodes, dry_run=False)))
            table.print_row("install document", asyncio.run(time_documents(system, api, root, nodes)))


class MeasuredRows:
    """Rows for packages of one size. Memory is the peak of the registry's process, less its memory before the first of them."""

    def __init__(self, system: System, nodes: int) -> None:
        self._pid = system.pid("registry")
        self._nodes = nodes
        self._memory_before = self._memory("VmRSS")
        self._start()

    def _start(self) -> None:
        Path(f"/proc/{self._pid}/clear_refs").write_text("5")  # the peak from now on
        self._core, self._began = cpu_seconds(self._pid), time.perf_counter()

    def print_row(self, what: str, took: list[float]) -> None:
        rate = len(took) / (time.perf_counter() - self._began)
        core = (cpu_seconds(self._pid) - self._core) / len(took)
        grown = self._memory("VmHWM") - self._memory_before
        print(
            f"| {self._nodes:,} | {what} | {rate:,.1f} | {format_quantiles(took)} | {core:.4f} | {grown:,.0f} MB |",
            flush=True,
        )
        self._start()

    def _memory(self, line: str) -> float:
        status = Path(f"/proc/{self._pid}/status").read_text()
        return int(status.partition(f"{line}:")[2].split()[0]) / 1e3


async def measure_pushes(system: System, others: Mapping[str, int], *, follows_events: bool) -> None:
    """Push packages, each new and with objects of its own, and print rate, times and processor time.

    The processor time is without what the processes take when nothing happens. With `follows_events`, it includes that of indexing
    all of them.
    """
    api, address = system.sign_in(), urlsplit(system.registry)
    requests = [push_request(f"many{number}", api.token) for number in range(WARM_PUSHES + CONCURRENT_PUSHES)]

    async def push(some: list[bytes]) -> list[float]:
        return await time_requests(str(address.hostname), int(address.port or 80), some, CONNECTIONS[10])

    await push(requests[:WARM_PUSHES])
    if follows_events:
        await wait_until_indexed(system, WARM_PUSHES)
    resting = cpu_by_process(system, others)
    await asyncio.sleep(IDLE_SECONDS)
    before, began = cpu_by_process(system, others), time.perf_counter()
    idle = {name: (before[name] - resting.get(name, before[name])) / IDLE_SECONDS for name in before}
    took = await push(requests[WARM_PUSHES:])
    seconds = time.perf_counter() - began
    if follows_events:
        await wait_until_indexed(system, len(requests))
    behind = time.perf_counter() - began - seconds
    after = cpu_by_process(system, others)
    each = {
        name: (after[name] - before.get(name, 0.0) - idle.get(name, 0.0) * (seconds + behind)) / len(took) * 1e3
        for name in after
    }
    print("load {:.1f}, {:.1f}".format(*os.getloadavg()[:2]))
    print(f"{len(took) / seconds:,.0f} pushes a second over {CONNECTIONS[10]} connections, {format_quantiles(took)}")
    if follows_events:
        print(f"the last was indexed {behind:.1f} s after its answer")
    print("\n| process | processor time of a push |\n|---|---|")
    for name, spent in sorted(each.items()):
        print(f"| {name} | {spent:.1f} ms |")
    print(f"| own services | {sum(each[name] for name in OWN):.1f} ms |", flush=True)


def push_request(name: str, token: str) -> bytes:
    root = tree_of(10, name)
    body = {"contents": root, "description": "", "sizes": dict.fromkeys(trees.objects(root), 1), "dry_run": False}
    packed = gzip.compress(orjson.dumps(body), 1)
    head = (
        f"PUT /api/package/admin/{name}/{trees.package_hash(root)} HTTP/1.1\r\nHost: registry\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
        f"Content-Length: {len(packed)}\r\n\r\n"
    )
    return head.encode() + packed


async def wait_until_indexed(system: System, packages: int) -> None:
    connection = await asyncpg.connect(system.inner.database_url("indexer").replace("+asyncpg", ""))
    try:
        deadline = time.monotonic() + INDEXED_SECONDS
        query = "SELECT count(*) FROM index.package WHERE name LIKE 'admin/many%'"
        while await connection.fetchval(query) < packages:
            assert time.monotonic() < deadline, "the indexer is too slow"
            await asyncio.sleep(0.1)
    finally:
        await connection.close()


def cpu_by_process(system: System, others: Mapping[str, int]) -> dict[str, float]:
    """Processor seconds of the programs, and of all their children, also of those that have ended."""
    pids = json.loads((system.data / "run.json").read_text())["pids"] | others
    found: dict[str, float] = {}
    for name, pid in pids.items():
        root = psutil.Process(pid)
        if name == "postgres":
            found[name] = _cpu_of(root, *root.children(recursive=True))
            continue
        found[name] = cpu_seconds(pid)
        below = root.children(recursive=True)
        if name == "registry":
            found["follower of the search"] = _cpu_of(
                *[each for each in below if "registry.follower" in each.cmdline()]
            )
            below = [each for each in below if "registry.follower" not in each.cmdline()]
        if below:
            found[f"children of {name}"] = _cpu_of(*below)
    return found


def _cpu_of(*processes: psutil.Process) -> float:
    spent = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            spent += times.user + times.system + times.children_user + times.children_system
    return spent


async def time_pushes(system: System, api: Api, root: trees.Node, nodes: int, *, dry_run: bool) -> list[float]:
    """Push to packages, each new, one after another, as the client does; returns the seconds of each push."""
    sizes = dict.fromkeys(trees.objects(root), 1)
    body: dict[str, Any] = {"contents": root, "description": "", "sizes": sizes, "dry_run": dry_run}
    packed, package_hash = gzip.compress(orjson.dumps(body), 1), trees.package_hash(root)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", "Authorization": f"Bearer {api.token}"}
    took = []
    async with httpx.AsyncClient(timeout=120) as http:
        for number in range(PUSHES[nodes]):
            path = f"/api/package/admin/bench{nodes}x{number}/{package_hash}"
            began = time.perf_counter()
            answer = await http.put(system.registry + path, content=packed, headers=headers)
            took.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer.text[:500]
    return took


async def time_documents(system: System, api: Api, root: trees.Node, nodes: int) -> list[float]:
    """Seconds of each request for an install document, sent to the registry without the front."""
    port = json.loads((system.data / "run.json").read_text())["inner_ports"]["registry"]
    path = f"/api/package/admin/bench{nodes}x0/{trees.package_hash(root)}?subpath=&meta_only="
    return await time_requests(
        "127.0.0.1", port, [get_request(path, api.token, "registry")] * DOCUMENTS[nodes], CONNECTIONS[nodes]
    )
