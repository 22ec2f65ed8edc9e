"""API keys in the real client, and revoked keys, logouts and disabled users in all services."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.worlds.system import BUCKET, HTTP, REGISTRY, ROOT, Api, Client, System, eventually

ACTS = ROOT / "tests" / "support" / "foreign" / "key_acts.py"
EFFECT_SECONDS = 10


def act(client: Client, name: str, *arguments: str) -> Any:
    done = client.attempt("python", ACTS, name, *arguments)
    assert done.returncode == 0, f"{name}: {done.stdout}\n{done.stderr}"
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def owner(system: System, homes: Path) -> Client:
    system.create_user("kim", "kim's password", "ReadWriteAll")
    kim = Client(homes / "kim", system)
    kim.sign_in("kim", "kim's password")
    return kim


@pytest.fixture(scope="module")
def story(owner: Client) -> dict[str, Any]:
    told: dict[str, Any] = act(owner, "own")
    return told


@pytest.mark.long
def test_owners_manage_their_api_keys(story: dict[str, Any]) -> None:
    key = {"name": "first", "status": "ACTIVE", "user_email": "kim@example.com", "used": False, "days": 7}
    assert story["created"].items() >= key.items()
    assert story["got"] == story["created"]
    assert story["nothing"] is None
    assert story["listed"] == ["first", "second"]
    assert (story["by name"], story["by fingerprint"], story["expired"]) == (["first"], ["second"], [])
    assert story["failures"] == ["APIKeyError"] * 4 + ["ValueError"]
    assert story["left"] == ["first"]


def test_a_program_works_with_an_api_key_alone(story: dict[str, Any], system: System, homes: Path) -> None:
    program = Client(homes / "program", system)
    told = act(program, "headless", system.catalog, story["secret"], "kim/made-by-a-program", REGISTRY)
    assert told == {"same": True, "text": "made by a program", "logged_in": True, "keys": ["first"], "hits": True}


@pytest.mark.long
def test_administrators_manage_the_api_keys_of_all_users(story: dict[str, Any], system: System, homes: Path) -> None:
    admin = Client(homes / "key-admin", system)
    admin.sign_in("admin", "quilt")
    told = act(admin, "administer", "kim@example.com")
    assert told["got"]["id"] == story["created"]["id"]
    assert (told["nothing"], told["of nobody"], told["expired"], told["left"]) == (None, [], [], [])
    assert told["by name"] == ["first"]
    assert told["failure"] == "Quilt3AdminError"


def test_the_client_reports_a_refused_api_key(system: System, homes: Path) -> None:
    told = act(Client(homes / "stranger", system), "refused", system.catalog, f"qk_{'x' * 38}")
    assert "Check your credentials or API key" in told


def test_revoked_keys_logouts_and_disabled_users_take_effect_everywhere(system: System) -> None:
    admin, password = system.sign_in(), "a password of theirs"
    callers: dict[str, Api] = {}
    for name in ("ends-key", "logs-out", "is-disabled"):
        new = {"name": name, "email": f"{name}@example.com", "password": password}
        assert admin.request("POST", "/api/v1/admin/users", json=new).status_code == 201
        callers[name] = system.sign_in(name, password)
    session, made = callers["ends-key"], callers["ends-key"].request("POST", "/api/v1/keys", json={"name": "k"}).json()
    callers["ends-key"] = Api(system.registry, made["secret"])
    assert not any(map(_refused, callers.values()))
    session.request("DELETE", f"/api/v1/keys/{made['api_key']['id']}")
    callers["logs-out"].request("POST", "/api/logout")
    admin.request("POST", "/api/v1/admin/users/is-disabled/disable")
    eventually(lambda: all(map(_refused, callers.values())), EFFECT_SECONDS)
    assert {caller.request("GET", "/api/me").status_code for caller in callers.values()} == {401}
    assert not _refused(session)


def _refused(caller: Api) -> bool:
    """Return whether the registry refuses the caller."""
    return caller.request("GET", f"/api/v1/buckets/{BUCKET}").status_code == 401


@pytest.mark.long
def test_people_sign_up_with_the_mail_that_the_local_system_keeps(system: System) -> None:
    wanted = {"username": "newcomer", "email": "newcomer@example.com", "password": "one good password"}
    assert HTTP.post(f"{system.registry}/api/register", json=wanted).status_code == 200
    mails = system.data / "mail" / "new"

    def link() -> str:
        texts = [mail.read_text() for mail in mails.iterdir()] if mails.is_dir() else []
        texts = [text for text in texts if wanted["email"] in text]
        found = [word for text in texts for word in text.split() if word.startswith(f"{system.registry}/activate/")]
        return found[0] if found else ""

    eventually(link, EFFECT_SECONDS)
    answer = HTTP.get(link(), follow_redirects=False)
    shown = answer.headers["location"].removeprefix(f"{system.catalog}/confirm/")
    confirmed = HTTP.post(f"{system.registry}/api/v1/accounts/activate", json={"link": shown})
    assert confirmed.status_code == 204
    assert system.sign_in("newcomer", "one good password")
