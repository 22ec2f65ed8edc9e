"""Restoring archived objects, by the API and by the mutation of Quilt's web catalogs."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from support.worlds.push_world import PushWorld

from registry.main import install_resources
from registry.resources import RegistryResources
from shared.audit import AuditQueue
from shared.schemas.audit import AuditEvent
from shared.testing.archived_objects import FakeArchivedObjects

RESTORE = """mutation ($bucket: String!, $key: String!, $tier: GlacierRestoreTier!, $days: Int!) {
  it: restoreObject(bucket: $bucket, key: $key, tier: $tier, days: $days) {
    __typename
    ... on RestoreObjectSuccess { alreadyRestored }
    ... on InvalidInput { errors { path name } }
    ... on OperationError { name }
  } }"""


@pytest.fixture
async def archived_objects(pushes: PushWorld) -> FakeArchivedObjects:
    """The archived objects of a bucket with an object in each of two storage classes, and one that is not archived."""
    archived_objects = pushes.open_caller_s3.archived_objects
    for key, storage_class in (("old.csv", "GLACIER"), ("deep.csv", "DEEP_ARCHIVE"), ("new.csv", None)):
        await pushes.world.objects.put(pushes.world.bucket, key, b"a,b\n")
        if storage_class:
            archived_objects.classes[key] = storage_class
    return archived_objects


async def restore(pushes: PushWorld, key: str, caller: str = "writer", **more: Any) -> httpx.Response:
    address = f"/api/v1/buckets/{pushes.world.bucket}/restorations"
    return await pushes.post(address, {"key": key, **more}, caller)


async def test_an_archived_object_is_restored_and_then_kept_for_longer(
    pushes: PushWorld, archived_objects: FakeArchivedObjects
) -> None:
    answer = await restore(pushes, "old.csv", days=3, tier="bulk")
    assert answer.status_code == 202, answer.text
    shown = answer.json()
    assert (shown["state"], shown["storage_class"], shown["expires_at"]) == ("restoring", "GLACIER", None)
    assert (shown["bucket"], shown["key"]) == (pushes.world.bucket, "old.csv")
    again = await restore(pushes, "old.csv")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/restore_in_progress")
    archived_objects.finish("old.csv")
    longer = (await restore(pushes, "old.csv")).json()
    assert longer["state"] == "restored"
    assert longer["expires_at"]
    assert [asked[2:] for asked in archived_objects.asked] == [(3, "bulk"), (7, "standard")]


@pytest.mark.parametrize(
    ("caller", "status"), [("anonymous", 401), ("stranger", 404), ("reader", 403), ("writer", 202), ("admin", 202)]
)
async def test_only_writers_of_the_bucket_restore_its_objects(
    pushes: PushWorld, archived_objects: FakeArchivedObjects, caller: str, status: int
) -> None:
    assert (await restore(pushes, "old.csv", caller)).status_code == status
    assert bool(archived_objects.asked) == (status == 202)


@pytest.mark.parametrize(
    ("key", "more", "status", "slug"),
    [
        ("new.csv", {}, 409, "not_archived"),
        ("none.csv", {}, 404, "object_missing"),
        ("deep.csv", {"tier": "expedited"}, 409, "restore_not_offered"),
        ("old.csv", {"tier": "slow"}, 422, "malformed"),
        ("old.csv", {"days": 0}, 422, "malformed"),
        ("old.csv", {"days": 366}, 422, "malformed"),
        ("", {}, 422, "malformed"),
    ],
)
async def test_what_cannot_be_restored_is_a_problem(
    pushes: PushWorld, archived_objects: FakeArchivedObjects, key: str, more: dict[str, Any], *, status: int, slug: str
) -> None:
    answer = await restore(pushes, key, **more)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert not archived_objects.asked


async def test_a_restoration_is_audited(
    pushes: PushWorld, archived_objects: FakeArchivedObjects, app: FastAPI, resources: RegistryResources
) -> None:
    written: list[AuditEvent] = []

    async def send(events: list[AuditEvent]) -> None:
        written.extend(events)

    trail = AuditQueue("registry", send)
    install_resources(app, replace(resources, trail=trail), app.state.principals)
    assert (await restore(pushes, "old.csv")).status_code == 202
    assert (await restore(pushes, "new.csv")).status_code == 409
    await trail.flush()
    assert [(each.action, each.target, each.caller.user) for each in written] == [
        ("Objects.Restore", f"object:{pushes.world.bucket}/old.csv", "amy")
    ]
    assert archived_objects.asked


async def test_the_mutation_of_the_web_catalogs_restores_as_well(
    pushes: PushWorld, archived_objects: FakeArchivedObjects
) -> None:
    async def mutate(key: str, caller: str = "writer", bucket: str | None = None, **more: Any) -> Any:
        variables = {"bucket": bucket or pushes.world.bucket, "key": key, "tier": "STANDARD", "days": 1, **more}
        answer = await pushes.post("/graphql", {"query": RESTORE, "variables": variables}, caller)
        return answer.json()["data"]["it"]

    assert await mutate("old.csv") == {"__typename": "RestoreObjectSuccess", "alreadyRestored": False}
    assert (await mutate("old.csv"))["name"] == "RestoreAlreadyInProgress"
    archived_objects.finish("old.csv")
    assert await mutate("old.csv") == {"__typename": "RestoreObjectSuccess", "alreadyRestored": True}
    assert (await mutate("new.csv"))["name"] == "InvalidObjectState"
    assert (await mutate("none.csv"))["name"] == "ObjectNotFound"
    assert (await mutate("old.csv", bucket="no-such-bucket"))["name"] == "BucketNotFound"
    assert (await mutate("old.csv", "reader"))["name"] == "RestoreAccessDenied"
    assert await mutate("old.csv", days=0) == {
        "__typename": "InvalidInput",
        "errors": [{"path": "days", "name": "ValidationError"}],
    }
