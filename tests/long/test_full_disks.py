"""Full disks: that of Postgres and everything else of a machine, and that of the store. `doctor` names the disk, nothing acknowledged is
lost, and the system recovers by itself when there is room again.
"""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError
from support.deploy.image_stages import may_mount
from support.faults.acknowledged import Acknowledged, doctor, put_object
from support.worlds.servers import client as aws_client
from support.worlds.system import BUCKET, HTTP, System, eventually, running_system

DISKS = {".": "900m", "aws": "200m"}
"""Sizes of the disks by their directory in the data of the system."""
BALLAST_BYTES = 1 << 16
LARGE_BYTES = 8 << 20
MANY_ENTRIES = 20_000

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0 or not may_mount(), reason="mounting disks needs root"),
]


@contextmanager
def disk(directory: Path, size: str) -> Iterator[None]:
    directory.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", directory], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    data = tmp_path_factory.mktemp("patchwork") / "data"
    with ExitStack() as stack:
        for name, size in DISKS.items():
            stack.enter_context(disk(data / name, size))
        yield stack.enter_context(running_system(data))


@pytest.fixture(scope="module")
def acknowledged(system: System) -> Acknowledged:
    made = Acknowledged(system)
    eventually(lambda: system.sign_in().request("GET", f"/api/v1/buckets/{BUCKET}").status_code == 200)
    for _ in range(3):
        assert made.push(system.sign_in())["state"] == "done"
    return made


@contextmanager
def full(directory: Path) -> Iterator[None]:
    """The disk has no byte left, until somebody makes room."""
    ballast = directory / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(BALLAST_BYTES))
        yield
    finally:
        ballast.unlink()


async def remove_objects(system: System, *keys: str) -> list[str]:
    """Keys that could not be removed."""
    secrets = system.inner.credentials
    async with aws_client("s3", system.s3, secrets.root_key_id, secrets.root_secret) as s3:
        removed = await s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys]})
    return [each["Key"] for each in removed.get("Errors", [])]


def try_to_push(acknowledged: Acknowledged) -> None:
    """A push that may fail. One that is acknowledged must stay, although the disk was full."""
    with suppress(AssertionError, httpx.HTTPError, ClientError):
        acknowledged.push(acknowledged.system.sign_in(), entries=MANY_ENTRIES)


def test_a_full_disk_of_postgres_is_named_and_loses_nothing(system: System, acknowledged: Acknowledged) -> None:
    with full(system.data):
        try_to_push(acknowledged)
        found = doctor(system, "database", "disk")
        answer = HTTP.get(f"{system.registry}/api/v1/config")
    # Postgres ends when it cannot write its log. The disk of one machine is that of the registry, too.
    assert any(each["state"] == "failed" and "disk" in each["advice"] for each in found.values()), found
    assert answer.status_code in {200, 503}
    acknowledged.require_recovery()


def test_a_full_disk_of_the_store_is_named_and_loses_nothing(system: System, acknowledged: Acknowledged) -> None:
    asyncio.run(put_object(system, "faults/old.bin", b"old"))
    with full(system.data / "aws"):
        with pytest.raises(ClientError, match="No space left on device"):
            asyncio.run(put_object(system, "faults/large.bin", bytes(LARGE_BYTES)))
        try_to_push(acknowledged)
        finding = doctor(system, "store")["store"]
        # Several objects are removed with one POST, which makes room.
        assert not asyncio.run(remove_objects(system, "faults/old.bin"))
    assert finding["state"] == "failed", finding
    assert "disk of the store is full" in finding["advice"], finding
    acknowledged.require_recovery()
