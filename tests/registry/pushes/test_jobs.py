"""The routes of jobs, and the worker's part in the protocol of a job."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from support.data.manifests import entry
from support.worlds.push_world import PushWorld

from registry.db.jobs import ClaimLost, JobStore
from registry.services.attempts import STALE_SECONDS
from shared.audit import AuditQueue
from shared.aws.objects import ObjectUnreadable
from shared.db.engine import transaction
from shared.errors import Unavailable
from shared.schemas.audit import AuditEvent, Outcome
from shared.schemas.principal import Level
from shared.testing.indexer import FakeIndexer

PATCH = "amy/wine/revisions/latest/patch"
NOTHING: dict[str, Any] = {"operations": [], "message": "x"}


async def given(pushes: PushWorld) -> dict[str, str]:
    """The headers of a writer, after a package was made."""
    await pushes.world.package("amy/wine", entry("a.csv"))
    return pushes.world.headers("writer")


async def job(pushes: PushWorld, headers: dict[str, str], job_id: str) -> Any:
    answer = await pushes.world.client.get(f"/api/v1/jobs/{job_id}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def act(pushes: PushWorld, headers: dict[str, str], job_id: str, what: str) -> Any:
    return await pushes.world.client.post(f"/api/v1/jobs/{job_id}/{what}", headers=headers)


async def test_a_job_is_queued_done_and_shown_with_its_result(pushes: PushWorld) -> None:
    headers = await given(pushes)
    answer = await pushes.world.client.post(f"{pushes.packages}/{PATCH}", json=NOTHING, headers=headers)
    accepted = answer.json()
    assert answer.headers["location"] == f"/api/v1/jobs/{accepted['id']}"
    assert accepted == {
        "id": accepted["id"],
        "kind": "patch",
        "state": "queued",
        "bucket": pushes.world.bucket,
        "name": "amy/wine",
        "progress": None,
        "result": None,
        "problem": None,
        "cancelling": False,
        "created_by": "amy",
        "created_at": accepted["created_at"],
        "started_at": None,
        "finished_at": None,
    }
    assert await pushes.worker.work_once()
    assert not await pushes.worker.work_once()
    done = await job(pushes, headers, accepted["id"])
    pointers = await pushes.pointers("amy/wine")
    assert done["state"] == "done"
    assert done["result"] == {
        "bucket": pushes.world.bucket,
        "name": "amy/wine",
        "top_hash": pointers["latest"],
        "tag": max(pointers.keys() - {"latest"}),
        "is_latest": True,
        "total_entries": 1,
        "position": await pushes.feed_position(),
    }
    assert done["progress"]["stage"] == "publishing"
    assert done["finished_at"] > done["started_at"] > done["created_at"]


async def test_the_audit_trail_says_how_the_job_of_a_push_ended(pushes: PushWorld) -> None:
    events: list[AuditEvent] = []

    async def send(sent: list[AuditEvent]) -> None:
        events.extend(sent)

    pushes.worker.trail = AuditQueue("registry", send)
    config = b'version: "1"\nworkflows: {w: {name: W, is_message_required: true}}\ndefault_workflow: w\n'
    await pushes.world.objects.put(pushes.world.bucket, ".quilt/workflows/config.yml", config)
    construct = "amy/wine/revisions"
    refused = await pushes.push(construct, {"entries": []})
    done = await pushes.push(construct, {"entries": [], "message": "Harvest"})
    lost = {"logical_key": "a.csv", "physical_key": f"s3://{pushes.world.bucket}/lost.csv"}
    missing = await pushes.push(construct, {"entries": [lost], "message": "Late"})
    await pushes.worker.trail.flush()
    assert [each["state"] for each in (refused, done, missing)] == ["failed", "done", "failed"]
    assert [(each.action, each.outcome, each.reason, each.target, each.caller.user) for each in events] == [
        ("Packages.Construct", outcome, reason, f"package:{pushes.world.bucket}/amy/wine", "amy")
        for outcome, reason in (
            (Outcome.REFUSED, "workflow_violation"),
            (Outcome.DONE, ""),
            (Outcome.REFUSED, "entry_refused"),
        )
    ]
    assert events[1].details == {"job": done["id"], "top_hash": done["result"]["top_hash"]}


async def test_only_owners_and_administrators_see_a_job(pushes: PushWorld) -> None:
    headers = await given(pushes)
    mine = await pushes.submit(PATCH, NOTHING, headers)
    stranger = pushes.world.caller({pushes.world.bucket: Level.READ_WRITE})
    theirs = await pushes.submit(PATCH, NOTHING, stranger)
    admin = pushes.world.headers("admin")

    async def listed(headers: dict[str, str], **params: str) -> list[str]:
        answer = await pushes.world.client.get("/api/v1/jobs", params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    assert await listed(headers) == [mine["id"]]
    assert await listed(stranger) == [theirs["id"]]
    assert await listed(admin) == []
    assert await listed(admin, all="true") == [theirs["id"], mine["id"]]
    assert await listed(admin, all="true", state="done") == []
    for what in ("cancel", "resume"):
        assert (await act(pushes, stranger, mine["id"], what)).status_code == 404
    refused = await pushes.world.client.get("/api/v1/jobs", params={"all": "true"}, headers=stranger)
    assert refused.status_code == 403
    for caller, status in ((stranger, 404), (admin, 200), ({}, 401)):
        answer = await pushes.world.client.get(f"/api/v1/jobs/{mine['id']}", headers=caller)
        assert answer.status_code == status


async def test_jobs_are_listed_in_pages_newest_first(pushes: PushWorld) -> None:
    headers = await given(pushes)
    made = [(await pushes.submit(PATCH, NOTHING, headers))["id"] for _ in range(5)]
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await pushes.world.client.get("/api/v1/jobs", params=params, headers=headers)).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made[::-1]
    for bad in ("x", "WyJhIiwiYiJd"):
        answer = await pushes.world.client.get("/api/v1/jobs", params={"cursor": bad}, headers=headers)
        assert answer.status_code == 400
    assert (await pushes.world.client.get("/api/v1/jobs/none", headers=headers)).status_code == 422
    assert (await pushes.world.client.get(f"/api/v1/jobs/{uuid4()}", headers=headers)).status_code == 404


async def test_an_idempotency_key_gives_the_same_job_for_the_same_request_only(pushes: PushWorld) -> None:
    headers = await given(pushes)
    keyed = {**headers, "Idempotency-Key": "once"}
    first = await pushes.submit(PATCH, NOTHING, keyed)
    assert (await pushes.submit(PATCH, NOTHING, keyed))["id"] == first["id"]
    other = await pushes.world.client.post(
        f"{pushes.packages}/{PATCH}", json={**NOTHING, "message": "other"}, headers=keyed
    )
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency_key_reused")
    assert (await pushes.submit(PATCH, NOTHING, headers))["id"] != first["id"]
    another = pushes.world.caller({pushes.world.bucket: Level.READ_WRITE, "another": Level.READ})
    somebody = {**another, "Idempotency-Key": "once"}
    assert (await pushes.submit(PATCH, NOTHING, somebody))["id"] != first["id"]


async def test_a_repeated_patch_of_latest_gives_the_first_job_after_that_has_moved_latest(pushes: PushWorld) -> None:
    headers = await given(pushes)
    keyed = {**headers, "Idempotency-Key": "once"}
    latest = (await pushes.world.json(f"{pushes.packages}/amy/wine/revisions/latest"))["top_hash"]
    body = {**NOTHING, "message": "second", "expected": {"latest": latest}}
    first = await pushes.submit(PATCH, body, keyed)
    assert await pushes.worker.work_once()
    repeated = await pushes.submit(PATCH, body, keyed)
    assert (repeated["id"], repeated["state"]) == (first["id"], "done")
    assert not await pushes.worker.work_once()
    stale = await pushes.world.client.post(f"{pushes.packages}/{PATCH}", json=body, headers=headers)
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/revision_stale")


async def test_a_queued_job_is_cancelled_at_once_and_can_be_resumed(pushes: PushWorld) -> None:
    headers = await given(pushes)
    waiting = await pushes.submit(PATCH, NOTHING, headers)
    assert (await act(pushes, headers, waiting["id"], "cancel")).json()["state"] == "cancelled"
    assert not await pushes.worker.work_once()
    assert (await act(pushes, headers, waiting["id"], "cancel")).json()["state"] == "cancelled"
    assert (await act(pushes, headers, waiting["id"], "resume")).json()["state"] == "queued"
    assert (await act(pushes, headers, waiting["id"], "resume")).status_code == 409
    assert await pushes.worker.work_once()
    assert (await job(pushes, headers, waiting["id"]))["state"] == "done"
    for what in ("cancel", "resume"):
        assert (await act(pushes, headers, waiting["id"], what)).status_code == 409


async def test_a_running_job_is_cancelled_by_its_worker_and_can_be_resumed(
    pushes: PushWorld, indexer: FakeIndexer
) -> None:
    headers = await given(pushes)
    before = await pushes.pointers("amy/wine")
    running = await pushes.submit(PATCH, NOTHING, headers)
    reached = asyncio.Event()
    on_tree = indexer.on_tree

    async def hang(_body: AsyncIterator[bytes]) -> None:
        reached.set()
        await asyncio.Event().wait()

    indexer.on_tree = hang
    working = asyncio.create_task(pushes.worker.work_once())
    await reached.wait()
    assert (await act(pushes, headers, running["id"], "cancel")).json()["cancelling"] is True
    await working
    cancelled = await job(pushes, headers, running["id"])
    assert (cancelled["state"], cancelled["progress"]["stage"]) == ("cancelled", "indexing")
    assert await pushes.pointers("amy/wine") == before
    indexer.on_tree = on_tree
    await act(pushes, headers, running["id"], "resume")
    assert await pushes.worker.work_once()
    assert (await job(pushes, headers, running["id"]))["state"] == "done"


async def test_a_stopping_worker_queues_its_job_again(pushes: PushWorld, indexer: FakeIndexer) -> None:
    headers = await given(pushes)
    running = await pushes.submit(PATCH, NOTHING, headers)
    reached, stopping = asyncio.Event(), asyncio.Event()
    on_tree = indexer.on_tree

    async def hang(_body: AsyncIterator[bytes]) -> None:
        reached.set()
        await asyncio.Event().wait()

    indexer.on_tree = hang
    working = asyncio.create_task(pushes.worker.work(stopping))
    await reached.wait()
    stopping.set()
    await working
    assert (await job(pushes, headers, running["id"]))["state"] == "queued"
    indexer.on_tree = on_tree
    assert await pushes.worker.work_once()
    assert (await job(pushes, headers, running["id"]))["state"] == "done"


async def test_a_job_whose_worker_falls_silent_is_claimed_by_another(pushes: PushWorld) -> None:
    headers = await given(pushes)
    waiting = await pushes.submit(PATCH, NOTHING, headers)
    async with transaction(pushes.world.sessions) as session:
        claim = await JobStore(session).claim("a worker that dies", STALE_SECONDS)
    assert claim
    assert not await pushes.worker.work_once()
    await silence_job(pushes)
    assert await pushes.worker.work_once()
    assert (await job(pushes, headers, waiting["id"]))["state"] == "done"
    async with transaction(pushes.world.sessions) as session:
        with pytest.raises(ClaimLost):
            await JobStore(session).beat(claim, None)


async def silence_job(pushes: PushWorld) -> None:
    async with transaction(pushes.world.sessions) as session:
        await session.execute(text("UPDATE registry.job SET heartbeat_at = now() - interval '1 hour'"))


async def test_a_job_whose_worker_ended_five_times_fails(pushes: PushWorld) -> None:
    headers = await given(pushes)
    waiting = await pushes.submit(PATCH, NOTHING, headers)
    for _ in range(5):
        async with transaction(pushes.world.sessions) as session:
            assert await JobStore(session).claim("dies", STALE_SECONDS)
        await silence_job(pushes)
    assert not await pushes.worker.work_once()
    failed = await job(pushes, headers, waiting["id"])
    assert (failed["state"], failed["problem"]["type"]) == ("failed", "/problems/job_unfinished")


async def test_a_job_fails_when_its_owners_session_has_ended(pushes: PushWorld) -> None:
    headers = await given(pushes)
    waiting = await pushes.submit(PATCH, NOTHING, headers)
    async with transaction(pushes.world.sessions) as session:
        owner = await session.scalar(text("SELECT owner_id FROM registry.job"))
    pushes.open_caller_s3.signed_out.add(UUID(str(owner)))
    before = await pushes.pointers("amy/wine")
    await pushes.worker.work_once()
    failed = await job(pushes, headers, waiting["id"])
    assert (failed["state"], failed["problem"]["status"]) == ("failed", 401)
    assert await pushes.pointers("amy/wine") == before


async def test_a_job_that_fails_by_an_internal_error_can_be_resumed(pushes: PushWorld, indexer: FakeIndexer) -> None:
    headers = await given(pushes)
    waiting = await pushes.submit(PATCH, NOTHING, headers)
    on_keys, indexer.on_keys = indexer.on_keys, broken
    await pushes.worker.work_once()
    failed = await job(pushes, headers, waiting["id"])
    assert (failed["state"], failed["problem"]["type"]) == ("failed", "/problems/internal")
    indexer.on_keys = on_keys
    await act(pushes, headers, waiting["id"], "resume")
    await pushes.worker.work_once()
    done = await job(pushes, headers, waiting["id"])
    assert done["state"] == "done"
    # The pointer that was written before the interruption is its own.
    assert len(await pushes.pointers("amy/wine")) == 3


async def broken(*_: object) -> None:
    raise RuntimeError("broken")


async def test_a_user_has_at_most_200_unfinished_jobs(pushes: PushWorld) -> None:
    headers = await given(pushes)
    first = await pushes.submit(PATCH, NOTHING, headers)
    async with transaction(pushes.world.sessions) as session:
        await session.execute(
            text(
                "INSERT INTO registry.job SELECT (json_populate_record(job, json_build_object('id', gen_random_uuid()))).* "
                "FROM registry.job, generate_series(2, 200)"
            )
        )
    answer = await pushes.world.client.post(f"{pushes.packages}/{PATCH}", json=NOTHING, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/too_many_jobs")
    assert first["state"] == "queued"


async def test_finished_jobs_are_removed_after_their_days(pushes: PushWorld) -> None:
    headers = await given(pushes)
    old, new = [await pushes.submit(PATCH, NOTHING, headers) for _ in range(2)]
    await pushes.worker.work_once()
    async with transaction(pushes.world.sessions) as session:
        await session.execute(text("UPDATE registry.job SET finished_at = finished_at - interval '8 days'"))
    async with transaction(pushes.world.sessions) as session:
        assert await JobStore(session).remove_finished(timedelta(days=7).days) == 1
    assert (await pushes.world.client.get(f"/api/v1/jobs/{old['id']}", headers=headers)).status_code == 404
    assert (await job(pushes, headers, new["id"]))["state"] == "queued"


@pytest.mark.parametrize(
    "error",
    [Unavailable("S3 answers 500"), ObjectUnreadable("S3's answer cannot be read: é")],
    ids=["500", "unreadable"],
)
@pytest.mark.parametrize("kind", ["construct", "patch", "promote"])
async def test_a_push_of_an_object_that_s3_cannot_give_fails_with_the_reason(
    pushes: PushWorld, error: Exception, kind: str
) -> None:
    """S3 gives other objects, so this is no outage."""
    world, other = pushes.world, f"{pushes.world.bucket}-other"
    await world.registered(other)
    at = f"s3://{other}/bad.txt"
    await world.package("amy/base", entry("bad.txt", at=at), bucket=other)
    caller = world.caller({world.bucket: Level.READ_WRITE, other: Level.READ})
    world.objects.failing["bad.txt"] = error
    added = {"logical_key": "bad.txt", "physical_key": at}
    path, body = {
        "construct": (f"{world.bucket}/packages/amy/new/revisions", {"entries": [added]}),
        "patch": (
            f"{world.bucket}/packages/amy/wine/revisions/latest/patch",
            {"operations": [{"op": "add", **added}]},
        ),
        "promote": (
            f"{other}/packages/amy/base/revisions/latest/promotion",
            {"to": {"bucket": world.bucket, "package": "amy/promoted"}},
        ),
    }[kind]
    await given(pushes)
    answer = await world.client.post(f"/api/v1/buckets/{path}", json=body, headers=caller)
    assert answer.status_code == 202, answer.text
    await pushes.worker.work_once()
    failed = await job(pushes, caller, answer.json()["id"])
    assert (failed["state"], failed["problem"]["type"]) == ("failed", "/problems/entry_refused")
    assert str(error) in failed["problem"]["detail"]
