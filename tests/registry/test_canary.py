"""Runs of the canary as the registry keeps them, and the signed report of them."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from support.worlds.registry_world import RegistryWorld

from registry.cli import parser
from registry.db import canary_runs
from registry.db.tables import CanaryRunRow
from shared.db.engine import transaction
from shared.errors import AppError
from shared.schemas.canary import CANARY_ROLE
from shared.signed_reports import ReportUnverified, verify_report
from shared.testing.auth import FakeAuth


def run(*, failed: str = "", minutes_ago: float = 0) -> dict[str, Any]:
    steps = [
        {"name": name, "outcome": "failed" if name == failed else "passed", "seconds": 0.5, "reason": ""}
        for name in ("sign-in", "push", "search")
    ]
    begun = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return {"started_at": begun.isoformat(), "seconds": 1.5, "steps": steps, "versions": {"installation": "0.1.0"}}


@pytest.fixture
def canary(auth: FakeAuth) -> dict[str, str]:
    """Headers of the canary's account."""
    token = auth.token_for("canary", {}, role=CANARY_ROLE)
    return {"Authorization": f"Bearer {token}"}


async def test_only_the_canary_records_runs_and_only_administrators_read_them(
    world: RegistryWorld, canary: dict[str, str]
) -> None:
    for caller in ("reader", "writer", "admin"):
        answer = await world.client.post("/api/v1/canary/runs", json=run(), headers=world.headers(caller))
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not_the_canary")
    recorded = await world.client.post("/api/v1/canary/runs", json=run(failed="push"), headers=canary)
    assert recorded.status_code == 201, recorded.text
    assert recorded.json()["passed"] is False
    assert (await world.client.get("/api/v1/canary/runs", headers=canary)).status_code == 403
    assert (await world.client.get("/api/v1/canary/report", headers=canary)).status_code == 403


async def test_a_run_without_the_zone_of_its_time_is_refused(world: RegistryWorld, canary: dict[str, str]) -> None:
    answer = await world.client.post(
        "/api/v1/canary/runs", json={**run(), "started_at": "2026-11-30T09:00:00"}, headers=canary
    )
    assert answer.status_code == 422


async def test_runs_are_listed_page_by_page_and_old_ones_are_removed(
    world: RegistryWorld, canary: dict[str, str]
) -> None:
    ids: list[str] = []
    for _ in range(3):
        answer = await world.client.post("/api/v1/canary/runs", json=run(), headers=canary)
        ids.insert(0, answer.json()["id"])
    first = await world.json("/api/v1/canary/runs", "admin", limit="2")
    second = await world.json("/api/v1/canary/runs", "admin", limit="2", cursor=first["next"])
    assert [each["id"] for each in (*first["items"], *second["items"])] == ids
    assert second["next"] is None
    async with transaction(world.sessions) as session:
        old = datetime.now(UTC) - timedelta(days=91)
        await session.execute(update(CanaryRunRow).where(CanaryRunRow.id == ids[-1]).values(recorded_at=old))
    await world.client.post("/api/v1/canary/runs", json=run(), headers=canary)
    left = await world.json("/api/v1/canary/runs", "admin")
    assert len(left["items"]) == 3
    assert ids[-1] not in {each["id"] for each in left["items"]}


async def test_a_report_is_signed_and_no_change_of_it_goes_unnoticed(
    world: RegistryWorld, canary: dict[str, str], auth: FakeAuth
) -> None:
    hostile = run(failed="push")
    hostile["steps"][1]["reason"] = "<script>alert(1)</script>"
    for each in (run(), hostile):
        await world.client.post("/api/v1/canary/runs", json=each, headers=canary)
    answer = await world.client.get("/api/v1/canary/report", headers=world.headers("admin"))
    assert answer.status_code == 200, answer.text
    assert "2, of which 1 passed and 1 failed" in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script" not in answer.text
    keys = await auth.keys()
    seal = verify_report(answer.content, keys)
    assert datetime.now(UTC) - seal.signed_at < timedelta(minutes=5)
    unsigned, _, comment = answer.content.rpartition(b"\n<!--")
    changes = {
        "of a result": answer.content.replace(b"1 failed", b"0 failed"),
        "of the end": answer.content + b"<p>More",
        "without a signature": unsigned,
        "with another signature": unsigned + b"\n<!--" + comment.replace(b"signature: ey", b"signature: eY"),
    }
    for changed in changes.values():
        with pytest.raises(ReportUnverified):
            verify_report(changed, keys)
    with pytest.raises(ReportUnverified, match="not among the keys"):
        verify_report(answer.content, [])


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("gone.json", "gone.json cannot be read: No such file"),
        ("empty.json", "empty.json has no keys: give the registry's address"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9 did not give its keys"),
    ],
)
def test_a_report_is_not_checked_without_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.json").write_text("{}")
    given = parser().parse_args(["verify-report", "report.html", "--keys", keys])
    with pytest.raises(AppError, match=said):
        asyncio.run(given.run(given, None))


async def test_more_runs_than_a_report_may_have_are_refused(
    world: RegistryWorld, canary: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary_runs, "MAX_REPORTED_RUNS", 1)
    for expected in (200, 400):
        await world.client.post("/api/v1/canary/runs", json=run(), headers=canary)
        answer = await world.client.get("/api/v1/canary/report", headers=world.headers("admin"))
        assert answer.status_code == expected
    assert "ask for fewer days" in answer.json()["detail"]


async def test_the_signature_of_a_report_is_no_token(world: RegistryWorld, auth: FakeAuth) -> None:
    signature = await auth.sign_report("0" * 64)
    answer = await world.client.get("/api/v1/buckets", headers={"Authorization": f"Bearer {signature}"})
    assert answer.status_code == 401


async def test_without_auth_there_is_no_report(world: RegistryWorld, auth_up: FakeAuth) -> None:
    headers = world.headers("admin")
    await world.client.get("/api/v1/canary/runs", headers=headers)
    auth_up.down = True
    answer = await world.client.get("/api/v1/canary/report", headers=headers)
    assert answer.status_code == 503
