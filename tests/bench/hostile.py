"""Waits of ordinary requests while hostile ones are sent in a loop from another process, one kind after the other.

Ordinary requests are five: an account, the buckets, the packages of a bucket, a search, and an object through the S3 proxy.
They are sent one after the other, with pauses, so that they measure a person's wait. `CPU each` is the processor time that a
hostile request takes of all services. Below their names are their largest resident sets during that kind. Everything runs on the
same machine: services, store, Postgres, and the sender.
"""

import asyncio
import gzip
import itertools
import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from bench._http import cpu_seconds
from support.data.signing import Key
from support.faults.large_bodies import BOMBS
from support.faults.yaml_bombs import BOMBS as YAML_BOMBS
from support.worlds.system import BUCKET, Api, System, eventually, running_system

SENDING_SECONDS = 6.0
"""Time for which each kind is sent."""
CONNECTIONS = 2
PAUSE_SECONDS = 0.01
"""Pause between two ordinary requests."""
TARGET_MS = 100
SERVICES = ("auth", "registry", "indexer", "s3proxy")
PASSWORD = "correct horse battery"
MEMBERS = "hostile/members.gz"
"""An object of very many small members of gzip."""


@dataclass(frozen=True)
class HostileInput:
    name: str
    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measure:
    took: list[float]
    statuses: Counter[str]
    peaks: dict[str, int]
    """Bytes, by service."""
    cpu: float
    """Seconds of all services."""


def main(part: str = "") -> None:
    """Send those whose name contains `part`."""
    with TemporaryDirectory() as place, running_system(Path(place) / "data") as system:
        ordinary = asyncio.run(ordinary_requests(system, new_writer(system, "ordinary")))
        print("| input | sent | answers | CPU each | p50 | p99 | max | auth | registry | indexer | s3proxy |")
        print("|---|---|---|---|---|---|---|---|---|---|---|")
        for url, headers in ordinary:  # the S3 proxy learns of a new bucket within a few seconds
            eventually(lambda url=url, headers=headers: httpx.get(url, headers=headers).status_code == 200)
        asyncio.run(measure(system, ordinary, None))  # caches fill
        highest: dict[str, int] = dict.fromkeys(SERVICES, 0)
        slow, usual_cpu = [], 0.0
        chosen = [each for each in hostile_inputs(system) if part in each.name]
        for hostile in [None, *chosen]:
            found = asyncio.run(measure(system, ordinary, hostile))
            name = hostile.name if hostile else "nothing"
            if hostile is None:
                usual_cpu = found.cpu / len(found.took)
            print(row_of(name, found, usual_cpu), flush=True)
            highest = {service: max(highest[service], found.peaks[service]) for service in SERVICES}
            if quantile(found.took, 0.99) * 1e3 > TARGET_MS:
                slow.append(name)
        print("\nPeak memory: " + ", ".join(f"{name} {size >> 20} MB" for name, size in highest.items()) + ".")
        print(f"p99 above {TARGET_MS} ms: {', '.join(slow) or 'none'}.")


def row_of(name: str, found: Measure, usual_cpu: float) -> str:
    """`usual_cpu`: seconds that an ordinary request takes of the services."""
    sent = found.statuses.total()
    each = (found.cpu - usual_cpu * len(found.took)) / sent if sent else 0.0
    times = (quantile(found.took, 0.5), quantile(found.took, 0.99), max(found.took))
    answers = ", ".join(f"{status} × {count}" for status, count in found.statuses.most_common(3)) or "–"
    cells = [
        name,
        f"{sent:,}",
        answers,
        f"{each * 1e3:.1f} ms" if sent else "–",
        *(f"{each * 1e3:.0f} ms" for each in times),
        *(f"{found.peaks[service] >> 20} MB" for service in SERVICES),
    ]
    return f"| {' | '.join(cells)} |"


def quantile(took: Sequence[float], share: float) -> float:
    ordered = sorted(took)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


