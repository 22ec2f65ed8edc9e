"""Owners take turns at the workers."""

from typing import Any

from support.data.manifests import entry
from support.worlds.push_world import PushWorld

from registry.db.job_turns import HEAVY_JOB_OBJECTS
from registry.db.jobs import JobClaim, JobStore
from registry.services.attempts import STALE_SECONDS
from shared.db.engine import transaction
from shared.schemas.principal import Level

PATCH = "amy/wine/revisions/latest/patch"
NOTHING: dict[str, Any] = {"operations": [], "message": "x"}


async def claim(pushes: PushWorld) -> JobClaim | None:
    async with transaction(pushes.world.sessions) as session:
        return await JobStore(session).claim("a worker", STALE_SECONDS)


async def waiting(pushes: PushWorld) -> int:
    async with transaction(pushes.world.sessions) as session:
        return await JobStore(session).count_waiting(STALE_SECONDS)


async def cancel(pushes: PushWorld, claimed: JobClaim) -> None:
    async with transaction(pushes.world.sessions) as session:
        await JobStore(session).mark_cancelled(claimed)


def heavy(name: str) -> dict[str, Any]:
    """A push that names as many objects as a heavy job."""
    objects = [
        {"logical_key": f"{at}.csv", "physical_key": f"s3://bucket/{name}/{at}"} for at in range(HEAVY_JOB_OBJECTS)
    ]
    return {"entries": objects}


async def test_one_job_of_an_owner_overtakes_the_25_earlier_jobs_of_another(pushes: PushWorld) -> None:
    await pushes.world.package("amy/wine", entry("a.csv"))
    amy, ben = pushes.world.headers("writer"), pushes.world.caller({pushes.world.bucket: Level.READ_WRITE})
    for _ in range(25):
        await pushes.submit(PATCH, NOTHING, amy)
    assert await pushes.worker.work_once()
    last = await pushes.submit(PATCH, NOTHING, ben)
    assert await pushes.worker.work_once()
    answer = await pushes.world.client.get(f"/api/v1/jobs/{last['id']}", headers=ben)
    assert answer.json()["state"] == "done"


async def test_owners_take_turns_and_each_owners_jobs_stay_in_order(pushes: PushWorld) -> None:
    await pushes.world.package("amy/wine", entry("a.csv"))
    amy, ben = pushes.world.headers("writer"), pushes.world.caller({pushes.world.bucket: Level.READ_WRITE})
    amys = [(await pushes.submit(PATCH, NOTHING, amy))["id"] for _ in range(4)]
    bens = [(await pushes.submit(PATCH, NOTHING, ben))["id"] for _ in range(2)]
    claimed = []
    for _ in range(6):
        one = await claim(pushes)
        assert one
        claimed.append(str(one.id))
        await cancel(pushes, one)
    assert claimed == [amys[0], bens[0], amys[1], bens[1], amys[2], amys[3]]


async def test_an_owner_with_fewer_running_jobs_is_next(pushes: PushWorld) -> None:
    await pushes.world.package("amy/wine", entry("a.csv"))
    amy, ben = pushes.world.headers("writer"), pushes.world.caller({pushes.world.bucket: Level.READ_WRITE})
    await pushes.submit(PATCH, NOTHING, ben)
    assert await claim(pushes)
    bens = await pushes.submit(PATCH, NOTHING, ben)
    amys = await pushes.submit(PATCH, NOTHING, amy)
    assert [str(found.id) for found in (await claim(pushes), await claim(pushes)) if found] == [amys["id"], bens["id"]]


async def test_an_owner_runs_one_heavy_job_at_a_time_and_light_ones_beside_it(pushes: PushWorld) -> None:
    await pushes.world.package("amy/wine", entry("a.csv"))
    amy, ben = pushes.world.headers("writer"), pushes.world.caller({pushes.world.bucket: Level.READ_WRITE})
    one, other = [(await pushes.submit(f"amy/{name}/revisions", heavy(name), amy))["id"] for name in ("one", "two")]
    assert await waiting(pushes) == 1
    running = await claim(pushes)
    assert running
    assert str(running.id) == one
    assert (await claim(pushes), await waiting(pushes)) == (None, 0)
    light = await pushes.submit(PATCH, NOTHING, amy)
    bens = await pushes.submit("ben/one/revisions", heavy("ben"), ben)
    assert await waiting(pushes) == 2
    assert {str(found.id) for found in (await claim(pushes), await claim(pushes)) if found} == {light["id"], bens["id"]}
    assert await claim(pushes) is None
    await cancel(pushes, running)
    last = await claim(pushes)
    assert last
    assert str(last.id) == other
