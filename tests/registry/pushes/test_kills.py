"""Workers killed at every step of a push: whatever is pointed to is complete, and the next worker ends what was begun."""

import json

from sqlalchemy import text
from support.data.manifests import HELLO, entry
from support.faults.kill_at_step import Fate, mortal, work_until_death
from support.worlds.push_world import PushWorld

from shared.db.engine import transaction
from shared.quilt.physical_keys import parse_physical_key


async def require_complete(pushes: PushWorld, bucket: str, name: str) -> dict[str, str]:
    """Every pointer's manifest is there, and every object of that; the pointers."""
    objects = pushes.world.objects
    pointers = await pushes.pointers(name, bucket)
    for top_hash in pointers.values():
        got = await objects.get(bucket, f".quilt/packages/{top_hash}", limit=1 << 20)
        assert got, f"{name}: a pointer to nothing"
        for line in got[1].decode().splitlines()[1:]:
            location = parse_physical_key(json.loads(line)["physical_keys"][0])
            assert location
            assert await objects.head(location.bucket, location.key, location.version_id), "an entry of nothing"
    return pointers


async def time_passes(pushes: PushWorld) -> None:
    async with transaction(pushes.world.sessions) as session:
        await session.execute(text("UPDATE registry.job SET heartbeat_at = now() - interval '1 minute'"))


async def given_source(pushes: PushWorld) -> None:
    files = []
    for name in ("a.csv", "b/c.csv"):
        version = await pushes.world.objects.put(pushes.world.bucket, f"raw/{name}", b"hello")
        files.append(entry(name, at=f"s3://{pushes.world.bucket}/raw/{name}?versionId={version}", size=5, value=HELLO))
    await pushes.world.package("amy/wine", *files)


async def promoted(pushes: PushWorld, bucket: str, last: int) -> Fate:
    """A promotion whose worker dies at its so many-th step, and which another one ends."""
    name = f"amy/out-{last}"
    push = {"to": {"bucket": bucket, "package": name}, "message": "Released"}
    headers = pushes.world.headers("admin")
    job = await pushes.submit("amy/wine/revisions/latest/promotion", push, headers)
    fate = Fate(last)
    died = await work_until_death(mortal(pushes.worker, fate), fate)
    pointers = await require_complete(pushes, bucket, name)
    if died:
        assert not await pushes.worker.work_once(), "somebody still works on it, for all one knows"
        await time_passes(pushes)
        assert await pushes.worker.work_once()
        pointers = await require_complete(pushes, bucket, name)
    ended = (await pushes.world.client.get(f"/api/v1/jobs/{job['id']}", headers=headers)).json()
    assert ended["state"] == "done", ended["problem"]
    assert ended["result"]["is_latest"]
    top_hash = ended["result"]["top_hash"]
    assert pointers == {ended["result"]["tag"]: top_hash, "latest": top_hash}
    return fate


async def test_a_promotion_killed_at_every_step_is_ended_by_another_worker(pushes: PushWorld) -> None:
    await given_source(pushes)
    bucket = f"{pushes.world.bucket}-released"
    await pushes.world.registered(bucket)
    for last in range(1, 200):  # the first is its claim
        fate = await promoted(pushes, bucket, last)
        if not fate.died.is_set():
            break
    assert fate.steps.count("copy") == 2
    assert fate.steps.count("put_over") == 2
    assert "upload" in fate.steps
    assert last == len(fate.steps) > 10