async def ordinary_requests(system: System, person: Api) -> list[tuple[str, dict[str, str]]]:
    """URLs and headers. Puts the objects that they, and hostile requests, read."""
    token = {"Authorization": f"Bearer {person.token}"}
    key = Key.of(person.get("/api/auth/get_credentials"))
    texts = {"hostile/ordinary.txt": b"An ordinary object.\n", MEMBERS: gzip.compress(b"", mtime=0) * 200_000}
    async with httpx.AsyncClient(timeout=30) as http:
        for name, content in texts.items():
            url = f"{system.s3}/{BUCKET}/{name}"
            answer = await http.put(url, content=content, headers=key.headers("PUT", url, body=content))
            assert answer.status_code == 200, answer.text
    url = f"https://{BUCKET}.s3.us-east-1.amazonaws.com/hostile/ordinary.txt"
    return [
        (f"{system.registry}/api/me", token),
        (f"{system.registry}/api/v1/buckets", token),
        (f"{system.registry}/api/v1/buckets/{BUCKET}/packages", token),
        (f"{system.registry}/api/v1/search?q=ordinary", token),
        key.through(system.s3proxy, "GET", url),
    ]


def new_writer(system: System, name: str) -> Api:
    system.create_user(name, PASSWORD, "ReadWriteAll")
    return system.sign_in(name, PASSWORD)


def hostile_inputs(system: System) -> Iterator[HostileInput]:
    registry = system.registry
    as_json = {"Content-Type": "application/json"}
    # Without a token.
    unknown = {"gzip": "/api/get_objects", "deep JSON": "/api/login", "JSON of many members": "/api/v1/session"}
    unknown |= {"GraphQL": "/graphql", "form": "/auth/token", "multipart form": "/api/token"}
    for name, path in unknown.items():
        bomb = BOMBS[name]
        yield HostileInput(f"{name}, no token, `{path}`", "POST", registry + path, bomb.body, bomb.headers)
    small = json.dumps(["0" * 64] * 900).encode()
    yield HostileInput("many small bodies, no token", "POST", f"{registry}/api/get_objects", small, as_json)
    wrong = {**as_json, "Authorization": "Bearer made.up.token"}
    yield HostileInput("made-up tokens", "POST", f"{registry}/graphql", b'{"query": "{me{name}}"}', wrong)
    sign_in = b'{"username": "nobody", "password": "wrong password"}'
    yield HostileInput("wrong passwords", "POST", f"{registry}/api/login", sign_in, as_json)
    xml = BOMBS["XML"]
    yield HostileInput("XML, no signature", "POST", f"{system.s3proxy}/{BUCKET}?delete", xml.body, xml.headers)
    # With the token of somebody who may write; of another one each time, since each has a rate.
    numbers = itertools.count(1)

    def known() -> dict[str, str]:
        return {**as_json, "Authorization": f"Bearer {new_writer(system, f'writer{next(numbers)}').token}"}

    table = f"{registry}/api/v1/buckets/{BUCKET}/tabulator-tables/t"
    for name in ("merge keys, 9 levels", "aliases, 9 levels", "long text"):
        body = json.dumps({"config": YAML_BOMBS[name]}).encode()
        yield HostileInput(f"YAML, {name}, writer", "PUT", table, body, known())
    for name in ("deep JSON", "JSON of many members"):
        checked = f"{registry}/api/v1/buckets/{BUCKET}/workflows/check"
        yield HostileInput(f"{name}, writer", "POST", checked, BOMBS[name].body, known())
    for name, query in {
        "GraphQL of 900 equal names": "{" + "me{name} " * 900 + "}",
        "GraphQL of 90,000 fields": "{" + "me{name} " * 90_000 + "}",
        "GraphQL of 5,000 levels": "{" + "me{" * 5_000 + "name" + "}" * 5_001,
    }.items():
        body = json.dumps({"query": query}).encode()
        yield HostileInput(f"{name}, writer", "POST", f"{registry}/graphql", body, known())
    zipped = {**known(), "Content-Encoding": "gzip"}
    pushed = f"{registry}/api/package/writer{next(numbers) - 1}/bomb/{'0' * 64}"
    yield HostileInput("gzip, writer's push of Quilt 2", "PUT", pushed, BOMBS["gzip"].body, zipped)
    words = quote(" OR ".join(f"w{number}*" for number in range(20)))
    yield HostileInput("search of 20 wildcards, writer", "GET", f"{registry}/api/v1/search?q={words}", b"", known())
    key = Key.of(new_writer(system, "previewer").get("/api/auth/get_credentials"))
    object_url = quote(key.presigned(f"https://{BUCKET}.s3.us-east-1.amazonaws.com/{MEMBERS}"), safe="")
    preview = f"{system.s3proxy}/lambda/preview?input=txt&compression=gz&url={object_url}"
    yield HostileInput("preview of 200,000 gzip members, writer", "GET", preview)


