"""Trials of a configuration of workflows on the packages of its bucket."""

import json
from dataclasses import replace
from typing import Any

from fastapi import FastAPI
from support.data.manifests import entry
from support.worlds.registry_world import RegistryWorld, problem
from typing_extensions import override

from registry.main import install_resources
from registry.resources import RegistryResources
from shared.aws.objects import ObjectInfo
from shared.testing.objects import FakeObjectStore

CONFIG = """
version: "1"
default_workflow: reviewed
workflows:
  reviewed:
    name: Reviewed
    metadata_schema: season
    entries_schema: tables
    is_message_required: true
  draft: {name: Draft}
schemas:
  season: {url: "s3://BUCKET/season.json"}
  tables: {url: "s3://BUCKET/tables.json"}
"""
SEASON = json.dumps({"required": ["season"], "properties": {"season": {"type": "integer"}}})
TABLES = json.dumps({"items": {"properties": {"size": {"maximum": 10}}}})


async def given_packages(world: RegistryWorld) -> None:
    small, large = entry("a.csv", size=1), entry("b.csv", size=11)
    await world.package("amy/bare", small, message="")
    await world.package("amy/draft", large, message="", workflow={"id": "draft"})
    await world.package("amy/good", small, message="Harvest", user_meta={"season": 2026})
    await world.package("amy/large", small, large, message="Harvest", user_meta={"season": "last"})


async def run_trial(world: RegistryWorld, caller: str = "reader", /, **body: Any) -> Any:
    body = {"config": CONFIG.replace("BUCKET", world.bucket), **body}
    schemas = {f"s3://{world.bucket}/{name}.json": text for name, text in {"season": SEASON, "tables": TABLES}.items()}
    return await world.client.post(
        f"/api/v1/buckets/{world.bucket}/workflows/trial",
        json={"schemas": schemas, **body},
        headers=world.headers(caller),
    )


async def test_packages_are_judged_by_a_configuration_that_is_not_saved(world: RegistryWorld) -> None:
    await given_packages(world)
    answer = await run_trial(world)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["problems"] == []
    assert {
        each["name"]: (each["workflow"], each["valid"], [one["path"] for one in each["violations"]])
        for each in found["items"]
    } == {
        "amy/bare": ("reviewed", False, ["/message", "/metadata"]),
        "amy/draft": ("draft", True, []),
        "amy/good": ("reviewed", True, []),
        "amy/large": ("reviewed", False, ["/metadata/season", "/entries/1/size"]),
    }
    assert await world.json(f"/api/v1/buckets/{world.bucket}/workflows") == {
        "config": None,
        "required": False,
        "default": None,
        "workflows": [],
        "schemas": [],
        "successors": [],
        "problems": [],
    }


async def test_a_trial_goes_on_after_its_last_package_and_may_choose_one_workflow_for_all(world: RegistryWorld) -> None:
    await given_packages(world)
    first = (await run_trial(world, workflow="draft", limit=3)).json()
    rest = (await run_trial(world, workflow="draft", limit=3, cursor=first["next"])).json()
    assert [each["name"] for each in (*first["items"], *rest["items"])] == [
        "amy/bare",
        "amy/draft",
        "amy/good",
        "amy/large",
    ]
    assert all(each["valid"] for each in (*first["items"], *rest["items"]))
    assert rest["next"] is None


async def test_a_trial_says_what_is_wrong_with_the_configuration_and_its_schemas(world: RegistryWorld) -> None:
    await given_packages(world)
    broken = (await run_trial(world, config="version: [")).json()
    assert broken["items"] == []
    assert "cannot be read" in broken["problems"][0]
    address = f"s3://{world.bucket}/season.json"
    unusable = (await run_trial(world, schemas={address: "{"})).json()
    assert f"The schema at {address} cannot be used" in unusable["problems"][0]
    assert "does not exist" in unusable["problems"][1]
    assert unusable["items"][0]["violations"][0]["path"] == "/workflow"


async def test_nobody_tries_a_configuration_in_a_bucket_that_they_may_not_read(world: RegistryWorld) -> None:
    assert problem(await run_trial(world, "stranger")) == (404, f"No bucket {world.bucket}")


async def test_a_package_that_is_removed_during_a_trial_is_left_out_of_its_page(
    world: RegistryWorld, app: FastAPI, resources: RegistryResources
) -> None:
    await given_packages(world)

    class Removing(FakeObjectStore):
        """Removes a package when the schemas are read, after the page was."""

        @override
        async def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo | None:
            await remove()
            return await world.objects.head(bucket, key, version_id)

        @override
        async def get(
            self, bucket: str, key: str, *, limit: int, version_id: str | None = None
        ) -> tuple[ObjectInfo, bytes] | None:
            await remove()
            return await world.objects.get(bucket, key, limit=limit, version_id=version_id)

    async def remove() -> None:
        async for page in world.objects.list(world.bucket, prefix=".quilt/named_packages/amy/good/"):
            for each in page:
                await world.objects.delete(world.bucket, each.key)
                await world.look(world.bucket, each.key)

    install_resources(app, replace(resources, objects=Removing(world.bucket)), app.state.principals)
    answer = await run_trial(world, schemas={})
    assert answer.status_code == 200, answer.text
    assert [each["name"] for each in answer.json()["items"]] == ["amy/bare", "amy/draft", "amy/large"]
