"""Faults of the ground that a system stands on: a full disk, cut networks, taken connections. What was acknowledged survives each,
and `doctor` names the cause. Killed processes are in test_chaos.py, clocks in test_clocks.py, full disks of Postgres and of the store in
test_full_disks.py, expired certificates in tests/registry/test_doctor.py.
"""

import asyncio
import os
import resource
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import psutil
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from support.faults.acknowledged import Acknowledged, another_process_of, answers, doctor
from support.worlds.system import BUCKET, HTTP, Api, System, eventually

FILE_BYTES = (1 << 20) - 1
"""Largest file of a full disk: larger than any file of bytecode, which must not be cut, and smaller than what `doctor` writes."""
MANY_ENTRIES = 20_000
"""Entries of a manifest that does not stay in memory while it is made."""


@pytest.fixture(scope="module")
def acknowledged(system: System) -> Acknowledged:
    made = Acknowledged(system)
    eventually(lambda: system.sign_in().request("GET", f"/api/v1/buckets/{BUCKET}").status_code == 200)
    assert made.push(system.sign_in())["state"] == "done"
    return made


@pytest.fixture(autouse=True)
def nothing_is_lost(acknowledged: Acknowledged) -> Iterator[None]:
    """After each fault the system recovers by itself, has every push, and takes another one."""
    yield
    acknowledged.require_recovery()


