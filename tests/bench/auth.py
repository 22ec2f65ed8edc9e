"""Tokens, sign-ins and vended credentials: CPU time of each, and rate per core.

`per core` divides by the CPU seconds of the measured process: the benchmark's own for tokens and primitives, the auth
service's for the rest. Postgres, STS and the callers run on the same machine.
"""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import aiohttp
import psutil
import uvloop
from argon2 import PasswordHasher
from bench._http import cpu_seconds
from bench.proxy import wait_until_up
from pydantic import SecretStr

from auth.passwords import Hasher
from localrun.child_processes import before_exec
from localrun.emulator import REGION, Emulator
from localrun.ports import free_ports
from localrun.testing import running_emulator, running_postgres
from shared import tokens
from shared.aws.clients import open_iam
from shared.db import migrations
from shared.db.bootstrap import OWNERS, ensure_database
from shared.principals import PrincipalCache
from shared.schemas.principal import Level, Resolution, Revocations
from shared.settings import AwsSettings
from shared.testing.auth import ISSUER, FakeAuth

TOKENS = 1_000
REPEATED_CHECKS = 200_000
SIGN_INS = 100
CONNECTIONS = 32
VENDINGS = 10_000
PASSWORD = "correct horse battery"
ADMIN = {"username": "admin", "password": PASSWORD}


class InstantAuthority:
    """An authority that answers at once, so that only the cache and the signature are measured."""

    def __init__(self, auth: FakeAuth, token: str) -> None:
        self._keys = auth.keys
        self._principal = auth.principal_of(token)

    async def keys(self) -> list[tokens.Jwk]:
        return await self._keys()

    async def resolve(self, token: str) -> Resolution:  # noqa: ARG002 – always the same
        return Resolution(principal=self._principal, expires_at=datetime.now(UTC) + timedelta(hours=1), seq=0)

    async def revocations(self, since: int | None, *, wait: float = 0, listener: UUID | None = None) -> Revocations:  # noqa: ARG002
        return Revocations(events=[], seq=0, reset=False)

    async def forget_listener(self, listener: UUID) -> None: ...

    async def note_uses(self, credentials: Collection[str]) -> None: ...


def print_row(name: str, count: int, cpu: float, seconds: float | None = None) -> None:
    each = cpu / count
    amount = f"{each * 1e6:,.1f} µs" if each < 1e-3 else f"{each * 1e3:,.1f} ms"
    rate = f"{count / seconds:,.0f}/s" if seconds else "–"
    print(f"| {name} | {amount} | {1 / each:,.0f}/s | {rate} |", flush=True)


async def measure_tokens() -> None:
    auth = FakeAuth()
    made = [auth.token_for("amy", {"b-1": Level.READ}) for _ in range(TOKENS)]
    (key,) = await auth.keys()
    began = time.process_time()
    for _ in range(REPEATED_CHECKS):
        hashlib.sha256(made[0].encode()).digest()
    print_row("SHA-256 of a token", REPEATED_CHECKS, time.process_time() - began)
    began = time.process_time()
    for token in made:
        tokens.verify(token, key, issuer=ISSUER)
    print_row("checking a signature (RS256) and claims", TOKENS, time.process_time() - began)
    cache = PrincipalCache(InstantAuthority(auth, made[0]), issuer=ISSUER)
    await cache.poll()
    began = time.process_time()
    for token in made:
        await cache.principal(token)
    print_row("**a new token**, without a request to auth", TOKENS, time.process_time() - began)
    began = time.process_time()
    for _ in range(REPEATED_CHECKS):
        await cache.principal(made[0])
    print_row("**a token seen before**", REPEATED_CHECKS, time.process_time() - began)


def measure_argon2() -> None:
    hasher = PasswordHasher()
    service_hasher = Hasher()
    hashed = asyncio.run(service_hasher.hash(PASSWORD))
    service_hasher.close()
    began, count = time.process_time(), 20
    for _ in range(count):
        hasher.verify(hashed, PASSWORD)
    print_row("checking a password (argon2id)", count, time.process_time() - began)


SendRequest = Callable[[aiohttp.ClientSession, int], Awaitable[None]]


