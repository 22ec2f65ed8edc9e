"""`patchwork up`: runs the whole system in the foreground."""

import asyncio
import contextlib
import fcntl
import http.client
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path

import psutil

from localrun.child_processes import before_exec
from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.example_bucket import register_example
from localrun.external_services import ExternalServices
from localrun.mail_sink import serve_mail
from localrun.paths import ROOT
from localrun.ports import require_free
from localrun.routing import FrontSettings
from localrun.supervisor import Program, StartFailed, Supervisor
from localrun.system import SERVICES, InnerPorts, System
from localrun.terminal import Terminal
from shared.concurrency import cancelled

SERVICES_READY_SECONDS = 90.0
CANARY_POLL_SECONDS = 10.0


class AlreadyRunning(Exception):
    """Another runtime uses the data directory."""


class Runtime:
    def __init__(
        self, configuration: Configuration, *, reload: bool, verbose: bool, external: ExternalServices | None = None
    ) -> None:
        self._configuration = configuration
        self._reload = reload
        self._external = external or ExternalServices()
        self._terminal = Terminal(verbose=verbose or reload)
        self._stop = asyncio.Event()
        self._began = time.monotonic()

    async def run(self) -> None:
        data = self._configuration.data
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with only_one(data):
            end_leftovers(data)
            require_free(self._configuration)
            self._external.save(data)
            system = System(self._configuration, SystemSecrets.of(data), InnerPorts.choose())
            sign_in = system.sign_in
            async with self._supervisor(system) as supervisor, self._mail(system):
                await self._start(system, supervisor)
                if not self._stop.is_set():
                    self._terminal.table(system, sign_in, time.monotonic() - self._began)
                    await self._wait(system, supervisor)

    @asynccontextmanager
    async def _supervisor(self, system: System) -> AsyncIterator[Supervisor]:
        started: dict[str, float] = {}

        def record() -> None:
            for name, pid in supervisor.pids.items():
                with contextlib.suppress(psutil.Error):
                    started[name] = psutil.Process(pid).create_time()
            system.write_run(supervisor.pids, started)

        def interrupted() -> None:
            if self._stop.is_set():  # the second signal stops at once
                supervisor.kill()
            self._stop.set()

        supervisor = Supervisor(system.data / "logs", self._terminal.line, record)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, interrupted)
        try:
            yield supervisor
        finally:
            self._terminal.stopping()
            await supervisor.stop(["canary", "front", *SERVICES], ["s3", "postgres"])
            (system.data / "run.json").unlink(missing_ok=True)

    @asynccontextmanager
    async def _mail(self, system: System) -> AsyncIterator[None]:
        server = await serve_mail(system.data / "mail", system.ports.mail)
        try:
            yield
        finally:
            server.close()

    async def _start(self, system: System, supervisor: Supervisor) -> None:
        """Start all programs, as early as what they need is ready; raises StartFailed."""
        here = {} if system.external.database else {"postgres": postgres(system)}
        here |= {} if system.external.s3 else {"s3": emulator(system)}
        for program in here.values():
            supervisor.start(program)
        if not system.configuration.is_exposed:  # the earlier it listens, the sooner it can let requests wait
            supervisor.start(front(system))
        steps = ("database",) if system.external.s3 else ("database", "aws")
        prepared = asyncio.gather(*(prepare(system, step) for step in steps))
        if not await self._unless_stopped(asyncio.gather(supervisor.ready(*here), prepared)):
            return
        system = System(
            system.configuration, SystemSecrets.of(system.data), system.ports
        )  # which now have the keys of the IAM users
        if system.configuration.is_exposed:
            if not await self._unless_stopped(asyncio.ensure_future(prepare(system, "sign-in"))):
                return
            supervisor.start(front(system))
        for name in SERVICES:
            supervisor.start(service(system, name))
        if await self._unless_stopped(supervisor.ready("front", *SERVICES, seconds=SERVICES_READY_SECONDS)):
            await asyncio.to_thread(register_example, system, self._terminal.say)

    async def _unless_stopped(self, work: Awaitable[object]) -> bool:
        """True when the work is done, False when a signal stopped it."""
        working = asyncio.ensure_future(work)
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
            return working.done()
        finally:
            await cancelled(working, stopped)

    async def _wait(self, system: System, supervisor: Supervisor) -> None:
        watches = [asyncio.create_task(self._start_canary(system, supervisor))]
        if self._reload:
            watches.append(asyncio.create_task(self._restart_on_change(supervisor)))
        try:
            await self._stop.wait()
        finally:
            await cancelled(*watches)

    async def _start_canary(self, system: System, supervisor: Supervisor) -> None:
        """Have the canary run every hour from the time at which it has accounts."""
        while not system.has_canary:  # noqa: ASYNC110 – another process makes them
            await asyncio.sleep(CANARY_POLL_SECONDS)
        supervisor.start(canary(system))

    async def _restart_on_change(self, supervisor: Supervisor) -> None:
        from watchfiles import PythonFilter, awatch  # noqa: PLC0415 – only with --reload

        sources = {name: ROOT / "services" / name / "src" for name in SERVICES}
        common = ROOT / "shared" / "src"
        async for changes in awatch(common, *sources.values(), watch_filter=PythonFilter()):
            paths = [Path(path) for _, path in changes]
            everything = any(path.is_relative_to(common) for path in paths)
            for name, source in sources.items():
                if everything or any(path.is_relative_to(source) for path in paths):
                    self._terminal.line(name, "restarting: its code has changed")
                    supervisor.restart(name)


