"""Another Quilt 2 registry, and its import into a running system."""

import asyncio
import gzip
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aioboto3
import asyncpg
from support.fakes.quilt2_database import Quilt2Database
from support.worlds.quilt2_world import file, group, root
from support.worlds.system import ROOT, System

from localrun.child_processes import before_exec
from localrun.credentials import SystemSecrets
from localrun.postgres import SUPERUSER
from localrun.system import PACKAGE_BUCKET

PEOPLE = 8


@dataclass
class SourceRegistry:
    url: str
    system_url: str
    """URL of the database of the system that has imported it."""
    package_hash: str
    bodies: dict[str, bytes]


def import_source_registry(system: System, report: Path) -> SourceRegistry:
    """Import a registry with a run that is killed, and with another one, which writes `report`."""
    source = asyncio.run(_build(system))
    command: list[str | Path] = [
        ROOT / ".venv" / "bin" / "patchwork",
        "import-quilt2",
        "--from",
        source.url,
        "--batch",
        "1",
    ]
    with subprocess.Popen(
        command, env=system.environment, stderr=subprocess.PIPE, text=True, preexec_fn=before_exec()
    ) as first:
        assert first.stderr
        next(line for line in first.stderr if line.startswith("people:"))
        first.kill()
    done = system.patchwork("import-quilt2", "--from", source.url, "--report", str(report))
    assert done.returncode == 0, done.stderr
    assert f"{PEOPLE} people, 1 packages and 2 instances are here." in done.stdout
    assert report.read_text() == ""
    return source


async def _build(system: System) -> SourceRegistry:
    run = json.loads((system.data / "run.json").read_text())
    credentials = SystemSecrets.of(system.data)
    server = f"postgresql://{SUPERUSER}:{credentials.postgres}@{run['inner_urls']['postgres']}"
    admin = await asyncpg.connect(f"{server}/postgres")
    await admin.execute("CREATE DATABASE quilt2")
    await admin.close()
    connection = await asyncpg.connect(f"{server}/quilt2")
    database = await Quilt2Database(connection).build()
    for number in range(PEOPLE - 1):
        await database.person(f"moved{number}", password="only in tests")
    await database.person("mover", password="mover's old password")
    bodies = {"README": b"# Wine, moved", "data/a": b"all the grapes", "empty": b"", "packed": b"of old clients " * 99}
    stored = {"packed": gzip.compress(bodies["packed"])}
    hashes = {name: database.put("mover", body, stored=stored.get(name)) for name, body in bodies.items()}
    leaf = {
        name: file(each, metadata={"q_ext": "id", "q_path": name, "q_target": "file"}) for name, each in hashes.items()
    }
    below = {name: leaf[name] for name in ("README", "empty", "packed")}
    tree = root(data=group(a=leaf["data/a"]), **below)
    sizes: dict[str, int | None] = {hashes[name]: len(body) for name, body in bodies.items()}
    await database.push("mover", "wine", root(README=file(hashes["README"])), tags=("first",))
    package_hash = await database.push(
        "mover", "wine", tree, sizes=sizes, users=("moved1",), versions=(("1.0", "1.0"),)
    )
    await connection.close()
    session = aioboto3.Session(credentials.root_key_id, credentials.root_secret, region_name="us-east-1")
    async with session.client("s3", endpoint_url=system.s3) as s3:
        for key, body in database.objects.items():
            encoding: Any = {"ContentEncoding": "gzip"} if body in stored.values() else {}
            await s3.put_object(Bucket=PACKAGE_BUCKET, Key=key, Body=body, **encoding)
    return SourceRegistry(f"{server}/quilt2", f"{server}/patchwork", package_hash, bodies)
