"""Metadata that is deep, or has numbers that JSON does not have: no reader fails because of it."""

import json
import math
from typing import Any

import pytest
from sqlalchemy import text
from support.data.manifests import HELLO, entry, lines, manifest, nested, top_hash
from support.worlds.registry_world import RegistryWorld

from indexer.db.nodes import NodeStore
from shared.aws.objects import ObjectUnreadable
from shared.db.engine import transaction
from shared.index.tables import ManifestState
from shared.index.trees.builder import TreeBuilder
from shared.index.trees.nodes import TreeFile, file_identity

NATIVE = [
    "",
    "/amy/odd",
    "/amy/odd/revisions",
    "/amy/odd/revisions/latest",
    "/amy/odd/revisions/latest/entries",
    "/amy/odd/revisions/latest/entry?path=a",
    "/amy/odd/revisions/latest/entry?path=z",
    "/amy/odd/revisions/latest/diff",
    "/amy/odd/revisions/latest/diff?base_package=amy/plain",
    "/amy/odd/revisions/latest/diff.jsonl?base_package=amy/plain",
    "/amy/plain/revisions/latest/diff?base_package=amy/odd",
]
GRAPHQL = """query ($bucket: String!) {
  package(bucket: $bucket, name: "amy/odd") {
    revisions { page { userMeta metadata message } }
    revision(hashOrTag: "latest") {
      userMeta metadata contentsFlatMap(max: 10)
      file(path: "a") { metadata }
      dir(path: "") { metadata children { ... on PackageFile { metadata } ... on PackageDir { metadata } } }
    }
  }
  searchPackages(buckets: [$bucket]) { ... on PackagesSearchResultSet { total firstPage { ... on
    PackagesSearchResultSetPage { hits { name meta } } } } }
}"""


async def read_everywhere(world: RegistryWorld) -> dict[str, Any]:
    """Metadata that each reader answers, by its name. All of them answer."""
    found: dict[str, Any] = {}
    for path in NATIVE:
        where, _, query = path.partition("?")
        answer = await world.client.get(
            f"/api/v1/buckets/{world.bucket}/packages{where}?{query}", headers=world.headers("reader")
        )
        if path != NATIVE[6] or answer.status_code != 404:
            assert answer.status_code == 200, (path, answer.text)
            bodies = answer.text.splitlines() if "jsonl" in path else [answer.text]
            found[path] = [json.loads(body, parse_constant=pytest.fail) for body in bodies]
    found["graphql"] = await world.graphql(GRAPHQL, bucket=world.bucket)
    for action in ("packages", "search"):
        index = f"{world.bucket}_packages" if action == "packages" else f"{world.bucket},{world.bucket}_packages"
        asked = {"index": index, "action": action, "query": "*"}
        found[action] = await world.json("/api/search", **asked)
    found["v1 search"] = await world.json("/api/v1/search", buckets=world.bucket)
    return found


async def put_as_before(world: RegistryWorld, header: Any, metas: dict[str, bytes]) -> None:
    """Write what an earlier release put into the index for `amy/odd`, when depth was not limited."""
    builder = TreeBuilder()
    files = [
        TreeFile(name, f"s3://{world.bucket}/{name}", 5, "sha2-256-chunked", HELLO, meta)
        for name, meta in metas.items()
    ]
    builder.add_files((), files, [file_identity(file, file.meta) for file in files])
    root = builder.finish()
    async with transaction(world.index_sessions) as session:
        await NodeStore(session).add_missing(builder.take())
        await session.execute(
            text(
                "UPDATE index.manifest SET header = :header, root = :root, identity = :identity WHERE bucket = :bucket"
                " AND top_hash = (SELECT top_hash FROM index.package WHERE bucket = :bucket AND name = 'amy/odd')"
            ),
            {"header": header, "root": root.storage, "identity": root.identity, "bucket": world.bucket},
        )


@pytest.mark.parametrize("levels", [65, 254, 300, 960, 100_000])
async def test_revisions_that_were_indexed_with_deep_metadata_are_shown_without_it(
    world: RegistryWorld, levels: int
) -> None:
    await world.package("amy/plain", entry("a"), entry("b", meta={"user_meta": {"é": 1.5}}))
    await world.package("amy/odd", entry("a"), message="the first push")
    await world.package("amy/odd", entry("a"), message="the second push", user_meta={"x": 1})
    opened, closed = '{"a":' * (levels - 1), "}" * (levels - 1)
    deep = f'{opened}{{"é": 1}}{closed}'
    fine = b'{"user_meta": {"fine": 1}}'
    header = f'{{"version": "v0", "message": "the second push", "user_meta": {deep}}}'
    await put_as_before(world, header, {"a": f'{{"user_meta": {deep}}}'.encode(), "b": fine})
    found = await read_everywhere(world)
    assert [item["name"] for item in found[""][0]["items"]] == ["amy/odd", "amy/plain"]
    [history] = found["/amy/odd/revisions"]
    assert [(push["message"], push["user_meta"]) for push in history["items"]] == [
        ("the second push", None if levels > 64 else nested(levels)),
        ("the first push", None),
    ]
    [page] = found["/amy/odd/revisions/latest/entries"]
    assert [item["meta"] for item in page["items"]] == [{}, json.loads(fine)]
    assert found["graphql"]["package"]["revision"]["file"] == {"metadata": {}}
    assert found["graphql"]["searchPackages"]["total"] == found["packages"]["hits"]["total"] == 2
    changes = {item["logical_key"]: item["kind"] for item in found[NATIVE[8]][0]["items"]}
    assert changes["b"] in {"changed", "metadata"}


