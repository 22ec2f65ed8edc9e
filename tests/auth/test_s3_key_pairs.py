"""S3 key pairs of API keys, for the package gateway: creation, listing, use and end."""

import re
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from support.worlds.auth_world import INTERNAL, Given, bearer

from auth.db.stores import Stores
from auth.encryption import Encryptor
from auth.main import furnish
from auth.services.api_keys import MAX_S3_KEY_PAIRS
from auth.services.keys import KeyService
from shared.db.engine import transaction
from shared.schemas.signer import is_key_pair

KEYS, ADMIN_KEYS = "/api/v1/keys", "/api/v1/admin/keys"
Headers = dict[str, str]


async def make_key(client: httpx.AsyncClient, caller: Headers, **wanted: Any) -> dict[str, Any]:
    answer = await client.post(KEYS, headers=caller, json={"name": "nightly", **wanted})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def make_pair(client: httpx.AsyncClient, caller: Headers, key_id: str) -> dict[str, Any]:
    answer = await client.post(f"{KEYS}/{key_id}/s3", headers=caller)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def signer(client: httpx.AsyncClient, access_key_id: str) -> httpx.Response:
    return await client.get(f"/internal/signers/{access_key_id}", headers=INTERNAL)


async def test_a_key_pair_is_shown_once_and_its_secret_is_stored_encrypted(
    given: Given, client: httpx.AsyncClient
) -> None:
    amy = await given.caller("amy")
    key = (await make_key(client, amy))["api_key"]
    pair = await make_pair(client, amy, key["id"])
    assert re.fullmatch(r"PK[A-Z0-9]{18}", pair["access_key_id"])
    assert is_key_pair(pair["access_key_id"])
    assert len(pair["secret_access_key"]) == 40
    assert (pair["expires_at"], pair["last_used_at"]) == (key["expires_at"], None)
    assert (pair["endpoint_url"], pair["region"]) == ("http://packages.test", "us-east-1")
    listed = {name: pair[name] for name in ("access_key_id", "created_at", "last_used_at")}
    assert (await client.get(f"{KEYS}/{key['id']}", headers=amy)).json() == {**key, "s3_key_pairs": [listed]}
    answer = await client.get(KEYS, headers=amy)
    assert answer.json()["items"][0]["s3_key_pairs"] == [listed]
    assert pair["secret_access_key"] not in answer.text
    assert await given.matches("s3_key_pair", f"secret = '{pair['secret_access_key']}'") == 0
    assert await given.matches("s3_key_pair", "secret LIKE 'gAAAA%'") == 1


async def test_the_signer_of_a_key_pair_is_the_principal_of_the_api_key(
    given: Given, client: httpx.AsyncClient
) -> None:
    amy = await given.caller("amy", roles=["ReadWriteAll"])
    made = await make_key(client, amy)
    pair = await make_pair(client, amy, made["api_key"]["id"])
    found = (await signer(client, pair["access_key_id"])).json()
    assert found["secret_access_key"] == pair["secret_access_key"]
    assert found["expires_at"] == made["api_key"]["expires_at"]
    resolved = await client.post("/internal/principal", headers=INTERNAL, json={"token": made["secret"]})
    assert found["principal"] == resolved.json()["principal"]
    assert found["principal"]["kind"] == "key"


