"""Constructions: revisions made of objects in S3."""

from typing import Any

import pytest
from support.data.manifests import HELLO, entry, nested
from support.worlds.push_world import PushWorld

from registry.services.transfers.digests import new_digest

PUSH = "amy/new/revisions"


async def hello(pushes: PushWorld, key: str = "raw/a.txt") -> str:
    """Physical key of a new object, without its version."""
    await pushes.world.objects.put(pushes.world.bucket, key, b"hello")
    return f"s3://{pushes.world.bucket}/{key}"


def sha256(body: bytes) -> str:
    digest = new_digest("SHA256", len(body))
    digest.update(body)
    return digest.value()


async def test_objects_become_a_package_with_versions_hashes_and_metadata(pushes: PushWorld) -> None:
    at = await hello(pushes)
    top_hash = await pushes.pushed(
        PUSH,
        {
            "message": "First",
            "metadata": {"é": 1.50, "n": None},
            "entries": [
                {"logical_key": "b/ü.txt", "physical_key": at, "meta": {"user_meta": {"x": 1}}},
                {
                    "logical_key": "a",
                    "physical_key": at,
                    "size": 5,
                    "hash": {"type": "SHA256", "value": sha256(b"hello")},
                },
                {"logical_key": "b-", "physical_key": f"{at}?versionId=v1"},
            ],
            "expected": {"latest": None},
        },
    )
    revision = await pushes.world.json(f"{pushes.packages}/amy/new/revisions/{top_hash}")
    assert (revision["state"], revision["message"], revision["user_meta"]) == ("ready", "First", {"é": 1.5, "n": None})
    found = await pushes.entries("amy/new")
    assert {each["physical_key"] for each in found.values()} == {f"{at}?versionId=v1"}
    assert found["b/ü.txt"]["hash"] == {"type": "sha2-256-chunked", "value": HELLO}
    assert found["a"]["hash"] == {"type": "SHA256", "value": sha256(b"hello")}
    assert found["b/ü.txt"]["meta"] == {"user_meta": {"x": 1}}


async def test_a_package_may_be_empty(pushes: PushWorld) -> None:
    await pushes.pushed(PUSH, {"entries": []})
    assert await pushes.entries("amy/new") == {}


async def test_entries_of_the_latest_revision_are_not_hashed_again(pushes: PushWorld) -> None:
    at = await hello(pushes)
    first = await pushes.pushed(PUSH, {"entries": [{"logical_key": "a", "physical_key": at}]})
    found = (await pushes.entries("amy/new"))["a"]
    pushes.open_caller_s3.transfers.hashed.clear()
    same = {"logical_key": "a", **{name: found[name] for name in ("physical_key", "size", "hash", "meta")}}
    again = await pushes.pushed(PUSH, {"entries": [same], "expected": {"latest": first, "entries": 1}})
    assert again == first
    assert pushes.open_caller_s3.transfers.hashed == []
    lie = {**same, "hash": {"type": "sha2-256-chunked", "value": "x" * 44}}
    job = await pushes.push(PUSH, {"entries": [lie]})
    assert job["problem"]["errors"][0]["path"] == "entries.0.hash"


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"physical_key": "s3://nowhere-at-all/k"}, "entries.1.physical_key"),
        ({"size": 6}, "entries.1.size"),
        ({"hash": {"type": "sha2-256-chunked", "value": "no"}}, "entries.1.hash"),
        ({"hash": {"type": "md5", "value": "no"}}, "entries.1.hash"),
    ],
)
async def test_an_entry_that_differs_from_its_object_fails_the_job_and_is_named(
    pushes: PushWorld, wrong: dict[str, Any], path: str
) -> None:
    at = await hello(pushes)
    entries = [{"logical_key": "a", "physical_key": at}, {"logical_key": "b", "physical_key": at, **wrong}]
    job = await pushes.push(PUSH, {"entries": entries})
    assert (job["state"], job["problem"]["type"]) == ("failed", "/problems/entry_refused")
    assert [each["path"] for each in job["problem"]["errors"]] == [path]
    assert await pushes.pointers("amy/new") == {}


