"""The audit trail: its records, its readers, and its protection against changes."""

import json
from datetime import UTC, datetime
from typing import cast

import httpx
import pytest
from sqlalchemy.exc import DBAPIError
from support.worlds.auth_world import INTERNAL, Given, app_with, client_of

from auth.db.stores import Stores
from auth.main import furnish, write_audit
from auth.services.audit import record
from shared.audit import AuditQueue
from shared.caller import HEADER, bound
from shared.db.cursors import encode_cursor
from shared.db.engine import transaction
from shared.schemas.audit import AuditEvent, Caller

AUDIT = "/api/v1/admin/audit"


async def write(given: Given, *actions: str, target: str = "") -> None:
    async with transaction(given.resources.sessions) as session:
        for action in actions:
            await record(Stores(session), action, target)


async def seen(given: Given, headers: dict[str, str], **wanted: str) -> list[dict[str, object]]:
    answer = await given.client.get(AUDIT, headers=headers, params=wanted)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, object]] = answer.json()["items"]
    return items


async def test_audit_records_have_user_address_and_request(given: Given) -> None:
    admin = await given.admin()
    caller = Caller(user="amy", credential="session:1", address="192.0.2.7", user_agent="curl", request_id="r1")
    with bound(caller):
        await write(given, "Tests.Wave", target="user:bob")
    (found,) = await seen(given, admin, action="Tests")
    assert found == {
        "id": found["id"],
        "at": found["at"],
        "service": "auth",
        "action": "Tests.Wave",
        "outcome": "done",
        "user_id": None,
        "user": "amy",
        "credential": "session:1",
        "target": "user:bob",
        "reason": "",
        "address": "192.0.2.7",
        "user_agent": "curl",
        "request_id": "r1",
        "details": {},
    }
    assert (datetime.now(UTC) - datetime.fromisoformat(str(found["at"]))).total_seconds() < 10


async def test_audit_rows_cannot_be_changed_or_deleted(given: Given) -> None:
    await write(given, "Tests.Wave")
    for statement in ("UPDATE auth.audit SET action = ''", "DELETE FROM auth.audit", "TRUNCATE auth.audit"):
        with pytest.raises(DBAPIError, match="never changed or deleted"):
            await given.sql(statement)
    assert await seen(given, await given.admin(), action="Tests.Wave")


async def test_old_audit_records_are_pruned_and_the_pruning_is_recorded(given: Given) -> None:
    admin = await given.admin()
    await write(given, "Tests.Old", "Tests.Older")
    copied = """INSERT INTO auth.audit (at, service, action, outcome, "user", credential, target, reason, address,
        user_agent, request_id, details) SELECT at - interval '399 days' - interval '2 days' * (id % 2), service, 'Kept.Old',
        outcome, "user", credential, target, reason, address, user_agent, request_id, details FROM auth.audit
        WHERE action IN ('Tests.Old', 'Tests.Older')"""
    await given.sql(copied)
    await given.prune()
    assert len(await seen(given, admin, action="Kept.Old")) == 1
    (told,) = await seen(given, admin, action="Audit.Prune")
    assert cast("dict[str, object]", told["details"])["rows"] == 1
    assert len(await seen(given, admin, action="Tests")) == 2


async def test_the_audit_trail_is_filtered_and_paged(given: Given) -> None:
    admin = await given.admin()
    await write(given, "Tests.A", "Tests.B", "Tests.A", target="user:bob")
    await write(given, "TestsOther.A", "Tests.C")
    assert [each["action"] for each in await seen(given, admin, action="Tests")] == [
        "Tests.C",
        "Tests.A",
        "Tests.B",
        "Tests.A",
    ]
    assert len(await seen(given, admin, action="Tests.A")) == 2
    assert len(await seen(given, admin, target="user:bob")) == 3
    assert await seen(given, admin, outcome="refused", action="Tests") == []
    assert await seen(given, admin, action="Tests", until="2020-01-01T00:00:00Z") == []
    pages: list[str] = []
    cursor: str | None = None
    while cursor or not pages:
        params = {"action": "Tests", "limit": "3", **({"cursor": cursor} if cursor else {})}
        page = (await given.client.get(AUDIT, headers=admin, params=params)).json()
        pages.append("".join(each["action"][-1] for each in page["items"]))
        cursor = page["next"]
    assert pages == ["CAB", "A"]


