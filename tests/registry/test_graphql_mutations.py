"""Mutations of GraphQL."""

from typing import Any

import pytest
from graphql import GraphQLObjectType
from support.data.manifests import entry
from support.worlds.registry_world import FIRST_PUSH, RegistryWorld

from registry.graphql.executable import SCHEMA
from shared.testing.auth import FakeAuth
from shared.testing.objects import FakeObjectStore

DELETE = """mutation ($bucket: String!, $name: String!, $hash: String!) {
  packageRevisionDelete(bucket: $bucket, name: $name, hash: $hash) {
    __typename
    ... on OperationError { name message }
  }
}"""
GONE = {"__typename": "PackageRevisionDeleteSuccess"}
SWITCH = """mutation ($role: String!) {
  switchRole(roleName: $role) {
    __typename
    ... on Me { name role { name } roles { name } }
    ... on InvalidInput { errors { path name } }
  }
}"""


async def delete(world: RegistryWorld, top_hash: str, caller: str = "writer", name: str = "amy/wine") -> Any:
    found = await world.graphql(DELETE, caller, bucket=world.bucket, name=name, hash=top_hash)
    return found["packageRevisionDelete"]


async def pointers(world: RegistryWorld) -> dict[str, str]:
    """The pointers of the package in S3, by tag."""
    prefix = ".quilt/named_packages/amy/wine/"
    keys = [each.key async for page in world.objects.list(world.bucket, prefix=prefix) for each in page]
    found = {key: await world.objects.get(world.bucket, key, limit=100) for key in keys}
    return {key.removeprefix(prefix): got[1].decode() for key, got in found.items() if got}


async def test_deleting_an_old_revision_removes_its_pointers(world: RegistryWorld) -> None:
    old = await world.package("amy/wine", entry("a.csv"))
    new = await world.package("amy/wine", entry("b.csv"))
    await world.package("amy/wine", entry("a.csv"))
    latest = await world.package("amy/wine", entry("b.csv"))
    assert latest == new
    assert await delete(world, old) == GONE
    assert await pointers(world) == {str(FIRST_PUSH + 2): new, str(FIRST_PUSH + 4): new, "latest": new}
    assert (await world.objects.head(world.bucket, f".quilt/packages/{old}")) is not None


async def test_deleting_the_latest_revision_makes_the_previous_one_the_latest(world: RegistryWorld) -> None:
    old = await world.package("amy/wine", entry("a.csv"))
    new = await world.package("amy/wine", entry("b.csv"))
    assert await delete(world, new) == GONE
    assert await pointers(world) == {str(FIRST_PUSH + 1): old, "latest": old}
    assert await delete(world, old) == GONE
    assert await pointers(world) == {}
    assert (await delete(world, old))["name"] == "PackageNotFound"


async def test_an_interrupted_deletion_can_be_repeated(world: RegistryWorld) -> None:
    old = await world.package("amy/wine", entry("a.csv"))
    new = await world.package("amy/wine", entry("b.csv"))
    await world.point("amy/wine", "latest", old)
    assert await delete(world, new) == GONE
    assert await pointers(world) == {str(FIRST_PUSH + 1): old, "latest": old}


async def test_deleting_a_revision_keeps_other_packages_and_objects(world: RegistryWorld) -> None:
    top_hash = await world.package("amy/wine", entry("a.csv"))
    await world.package("amy/wine-2", entry("a.csv"))
    await world.objects.put(world.bucket, ".quilt/named_packages/amy/wine/notes", top_hash.encode())
    assert await delete(world, top_hash) == GONE
    assert await pointers(world) == {"notes": top_hash}
    assert await world.objects.head(world.bucket, ".quilt/named_packages/amy/wine-2/latest") is not None


@pytest.mark.parametrize(
    ("caller", "name"),
    [("reader", "Forbidden"), ("stranger", "BucketNotFound"), ("writer", None), ("admin", None)],
)
async def test_deleting_a_revision_is_for_writers(world: RegistryWorld, caller: str, name: str | None) -> None:
    top_hash = await world.package("amy/wine", entry("a.csv"))
    assert (await delete(world, top_hash, caller)).get("name") == name
    assert bool(await pointers(world)) == bool(name)


@pytest.mark.parametrize(
    ("name", "top_hash", "error"),
    [
        ("amy/wine", "0" * 64, "RevisionNotFound"),
        ("amy/wine", "latest", "RevisionNotFound"),
        ("amy/wine", "", "RevisionNotFound"),
        ("amy/nothing", "0" * 64, "PackageNotFound"),
        ("amy", "0" * 64, "PackageNotFound"),
        ("../x", "0" * 64, "PackageNotFound"),
        ("", "0" * 64, "PackageNotFound"),
    ],
)
async def test_deleting_a_missing_revision_is_an_error(
    world: RegistryWorld, name: str, top_hash: str, error: str
) -> None:
    await world.package("amy/wine", entry("a.csv"))
    before = await pointers(world)
    assert (await delete(world, top_hash, name=name))["name"] == error
    assert await pointers(world) == before


async def test_deleting_a_revision_while_s3_is_down_is_an_error(world: RegistryWorld, objects: FakeObjectStore) -> None:
    top_hash = await world.package("amy/wine", entry("a.csv"))
    objects.down = True
    answer = (await world.ask(DELETE, "writer", bucket=world.bucket, name="amy/wine", hash=top_hash)).json()
    assert answer["errors"][0]["extensions"] == {"code": "unavailable"}


async def test_a_caller_switches_to_another_of_their_roles(world: RegistryWorld, auth: FakeAuth) -> None:
    headers = world.headers("reader")

    async def switch(role: str) -> Any:
        body = {"query": SWITCH, "variables": {"role": role}}
        return (await world.client.post("/graphql", json=body, headers=headers)).json()["data"]["switchRole"]

    assert await switch("another") == {
        "__typename": "Me",
        "name": "amy",
        "role": {"name": "another"},
        "roles": [{"name": "another"}],
    }
    assert auth._events[-1].subject.startswith("user:")
    assert await switch("administrators") == {
        "__typename": "InvalidInput",
        "errors": [{"path": "roleName", "name": "RoleNotAssigned"}],
    }


RESOLVED = {
    "admin",
    "apiKeyCreate",
    "apiKeyRevoke",
    "bucketAdd",
    "bucketUpdate",
    "bucketRemove",
    "bucketSetTabulatorTable",
    "bucketRenameTabulatorTable",
    "browsingSessionCreate",
    "browsingSessionDispose",
    "browsingSessionRefresh",
    "packageConstruct",
    "packageFromFolder",
    "packagePromote",
    "packageRevisionDelete",
    "policyCreateManaged",
    "policyCreateUnmanaged",
    "policyDelete",
    "policyUpdateManaged",
    "policyUpdateUnmanaged",
    "restoreObject",
    "roleCreateManaged",
    "roleCreateUnmanaged",
    "roleDelete",
    "roleSetDefault",
    "roleUpdateManaged",
    "roleUpdateUnmanaged",
    "switchRole",
}


def test_every_mutation_has_a_resolver() -> None:
    mutations = SCHEMA.type_map["Mutation"]
    assert isinstance(mutations, GraphQLObjectType)
    assert mutations.fields.keys() == RESOLVED
