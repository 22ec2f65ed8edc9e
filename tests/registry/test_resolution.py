"""Quilt+ URIs resolve to packages, revisions, files and directories."""

import pytest
from support.data.manifests import entry
from support.worlds.registry_world import CALLERS, RegistryWorld, problem

NAME = "amy/wine"


async def given_package(world: RegistryWorld) -> str:
    return await world.package(NAME, entry("data/é b+c.csv"), readme="# Wine", message="First")


async def resolve(world: RegistryWorld, rest: str, caller: str = "reader") -> object:
    return await world.json("/api/v1/resolve", caller, uri=f"quilt+s3://{world.bucket}#package={rest}")


async def test_a_uri_without_revision_resolves_to_the_latest(world: RegistryWorld) -> None:
    top_hash = await given_package(world)
    assert await resolve(world, NAME) == {
        "uri": f"quilt+s3://{world.bucket}#package={NAME}@{top_hash}",
        "bucket": world.bucket,
        "name": NAME,
        "top_hash": top_hash,
        "tag": "latest",
        "path": None,
        "kind": "package",
        "catalog": None,
        "catalog_url": f"http://catalog.test/b/{world.bucket}/packages/{NAME}/tree/latest",
    }


@pytest.mark.parametrize(
    ("path", "kind", "tail"),
    [
        ("README.md", "file", "README.md"),
        ("data", "directory", "data"),
        ("data%2F", "directory", "data"),
        ("data/é%20b%2Bc.csv", "file", "data/%C3%A9%20b%2Bc.csv"),
    ],
)
async def test_a_uri_with_a_path_resolves_to_a_file_or_a_directory(
    world: RegistryWorld, path: str, kind: str, tail: str
) -> None:
    top_hash = await given_package(world)
    for revision, reference in ((f"@{top_hash[:8]}", top_hash), (":1700000001", "1700000001")):
        found = await resolve(world, f"{NAME}{revision}&path={path}&catalog=else.example.com")
        assert isinstance(found, dict)
        assert (found["top_hash"], found["kind"], found["catalog"]) == (top_hash, kind, "else.example.com")
        assert found["tag"] == (None if revision.startswith("@") else "1700000001")
        package = f"http://catalog.test/b/{world.bucket}/packages/{NAME}"
        assert found["catalog_url"] == f"{package}/tree/{reference}/{tail}"
        again = await world.json("/api/v1/resolve", uri=found["uri"])
        assert (again["path"], again["kind"]) == (found["path"], kind)


@pytest.mark.parametrize(
    ("rest", "status", "why"),
    [
        ("", 400, "package= is missing"),
        (f"{NAME}@", 400, "hash after @ is missing"),
        ("amy/beer", 404, "No package amy/beer"),
        (f"{NAME}@abcdef", 404, "No revision abcdef"),
        (f"{NAME}:nothing", 404, "No revision nothing"),
        (f"{NAME}&path=nothing", 404, "nothing at nothing"),
        (f"{NAME}&path=README.md/x", 404, "nothing at README.md/x"),
    ],
)
async def test_a_uri_of_a_missing_thing_is_refused(world: RegistryWorld, rest: str, status: int, why: str) -> None:
    await given_package(world)
    got, message = problem(await world.get("/api/v1/resolve", uri=f"quilt+s3://{world.bucket}#package={rest}"))
    assert (got, why in message) == (status, True), message


@pytest.mark.parametrize("caller", CALLERS)
async def test_uris_resolve_for_readers_of_the_bucket(world: RegistryWorld, caller: str) -> None:
    await given_package(world)
    answer = await world.get("/api/v1/resolve", caller, uri=f"quilt+s3://{world.bucket}#package={NAME}")
    assert answer.status_code == {"anonymous": 401, "stranger": 404}.get(caller, 200)
