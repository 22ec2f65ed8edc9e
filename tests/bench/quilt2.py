"""Push and install document of packages of Quilt 2, against a running registry: seconds, and what memory grows by."""

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
import psutil
from bench._http import ask, cpu_seconds, get, milliseconds
from support.system import Api, System, running_system

from registry.services.quilt2 import trees

NODES = (10, 1_000, 100_000)
REQUESTS = {10: 3_000, 1_000: 100}
CONNECTIONS = 8


def contents(nodes: int) -> trees.Node:
    """A thousand files in each folder."""
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
        print(
            "| nodes | dry run | push | install document | registry holds | documents/s per core |\n|---|---|---|---|---|---|"
        )
        for nodes in NODES:
            dry, pushed, path = push(system, api, nodes)
            took, peak = install(system, api, path)
            rate = asyncio.run(rush(system, api, path, REQUESTS[nodes])) if nodes in REQUESTS else ""
            print(f"| {nodes:,} | {dry:.2f} s | {pushed:.2f} s | {took:.3f} s | {peak:,.0f} MB | {rate} |", flush=True)


def push(system: System, api: Api, nodes: int) -> tuple[float, float, str]:
    root = contents(nodes)
    path = f"/api/package/admin/bench{nodes}/{trees.package_hash(root)}"
    sizes = dict.fromkeys(trees.objects(root), 1)
    took = []
    for dry_run in (True, False):
        body: dict[str, Any] = {"contents": root, "description": "", "sizes": sizes, "dry_run": dry_run}
        packed = gzip.compress(orjson.dumps(body), 1)
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        began = time.perf_counter()
        answer = httpx.put(
            system.registry + path,
            content=packed,
            headers={**headers, "Authorization": f"Bearer {api.token}"},
            timeout=120,
        )
        took.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.text[:500]
    return took[0], took[1], path


def install(system: System, api: Api, path: str) -> tuple[float, float]:
    """Seconds, and megabytes that the registry holds."""
    process = psutil.Process(system.pid("registry"))
    began = time.perf_counter()
    answer = httpx.get(system.registry + path, headers={"Authorization": f"Bearer {api.token}"}, timeout=120)
    took = time.perf_counter() - began
    assert answer.status_code == 200, answer.text[:500]
    return took, process.memory_info().rss / 1e6


async def rush(system: System, api: Api, path: str, count: int) -> str:
    """At the registry itself, without the front."""
    port = json.loads((system.data / "run.json").read_text())["inner_ports"]["registry"]
    began = cpu_seconds(system.pid("registry"))
    took = await ask("127.0.0.1", port, [get(path, api.token, "registry")] * count, CONNECTIONS)
    spent = cpu_seconds(system.pid("registry")) - began
    return f"{count / spent:,.0f} ({milliseconds(took)})"
