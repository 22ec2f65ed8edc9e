"""Limits count by network, an owner is not locked out, and networks take turns at the hasher."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from support.worlds.auth_world import PASSWORD, Given, bearer

from auth.errors import TooManyConcurrentLogins
from auth.passwords import MAX_CONCURRENT_LOGINS, MAX_WAITING_LOGINS_OF_NETWORK, Hasher
from auth.services.limits import LOGINS, REGISTRATIONS
from auth.services.oauth.server import MAX_UNUSED_TOOLS
from shared.networks import WIDE_NETWORK_FACTOR

HOME, HOME_LATER = "2001:db8:1:1::1", "2001:db8:1:1::2"
"""Addresses of an owner, in one network."""
TOOL = {"client_name": "A tool", "redirect_uris": ["http://127.0.0.1/callback"]}


async def post(app: FastAPI, address: str, path: str, body: object) -> httpx.Response:
    async with client_at(app, address) as client:
        return await client.post(path, json=body)


def client_at(app: FastAPI, address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url="http://registry.test")


async def sign_in(app: FastAPI, address: str, username: str, password: str = "wrong") -> int:  # noqa: S107
    return (await post(app, address, "/api/login", {"username": username, "password": password})).status_code


async def test_failed_sign_ins_are_limited_for_all_addresses_of_a_network(app: FastAPI) -> None:
    tried = [await sign_in(app, f"2001:db8::{host:x}", f"user{host}") for host in range(LOGINS.network + 2)]
    assert tried == [401] * LOGINS.network + [429, 429]
    assert await sign_in(app, "2001:db8:0:1::1", "user0") == 401


async def test_failed_sign_ins_are_limited_for_all_networks_of_a_wide_network(app: FastAPI, given: Given) -> None:
    most = LOGINS.network * WIDE_NETWORK_FACTOR
    await given.sql(
        "INSERT INTO auth.attempt (kind, subject, address, at)"  # noqa: S608
        f" SELECT 'login', '\\x', '2001:db8::/48', now() FROM generate_series(1, {most - 2})"
    )
    assert [await sign_in(app, f"2001:db8:0:{net:x}::1", f"user{net}") for net in range(3)] == [401, 401, 429]
    assert await sign_in(app, "2001:db8:1::1", "user") == 401


async def test_a_locked_account_opens_for_its_owner_in_a_network_they_signed_in_from(
    app: FastAPI, given: Given
) -> None:
    await given.user("amy")
    assert await sign_in(app, HOME, "amy", PASSWORD) == 200
    guesses = [await sign_in(app, f"2001:db8:{site:x}::1", "amy") for site in range(2, LOGINS.subject or 0)]
    assert set(guesses) == {401}
    assert [await sign_in(app, f"2001:db9:{site:x}::1", "amy") for site in range(4)] == [401, 401, 429, 429]
    assert await sign_in(app, "192.0.2.1", "amy", PASSWORD) == 429
    signed_in = await post(app, HOME_LATER, "/api/login", {"username": "amy", "password": PASSWORD})
    assert signed_in.status_code == 200
    headers, change = bearer(signed_in.json()["token"]), {"current": PASSWORD, "password": "another long password"}
    for address, status in (("192.0.2.1", 429), (HOME, 204)):
        async with client_at(app, address) as client:
            changed = await client.put("/api/v1/accounts/password", json=change, headers=headers)
        assert changed.status_code == status, changed.text


async def test_guesses_from_a_known_network_of_a_locked_account_are_limited(app: FastAPI, given: Given) -> None:
    user = await given.user("amy")
    assert await sign_in(app, HOME, "amy", PASSWORD) == 200
    await given.sql(
        "INSERT INTO auth.attempt (kind, subject, address, at) SELECT 'login', "  # noqa: S608
        f"sha256('{user.id}'), '192.0.2.' || n, now() FROM generate_series(1, 100) n"
    )
    tried = [await sign_in(app, HOME_LATER, "amy") for _ in range(LOGINS.both + 1)]
    assert tried == [401] * LOGINS.both + [429]
    assert await sign_in(app, HOME_LATER, "amy", PASSWORD) == 429


async def test_registrations_of_tools_are_limited_for_all_addresses_of_a_network(app: FastAPI) -> None:
    answers = [
        await post(app, f"2001:db8::{host:x}", "/auth/register", TOOL) for host in range(REGISTRATIONS.network + 1)
    ]
    assert [each.status_code for each in answers] == [201] * REGISTRATIONS.network + [429]


async def test_the_oldest_unused_tools_make_room_for_new_ones(app: FastAPI, given: Given) -> None:
    await given.sql(
        "INSERT INTO auth.oauth_client (id, name, redirect_uris, created_at, last_used_at) SELECT 't' || n, 't', '[]',"  # noqa: S608
        f" now() - n * interval '1 second', CASE WHEN n = {MAX_UNUSED_TOOLS + 1} THEN now() END"
        f" FROM generate_series(1, {MAX_UNUSED_TOOLS + 1}) n"
    )
    assert (await post(app, "192.0.2.1", "/auth/register", TOOL)).status_code == 201
    assert await given.matches("oauth_client", "last_used_at IS NULL") == MAX_UNUSED_TOOLS
    oldest = f"id IN ('t{MAX_UNUSED_TOOLS}', 't{MAX_UNUSED_TOOLS + 1}')"
    assert await given.matches("oauth_client", f"{oldest} AND last_used_at IS NOT NULL") == 1
    assert await given.matches("oauth_client", oldest) == 1


async def test_those_who_wait_from_one_network_do_not_hold_up_another() -> None:
    hasher = Hasher(time_cost=1, memory_kib=16)
    served: list[str] = []

    async def hold(address: str, go: asyncio.Event) -> None:
        async with hasher.slot(address):
            await go.wait()
            served.append(address)

    first, later = asyncio.Event(), asyncio.Event()
    flood = [asyncio.create_task(hold("2001:db8::1", first)) for _ in range(MAX_CONCURRENT_LOGINS)]
    await asyncio.sleep(0)
    flood += [asyncio.create_task(hold(f"2001:db8::{host:x}", later)) for host in range(40)]
    await asyncio.sleep(0)
    right = asyncio.create_task(hold("192.0.2.1", later))
    await asyncio.sleep(0)
    later.set()
    first.set()
    await right
    assert served.index("192.0.2.1") <= MAX_CONCURRENT_LOGINS + 2
    await asyncio.gather(*flood)
    hasher.close()


async def test_a_network_may_not_take_all_places_of_those_who_wait() -> None:
    hasher = Hasher(time_cost=1, memory_kib=16)
    go = asyncio.Event()

    async def hold(address: str) -> None:
        async with hasher.slot(address):
            await go.wait()

    many = MAX_CONCURRENT_LOGINS + MAX_WAITING_LOGINS_OF_NETWORK
    flood = [asyncio.create_task(hold(f"2001:db8::{host:x}")) for host in range(many)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyConcurrentLogins):
        await hold("2001:db8::ffff")
    other = asyncio.create_task(hold("192.0.2.1"))
    go.set()
    await asyncio.gather(other, *flood)
    hasher.close()
