"""Ten thousand bad sign-ins, as fast as they come, are refused, limited and recorded, while others go on working."""

import asyncio
import collections
import statistics
import time
from collections.abc import Iterator

import aiohttp
import psutil
from support.worlds.system import System

ATTEMPTS = 10_000
CONCURRENT_GUESSES = 64
PASSWORD = "amy's own password"


async def test_ten_thousand_bad_sign_ins_are_limited_while_others_go_on_working(system: System) -> None:
    system.create_user("amy", PASSWORD, "ReadAll")
    admin, amy = system.sign_in(), system.sign_in("amy", PASSWORD)
    before = psutil.Process(system.pid("auth")).memory_info().rss
    statuses: collections.Counter[int] = collections.Counter()
    waits: list[float] = []
    done = asyncio.Event()

    async with aiohttp.ClientSession(
        system.registry, connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=60)
    ) as http:

        async def guess(numbers: Iterator[int]) -> None:
            for number in numbers:
                name = ("amy", "admin", f"nobody{number}")[number % 3]
                guessed = {"username": name, "password": f"guess {number}"}
                async with http.post("/api/login", json=guessed) as answer:
                    statuses[answer.status] += 1

        async def work() -> None:
            """Requests of another user at the same time. The client gives up one that hangs."""
            headers = {"Authorization": f"Bearer {amy.token}"}
            while not done.is_set():
                began = time.perf_counter()
                for path in ("/api/me", "/api/v1/buckets"):
                    async with http.get(path, headers=headers) as answer:
                        assert answer.status == 200
                waits.append(time.perf_counter() - began)
                await asyncio.sleep(0.05)

        working = asyncio.create_task(work())
        numbers = iter(range(ATTEMPTS))
        began = time.perf_counter()
        await asyncio.gather(*(guess(numbers) for _ in range(CONCURRENT_GUESSES)))
        seconds = time.perf_counter() - began
        done.set()
        await working

    waits.sort()
    measured = f"{ATTEMPTS / seconds:.0f} refusals/s; others waited {statistics.median(waits):.2f} s, {waits[-1]:.2f} s at most"
    assert statuses.keys() == {401, 429}, measured
    assert statuses[401] < 30 * (seconds / 60 + 2), "limited, whatever names they tried"
    assert waits, measured
    print(measured)  # noqa: T201 – a measurement
    assert psutil.Process(system.pid("auth")).memory_info().rss - before < 50 << 20

    time.sleep(3)  # noqa: ASYNC251 – until refusals are written
    failed = admin.get("/api/v1/admin/audit", {"action": "Auth.Login", "outcome": "failed", "limit": "100"})["items"]
    assert failed
    assert not any("guess" in str(row) for row in failed)
    refused = admin.request("GET", "/api/v1/admin/audit.jsonl", params={"action": "Api.Refused"}).text.splitlines()
    assert 0 < len(refused) < 200, "what repeats is counted"
    time.sleep(61)  # noqa: ASYNC251 – nobody is locked out for longer
    assert system.sign_in("amy", PASSWORD)