async def test_numbers_that_json_does_not_have_are_shown_as_strings(world: RegistryWorld) -> None:
    await world.package("amy/plain", entry("a"), entry("b"))
    odd = {"mean": math.nan, "range": [-math.inf, math.inf], "count": 2**53 + 1, "ratio": 1.0, "text": "NaN"}
    shown = {"mean": "NaN", "range": ["-Infinity", "Infinity"], "count": 2**53 + 1, "ratio": 1.0, "text": "NaN"}
    name = await world.package(
        "amy/odd",
        entry("a", meta={"user_meta": odd}),
        entry("z/a", meta=odd),
        directories={"z": {"user_meta": odd}},
        user_meta=odd,
        workflow={"id": math.nan, "config": "s3://b/.quilt/workflows/config.yml", "schemas": {}},
        message="statistics",
    )
    found = await read_everywhere(world)
    [revision] = found["/amy/odd/revisions/latest"]
    assert (revision["top_hash"], revision["state"], revision["user_meta"]) == (name, "ready", shown)
    [page] = found["/amy/odd/revisions/latest/entries"]
    assert [item["meta"] for item in page["items"]] == [{"user_meta": shown}, {"user_meta": shown}]
    assert found["graphql"]["package"]["revision"]["userMeta"] == shown
    assert found["graphql"]["package"]["revision"]["file"]["metadata"] == {"user_meta": shown}
    [hit] = [hit for hit in found["packages"]["hits"]["hits"] if hit["_source"]["handle"] == "amy/odd"]
    assert json.loads(hit["_source"]["metadata"], parse_constant=pytest.fail) == shown
    assert str(2**53 + 1) in (await world.get(f"/api/v1/buckets/{world.bucket}/packages/amy/odd")).text


async def test_a_manifest_with_deep_metadata_is_corrupt_for_that_reason_and_listed_as_a_problem(
    world: RegistryWorld,
) -> None:
    await world.package("amy/plain", entry("a"))
    await world.package("amy/odd", entry("a", meta={"user_meta": nested(64)}), user_meta=nested(64))
    expected: dict[str, str] = {}
    for levels in (65, 254, 300, 800):
        name, body = manifest(entry("a"), user_meta=nested(levels))
        expected[name] = "line 1: lists and objects are nested more than 64 levels deep"
        await world.put_manifest(world.bucket, name, body)
        await world.point(f"deep/header{levels}", "latest", name)
        entries = [entry("a", meta={"user_meta": nested(levels)})]
        name = top_hash({"version": "v0"}, entries)
        expected[name] = "line 2: lists and objects are nested more than 64 levels deep"
        await world.put_manifest(world.bucket, name, lines({"version": "v0"}, *entries))
        await world.point(f"deep/entry{levels}", "latest", name)
    found = await world.json(f"/api/v1/buckets/{world.bucket}/problems")
    assert {item["top_hash"]: item["problem"] for item in found["items"]} == expected
    assert {item["state"] for item in found["items"]} == {ManifestState.CORRUPT}
    listed = await world.json(f"/api/v1/buckets/{world.bucket}/packages")
    assert sorted(item["state"] for item in listed["items"]) == [*["corrupt"] * 8, "ready", "ready"]
    [revision] = (await read_everywhere(world))["/amy/odd/revisions/latest"]
    assert revision["user_meta"] == nested(64)


async def test_objects_that_could_not_be_indexed_are_listed_as_problems(world: RegistryWorld) -> None:
    bad = ["data/bad.csv", ".quilt/named_packages/amy/odd/latest"]
    for key in bad:
        await world.objects.put(world.bucket, key, b"x")
        world.objects.failing[key] = ObjectUnreadable("S3's answer cannot be read")
    await world.looks.index_keys(world.bucket, bad)
    first = await world.json(f"/api/v1/buckets/{world.bucket}/problems", limit=1)
    second = await world.json(f"/api/v1/buckets/{world.bucket}/problems", limit=1, cursor=first["next"])
    assert [(item["key"], item["state"], item["packages"]) for item in (*first["items"], *second["items"])] == [
        (bad[1], "unindexed", ["amy/odd"]),
        (bad[0], "unindexed", []),
    ]
    assert {item["problem"] for item in second["items"]} == {"S3's answer cannot be read"}
    assert second["next"] is None
    world.objects.failing.clear()
    await world.look(world.bucket, bad[0])
    await world.objects.delete(world.bucket, bad[1])
    await world.look(world.bucket, bad[1])
    assert (await world.json(f"/api/v1/buckets/{world.bucket}/problems"))["items"] == []
