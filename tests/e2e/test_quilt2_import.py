"""The import of a Quilt 2 registry: its people sign in with their passwords, and the client installs its packages."""

import asyncio
import gzip
import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aioboto3
import asyncpg
import pytest
from support.fakes.quilt2_database import Quilt2Database
from support.foreign.quilt2_client import PYTHON, Quilt2Client
from support.worlds.quilt2_world import file, group, root
from support.worlds.system import HTTP, ROOT, System, eventually

from localrun.child_processes import before_exec
from localrun.credentials import SystemSecrets
from localrun.postgres import SUPERUSER
from localrun.system import PACKAGE_BUCKET

PEOPLE = 8


@dataclass
class SourceRegistry:
    url: str
    server: str
    package_hash: str
    bodies: dict[str, bytes]


@pytest.fixture(scope="module")
def imported(system: System, homes: Path) -> SourceRegistry:
    """Imported by a run that was killed, and another one."""
    source = asyncio.run(build_source(system))
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
    report = homes / "imported.tsv"
    done = system.patchwork("import-quilt2", "--from", source.url, "--report", str(report))
    assert done.returncode == 0, done.stderr
    assert f"{PEOPLE} people, 1 packages and 2 instances are here." in done.stdout
    assert report.read_text() == ""
    return source


async def build_source(system: System) -> SourceRegistry:
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


def test_imported_people_sign_in_with_their_old_passwords(system: System, imported: SourceRegistry) -> None:
    async def password() -> str:
        connection = await asyncpg.connect(imported.server)
        try:
            return str(await connection.fetchval("SELECT password FROM auth.\"user\" WHERE name = 'mover'"))
        finally:
            await connection.close()

    assert asyncio.run(password()).startswith("$pbkdf2-sha512$")
    wrong = HTTP.post(f"{system.registry}/api/login", json={"username": "mover", "password": "another password"})
    assert wrong.status_code == 401
    assert system.sign_in("mover", "mover's old password").get("/api/me")["email"] == "mover@example.com"
    assert asyncio.run(password()).startswith("$argon2id$")
    system.sign_in("mover", "mover's old password")


@pytest.mark.usefixtures("imported")
def test_imported_packages_appear_in_the_index(system: System) -> None:
    api = system.sign_in("mover", "mover's old password")
    where = f"/api/v1/buckets/{PACKAGE_BUCKET}/packages/mover/wine/revisions"

    def revisions() -> int:
        answer = api.request("GET", where)
        return len(answer.json()["items"]) if answer.status_code == 200 else 0

    eventually(lambda: revisions() == 2)


def test_the_quilt_2_client_installs_an_imported_package(system: System, imported: SourceRegistry, homes: Path) -> None:
    if not (PYTHON / "quilt").exists():
        pytest.skip("There is no Python for quilt 2.9.15 here")
    reader = Quilt2Client(homes / "moved-reader", system, PYTHON).configured(system.sign_in("moved1", "only in tests"))
    reader.quilt("install", "mover/wine")
    wanted = {name: hashlib.sha256(body).hexdigest() for name, body in imported.bodies.items()}
    assert reader.found("mover/wine") == wanted
    assert imported.package_hash in reader.quilt("log", "mover/wine")
    assert "1.0" in reader.quilt("version", "list", "mover/wine")
    stranger = Quilt2Client(homes / "moved-stranger", system, PYTHON).configured(
        system.sign_in("moved2", "only in tests")
    )
    assert "does not exist" in stranger.quilt("install", "mover/wine", "-x", imported.package_hash, fails=True)