async def measure(name: str, count: int, service: psutil.Process, send_request: SendRequest) -> None:
    left = iter(range(count))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def worker() -> None:
            for number in left:
                await send_request(session, number)

        before, began = cpu_seconds(service.pid), time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(CONNECTIONS)))
        print_row(name, count, cpu_seconds(service.pid) - before, time.perf_counter() - began)


async def run(base: str, service: psutil.Process) -> None:
    await wait_until_up(f"{base}/health/ready")
    signed_in: list[dict[str, str]] = []

    async def sign_in(session: aiohttp.ClientSession, _: int) -> None:
        async with session.post(f"{base}/api/login", json=ADMIN) as answer:
            signed_in.append({"Authorization": f"Bearer {(await answer.json())['token']}"})

    async def vend(session: aiohttp.ClientSession, number: int) -> None:
        async with session.get(f"{base}/api/auth/get_credentials", headers=signed_in[number % SIGN_INS]) as answer:
            assert answer.status == 200, await answer.text()
            await answer.read()

    async def live(session: aiohttp.ClientSession, _: int) -> None:
        async with session.get(f"{base}/health/live") as answer:
            await answer.read()

    async with aiohttp.ClientSession() as session:  # connections to Postgres are opened, and statements prepared
        await asyncio.gather(*(sign_in(session, number) for number in range(CONNECTIONS)))
    signed_in.clear()
    await measure("**sign-in**", SIGN_INS, service, sign_in)
    await measure("**vending**, cold: STS is asked", SIGN_INS, service, vend)
    await measure("**vending**, from the cache", VENDINGS, service, vend)
    await measure("a request that does nothing", VENDINGS, service, live)


async def prepare_iam(emulator: Emulator) -> None:
    settings = AwsSettings(
        region=REGION,
        endpoint_url=emulator.url,
        access_key_id=emulator.access_key_id,
        secret_access_key=SecretStr(emulator.secret_access_key),
    )
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    async with open_iam(settings) as iam:
        await iam.create_role(RoleName="people", AssumeRolePolicyDocument=document)


def main() -> None:
    print("| | CPU each | per core | concurrently |\n|---|---|---|---|")
    uvloop.run(measure_tokens())
    measure_argon2()
    with (
        TemporaryDirectory() as place,
        running_postgres(Path(place)) as cluster,
        running_emulator(Path(place)) as emulator,
    ):
        password = uuid4().hex
        asyncio.run(ensure_database(cluster.dsn(), dict.fromkeys(OWNERS.values(), password), "bench"))
        url = f"postgresql+asyncpg://{OWNERS['auth']}:{password}@127.0.0.1:{cluster.port}/bench"
        migrations.upgrade("auth", url)
        asyncio.run(prepare_iam(emulator))
        (port,) = free_ports(1)
        settings = {
            "AUTH_PROFILE": "development",
            "AUTH_INTERNAL__TOKEN": "bench",
            "AUTH_DATABASE__URL": url,
            "AUTH_SECRET_KEY": uuid4().hex,
            "AUTH_USER_ROLE_ARN": "arn:aws:iam::000000000000:role/people",
            "AUTH_PUBLIC__CATALOG_URL": "http://catalog.test",
            "AUTH_PUBLIC__REGISTRY_URL": "http://registry.test",
            "AUTH_PUBLIC__S3PROXY_URL": "http://proxy.test",
            "AUTH_AWS__ENDPOINT_URL": emulator.url,
            "AUTH_AWS__ACCESS_KEY_ID": emulator.access_key_id,
            "AUTH_AWS__SECRET_ACCESS_KEY": emulator.secret_access_key,
            "AUTH_ADMIN__NAME": "admin",
            "AUTH_ADMIN__EMAIL": "admin@example.com",
            "AUTH_ADMIN__PASSWORD": PASSWORD,
        }
        serving = ["-m", "uvicorn", "auth.main:create_app", "--factory", "--port", str(port)]
        quiet = ["--no-access-log", "--no-server-header", "--log-level", "warning"]
        with subprocess.Popen(
            [sys.executable, *serving, *quiet],
            env={**os.environ, **settings},
            stdout=subprocess.DEVNULL,
            preexec_fn=before_exec(),
        ) as process:
            try:
                uvloop.run(run(f"http://127.0.0.1:{port}", psutil.Process(process.pid)))
            finally:
                process.terminate()