async def prepare(system: System, step: str) -> None:
    """Run one step of localrun.prepare in a process of its own; raises StartFailed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "localrun.prepare", step, json.dumps(asdict(system.ports))),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        preexec_fn=before_exec(),
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode:
        raise StartFailed(f"Preparing the {step} failed:\n{output.decode(errors='replace')}")


def postgres(system: System) -> Program:
    cluster = system.cluster

    async def ready() -> bool:
        return await asyncio.to_thread(cluster.is_ready)

    return Program(
        "postgres",
        cluster.argv,
        cluster.environment,
        ready,
        prepare=cluster.prepare,
        before_exec=cluster.before_exec,
        stop_signal=signal.SIGINT,
    )


def emulator(system: System) -> Program:
    server = system.emulator

    async def ready() -> bool:
        return await asyncio.to_thread(server.is_ready)

    return Program("s3", server.argv, server.environment, ready, prepare=server.prepare)


def service(system: System, name: str) -> Program:
    async def ready() -> bool:
        return await asyncio.to_thread(answers, system.inner_url(name), "/health/ready")

    return Program(name, system.argv(name), system.environment(name), ready)


def canary(system: System) -> Program:
    argv = [sys.executable, "-m", "registry.cli", "canary", "--forever"]
    return Program("canary", argv, system.canary_environment)


def front(system: System) -> Program:
    settled = system.configuration
    settings = FrontSettings(
        bind=settled.bind,
        ports={"registry": settled.registry.number, "catalog": settled.catalog.number},
        services={name: system.inner_url(name) for name in SERVICES},
        registry_url=system.public_urls["registry"],
        s3proxy_url=system.public_urls["s3proxy"],
        catalog_origin=system.public_urls["catalog"].lower().removesuffix(":80"),  # as browsers send it
    )

    async def ready() -> bool:
        return await asyncio.to_thread(answers, f"http://{settled.reach}:{settled.catalog.number}")

    argv = [sys.executable, "-m", "localrun.front", json.dumps(asdict(settings))]
    return Program("front", argv, system.base_environment, ready)


def answers(url: str, path: str = "/") -> bool:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Lock the data directory; raises AlreadyRunning."""
    with (data / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(
                f"Already running: process {lock.read().strip() or '?'} uses {data}.\n"
                "  Stop it with Ctrl-C there, or run a second system with another PATCHWORK_DATA and other ports."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def end_leftovers(data: Path) -> None:
    """End the processes that a killed runtime left. Process id and start time must both match, so no other process is ended."""
    record = data / "run.json"
    if not record.exists():
        return
    run = json.loads(record.read_text())
    leftovers = []
    for name, pid in run["pids"].items():
        try:
            process = psutil.Process(pid)
            if abs(process.create_time() - run["started"].get(name, 0)) < 1 and name != "postgres":
                leftovers.append(process)
        except psutil.Error:
            continue
    for process in leftovers:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(leftovers, timeout=5)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
    record.unlink()
