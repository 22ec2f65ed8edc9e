"""The routes of a bucket's workflows: their listing, and checks of pushes before they are made."""

import json
from typing import Any

import pytest
from support.faults.yaml_bombs import BOMBS
from support.worlds.registry_world import CALLERS, RegistryWorld, problem

from shared.schemas.principal import Level

CONFIG = """
version: "1.1"
default_workflow: reviewed
workflows:
  reviewed:
    name: Reviewed
    handle_pattern: ^amy/
    metadata_schema: season
    entries_schema: tables
    is_message_required: true
  draft: {name: Draft, description: Anything goes}
schemas:
  season: {url: "s3://BUCKET/season.json"}
  tables: {url: "s3://BUCKET/tables.json"}
  far: {url: "s3://elsewhere/far.json"}
successors:
  s3://BUCKET: {title: Here}
  s3://elsewhere: {title: Elsewhere, copy_data: false}
"""
SEASON = {"required": ["season"], "properties": {"season": {"type": "integer"}, "a/b~c": {"maximum": 1}}}
TABLES = {"items": {"properties": {"size": {"maximum": 10}}}, "minItems": 1}
GOOD = {
    "name": "amy/wine",
    "message": "Harvest",
    "metadata": {"season": 2026},
    "entries": [{"logical_key": "a.csv", "size": 1}],
}


async def given_workflows(world: RegistryWorld, text: str = CONFIG) -> str:
    """Write the configuration and its schemas; returns the address of the routes."""
    objects = {"season.json": json.dumps(SEASON), "tables.json": json.dumps(TABLES)}
    for key, body in {**objects, ".quilt/workflows/config.yml": text.replace("BUCKET", world.bucket)}.items():
        await world.objects.put(world.bucket, key, body.encode())
    return f"/api/v1/buckets/{world.bucket}/workflows"


async def check(world: RegistryWorld, address: str, /, **changes: Any) -> Any:
    push = {key: value for key, value in {**GOOD, **changes}.items() if value is not ...}
    answer = await world.client.post(f"{address}/check", json=push, headers=world.headers("reader"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_workflows_are_listed_with_the_schemas_and_successors_that_the_caller_may_read(
    world: RegistryWorld,
) -> None:
    address = await given_workflows(world)
    shown = await world.json(address)
    assert shown == {
        "config": f"s3://{world.bucket}/.quilt/workflows/config.yml?versionId=v3",
        "required": True,
        "default": "reviewed",
        "workflows": [
            {
                "id": "reviewed",
                "name": "Reviewed",
                "description": None,
                "handle_pattern": "^amy/",
                "metadata_schema": "season",
                "entries_schema": "tables",
                "is_message_required": True,
            },
            {
                "id": "draft",
                "name": "Draft",
                "description": "Anything goes",
                "handle_pattern": None,
                "metadata_schema": None,
                "entries_schema": None,
                "is_message_required": False,
            },
        ],
        "schemas": [
            {"id": "season", "url": f"s3://{world.bucket}/season.json"},
            {"id": "tables", "url": f"s3://{world.bucket}/tables.json"},
        ],
        "successors": [{"bucket": world.bucket, "title": "Here", "copy_data": True}],
        "problems": [],
    }
    await world.registered("elsewhere")
    both = world.caller({world.bucket: Level.READ, "elsewhere": Level.READ})
    seen = (await world.client.get(address, headers=both)).json()
    assert [each["id"] for each in seen["schemas"]] == ["season", "tables", "far"]
    assert seen["successors"][1] == {"bucket": "elsewhere", "title": "Elsewhere", "copy_data": False}


async def test_a_bucket_without_workflows_accepts_pushes_without_one(world: RegistryWorld) -> None:
    address = f"/api/v1/buckets/{world.bucket}/workflows"
    nothing: dict[str, Any] = {
        "config": None,
        "required": False,
        "default": None,
        "workflows": [],
        "schemas": [],
        "successors": [],
        "problems": [],
    }
    assert await world.json(address) == nothing
    assert (await check(world, address))["valid"]
    refused = await check(world, address, workflow="reviewed")
    assert [each["path"] for each in refused["violations"]] == ["/workflow"]


@pytest.mark.parametrize("caller", CALLERS)
async def test_only_readers_of_the_bucket_see_and_check_its_workflows(world: RegistryWorld, caller: str) -> None:
    address = await given_workflows(world)
    expected = {"anonymous": 401, "stranger": 404}.get(caller, 200)
    assert (await world.get(address, caller)).status_code == expected
    headers = world.headers(caller)
    assert (await world.client.post(f"{address}/check", json=GOOD, headers=headers)).status_code == expected


async def test_a_broken_configuration_is_409_until_it_is_repaired(world: RegistryWorld) -> None:
    address = await given_workflows(world, 'version: "7"\nworkflows: {w: {name: W}}')
    status, message = problem(await world.get(address))
    assert (status, "has version 7" in message, f"s3://{world.bucket}/.quilt/" in message) == (409, True, True)
    await given_workflows(world)
    assert (await world.get(address)).status_code == 200, "the changed configuration is read"


async def test_what_keeps_workflows_of_a_readable_configuration_from_working_is_listed(world: RegistryWorld) -> None:
    text = """
version: "1"
default_workflow: gone
workflows:
  one: {name: One, metadata_schema: lost, entries_schema: unnamed}
  two: {name: Two, metadata_schema: lost, handle_pattern: "("}
  three: {name: Three, metadata_schema: odd}
schemas:
  lost: {url: "s3://BUCKET/lost.json"}
  odd: {url: "s3://BUCKET/odd.json"}
"""
    address = await given_workflows(world, text)
    await world.objects.put(world.bucket, "odd.json", b'{"type": 7}')
    shown = await world.json(address)
    assert [each["id"] for each in shown["workflows"]] == ["one", "two", "three"]
    default, lost, unnamed, odd, pattern = shown["problems"]
    assert default == "The default workflow 'gone' does not exist"
    assert lost == f"Schema 'lost' does not exist: s3://{world.bucket}/lost.json"
    assert unnamed.endswith(": the schema 'unnamed' does not exist")
    assert f"s3://{world.bucket}/odd.json" in odd
    assert pattern.startswith("Workflow 'two': ")
    assert (await world.json(await given_workflows(world))).get("problems") == []


@pytest.mark.parametrize("name", BOMBS)
async def test_a_configuration_whose_yaml_expands_without_bounds_is_409(world: RegistryWorld, name: str) -> None:
    address = await given_workflows(
        world, f"version: '1'\nworkflows: {{w: {{name: W}}}}\ncatalog:\n{_indented(BOMBS[name])}"
    )
    answer = await world.get(address)
    assert answer.json()["type"] == "/problems/workflows_broken"
    status, message = problem(answer)
    assert (status, "cannot be read: With its aliases written out, the YAML has more than" in message) == (409, True)


async def test_a_configuration_may_use_anchors_and_merge_keys(world: RegistryWorld) -> None:
    text = """
version: "1"
workflows:
  plain: &plain {name: Plain, is_message_required: true}
  same: *plain
  named: {<<: *plain, name: Named, handle_pattern: ^amy/}
"""
    shown = await world.json(await given_workflows(world, text))
    found = [(each["name"], each["handle_pattern"], each["is_message_required"]) for each in shown["workflows"]]
    assert found == [("Plain", None, True), ("Plain", None, True), ("Named", "^amy/", True)]


def _indented(text: str) -> str:
    return "".join(f"  {line}" for line in text.splitlines(keepends=True))


async def test_a_valid_push_is_checked_with_one_look_at_each_object(world: RegistryWorld) -> None:
    address = await given_workflows(world)
    assert await check(world, address) == {
        "valid": True,
        "workflow": "reviewed",
        "violations": [],
        "complete": True,
    }
    before = world.objects.calls
    await check(world, address)
    assert world.objects.calls - before == 3, "one HEAD for each object, and no second GET"


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"name": "bob/wine"}, ["/name"]),
        ({"name": "amy/"}, ["/name"]),
        ({"message": None}, ["/message"]),
        ({"metadata": ...}, ["/metadata"]),
        ({"metadata": {"season": "last", "a/b~c": 2}}, ["/metadata/season", "/metadata/a~1b~0c"]),
        ({"entries": []}, ["/entries"]),
        ({"entries": ...}, []),
        ({"entries": [{"logical_key": "a", "size": 1}, {"logical_key": "b", "size": 11}]}, ["/entries/1/size"]),
        ({"workflow": "none such"}, ["/workflow"]),
        ({"workflow": None}, ["/workflow"]),
        ({"workflow": ""}, ["/workflow"]),
        ({"workflow": "draft", "message": "", "metadata": None, "entries": []}, []),
        ({"name": "x", "message": "", "metadata": {}}, ["/name", "/message", "/name", "/metadata"]),
    ],
)
async def test_violations_name_the_failing_paths(
    world: RegistryWorld, changes: dict[str, Any], paths: list[str]
) -> None:
    address = await given_workflows(world)
    verdict = await check(world, address, **changes)
    assert sorted(each["path"] for each in verdict["violations"]) == sorted(paths)
    assert verdict["valid"] is not bool(paths)
    assert all(each["message"] for each in verdict["violations"])