async def measure(
    system: System, ordinary: Sequence[tuple[str, dict[str, str]]], hostile: HostileInput | None
) -> Measure:
    """Send ordinary requests while the hostile one is sent by another process."""
    pids = {service: system.pid(service) for service in SERVICES}
    for pid in pids.values():
        forget_peak_of(pid)
    before = sum(map(cpu_seconds, pids.values()))
    took: list[float] = []
    with sending(hostile) as statuses:
        async with httpx.AsyncClient(timeout=120) as http:
            ends = time.perf_counter() + SENDING_SECONDS
            while time.perf_counter() < ends:
                for url, headers in ordinary:
                    began = time.perf_counter()
                    answer = await http.get(url, headers=headers)
                    took.append(time.perf_counter() - began)
                    assert answer.status_code == 200, (hostile and hostile.name, url, answer.text)
                    await asyncio.sleep(PAUSE_SECONDS)
    assert {service: system.pid(service) for service in SERVICES} == pids, "a service was started again"
    used = sum(map(cpu_seconds, pids.values())) - before
    return Measure(took, statuses, {service: peak_of(pid) for service, pid in pids.items()}, used)


@contextmanager
def sending(hostile: HostileInput | None) -> Iterator[Counter[str]]:
    """Run the sender while the block runs. The statuses of its answers are there after the block."""
    statuses: Counter[str] = Counter()
    if hostile is None:
        yield statuses
        return
    context = multiprocessing.get_context("spawn")
    stop, results = context.Event(), context.Queue()
    sender = context.Process(target=send_in_loop, args=(hostile, stop, results), daemon=True)
    sender.start()
    try:
        assert results.get(timeout=60) == "ready"
        yield statuses
    finally:
        stop.set()
        try:
            statuses.update(results.get(timeout=180))
        except Empty:
            statuses["no answer"] += 1
        sender.join(10)


def send_in_loop(hostile: HostileInput, stop: Any, results: Any) -> None:
    """Run in a process of its own: send the request over and over, on CONNECTIONS connections."""
    results.put("ready")
    results.put(asyncio.run(_send_in_loop(hostile, stop)))


async def _send_in_loop(hostile: HostileInput, stop: Any) -> dict[str, int]:
    statuses: Counter[str] = Counter()
    where = urlsplit(hostile.url)
    target = f"{where.path}?{where.query}" if where.query else where.path
    fields = {"Host": where.netloc, **hostile.headers, "Content-Length": str(len(hostile.body)), "Connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    request = f"{hostile.method} {target} HTTP/1.1\r\n{head}\r\n".encode() + hostile.body

    async def send_in_turn() -> None:
        while not stop.is_set():
            try:
                reader, writer = await asyncio.open_connection(where.hostname, where.port)
                writer.write(request)
                answer = await asyncio.wait_for(reader.readline(), 120)
                statuses[answer.split()[1].decode() if answer else "closed"] += 1
                writer.close()
            except (OSError, TimeoutError) as error:
                statuses[type(error).__name__] += 1
                await asyncio.sleep(0.05)

    await asyncio.gather(*(send_in_turn() for _ in range(CONNECTIONS)))
    return dict(statuses)


def forget_peak_of(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_of(pid: int) -> int:
    """The largest resident set since `forget_peak_of`, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split(None, 1)[0]) << 10
