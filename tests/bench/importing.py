"""Imports of packages of 100,000 nodes from the database of another Quilt 2 registry: time and peak memory."""

import asyncio
import json
import subprocess
import tempfile
import time
from pathlib import Path

import asyncpg
import psutil
from bench.quilt2 import tree_of
from support.fakes.quilt2_database import Quilt2Database
from support.worlds.system import ROOT, System, running_system

from localrun.child_processes import before_exec
from localrun.credentials import SystemSecrets
from localrun.postgres import SUPERUSER
from registry.quilt2.services import trees

NODES = 100_000
INSTANCES = (1, 6)
"""Instances of the package; they differ in one file each."""


def main() -> None:
    with tempfile.TemporaryDirectory() as place, running_system(Path(place) / "data") as system:
        print("| instances | objects | time | peak memory |")
        print("|---|---|---|---|")
        for instances in INSTANCES:
            for check in ("none", "list"):  # the bucket is empty, so that all objects are reported
                url = asyncio.run(create_source(system, f"{check}{instances}", instances))
                took, peak = run_import(system, url, check)
                outcome = "not checked" if check == "none" else "all missing"
                print(f"| {instances} | {outcome} | {took:.1f} s | {peak:,.0f} MB |", flush=True)


async def create_source(system: System, name: str, instances: int) -> str:
    run = json.loads((system.data / "run.json").read_text())
    server = f"postgresql://{SUPERUSER}:{SystemSecrets.of(system.data).postgres}@{run['inner_urls']['postgres']}"
    admin = await asyncpg.connect(f"{server}/postgres")
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    connection = await asyncpg.connect(f"{server}/{name}")
    source = await Quilt2Database(connection).build()
    await source.person(name)
    root = tree_of(NODES)
    await connection.execute(
        "INSERT INTO s3_blob (owner, hash, size) SELECT $1, hash, 7 FROM unnest($2::text[]) AS hash",
        name,
        list(trees.objects(root)),
    )
    for number in range(instances):
        root["children"][f"more{number}"] = root["children"]["folder0"]["children"]["file0"]
        await connection.execute(
            "WITH made AS (INSERT INTO package (owner, name) VALUES ($1, 'wine')"
            " ON CONFLICT (owner, name) DO UPDATE SET name = 'wine' RETURNING id)"
            " INSERT INTO instance (package_id, hash, created_by, updated_by, contents)"
            " SELECT id, $2, $1, $1, $3 FROM made",
            name,
            trees.package_hash(root),
            json.dumps(root),
        )
    await connection.close()
    return f"{server}/{name}"


def run_import(system: System, url: str, check: str) -> tuple[float, float]:
    """The seconds of an import, and the peak memory of its largest process in megabytes."""
    began, peak = time.perf_counter(), 0.0
    command = [str(ROOT / ".venv" / "bin" / "patchwork"), "import-quilt2", "--from", url, "--check", check]
    with subprocess.Popen(
        command, env=system.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=before_exec()
    ) as command_process:
        process = psutil.Process(command_process.pid)
        while command_process.poll() is None:
            try:
                peak = max([peak, *(each.memory_info().rss / 1e6 for each in [process, *process.children()])])
            except psutil.NoSuchProcess:
                break
            time.sleep(0.05)
    assert command_process.returncode == 0
    return time.perf_counter() - began, peak
