from typing import Any

import httpx
import pytest
from support.faults.yaml_bombs import BOMBS
from support.worlds.auth_world import Given

PATH = "/api/v1/admin/sso-config"
TEXT = """
version: "1.0"
default_role: ReadAll
mappings:
  - schema: {type: object, properties: {groups: {contains: {const: lab}}}, required: [groups]}
    roles: [Curators]
    admin: false
"""


async def test_the_sso_configuration_is_set_and_removed(given: Given, client: httpx.AsyncClient) -> None:
    admin = await given.admin()
    await given.role("Curators", {})
    assert (await client.get(PATH, headers=admin)).status_code == 404
    made = (await client.put(PATH, headers=admin, json={"text": TEXT})).json()
    assert (made["text"], made["uploader"]) == (TEXT, "admin")
    again = (await client.put(PATH, headers=admin, json={"text": TEXT + "#"})).json()
    assert again["version"] > made["version"]
    assert (await client.get(PATH, headers=admin)).json() == again
    for path, method, body, slug in [
        ("roles/Curators", "DELETE", None, "named_by_sso_config"),
        ("roles/Curators", "PUT", {"name": "Other", "policies": []}, "named_by_sso_config"),
        ("default-role", "PUT", {"role": "Curators"}, "decided_by_sso_config"),
    ]:
        refused = await client.request(method, f"/api/v1/admin/{path}", headers=admin, json=body)
        assert (refused.status_code, refused.json()["type"]) == (409, f"/problems/{slug}")
    assert (await client.delete(PATH, headers=admin)).status_code == 200
    assert (await client.get(PATH, headers=admin)).status_code == 404
    assert (await client.delete("/api/v1/admin/roles/Curators", headers=admin)).status_code == 200
    assert await given.count("sso_config") == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [", "not valid YAML"),
        ("[]", "not a mapping"),
        ("a: 1", "default_role is missing\nmappings is missing\nversion is missing\na is not known"),
        ('{"version": "2", "default_role": 1, "mappings": {}}', 'version is not "1.0"'),
        ('{"version": "1.0", "default_role": "Nope", "mappings": []}', "No such role: Nope"),
        ('{"version": "1.0", "default_role": "ReadAll", "mappings": [{"schema": 1, "roles": []}]}', "mappings[0]:"),
        ("&a [*a]", "is inside of"),
    ],
)
async def test_invalid_sso_configurations_are_refused(
    given: Given, client: httpx.AsyncClient, text: str, says: Any
) -> None:
    answer = await client.put(PATH, headers=await given.admin(), json={"text": text})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/sso_config_refused")
    assert says in answer.json()["message"]


@pytest.mark.parametrize("name", BOMBS)
async def test_an_sso_configuration_with_a_yaml_bomb_is_refused(
    given: Given, client: httpx.AsyncClient, name: str
) -> None:
    headers = await given.admin()
    for answer in (
        await client.put(PATH, headers=headers, json={"text": BOMBS[name]}),
        await client.post("/api/v1/admin/sso/check", headers=headers, json={"text": BOMBS[name], "claims": {}}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/sso_config_refused")
        assert "the YAML has more than" in answer.json()["message"]
    assert (await client.get(PATH, headers=headers)).status_code == 404


async def test_an_sso_configuration_may_use_anchors_and_merge_keys(given: Given, client: httpx.AsyncClient) -> None:
    text = """
version: "1.0"
default_role: ReadAll
mappings:
  - &boss {schema: {required: [boss]}, roles: [ReadAll], admin: true}
  - {<<: *boss, schema: {required: [lab]}, admin: false}
"""
    headers = await given.admin()
    assert (await client.put(PATH, headers=headers, json={"text": text})).status_code == 200
    verdict = await client.post("/api/v1/admin/sso/check", headers=headers, json={"claims": {"lab": 1}})
    assert (verdict.json()["roles"], verdict.json()["is_admin"]) == (["ReadAll"], False)
