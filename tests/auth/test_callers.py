"""S3 credentials for services that act for a user."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from support.worlds.auth_world import INTERNAL, Given, bearer

from shared.clients.auth import AuthClient
from shared.errors import Forbidden, Unauthenticated
from shared.schemas.caller import CallerQuestion
from shared.schemas.principal import Level, Principal
from shared.testing.credentials import FakeVendor


async def principal_of(given: Given, token: str) -> Principal:
    answer = await given.client.post("/internal/principal", headers=INTERNAL, json={"token": token})
    return Principal.model_validate(answer.json()["principal"])


@pytest.fixture
async def service(app: FastAPI) -> AsyncIterator[AuthClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://auth.test", headers=INTERNAL) as http:
        yield AuthClient(http)


def asked(principal: Principal) -> CallerQuestion:
    return CallerQuestion(user_id=principal.user_id, session_id=principal.session_id)


async def test_a_service_gets_the_credentials_of_the_user(
    given: Given, service: AuthClient, vendor: FakeVendor
) -> None:
    await given.role("Curators", {"b-1": Level.READ_WRITE})
    await given.user("amy", roles=["Curators"])
    principal = await principal_of(given, await given.token())
    vended = await service.credentials(asked(principal))
    assert vended.principal == principal
    assert (vended.access_key_id, vended.secret_access_key, vended.session_token) == (
        "ASIA0000000000000001",
        "secret-1",
        "session-1",
    )
    ((name, policy, _),) = vendor.vended
    assert name == "patchwork-amy"
    assert "arn:aws:s3:::b-1/*" in str(policy)
    assert (await service.signer(vended.access_key_id)).principal == principal  # it is in the ledger
    assert "secret-1" not in repr(vended)


async def test_a_service_gets_the_query_budgets_of_all_roles_of_a_person(
    given: Given, client: httpx.AsyncClient, service: AuthClient
) -> None:
    for role in ("Curators", "Guests", "Others"):
        await given.role(role, {"b-1": Level.READ})
    await given.user("amy", roles=["Guests", "Curators"])
    principal = await principal_of(given, await given.token())
    assert (await service.credentials(asked(principal))).query_budgets == []
    admin = await given.admin()
    for role in ("Curators", "Others"):
        path = f"/api/v1/admin/roles/{role}"
        policies = [each["id"] for each in (await client.get(path, headers=admin)).json()["policies"]]
        body = {"name": role, "policies": policies, "query_budgets": {"seconds": 600}}
        assert (await client.put(path, headers=admin, json=body)).status_code == 200
    found = (await service.credentials(asked(principal))).query_budgets
    assert [(each.role, each.budgets.seconds) for each in found] == [("Curators", 600), ("Guests", None)]


@pytest.mark.parametrize("end", ["logged out", "disabled"])
async def test_no_credentials_are_vended_after_the_session_ended(given: Given, service: AuthClient, end: str) -> None:
    await given.user("amy")
    token = await given.token()
    principal = await principal_of(given, token)
    if end == "disabled":
        await given.sql("""UPDATE auth."user" SET is_active = false WHERE name = 'amy'""")
    else:
        await given.client.post("/api/logout", headers=bearer(token))
    with pytest.raises(Unauthenticated):
        await service.credentials(asked(principal))


async def test_an_api_key_stands_in_for_a_session(given: Given, service: AuthClient) -> None:
    caller = await given.caller("amy")
    made = (await given.client.post("/api/v1/keys", headers=caller, json={"name": "nightly"})).json()
    principal = await principal_of(given, made["secret"])
    assert (await service.credentials(asked(principal))).principal == principal
    await given.client.delete(f"/api/v1/keys/{made['api_key']['id']}", headers=caller)
    with pytest.raises(Unauthenticated):
        await service.credentials(asked(principal))


async def test_a_service_cannot_combine_one_users_session_with_another_user(given: Given, service: AuthClient) -> None:
    await given.user("amy")
    bob = await given.user("bob")
    principal = await principal_of(given, await given.token())
    with pytest.raises(Unauthenticated):
        await service.credentials(CallerQuestion(user_id=bob.id, session_id=principal.session_id))


async def test_credentials_for_a_user_without_role_are_refused_with_the_reason(
    given: Given, service: AuthClient
) -> None:
    await given.user("amy", roles=[])
    principal = await principal_of(given, await given.token())
    with pytest.raises(Forbidden, match="role"):
        await service.credentials(asked(principal))


async def test_only_services_get_credentials_of_users(client: httpx.AsyncClient) -> None:
    assert (await client.post("/internal/credentials", json={})).status_code == 401
    assert (await client.post("/internal/credentials", json={}, headers=bearer("wrong"))).status_code == 403
