"""Differences of revisions in the JSON API."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from support.data.manifests import HELLO, entry
from support.worlds.registry_world import CALLERS, FIRST_PUSH, RegistryWorld, problem

from registry.main import install_resources
from registry.resources import Caches, RegistryResources
from shared.db.engine import Sessions
from shared.db.statements import FoundRow, SessionStatements, Statements
from shared.index.diff.cache import ComparisonCache
from shared.index.diff.types import Kind
from shared.schemas.diff import Diff, DiffHead, DiffItem
from shared.schemas.principal import Level

NOTHING = dict.fromkeys(("added", "removed", "changed", "moved", "metadata"), 0)


def url(world: RegistryWorld, name: str = "amy/wine", revision: str = "latest", rest: str = "diff") -> str:
    return f"/api/v1/buckets/{world.bucket}/packages/{name}/revisions/{revision}/{rest}"


def file(path: str, *, at: str | None = None, size: int = 5, value: str = HELLO, meta: Any = None) -> dict[str, Any]:
    return {
        "type": "file",
        "path": path,
        "size": size,
        "hash": {"type": "sha2-256-chunked", "value": value},
        "physical_key": at or f"s3://wine/{path}?versionId=v1",
        "is_local": False,
        "accessible": False,
        "meta": meta or {},
    }


def kinds(diff: Any) -> list[tuple[str, str]]:
    return [(item["kind"], item["logical_key"]) for item in diff["items"]]


async def two(world: RegistryWorld) -> tuple[str, str]:
    """Two pushes of `amy/wine` with one change of each kind."""
    base = await world.package(
        "amy/wine",
        entry("a.csv", value="a"),
        entry("b.csv", value="b", size=7),
        entry("c.csv", value="c"),
        entry("d.csv", value="d"),
        entry("data/e.csv", value="e"),
        directories={"data": {"of": "old"}},
        message="first",
        user_meta={"source": "UCI"},
    )
    head = await world.package(
        "amy/wine",
        entry("a.csv", value="x", size=6),
        entry("c.csv", value="c", meta={"user_meta": {"x": 1}}),
        entry("data/e.csv", value="e"),
        entry("new.csv", value="n", size=3),
        entry("z/d.csv", value="d"),
        directories={"data": {"of": "new"}},
        message="second",
        user_meta={"source": "UCI"},
    )
    return base, head


async def test_a_revision_is_compared_with_the_push_before(world: RegistryWorld) -> None:
    base, head = await two(world)
    diff = await world.json(url(world))
    assert diff == {
        "base": {"bucket": world.bucket, "name": "amy/wine", "top_hash": base, "message": "first"},
        "head": {"bucket": world.bucket, "name": "amy/wine", "top_hash": head, "message": "second"},
        "totals": {
            "added": 1,
            "removed": 1,
            "changed": 1,
            "moved": 1,
            "metadata": 2,
            "bytes": {"added": 3, "removed": 7, "changed": 6, "moved": 5, "metadata": 5},
        },
        "moves_found": True,
        "metadata_changed": False,
        "message_changed": True,
        "items": [
            {
                "kind": "changed",
                "logical_key": "a.csv",
                "previous_key": None,
                "metadata_changed": False,
                "before": file("a.csv", value="a"),
                "after": file("a.csv", value="x", size=6),
            },
            {
                "kind": "removed",
                "logical_key": "b.csv",
                "previous_key": None,
                "metadata_changed": False,
                "before": file("b.csv", value="b", size=7),
                "after": None,
            },
            {
                "kind": "metadata",
                "logical_key": "c.csv",
                "previous_key": None,
                "metadata_changed": True,
                "before": file("c.csv", value="c"),
                "after": file("c.csv", value="c", meta={"user_meta": {"x": 1}}),
            },
            {
                "kind": "metadata",
                "logical_key": "data/",
                "previous_key": None,
                "metadata_changed": True,
                "before": {
                    "type": "directory",
                    "path": "data",
                    "total_entries": 1,
                    "total_bytes": 5,
                    "meta": {"of": "old"},
                },
                "after": {
                    "type": "directory",
                    "path": "data",
                    "total_entries": 1,
                    "total_bytes": 5,
                    "meta": {"of": "new"},
                },
            },
            {
                "kind": "added",
                "logical_key": "new.csv",
                "previous_key": None,
                "metadata_changed": False,
                "before": None,
                "after": file("new.csv", value="n", size=3),
            },
            {
                "kind": "moved",
                "logical_key": "z/d.csv",
                "previous_key": "d.csv",
                "metadata_changed": False,
                "before": file("d.csv", value="d"),
                "after": file("z/d.csv", value="d"),
            },
        ],
        "next": None,
    }
    assert Diff.model_validate(diff).model_dump(mode="json") == diff
    named = await world.json(url(world, revision=head[:8]), base=base)
    assert named == diff


async def test_a_first_push_is_compared_with_nothing(world: RegistryWorld) -> None:
    base, _ = await two(world)
    for reference in (base, str(FIRST_PUSH + 1)):
        diff = await world.json(url(world, revision=reference))
        assert (diff["base"], diff["head"]["top_hash"]) == (None, base)
        assert diff["totals"] == {**NOTHING, "added": 5, "bytes": {**NOTHING, "added": 27}}
        assert not diff["metadata_changed"]
        assert not diff["message_changed"]
        assert kinds(diff) == [("added", key) for key in ("a.csv", "b.csv", "c.csv", "d.csv", "data/e.csv")]
    backwards = await world.json(url(world, revision=base), base="latest")
    assert backwards["totals"]["moved"] == 1
    assert [item["previous_key"] for item in backwards["items"] if item["kind"] == "moved"] == ["z/d.csv"]


async def test_a_diff_can_be_limited_to_kinds_of_changes(world: RegistryWorld) -> None:
    await two(world)
    moved = await world.json(url(world), kind="moved")
    assert kinds(moved) == [("moved", "z/d.csv")]
    some = await world.json(url(world), kind=["added", "removed"], limit=1)
    assert kinds(some) == [("removed", "b.csv")]
    rest = await world.json(url(world), kind=["added", "removed"], limit=1, cursor=some["next"])
    assert (kinds(rest), rest["next"]) == ([("added", "new.csv")], None)
    assert (await world.get(url(world), kind="renamed")).status_code == 422


async def test_pages_of_a_diff_continue_after_each_other(world: RegistryWorld) -> None:
    await world.package("amy/wine", entry("a.csv"), message="nothing much")
    names = ["\x00.csv", "a b?&#.csv", "é/ü.csv", "y/1.csv", "y/2.csv", "y.csv", "\U0001f377.csv"]
    await world.package("amy/wine", entry("a.csv"), *(entry(name, at="s3://wine/x", value=name) for name in names))
    everything = await world.json(url(world))
    assert sorted(item["logical_key"] for item in everything["items"]) == sorted(names)
    seen, cursor = [], None
    for _ in names:
        page = await world.json(url(world), limit=1, **({"cursor": cursor} if cursor else {}))
        assert page["totals"] == everything["totals"]
        seen += page["items"]
        cursor = page["next"]
    assert (seen, cursor) == (everything["items"], None)


async def test_a_cursor_of_a_diff_is_refused_for_other_revisions(world: RegistryWorld) -> None:
    base, head = await two(world)
    cursor = (await world.json(url(world), limit=1))["next"]
    await world.json(url(world, revision=head), limit=1, cursor=cursor)
    for other in ({"base": head}, {"base": base, "cursor": cursor[:-4]}, {"cursor": "nonsense"}):
        assert (await world.get(url(world), **{"cursor": cursor, **other})).status_code == 400
    await world.package("amy/wine", entry("other.csv"))
    status, message = problem(await world.get(url(world), cursor=cursor))
    assert (status, message) == (400, "The cursor belongs to a comparison of other revisions. Start again without it")


async def test_a_promoted_copy_has_no_changes(world: RegistryWorld) -> None:
    other = f"other-{uuid4().hex[:8]}"
    await world.registered(other)
    await world.package("amy/wine", entry("a.csv"), entry("b/c.csv"))
    there = [entry("a.csv", at=f"s3://{other}/a.csv"), entry("b/c.csv", at=f"s3://{other}/c.csv")]
    await world.package("bob/tea", *there, bucket=other, message="promoted")
    headers = world.caller({world.bucket: Level.READ, other: Level.READ})
    asked = {"base_bucket": other, "base_package": "bob/tea"}
    answer = await world.client.get(url(world), params=asked, headers=headers)
    diff = answer.json()
    assert (answer.status_code, diff["items"]) == (200, [])
    assert diff["totals"] == {**NOTHING, "bytes": NOTHING}
    assert diff["base"]["bucket"] == other


async def test_objects_of_buckets_that_the_caller_may_read_are_accessible(world: RegistryWorld) -> None:
    await world.package("amy/wine", entry("a.csv", at=f"s3://{world.bucket}/a.csv"), entry("b.csv"))
    diff = await world.json(url(world))
    assert [item["after"]["accessible"] for item in diff["items"]] == [True, False]


@pytest.mark.parametrize("rest", ["diff", "diff.jsonl"])
@pytest.mark.parametrize("caller", CALLERS)
async def test_readers_of_the_bucket_may_compare_revisions(world: RegistryWorld, caller: str, rest: str) -> None:
    await world.package("amy/wine", entry("a.csv"))
    statuses = {"anonymous": 401, "stranger": 404}
    assert (await world.get(url(world, rest=rest), caller)).status_code == statuses.get(caller, 200)


async def test_comparing_with_an_unreadable_package_is_not_found(world: RegistryWorld) -> None:
    other = f"other-{uuid4().hex[:8]}"
    await world.registered(other)
    await world.package("amy/wine", entry("a.csv"))
    await world.package("amy/wine", entry("secret.csv"), bucket=other)
    both = world.caller({world.bucket: Level.READ, other: Level.READ})
    assert (await world.client.get(url(world), params={"base_bucket": other}, headers=both)).status_code == 200
    hidden = await world.get(url(world), base_bucket=other)
    missing = await world.get(url(world), base_bucket="no-such-bucket")
    assert problem(hidden) == (404, f"No bucket {other}")
    assert problem(missing) == (404, "No bucket no-such-bucket")


@pytest.mark.parametrize(
    ("asked", "slug"),
    [
        ({"base": "0123456789"}, "not_found"),
        ({"base_package": "amy/nothing"}, "not_found"),
        ({"base_package": "nothing"}, "not_found"),
        ({"base": "0" * 64}, "not_found"),
    ],
)
async def test_a_base_that_does_not_exist_is_not_found(world: RegistryWorld, asked: dict[str, str], slug: str) -> None:
    await world.package("amy/wine", entry("a.csv"))
    answer = await world.get(url(world), **asked)
    assert (answer.status_code, answer.json()["type"]) == (404, f"/problems/{slug}")


async def test_the_refusal_of_a_diff_names_the_unreadable_revision(world: RegistryWorld) -> None:
    gone = await world.package("amy/wine", entry("a.csv"), index=False)
    await world.objects.delete(world.bucket, f".quilt/packages/{gone}")
    await world.point("amy/wine", str(FIRST_PUSH + 1), gone)
    head = await world.package("amy/wine", entry("b.csv"))
    for rest in ("diff", "diff.jsonl"):
        status, message = problem(await world.get(url(world, revision=head, rest=rest)))
        assert status == 409
        assert gone in message


async def test_the_export_of_a_diff_equals_its_pages(world: RegistryWorld) -> None:
    await two(world)
    diff = await world.json(url(world))
    answer = await world.get(url(world, rest="diff.jsonl"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    head, *items = [json.loads(line) for line in answer.text.splitlines()]
    assert items == diff.pop("items")
    assert diff.pop("next") is None
    assert head == diff
    assert DiffHead.model_validate(head)
    assert [DiffItem.model_validate(item).model_dump(mode="json") for item in items] == items


@dataclass(frozen=True)
class NodesApart:
    """Reads nodes, which are wanted in the background too, on connections of their own."""

    others: Statements
    nodes: Statements

    async def fetch(self, sql: str, *values: object) -> Sequence[FoundRow]:
        return await (self.nodes if "index.node" in sql else self.others).fetch(sql, *values)


async def test_the_first_page_of_a_diff_does_not_wait_for_the_totals(
    world: RegistryWorld, app: FastAPI, resources: RegistryResources, index_sessions: Sessions
) -> None:
    _, head = await two(world)
    apart = NodesApart(SessionStatements(resources.sessions), SessionStatements(index_sessions))
    impatient = Caches(comparisons=ComparisonCache(find_seconds=0))
    install_resources(app, replace(resources, statements=apart, caches=impatient), app.state.principals)

    async def page(cursor: str | None = None, *kinds: Kind) -> Any:
        given = {"kind": [kind.value for kind in kinds], "limit": 4} | ({"cursor": cursor} if cursor else {})
        return await world.json(url(world), **given)

    first = await page()
    assert (first["totals"], first["moves_found"]) == (None, False)
    assert kinds(first) == [("changed", "a.csv"), ("removed", "b.csv"), ("metadata", "c.csv"), ("removed", "d.csv")]
    moved = await page(None, Kind.MOVED)
    assert (kinds(moved), moved["totals"]["moved"]) == ([("moved", "z/d.csv")], 1)
    second = await page(first["next"])
    assert (second["totals"], second["moves_found"]) == (None, False)
    assert kinds(second) == [("metadata", "data/"), ("added", "new.csv"), ("added", "z/d.csv")]
    again = await page()
    assert (again["totals"]["moved"], again["moves_found"], again["head"]["top_hash"]) == (1, True, head)
    assert kinds(again)[-1] == ("metadata", "data/")


async def test_a_diff_of_many_pages_equals_its_export(world: RegistryWorld) -> None:
    old = {f"{number % 5}/{number:05}": str(number) for number in range(1500)}
    new = {
        key if number % 3 else f"moved/{key}": value for number, (key, value) in enumerate(old.items()) if number % 7
    }
    await world.package("amy/wine", *(entry(key, value=value) for key, value in old.items()))
    await world.package("amy/wine", *(entry(key, value=value) for key, value in new.items()))
    _, *exported = [json.loads(line) for line in (await world.get(url(world, rest="diff.jsonl"))).text.splitlines()]
    seen, cursor = [], None
    while True:
        page = await world.json(url(world), limit=200, **({"cursor": cursor} if cursor else {}))
        seen += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == exported
    removed = sorted(old.items() - {(key.removeprefix("moved/"), value) for key, value in new.items()})
    moved = sorted(key for key in new if key.startswith("moved/"))
    assert [item["logical_key"] for item in seen if item["kind"] == "removed"] == [key for key, _ in removed]
    assert [item["logical_key"] for item in seen if item["kind"] == "moved"] == moved
    assert (page["totals"]["removed"], page["totals"]["moved"]) == (len(removed), len(moved))
    assert len(seen) == len(removed) + len(moved)
