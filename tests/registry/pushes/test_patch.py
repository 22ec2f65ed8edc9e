"""Patches: revisions made of others by operations."""

from dataclasses import replace
from typing import Any

import pytest
from support.data.manifests import HELLO, entry
from support.worlds.push_world import PushWorld

from shared.index.trees.blocks.processes import open_block_processes
from shared.testing.indexer import FakeIndexer

ENTRIES = [entry("README.md"), entry("a/b/one.csv"), entry("a/b/two.csv", meta={"user_meta": {"n": 1.0}}), entry("z")]


async def given(pushes: PushWorld, **header: Any) -> str:
    return await pushes.world.package("amy/wine", *ENTRIES, **header)


async def patched(pushes: PushWorld, *operations: dict[str, Any], **more: Any) -> dict[str, Any]:
    await pushes.pushed("amy/wine/revisions/latest/patch", {"operations": operations, **more})
    return await pushes.entries("amy/wine")


async def test_an_added_object_is_found_and_hashed(pushes: PushWorld) -> None:
    await given(pushes)
    version = await pushes.world.objects.put(pushes.world.bucket, "new é.txt", b"hello")
    add = {"op": "add", "logical_key": "a/new.txt", "physical_key": f"s3://{pushes.world.bucket}/new%20%C3%A9.txt"}
    found = await patched(pushes, add, message="More")
    shown = {name: found["a/new.txt"][name] for name in ("size", "hash", "physical_key", "meta")}
    assert shown == {
        "size": 5,
        "hash": {"type": "sha2-256-chunked", "value": HELLO},
        "physical_key": f"s3://{pushes.world.bucket}/new%20%C3%A9.txt?versionId={version}",
        "meta": {},
    }
    assert sorted(found) == ["README.md", "a/b/one.csv", "a/b/two.csv", "a/new.txt", "z"]
    revision = await pushes.world.json(f"{pushes.packages}/amy/wine/revisions/latest")
    assert (revision["state"], revision["message"], revision["total_entries"]) == ("ready", "More", 5)


async def test_pushes_hand_their_trees_to_the_indexer_which_reads_no_manifest(
    pushes: PushWorld, indexer: FakeIndexer
) -> None:
    await given(pushes)
    add = {"op": "add", "logical_key": "new", "physical_key": f"s3://{pushes.world.bucket}/raw/new", "meta": {"é": 1}}
    await pushes.world.objects.put(pushes.world.bucket, "raw/new", b"hello")
    patch, place = "amy/wine/revisions/latest/patch", {"to": {"bucket": pushes.world.bucket, "package": "amy/copy"}}
    for worker in (pushes.worker, replace(pushes.worker, announced_bytes=0)):
        pushing = replace(pushes, worker=worker)
        await pushing.pushed(patch, {"operations": [add, {"op": "annotate", "path": "a", "metadata": {"b": "c"}}]})
        await pushing.pushed(patch, {"operations": [{"op": "remove", "path": "new"}]})
        await pushing.pushed("amy/wine/revisions/latest/promotion", {**place, "copy": False})
    assert indexer.manifests == []
    assert sorted(await pushes.entries("amy/copy")) == ["README.md", "a/b/one.csv", "a/b/two.csv", "z"]


