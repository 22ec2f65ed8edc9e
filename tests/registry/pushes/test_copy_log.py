"""Multipart copies that are under way when their job is interrupted or cancelled."""

import asyncio
from contextlib import suppress
from typing import Any

from sqlalchemy import text
from support.data.manifests import HELLO, entry
from support.worlds.push_world import PushWorld

from shared.db.engine import transaction

NAMES = ["a.csv", "b/c.csv"]


async def submit_promotion(pushes: PushWorld) -> tuple[str, Any]:
    """The destination bucket and the job of a promotion that copies two objects, whose copies wait for `may_finish`."""
    files = []
    for name in NAMES:
        version = await pushes.world.objects.put(pushes.world.bucket, f"raw/{name}", b"hello")
        files.append(entry(name, at=f"s3://{pushes.world.bucket}/raw/{name}?versionId={version}", size=5, value=HELLO))
    await pushes.world.package("amy/wine", *files)
    bucket = f"{pushes.world.bucket}-released"
    await pushes.world.registered(bucket)
    push = {"to": {"bucket": bucket, "package": "amy/out"}}
    pushes.open_caller_s3.transfers.may_finish.clear()
    headers = pushes.world.headers("admin")
    return bucket, await pushes.submit("amy/wine/revisions/latest/promotion", push, headers)


async def logged_copies(pushes: PushWorld) -> list[str]:
    async with transaction(pushes.world.sessions) as session:
        checkpoint = await session.scalar(text("SELECT checkpoint FROM registry.job"))
    return sorted(key for _, key, _ in checkpoint.get("copies", []))


async def until_copying(pushes: PushWorld) -> "asyncio.Task[bool]":
    working = asyncio.create_task(pushes.worker.work_once())
    async with asyncio.timeout(30):
        while len(await logged_copies(pushes)) < len(NAMES):  # noqa: ASYNC110 – a row is polled
            await asyncio.sleep(0.02)
    return working


async def state_of(pushes: PushWorld, job: Any) -> str:
    headers = pushes.world.headers("admin")
    return str((await pushes.world.client.get(f"/api/v1/jobs/{job['id']}", headers=headers)).json()["state"])


async def test_the_next_worker_continues_the_copies_of_an_interrupted_job(pushes: PushWorld) -> None:
    bucket, job = await submit_promotion(pushes)
    working = await until_copying(pushes)
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    assert await logged_copies(pushes) == [f"amy/out/{name}" for name in NAMES]
    async with transaction(pushes.world.sessions) as session:
        await session.execute(text("UPDATE registry.job SET heartbeat_at = now() - interval '1 minute'"))
    pushes.open_caller_s3.transfers.may_finish.set()
    assert await pushes.worker.work_once()
    assert await state_of(pushes, job) == "done"
    assert sorted(pushes.open_caller_s3.transfers.continued) == [f"amy/out/{name}" for name in NAMES]
    contents = pushes.open_caller_s3.transfers
    assert (contents.copied, contents.abandoned, await logged_copies(pushes)) == ([], [], [])
    assert len(await pushes.pointers("amy/out", bucket)) == 2


async def test_copies_of_a_cancelled_job_are_abandoned(pushes: PushWorld) -> None:
    bucket, job = await submit_promotion(pushes)
    working = await until_copying(pushes)
    await pushes.world.client.post(f"/api/v1/jobs/{job['id']}/cancel", headers=pushes.world.headers("admin"))
    await working
    assert await state_of(pushes, job) == "cancelled"
    assert sorted(pushes.open_caller_s3.transfers.abandoned) == [f"amy/out/{name}" for name in NAMES]
    assert (await logged_copies(pushes), await pushes.pointers("amy/out", bucket)) == ([], {})
