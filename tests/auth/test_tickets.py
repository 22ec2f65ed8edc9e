"""Tickets: links that let their holder read one address, as long as the session of their maker lasts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
import pytest
from jose import jwt
from support.worlds.auth_world import INTERNAL, Given, app_with, bearer, client_of, settings_for

from auth.db.stores import Stores
from auth.services.keys import KeyService
from shared import tickets
from shared.db.engine import transaction
from shared.schemas.principal import Level
from shared.testing.credentials import FakeVendor

TICKETS = "/api/v1/tickets"
PICTURE: dict[str, Any] = {"path": "/-/thumbnail", "query": {"bucket": "b-1", "key": "a b/ü&=.png", "size": "256"}}


async def make(client: httpx.AsyncClient, caller: dict[str, str], **wanted: Any) -> dict[str, Any]:
    answer = await client.post(TICKETS, headers=caller, json=wanted or PICTURE)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def resolved(client: httpx.AsyncClient, ticket: str) -> httpx.Response:
    return await client.post("/internal/tickets", headers=INTERNAL, json={"ticket": ticket})


async def key_of(client: httpx.AsyncClient) -> Any:
    return (await client.get("/.well-known/jwks.json")).json()["keys"][0]


async def test_a_ticket_is_bound_to_one_address(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy")
    made = await make(client, amy, **PICTURE, seconds=60)
    url = urlsplit(made["url"])
    assert (f"{url.scheme}://{url.netloc}", url.path) == ("http://proxy.test", "/-/thumbnail")
    named = parse_qsl(url.query, strict_parsing=True)
    assert dict(named) == PICTURE["query"] | {"ticket": made["ticket"]}
    claims = tickets.verify(made["ticket"], await key_of(client), issuer="http://registry.test")
    assert claims.address == tickets.address_digest(url.path, [each for each in named if each[0] != "ticket"])
    life = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(seconds=50) < life <= timedelta(seconds=60)
    assert claims.expires_at == datetime.fromisoformat(made["expires_at"])
    principal = (await resolved(client, made["ticket"])).json()["principal"]
    assert (
        principal
        == (
            await client.post("/internal/principal", headers=INTERNAL, json={"token": amy["Authorization"][7:]})
        ).json()["principal"]
    )


def test_the_digest_of_an_address_tells_every_difference() -> None:
    one = tickets.address_digest("/-/rows", [("a", "1"), ("b", "2")])
    assert one == tickets.address_digest("/-/rows", [("b", "2"), ("a", "1")])
    others = [
        ("/-/row", [("a", "1"), ("b", "2")]),
        ("/-/rows", [("a", "1")]),
        ("/-/rows", [("a", "1"), ("b", "2"), ("b", "2")]),
        ("/-/rows", [("a", "1&b=2")]),
        ("/-/rows", [("a", "1"), ("b", "2"), ("c", "")]),
    ]
    assert one not in {tickets.address_digest(*each) for each in others}


async def test_a_thousand_tickets_come_in_one_answer(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy")
    items = [{"path": "/-/thumbnail", "query": {"bucket": "b", "key": f"{number}.png"}} for number in range(1_000)]
    made = (await make(client, amy, items=items))["items"]
    assert len({each["ticket"] for each in made}) == 1_000
    assert all(f"key={number}.png&" in each["url"] for number, each in enumerate(made))
    assert (await client.post(TICKETS, headers=amy, json={"items": [*items, items[0]]})).status_code == 422


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"items": []},
        {"path": "/api/v1/sessions"},
        {"path": "/lab/secret.txt"},
        {"path": "/-/rows?bucket=b"},
        {"path": "/-/rows#x"},
        {"path": "/-/rows\n"},
        {"path": "/-/rows", "query": {"ticket": "x"}},
        {"path": "/-/rows", "query": {"A=1&b": "x"}},
        {"path": "/-/rows", "query": {"bucket": "a\nb"}},
        {"path": "/-/rows", "seconds": 3601},
        {"path": "/-/rows", "seconds": 0},
        {"path": "/-/rows", "method": "PUT"},
    ],
)
async def test_tickets_for_other_things_than_reading_a_file_are_refused(
    given: Given, client: httpx.AsyncClient, wanted: dict[str, Any]
) -> None:
    answer = await client.post(TICKETS, headers=await given.caller("amy"), json=wanted)
    assert answer.status_code == 422, answer.text


async def test_a_ticket_is_no_token_and_a_token_is_no_ticket(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy", roles=["ReadWriteAll"])
    ticket = (await make(client, amy))["ticket"]
    for path in ("/api/v1/sessions", "/api/auth/get_credentials", "/api/me"):
        assert (await client.get(path, headers=bearer(ticket))).status_code == 401, path
    assert (await client.post(TICKETS, headers=bearer(ticket), json=PICTURE)).status_code == 401
    assert (await client.post("/api/refresh", headers=bearer(ticket))).status_code == 401
    assert (await client.post("/api/token", data={"refresh_token": ticket})).status_code == 401
    assert (await client.post("/internal/principal", headers=INTERNAL, json={"token": ticket})).status_code == 401
    token = amy["Authorization"].removeprefix("Bearer ")
    assert (await resolved(client, token)).status_code == 401
    other = ticket.rpartition(".")[0] + "." + token.rpartition(".")[2]
    assert (await resolved(client, other)).status_code == 401
    forged = jwt.encode(
        jwt.get_unverified_claims(ticket),
        "k" * 32,
        algorithm="HS256",
        headers=jwt.get_unverified_header(ticket) | {"alg": "HS256"},
    )
    assert (await resolved(client, forged)).status_code == 401


async def test_a_ticket_ends_with_the_session_of_its_maker(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy")
    ticket = (await make(client, amy))["ticket"]
    assert (await resolved(client, ticket)).status_code == 200
    (session,) = (await client.get("/api/v1/sessions", headers=amy)).json()["items"]
    assert (await client.delete(f"/api/v1/sessions/{session['id']}", headers=amy)).status_code == 204
    assert (await resolved(client, ticket)).status_code == 401


async def test_an_api_key_makes_tickets_that_end_with_it(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy", is_admin=True)
    made = (await client.post("/api/v1/keys", headers=amy, json={"name": "nightly"})).json()
    ticket = (await make(client, bearer(made["secret"])))["ticket"]
    principal = (await resolved(client, ticket)).json()["principal"]
    assert (principal["kind"], principal["is_admin"]) == ("key", False)
    await client.delete(f"/api/v1/keys/{made['api_key']['id']}", headers=amy)
    assert (await resolved(client, ticket)).status_code == 401


async def test_an_expired_ticket_is_refused(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy")
    lasting = tickets.verify((await make(client, amy))["ticket"], await key_of(client), issuer=None)
    ended = replace(lasting, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    res = given.resources
    async with transaction(res.sessions) as session:
        (ticket,) = await KeyService(Stores(session), res.encryptor, res.settings).sign_tickets([ended])
    answer = await resolved(client, ticket)
    assert (answer.status_code, answer.json()["detail"]) == (401, "Token expired.")


async def test_who_made_a_ticket_is_in_the_audit_trail(given: Given, client: httpx.AsyncClient) -> None:
    made = await make(client, await given.caller("amy"))
    admin = bearer(await given.token("admin", "quilt"))
    answer = await client.get("/api/v1/admin/audit", params={"action": "Tickets.Create"}, headers=admin)
    (row,) = answer.json()["items"]
    assert (row["user"], row["target"], row["details"]["times"]) == ("amy", "address:/-/thumbnail", 1)
    assert row["details"]["parameters"] == PICTURE["query"]
    assert made["ticket"] not in answer.text


async def expired(given: Given, client: httpx.AsyncClient, caller: dict[str, str], kind: str, ago: timedelta) -> str:
    """A token or ticket of the caller's session that expired some time ago."""
    res, ends = given.resources, datetime.now(UTC) - ago
    claims = tickets.verify((await make(client, caller))["ticket"], await key_of(client), issuer=None)
    async with transaction(res.sessions) as session:
        keys = KeyService(Stores(session), res.encryptor, res.settings)
        if kind == "token":
            return (await keys.sign(claims.user_id, claims.session_id, -ago)).token
        return (await keys.sign_tickets([replace(claims, expires_at=ends)]))[0]