@pytest.mark.parametrize(
    ("entries", "paths"),
    [
        ([{"logical_key": "a", "physical_key": "s3://bkt/k"}] * 2, ["entries.1.logical_key"]),
        (
            [{"logical_key": "a", "physical_key": "s3://bkt/k"}, {"logical_key": "a/b", "physical_key": "s3://bkt/k"}],
            ["entries.1.logical_key"],
        ),
        ([{"logical_key": "a//b", "physical_key": "k"}], ["entries.0.logical_key", "entries.0.physical_key"]),
        ([{"logical_key": "..", "physical_key": "s3://bkt/k"}], ["entries.0.logical_key"]),
        ([{"logical_key": "a\x00", "physical_key": "s3://bkt/k"}], ["entries.0.logical_key"]),
        ([{"logical_key": "a", "physical_key": "s3://bkt/k#x"}], ["entries.0.physical_key"]),
        ([{"logical_key": "a", "physical_key": "s3://[::1/k"}], ["entries.0.physical_key"]),
        ([{"logical_key": "a", "physical_key": "s3://a@b c/k"}], ["entries.0.physical_key"]),
        ([{"logical_key": "a", "physical_key": "s3://bkt/k", "meta": {"\udc00": 1}}], ["entries.0.meta"]),
        ([{"logical_key": "a", "physical_key": "s3://bkt/k", "meta": {"x": float("inf")}}], ["entries.0.meta"]),
    ],
)
async def test_invalid_entries_are_refused_with_their_fields(
    pushes: PushWorld, entries: list[Any], paths: list[str]
) -> None:
    answer = await pushes.post(f"{pushes.packages}/{PUSH}", {"entries": entries})
    assert answer.status_code == 400, answer.text
    assert [each["path"] for each in answer.json()["errors"]] == paths


@pytest.mark.parametrize("name", ["amy/n.w", "amy/a b", "amy/ñ!"])
async def test_a_package_name_that_clients_refuse_is_refused(pushes: PushWorld, name: str) -> None:
    answer = await pushes.post(f"{pushes.packages}/{name}/revisions", {"entries": []})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "name")


async def test_a_request_holds_10000_entries_with_long_keys(pushes: PushWorld) -> None:
    entry = {"logical_key": "x" * 100, "physical_key": "s3://bkt/" + "k" * 200}
    body = {"entries": [{**entry, "logical_key": f"{at:0100}"} for at in range(10_000)]}
    answer = await pushes.post(f"{pushes.packages}/{PUSH}", body)
    assert answer.status_code == 202, answer.text[:300]


async def test_more_than_25000_entries_are_422(pushes: PushWorld) -> None:
    entry = {"logical_key": "x", "physical_key": "s3://bkt/k"}
    answer = await pushes.post(f"{pushes.packages}/{PUSH}", {"entries": [entry] * 25_001})
    assert answer.status_code == 422, answer.text[:300]


async def test_a_resumed_construction_does_not_hash_recorded_entries_again(pushes: PushWorld) -> None:
    at = await hello(pushes)
    gone = f"s3://{pushes.world.bucket}/raw/late"
    entries = [{"logical_key": f"{number:03}", "physical_key": at} for number in range(300)]
    body = {"entries": [*entries, {"logical_key": "z", "physical_key": gone}]}
    headers = pushes.world.headers("writer")
    job = await pushes.submit(PUSH, body, headers)
    await pushes.worker.work_once()
    assert len(pushes.open_caller_s3.transfers.hashed) >= 256
    await pushes.world.objects.put(pushes.world.bucket, "raw/late", b"hello")
    pushes.open_caller_s3.transfers.hashed.clear()
    await pushes.world.client.post(f"/api/v1/jobs/{job['id']}/resume", headers=headers)
    await pushes.worker.work_once()
    done = (await pushes.world.client.get(f"/api/v1/jobs/{job['id']}", headers=headers)).json()
    assert (done["state"], done["result"]["total_entries"]) == ("done", 301)
    assert len(pushes.open_caller_s3.transfers.hashed) <= 301 - 256


WORKFLOWS = b"""version: "1"
default_workflow: checked
workflows:
  checked:
    name: Checked
    is_message_required: true
    metadata_schema: meta
    entries_schema: entries
  open:
    name: Open
schemas:
  meta:
    url: s3://BUCKET/meta.json
  entries:
    url: s3://BUCKET/entries.json
"""
META = b'{"type": "object", "required": ["season"]}'
ENTRIES = b'{"type": "array", "items": {"properties": {"size": {"maximum": 5}}}}'


