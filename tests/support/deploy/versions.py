"""Versions of Patchwork, each in a directory and an environment of its own, behind one router."""

import asyncio
import json
import os
import signal
import subprocess
import tarfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path

import aiohttp
from aiohttp import web
from support.worlds.system import ROOT

from localrun.child_processes import before_exec
from localrun.front import Front
from localrun.ports import free_ports
from localrun.routing import FrontSettings, RoutingTable
from localrun.runtime import answers
from localrun.system import SERVICES, System

PACKAGES = ("shared", *(f"services/{name}" for name in SERVICES), "deploy/local")
READY_SECONDS = 240
DRAIN_SECONDS = 60


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def previous_version() -> str:
    """UPGRADE_FROM, else the last tag, else the last commit but one."""
    if named := os.environ.get("UPGRADE_FROM"):
        return named
    try:
        return git("describe", "--tags", "--abbrev=0", "HEAD^")
    except subprocess.CalledProcessError:
        return git("rev-parse", "HEAD^")


@dataclass(frozen=True)
class Version:
    directory: Path

    @classmethod
    def of(cls, revision: str, directory: Path) -> "Version":
        made = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=BytesIO(made)) as archive:
            archive.extractall(directory, filter="data")
        environment = {**os.environ, "VIRTUAL_ENV": str(directory / ".venv")}
        uv = ROOT / ".venvs" / "boot" / "bin" / "uv"
        trees = [part for package in PACKAGES for part in ("-e", str(directory / package))]
        for step in (
            ["venv", "--quiet", "--python", str(ROOT / ".venv" / "bin" / "python"), str(directory / ".venv")],
            ["pip", "sync", "--quiet", "--require-hashes", str(directory / "requirements" / "main.txt")],
            ["pip", "install", "--quiet", "--no-deps", "--no-build-isolation", *trees],
        ):
            subprocess.run([uv, *step], cwd=directory, env=environment, check=True)
        return cls(directory)

    @property
    def python(self) -> str:
        return str(self.directory / ".venv" / "bin" / "python")

    async def migrate(self, system: System) -> None:
        """Migrate the database to this version, as is done before its services start."""
        environment = {**system.base_environment, **environment_of(system)}
        done = await asyncio.create_subprocess_exec(
            *(self.python, "-m", "localrun.prepare", "database", json.dumps(asdict(system.ports))),
            cwd=self.directory,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            preexec_fn=before_exec(),
        )
        output, _ = await done.communicate()
        assert done.returncode == 0, output.decode()


def environment_of(system: System) -> dict[str, str]:
    ports = {port.variable: str(port.number) for port in system.configuration.ports}
    return {**ports, "PATCHWORK_DATA": str(system.data)}


class HostsAreServices:
    """A routing table in which every host is a service, for requests between services."""

    def service_for(self, host: str, _: str) -> str:
        return host


@dataclass
class Fleet:
    """One process of each service, of one version or another, behind a router whose targets can be changed."""

    system: System
    logs: Path
    targets: dict[str, str] = field(default_factory=dict)
    """URL of the process that gets the requests, by service."""
    _processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Fleet"]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._router())
            stack.push_async_callback(self._end_all)
            yield self

    async def start(self, version: Version, service: str) -> asyncio.subprocess.Process:
        """Start a process beside the running one. Once it is ready, it gets all new requests."""
        (port,) = free_ports(1)
        url = f"http://127.0.0.1:{port}"
        where = ["--factory", "--host", "127.0.0.1", "--port", str(port), "--timeout-graceful-shutdown", "10"]
        quiet = ["--no-access-log", "--no-server-header", "--log-level", "warning"]
        with (self.logs / f"{service}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(version.python, "-m", "uvicorn", f"{service}.main:create_app", *where, *quiet),
                cwd=version.directory,
                env=self.system.environment(service),
                stdout=log,
                stderr=log,
                preexec_fn=before_exec(),
            )
        self._processes[f"{service} {port}"] = process
        if service not in self.targets:  # the first ones wait for each other
            self.targets[service] = url
        async with asyncio.timeout(READY_SECONDS):
            while not await asyncio.to_thread(answers, url, "/health/ready"):
                assert process.returncode is None, (self.logs / f"{service}.log").read_text()[-3000:]
                await asyncio.sleep(0.1)
        self.targets[service] = url
        return process

    async def end(self, process: asyncio.subprocess.Process) -> None:
        """Terminate a process, which first finishes its requests."""
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DRAIN_SECONDS):
            await process.wait()

    async def _end_all(self) -> None:
        for process in self._processes.values():
            if process.returncode is None:
                process.kill()
        await asyncio.gather(*(process.wait() for process in self._processes.values()))

    @asynccontextmanager
    async def _router(self) -> AsyncIterator[None]:
        """The runtime's own front on its usual ports, and another one for requests between services."""
        settled = self.system.configuration
        settings = FrontSettings(
            bind="127.0.0.1",
            ports={},
            services=self.targets,
            registry_url=self.system.public_urls["registry"],
            s3proxy_url=self.system.public_urls["s3proxy"],
            catalog_origin=self.system.public_urls["catalog"],
        )
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=3),
                    timeout=aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=60),
                    auto_decompress=False,
                    skip_auto_headers={"User-Agent", "Accept", "Accept-Encoding", "Content-Type"},
                    cookie_jar=aiohttp.DummyCookieJar(),
                )
            )
            public, inner = Front(settings, RoutingTable.read(), client), Front(settings, HostsAreServices(), client)  # type: ignore[arg-type]
            doors = [(settled.registry.number, public.handler("registry"))]
            doors += [(self.system.port_of(name), inner.handler(name)) for name in SERVICES]
            for port, handler in doors:
                runner = web.ServerRunner(web.Server(handler, access_log=None, auto_decompress=False))
                await runner.setup()
                stack.push_async_callback(runner.cleanup)
                await web.TCPSite(runner, "127.0.0.1", port).start()
            yield