async def test_the_audit_trail_is_exported_as_json_lines(given: Given) -> None:
    admin = await given.admin()
    await write(given, "Tests.A", "Tests.B")
    answer = await given.client.get(f"{AUDIT}.jsonl", headers=admin, params={"action": "Tests"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line)["action"] for line in answer.text.splitlines()] == ["Tests.A", "Tests.B"]


@pytest.mark.parametrize("path", [AUDIT, f"{AUDIT}.jsonl"])
async def test_only_administrators_read_the_audit_trail(given: Given, path: str) -> None:
    assert (await given.client.get(path)).status_code == 401
    assert (await given.client.get(path, headers=await given.caller("amy"))).status_code == 403


async def test_refusals_are_recorded_and_repetitions_counted(given: Given) -> None:
    trail = AuditQueue("auth", lambda events: write_audit(given.resources, events))
    app = app_with(given.resources)
    furnish(app, given.resources, trail)
    amy = await given.caller("amy")
    async with client_of(app) as client:
        for _ in range(3):
            assert (await client.get(AUDIT, headers=amy)).status_code == 403
        assert (await client.get(AUDIT, headers={"Authorization": "Bearer nonsense"})).status_code == 401
        assert (await client.get(AUDIT)).status_code == 401
    await trail.flush()
    admin = await given.admin()
    (refused,) = await seen(given, admin, action="Api.Refused")
    assert (refused["user"], refused["target"], refused["details"]) == ("amy", f"GET {AUDIT}", {"times": 3})
    assert str(refused["credential"]).startswith("session:")
    (failed,) = await seen(given, admin, action="Auth.Token")
    assert (failed["user"], failed["outcome"], failed["reason"]) == ("", "failed", "unauthenticated")


async def test_other_services_add_audit_records_for_their_callers(given: Given, client: httpx.AsyncClient) -> None:
    event = AuditEvent(service="registry", action="Buckets.Add", target="bucket:b-1", caller=Caller(user="amy"))
    body = {"events": [event.model_dump(mode="json")]}
    assert (await client.post("/internal/audit", json=body)).status_code == 401
    assert (await client.post("/internal/audit", json=body, headers=INTERNAL)).status_code == 204
    (found,) = await seen(given, await given.admin(), action="Buckets")
    assert (found["service"], found["user"], found["target"]) == ("registry", "amy", "bucket:b-1")


async def test_the_caller_header_is_ignored_on_public_routes(given: Given, client: httpx.AsyncClient) -> None:
    forged = {HEADER: Caller(user="admin", address="192.0.2.1").model_dump_json()}
    await client.post("/api/v1/admin/users", json={}, headers={**forged, **await given.caller("amy")})
    records = await seen(given, await given.admin())
    assert all(each["address"] != "192.0.2.1" for each in records)


CURSORS: list[tuple[str | float, ...]] = [
    ("x",),
    (-1,),
    (1 << 64,),
    ("2026-01-01", "x"),
    ("x", "7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55"),
    ("", ""),
]


@pytest.mark.parametrize("path", [AUDIT, "/api/v1/keys", "/api/v1/admin/keys"])
async def test_malformed_cursors_of_audit_and_key_listings_are_refused(given: Given, path: str) -> None:
    admin = await given.admin()
    for key in CURSORS:
        answer = await given.client.get(path, headers=admin, params={"cursor": encode_cursor(*key)})
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid_cursor"), key


@pytest.mark.parametrize(
    "wanted", [{"since": "2026-01-01T00:00:00"}, {"until": "x"}, {"action": "a;b"}, {"user": "\x00"}]
)
async def test_malformed_audit_filters_are_refused(given: Given, wanted: dict[str, str]) -> None:
    assert (await given.client.get(AUDIT, headers=await given.admin(), params=wanted)).status_code == 422
