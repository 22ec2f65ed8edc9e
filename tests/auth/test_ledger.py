"""Signers of S3 credentials, as the other services read them."""

import httpx
from support.worlds.auth_world import INTERNAL, Given, bearer

from shared.schemas.principal import Level

BODY = {"type": "/problems/unauthenticated"}


async def signer(client: httpx.AsyncClient, access_key_id: str) -> httpx.Response:
    return await client.get(f"/internal/signers/{access_key_id}", headers=INTERNAL)


async def vended(given: Given, token: str) -> dict[str, str]:
    answer = await given.client.get("/api/auth/get_credentials", headers=bearer(token))
    assert answer.status_code == 200, answer.text
    keys: dict[str, str] = answer.json()
    return keys


async def test_the_signer_is_the_user_of_the_vended_credential(given: Given, client: httpx.AsyncClient) -> None:
    user = await given.user("amy")
    keys = await vended(given, await given.token())
    told = (await signer(client, keys["AccessKeyId"])).json()
    assert told["secret_access_key"] == keys["SecretAccessKey"]
    assert (told["principal"]["user_id"], told["principal"]["permissions"]) == (str(user.id), {"*": "READ"})
    assert told["expires_at"][:19] == keys["Expiration"][:19]


async def test_a_credential_signs_nothing_after_its_session_ended(given: Given, client: httpx.AsyncClient) -> None:
    await given.user("amy")
    token = await given.token()
    keys = await vended(given, token)
    await client.post("/api/logout", headers=bearer(token))
    answer = await signer(client, keys["AccessKeyId"])
    assert (answer.status_code, answer.json() | BODY) == (401, answer.json())


async def test_a_credential_signs_nothing_after_a_switch_of_role(given: Given, client: httpx.AsyncClient) -> None:
    await given.role("Wide", {"wide": Level.READ_WRITE})
    user = await given.user("amy", roles=["ReadAll", "Wide"])
    keys = await vended(given, await given.token())
    switched = {"Wide", "ReadAll"} - {(await signer(client, keys["AccessKeyId"])).json()["principal"]["role"]}
    await client.put(f"/internal/users/{user.id}/role", headers=INTERNAL, json={"role": switched.pop()})
    assert (await signer(client, keys["AccessKeyId"])).status_code == 401


async def test_an_unknown_or_expired_credential_signs_nothing(given: Given, client: httpx.AsyncClient) -> None:
    await given.user("amy")
    keys = await vended(given, await given.token())
    assert (await signer(client, "ASIANOBODY")).status_code == 401
    await given.sql("UPDATE auth.credential SET expires_at = now()")
    assert (await signer(client, keys["AccessKeyId"])).status_code == 401


async def test_only_services_may_read_signers(client: httpx.AsyncClient) -> None:
    assert (await client.get("/internal/signers/ASIA")).status_code == 401
    assert (await client.get("/internal/signers/ASIA", headers=bearer("wrong"))).status_code == 403
