"""A rolling upgrade and its rollback under load: no request fails, no job and no event is lost."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from support.data.signing import Key
from support.deploy.versions import Fleet, Version, environment_of, git, previous_version
from support.worlds.system import ADMIN, make_ports

from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.provision import provision_aws
from localrun.system import InnerPorts, System

BUCKET = "rolling"
AWS_HOST = f"https://{BUCKET}.s3.us-east-1.amazonaws.com"
ORDER = ("auth", "registry", "indexer", "s3proxy")
STEADY_SECONDS = 3
"""Seconds of load before, between and after the changes of versions."""
MAX_WAITING_JOBS = 5
JOB_SECONDS = 240
INDEX_SECONDS = 240
EXPANSIONS = {
    "auth": [
        'op.add_column("user", sa.Column("nickname", sa.Text(), nullable=True), schema="auth")',
        'op.create_table("badge", sa.Column("id", sa.Integer(), primary_key=True), schema="auth")',
    ],
    "registry": ['op.add_column("job", sa.Column("note", sa.Text(), nullable=True), schema="registry")'],
    "indexer": ['op.add_column("object", sa.Column("shade", sa.Text(), nullable=True), schema="index")'],
}


def expand(version: Version) -> None:
    """Add a migration to the version, on whose schema the previous version runs as well."""
    for service, steps in EXPANSIONS.items():
        directory = version.directory / "services" / service / "src" / service / "migrations" / "versions"
        texts = [path.read_text() for path in directory.glob("*.py")]
        made = {line.split('"')[1] for text in texts for line in text.splitlines() if line.startswith("revision")}
        (head,) = (each for each in made if not any(f'down_revision = "{each}"' in _plain(text) for text in texts))
        body = "\n    ".join(steps)
        (directory / "29990101_0000_expand.py").write_text(
            f'import sqlalchemy as sa\nfrom alembic import op\n\nrevision = "expand_{service}"\ndown_revision = "{head}"\n'
            f"branch_labels = None\ndepends_on = None\n\n\ndef upgrade() -> None:\n    {body}\n"
        )


def _plain(text: str) -> str:
    return text.replace(": str | None", "").replace("'", '"')


@dataclass
class Load:
    """Load on the system: repeats requests, and records every unexpected answer."""

    system: System
    http: aiohttp.ClientSession
    token: str = ""
    done: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    slowest: float = 0.0

    @property
    def registry(self) -> str:
        return self.system.public_urls["registry"]

    def report(self) -> str:
        """Failures by kind, with their number and the first of each."""
        kinds = Counter(failure[:40] for failure in self.failures)
        firsts = {failure[:40]: failure for failure in reversed(self.failures)}
        return "; ".join(f"{count} × {firsts[kind]}" for kind, count in kinds.most_common(10))

    async def ask(self, what: str, method: str, url: str, expected: int = 200, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        began = time.monotonic()
        try:
            async with self.http.request(
                method, url, headers={**headers, **options.pop("headers", {})}, **options
            ) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self.failures.append(f"{what}: {error!r}")
            return None
        self.slowest = max(self.slowest, time.monotonic() - began)
        if answer.status != expected:
            self.failures.append(f"{what}: {answer.status} {body[:300]!r}")
            return None
        self.done[what] += 1
        return json.loads(body) if body[:1] in {b"{", b"["} else body

    async def sign_in(self) -> None:
        name, password = ADMIN
        credentials = {"username": name, "password": password}
        answer = await self.ask("sign in", "POST", f"{self.registry}/api/login", json=credentials)
        self.token = self.token or (answer or {}).get("token", "")

    async def read(self) -> None:
        for path in (f"/api/v1/buckets/{BUCKET}/packages", "/api/v1/search?q=object", "/api/me", "/config.json"):
            await self.ask("read", "GET", f"{self.registry}{path}")

    async def transfer(self) -> None:
        """Put an object through the S3 proxy with new credentials, and get it back."""
        vended = await self.ask("vend", "GET", f"{self.registry}/api/auth/get_credentials")
        if not vended:
            return
        key, number = Key.of(vended), self.done["put"]
        body = f"object {number} ".encode() * 20_000
        for method, what in (("PUT", "put"), ("GET", "get")):
            target, headers = key.through(
                self.system.public_urls["s3proxy"], method, f"{AWS_HOST}/objects/{number}.txt"
            )
            headers = {"Authorization": "", **headers}
            found = await self.ask(what, method, target, headers=headers, data=body if method == "PUT" else None)
            if method == "GET" and found is not None and found != body:
                self.failures.append("get: other bytes than were put")

    async def push(self) -> None:
        """A push by the registry of what is there, which must be done in the end."""
        number, present = len(self.jobs), min(self.done["put"], 40)
        if not present or await self._has_backlog():
            return
        entries = [
            {"logical_key": f"{at}.txt", "physical_key": f"s3://{BUCKET}/objects/{at}.txt"} for at in range(present)
        ]
        url = f"{self.registry}/api/v1/buckets/{BUCKET}/packages/rolling/p{number % 5}/revisions"
        job = await self.ask("push", "POST", url, 202, json={"message": f"{number}", "entries": entries})
        if job:
            self.jobs.append(job["id"])

    async def _has_backlog(self) -> bool:
        """Older pushes are not done yet. The number of jobs of one person is limited."""
        if len(self.jobs) < MAX_WAITING_JOBS:
            return False
        job = await self.ask("job", "GET", f"{self.registry}/api/v1/jobs/{self.jobs[-MAX_WAITING_JOBS]}")
        return not job or job["state"] != "done"

    async def jobs_unfinished(self) -> set[str]:
        states = {}
        for job in self.jobs:
            found = await self.ask("job", "GET", f"{self.registry}/api/v1/jobs/{job}")
            states[job] = found["state"] if found else "unknown"
        bad = {job: state for job, state in states.items() if state not in {"queued", "running", "done"}}
        assert not bad, bad
        return {job for job, state in states.items() if state != "done"}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        kinds: list[tuple[Callable[[], Awaitable[None]], float]] = [
            (self.sign_in, 1.0),
            (self.read, 0.1),
            (self.read, 0.1),
            (self.transfer, 0.2),
            (self.push, 1.0),
        ]

        async def repeat(work: Callable[[], Awaitable[None]], pause: float) -> None:
            while not ending.is_set():
                await work()
                await asyncio.sleep(pause)

        ending = asyncio.Event()
        tasks = [asyncio.create_task(repeat(*kind)) for kind in kinds]
        try:
            yield
        finally:
            ending.set()
            await asyncio.gather(*tasks)


async def roll(fleet: Fleet, running: dict[str, Any], version: Version) -> None:
    """One service after the other, each new process beside the old one."""
    for service in ORDER:
        old = running.get(service)
        running[service] = await fleet.start(version, service)
        if old:
            await asyncio.sleep(0.5)
            await fleet.end(old)


async def wait_until(condition: Callable[[], Awaitable[bool]], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 – the condition has no event
            await asyncio.sleep(0.2)


@asynccontextmanager
async def backing_services(data: Path) -> AsyncIterator[System]:
    configuration = Configuration.from_environment({**make_ports(), "PATCHWORK_DATA": str(data)})
    data.mkdir()  # noqa: ASYNC240 – before anything runs
    system = System(configuration, SystemSecrets.of(data), InnerPorts.choose())
    system.cluster.prepare()
    system.emulator.prepare()
    processes = [system.cluster.start(data / "postgres.log"), system.emulator.start(data / "s3.log")]
    try:
        system.cluster.wait_ready(processes[0])
        system.emulator.wait_ready(processes[1])
        await provision_aws(system)
        system.credentials.save(data)
        yield system
    finally:
        for process in processes:
            process.terminate()
            process.wait(30)


async def test_no_request_fails_while_versions_change(tmp_path: Path) -> None:
    old = Version.of(previous_version(), tmp_path / "old")
    new = Version.of(git("rev-parse", "HEAD"), tmp_path / "new")
    expand(new)
    async with backing_services(tmp_path / "data") as system:
        assert environment_of(system)["PATCHWORK_DATA"] == str(tmp_path / "data")
        await old.migrate(system)
        timeout = aiohttp.ClientTimeout(total=60)
        async with Fleet(system, tmp_path / "data").running() as fleet, aiohttp.ClientSession(timeout=timeout) as http:
            running: dict[str, Any] = dict(
                zip(ORDER, await asyncio.gather(*(fleet.start(old, each) for each in ORDER)), strict=True)
            )
            load = Load(system, http)
            await load.sign_in()
            assert load.token, load.failures
            await load.ask("bucket", "POST", f"{load.registry}/api/v1/buckets", 201, json={"name": BUCKET})
            async with load.running():
                await asyncio.sleep(STEADY_SECONDS)
                await new.migrate(system)
                await asyncio.sleep(STEADY_SECONDS)
                # A replica of the old version that restarts now finds a newer schema.
                await roll(fleet, running, old)
                await roll(fleet, running, new)
                await asyncio.sleep(STEADY_SECONDS)
                upgraded = load.done.copy()
                await old.migrate(system)  # as every start does, that of a rollback too: nothing may change
                await roll(fleet, running, old)
                await asyncio.sleep(STEADY_SECONDS)
            assert not load.failures, load.report()
            await wait_until(lambda: _is_empty(load.jobs_unfinished()), JOB_SECONDS)
            url = f"{load.registry}/api/v1/search?q=txt&bucket={BUCKET}"

            async def all_found() -> bool:
                return bool((await load.ask("find", "GET", url))["total"] >= load.done["put"])

            await wait_until(all_found, INDEX_SECONDS)
            assert not load.failures, load.report()
            assert min(upgraded[kind] for kind in ("sign in", "read", "vend", "put", "get", "push")) >= 5, upgraded
            print(f"{dict(load.done)}; the slowest took {load.slowest:.2f} s")  # noqa: T201 – a measurement


async def _is_empty(found: Awaitable[set[str]]) -> bool:
    return not await found
