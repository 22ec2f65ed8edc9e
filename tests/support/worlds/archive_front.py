"""An S3 proxy as a process of its own, in front of a store that makes the bytes of packages."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx
import psutil
from support.fakes import archive_peers
from support.fakes.archive_peers import BUCKET, TOP_HASH, MadePackage

from localrun.child_processes import before_exec
from localrun.ports import free_ports

START_SECONDS = 30


@dataclass
class ArchiveFront:
    url: str
    packages: list[MadePackage]
    process: psutil.Process

    def address(self, package: int, end: str = ".tar") -> str:
        return f"{self.url}/-/archive/{BUCKET}/made/{package}/{TOP_HASH}{end}"

    @property
    def memory(self) -> int:
        """Resident bytes."""
        return int(self.process.memory_info().rss)

    @property
    def cpu_seconds(self) -> float:
        used = self.process.cpu_times()
        return float(used.user + used.system)


@contextmanager
def running_front(*packages: str) -> Iterator[ArchiveFront]:
    """`packages` as `MadePackage.parse` takes them."""
    peers_port, front_port = free_ports(2)
    peers = f"http://127.0.0.1:{peers_port}"
    settings = {
        "S3PROXY_PROFILE": "development",
        "S3PROXY_INTERNAL__TOKEN": "made",
        "S3PROXY_INTERNAL__REGISTRY_URL": peers,
        "S3PROXY_INTERNAL__AUTH_URL": peers,
        "S3PROXY_AWS__ENDPOINT_URL": peers,
        "S3PROXY_SANDBOX__REQUIRED": "false",
        "S3PROXY_MAX_ARCHIVES": "1000",
        "S3PROXY_LOG__LEVEL": "error",
    }
    serving = ["-m", "uvicorn", "s3proxy.main:create_app", "--factory", "--port", str(front_port)]
    quiet = ["--no-access-log", "--no-server-header", "--log-level", "critical"]
    with ExitStack() as stack:
        stack.enter_context(
            _running(archive_peers.__file__, str(peers_port), *packages, PYTHONPATH=os.pathsep.join(sys.path))
        )
        process = stack.enter_context(_running(*serving, *quiet, **settings))
        url = f"http://127.0.0.1:{front_port}"
        _wait_until_ready(f"{url}/health/ready")
        yield ArchiveFront(url, [MadePackage.parse(each) for each in packages], process)


@contextmanager
def _running(*argv: str, **environment: str) -> Iterator[psutil.Process]:
    with subprocess.Popen(
        [sys.executable, *argv], env={**os.environ, **environment}, preexec_fn=before_exec()
    ) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def _wait_until_ready(url: str) -> None:
    ends = time.monotonic() + START_SECONDS
    while True:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > ends:
            raise TimeoutError(url)
        time.sleep(0.1)
