"""Workers killed at every step of a push: every pointer names a complete package, and the next worker finishes the job."""

import json
from dataclasses import replace

from sqlalchemy import text
from support.data.manifests import HELLO, entry
from support.faults.kill_at_step import KillPoint, killable, work_until_killed
from support.worlds.push_world import PushWorld

from shared.db.engine import transaction
from shared.index.trees.blocks.processes import MIN_MANIFEST_BYTES
from shared.quilt.physical_keys import parse_physical_key


async def require_complete(pushes: PushWorld, bucket: str, name: str) -> dict[str, str]:
    """The package's pointers, after a check that the manifests and all objects that they name exist."""
    objects = pushes.world.objects
    pointers = await pushes.pointers(name, bucket)
    for top_hash in pointers.values():
        got = await objects.get(bucket, f".quilt/packages/{top_hash}", limit=1 << 20)
        assert got, f"{name}: a pointer without a manifest"
        for line in got[1].decode().splitlines()[1:]:
            location = parse_physical_key(json.loads(line)["physical_keys"][0])
            assert location
            assert await objects.head(location.bucket, location.key, location.version_id), "an entry without an object"
    return pointers


async def silence_job(pushes: PushWorld) -> None:
    """Make the job's last heartbeat a minute old."""
    async with transaction(pushes.world.sessions) as session:
        await session.execute(text("UPDATE registry.job SET heartbeat_at = now() - interval '1 minute'"))


async def given_source(pushes: PushWorld) -> None:
    files = []
    for name in ("a.csv", "b/c.csv"):
        version = await pushes.world.objects.put(pushes.world.bucket, f"raw/{name}", b"hello")
        files.append(entry(name, at=f"s3://{pushes.world.bucket}/raw/{name}?versionId={version}", size=5, value=HELLO))
    await pushes.world.package("amy/wine", *files)


async def promote_with_kill(pushes: PushWorld, bucket: str, last: int) -> KillPoint:
    """A promotion whose worker is killed after step `last`, and which another worker finishes."""
    name = f"amy/out-{last}"
    push = {"to": {"bucket": bucket, "package": name}, "message": "Released"}
    headers = pushes.world.headers("admin")
    job = await pushes.submit("amy/wine/revisions/latest/promotion", push, headers)
    kill_point = KillPoint(last)
    # Every other one is announced to the indexer before it writes its manifest, as those of large packages are.
    worker = replace(pushes.worker, announced_bytes=0 if last % 2 else MIN_MANIFEST_BYTES)
    killed = await work_until_killed(killable(worker, kill_point), kill_point)
    pointers = await require_complete(pushes, bucket, name)
    if killed:
        assert not await pushes.worker.work_once(), "the job is not silent yet"
        await silence_job(pushes)
        assert await pushes.worker.work_once()
        pointers = await require_complete(pushes, bucket, name)
    ended = (await pushes.world.client.get(f"/api/v1/jobs/{job['id']}", headers=headers)).json()
    assert ended["state"] == "done", ended["problem"]
    assert ended["result"]["is_latest"]
    top_hash = ended["result"]["top_hash"]
    assert pointers == {ended["result"]["tag"]: top_hash, "latest": top_hash}
    return kill_point


async def test_a_promotion_killed_at_every_step_is_finished_by_another_worker(pushes: PushWorld) -> None:
    await given_source(pushes)
    bucket = f"{pushes.world.bucket}-released"
    await pushes.world.registered(bucket)
    for last in range(1, 200):  # the first step is the claim
        kill_point = await promote_with_kill(pushes, bucket, last)
        if not kill_point.killed.is_set():
            break
    assert kill_point.steps.count("copy") == 2
    assert kill_point.steps.count("put_over") == 2
    assert "upload" in kill_point.steps
    assert last == len(kill_point.steps) > 10


async def test_a_patch_killed_when_its_manifest_was_copied_is_finished_by_another_worker(pushes: PushWorld) -> None:
    await given_source(pushes)
    copying = replace(pushes.worker, min_part_bytes=1)
    killed_after: int = 1 << 20
    for message in ("counted", "killed"):
        headers = pushes.world.headers("writer")
        job = await pushes.submit("amy/wine/revisions/latest/patch", {"operations": [], "message": message}, headers)
        kill_point = KillPoint(killed_after)
        copied = pushes.world.objects.copied_bytes
        await work_until_killed(killable(copying, kill_point), kill_point)
        assert pushes.world.objects.copied_bytes > copied
        killed_after = kill_point.steps.index("assemble")
    await require_complete(pushes, pushes.world.bucket, "amy/wine")
    await silence_job(pushes)
    assert await copying.work_once()
    ended = (await pushes.world.client.get(f"/api/v1/jobs/{job['id']}", headers=headers)).json()
    assert ended["state"] == "done", ended["problem"]
    pointers = await require_complete(pushes, pushes.world.bucket, "amy/wine")
    assert pointers["latest"] == ended["result"]["top_hash"]
