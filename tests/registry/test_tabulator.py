"""Tables and switches in the JSON API. Permissions and refusals are in test_graphql_admin.py."""

import pytest
from support.faults.yaml_bombs import BOMBS
from support.worlds.registry_world import RegistryWorld, problem

from registry.db.tabulator import TabulatorStore
from registry.errors import BucketNotFound
from shared.db.engine import Sessions

TABLE = "{schema: [{name: g, type: STRING}], source: {type: quilt-packages, package_name: a, logical_key: b}, parser: {format: csv}}"


async def test_tables_are_set_listed_renamed_and_removed(world: RegistryWorld) -> None:
    path, headers = f"/api/v1/buckets/{world.bucket}/tabulator-tables", world.headers("writer")
    put = await world.client.put(f"{path}/genes", json={"config": TABLE}, headers=headers)
    assert (put.status_code, put.content) == (204, b"")
    assert await world.json(path) == {"tables": [{"name": "genes", "config": TABLE}]}
    assert (await world.client.put(f"{path}/1", json={"config": TABLE}, headers=headers)).status_code == 400
    assert (await world.client.put(f"{path}/g", json={"config": "[]"}, headers=headers)).status_code == 400
    await world.client.put(f"{path}/more", json={"config": TABLE}, headers=headers)
    for name, new_name, status in [("genes", "more", 409), ("none", "x", 404), ("genes", "levels", 204)]:
        answer = await world.client.post(f"{path}/{name}/rename", json={"name": new_name}, headers=headers)
        assert answer.status_code == status
    for name in ("levels", "more", "none"):
        assert (await world.client.delete(f"{path}/{name}", headers=headers)).status_code == 204
    assert await world.json(path) == {"tables": []}


@pytest.mark.parametrize("name", BOMBS)
async def test_a_table_whose_yaml_expands_without_bounds_is_refused(world: RegistryWorld, name: str) -> None:
    path, headers = f"/api/v1/buckets/{world.bucket}/tabulator-tables", world.headers("writer")
    answer = await world.client.put(f"{path}/genes", json={"config": BOMBS[name]}, headers=headers)
    assert answer.json()["type"] == "/problems/table_refused"
    status, message = problem(answer)
    assert (status, message[:49]) == (400, "With its aliases written out, the YAML has more t")
    assert await world.json(path) == {"tables": []}


async def test_a_table_may_use_anchors_and_merge_keys(world: RegistryWorld) -> None:
    path = f"/api/v1/buckets/{world.bucket}/tabulator-tables"
    table = TABLE.replace("[{name: g, type: STRING}]", "[&g {name: g, type: STRING}, {<<: *g, name: h}]")
    put = await world.client.put(f"{path}/genes", json={"config": table}, headers=world.headers("writer"))
    assert put.status_code == 204
    assert await world.json(path) == {"tables": [{"name": "genes", "config": table}]}


async def test_switches_of_the_instance_are_read_and_changed(world: RegistryWorld) -> None:
    headers = world.headers("admin")
    rules = {"health-omics": False, "ro-crate": True}
    changed = await world.client.patch("/api/v1/settings", json={"event_rules": {"ro-crate": True}}, headers=headers)
    assert changed.json() == {"tabulator_open_query": False, "event_rules": rules}
    unknown = await world.client.patch("/api/v1/settings", json={"event_rules": {"x": True}}, headers=headers)
    assert unknown.json()["type"] == "/problems/unknown_rule"
    assert (await world.client.get("/api/v1/settings", headers=world.headers("writer"))).status_code == 403


async def test_setting_a_table_of_a_bucket_that_is_unregistered_at_the_same_time_is_not_found(
    sessions: Sessions,
) -> None:
    async with sessions() as session:
        with pytest.raises(BucketNotFound):
            await TabulatorStore(session).put("no-such-bucket", "genes", TABLE)