ROUTES = {"token": "/internal/principal", "ticket": "/internal/tickets"}


@pytest.mark.parametrize("kind", list(ROUTES))
async def test_an_answer_that_has_begun_goes_on_for_a_day_after_its_token_or_ticket_while_the_session_lasts(
    given: Given, client: httpx.AsyncClient, kind: str
) -> None:
    await given.role("Curators", {"b-1": Level.READ})
    amy = await given.caller("amy", roles=["Curators"])

    async def statuses(shown: str, *, begun: bool) -> list[int]:
        asked = {kind: shown, "begun": begun}
        resolution = await client.post(ROUTES[kind], headers=INTERNAL, json=asked)
        vended = await client.post("/internal/reads", headers=INTERNAL, json=asked | {"bucket": "b-1"})
        return [resolution.status_code, vended.status_code]

    recent = await expired(given, client, amy, kind, timedelta(hours=23))
    old = await expired(given, client, amy, kind, timedelta(hours=25))
    assert await statuses(recent, begun=True) == [200, 200]
    assert await statuses(recent, begun=False) == [401, 401]
    assert await statuses(old, begun=True) == [401, 401]
    answer = (await client.post(ROUTES[kind], headers=INTERNAL, json={kind: recent, "begun": True})).json()
    left = datetime.fromisoformat(answer["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=50) < left <= timedelta(hours=1)
    (session,) = (await client.get("/api/v1/sessions", headers=amy)).json()["items"]
    await client.delete(f"/api/v1/sessions/{session['id']}", headers=amy)
    assert await statuses(recent, begun=True) == [401, 401]


async def test_an_answer_that_has_begun_ends_with_its_api_key(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy")
    made = (await client.post("/api/v1/keys", headers=amy, json={"name": "nightly"})).json()
    asked = {"token": made["secret"], "begun": True}
    assert (await client.post("/internal/principal", headers=INTERNAL, json=asked)).status_code == 200
    await client.delete(f"/api/v1/keys/{made['api_key']['id']}", headers=amy)
    assert (await client.post("/internal/principal", headers=INTERNAL, json=asked)).status_code == 401


def test_every_address_of_a_set_is_proved_and_no_other() -> None:
    for count in (1, 2, 3, 5, 8, 1_000):
        paths = [f"/-/file/b/a/n/{number}" for number in range(count)]
        members = tickets.AddressTree([tickets.address_digest(path, ()) for path in paths])
        claims = tickets.TicketClaims(uuid4(), uuid4(), members.root, datetime.now(UTC), is_set=True)
        shown = [members.ticket("a.b.c", position) for position in range(count)]
        for at in {0, count // 2, count - 1}:
            assert claims.permits(shown[at], paths[at], ())
            assert not claims.permits(shown[at], f"{paths[at]}x", ())
            assert not claims.permits(shown[at], paths[at], [("download", "1")])
            assert claims.permits(shown[at], paths[at - 1], ()) is (count == 1)


def test_a_proof_that_was_changed_proves_nothing() -> None:
    paths = [f"/-/file/b/a/n/{number}" for number in range(5)]
    members = tickets.AddressTree([tickets.address_digest(path, ()) for path in paths])
    claims = tickets.TicketClaims(uuid4(), uuid4(), members.root, datetime.now(UTC), is_set=True)
    signed, _, proof = members.ticket("a.b.c", 0).partition(tickets.PROOF_MARK)
    for broken in ("", "?", proof[:-1], proof[43:], proof + proof[:43], "A" * len(proof), "A" * 43 * 40):
        assert not claims.permits(f"{signed}{tickets.PROOF_MARK}{broken}", paths[0], ()), broken
    assert not claims.permits(signed, paths[0], ())
    # A node of the tree is no address, and the root of a set is no address of a ticket for one.
    assert not replace(claims, is_set=False).permits(signed, paths[0], ())
    one = tickets.address_digest(paths[0], ())
    single = replace(claims, address=one, is_set=False)
    assert single.permits(signed, paths[0], ())
    assert not single.permits(f"{signed}{tickets.PROOF_MARK}", paths[0], ())
    assert not replace(single, is_set=True).permits(f"{signed}{tickets.PROOF_MARK}", paths[0], ())


async def test_a_set_of_tickets_is_signed_for_a_session_that_stands_and_ends_with_it(
    given: Given, client: httpx.AsyncClient
) -> None:
    amy = await given.caller("amy")
    asked = {"token": amy["Authorization"][7:]}
    principal = (await client.post("/internal/principal", headers=INTERNAL, json=asked)).json()["principal"]
    path = "/-/file/b/amy/wine/aa/a.csv"
    members = tickets.AddressTree([tickets.address_digest(path, ()), tickets.address_digest(f"{path}.gz", ())])
    wanted = {name: principal[name] for name in ("user_id", "session_id")} | {"root": members.root, "seconds": 60}
    answer = await client.post("/internal/ticket-sets", headers=INTERNAL, json=wanted)
    assert answer.status_code == 200, answer.text
    ticket = members.ticket(answer.json()["ticket"], 0)
    claims = tickets.verify(ticket, await key_of(client), issuer="http://registry.test")
    assert claims.permits(ticket, path, ())
    assert (await resolved(client, ticket)).json()["principal"] == principal
    for wrong in ({**wanted, "seconds": 3_601}, {**wanted, "root": "x"}):
        assert (await client.post("/internal/ticket-sets", headers=INTERNAL, json=wrong)).status_code == 422
    assert (await client.post("/internal/ticket-sets", headers=amy, json=wanted)).status_code == 403
    (session,) = (await client.get("/api/v1/sessions", headers=amy)).json()["items"]
    await client.delete(f"/api/v1/sessions/{session['id']}", headers=amy)
    assert (await resolved(client, ticket)).status_code == 401
    assert (await client.post("/internal/ticket-sets", headers=INTERNAL, json=wanted)).status_code == 401


@pytest.fixture
async def reader(given: Given) -> dict[str, str]:
    await given.role("Curators", {"b-1": Level.READ_WRITE})
    return await given.caller("amy", roles=["Curators"])


@pytest.mark.parametrize("presented", ["token", "ticket"])
async def test_the_s3_proxy_gets_credentials_that_read_one_bucket(
    client: httpx.AsyncClient, reader: dict[str, str], vendor: FakeVendor, presented: str
) -> None:
    shown = reader["Authorization"][7:] if presented == "token" else (await make(client, reader))["ticket"]
    asked = {presented: shown, "bucket": "b-1"}
    vended = (await client.post("/internal/reads", headers=INTERNAL, json=asked)).json()
    assert (vended["principal"]["name"], vended["access_key_id"]) == ("amy", "ASIA0000000000000001")
    ((_, policy, seconds),) = vendor.vended
    assert seconds == 900
    assert "arn:aws:s3:::b-1/*" in str(policy)
    assert "s3:Put" not in str(policy)
    assert "s3:Delete" not in str(policy)
    for wrong in (
        {presented: shown, "bucket": "b-2"},
        {presented: shown, "bucket": "*"},
    ):
        assert (await client.post("/internal/reads", headers=INTERNAL, json=wrong)).status_code == 404
    (session,) = (await client.get("/api/v1/sessions", headers=reader)).json()["items"]
    await client.delete(f"/api/v1/sessions/{session['id']}", headers=reader)
    assert (await client.post("/internal/reads", headers=INTERNAL, json=asked)).status_code == 401
    assert len(vendor.vended) == 1


async def test_without_sts_there_are_no_credentials_for_reading(given: Given) -> None:
    amy = await given.caller("amy", roles=["ReadWriteAll"])
    async with client_of(
        app_with(replace(given.resources, settings=settings_for("postgresql+asyncpg://unused", sts=False)))
    ) as other:
        asked = {"token": amy["Authorization"][7:], "bucket": "b-1"}
        assert (await other.post("/internal/reads", headers=INTERNAL, json=asked)).status_code == 400