async def test_large_patches_are_written_by_processes_and_what_they_keep_is_copied_in_s3(
    pushes: PushWorld, indexer: FakeIndexer
) -> None:
    files = [entry(f"data/{number // 3:03}/{number % 3}é.csv", size=number) for number in range(300)]
    await pushes.world.package("amy/wine", *files, directories={"data/007": {"a": 1}})
    operations = [
        {"op": "remove", "path": "data/003"},
        {"op": "remove", "path": "data/050/1é.csv"},
        {"op": "move", "path": "data/060", "to": "data/020/moved"},
        {"op": "annotate", "path": "data/070/0é.csv", "metadata": {"seen": True}},
        {"op": "annotate", "path": "data/080", "metadata": {"seen": True}},
    ]
    patch = {"operations": operations, "message": "Many"}
    place = {"bucket": pushes.world.bucket, "package": "amy/copy"}
    expected = await pushes.pushed("amy/wine/revisions/latest/patch", patch)
    assert pushes.world.objects.copied_bytes == 0
    first = await pushes.pushed("amy/wine/revisions/latest/promotion", {"to": place, "copy": False, "message": "One"})
    async with open_block_processes(2) as processes:
        worker = replace(pushes.worker, min_part_bytes=1, min_entries_by_processes=0, processes=processes)
        large = replace(pushes, worker=worker)
        manifest = await pushes.world.objects.head(pushes.world.bucket, f".quilt/packages/{first}")
        assert manifest
        again = {"to": {**place, "package": "amy/more"}, "copy": False, "message": "Two"}
        await large.pushed("amy/wine/revisions/latest/promotion", again)
        copied = pushes.world.objects.copied_bytes
        assert manifest.size - 500 < copied < manifest.size
        oldest = min(tag for tag in await pushes.pointers("amy/wine") if tag != "latest")
        assert await large.pushed(f"amy/wine/revisions/{oldest}/patch", patch) == expected
        assert pushes.world.objects.copied_bytes - copied > manifest.size * 0.9
    assert indexer.manifests == []


async def test_moved_directories_leave_no_empty_directories(pushes: PushWorld) -> None:
    await given(pushes)
    found = await patched(
        pushes,
        {"op": "move", "path": "a/b", "to": "c"},
        {"op": "move", "path": "z", "to": "a"},
        {"op": "remove", "path": "README.md"},
    )
    assert sorted(found) == ["a", "c/one.csv", "c/two.csv"]
    assert found["c/two.csv"]["meta"] == {"user_meta": {"n": 1.0}}


async def test_metadata_of_packages_directories_and_entries_is_replaced_and_removed(pushes: PushWorld) -> None:
    await given(pushes, user_meta={"kept": 2.50, "big": 10**20}, message="First")
    await patched(
        pushes,
        {"op": "annotate", "path": "a", "metadata": {"é": "ü"}},
        {"op": "annotate", "path": "a/b/two.csv", "metadata": None},
        {"op": "annotate", "path": "z", "metadata": {"last": True}},
    )
    base = f"{pushes.packages}/amy/wine/revisions/latest"
    assert (await pushes.world.json(base))["user_meta"] == {"kept": 2.5, "big": 10**20}
    assert (await pushes.world.json(f"{base}/entry", path="a"))["meta"] == {"é": "ü"}
    assert (await pushes.world.json(f"{base}/entry", path="a/b/two.csv"))["meta"] == {}
    assert (await pushes.world.json(f"{base}/entry", path="z"))["meta"] == {"user_meta": {"last": True}}
    await patched(pushes, {"op": "annotate", "metadata": {"new": 1}}, {"op": "annotate", "path": "a", "metadata": None})
    assert (await pushes.world.json(base))["user_meta"] == {"new": 1}
    assert (await pushes.world.json(f"{base}/entry", path="a"))["meta"] is None
    await patched(pushes, metadata=None)
    assert (await pushes.world.json(base))["user_meta"] is None


