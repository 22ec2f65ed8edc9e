"""Object stores of others as programs of this machine, and a system that keeps its objects there."""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from support.worlds.system import ADMIN, BUCKET, System, running_system

from localrun.child_processes import before_exec, start_child
from localrun.paths import ROOT
from localrun.ports import free_ports

WEED = ROOT / ".venvs" / "tools" / "bin" / "weed"


@dataclass(frozen=True)
class OtherStore:
    url: str
    access_key_id: str
    secret_access_key: str
    pid: int

    def env_file(self) -> str:
        """An env file of a system that uses the store."""
        return f"""
S3_ENDPOINT={self.url}
AWS_ACCESS_KEY_ID={self.access_key_id}
AWS_SECRET_ACCESS_KEY={self.secret_access_key}
AUTH_ADMIN__NAME={ADMIN[0]}
AUTH_ADMIN__PASSWORD={ADMIN[1]}
"""


@contextmanager
def running_seaweedfs(directory: Path, address: str = "127.0.0.1") -> Iterator[OtherStore]:
    """One with the data of the directory, which may be of an earlier run."""
    key, secret = "PATCHWORK", secrets.token_hex(20)
    identity = {
        "name": "patchwork",
        "credentials": [{"accessKey": key, "secretKey": secret}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (directory / "data").mkdir(parents=True, exist_ok=True)
    (directory / "s3.json").write_text(json.dumps({"identities": [identity]}))
    # Its parts know each other by their ports, which therefore stay.
    chosen = directory / "ports.json"
    if not chosen.exists():
        chosen.write_text(json.dumps(free_ports(8)))
    master, volume, filer, s3, *grpc = json.loads(chosen.read_text())
    ports = {"master": master, "volume": volume, "filer": filer, "s3": s3}
    options = [f"-{name}.port={port}" for name, port in ports.items()]
    options += [f"-{name}.port.grpc={port}" for name, port in zip(ports, grpc, strict=True)]
    where = [
        f"-ip={address}",
        f"-ip.bind={address}",
        f"-dir={directory / 'data'}",
        f"-s3.config={directory / 's3.json'}",
    ]
    limits = ["-master.volumeSizeLimitMB=64", "-volume.max=0", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    argv = [str(WEED), "server", "-filer", "-s3", *where, *options, *limits]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(directory)}
    process = start_child(argv, environment, before_exec(), directory / "log")
    try:
        url = f"http://{address}:{s3}"
        deadline = time.monotonic() + 60
        while not _is_healthy(url):
            assert process.poll() is None, (directory / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, (directory / "log").read_text()[-2000:]
            time.sleep(0.1)
        yield OtherStore(url, key, secret, process.pid)
    finally:
        process.kill()
        process.wait()


def _is_healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/status", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@contextmanager
def running_system_with(store: OtherStore, directory: Path) -> Iterator[System]:
    """A system whose objects are in the store, with the bucket of the tests registered."""
    (directory / "store.env").write_text(store.env_file())
    with running_system(directory / "data", arguments=("--env-file", str(directory / "store.env"))) as system:
        made = system.sign_in().request("POST", "/api/v1/buckets", json={"name": BUCKET})
        assert made.status_code == 201, made.text
        # Clients reach the store through the proxy alone.
        proxied = {**system.environment, "PATCHWORK_S3_PORT": system.environment["PATCHWORK_S3PROXY_PORT"]}
        yield System(system.data, proxied, system.process)
