"""Ten people who ask at once, by HTTP on a whole running system, and requests to all services beside them."""

import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from support.worlds.system import ADMIN, BUCKET, REGISTRY, Client, System, running_system

from ._http import get_request
from ._latency import Latencies, measured_latencies

MANY = 10
"""Queries of the person who asks for more than others."""
IDLE_SECONDS = 10.0
POLL_SECONDS = 0.25
MAX_SECONDS = 900.0
LATENCY_LIMIT_MS = 100
PASSWORD = "ten-people-ask-at-once"
SQL = f"SELECT name, count(*), avg(x) FROM package('{BUCKET}/bench/table', 'table.parquet') GROUP BY name"  # noqa: S608 – own names


@dataclass
class People:
    """When each query was answered, in seconds after all were asked for."""

    many: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)


def measure(people: int, table: bytes) -> None:
    with tempfile.TemporaryDirectory() as place, running_system(Path(place) / "data") as system:
        folder = Path(place) / "table"
        folder.mkdir()
        (folder / "table.parquet").write_bytes(table)
        (folder / "README.md").write_text("# A table\n" * 1_000)
        client = Client(Path(place) / "home", system)
        client.sign_in(*ADMIN)
        client.act("push", "bench/table", REGISTRY, folder)
        tokens = []
        for number in range(people):
            system.create_user(f"person{number}", PASSWORD, "ReadAll")
            tokens.append(system.sign_in(f"person{number}", PASSWORD).token)
        asyncio.run(_measure(system, tokens))


async def _measure(system: System, tokens: Sequence[str]) -> None:
    requests = _requests(system, tokens[0])
    async with httpx.AsyncClient(base_url=system.registry, timeout=60) as http:
        await _answered(http, tokens[0], await _ask(http, tokens[0]))  # workers have started
        async with measured_latencies(requests) as idle:
            await asyncio.sleep(IDLE_SECONDS)
        found = People()
        async with measured_latencies(requests) as busy:
            await _ask_all(http, tokens, found)
    _print_turns(found, len(tokens))
    _print_latencies(idle, busy)


def _requests(system: System, token: str) -> dict[str, tuple[str, int, bytes]]:
    """A request to each service, through the addresses that people use."""
    package = f"/api/v1/buckets/{BUCKET}/packages/bench/table"
    paths = {
        "registry: a package": (system.registry, package),
        "registry: a directory": (system.registry, f"{package}/revisions/latest/entries"),
        "auth: the caller's account": (system.registry, "/api/v1/accounts/me"),
        "s3proxy: a file of a package": (system.s3proxy, f"/-/file/{BUCKET}/bench/table/latest/README.md"),
    }
    found = {}
    for name, (url, path) in paths.items():
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        found[name] = (parts.hostname, parts.port, get_request(path, token, parts.netloc))
    return found


async def _ask_all(http: httpx.AsyncClient, tokens: Sequence[str], found: People) -> None:
    """The first person asks for many queries, and then each of the others for one."""
    began = time.perf_counter()

    async def wait(token: str, query: str, took: list[float]) -> None:
        await _answered(http, token, query)
        took.append(time.perf_counter() - began)

    asked = [(tokens[0], await _ask(http, tokens[0]), found.many) for _ in range(MANY)]
    asked += [(token, await _ask(http, token), found.others) for token in tokens[1:]]
    await asyncio.gather(*(wait(*each) for each in asked))


async def _ask(http: httpx.AsyncClient, token: str) -> str:
    answer = await http.post("/api/v1/queries", json={"sql": SQL}, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def _answered(http: httpx.AsyncClient, token: str, query: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with asyncio.timeout(MAX_SECONDS):
        while True:
            found: dict[str, Any] = (await http.get(f"/api/v1/queries/{query}", headers=headers)).json()
            if found["state"] not in {"queued", "running"}:
                assert found["state"] == "done", json.dumps(found["problem"])
                return
            await asyncio.sleep(POLL_SECONDS)


def _print_turns(found: People, people: int) -> None:
    many, others = sorted(found.many), sorted(found.others)
    print("| | answered first, s | answered last, s | limit |\n|---|---|---|---|")
    print(f"| {MANY} queries of one person, asked for first | {many[0]:.1f} | {many[-1]:.1f} | |")
    if others:
        print(
            f"| one query each of {people - 1} others | {others[0]:.1f} | {others[-1]:.1f} | before the last of the {MANY}: "
            f"{'yes' if others[-1] < many[-1] else 'no'} |",
            flush=True,
        )


def _print_latencies(idle: Latencies, busy: Latencies) -> None:
    print(
        "\n| request | idle: median, ms | p99 | beside the queries: median, ms | p99 | limit of p99 |\n|---|---|---|---|---|---|"
    )
    for name in idle.took:
        quantiles = [each.quantile(name, share) for each in (idle, busy) for share in (0.5, 0.99)]
        print(f"| {name} | {' | '.join(f'{each:.1f}' for each in quantiles)} | {LATENCY_LIMIT_MS} |", flush=True)
