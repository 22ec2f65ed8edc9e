"""Revoked credentials: no service accepts a request after the answer, many times and while a service restarts."""

import json
from functools import partial

import httpx
import pytest
from support.worlds.planes import ACCEPTED, REFUSED, Planes
from support.worlds.system import System, eventually

SESSIONS = 200
KEYS = 5
NAME, PASSWORD = "rita", "rita's password"


@pytest.fixture(scope="module", autouse=True)
def user(system: System) -> None:
    system.create_user(NAME, PASSWORD, "ReadWriteAll")


async def test_no_service_accepts_an_ended_session(system: System) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        for _ in range(SESSIONS):
            planes = await Planes.sign_in(system, http, NAME, PASSWORD)
            assert await planes.statuses() == ACCEPTED
            await planes.sign_out()
            assert await planes.statuses() == REFUSED


async def test_a_disabled_user_and_changed_rights_are_refused_everywhere_at_once(system: System) -> None:
    name = "rosa"
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
    for _ in range(KEYS):
        made = admin.request("POST", "/api/v1/keys", json={"name": "short", "expires_in_days": 1}).json()
        headers = {"Authorization": f"Bearer {made['secret']}"}
        assert httpx.get(f"{system.registry}/api/v1/buckets", headers=headers).status_code == 200
        assert admin.request("DELETE", f"/api/v1/keys/{made['api_key']['id']}").status_code == 204
        assert httpx.get(f"{system.registry}/api/v1/buckets", headers=headers).status_code == 401


def is_replaced(system: System, auth: int) -> bool:
    pids = json.loads((system.data / "run.json").read_text())["pids"]
    return pids.get("auth", auth) != auth and system.is_ready()


async def test_an_ended_session_is_refused_after_auth_was_restarted(system: System) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        for _ in range(3):
            planes = await Planes.sign_in(system, http, NAME, PASSWORD)
            assert await planes.statuses() == ACCEPTED
            before = system.kill("auth")
            eventually(partial(is_replaced, system, before), 60)
            await planes.sign_out()
            assert await planes.statuses() == REFUSED
