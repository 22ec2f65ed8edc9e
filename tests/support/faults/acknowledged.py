"""Pushes that a system has acknowledged, what `doctor` says of it, and further processes of its services: for tests of faults."""

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from types import MappingProxyType
from typing import Any

import httpx
from support.worlds.servers import client as aws_client
from support.worlds.system import BUCKET, HTTP, Api, System, eventually

from localrun.child_processes import before_exec
from localrun.ports import free_ports

NUMBERS = count()


@dataclass
class Acknowledged:
    """Pushes that the system has acknowledged, all of which must stay."""

    system: System
    top_hashes: dict[str, str] = field(default_factory=dict)

    def push(self, api: Api, entries: int = 1, present: str = "") -> dict[str, Any]:
        """One more push of one object, at many paths if wanted, as a job that has ended.

        The object is a new one, unless one that is there is named, whose bytes are its name.
        """
        name = f"faults/p{next(NUMBERS)}"
        text = present or name
        if not present:
            asyncio.run(put_object(self.system, f"{name}.txt", name.encode()))
        content = {"hash": {"type": "SHA256", "value": hashlib.sha256(text.encode()).hexdigest()}, "size": len(text)}
        given = [
            {"logical_key": f"{number}.txt", "physical_key": f"s3://{BUCKET}/{text}.txt", **content}
            for number in range(entries)
        ]
        path = f"/api/v1/buckets/{BUCKET}/packages/{name}/revisions"
        job = api.job(path, {"entries": given, "message": name}, seconds=120)
        if job["state"] == "done":
            self.top_hashes[name] = job["result"]["top_hash"]
        return job

    def require_all(self, api: Api) -> None:
        for name, top_hash in self.top_hashes.items():
            found = api.get(f"/api/v1/buckets/{BUCKET}/packages/{name}")["latest"]
            assert (found["top_hash"], found["state"]) == (top_hash, "ready"), name
        found = api.get("/api/v1/search", {"q": "faults", "kind": "package", "limit": "100"})
        assert set(self.top_hashes) <= {each["name"] for each in found["items"]}

    def require_recovery(self) -> None:
        """The system recovers by itself, has every push, and takes another one."""
        self.system.wait_ready(90)
        api = self.system.sign_in()
        eventually(lambda: self.push(api)["state"] == "done", 120)
        eventually(lambda: _holds(lambda: self.require_all(api)), 90)


async def put_object(system: System, key: str, body: bytes) -> None:
    secrets = system.inner.credentials
    async with aws_client("s3", system.s3, secrets.root_key_id, secrets.root_secret) as s3:
        await s3.put_object(Bucket=BUCKET, Key=key, Body=body)


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except AssertionError:
        return False
    return True


def doctor(
    system: System,
    *only: str,
    preexec: Callable[[], None] | None = None,
    changed: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, dict[str, str]]:
    """Findings of checks by name, the worst of each; `changed` are settings of the registry."""
    given = [part for each in only for part in ("--only", each)]
    done = subprocess.run(
        [sys.executable, "-m", "registry.cli", "doctor", "--json", *given],
        env={**system.inner.environment("registry"), **changed},
        capture_output=True,
        text=True,
        preexec_fn=preexec,
        check=False,
    )
    assert done.stdout, done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)
    worst = sorted(found, key=lambda each: ["ok", "warning", "failed"].index(each["state"]))
    return {each["check"]: each for each in worst}


@contextmanager
def another_process_of(system: System, name: str, changed: Mapping[str, str], health: str = "ready") -> Iterator[str]:
    """A further process of a service with these variables changed; its address, once it is ready, or `live`."""
    [port] = free_ports(1)
    argv = [sys.executable, "-m", "uvicorn", f"{name}.main:create_app", "--factory", "--port", str(port)]
    process = subprocess.Popen(
        argv,
        env={**system.inner.environment(name), **changed},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=before_exec(),
    )
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: answers(f"{url}/health/{health}"), 60, while_=lambda: process.poll() is None)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def answers(url: str) -> bool:
    try:
        return HTTP.get(url).status_code == 200
    except httpx.HTTPError:
        return False
