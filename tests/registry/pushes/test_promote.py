"""Promotions: revisions pushed to another bucket or name."""

from typing import Any
from uuid import uuid4

import pytest
from support.data.manifests import HELLO, entry
from support.worlds.push_world import PushWorld

from shared.testing.indexer import FakeIndexer

PROMOTION = "amy/wine/revisions/latest/promotion"


async def given(pushes: PushWorld, **header: Any) -> str:
    """Makes a package of two files; returns another bucket."""
    files = []
    for key in ("a.txt", "b/ü c.txt"):
        version = await pushes.world.objects.put(pushes.world.bucket, f"raw/{key}", b"hello")
        at = f"s3://{pushes.world.bucket}/raw/{key.replace('ü c', '%C3%BC%20c')}?versionId={version}"
        files.append(entry(key, at=at, meta={"user_meta": {"key": key}}))
    await pushes.world.package("amy/wine", *files, directories={"b": {"about": "b"}}, **header)
    other = f"other-{uuid4().hex[:8]}"
    await pushes.world.registered(other)
    return other


async def promoted(pushes: PushWorld, to: str, **push: Any) -> dict[str, Any]:
    """The ended job, with an administrator's rights."""
    headers = pushes.world.headers("admin")
    body = {"to": {"bucket": to, "package": "amy/copy"}, **push}
    job = await pushes.submit(PROMOTION, body, headers)
    await pushes.worker.work_once()
    found: dict[str, Any] = (await pushes.world.client.get(f"/api/v1/jobs/{job['id']}", headers=headers)).json()
    return found


async def entries(pushes: PushWorld, bucket: str) -> dict[str, Any]:
    base = f"/api/v1/buckets/{bucket}/packages/amy/copy/revisions/latest/entries"
    found = [
        *(await pushes.world.json(base, "admin"))["items"],
        *(await pushes.world.json(base, "admin", path="b"))["items"],
    ]
    return {item["path"]: item for item in found}


async def test_a_promotion_copies_objects_and_keeps_entries_and_metadata(
    pushes: PushWorld, indexer: FakeIndexer
) -> None:
    other = await given(pushes, user_meta={"kept": 1.0}, message="First")
    job = await promoted(pushes, other, message="Released")
    assert job["state"] == "done", job["problem"]
    assert indexer.manifests == []
    found = await entries(pushes, other)
    assert found["a.txt"]["physical_key"].partition("?")[0] == f"s3://{other}/amy/copy/a.txt"
    assert found["b/ü c.txt"]["physical_key"].partition("?")[0] == f"s3://{other}/amy/copy/b/%C3%BC%20c.txt"
    assert found["b/ü c.txt"]["meta"] == {"user_meta": {"key": "b/ü c.txt"}}
    assert found["b/ü c.txt"]["hash"] == {"type": "sha2-256-chunked", "value": HELLO}
    assert found["b"]["meta"] == {"about": "b"}
    got = await pushes.world.objects.get(other, "amy/copy/b/ü c.txt", limit=10)
    assert got
    assert got[1] == b"hello"
    revision = await pushes.world.json(f"/api/v1/buckets/{other}/packages/amy/copy/revisions/latest", "admin")
    assert (revision["message"], revision["user_meta"]) == ("Released", {"kept": 1.0})


async def test_a_promotion_without_copies_writes_only_the_manifest(pushes: PushWorld) -> None:
    other = await given(pushes)
    job = await promoted(pushes, other, copy=False, metadata={"new": True})
    assert job["state"] == "done", job["problem"]
    assert pushes.open_caller_s3.transfers.copied == []
    found = await entries(pushes, other)
    assert found["a.txt"]["physical_key"].startswith(f"s3://{pushes.world.bucket}/raw/a.txt?")
    revision = await pushes.world.json(f"/api/v1/buckets/{other}/packages/amy/copy/revisions/latest", "admin")
    assert revision["user_meta"] == {"new": True}


async def test_a_promotion_copies_objects_below_its_prefix(pushes: PushWorld) -> None:
    other = await given(pushes)
    assert (await promoted(pushes, other, prefix="/released/2026/"))["state"] == "done"
    assert (await entries(pushes, other))["a.txt"]["physical_key"].startswith(
        f"s3://{other}/released/2026/amy/copy/a.txt?"
    )
    answer = await pushes.post(
        f"{pushes.packages}/{PROMOTION}", {"to": {"bucket": other, "package": "amy/copy"}, "prefix": "../x"}, "admin"
    )
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "prefix")


async def test_objects_in_the_destination_bucket_are_not_copied(pushes: PushWorld) -> None:
    await given(pushes)
    job = await promoted(pushes, pushes.world.bucket)
    assert job["state"] == "done", job["problem"]
    assert pushes.open_caller_s3.transfers.copied == []


async def test_a_resumed_promotion_copies_each_object_once(pushes: PushWorld) -> None:
    other = await given(pushes)
    headers = pushes.world.headers("admin")
    body = {"to": {"bucket": other, "package": "amy/copy"}}
    job = await pushes.submit(PROMOTION, body, headers)
    pushes.world.objects.refused.add("raw/b/ü c.txt")
    await pushes.worker.work_once()
    failed = (await pushes.world.client.get(f"/api/v1/jobs/{job['id']}", headers=headers)).json()
    assert failed["problem"]["errors"][0]["path"] == "b/ü c.txt"
    assert await pushes.pointers("amy/copy", other) == {}
    pushes.world.objects.refused.clear()
    await pushes.world.client.post(f"/api/v1/jobs/{job['id']}/resume", headers=headers)
    await pushes.worker.work_once()
    assert pushes.open_caller_s3.transfers.copied == ["amy/copy/a.txt", "amy/copy/b/ü c.txt"]
    assert (await pushes.world.client.get(f"/api/v1/jobs/{job['id']}", headers=headers)).json()["state"] == "done"


async def test_an_entry_outside_s3_cannot_be_promoted(pushes: PushWorld) -> None:
    other = await given(pushes)
    await pushes.world.package("amy/wine", entry("local", at="file:///home/amy/local"))
    for copy in (True, False):
        job = await promoted(pushes, other, copy=copy)
        assert (job["state"], job["problem"]["errors"][0]["path"]) == ("failed", "local")


async def test_promotion_to_a_bucket_that_is_no_successor_is_403(pushes: PushWorld) -> None:
    other = await given(pushes)
    config = b'version: "1"\nis_workflow_required: false\nworkflows:\n  a:\n    name: A\n'
    await pushes.world.objects.put(pushes.world.bucket, ".quilt/workflows/config.yml", config)
    body = {"to": {"bucket": other, "package": "amy/copy"}}
    answer = await pushes.post(f"{pushes.packages}/{PROMOTION}", body, "admin")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not_a_successor")
    named = config + f"successors:\n  s3://{other}:\n    title: Other\n".encode()
    await pushes.world.objects.put(pushes.world.bucket, ".quilt/workflows/config.yml", named)
    assert (await promoted(pushes, other))["state"] == "done"


@pytest.mark.parametrize(("caller", "status"), [("writer", 404), ("admin", 202)])
async def test_promotion_needs_a_destination_that_the_caller_sees(pushes: PushWorld, caller: str, status: int) -> None:
    other = await given(pushes)
    answer = await pushes.post(
        f"{pushes.packages}/{PROMOTION}", {"to": {"bucket": other, "package": "amy/copy"}}, caller
    )
    assert answer.status_code == status
