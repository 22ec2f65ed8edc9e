"""Buckets over GraphQL: visibility and administration."""

from typing import Any

import pytest
from support.worlds.registry_world import INTERNAL, RegistryWorld

from shared.schemas.principal import Level
from shared.testing.buckets import FakeBucketSetup
from shared.testing.indexer import FakeIndexer

CONFIG = """
fragment Config on BucketConfig {
  name title description iconUrl overviewUrl linkedData tags relevanceScore browsable lastIndexed
  snsNotificationArn scannerParallelShardsDepth skipMetaDataIndexing fileExtensionsToIndex indexContentBytes
  prefixes
  tabulatorTables { name config }
  associatedPolicies { level }
  associatedRoles { level }
}
"""
ADD = (
    CONFIG
    + """
mutation ($input: BucketAddInput!) {
  bucketAdd(input: $input) {
    __typename
    ... on BucketAddSuccess { bucketConfig { ...Config } }
    ... on InsufficientPermissions { message }
  }
}
"""
)
UPDATE = (
    CONFIG
    + """
mutation ($name: String!, $input: BucketUpdateInput!) {
  bucketUpdate(name: $name, input: $input) {
    __typename
    ... on BucketUpdateSuccess { bucketConfig { ...Config } }
  }
}
"""
)
REMOVE = "mutation ($name: String!) { bucketRemove(name: $name) { __typename } }"


async def test_graphql_shows_a_bucket(world: RegistryWorld) -> None:
    query = """query ($name: String!) {
      buckets { name title iconUrl description tags relevanceScore browsable collaborators { permissionLevel } }
      bucket(name: $name) { title description }
      bucketConfig(name: $name) { title lastIndexed tabulatorTables { name config } collaborators { permissionLevel } }
      potentialCollaborators { email username }
      bucketAccessCounts(bucket: $name, window: 365) { combined { total } }
    }"""
    assert await world.graphql(query, name=world.bucket) == {
        "buckets": [
            {
                "name": world.bucket,
                "title": "Wines",
                "iconUrl": None,
                "description": None,
                "tags": [],
                "relevanceScore": 0,
                "browsable": True,
                "collaborators": [{"permissionLevel": "READ"}],
            }
        ],
        "bucket": {"title": "Wines", "description": None},
        "bucketConfig": {
            "title": "Wines",
            "lastIndexed": None,
            "tabulatorTables": [],
            "collaborators": [{"permissionLevel": "READ"}],
        },
        "potentialCollaborators": [],
        "bucketAccessCounts": None,
    }


SEES = """query ($name: String!) {
  buckets { name }
  bucketConfigs { name }
  bucket(name: $name) { name }
  bucketConfig(name: $name) { name }
}"""


@pytest.mark.parametrize(
    ("permissions", "is_admin", "seen"),
    [
        ({}, False, ""),
        ({"x": Level.READ}, False, "bucket config"),
        ({"*": Level.READ}, False, "bucket config"),
        ({}, True, "config"),
        ({"x": Level.READ}, True, "bucket config"),
    ],
)
async def test_graphql_lists_buckets_by_role_and_all_configurations_to_administrators(
    world: RegistryWorld,
    permissions: dict[str, Level],
    is_admin: bool,  # noqa: FBT001 – a parameter of the test
    seen: str,
) -> None:
    granted = {world.bucket if name == "x" else name: level for name, level in permissions.items()}
    asked = {"query": SEES, "variables": {"name": world.bucket}}
    answer = await world.client.post("/graphql", json=asked, headers=world.caller(granted, is_admin=is_admin))
    mine = {"name": world.bucket}
    assert answer.json()["data"] == {
        "buckets": [mine] if "bucket" in seen else [],
        "bucketConfigs": [mine] if "config" in seen else [],
        "bucket": mine if "bucket" in seen else None,
        "bucketConfig": mine if "config" in seen else None,
    }


@pytest.mark.parametrize("name", ["", "nothing", "a\0b", "é", "*"])
async def test_an_unknown_bucket_is_null_in_graphql(world: RegistryWorld, name: str) -> None:
    found = await world.graphql(SEES, "admin", name=name)
    assert (found["bucket"], found["bucketConfig"]) == (None, None)


async def test_a_bucket_is_added_changed_and_removed_over_graphql(
    world: RegistryWorld, bucket_setup: FakeBucketSetup, indexer: FakeIndexer
) -> None:
    given: dict[str, Any] = {"name": "a-new-bucket", "title": "New", "description": "one", "tags": ["a"]}
    added = (await world.graphql(ADD, "admin", input={**given, "relevanceScore": 5, "iconUrl": ""}))["bucketAdd"]
    shown = {
        "name": "a-new-bucket",
        "title": "New",
        "description": "one",
        "iconUrl": None,
        "overviewUrl": None,
        "linkedData": None,
        "tags": ["a"],
        "relevanceScore": 5,
        "browsable": True,
        "lastIndexed": None,
        "snsNotificationArn": None,
        "scannerParallelShardsDepth": None,
        "skipMetaDataIndexing": None,
        "fileExtensionsToIndex": None,
        "indexContentBytes": None,
        "prefixes": [],
        "tabulatorTables": [],
        "associatedPolicies": [],
        "associatedRoles": [],
    }
    assert added == {"__typename": "BucketAddSuccess", "bucketConfig": shown}
    assert (bucket_setup.set_up, indexer.scanned) == (["a-new-bucket"], ["a-new-bucket"])
    again = await world.graphql(ADD, "admin", input=given)
    assert again == {"bucketAdd": {"__typename": "BucketAlreadyAdded"}}
    changed = (await world.graphql(UPDATE, "admin", name="a-new-bucket", input={"title": "Newer"}))["bucketUpdate"]
    reset = {**shown, "title": "Newer", "description": None, "tags": [], "relevanceScore": 0}
    assert changed == {"__typename": "BucketUpdateSuccess", "bucketConfig": reset}
    for outcome in ("BucketRemoveSuccess", "BucketNotFound"):
        removed = await world.graphql(REMOVE, "admin", name="a-new-bucket")
        assert removed == {"bucketRemove": {"__typename": outcome}}
    gone = await world.graphql(UPDATE, "admin", name="a-new-bucket", input={"title": "Newest"})
    assert gone == {"bucketUpdate": {"__typename": "BucketNotFound"}}


