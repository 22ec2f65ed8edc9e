"""Mails about sign-ins from a new place, new keys and changed addresses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from support.worlds.auth_world import PASSWORD, Given, bearer, client_of, settings_for, text_of

from auth.main import furnish
from auth.resources import AuthResources
from auth.services.mail.notices import describe_device

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LATER_FIREFOX = FIREFOX.replace("140", "141")
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"
HOME, CAFE = "192.0.2.7", "198.51.100.20"


@asynccontextmanager
async def given_with(resources: AuthResources, app: FastAPI, **settings: Any) -> AsyncIterator[Given]:
    changed = settings_for(resources.settings.database.url.get_secret_value(), **{"security_mails": True, **settings})
    settled = replace(resources, settings=changed)
    furnish(app, settled)
    async with client_of(app) as client:
        yield Given(settled, client)


@pytest.fixture
async def given(resources: AuthResources, app: FastAPI) -> AsyncIterator[Given]:
    async with given_with(resources, app) as given:
        await given.user("amy")
        await given.mails()
        yield given


async def sign_in(app: FastAPI, address: str, user_agent: str) -> str:
    transport = httpx.ASGITransport(app, client=(address, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://registry.test") as client:
        body = {"username": "amy", "password": PASSWORD}
        answer = await client.post("/api/v1/session", json=body, headers={"User-Agent": user_agent})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["token"])


async def test_a_sign_in_from_another_browser_or_address_is_mailed_once(app: FastAPI, given: Given) -> None:
    await sign_in(app, HOME, FIREFOX)
    assert await given.mails() == [], "the first one to a new account is no news"
    await sign_in(app, HOME, FIREFOX)
    await sign_in(app, HOME, LATER_FIREFOX)
    assert await given.mails() == [], "nor is a new version of the browser"
    await sign_in(app, CAFE, FIREFOX)
    (mail,) = await given.mails()
    assert (mail["To"], mail["Subject"]) == ("amy@example.com", "New sign-in to your Patchwork account")
    assert "with Firefox on Linux, from 198.51.100.20, on" in " ".join(text_of(mail).split())
    assert "http://catalog.test/account/sessions" in text_of(mail)
    await sign_in(app, HOME, SAFARI)
    (mail,) = await given.mails()
    assert "Safari on macOS" in " ".join(text_of(mail).split())
    await sign_in(app, CAFE, FIREFOX)
    assert await given.mails() == []


async def test_the_first_sign_in_for_a_long_time_is_mailed(app: FastAPI, given: Given) -> None:
    await given.sql("UPDATE auth.user SET created_at = now() - interval '8 days' WHERE name = 'amy'")
    await sign_in(app, HOME, FIREFOX)
    assert [mail["Subject"] for mail in await given.mails()] == ["New sign-in to your Patchwork account"]


async def test_addresses_in_one_ipv6_network_are_one_place(app: FastAPI, given: Given) -> None:
    for address in ("2001:db8:1:2::7", "2001:db8:1:2:aaaa::9"):
        await sign_in(app, address, FIREFOX)
    assert await given.mails() == []
    await sign_in(app, "2001:db8:1:3::7", FIREFOX)
    assert len(await given.mails()) == 1


async def test_a_client_that_signs_in_with_a_code_elsewhere_is_mailed(app: FastAPI, given: Given) -> None:
    caller = bearer(await sign_in(app, HOME, FIREFOX))
    code = (await given.client.get("/api/code", headers=caller)).json()["code"]
    agent = {"User-Agent": "quilt-python/7.0.0 (Linux 6.1) CPython/3.12.1"}
    assert (await given.client.post("/api/token", data={"refresh_token": code}, headers=agent)).status_code == 200
    (mail,) = await given.mails()
    assert "quilt-python on Linux" in " ".join(text_of(mail).split())


async def test_a_new_api_key_is_mailed_to_its_owner(given: Given) -> None:
    caller = bearer(await given.token("amy"))
    made = await given.client.post("/api/v1/keys", headers=caller, json={"name": "nightly import"})
    (mail,) = await given.mails()
    assert (mail["To"], mail["Subject"]) == ("amy@example.com", "New API key of your Patchwork account")
    assert '"nightly import"' in text_of(mail)
    assert made.json()["secret"] not in text_of(mail)


async def test_a_new_s3_key_pair_is_mailed_to_its_owner(given: Given) -> None:
    caller = bearer(await given.token("amy"))
    key = (await given.client.post("/api/v1/keys", headers=caller, json={"name": "nightly import"})).json()["api_key"]
    await given.mails()
    made = await given.client.post(f"/api/v1/keys/{key['id']}/s3", headers=caller)
    (mail,) = await given.mails()
    assert (mail["To"], mail["Subject"]) == ("amy@example.com", "New S3 key pair of your Patchwork account")
    assert '"nightly import"' in text_of(mail)
    assert made.json()["secret_access_key"] not in text_of(mail)


async def test_a_changed_address_is_mailed_to_the_old_one(given: Given) -> None:
    admin = await given.admin()
    await given.mails()
    body = {"email": "thief@example.com"}
    assert (await given.client.patch("/api/v1/admin/users/amy", headers=admin, json=body)).status_code == 200
    (mail,) = await given.mails()
    assert (mail["To"], mail["Subject"]) == ("amy@example.com", "E-mail address of your Patchwork account changed")
    assert "thief" not in text_of(mail)


@pytest.mark.parametrize("settings", [{"security_mails": False}, {"mail": None}])
async def test_none_are_queued_where_they_are_off(
    resources: AuthResources, app: FastAPI, settings: dict[str, Any]
) -> None:
    async with given_with(resources, app, **settings) as given:
        await given.user("amy")
        before = await given.count("mail")
        caller = bearer(await sign_in(app, HOME, FIREFOX))
        await sign_in(app, CAFE, SAFARI)
        await given.client.post("/api/v1/keys", headers=caller, json={"name": "k"})
        body = {"email": "amy@example.org"}
        await given.client.patch("/api/v1/admin/users/amy", headers=await given.admin(), json=body)
        assert await given.count("mail") == before


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Safari on macOS"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", "Chrome on Android"),
        ("quilt-python/7.0.0 (Linux 6.1) CPython/3.12.1", "quilt-python on Linux"),
        ("curl/8.5.0", "curl"),
        ("https://evil.test/ Call this number", "https"),
        ("", "an unknown program"),
    ],
)
def test_a_device_is_described_without_the_words_of_its_sender(user_agent: str, device: str) -> None:
    assert describe_device(user_agent) == device