async def test_a_patch_without_changes_has_the_same_top_hash(pushes: PushWorld) -> None:
    top_hash = await given(pushes, message="First")
    again = await pushes.pushed("amy/wine/revisions/latest/patch", {"operations": [], "message": "First"})
    assert again == top_hash
    assert len(await pushes.pointers("amy/wine")) == 3


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ({"op": "remove", "path": "nothing"}, "there is nothing at nothing"),
        ({"op": "remove", "path": "z/below"}, "there is nothing at z/below"),
        ({"op": "move", "path": "nothing", "to": "y"}, "there is nothing at nothing"),
        ({"op": "move", "path": "z", "to": "a/b/one.csv"}, "there is something at a/b/one.csv already"),
        ({"op": "move", "path": "z", "to": "a"}, "there is something at a already"),
        ({"op": "move", "path": "a", "to": "z/a"}, "z is a file"),
        ({"op": "annotate", "path": "a/x", "metadata": {"a": 1}}, "there is nothing at a/x"),
    ],
)
async def test_an_impossible_operation_fails_the_job_and_is_named(
    pushes: PushWorld, operation: dict[str, Any], reason: str
) -> None:
    await given(pushes)
    before = await pushes.pointers("amy/wine")
    fine = {"op": "annotate", "path": "z", "metadata": {"fine": True}}
    job = await pushes.push("amy/wine/revisions/latest/patch", {"operations": [fine, operation]})
    assert job["state"] == "failed"
    assert job["problem"]["errors"] == [{"path": "operations.1", "message": reason}]
    assert await pushes.pointers("amy/wine") == before


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ({"op": "remove", "path": "a//b"}, "operations.0.path"),
        ({"op": "remove", "path": "/a"}, "operations.0.path"),
        ({"op": "move", "path": "a", "to": "b/../c"}, "operations.0.to"),
        ({"op": "add", "logical_key": "a", "physical_key": "file:///etc/passwd"}, "operations.0.physical_key"),
        ({"op": "add", "logical_key": "a", "physical_key": "s3://bkt/k?x=1"}, "operations.0.physical_key"),
        ({"op": "add", "logical_key": "a/", "physical_key": "s3://bkt/k"}, "operations.0.logical_key"),
        ({"op": "annotate", "path": "a", "metadata": {"half": "\ud800"}}, "operations.0.metadata"),
        ({"op": "annotate", "path": "a", "metadata": {"x": float("nan")}}, "operations.0.metadata"),
        ({"op": "annotate", "path": "a", "metadata": {"long": "x" * 950_000}}, "operations.0.metadata"),
    ],
)
async def test_invalid_operations_are_refused_with_their_fields(
    pushes: PushWorld, operation: dict[str, Any], path: str
) -> None:
    await given(pushes)
    answer = await pushes.post(f"{pushes.packages}/amy/wine/revisions/latest/patch", {"operations": [operation]})
    assert answer.status_code == 400, answer.text
    assert [each["path"] for each in answer.json()["errors"]] == [path]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"operations": [{"op": "destroy"}]},
        {"operations": [{"op": "remove"}]},
        {"operations": [{"op": "remove", "path": ""}]},
        {"operations": [], "surprise": 1},
        {"operations": [{"op": "remove", "path": "a"}] * 10_001},
        {"operations": [], "expected": {"entries": 1}},
    ],
)
async def test_a_malformed_patch_is_422(pushes: PushWorld, body: dict[str, Any]) -> None:
    await given(pushes)
    answer = await pushes.post(f"{pushes.packages}/amy/wine/revisions/latest/patch", body)
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize(
    ("expected", "status"),
    [
        ({"latest": "HERE", "entries": 4}, 202),
        ({"latest": "HERE"}, 202),
        ({"latest": "HERE", "entries": 3}, 409),
        ({"latest": "0" * 64, "entries": 4}, 409),
        ({"latest": None}, 409),
    ],
)
async def test_a_patch_of_a_stale_or_partly_loaded_revision_is_409(
    pushes: PushWorld, expected: Any, status: int
) -> None:
    top_hash = await given(pushes)
    if expected["latest"] == "HERE":
        expected = {**expected, "latest": top_hash}
    body = {"operations": [], "message": "x", "expected": expected}
    answer = await pushes.post(f"{pushes.packages}/amy/wine/revisions/latest/patch", body)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("caller", "status"), [("anonymous", 401), ("stranger", 404), ("reader", 403), ("writer", 202), ("admin", 202)]
)
async def test_only_writers_push_by_the_api(pushes: PushWorld, caller: str, status: int) -> None:
    await given(pushes)
    base = f"{pushes.packages}/amy/wine"
    promotion = {"to": {"bucket": pushes.world.bucket, "package": "amy/copy"}}
    assert (await pushes.post(f"{base}/revisions/latest/patch", {"operations": []}, caller)).status_code == status
    assert (await pushes.post(f"{base}/revisions", {"entries": []}, caller)).status_code == status
    assert (await pushes.post(f"{base}/revisions/latest/promotion", promotion, caller)).status_code == status


async def test_a_patch_of_a_missing_revision_is_404(pushes: PushWorld) -> None:
    await given(pushes)
    for path in ("amy/nothing/revisions/latest", "amy/wine/revisions/" + "0" * 64):
        answer = await pushes.post(f"{pushes.packages}/{path}/patch", {"operations": []})
        assert answer.status_code == 404, answer.text
