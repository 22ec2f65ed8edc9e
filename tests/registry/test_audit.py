"""Events that the registry sends to the audit trail."""

from dataclasses import replace

import pytest
from fastapi import FastAPI
from support.worlds.registry_world import RegistryWorld

from registry.main import install_resources
from registry.resources import RegistryResources
from shared.audit import AuditQueue
from shared.principals import PrincipalSource
from shared.schemas.audit import AuditEvent, Outcome


@pytest.fixture
def told() -> list[AuditEvent]:
    return []


@pytest.fixture
def trail(world: RegistryWorld, app: FastAPI, resources: RegistryResources, told: list[AuditEvent]) -> AuditQueue:
    async def send(events: list[AuditEvent]) -> None:
        told.extend(events)

    principals: PrincipalSource = app.state.principals
    made = AuditQueue("registry", send)
    install_resources(app, replace(resources, trail=made), principals)
    assert world.bucket
    return made


async def test_registering_and_unregistering_buckets_is_audited(
    world: RegistryWorld, trail: AuditQueue, told: list[AuditEvent]
) -> None:
    admin = world.headers("admin")
    assert (await world.client.post("/api/v1/buckets", headers=admin, json={"name": "new-bucket"})).status_code == 201
    assert (await world.client.delete("/api/v1/buckets/new-bucket", headers=admin)).is_success
    await trail.flush()
    assert [(each.service, each.action, each.target, each.caller.user) for each in told] == [
        ("registry", "Buckets.Add", "bucket:new-bucket", "amy"),
        ("registry", "Buckets.Remove", "bucket:new-bucket", "amy"),
    ]
    assert told[0].caller.credential.startswith("session:")


async def test_refused_requests_are_audited(world: RegistryWorld, trail: AuditQueue, told: list[AuditEvent]) -> None:
    refused = await world.client.post("/api/v1/buckets", headers=world.headers("reader"), json={"name": "new-bucket"})
    assert refused.status_code == 403
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        assert (await world.client.get("/api/v1/buckets", headers=headers)).status_code == 401
    assert (await world.client.get("/api/v1/buckets/none", headers=world.headers("reader"))).status_code == 404
    await world.ask("{ admin { tabulatorOpenQuery } }")
    await trail.flush()
    assert [(each.action, each.outcome, each.target, each.caller.user) for each in told] == [
        ("Api.Refused", Outcome.REFUSED, "POST /api/v1/buckets", "amy"),
        ("Auth.Token", Outcome.FAILED, "", ""),
        ("Api.Refused", Outcome.REFUSED, "GraphQL Query.admin", "amy"),
    ]


async def test_a_push_that_is_refused_at_once_is_audited(
    world: RegistryWorld, trail: AuditQueue, told: list[AuditEvent]
) -> None:
    path = f"/api/v1/buckets/{world.bucket}/packages/amy/new/revisions"
    twice = {"logical_key": "a.csv", "physical_key": f"s3://{world.bucket}/a.csv"}
    body = {"message": "m", "entries": [twice, twice]}
    refused = await world.client.post(path, headers=world.headers("writer"), json=body)
    assert (refused.status_code, refused.json()["type"]) == (400, "/problems/push_refused")
    stale = {"message": "m", "entries": [], "expected": {"latest": "f" * 64}}
    assert (await world.client.post(path, headers=world.headers("writer"), json=stale)).status_code == 409
    await trail.flush()
    assert [(each.action, each.outcome, each.reason, each.target, each.details) for each in told] == [
        ("Jobs.Submit", Outcome.REFUSED, reason, f"package:{world.bucket}/amy/new", {"kind": "construct"})
        for reason in ("push_refused", "revision_stale")
    ]


async def test_made_up_tokens_give_few_audit_records_and_push_out_no_real_refusal(
    world: RegistryWorld, trail: AuditQueue, told: list[AuditEvent]
) -> None:
    path = "/api/v1/buckets/" + "x" * 800
    for number in range(2_000):
        made_up = {"Authorization": f"Bearer made.up.{number}"}
        assert (await world.client.get(f"{path}{number}", headers=made_up)).status_code == 401
    assert (await world.client.post("/api/v1/buckets", headers=world.headers("reader"), json={"name": "b-1"})).is_error
    await trail.flush()
    assert [(each.action, each.target, each.details.get("times")) for each in told] == [
        ("Auth.Token", "", 2_000),
        ("Api.Refused", "POST /api/v1/buckets", None),
    ]


async def test_a_change_of_the_look_is_audited_with_its_parts_and_a_preview_is_not(
    world: RegistryWorld, trail: AuditQueue, told: list[AuditEvent]
) -> None:
    admin, wanted = world.headers("admin"), {"name": "Vineyard data", "accent": "#7a1f3d"}
    assert (await world.client.post("/api/v1/theme/preview", headers=admin, json=wanted)).status_code == 200
    assert (await world.client.patch("/api/v1/theme", headers=admin, json=wanted)).status_code == 200
    await trail.flush()
    assert [(each.action, each.target, each.caller.user) for each in told] == [
        ("Settings.ChangeTheme", "accent, name", "amy")
    ]
