"""Invitations: role and name, sending again, withdrawing, accepting."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from support.fakes.openid_provider import OpenIdProvider, person
from support.fakes.single_sign_on import door_to
from support.worlds.auth_world import PASSWORD, Given, app_with, client_of, code_in

from shared.schemas.principal import Level

PATH = "/api/v1/admin/invitations"


def opened(given: Given, **changes: Any) -> Any:
    settings = given.resources.settings.model_copy(update={"sign_up": "invite", **changes})
    return replace(given.resources, settings=settings)


@pytest.fixture
async def invited(given: Given) -> AsyncIterator[Given]:
    """An installation where people sign up by invitation."""
    resources = opened(given)
    async with client_of(app_with(resources)) as client:
        yield Given(resources, client)


async def invite(given: Given, **about: Any) -> dict[str, Any]:
    answer = await given.client.post(PATH, headers=await given.admin(), json={"email": "amy@example.com", **about})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def link(given: Given) -> str:
    return code_in((await given.mails())[-1])


async def sign_up(client: httpx.AsyncClient, code: str, name: str = "amy") -> httpx.Response:
    about = {"username": name, "email": "amy@example.com", "password": PASSWORD, "invitation": code}
    return await client.post("/api/v1/accounts", json=about)


async def listed(given: Given) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await given.client.get(PATH, headers=await given.admin())).json()["items"]
    return found


async def test_an_invited_person_gets_the_role_and_is_offered_the_name(invited: Given) -> None:
    await invited.role("Labs", {"lab": Level.READ})
    made = await invite(invited, name="amy", role="Labs")
    assert (made["role"], made["name"], made["invited_by"], made["is_expired"]) == ("Labs", "amy", "admin", False)
    assert await listed(invited) == [made]
    code = await link(invited)
    offer = await invited.client.post("/api/v1/accounts/invitation", json={"invitation": code})
    assert offer.json() == {"email": "amy@example.com", "name": "amy", "invited_by": "admin"}
    assert (await sign_up(invited.client, code)).json() == {"is_active": True}
    user = (await invited.client.get("/api/v1/admin/users/amy", headers=await invited.admin())).json()
    assert (user["roles"], user["role"]) == (["Labs"], "Labs")
    assert await listed(invited) == []


async def test_without_a_role_an_invited_person_gets_the_default(invited: Given) -> None:
    await invite(invited)
    await sign_up(invited.client, await link(invited))
    user = (await invited.client.get("/api/v1/admin/users/amy", headers=await invited.admin())).json()
    assert user["roles"] == ["ReadAll"]


async def test_a_deleted_role_leaves_the_default(invited: Given) -> None:
    await invited.role("Labs", {"lab": Level.READ})
    await invite(invited, role="Labs")
    removed = await invited.client.delete("/api/v1/admin/roles/Labs", headers=await invited.admin())
    assert removed.is_success, removed.text
    assert [each["role"] for each in await listed(invited)] == [None]
    await sign_up(invited.client, await link(invited))
    user = (await invited.client.get("/api/v1/admin/users/amy", headers=await invited.admin())).json()
    assert user["roles"] == ["ReadAll"]


async def test_a_withdrawn_invitation_does_not_work(invited: Given) -> None:
    made = await invite(invited)
    code = await link(invited)
    admin = await invited.admin()
    assert (await invited.client.delete(f"{PATH}/{made['id']}", headers=admin)).status_code == 204
    refused = await sign_up(invited.client, code)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not_invited")
    shown = await invited.client.post("/api/v1/accounts/invitation", json={"invitation": code})
    assert shown.status_code == 403
    again = await invited.client.delete(f"{PATH}/{made['id']}", headers=admin)
    assert (again.status_code, again.json()["type"]) == (404, "/problems/invitation_not_found")


async def test_an_invitation_that_is_withdrawn_before_its_mail_is_sent_does_not_work(invited: Given) -> None:
    made = await invite(invited)
    await invited.client.delete(f"{PATH}/{made['id']}", headers=await invited.admin())
    refused = await sign_up(invited.client, await link(invited))
    assert refused.status_code == 403


async def test_sending_again_ends_the_old_link(invited: Given) -> None:
    made = await invite(invited, role="ReadWriteAll")
    first = await link(invited)
    await invited.sql("UPDATE auth.invitation SET expires_at = now() - interval '1 s'")
    assert [each["is_expired"] for each in await listed(invited)] == [True]
    sent = await invited.client.post(f"{PATH}/{made['id']}/send", headers=await invited.admin())
    assert (sent.status_code, sent.json()["is_expired"]) == (200, False)
    second = await link(invited)
    assert (await sign_up(invited.client, first)).status_code == 403
    assert (await sign_up(invited.client, second)).json() == {"is_active": True}
    user = (await invited.client.get("/api/v1/admin/users/amy", headers=await invited.admin())).json()
    assert user["roles"] == ["ReadWriteAll"]


async def test_inviting_an_address_again_replaces_the_invitation(invited: Given) -> None:
    first = await invite(invited, name="amy")
    second = await invite(invited, name="amelia", role="ReadWriteAll")
    assert second["id"] == first["id"]
    assert [(each["name"], each["role"]) for each in await listed(invited)] == [("amelia", "ReadWriteAll")]


@pytest.mark.parametrize(
    ("about", "status", "slug"),
    [
        ({"email": "admin@example.com"}, 409, "email_taken"),
        ({"email": "amy@example.com", "role": "Nobody"}, 400, "unknown_role"),
        ({"email": "amy@example.com", "name": "Amy!"}, 422, "malformed"),
        ({"email": "nonsense"}, 422, "malformed"),
    ],
)
async def test_refused_invitations(invited: Given, about: dict[str, str], status: int, slug: str) -> None:
    answer = await invited.client.post(PATH, headers=await invited.admin(), json=about)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (status, slug)
    assert await listed(invited) == []
    assert await invited.mails() == []


async def test_nobody_is_invited_where_nobody_can_sign_up(given: Given) -> None:
    resources = opened(given, sign_up="off")
    async with client_of(app_with(resources)) as client:
        closed = Given(resources, client)
        answer = await client.post(PATH, headers=await closed.admin(), json={"email": "amy@example.com"})
        assert answer.json()["type"] == "/problems/sign_up_disabled"
        assert await closed.mails() == []


async def test_invitations_are_for_administrators(invited: Given) -> None:
    made = await invite(invited)
    caller = await invited.caller("bob")
    for method, path in (
        ("GET", PATH),
        ("POST", PATH),
        ("POST", f"{PATH}/{made['id']}/send"),
        ("DELETE", f"{PATH}/{made['id']}"),
    ):
        answer = await invited.client.request(method, path, headers=caller, json={"email": "c@example.com"})
        assert answer.status_code == 403, (method, path)


async def test_somebody_who_accepts_with_a_provider_gets_the_role(given: Given) -> None:
    idp = OpenIdProvider()
    idp.person = person("amy")
    async with door_to(given, idp, sign_up="invite") as door:
        await invite(door.given, role="ReadWriteAll")
        await door.sign_in()
        user = (await door.client.get("/api/v1/admin/users/amy", headers=await door.given.admin())).json()
        assert user["roles"] == ["ReadWriteAll"]
        assert await listed(door.given) == []


async def test_guesses_of_links_are_limited(invited: Given) -> None:
    statuses = [
        (await invited.client.post("/api/v1/accounts/invitation", json={"invitation": f"guess{n}"})).status_code
        for n in range(40)
    ]
    assert statuses[0] == 403
    assert statuses[-1] == 429


async def test_expired_invitations_are_deleted_after_a_month(invited: Given) -> None:
    await invite(invited)
    await invited.sql("UPDATE auth.invitation SET expires_at = now() - interval '29 days'")
    await invited.prune()
    assert len(await listed(invited)) == 1
    await invited.sql("UPDATE auth.invitation SET expires_at = now() - interval '31 days'")
    await invited.prune()
    assert await listed(invited) == []