async def test_uses_of_a_key_pair_are_noted_with_it_and_its_key(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy")
    key = (await make_key(client, amy))["api_key"]
    used, unused = [await make_pair(client, amy, key["id"]) for _ in range(2)]
    assert (await signer(client, used["access_key_id"])).status_code == 200
    listed = (await client.get(f"{KEYS}/{key['id']}", headers=amy)).json()
    noted = {pair["access_key_id"]: pair["last_used_at"] for pair in listed["s3_key_pairs"]}
    assert noted[used["access_key_id"]] is not None
    assert noted[unused["access_key_id"]] is None
    assert listed["last_used_at"] is not None


async def test_a_key_has_few_key_pairs(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy")
    key = (await make_key(client, amy))["api_key"]
    pairs = [await make_pair(client, amy, key["id"]) for _ in range(MAX_S3_KEY_PAIRS)]
    refused = await client.post(f"{KEYS}/{key['id']}/s3", headers=amy)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/too_many_s3_key_pairs")
    path = f"{KEYS}/{key['id']}/s3/{pairs[0]['access_key_id']}"
    assert (await client.delete(path, headers=amy)).status_code == 204
    await make_pair(client, amy, key["id"])


async def test_a_deleted_key_pair_signs_nothing_and_others_of_its_key_still_do(
    given: Given, client: httpx.AsyncClient
) -> None:
    amy = await given.caller("amy")
    key = (await make_key(client, amy))["api_key"]
    gone, kept = [await make_pair(client, amy, key["id"]) for _ in range(2)]
    before = (await client.get("/internal/revocations", headers=INTERNAL)).json()["seq"]
    path = f"{KEYS}/{key['id']}/s3/{gone['access_key_id']}"
    assert (await client.delete(path, headers=amy)).status_code == 204
    assert (await signer(client, gone["access_key_id"])).status_code == 401
    assert (await signer(client, kept["access_key_id"])).status_code == 200
    feed = (await client.get("/internal/revocations", headers=INTERNAL, params={"since": before})).json()
    assert f"key:{key['id']}" in {event["subject"] for event in feed["events"]}
    again = await client.delete(path, headers=amy)
    assert (again.status_code, again.json()["type"]) == (404, "/problems/s3_key_pair_not_found")


async def test_uses_of_a_key_pair_that_other_services_report_are_noted(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy")
    key = (await make_key(client, amy))["api_key"]
    pair = await make_pair(client, amy, key["id"])
    used = [f"pair:{pair['access_key_id']}", "pair:PK0123456789ABCDEFGH", "pair:'", f"pair:{key['id']}"]
    answer = await client.post("/internal/uses", headers=INTERNAL, json={"credentials": used})
    assert answer.status_code == 204
    [listed] = (await client.get(f"{KEYS}/{key['id']}", headers=amy)).json()["s3_key_pairs"]
    assert listed["last_used_at"] is not None


@pytest.mark.parametrize("end", ["key revoked", "key expired", "owner disabled", "owner deleted", "key leaked"])
async def test_a_key_pair_ends_with_its_key_and_with_its_owner(
    given: Given, client: httpx.AsyncClient, end: str
) -> None:
    admin, amy = await given.admin(), await given.caller("amy")
    made = await make_key(client, amy)
    pair = await make_pair(client, amy, made["api_key"]["id"])
    match end:
        case "key revoked":
            ended = await client.delete(f"{KEYS}/{made['api_key']['id']}", headers=amy)
        case "key leaked":
            ended = await client.post(f"{KEYS}/revoke-leaked", json={"secret": made["secret"]})
        case "owner disabled":
            ended = await client.post("/api/v1/admin/users/amy/disable", headers=admin)
        case "owner deleted":
            ended = await client.delete("/api/v1/admin/users/amy", headers=admin)
        case _:
            await given.sql("UPDATE auth.api_key SET expires_at = now() - interval '1 s'")
            ended = await client.get("/health/live")
    assert ended.is_success, ended.text
    refused = await signer(client, pair["access_key_id"])
    kinds = {"key expired": "api_key_expired", "owner disabled": "api_key_owner_inactive"}
    assert (refused.status_code, refused.json()["type"]) == (401, f"/problems/{kinds.get(end, 'unauthenticated')}")
    kept = 1 if end in kinds else 0
    assert await given.matches("s3_key_pair", f"access_key_id = '{pair['access_key_id']}'") == kept


async def test_a_key_pair_has_the_role_that_is_active_for_its_owner(given: Given, client: httpx.AsyncClient) -> None:
    user = await given.user("amy", roles=["ReadAll", "ReadWriteAll"])
    amy = bearer(await given.token())
    pair = await make_pair(client, amy, (await make_key(client, amy))["api_key"]["id"])
    first = (await signer(client, pair["access_key_id"])).json()["principal"]["role"]
    [other] = {"ReadAll", "ReadWriteAll"} - {first}
    await client.put(f"/internal/users/{user.id}/role", headers=INTERNAL, json={"role": other})
    assert (await signer(client, pair["access_key_id"])).json()["principal"]["role"] == other


async def test_nobody_makes_or_deletes_key_pairs_of_keys_of_others(given: Given, client: httpx.AsyncClient) -> None:
    amy, bob = await given.caller("amy"), await given.caller("bob")
    key = (await make_key(client, amy))["api_key"]
    other = (await make_key(client, bob))["api_key"]
    pair = await make_pair(client, amy, key["id"])
    for key_id in (key["id"], str(uuid4())):
        refused = await client.post(f"{KEYS}/{key_id}/s3", headers=bob)
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/api_key_not_found")
        path = f"{KEYS}/{key_id}/s3/{pair['access_key_id']}"
        assert (await client.delete(path, headers=bob)).status_code == 404
    wrong_key = await client.delete(f"{KEYS}/{other['id']}/s3/{pair['access_key_id']}", headers=bob)
    assert (wrong_key.status_code, wrong_key.json()["type"]) == (404, "/problems/s3_key_pair_not_found")
    assert (await signer(client, pair["access_key_id"])).status_code == 200


async def test_an_expired_key_gets_no_key_pair(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy")
    key = (await make_key(client, amy))["api_key"]
    await given.sql("UPDATE auth.api_key SET expires_at = now() - interval '1 s'")
    refused = await client.post(f"{KEYS}/{key['id']}/s3", headers=amy)
    assert (refused.status_code, refused.json()["detail"]) == (404, "The API key has expired")


async def test_administrators_see_and_delete_key_pairs_of_everybody(given: Given, client: httpx.AsyncClient) -> None:
    admin, amy = await given.admin(), await given.caller("amy")
    key = (await make_key(client, amy))["api_key"]
    pair = await make_pair(client, amy, key["id"])
    shown = (await client.get(f"{ADMIN_KEYS}/{key['id']}", headers=admin)).json()
    assert [each["access_key_id"] for each in shown["s3_key_pairs"]] == [pair["access_key_id"]]
    path = f"{ADMIN_KEYS}/{key['id']}/s3/{pair['access_key_id']}"
    assert (await client.delete(path, headers=amy)).status_code == 403
    assert (await client.delete(path, headers=admin)).status_code == 204
    assert (await signer(client, pair["access_key_id"])).status_code == 401


async def test_an_administering_key_deletes_no_key_pair_of_its_owner(given: Given, client: httpx.AsyncClient) -> None:
    boss = await given.caller("boss", is_admin=True)
    made = await make_key(client, boss, may_administer=True)
    pair = await make_pair(client, boss, made["api_key"]["id"])
    path = f"{ADMIN_KEYS}/{made['api_key']['id']}/s3/{pair['access_key_id']}"
    refused = await client.delete(path, headers=bearer(made["secret"]))
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not_for_api_keys")


async def test_making_and_deleting_a_key_pair_is_in_the_audit_trail(given: Given, client: httpx.AsyncClient) -> None:
    admin, amy = await given.admin(), await given.caller("amy")
    key = (await make_key(client, amy))["api_key"]
    own, other = [await make_pair(client, amy, key["id"]) for _ in range(2)]
    await client.delete(f"{KEYS}/{key['id']}/s3/{own['access_key_id']}", headers=amy)
    await client.delete(f"{ADMIN_KEYS}/{key['id']}/s3/{other['access_key_id']}", headers=admin)
    trail = (await client.get("/api/v1/admin/audit", headers=admin)).json()["items"]
    found = [
        (each["user"], each["action"], each["details"]["access_key_id"])
        for each in trail
        if "S3KeyPair" in each["action"]
    ]
    assert sorted(found) == sorted(
        [
            ("amy", "APIKeys.CreateS3KeyPair", own["access_key_id"]),
            ("amy", "APIKeys.CreateS3KeyPair", other["access_key_id"]),
            ("amy", "APIKeys.DeleteS3KeyPair", own["access_key_id"]),
            ("admin", "APIKeys.Admin.DeleteS3KeyPair", other["access_key_id"]),
        ]
    )
    assert own["secret_access_key"] not in str(trail)


async def test_a_key_pair_outlives_a_change_of_the_secret_key(
    given: Given, client: httpx.AsyncClient, app: FastAPI
) -> None:
    amy = await given.caller("amy")
    pair = await make_pair(client, amy, (await make_key(client, amy))["api_key"]["id"])
    changed = replace(given.resources, encryptor=Encryptor("another secret key", "secret key of tests"))
    async with transaction(changed.sessions) as session:
        await KeyService(Stores(session), changed.encryptor, changed.settings).reseal()
    furnish(app, replace(changed, encryptor=Encryptor("another secret key")))
    found = (await signer(client, pair["access_key_id"])).json()
    assert found["secret_access_key"] == pair["secret_access_key"]
