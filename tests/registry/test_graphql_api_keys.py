"""API keys in GraphQL, with the documents of quilt3.api_keys and quilt3.admin.api_keys."""

from typing import Any

import pytest
from support.worlds.registry_world import RegistryWorld

KEY = "id name fingerprint createdAt expiresAt lastUsedAt userEmail status"
CREATE = f"""mutation ($input: APIKeyCreateInput!) {{
  apiKeyCreate(input: $input) {{
    __typename
    ... on APIKeyCreated {{ secret apiKey {{ {KEY} }} }}
    ... on InvalidInput {{ errors {{ path name message }} }}
  }}
}}"""
REVOKE = """mutation ($id: ID, $secret: String) {
  apiKeyRevoke(id: $id, secret: $secret) { __typename ... on InvalidInput { errors { path name } } }
}"""
OWN = f"""query ($name: String, $status: APIKeyStatus, $id: ID!) {{
  me {{ apiKeys(name: $name, status: $status) {{ {KEY} }} apiKey(id: $id) {{ {KEY} }} }}
}}"""
ALL = "query ($email: String) { admin { apiKeys { list(email: $email) { name } } } }"
REVOKE_ANY = "mutation ($id: ID!) { admin { apiKeys { revoke(id: $id) { __typename } } } }"


async def create(world: RegistryWorld, caller: str = "reader", **wanted: Any) -> Any:
    return (await world.graphql(CREATE, caller, input=wanted))["apiKeyCreate"]


async def own(world: RegistryWorld, key_id: str = "x", caller: str = "reader", **wanted: Any) -> Any:
    me = (await world.graphql(OWN, caller, id=key_id, **wanted))["me"]
    return me["apiKeys"], me["apiKey"]


async def test_an_api_key_is_created_and_listed_over_graphql(world: RegistryWorld) -> None:
    made = await create(world, name="nightly", expiresInDays=7)
    assert made["__typename"] == "APIKeyCreated"
    assert made["secret"].startswith("qk_")
    keys, key = await own(world, made["apiKey"]["id"], status="ACTIVE")
    assert (made["apiKey"] in keys, key) == (True, made["apiKey"])
    assert key["lastUsedAt"] is None
    assert await own(world, made["apiKey"]["id"], caller="writer") == ([], None)
    assert await own(world, name="\x00") == ([], None)


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ({"name": ""}, "input.name"),
        ({"name": "x", "expiresInDays": 0}, "input.expiresInDays"),
        ({"name": "x", "expiresInDays": 366}, "input.expiresInDays"),
    ],
)
async def test_invalid_api_keys_are_refused_over_graphql(
    world: RegistryWorld, wanted: dict[str, Any], path: str
) -> None:
    refused = await create(world, **wanted)
    assert refused["__typename"] == "InvalidInput"
    assert [error["path"] for error in refused["errors"]] == [path]


async def test_an_api_key_is_revoked_by_its_id_or_its_secret(world: RegistryWorld) -> None:
    for by in ("id", "secret"):
        made = await create(world, name="nightly")
        shown = {"id": made["apiKey"]["id"]} if by == "id" else {"secret": made["secret"]}
        for caller, answer in (("writer", "InvalidInput"), ("reader", "Ok"), ("reader", "InvalidInput")):
            revoked = (await world.graphql(REVOKE, caller, **shown))["apiKeyRevoke"]
            assert revoked["__typename"] == answer
    refused = (await world.graphql(REVOKE, "reader"))["apiKeyRevoke"]
    assert refused["errors"][0]["name"] == "Missing"


async def test_administrators_list_and_revoke_the_api_keys_of_all_users(world: RegistryWorld) -> None:
    made = await create(world, name="of a reader")
    found = (await world.graphql(ALL, "admin"))["admin"]["apiKeys"]["list"]
    assert {"name": "of a reader"} in found
    assert (await world.graphql(ALL, "admin", email="nobody@example.com"))["admin"]["apiKeys"]["list"] == []
    answers = [
        (await world.graphql(REVOKE_ANY, "admin", id=key_id))["admin"]["apiKeys"]["revoke"]["__typename"]
        for key_id in (made["apiKey"]["id"], made["apiKey"]["id"], "nonsense")
    ]
    assert answers == ["Ok", "InvalidInput", "InvalidInput"]
