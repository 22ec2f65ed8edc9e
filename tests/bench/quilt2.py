"""Pushes and install documents of Quilt 2 packages at a running registry: rates, times, CPU and growth of memory."""

import asyncio
import gzip
import hashlib
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import orjson
from bench._http import cpu_seconds, format_quantiles, get_request, time_requests
from support.worlds.system import Api, System, running_system

from registry.quilt2.services import trees

NODES = (10, 1_000, 100_000)
PUSHES = {10: 100, 1_000: 20, 100_000: 2}
DOCUMENTS = {10: 5_000, 1_000: 300, 100_000: 5}
CONNECTIONS = {10: 8, 1_000: 8, 100_000: 1}


def tree_of(nodes: int) -> trees.Node:
    """A tree of `nodes` files, a thousand in each folder."""
    root: trees.Node = {"type": "ROOT", "children": {}}
    for number in range(nodes):
        folder = root["children"].setdefault(f"folder{number // 1000}", {"type": "GROUP", "children": {}})
        name = f"file{number}"
        metadata = {"q_ext": "id", "q_path": f"data/{name}.bin", "q_target": "file"}
        hashes = [hashlib.sha256(f"{nodes}{name}".encode()).hexdigest()]
        folder["children"][name] = {"type": "FILE", "hashes": hashes, "metadata": metadata}
    return root


def main() -> None:
    with tempfile.TemporaryDirectory() as place, running_system(Path(place) / "data") as system:
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