def test_a_full_disk_fails_pushes_with_a_reason_and_doctor_names_it(system: System, acknowledged: Acknowledged) -> None:
    """The disk of the registry is full: its processes, and workers that it starts, may write no large file."""
    registry = psutil.Process(system.pid("registry"))
    family = [registry, *registry.children(recursive=True)]
    before = {each: each.rlimit(psutil.RLIMIT_FSIZE) for each in family}
    for each in family:
        each.rlimit(psutil.RLIMIT_FSIZE, (FILE_BYTES, before[each][1]))
    try:
        job = acknowledged.push(system.sign_in(), entries=MANY_ENTRIES)
        finding = doctor(
            system,
            "disk",
            preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, resource.RLIM_INFINITY)),
        )["disk"]
    finally:
        for each in [registry, *registry.children(recursive=True)]:
            each.rlimit(psutil.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert job["state"] != "done"
    assert finding["state"] == "failed"
    assert "disk is full" in finding["advice"]


def test_taken_connections_are_answered_503_and_doctor_names_them(system: System) -> None:
    async def take_all() -> list[asyncpg.Connection]:
        taken: list[asyncpg.Connection] = []
        while True:
            try:
                taken.append(await asyncpg.connect(system.inner.admin_dsn))
            except asyncpg.TooManyConnectionsError:
                return taken

    async def scene() -> tuple[list[int], dict[str, str]]:
        taken = await take_all()
        try:
            # The services give back what they hold when it is idle for long; new connections are refused.
            finding = (await asyncio.to_thread(doctor, system, "database"))["database"]
            statuses = [
                (await asyncio.to_thread(HTTP.get, f"{system.registry}/api/v1/config")).status_code for _ in range(3)
            ]
        finally:
            for each in taken:
                await each.close()
        return statuses, finding

    statuses, finding = asyncio.run(scene())
    assert set(statuses) <= {200, 503}
    assert finding["state"] == "failed"
    assert "All connections are taken" in finding["advice"]


def test_an_outage_of_store_and_queue_is_named_and_made_up_for(system: System, acknowledged: Acknowledged) -> None:
    assert acknowledged.top_hashes
    pid = system.pid("s3")
    os.kill(pid, signal.SIGSTOP)
    try:
        found = doctor(system, "indexer", "store")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert found["indexer"]["state"] == "failed"
    assert "unreachable" in found["indexer"]["advice"]
    assert found["store"]["state"] == "failed"


class CutableLine:
    """A line between two services, through a proxy of TCP that can be cut."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.is_cut = False
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self.is_cut = True
        for each in self._open:
            end(each)

    def restore(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            if self.is_cut:
                caller.close()
                continue
            peer = socket.create_connection(("127.0.0.1", self._to))
            self._open += [caller, peer]
            for one, other in ((caller, peer), (peer, caller)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass
        finally:
            end(one)
            end(other)


def end(connection: socket.socket) -> None:
    """Close it also for threads that wait for its bytes."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def second_service(system: System, name: str, peer: str) -> Iterator[tuple[str, CutableLine]]:
    """Another process of a service, which reaches one peer through a line that can be cut."""
    with closing(CutableLine(system.inner.port_of(peer))) as line:
        changed = {f"{name.upper()}_INTERNAL__{peer.upper()}_URL": f"http://127.0.0.1:{line.port}"}
        with another_process_of(system, name, changed) as url:
            yield url, line


LINES = [
    ("auth", "registry"),
    ("s3proxy", "auth"),
    ("s3proxy", "registry"),
    ("indexer", "registry"),
    ("indexer", "auth"),
    ("registry", "indexer"),
    ("registry", "s3proxy"),
    ("registry", "auth"),
]


@pytest.mark.parametrize(("service", "peer"), LINES)
def test_a_cut_network_between_two_services_is_named_and_heals(
    system: System, acknowledged: Acknowledged, service: str, peer: str
) -> None:
    token = system.sign_in().token
    with second_service(system, service, peer) as (url, line):
        line.cut()
        # It may be refused. Once it is acknowledged, it must stay, as the check after each test says.
        with suppress(AssertionError, httpx.HTTPError):
            acknowledged.push(Api(url if service == "registry" else system.registry, token))
        if service == "registry":
            changed = {f"REGISTRY_INTERNAL__{peer.upper()}_URL": f"http://127.0.0.1:{line.port}"}
            finding = doctor(system, peer, changed=changed)[peer]
            assert finding["state"] == "failed"
            assert f"127.0.0.1:{line.port}" in finding["seen"]
        else:
            changed = {f"REGISTRY_INTERNAL__{service.upper()}_URL": url}
            finding = doctor(system, "network", changed=changed)["network"]
            assert finding["state"] == "failed"
            assert f"{service} does not reach {peer}" in finding["seen"]
        line.restore()
        eventually(lambda: answers(f"{url}/health/ready"), 60)


GROUNDS = {
    ("auth", "database"): ("auth", "database is unreachable for auth"),
    ("indexer", "database"): ("indexer", "database is unreachable for indexer"),
    ("registry", "database"): ("database", "must run and be reachable at REGISTRY_DATABASE__URL"),
    ("indexer", "store"): ("indexer", "queue is unreachable for indexer"),
    ("s3proxy", "store"): ("s3proxy", "object store is unreachable for s3proxy"),
    ("registry", "store"): ("store", "store must be reachable"),
    ("auth", "store"): ("network", "Nobody gets S3 credentials until auth reaches STS"),
}
"""The check and the advice of `doctor` for what a service stands on. The emulator of the store is that of the queue and of STS, too."""


@pytest.mark.parametrize(("service", "ground"), GROUNDS)
def test_a_cut_network_between_a_service_and_its_ground_is_named_and_heals(
    system: System, acknowledged: Acknowledged, service: str, ground: str
) -> None:
    check, advice = GROUNDS[service, ground]
    name = f"{service.upper()}_{'DATABASE__URL' if ground == 'database' else 'AWS__ENDPOINT_URL'}"
    address = system.inner.environment(service)[name]
    port = system.inner.ports.postgres if ground == "database" else urlsplit(system.s3).port
    assert port
    with closing(CutableLine(port)) as line:
        changed = {name: address.replace(f":{port}", f":{line.port}")}
        assert changed[name] != address
        with another_process_of(system, service, changed) as url:
            line.cut()
            with suppress(AssertionError, httpx.HTTPError):
                acknowledged.push(system.sign_in())
            if service != "registry":
                changed = {f"REGISTRY_INTERNAL__{service.upper()}_URL": url}
            finding = doctor(system, check, changed=changed)[check]
            assert finding["state"] == "failed", finding
            assert advice in finding["advice"], finding
            line.restore()
            eventually(lambda: answers(f"{url}/health/ready"), 60)


@pytest.mark.parametrize("hours", [-1, 1])
def test_requests_signed_an_hour_off_are_refused_and_change_nothing(system: System, hours: int) -> None:
    """A client whose clock is wrong, at S3 and at the S3 proxy."""
    api = system.sign_in()
    vended = api.get("/api/auth/get_credentials")
    keys = Credentials(vended["AccessKeyId"], vended["SecretAccessKey"], vended["SessionToken"])
    for host in (system.s3, system.s3proxy):
        url = f"{host}/{BUCKET}/faults/clock{hours}.txt"
        stamp = (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y%m%dT%H%M%SZ")
        shifted = sign_at(keys, url, stamp)
        refused = HTTP.put(url, content=b"late", headers=shifted)
        assert refused.status_code == 403, (host, refused.text)
    listed = api.request("GET", f"/api/v1/buckets/{BUCKET}/packages", params={"prefix": "faults/clock"})
    assert listed.json()["items"] == []


def sign_at(keys: Credentials, url: str, stamp: str) -> dict[str, str]:
    """Headers of a PUT that is signed as if it were another time."""
    asked = AWSRequest("PUT", url, data=b"late", headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    signer: Any = S3SigV4Auth(keys, "s3", "us-east-1")
    asked.context["timestamp"] = stamp
    signer._modify_request_before_signing(asked)
    asked.headers["X-Amz-Date"] = stamp
    canonical = signer.canonical_request(asked)
    signature = signer.signature(signer.string_to_sign(asked, canonical), asked)
    signer._inject_signature_to_request(asked, signature)
    return {str(name): str(value) for name, value in asked.headers.items()}


def test_a_canary_names_the_step_that_fails_while_the_search_is_away(system: System) -> None:
    follower = next(
        int(each.name)
        for each in Path("/proc").iterdir()
        if each.name.isdecimal() and is_follower_of(each, system.data)
    )
    os.kill(follower, signal.SIGSTOP)
    try:
        system.environment["CANARY_SEARCH_SECONDS"] = "3"
        ran = system.patchwork("canary", seconds=180)
    finally:
        del system.environment["CANARY_SEARCH_SECONDS"]
        os.kill(follower, signal.SIGCONT)
    assert ran.returncode == 1
    lines = {line.split()[1]: line for line in ran.stdout.splitlines() if line.split()[1:2]}
    assert lines["search"].startswith("failed"), ran.stdout
    assert lines["clean-up"].startswith("passed"), ran.stdout


def is_follower_of(process: Path, data: Path) -> bool:
    try:
        return (
            b"registry.follower" in (process / "cmdline").read_bytes()
            and str(data).encode() in (process / "environ").read_bytes()
        )
    except OSError:
        return False


def test_a_system_that_runs_can_be_upgraded_to_its_own_version(system: System) -> None:
    checked = system.patchwork("upgrade", "--check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.count("Can be upgraded") == 4
