"""Attacks: forged tokens, stolen codes and guesses are refused without detail, and recorded."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwk, jwt
from support.worlds.auth_world import Given, app_with, bearer, client_of, code_in
from typing_extensions import override

from auth.main import furnish, write_audit
from auth.passwords import Hasher
from auth.resources import AuthResources
from shared import tokens
from shared.audit import AuditQueue

ISSUER = "http://registry.test"


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.fixture(scope="module")
def strangers_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


class RecordingHasher(Hasher):
    """Records the algorithm and parameters of each hash that it computes."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_kib=8)
        self.work: list[str] = []

    @override
    def _matches(self, hashed: str, password: str) -> bool:
        self.work.append(" ".join(hashed.split("$")[1:4]))
        return super()._matches(hashed, password)


class TestForgedTokens:
    @pytest.fixture
    async def real(self, given: Given, client: httpx.AsyncClient) -> tuple[dict[str, Any], dict[str, Any], str]:
        """Header and payload of a valid token, and the public key."""
        token = (await given.caller("amy"))["Authorization"].removeprefix("Bearer ")
        keys = (await client.get("/.well-known/jwks.json")).json()["keys"]
        header = jwt.get_unverified_header(token)
        (public,) = [key for key in keys if key["kid"] == header["kid"]]
        return header, jwt.get_unverified_claims(token), json.dumps(public)

    async def refused(self, client: httpx.AsyncClient, token: str) -> None:
        for method, path in (("GET", "/api/me"), ("POST", "/api/refresh"), ("POST", "/api/logout")):
            answer = await client.request(method, path, headers=bearer(token))
            assert (answer.status_code, answer.json()["message"]) == (401, "Token invalid.")

    @pytest.mark.parametrize("alg", ["none", "None", "NONE", "HS256", "HS512", "RS512", "PS256", "ES256", "", None])
    async def test_tokens_with_another_algorithm_are_refused(
        self, real: tuple[dict[str, Any], dict[str, Any], str], client: httpx.AsyncClient, alg: str | None
    ) -> None:
        header, payload, public = real
        body = f"{b64(json.dumps({**header, 'alg': alg}).encode())}.{b64(json.dumps(payload).encode())}"
        pem = jwk.construct(json.loads(public), "RS256").to_pem()
        for secret in (b"", public.encode(), pem, pem.strip()):
            signature = b64(hmac.digest(secret, body.encode(), hashlib.sha256)) if secret else ""
            await self.refused(client, f"{body}.{signature}")

    @pytest.mark.parametrize(
        "kid", ["unknown", "", "../../../dev/null", "' OR '1'='1", "\x00", "k" * 5000, None, 7, ["a"], {"a": 1}]
    )
    async def test_tokens_signed_with_another_key_are_refused(
        self,
        real: tuple[dict[str, Any], dict[str, Any], str],
        client: httpx.AsyncClient,
        strangers_key: str,
        kid: Any,
    ) -> None:
        _, payload, _ = real
        await self.refused(client, jwt.encode(payload, strangers_key, algorithm="RS256", headers={"kid": kid}))

    async def test_keys_inside_of_the_token_are_ignored(
        self, real: tuple[dict[str, Any], dict[str, Any], str], client: httpx.AsyncClient, strangers_key: str
    ) -> None:
        header, payload, _ = real
        own = tokens.public_jwk(strangers_key, header["kid"])
        for brought in ({"jwk": own}, {"jku": "http://evil.test/keys"}, {"x5u": "http://evil.test/x"}):
            headers = {"kid": header["kid"], **brought}
            await self.refused(client, jwt.encode(payload, strangers_key, algorithm="RS256", headers=headers))

    async def test_forged_tokens_are_in_the_audit_trail(self, given: Given, resources: AuthResources) -> None:
        """The records do not contain the tokens."""
        trail = AuditQueue("auth", lambda events: write_audit(resources, events))
        app = app_with(resources)
        furnish(app, resources, trail)
        async with client_of(app) as client:
            await client.get("/api/me", headers=bearer("stolen.or.forged"))
        await trail.flush()
        answer = await given.client.get(
            "/api/v1/admin/audit", headers=await given.admin(), params={"action": "Auth.Token"}
        )
        (row,) = answer.json()["items"]
        assert (row["outcome"], row["target"], row["address"]) == ("failed", "", "127.0.0.1")
        assert "stolen" not in json.dumps(row)


