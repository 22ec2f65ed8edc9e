"""A system is backed up, destroyed and restored: acknowledged writes are there, and the index is built again from S3."""

import asyncio
import hashlib
import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aioboto3
import asyncpg
import pytest
from support.worlds.system import BUCKET, REGISTRY, Api, Client, System, eventually, make_ports, running_system

from localrun.credentials import SystemSecrets

INDEX_SECONDS = 60
TABLES = {
    "bucket": "name",
    "object": "bucket, key, version_id, etag, size, modified, extension, meta, text, search",
    "pointer": "bucket, name, tag, layout, top_hash, etag, modified, author",
    "manifest": "bucket, top_hash, key, state, problem, header, message, total_entries, total_bytes, root, identity, etag",
    "node": "*",
    "package": "*",
}
"""Columns of the index's tables, without timestamps."""
DURING_BACKUP = "during-backup/"


def index_of(system: System) -> dict[str, list[str]]:
    """Rows as text, by table, without those of objects that were written during the backup."""

    async def read() -> dict[str, list[str]]:
        run = json.loads((system.data / "run.json").read_text())
        connection = await asyncpg.connect(
            host="127.0.0.1",
            port=run["inner_ports"]["postgres"],
            user="patchwork",
            password=SystemSecrets.of(system.data).postgres,
            database="patchwork",
        )
        try:
            found = {}
            for table, columns in TABLES.items():
                rows = await connection.fetch(f"SELECT {columns} FROM index.{table}")  # noqa: S608 – names of our own
                found[table] = sorted(map(str, rows))
            return found
        finally:
            await connection.close()

    index = asyncio.run(read())
    index["object"] = [row for row in index["object"] if DURING_BACKUP not in row]
    return index


class Writer:
    """Puts one object after another, and records when each was acknowledged."""

    def __init__(self, system: System, api: Api) -> None:
        self._url = system.s3
        self._credentials: dict[str, str] = api.get("/api/auth/get_credentials")
        self.acknowledged: dict[str, float] = {}
        self.failures: list[str] = []
        self._stop = threading.Event()

    @contextmanager
    def writing(self) -> Iterator[None]:
        thread = threading.Thread(target=lambda: asyncio.run(self._write()))
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 – the test reports any error
            self.failures.append(str(error))

    async def _write(self) -> None:
        async with self.s3() as s3:
            number = 0
            while not self._stop.is_set():
                key = f"{DURING_BACKUP}{number % 500}"  # the backup copies some while they are replaced
                with self._noted():
                    await s3.put_object(Bucket=BUCKET, Key=key, Body=f"{number} ".encode() * 3000)
                    self.acknowledged[f"{number}"] = time.time()
                number += 1

    def s3(self) -> Any:
        keys = self._credentials
        session: Any = aioboto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        return session.client("s3", endpoint_url=self._url, region_name="us-east-1")

    async def present(self) -> dict[str, bytes]:
        async with self.s3() as s3:
            found = {}
            for number in range(500):
                key = f"{DURING_BACKUP}{number}"
                answer = await s3.get_object(Bucket=BUCKET, Key=key)
                body = await answer["Body"].read()
                assert answer["ETag"].strip('"') == hashlib.md5(body).hexdigest()  # noqa: S324 – S3 uses it
                found[key] = body
            return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    for number in range(60):
        path = folder / f"part {number % 5}" / f"file-{number:02}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"number {number}\n" * (number + 1))
    (folder / "README.md").write_text("# Kept\n\nA quagga in the garden.\n")
    return folder


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_objects_acknowledged_before_a_backup_are_in_the_restored_system(tmp_path: Path, folder: Path) -> None:
    data, backup, ports = tmp_path / "data", tmp_path / "backup", make_ports()
    with running_system(data, ports=ports) as system:
        client = Client(tmp_path / "home", system)
        api = client.sign_in("admin", "quilt")
        first = client.act("push", "keep/first", REGISTRY, folder, "one")["top_hash"]
        (folder / "part 0" / "file-00.txt").write_text("changed\n")
        second = client.act("push", "keep/first", REGISTRY, folder, "two")["top_hash"]
        client.act("push", "keep/other", REGISTRY, folder / "part 1")
        assert api.request("POST", "/api/v1/buckets", json={"name": "second-bucket"}).status_code == 201
        system.create_user("kim", "a password of kim", "ReadAll")
        key = api.request("POST", "/api/v1/keys", json={"name": "kept"}).json()["secret"]
        eventually(lambda: api.get("/api/v1/search", {"q": "quagga"})["total"] > 0, INDEX_SECONDS)
        eventually(lambda: len(index_of(system)["package"]) == 2 + _example(api), INDEX_SECONDS)
        index = settled_index(system)
        writer = Writer(system, api)
        with writer.writing():
            eventually(lambda: len(writer.acknowledged) > 700, 60)
            before = time.time()
            done = system.patchwork("backup", str(backup))
            assert done.returncode == 0, done.stderr
        assert not writer.failures, "writers wait and do not fail"
    shutil.rmtree(data)
    assert system.patchwork("backup", str(tmp_path / "nothing")).returncode != 0
    done = system.patchwork("restore", str(backup))
    assert done.returncode == 0, done.stderr
    assert system.patchwork("restore", str(backup)).returncode != 0, "a restore replaces no data"
    with running_system(data, ports=ports) as system:
        eventually(lambda: index_of(system) == index, INDEX_SECONDS, or_say=lambda: differences(system, index))
        again = Api(system.registry, api.token)
        assert again.get("/api/me")["current_user"] == "admin", "the session is still valid"
        assert Api(system.registry, key).get("/api/me")["current_user"] == "admin", "the API key is still valid"
        assert system.sign_in("kim", "a password of kim").get("/api/me")["current_user"] == "kim"
        assert {each["name"] for each in again.get("/api/v1/buckets")["items"]} >= {BUCKET, "second-bucket"}
        revisions = again.get(f"/api/v1/buckets/{BUCKET}/packages/keep/first/revisions")["items"]
        assert {each["top_hash"] for each in revisions} == {first, second}
        client.quilt3("install", "keep/first", "--registry", REGISTRY, "--dest", tmp_path / "installed")
        assert contents(tmp_path / "installed") == contents(folder)
        present = asyncio.run(Writer(system, again).present())
        newest = {key: int(body.split()[0]) for key, body in present.items()}
        for number, at in writer.acknowledged.items():
            if at < before:
                assert newest[f"{DURING_BACKUP}{int(number) % 500}"] >= int(number)


def _example(api: Api) -> int:
    """Number of packages that a new system has."""
    return len([each for each in api.get(f"/api/v1/buckets/{BUCKET}/packages")["items"] if "keep/" not in each["name"]])


def settled_index(system: System) -> dict[str, list[str]]:
    """The index once it is the same twice in a row, a second apart."""
    index: dict[str, list[str]] = {}
    while index != (index := index_of(system)):
        time.sleep(1)
    return index


def differences(system: System, index: dict[str, list[str]]) -> str:
    current = index_of(system)
    return "\n".join(
        f"{table}: {sorted(set(current[table]) ^ set(rows))[:4]}"
        for table, rows in index.items()
        if current[table] != rows
    )
