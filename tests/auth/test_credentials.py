import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from support.worlds.auth_world import INTERNAL, Given, app_with, bearer, client_of

from auth.credential_cache import CredentialCache
from auth.resources import AuthResources
from shared import permissions
from shared.db.engine import transaction
from shared.schemas.principal import Level, Principal, Resolution
from shared.schemas.signer import MINTED
from shared.testing.credentials import FakeVendor

PATH = "/api/auth/get_credentials"
AMY = Principal(
    user_id=UUID(int=1),
    name="amy",
    session_id=UUID(int=2),
    is_admin=False,
    role_id=UUID(int=3),
    role="R",
    permissions={"b-1": Level.READ},
)


def resolved_at(seq: int) -> Resolution:
    return Resolution(principal=AMY, expires_at=datetime.now(UTC) + timedelta(days=1), seq=seq)


async def ledger(given: Given) -> list[dict[str, Any]]:
    async with transaction(given.resources.sessions) as session:
        rows = await session.execute(text("SELECT * FROM auth.credential"))
        return [dict(row) for row in rows.mappings()]


async def test_credentials_are_vended_and_recorded(given: Given, client: httpx.AsyncClient, vendor: FakeVendor) -> None:
    await given.role("Curators", {"b-1": Level.READ_WRITE})
    user = await given.user("amy", roles=["Curators"])
    answer = await client.get(PATH, headers=bearer(await given.token()))
    assert answer.status_code == 200
    vended = answer.json()
    assert vended.keys() == {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
    expiration = datetime.fromisoformat(vended["Expiration"])
    assert expiration.tzinfo
    assert expiration - datetime.now(UTC) > timedelta(minutes=59)
    ((name, policy, seconds),) = vendor.vended
    assert (name.partition(".")[2], seconds) == ("patchwork-amy", 3600)
    assert policy
    assert "arn:aws:s3:::b-1/*" in json.loads(policy)["Statement"][0]["Resource"]
    (row,) = await ledger(given)
    assert row["access_key_id"] == vended["AccessKeyId"]
    assert row["user_id"] == user.id
    assert row["policy"] == policy
    assert row["expires_at"] == expiration
    assert vended["SecretAccessKey"] not in row["secret"]
    assert given.resources.encryptor.decrypt(row["secret"]) == vended["SecretAccessKey"]


async def test_a_user_without_role_or_bucket_gets_no_credentials(given: Given, client: httpx.AsyncClient) -> None:
    await given.role("Nothing", {})
    for name, roles in {"amy": [], "bob": ["Nothing"]}.items():
        answer = await client.get(PATH, headers=await given.caller(name, roles=roles))
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/no_access")
    assert await ledger(given) == []


async def test_a_role_with_too_many_buckets_gets_no_credentials(
    given: Given, client: httpx.AsyncClient, vendor: FakeVendor
) -> None:
    await given.role("Many", {f"bucket-of-department-{number}": Level.READ for number in range(60)})
    await given.role("Few", {f"bucket-of-department-{number}": Level.READ for number in range(15)})
    vendor.packed_limit = 500
    for name, role, count in (("amy", "Many", 60), ("bob", "Few", 15)):
        answer = await client.get(PATH, headers=await given.caller(name, roles=[role]))
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/too_many_buckets")
        assert f"{count} buckets" in answer.json()["message"]


async def test_failing_sts_gives_503_and_is_named(given: Given, client: httpx.AsyncClient, vendor: FakeVendor) -> None:
    caller = await given.caller()
    vendor.down = True
    answer = await client.get(PATH, headers=caller)
    assert answer.status_code == 503
    assert "STS" in answer.json()["message"]
    assert answer.headers["Retry-After"]
    assert "STS" in (await client.get("/internal/reach", headers=INTERNAL)).json()["checks"]["sts"]
    vendor.down = False
    assert (await client.get(PATH, headers=caller)).status_code == 200
    assert (await client.get("/internal/reach", headers=INTERNAL)).json()["checks"]["sts"] == "ok"


async def test_fresh_credentials_are_reused_for_the_same_session_and_rights(
    given: Given, client: httpx.AsyncClient, vendor: FakeVendor
) -> None:
    admin, caller = await given.admin(), await given.caller()
    first = (await client.get(PATH, headers=caller)).json()
    assert (await client.get(PATH, headers=caller)).json() == first
    assert len(vendor.vended) == 1
    # Another user, another session and changed rights get new credentials.
    assert (await client.get(PATH, headers=await given.caller("ben"))).json() != first
    assert (await client.get(PATH, headers=bearer(await given.token()))).json() != first
    await given.permit(admin, "ReadAll", {"b-1": Level.READ})
    second = (await client.get(PATH, headers=caller)).json()
    assert second != first
    await client.post("/api/v1/admin/users/amy/disable", headers=admin)
    assert (await client.get(PATH, headers=caller)).status_code == 401


def test_expired_credentials_and_those_of_earlier_rights_are_not_handed_out() -> None:
    cache, now = CredentialCache(), datetime.now(UTC)
    cache.keep(resolved_at(1), b"young", now + timedelta(hours=1))
    assert cache.find(resolved_at(1)) == b"young"
    assert cache.find(resolved_at(2)) is None
    cache.keep(resolved_at(2), b"old", now - timedelta(hours=1))
    assert cache.find(resolved_at(2)) is None


async def test_without_sts_auth_makes_the_credentials(resources: AuthResources, vendor: FakeVendor) -> None:
    alone = replace(resources, settings=resources.settings.model_copy(update={"sts": False}))
    async with client_of(app_with(alone)) as client:
        given = Given(alone, client)
        await given.role("Nothing", {})
        caller = await given.caller()
        made = (await client.get(PATH, headers=caller)).json()
        assert made["AccessKeyId"].startswith(MINTED)
        assert made["SessionToken"]
        found = await client.get(f"/internal/signers/{made['AccessKeyId']}", headers=INTERNAL)
        assert found.json()["secret_access_key"] == made["SecretAccessKey"]
        assert found.json()["principal"]["permissions"] == {"*": "READ"}
        refused = await client.get(PATH, headers=await given.caller("ben", roles=["Nothing"]))
        assert refused.json()["type"] == "/problems/no_access"
    assert vendor.vended == []


async def test_star_does_not_include_the_bucket_of_quilt_2(resources: AuthResources, vendor: FakeVendor) -> None:
    own = replace(resources, settings=resources.settings.model_copy(update={"quilt2_bucket": "package"}))
    async with client_of(app_with(own)) as client:
        given = Given(own, client)
        await given.role("Historians", {"*": Level.READ, "package": Level.READ})
        for name, roles in (("amy", None), ("ben", ["Historians"])):
            caller = await given.caller(name, roles=roles)
            assert (await client.get(PATH, headers=caller)).status_code == 200
            token = caller["Authorization"].removeprefix("Bearer ")
            answer = await client.post("/internal/principal", headers=INTERNAL, json={"token": token})
            principal = Principal.model_validate(answer.json()["principal"])
            assert permissions.level(principal, "package") is (Level.READ if roles else None)
            assert permissions.level(principal, "others") is Level.READ
    denied = [
        [each["Action"] for each in json.loads(policy or "")["Statement"] if each["Effect"] == "Deny"]
        for _, policy, _ in vendor.vended
    ]
    assert denied[0] == [["s3:*"]]
    assert "s3:GetObject*" not in denied[1][0]
