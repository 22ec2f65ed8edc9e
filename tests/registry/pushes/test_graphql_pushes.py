"""Pushes by the GraphQL mutations of Quilt's web catalogs."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from support.data.manifests import HELLO, entry
from support.worlds.push_world import PushWorld

RESULT = """
  __typename
  ... on PackagePushSuccess {
    package { bucket name revision(hashOrTag: "latest") { hash modified } revisions { total page(number: 1) { hash modified } } }
    revision { hash modified message userMeta totalEntries contentsFlatMap workflow { id } }
  }
  ... on InvalidInput { errors { path name message } }
  ... on OperationError { name message }
"""
CONSTRUCT = f"""mutation ($params: PackagePushParams!, $src: PackageConstructSource!) {{
  it: packageConstruct(params: $params, src: $src) {{ {RESULT} }} }}"""
PROMOTE = f"""mutation ($params: PackagePushParams!, $src: PackagePromoteSource!, $destPrefix: String) {{
  it: packagePromote(params: $params, src: $src, destPrefix: $destPrefix) {{ {RESULT} }} }}"""
FOLDER = f"""mutation ($params: PackagePushParams!, $src: PackageFromFolderSource!) {{
  it: packageFromFolder(params: $params, src: $src) {{ {RESULT} }} }}"""


@pytest.fixture
async def working(pushes: PushWorld) -> AsyncIterator[PushWorld]:
    """Pushes with a worker that runs in the background."""

    async def work() -> None:
        while True:
            await pushes.worker.work_once()
            await asyncio.sleep(0.02)

    task = asyncio.create_task(work())
    yield pushes
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def ask(
    pushes: PushWorld, query: str, params: dict[str, Any], src: Any, caller: str = "writer", **more: Any
) -> Any:
    given = {"bucket": pushes.world.bucket, "name": "amy/new", **params}
    return (await pushes.world.graphql(query, caller, params=given, src=src, **more))["it"]


async def hello(pushes: PushWorld, key: str) -> str:
    version = await pushes.world.objects.put(pushes.world.bucket, key, b"hello")
    return f"s3://{pushes.world.bucket}/{key}?versionId={version}"


async def test_a_mutation_constructs_a_package_and_waits_for_it(working: PushWorld) -> None:
    at = await hello(working, "raw/a")
    hashed = {"type": "sha2-256-chunked", "value": HELLO}
    entries = [
        {"logicalKey": "a", "physicalKey": at, "size": 5.0, "hash": hashed, "meta": {"user_meta": {"x": 1}}},
        {"logicalKey": "b", "physicalKey": at},
    ]
    made = await ask(working, CONSTRUCT, {"message": "m", "userMeta": {"k": 1}}, {"entries": entries})
    revision = made["revision"]
    assert made["__typename"] == "PackagePushSuccess"
    assert (revision["message"], revision["userMeta"], revision["totalEntries"]) == ("m", {"k": 1}, 2)
    assert revision["contentsFlatMap"]["a"] == {
        "physicalKey": at,
        "size": 5,
        "hash": hashed,
        "meta": {"user_meta": {"x": 1}},
    }
    latest = {"hash": revision["hash"], "modified": revision["modified"]}
    assert made["package"]["revision"] == latest
    assert made["package"]["revisions"] == {"total": 1, "page": [latest]}


async def test_hashes_as_text_of_the_catalog_of_2022_are_sha256(working: PushWorld) -> None:
    at = await hello(working, "raw/a")
    digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    src = {"entries": [{"logicalKey": "a", "physicalKey": at, "size": 5, "hash": digest}]}
    made = await ask(working, CONSTRUCT, {}, src)
    assert made["revision"]["contentsFlatMap"]["a"]["hash"] == {"type": "SHA256", "value": digest}


@pytest.mark.parametrize(
    ("params", "entries", "error"),
    [
        ({}, [{"logicalKey": "a", "physicalKey": "file:///a"}], ("src.entries", "InvalidEntry")),
        ({}, [{"logicalKey": "../a", "physicalKey": "s3://bkt/a"}], ("src.entries", "InvalidEntry")),
        ({}, [{"logicalKey": "a", "physicalKey": "s3://bkt/a", "size": 1.5}], ("src.entries", "InvalidEntry")),
        ({}, [{"logicalKey": "a", "physicalKey": "s3://bkt/none"}], ("src.entries", "InvalidEntry")),
        ({"name": "amy"}, [], ("params.name", "InvalidInput")),
        ({"message": "x" * 70_000}, [], ("params.message", "InvalidInput")),
    ],
)
async def test_a_wrong_push_is_invalid_input_at_the_field_of_the_fault(
    working: PushWorld, params: dict[str, Any], entries: list[Any], error: tuple[str, str]
) -> None:
    refused = await ask(working, CONSTRUCT, params, {"entries": entries})
    assert refused["__typename"] == "InvalidInput", refused
    assert (refused["errors"][0]["path"], refused["errors"][0]["name"]) == error


@pytest.mark.parametrize(
    ("caller", "name"), [("reader", "Forbidden"), ("stranger", "BucketNotFound"), ("writer", None), ("admin", None)]
)
async def test_only_writers_push_by_graphql(working: PushWorld, caller: str, name: str | None) -> None:
    assert (await ask(working, CONSTRUCT, {}, {"entries": []}, caller)).get("name") == name


async def test_a_workflow_violation_is_a_workflow_validation_error(working: PushWorld) -> None:
    config = b'version: "1"\nworkflows:\n  a:\n    name: A\n    is_message_required: true\n'
    await working.world.objects.put(working.world.bucket, ".quilt/workflows/config.yml", config)
    assert (await ask(working, CONSTRUCT, {}, {"entries": []}))["name"] == "WorkflowValidationError"
    assert (await ask(working, CONSTRUCT, {"workflow": "a"}, {"entries": []}))["name"] == "WorkflowValidationError"
    made = await ask(working, CONSTRUCT, {"workflow": "a", "message": "m"}, {"entries": []})
    assert made["revision"]["workflow"] == {"id": "a"}


async def test_folders_become_packages(working: PushWorld) -> None:
    for key in ("in/a", "in/deep/b", "in/deep/", "other", "inner"):
        await hello(working, key)
    src = {
        "bucket": working.world.bucket,
        "entries": [
            {"logicalKey": "folder", "path": "in/", "isDir": True},
            {"logicalKey": "file", "path": "other", "isDir": False},
        ],
    }
    made = await ask(working, FOLDER, {}, src)
    assert sorted(made["revision"]["contentsFlatMap"]) == ["file", "folder/a", "folder/deep/b"]
    assert (await ask(working, FOLDER, {}, {**src, "bucket": "elsewhere"}))["name"] == "BucketNotFound"


@pytest.mark.parametrize("copy", [True, False])
async def test_promotion_copies_objects_as_the_successors_configuration_says(working: PushWorld, *, copy: bool) -> None:
    at = await hello(working, "raw/a")
    top_hash = await working.world.package("amy/wine", entry("a", at=at), user_meta={"old": 1})
    other = f"other-{uuid4().hex[:8]}"
    await working.world.registered(other)
    src = {"bucket": working.world.bucket, "name": "amy/wine", "hash": top_hash}
    given = {"bucket": other, "message": "m"}
    refused = await ask(working, PROMOTE, given, src, "admin")
    assert refused["name"] == "InvalidSuccessor"
    config = (
        'version: "1"\nis_workflow_required: false\nworkflows:\n  a:\n    name: A\nsuccessors:\n'
        f"  s3://{other}:\n    title: Other\n    copy_data: {str(copy).lower()}\n"
    )
    await working.world.objects.put(working.world.bucket, ".quilt/workflows/config.yml", config.encode())
    made = await ask(working, PROMOTE, given, src, "admin", destPrefix="below")
    assert made["__typename"] == "PackagePushSuccess", made
    assert made["revision"]["userMeta"] is None
    where = made["revision"]["contentsFlatMap"]["a"]["physicalKey"]
    assert where.startswith(f"s3://{other}/below/amy/new/a?") if copy else where == at
    gone = await ask(working, PROMOTE, given, {**src, "hash": "0" * 64}, "admin")
    assert gone["name"] == "RevisionNotFound"
