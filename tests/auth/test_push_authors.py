"""Pushes that clients wrote straight to S3 are matched to users by the names of their role sessions."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from support.worlds.auth_world import INTERNAL, Given, bearer

from auth.db.stores import Stores
from auth.services.housekeeping import prune_expired
from auth.services.keys import KeyService
from shared.clients.auth import AuthClient
from shared.db.engine import transaction
from shared.schemas.activity import PackageEventQuestion
from shared.schemas.audit import AuditEvent, Caller, Outcome
from shared.schemas.caller import CallerQuestion
from shared.schemas.principal import Level, Principal
from shared.schemas.push_author import WrittenPointer
from shared.testing.credentials import FakeVendor

PUSH, LATEST = ".quilt/named_packages/amy/wine/1785312000", ".quilt/named_packages/amy/wine/latest"
SECOND_LAYOUT = f".quilt/v2/manifests/amy@wine/{'a' * 64}/manifest.jsonl"


@pytest.fixture
async def service(app: FastAPI) -> AsyncIterator[AuthClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://auth.test", headers=INTERNAL) as http:
        yield AuthClient(http)


def written(key: str, etag: str, session: str | None = None) -> WrittenPointer:
    return WrittenPointer(bucket="b-1", key=key, etag=etag, session=session)


async def new_session(given: Given, vendor: FakeVendor, user: str) -> str:
    """The name of the role session of credentials that the user's client gets."""
    token = await given.token(user)
    assert (await given.client.get("/api/auth/get_credentials", headers=bearer(token))).status_code == 200
    return vendor.vended[-1][0]


@pytest.fixture
async def sessions(given: Given, vendor: FakeVendor) -> dict[str, str]:
    await given.role("Curators", {"b-1": Level.READ_WRITE})
    for user in ("amy", "ben"):
        await given.user(user, roles=["Curators"])
    return {user: await new_session(given, vendor, user) for user in ("amy", "ben")}


async def pushes_in_the_trail(given: Given) -> list[dict[str, Any]]:
    answer = await given.client.get("/api/v1/admin/audit?action=Packages.Push", headers=await given.admin())
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_an_author_is_found_by_the_session_and_known_from_then_on(
    service: AuthClient, sessions: dict[str, str]
) -> None:
    assert await service.push_authors([written(PUSH, "1"), written(LATEST, "1", "elsewhere")]) == [None, None]
    asked = [written(PUSH, "1", sessions["amy"]), written(LATEST, "1", sessions["ben"])]
    assert await service.push_authors(asked) == ["amy", "ben"]
    assert await service.push_authors([written(LATEST, "1"), written(PUSH, "1")]) == ["ben", "amy"]
    # Other content at the same key was written by somebody unknown, until a session says who.
    assert await service.push_authors([written(LATEST, "2"), written(PUSH, "1", "elsewhere")]) == [None, "amy"]
    assert await service.push_authors([written(LATEST, "2", sessions["amy"])]) == ["amy"]
    assert await service.push_authors([written(LATEST, "2"), written(LATEST, "1")]) == ["amy", None]


async def test_a_push_of_a_client_is_one_event_of_the_audit_trail(
    given: Given, service: AuthClient, sessions: dict[str, str]
) -> None:
    told = [written(key, "1", sessions["amy"]) for key in (PUSH, LATEST, SECOND_LAYOUT, "data.csv")]
    for _ in range(2):  # events may come twice
        await service.push_authors(told)
    rows = await pushes_in_the_trail(given)
    assert [(row["user"], row["target"], row["outcome"]) for row in rows] == [
        ("amy", "package:b-1/amy/wine", "done")
    ] * 2
    assert {row["details"]["key"] for row in rows} == {PUSH, SECOND_LAYOUT}
    assert all(row["details"]["access_key_id"].startswith("ASIA") for row in rows)


@pytest.mark.usefixtures("sessions")
async def test_sessions_of_services_are_nobodys_pushes(given: Given, service: AuthClient, vendor: FakeVendor) -> None:
    answer = await given.client.post("/internal/principal", headers=INTERNAL, json={"token": await given.token("amy")})
    principal = Principal.model_validate(answer.json()["principal"])
    await service.credentials(CallerQuestion(user_id=principal.user_id, session_id=principal.session_id))
    assert await service.push_authors([written(PUSH, "1", vendor.vended[-1][0])]) == [None]
    assert await pushes_in_the_trail(given) == []


async def test_session_names_are_kept_for_as_long_as_a_queue_keeps_events(
    given: Given, service: AuthClient, sessions: dict[str, str]
) -> None:
    for days, names in ((14, ["amy"]), (16, [None])):
        await given.sql(f"UPDATE auth.role_session SET expires_at = now() - interval '{days} days'")  # noqa: S608
        await given.sql("UPDATE auth.credential SET expires_at = now() - interval '1 day'")
        async with transaction(given.resources.sessions) as session:
            stores = Stores(session)
            keys = KeyService(stores, given.resources.encryptor, given.resources.settings)
            await prune_expired(stores, keys, audit_days=400)
        assert await service.push_authors([written(PUSH, str(days), sessions["amy"])]) == names
    assert await service.push_authors([written(PUSH, "14")]) == ["amy"]


async def test_the_trail_tells_the_events_of_a_package(service: AuthClient, sessions: dict[str, str]) -> None:
    await service.push_authors([written(PUSH, "1", sessions["amy"])])
    promotion = AuditEvent(
        service="registry",
        action="Packages.Promote",
        target="package:b-1/amy/wine",
        details={"job": "1", "top_hash": "a" * 64},
        caller=Caller(user="ben"),
    )
    others = [
        promotion.model_copy(update={"outcome": Outcome.REFUSED}),
        promotion.model_copy(update={"target": "package:b-1/amy/beer"}),
        promotion.model_copy(update={"action": "Packages.Download"}),
    ]
    await service.add_audit_events([promotion, *others])
    question = PackageEventQuestion(bucket="b-1", name="amy/wine", limit=10, top_hashes=["a" * 64])
    found = await service.package_events(question)
    assert [(each.action, each.user, each.top_hash, each.key) for each in found.events] == [
        ("Packages.Promote", "ben", "a" * 64, None),
        ("Packages.Push", "amy", None, PUSH),
    ]
    assert found.makers == found.events[:1]
    second = await service.package_events(question.model_copy(update={"before": found.events[0].id, "keys": [PUSH]}))
    assert second.events == found.events[1:]
    assert second.makers == found.events