async def test_a_refusal_of_s3_is_shown_in_graphql(world: RegistryWorld, bucket_setup: FakeBucketSetup) -> None:
    bucket_setup.refuse("somebody-elses")
    found = await world.graphql(ADD, "admin", input={"name": "somebody-elses", "title": "x"})
    assert found["bucketAdd"]["__typename"] == "InsufficientPermissions"
    assert "taken by somebody else" in found["bucketAdd"]["message"]


async def test_a_bucket_with_its_own_sns_topic_is_refused(world: RegistryWorld) -> None:
    given = {"name": "a-new-bucket", "title": "New", "snsNotificationArn": "arn:aws:sns:us-east-1:1:topic"}
    assert await world.graphql(ADD, "admin", input=given) == {"bucketAdd": {"__typename": "SnsInvalid"}}
    given = {**given, "snsNotificationArn": "DO_NOT_SUBSCRIBE"}
    assert (await world.graphql(ADD, "admin", input=given))["bucketAdd"]["__typename"] == "BucketAddSuccess"


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "UPPER", "title": "x"},
        {"name": "fine", "title": "x" * 257},
        {"name": "fine", "title": "x", "iconUrl": "y"},
    ],
)
async def test_an_invalid_bucket_is_an_error_in_graphql(world: RegistryWorld, asked: dict[str, str]) -> None:
    answer = (await world.ask(ADD, "admin", input=asked)).json()
    assert answer["errors"][0]["extensions"] == {"code": "invalid"}


@pytest.mark.parametrize("caller", ["reader", "writer"])
async def test_bucket_mutations_are_for_administrators(
    world: RegistryWorld, bucket_setup: FakeBucketSetup, caller: str
) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [
        (ADD, {"input": {"name": "a-new-bucket", "title": "x"}}),
        (UPDATE, {"name": world.bucket, "input": {"title": "x"}}),
        (REMOVE, {"name": world.bucket}),
    ]
    for query, variables in asked:
        answer = (await world.ask(query, caller, **variables)).json()
        assert answer["errors"][0]["extensions"] == {"code": "admin_only"}
    assert bucket_setup.set_up == []
    assert (await world.graphql(SEES, "reader", name=world.bucket))["bucket"] == {"name": world.bucket}


async def test_extensions_and_bytes_of_contents_are_settings_that_the_indexer_gets(world: RegistryWorld) -> None:
    config = await world.graphql(
        "{ config { contentIndexingSettings { extensions bytesDefault bytesMin bytesMax } } }", "admin"
    )
    settings = config["config"]["contentIndexingSettings"]
    assert {".csv", ".ipynb", ".html"} <= set(settings["extensions"])
    assert (settings["bytesDefault"], settings["bytesMin"], settings["bytesMax"]) == (65_536, 0, 10_485_760)

    async def update(**changes: Any) -> Any:
        given = {"title": "Wines", **changes}
        answer = (await world.graphql(UPDATE, "admin", name=world.bucket, input=given))["bucketUpdate"]
        found = answer.get("bucketConfig")
        return (found["fileExtensionsToIndex"], found["indexContentBytes"]) if found else answer["__typename"]

    async def handed_to_the_indexer() -> Any:
        answer = await world.client.get("/internal/buckets", headers=INTERNAL)
        [found] = [each for each in answer.json()["buckets"] if each["name"] == world.bucket]
        return found["file_extensions_to_index"], found["index_content_bytes"]

    given = [".FASTA", "csv"]
    assert await update(fileExtensionsToIndex=given, indexContentBytes=1_000_000) == ([".fasta", ".csv"], 1_000_000)
    assert await handed_to_the_indexer() == ([".fasta", ".csv"], 1_000_000)
    assert await update(fileExtensionsToIndex=[".png"]) == "BucketFileExtensionsToIndexInvalid"
    assert await update(fileExtensionsToIndex=["no ext/"]) == "BucketFileExtensionsToIndexInvalid"
    assert await update(indexContentBytes=10_485_761) == "BucketIndexContentBytesInvalid"
    assert await update(fileExtensionsToIndex=[], indexContentBytes=0) == ([], 0)
    assert await handed_to_the_indexer() == ([], 0)
    assert await update() == (None, None)
    assert await handed_to_the_indexer() == (None, None)
