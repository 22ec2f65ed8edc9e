"""Revoked credentials: the next request after the answer is refused by every service."""

import httpx
from support.worlds.planes import ACCEPTED, REFUSED, Planes
from support.worlds.system import System

TRIES = 5
NAME, PASSWORD = "revoked-rita", "rita's password"


async def test_a_session_is_refused_everywhere_once_its_end_is_answered(system: System) -> None:
    system.create_user(NAME, PASSWORD, "ReadWriteAll")
    async with httpx.AsyncClient(timeout=30) as http:
        for _ in range(TRIES):
            planes = await Planes.sign_in(system, http, NAME, PASSWORD)
            assert await planes.statuses() == ACCEPTED
            await planes.sign_out()
            assert await planes.statuses() == REFUSED


async def test_a_disabled_user_and_changed_rights_are_refused_everywhere_at_once(system: System) -> None:
    name = "revoked-rosa"
    system.create_user(name, PASSWORD, "ReadWriteAll")
    users = f"/api/v1/admin/users/{name}"
    admin = system.sign_in()
    async with httpx.AsyncClient(timeout=30) as http:
        planes = await Planes.sign_in(system, http, name, PASSWORD)
        assert await planes.statuses() == ACCEPTED
        made = admin.request("POST", "/api/v1/admin/roles", json={"name": "Nothing", "permissions": {}})
        assert made.status_code == 201, made.text
        assert admin.request("PUT", f"{users}/roles", json={"roles": ["Nothing"]}).status_code == 200
        seen = await http.get(f"{system.registry}/api/v1/buckets", headers={"Authorization": f"Bearer {planes.token}"})
        assert seen.json()["items"] == []
        assert admin.request("POST", f"{users}/disable").status_code == 200
        assert await planes.statuses() == REFUSED


def test_a_revoked_key_is_refused_by_the_registry_at_once(system: System) -> None:
    admin = system.sign_in()
    for _ in range(TRIES):
        made = admin.request("POST", "/api/v1/keys", json={"name": "short", "expires_in_days": 1}).json()
        headers = {"Authorization": f"Bearer {made['secret']}"}
        assert httpx.get(f"{system.registry}/api/v1/buckets", headers=headers).status_code == 200
        assert admin.request("DELETE", f"/api/v1/keys/{made['api_key']['id']}").status_code == 204
        assert httpx.get(f"{system.registry}/api/v1/buckets", headers=headers).status_code == 401