async def test_at_most_100_violations_are_listed(world: RegistryWorld) -> None:
    address = await given_workflows(world)
    entries = [{"logical_key": str(number), "size": 100} for number in range(200)]
    verdict = await check(world, address, entries=entries, message="")
    assert (len(verdict["violations"]), verdict["complete"]) == (100, False)


async def test_a_schema_that_the_caller_may_not_read_is_409_without_its_content(world: RegistryWorld) -> None:
    text = 'version: "1"\ndefault_workflow: w\nworkflows: {w: {name: W, metadata_schema: s}}\nschemas: {s: {url: URL}}'
    address = await given_workflows(world, text.replace("URL", "s3://elsewhere/far.json"))
    await world.registered("elsewhere")
    await world.objects.put("elsewhere", "far.json", b'{"const": "secret"}')
    refused = await world.client.post(f"{address}/check", json=GOOD, headers=world.headers("reader"))
    status, message = problem(refused)
    assert (status, "which you may not read" in message, "secret" in message) == (409, True, False)


@pytest.mark.parametrize(
    ("asked", "valid"),
    [
        ({"name": "amy/wine"}, True),
        ({"name": "bob/wine"}, False),
        ({"name": "bob/wine", "workflow": "draft"}, True),
        ({"name": "bob wine", "workflow": "draft"}, False),
        ({"name": "bob/wine", "workflow": None}, True),
    ],
)
async def test_package_names_are_checked_by_the_workflow_of_the_bucket(
    world: RegistryWorld, asked: dict[str, Any], *, valid: bool
) -> None:
    await given_workflows(world)
    headers = world.headers("reader")
    question = {**asked, "bucket": world.bucket}
    answer = await world.client.post("/api/package_name_valid", json=question, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"valid": valid})


async def test_checking_a_name_for_an_unreadable_bucket_is_404(world: RegistryWorld) -> None:
    question = {"name": "amy/wine", "bucket": world.bucket}
    headers = world.headers("stranger")
    answer = await world.client.post("/api/package_name_valid", json=question, headers=headers)
    assert problem(answer) == (404, f"No bucket {world.bucket}")
