"""Contents and growth of packages and buckets, who pushed them, and how often they were used."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from support.data.manifests import entry, manifest
from support.worlds.registry_world import INTERNAL, RegistryWorld, problem

from registry.main import install_resources
from registry.resources import Caches, RegistryResources
from registry.services.packages.insights import (
    MAX_DAYS,
    MAX_MONTHS,
    MAX_WEEKS,
    BucketGrowthCache,
    growth_by_period,
)
from shared.db.engine import open_engine, sessions_of, transaction
from shared.db.statements import SessionStatements
from shared.index.summaries import MAX_SEEN_CHANGES, DayTotals, GrowthStore
from shared.schemas.principal import Level
from shared.settings import DatabaseSettings

NOVEMBER, JANUARY = datetime(2025, 11, 14, tzinfo=UTC), datetime(2026, 1, 10, tzinfo=UTC)
KINDS = {"tables": 0, "images": 0, "text": 0, "arrays": 0, "sequences": 0, "other": 0}


async def push(world: RegistryWorld, name: str, at: datetime, *entries: dict[str, Any], author: str = "") -> None:
    """Push as clients do, at a time and, where it is known, by a user."""
    top_hash, body = manifest(*entries)
    await world.put_manifest(world.bucket, top_hash, body)
    meta = {"patchwork-author": author} if author else None
    for tag in (str(int(at.timestamp())), "latest"):
        key = f".quilt/named_packages/{name}/{tag}"
        await world.object(key, top_hash, meta=meta)


def of_month(answer: dict[str, Any], month: date) -> dict[str, Any]:
    [found] = [each for each in answer["points"] if each["start"] == month.isoformat()]
    return dict(found)


async def test_a_package_has_its_size_by_period_and_those_who_pushed_it(world: RegistryWorld) -> None:
    await push(world, "amy/wine", NOVEMBER, entry("a.csv", size=10), author="amy")
    await push(world, "amy/wine", JANUARY, entry("a.csv", size=30), entry("b.png", size=4), author="ben")
    await push(world, "amy/wine", JANUARY.replace(hour=5), entry("a.csv", size=7), author="ben")
    await push(world, "amy/beer", JANUARY, entry("z.csv", size=1000))
    found = await world.json(f"/api/v1/buckets/{world.bucket}/packages/amy/wine/insight")
    points, pushers = found.pop("points"), found.pop("pushers")
    assert found == {
        "bucket": world.bucket,
        "name": "amy/wine",
        "total_bytes": 7,
        "total_entries": 1,
        "kinds": {**KINDS, "tables": 7},
        "pushes": 3,
        "is_cut": False,
        "period": "week",
        "uses": [{"kind": kind, "total": 0, "weeks": [0] * 52} for kind in ("preview", "archive", "gateway_read")],
        "reads_counted_since": None,
    }
    with_pushes = [each for each in points if each["pushes"]]
    assert with_pushes == [
        {"start": "2025-11-10", "pushes": 1, "total_bytes": 10, "total_entries": 1},
        {"start": "2026-01-05", "pushes": 2, "total_bytes": 7, "total_entries": 1},
    ]
    assert points[1] == {"start": "2025-11-17", "pushes": 0, "total_bytes": 10, "total_entries": 1}
    assert [(each["user"], each["pushes"]) for each in pushers] == [("ben", 2), ("amy", 1)]
    assert pushers[0]["last_pushed_at"] == "2026-01-10T05:00:00Z"


async def test_the_packages_of_a_bucket_are_added_up_whatever_the_size_of_a_batch(world: RegistryWorld) -> None:
    for number in range(7):
        await push(world, f"amy/wine-{number}", NOVEMBER, entry("a.csv", size=number), author="amy")
        await push(world, f"amy/wine-{number}", JANUARY, entry("a.csv", size=10 * number), entry("b.md", size=1))
    found = (await world.json(f"/api/v1/buckets/{world.bucket}/insight"))["growth"]
    assert (found["packages"], found["pushes"], found["total_bytes"], found["total_entries"]) == (7, 14, 217, 14)
    assert found["kinds"] == {**KINDS, "tables": 210, "text": 7}
    assert found["largest"][0] == {"name": "amy/wine-6", "total_bytes": 61, "pushes": 2}
    assert [each["name"] for each in found["largest"]] == [f"amy/wine-{number}" for number in reversed(range(7))]
    assert [(each["user"], each["pushes"]) for each in found["pushers"]] == [(None, 7), ("amy", 7)]
    assert of_month(found, date(2025, 11, 10)) == {
        "start": "2025-11-10",
        "pushes": 7,
        "total_bytes": 21,
        "total_entries": 7,
        "packages": 7,
    }
    assert found["points"][-1] | {"start": ""} == {
        "start": "",
        "pushes": 0,
        "total_bytes": 217,
        "total_entries": 14,
        "packages": 7,
    }
    store = GrowthStore(SessionStatements(world.sessions))
    whole = await store.bucket(world.bucket, max_largest=3)
    for batch in (1, 5, 12):
        assert await store.bucket(world.bucket, max_largest=3, batch=batch) == whole


async def test_a_push_without_a_readable_manifest_is_counted_and_adds_no_bytes(world: RegistryWorld) -> None:
    await push(world, "amy/wine", NOVEMBER, entry("a.csv", size=10))
    await world.point("amy/wine", str(int(JANUARY.timestamp())), "0" * 64)
    found = await world.json(f"/api/v1/buckets/{world.bucket}/packages/amy/wine/insight")
    assert found["pushes"] == 2
    assert {each["total_bytes"] for each in found["points"]} == {10}


async def test_a_bucket_without_packages_has_no_points(world: RegistryWorld) -> None:
    found = (await world.json(f"/api/v1/buckets/{world.bucket}/insight"))["growth"]
    assert (found["points"], found["pushers"], found["largest"], found["packages"]) == ([], [], [], 0)


async def test_a_bucket_is_added_up_again_only_after_one_of_its_packages_has_changed(
    world: RegistryWorld, app: FastAPI, resources: RegistryResources
) -> None:
    caches = Caches(growth=BucketGrowthCache(min_rest_seconds=0, rest=0))
    install_resources(app, replace(resources, caches=caches), app.state.principals)
    address = f"/api/v1/buckets/{world.bucket}/insight"
    await push(world, "amy/wine", NOVEMBER, entry("a.csv", size=10))
    first = await world.json(address)
    await world.covered("elsewhere-of-insights")
    await world.package("amy/tea", entry("t.csv"), bucket="elsewhere-of-insights")
    assert await world.json(address) == first
    await push(world, "amy/wine", JANUARY, entry("a.csv", size=50))
    second = await world.json(address)
    assert (first["growth"]["total_bytes"], second["growth"]["total_bytes"]) == (10, 50)
    assert second["growth"]["as_of"] > first["growth"]["as_of"]


async def test_changes_elsewhere_are_looked_through_once_and_too_many_have_the_bucket_added_up_again(
    world: RegistryWorld, app: FastAPI, resources: RegistryResources
) -> None:
    async def change_elsewhere(number: int) -> None:
        async with transaction(world.index_sessions) as session:
            await session.execute(
                text(
                    "INSERT INTO index.change (kind, bucket, name, position, gone, changed_at) "
                    "SELECT 1, 'elsewhere-of-insights', gen_random_uuid()::text, nextval('index.change_position'), false, now() "
                    "FROM generate_series(1, :number)"
                ),
                {"number": number},
            )

    caches = Caches(growth=BucketGrowthCache(min_rest_seconds=0, rest=0))
    install_resources(app, replace(resources, caches=caches), app.state.principals)
    address = f"/api/v1/buckets/{world.bucket}/insight"
    await push(world, "amy/wine", NOVEMBER, entry("a.csv", size=10))
    first = (await world.json(address))["growth"]
    for _ in range(3):
        await change_elsewhere(MAX_SEEN_CHANGES // 2)
        assert (await world.json(address))["growth"] == first
    await change_elsewhere(MAX_SEEN_CHANGES)
    assert (await world.json(address))["growth"]["as_of"] > first["as_of"]


async def test_a_bucket_that_is_still_being_added_up_has_no_growth_and_the_next_caller_gets_it(
    world: RegistryWorld, engine: AsyncEngine
) -> None:
    await push(world, "amy/wine", NOVEMBER, entry("a.csv", size=10))
    # What goes on in the background has a connection of its own.
    statements, cache = SessionStatements(sessions_of(engine)), BucketGrowthCache()
    assert await cache.find(statements, world.bucket, wait_seconds=0) is None
    found = await cache.find(statements, world.bucket, wait_seconds=60)
    assert found is not None
    assert found.total_bytes == 10
    assert await cache.find(statements, world.bucket, wait_seconds=0) == found


async def test_a_bucket_rests_after_a_failure_too(world: RegistryWorld, engine: AsyncEngine) -> None:
    await push(world, "amy/wine", NOVEMBER, entry("a.csv", size=10))
    statements, cache = SessionStatements(sessions_of(engine)), BucketGrowthCache()
    nowhere = DatabaseSettings(url=SecretStr("postgresql+asyncpg://nobody:x@127.0.0.1:9/nothing"))
    async with open_engine(nowhere, "tests") as opened:
        assert await cache.find(SessionStatements(sessions_of(opened)), world.bucket, wait_seconds=60) is None
    assert await cache.find(statements, world.bucket, wait_seconds=60) is None
    assert await BucketGrowthCache().find(statements, world.bucket, wait_seconds=60) is not None


@pytest.mark.parametrize(
    ("days", "period"), [(1, "day"), (MAX_DAYS, "day"), (MAX_DAYS + 1, "week"), (700, "week"), (1000, "month")]
)
def test_a_history_has_days_then_weeks_then_months_until_today(days: int, period: str) -> None:
    today = date(2026, 11, 30)
    first = date.fromordinal(today.toordinal() - days + 1)
    found, points = growth_by_period({first: DayTotals(1, 1, 5, 1)}, today)
    assert found == period
    assert points[0][0] <= first
    assert points[-1][0] <= today
    assert {sums for _, _, sums in points} == {DayTotals(1, 1, 5, 1)}
    assert sum(pushes for _, pushes, _ in points) == 1
    assert len(points) <= max(MAX_DAYS, MAX_WEEKS, MAX_MONTHS)
    assert len({start for start, _, _ in points}) == len(points)


def test_months_that_are_too_long_ago_are_part_of_the_first_point() -> None:
    found, points = growth_by_period({date(2010, 1, 5): DayTotals(4, 1, 100, 1)}, date(2026, 11, 30))
    assert (found, len(points)) == ("month", MAX_MONTHS)
    assert points[0][1:] == (0, DayTotals(4, 1, 100, 1))


def test_pushes_with_a_time_in_the_future_are_part_of_the_last_point() -> None:
    today = date(2026, 11, 30)
    pushed = {date(2026, 11, 29): DayTotals(1, 1, 5, 1), date(5138, 11, 16): DayTotals(1, 0, 2, 0)}
    assert growth_by_period(pushed, today) == (
        "day",
        [(date(2026, 11, 29), 1, DayTotals(1, 1, 5, 1)), (today, 1, DayTotals(2, 1, 7, 1))],
    )


async def test_previews_and_archives_are_counted_by_package_bucket_and_week_once_they_are_written(
    world: RegistryWorld, resources: RegistryResources
) -> None:
    await push(world, "amy/wine", NOVEMBER, entry("a.csv", size=10, at=f"s3://{world.bucket}/a.csv?versionId=1"))
    token = world.headers("reader")["Authorization"].removeprefix("Bearer ")
    asked = {"token": token, "bucket": world.bucket, "package": "amy/wine", "revision": "latest"}

    async def ask(address: str, **question: Any) -> int:
        return (await world.client.post(address, json={**asked, **question}, headers=INTERNAL)).status_code

    async def uses(packages: str = "/packages/amy/wine") -> dict[str, tuple[int, int]]:
        found = await world.json(f"/api/v1/buckets/{world.bucket}{packages}/insight")
        return {each["kind"]: (each["total"], each["weeks"][-1]) for each in found["uses"]}

    assert [await ask("/internal/entries", path=path) for path in ("a.csv", "a.csv", "none")] == [200, 200, 404]
    assert await uses() == {"preview": (0, 0), "archive": (0, 0), "gateway_read": (0, 0)}
    await resources.uses.flush(resources.sessions)
    assert await uses() == {"preview": (2, 2), "archive": (0, 0), "gateway_read": (0, 0)}
    assert await ask("/internal/entries", path="a.csv") == 200
    assert await ask("/internal/archives") == 200
    await resources.uses.flush(resources.sessions)
    assert await uses() == {"preview": (3, 3), "archive": (1, 1), "gateway_read": (0, 0)}
    resources.uses.count("preview", world.bucket, "amy/beer")
    await resources.uses.flush(resources.sessions)
    assert await uses(packages="") == {"preview": (4, 4), "archive": (1, 1), "gateway_read": (0, 0)}


async def test_uses_wait_while_the_database_is_down_and_are_written_afterwards(
    world: RegistryWorld, resources: RegistryResources
) -> None:
    await push(world, "amy/wine", NOVEMBER, entry("a.csv", size=10))
    resources.uses.count("preview", world.bucket, "amy/wine")
    nowhere = DatabaseSettings(url=SecretStr("postgresql+asyncpg://nobody:x@127.0.0.1:9/nothing"))
    async with open_engine(nowhere, "tests") as opened:
        await resources.uses.flush(sessions_of(opened))
    await resources.uses.flush(resources.sessions)
    found = await world.json(f"/api/v1/buckets/{world.bucket}/packages/amy/wine/insight")
    assert [each["total"] for each in found["uses"]] == [1, 0, 0]


async def test_insight_is_for_those_who_read_the_bucket(world: RegistryWorld) -> None:
    await push(world, "amy/wine", NOVEMBER, entry("a.csv", size=10))
    for address in ("insight", "packages/amy/wine/insight"):
        where = f"/api/v1/buckets/{world.bucket}/{address}"
        statuses = [(await world.get(where, caller)).status_code for caller in ("anonymous", "stranger", "reader")]
        assert statuses == [401, 404, 200]
    assert problem(await world.get(f"/api/v1/buckets/{world.bucket}/packages/amy/none/insight"))[0] == 404
    nothing = world.caller({"elsewhere": Level.READ})
    assert (await world.client.get(f"/api/v1/buckets/{world.bucket}/insight", headers=nothing)).status_code == 404