async def test_a_replayed_code_is_refused_and_ends_nothing(given: Given, client: httpx.AsyncClient) -> None:
    """The session of the first use stays, because the replay may be the thief's."""
    caller = await given.caller("amy")
    code = (await client.get("/api/code", headers=caller)).json()["code"]
    first = (await client.post("/api/token", data={"refresh_token": code})).json()
    for again in (code, f" {code}\n", code.upper()):
        assert (await client.post("/api/token", data={"refresh_token": again})).status_code == 401
    assert (await client.get("/api/me", headers=bearer(first["access_token"]))).status_code == 200
    failed = await given.matches("audit", "action = 'Auth.RefreshToken' AND outcome = 'failed'")
    assert failed == 3


async def test_a_stolen_refresh_token_ends_with_its_session(given: Given, client: httpx.AsyncClient) -> None:
    """The thief rotates the stolen token; when the owner presents theirs, the session ends for both."""
    stolen = await given.grant(await given.caller("amy"))
    thiefs = stolen
    for _ in range(3):
        thiefs = (await client.post("/api/token", data={"refresh_token": thiefs["refresh_token"]})).json()
        await given.sql("UPDATE auth.refresh_token SET rotated_at = rotated_at - interval '11 minutes'")
    owners = await client.post("/api/token", data={"refresh_token": stolen["refresh_token"]})
    assert (owners.status_code, owners.json()["type"]) == (401, "/problems/token_reused")
    assert (await client.get("/api/me", headers=bearer(thiefs["access_token"]))).status_code == 401
    assert (await client.post("/api/token", data={"refresh_token": thiefs["refresh_token"]})).status_code == 401
    assert await given.matches("audit", "action = 'Auth.TokenReused'") == 1


async def test_codes_tokens_and_links_cannot_replace_each_other(given: Given, client: httpx.AsyncClient) -> None:
    caller = await given.caller("amy")
    grant = await given.grant(caller)
    code = (await client.get("/api/code", headers=caller)).json()["code"]
    await client.post("/api/reset_password", json={"email": "amy@example.com"})
    link = code_in((await given.mails())[0])
    for secret in (grant["refresh_token"], code, link):
        assert (await client.get("/api/me", headers=bearer(secret))).status_code == 401
    for secret in (grant["access_token"], link):
        assert (await client.post("/api/token", data={"refresh_token": secret})).status_code == 401
    for secret in (grant["refresh_token"], code, grant["access_token"]):
        answer = await client.post("/api/change_password", json={"link": secret[:200], "password": "x" * 20})
        assert answer.status_code == 401


async def test_a_login_does_the_same_hashing_whether_the_account_exists_or_not(given: Given) -> None:
    """Equal work takes equal time, so the time of an answer reveals nothing."""
    users = {"known": "amy", "disabled": "gone", "without a password": "sso", "unknown": "nobody"}
    for name in ("amy", "gone", "sso"):
        await given.user(name)
    hasher = RecordingHasher()
    async with client_of(app_with(replace(given.resources, hasher=hasher))) as client:
        await given.sql("UPDATE auth.user SET is_active = false WHERE name = 'gone'")
        await given.sql("UPDATE auth.user SET password = NULL WHERE name = 'sso'")
        for name in users.values():
            answer = await client.post("/api/login", json={"username": name, "password": "wrong password"})
            assert answer.status_code == 401
    hasher.close()
    assert hasher.work == ["argon2id v=19 m=8,t=1,p=1"] * len(users)


async def test_login_limits_do_not_reveal_whether_the_account_exists(given: Given, client: httpx.AsyncClient) -> None:
    await given.user("amy")
    for name in ("amy", "nobody"):
        answers = [await client.post("/api/login", json={"username": name, "password": "wrong"}) for _ in range(12)]
        assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
        assert len({answer.text for answer in answers}) == 2


async def test_failed_logins_of_an_account_count_together_however_it_is_named(
    given: Given, client: httpx.AsyncClient
) -> None:
    await given.user("amy")
    names = ["amy", "AMY", " amy", "amy@example.com", "Amy@Example.com"]
    statuses = [
        (await client.post("/api/login", json={"username": name, "password": "wrong"})).status_code
        for name in names * 3
    ]
    assert statuses == [401] * 10 + [429] * 5
    assert await given.matches("attempt", "true") == 10