async def test_workflows_are_enforced(pushes: PushWorld) -> None:
    bucket = pushes.world.bucket
    await pushes.world.objects.put(bucket, ".quilt/workflows/config.yml", WORKFLOWS.replace(b"BUCKET", bucket.encode()))
    await pushes.world.objects.put(bucket, "meta.json", META)
    await pushes.world.objects.put(bucket, "entries.json", ENTRIES)
    small, large = await hello(pushes), f"s3://{bucket}/meta.json"
    fine = {
        "message": "m",
        "metadata": {"season": 1},
        "entries": [{"logical_key": "a", "physical_key": small}],
    }

    async def refused(**change: Any) -> list[str]:
        job = await pushes.push(PUSH, {**fine, **change})
        assert (job["state"], job["problem"]["type"]) == ("failed", "/problems/workflow_violation"), job
        return [each["path"] for each in job["problem"]["errors"]]

    assert await refused(message=None) == ["/message"]
    assert await refused(metadata={}) == ["/metadata"]
    assert await refused(entries=[{"logical_key": "a", "physical_key": large}]) == ["/entries/0/size"]
    assert await refused(workflow="") == ["/workflow"]
    assert await refused(workflow="nothing") == ["/workflow"]
    assert await pushes.pointers("amy/new") == {}
    await pushes.pushed(PUSH, fine)
    revision = await pushes.world.json(f"{pushes.packages}/amy/new/revisions/latest")
    assert revision["workflow"]["id"] == "checked"
    await pushes.pushed(PUSH, {**fine, "message": None, "workflow": "open"})
    found = await pushes.entries("amy/new")
    assert sorted(found) == ["a"]
    assert entry("a")["hash"] == found["a"]["hash"]


async def test_a_key_with_nul_and_emoji_is_named_in_the_problem(pushes: PushWorld) -> None:
    job = await pushes.push(PUSH, {"entries": [{"logical_key": "a", "physical_key": "s3://bkt/%00%F0%9F%8D%B7"}]})
    assert job["problem"]["errors"][0]["path"] == "entries.0.physical_key"


@pytest.mark.parametrize(
    "push",
    [
        {"entries": [], "message": "\ud800"},
        {"entries": [], "metadata": []},
        {"entries": [], "workflow": 1},
        {"entries": [{"logical_key": "\udfff", "physical_key": "s3://bkt/k"}]},
        {"entries": [{"logical_key": "a", "physical_key": "s3://bkt/k", "size": -1}]},
        {"entries": [{"logical_key": "a", "physical_key": "s3://bkt/k", "size": 1 << 63}]},
        {"entries": {}},
        [],
    ],
)
async def test_a_malformed_construction_is_422(pushes: PushWorld, push: Any) -> None:
    answer = await pushes.post(f"{pushes.packages}/{PUSH}", push)
    assert answer.status_code == 422, answer.text


async def test_metadata_has_64_levels_at_most(pushes: PushWorld) -> None:
    at = await hello(pushes)

    def push(levels: int, meta_levels: int) -> Any:
        entry = {"logical_key": "a", "physical_key": at, "meta": {"user_meta": nested(meta_levels)}}
        return {"entries": [entry], "metadata": nested(levels)}

    await pushes.pushed(PUSH, push(64, 64))
    revision = await pushes.world.json(f"{pushes.packages}/amy/new/revisions/latest")
    assert (revision["state"], revision["user_meta"]) == ("ready", nested(64))
    assert (await pushes.entries("amy/new"))["a"]["meta"] == {"user_meta": nested(64)}
    reason = "lists and objects are nested more than 64 levels deep"
    for levels in (65, 66, 100, 190):
        change = {"operations": [{"op": "annotate", "path": "a", "metadata": nested(levels)}]}
        for path, body, field in (
            (PUSH, push(levels, 1), "metadata"),
            (PUSH, push(1, levels), "entries.0.meta"),
            (f"{PUSH}/latest/patch", change, "operations.0.metadata"),
        ):
            answer = await pushes.post(f"{pushes.packages}/{path}", body)
            assert answer.status_code == 400, answer.text
            assert answer.json()["type"] == "/problems/push_refused"
            assert answer.json()["errors"] == [{"path": field, "message": reason}]
    deep = '{"entries": [], "metadata": {"deep": ' + "[" * 5000 + "]" * 5000 + "}}"
    headers = {**pushes.world.headers("writer"), "Content-Type": "application/json"}
    answer = await pushes.world.client.post(f"{pushes.packages}/{PUSH}", content=deep, headers=headers)
    assert answer.status_code == 400


async def test_control_characters_in_messages_metadata_and_keys_are_kept(pushes: PushWorld) -> None:
    text = "a\x00b\x7f\u2028\n"
    at = await hello(pushes)
    entries = [{"logical_key": "odd \x7f\n.txt", "physical_key": at, "meta": {"user_meta": {text: text}}}]
    await pushes.pushed(PUSH, {"entries": entries, "message": text, "metadata": {text: text}})
    revision = await pushes.world.json(f"{pushes.packages}/amy/new/revisions/latest")
    assert (revision["state"], revision["user_meta"]) == ("ready", {text: text})
    assert (await pushes.entries("amy/new"))["odd \x7f\n.txt"]["meta"] == {"user_meta": {text: text}}
