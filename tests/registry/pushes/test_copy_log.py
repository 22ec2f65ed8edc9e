"""Copies of large objects that are under way when their job is interrupted."""

import asyncio
from contextlib import suppress
from typing import Any

from sqlalchemy import text
from support.data.manifests import HELLO, entry
from support.worlds.push_world import PushWorld

from shared.db.engine import transaction

NAMES = ["a.csv", "b/c.csv"]


async def begun(bench: PushWorld) -> tuple[str, Any]:
    """A promotion that is to copy two objects; where to, and the job."""
    files = []
    for name in NAMES:
        version = await bench.world.objects.put(bench.world.bucket, f"raw/{name}", b"hello")
        files.append(entry(name, at=f"s3://{bench.world.bucket}/raw/{name}?versionId={version}", size=5, value=HELLO))
    await bench.world.package("amy/wine", *files)
    bucket = f"{bench.world.bucket}-released"
    await bench.world.registered(bucket)
    push = {"to": {"bucket": bucket, "package": "amy/out"}}
    bench.open_caller_s3.contents.going_on.clear()
    headers = bench.world.headers("admin")
    return bucket, await bench.submit("amy/wine/revisions/latest/promotion", push, headers)


async def known(bench: PushWorld) -> list[str]:
    async with transaction(bench.world.sessions) as session:
        checkpoint = await session.scalar(text("SELECT checkpoint FROM registry.job"))
    return sorted(key for _, key, _ in checkpoint.get("copies", []))


async def until_copying(bench: PushWorld) -> "asyncio.Task[bool]":
    working = asyncio.create_task(bench.worker.work_once())
    async with asyncio.timeout(30):
        while len(await known(bench)) < len(NAMES):  # noqa: ASYNC110 – the database tells nobody
            await asyncio.sleep(0.02)
    return working


async def state_of(bench: PushWorld, job: Any) -> str:
    headers = bench.world.headers("admin")
    return str((await bench.world.client.get(f"/api/v1/jobs/{job['id']}", headers=headers)).json()["state"])


async def test_who_goes_on_with_a_job_goes_on_with_its_copies(bench: PushWorld) -> None:
    bucket, job = await begun(bench)
    working = await until_copying(bench)
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    assert await known(bench) == [f"amy/out/{name}" for name in NAMES]
    async with transaction(bench.world.sessions) as session:
        await session.execute(text("UPDATE registry.job SET heartbeat_at = now() - interval '1 minute'"))
    bench.open_caller_s3.contents.going_on.set()
    assert await bench.worker.work_once()
    assert await state_of(bench, job) == "done"
    assert sorted(bench.open_caller_s3.contents.went_on) == [f"amy/out/{name}" for name in NAMES]
    contents = bench.open_caller_s3.contents
    assert (contents.copied, contents.abandoned, await known(bench)) == ([], [], [])
    assert len(await bench.pointers("amy/out", bucket)) == 2


async def test_copies_of_a_cancelled_job_are_abandoned(bench: PushWorld) -> None:
    bucket, job = await begun(bench)
    working = await until_copying(bench)
    await bench.world.client.post(f"/api/v1/jobs/{job['id']}/cancel", headers=bench.world.headers("admin"))
    await working
    assert await state_of(bench, job) == "cancelled"
    assert sorted(bench.open_caller_s3.contents.abandoned) == [f"amy/out/{name}" for name in NAMES]
    assert (await known(bench), await bench.pointers("amy/out", bucket)) == ([], {})
