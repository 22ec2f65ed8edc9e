"""Workers killed at every step of a push: whatever is pointed to is complete, and the next worker ends what was begun."""

import json

from sqlalchemy import text
from support.data.manifests import HELLO, entry
from support.faults.kill_at_step import Fate, mortal, work_until_death
from support.worlds.push_world import PushWorld

from shared.db.engine import transaction
from shared.quilt.physical_keys import parse_physical_key


async def require_complete(bench: PushWorld, bucket: str, name: str) -> dict[str, str]:
    """Every pointer's manifest is there, and every object of that; the pointers."""
    objects = bench.world.objects
    pointers = await bench.pointers(name, bucket)
    for top_hash in pointers.values():
        got = await objects.get(bucket, f".quilt/packages/{top_hash}", limit=1 << 20)
        assert got, f"{name}: a pointer to nothing"
        for line in got[1].decode().splitlines()[1:]:
            location = parse_physical_key(json.loads(line)["physical_keys"][0])
            assert location
            assert await objects.head(location.bucket, location.key, location.version_id), "an entry of nothing"
    return pointers


async def time_passes(bench: PushWorld) -> None:
    async with transaction(bench.world.sessions) as session:
        await session.execute(text("UPDATE registry.job SET heartbeat_at = now() - interval '1 minute'"))


async def given_source(bench: PushWorld) -> None:
    files = []
    for name in ("a.csv", "b/c.csv"):
        version = await bench.world.objects.put(bench.world.bucket, f"raw/{name}", b"hello")
        files.append(entry(name, at=f"s3://{bench.world.bucket}/raw/{name}?versionId={version}", size=5, value=HELLO))
    await bench.world.package("amy/wine", *files)


async def promoted(bench: PushWorld, bucket: str, last: int) -> Fate:
    """A promotion whose worker dies at its so many-th step, and which another one ends."""
    name = f"amy/out-{last}"
    push = {"to": {"bucket": bucket, "package": name}, "message": "Released"}
    headers = bench.world.headers("admin")
    job = await bench.submit("amy/wine/revisions/latest/promotion", push, headers)
    fate = Fate(last)
    died = await work_until_death(mortal(bench.worker, fate), fate)
    pointers = await require_complete(bench, bucket, name)
    if died:
        assert not await bench.worker.work_once(), "somebody still works on it, for all one knows"
        await time_passes(bench)
        assert await bench.worker.work_once()
        pointers = await require_complete(bench, bucket, name)
    ended = (await bench.world.client.get(f"/api/v1/jobs/{job['id']}", headers=headers)).json()
    assert ended["state"] == "done", ended["problem"]
    assert ended["result"]["is_latest"]
    top_hash = ended["result"]["top_hash"]
    assert pointers == {ended["result"]["tag"]: top_hash, "latest": top_hash}
    return fate


async def test_a_promotion_killed_at_every_step_is_ended_by_another_worker(bench: PushWorld) -> None:
    await given_source(bench)
    bucket = f"{bench.world.bucket}-released"
    await bench.world.registered(bucket)
    for last in range(1, 200):  # the first is its claim
        fate = await promoted(bench, bucket, last)
        if not fate.died.is_set():
            break
    assert fate.steps.count("copy") == 2
    assert fate.steps.count("put_over") == 2
    assert "upload" in fate.steps
    assert last == len(fate.steps) > 10
