"""Queries as jobs: cancelled, interrupted and taken up again, fair between people, expired, audited."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from support.fakes.caller_s3 import FakeCallerS3Opener
from support.sandbox.pools import workers
from support.worlds.queries_world import QUERIES, QueriesWorld, Trail
from support.worlds.registry_world import problem

from registry.db.queries import MAX_UNFINISHED_QUERIES, QueryStore
from registry.errors import SqlLimitReached
from registry.resources import RegistryResources
from registry.services.queries.budgets import budgets_of
from registry.services.queries.housekeeping import remove_old_queries
from registry.settings import QuerySettings
from shared.db.engine import transaction
from shared.schemas.principal import Level
from shared.schemas.query_budgets import QueryBudgets, RoleQueryBudgets

ENDLESS = "SELECT count(*) FROM range(10000000000) a(i), range(1000) b(j) WHERE (i * j) % 7 = 3"


def is_running(found: Any) -> bool:
    return bool(found["state"] == "running")


async def until_it_computes(queries: QueriesWorld, submitted: Any, caller: str = "reader") -> None:
    await queries.until(submitted, is_running, caller)
    await until(lambda: bool(workers()))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)


async def test_first_rows_are_there_while_a_query_runs_and_cancelling_leaves_nothing(
    queries: QueriesWorld, trail: Trail
) -> None:
    # Rows that each take a while, and never end.
    sql = "SELECT i, list_sum([x * i % 7 for x in range(2000)]) FROM range(10000000000) t(i)"
    settings = queries.worker.tools.settings.model_copy(update={"max_rows": 10_000_000})
    queries.worker.tools = replace(queries.worker.tools, settings=settings)
    submitted = await queries.submit(sql)
    going = asyncio.create_task(queries.worker.work_once())
    # The query reads no files: its progress is the engine's estimate.
    seen = await queries.until(submitted, lambda found: found["first_rows"] and found["progress"] is not None)
    assert seen["state"] == "running"
    assert 0 < seen["progress"] < 0.1
    assert [row[0] for row in seen["first_rows"][:2]] == [0, 1]

    answer = await queries.post(f"{QUERIES}/{submitted['id']}/cancel")
    assert answer.status_code == 200
    await going
    found = await queries.world.json(f"{QUERIES}/{submitted['id']}")
    assert (found["state"], found["result"], found["cancelling"]) == ("cancelled", None, False)
    assert await queries.stored_results() == []
    event = await trail.of(submitted)
    assert (event.outcome, event.reason, event.caller.user) == ("failed", "cancelled", "amy")


async def test_a_query_that_waits_is_cancelled_at_once_and_removed_after_its_end(queries: QueriesWorld) -> None:
    submitted = await queries.submit("SELECT 1")
    path = f"{QUERIES}/{submitted['id']}"
    headers = queries.world.headers("reader")
    assert problem(await queries.world.client.delete(path, headers=headers))[0] == 409
    assert (await queries.post(f"{path}/cancel")).json()["state"] == "cancelled"
    assert not await queries.worker.work_once()
    assert (await queries.world.client.delete(path, headers=headers)).status_code == 204
    done = await queries.run("SELECT 1")
    assert problem(await queries.post(f"{QUERIES}/{done['id']}/cancel"))[0] == 409
    assert (await queries.world.client.delete(f"{QUERIES}/{done['id']}", headers=headers)).status_code == 204
    assert await queries.stored_results() == []
    assert problem(await queries.world.get(path))[0] == 404


async def test_a_query_whose_worker_stops_or_ends_is_taken_up_by_another(queries: QueriesWorld) -> None:
    stopping = asyncio.Event()
    slow = await queries.submit(ENDLESS, "writer")
    going = asyncio.create_task(queries.worker.work_once(stopping))
    await until_it_computes(queries, slow, "writer")
    stopping.set()
    await going
    found = await queries.world.json(f"{QUERIES}/{slow['id']}", "writer")
    assert (found["state"], found["problem"]) == ("queued", None)

    # The process of a worker has ended while it ran the query: its claim is released by name.
    async with transaction(queries.world.sessions) as session:
        claim = await QueryStore(session).claim("a dead worker", 30)
        assert claim is not None
    async with transaction(queries.world.sessions) as session:
        await session.execute(text("UPDATE registry.query SET sql = 'SELECT 5' WHERE state = 'running'"))
        await QueryStore(session).release_jobs_of(["a dead worker"])
    assert (await queries.ended(slow, "writer"))["first_rows"] == [[5]]


@pytest.mark.long
async def test_a_query_whose_sandbox_is_killed_says_so_and_leaves_nothing(queries: QueriesWorld, trail: Trail) -> None:
    submitted = await queries.submit(ENDLESS)
    before = {each.pid for each in workers()}
    going = asyncio.create_task(queries.worker.work_once())
    async with asyncio.timeout(60):
        # The one that takes the statement apart computes little.
        while not (busy := [each for each in workers() if each.pid not in before and each.cpu_times().user > 1.5]):
            assert not going.done()
            await asyncio.sleep(0.02)
    busy[0].kill()
    await going
    found = await queries.world.json(f"{QUERIES}/{submitted['id']}")
    assert found["state"] == "failed"
    assert (found["problem"]["type"], found["problem"]["status"]) == ("/problems/statement_crashed", 500)
    assert await queries.stored_results() == []
    event = await trail.of(submitted)
    assert (event.outcome, event.reason, event.details["sql"]) == ("failed", "statement_crashed", ENDLESS)


async def test_a_query_that_is_lost_too_often_fails(queries: QueriesWorld, trail: Trail) -> None:
    submitted = await queries.submit("SELECT 1")
    for _ in range(5):
        async with transaction(queries.world.sessions) as session:
            assert await QueryStore(session).claim("a worker", 30)
        async with transaction(queries.world.sessions) as session:
            await QueryStore(session).release_jobs_of(["a worker"])
    found = await queries.ended(submitted)
    assert (found["state"], found["problem"]["type"]) == ("failed", "/problems/statement_crashed")
    assert (await trail.of(submitted)).reason == "statement_crashed"


async def test_two_people_take_turns_and_nobody_has_more_than_one_running(queries: QueriesWorld) -> None:
    world = queries.world
    amy, ben = world.headers("reader"), world.caller({world.bucket: Level.READ})

    async def submit(headers: dict[str, str]) -> str:
        answer = await world.client.post(QUERIES, json={"sql": "SELECT 1"}, headers=headers)
        return str(answer.json()["id"])

    amys, bens = [await submit(amy) for _ in range(3)], [await submit(ben) for _ in range(2)]
    claimed = []
    for _ in range(2):
        async with transaction(world.sessions) as session:
            claim = await QueryStore(session).claim("a worker", 30)
            assert claim is not None
            claimed.append(claim)
    assert [str(each.id) for each in claimed] == [amys[0], bens[0]]
    async with transaction(world.sessions) as session:
        assert await QueryStore(session).claim("a worker", 30) is None
        assert await QueryStore(session).count_waiting(30) == 0
        assert await QueryStore(session, 2).count_waiting(30) == 2
        await QueryStore(session).mark_cancelled(claimed[0])
        assert await QueryStore(session).count_waiting(30) == 1
    for _ in range(MAX_UNFINISHED_QUERIES - 2):
        await submit(amy)
    assert problem(await world.client.post(QUERIES, json={"sql": "SELECT 1"}, headers=amy))[0] == 429


async def test_budgets_are_refusals_that_name_the_limit(queries: QueriesWorld) -> None:
    await queries.files("amy/wine", {"a.csv": "n\n" + "12345\n" * 40_000})
    settings = queries.worker.tools.settings
    sql = f"SELECT * FROM package('{queries.world.bucket}/amy/wine', 'a.csv')"
    small = {"max_read_bytes": 100_000, "max_result_bytes": 1_000}
    for name, value in small.items():
        changed = settings.model_copy(update={name: value, "max_rows": 1 << 30})
        queries.worker.tools = replace(queries.worker.tools, settings=changed)
        slug, detail = await queries.refusal(sql)
        assert slug == "statement_limit_reached", (name, detail)
    assert await queries.stored_results() == []


async def test_the_largest_budget_of_a_persons_roles_counts_and_a_refusal_names_the_role(
    queries: QueriesWorld,
) -> None:
    await queries.files("amy/wine", {"a.csv": "n\n" + "12345\n" * 40_000})
    settings = queries.worker.tools.settings.model_copy(update={"max_read_bytes": 100_000, "max_rows": 3})
    queries.worker.tools = replace(queries.worker.tools, settings=settings)
    opener = queries.worker.open_caller_s3
    assert isinstance(opener, FakeCallerS3Opener)
    sql = f"SELECT * FROM package('{queries.world.bucket}/amy/wine', 'a.csv')"

    def give(*budgets: QueryBudgets) -> None:
        opener.query_budgets[:] = [RoleQueryBudgets(role=f"R{n}", budgets=each) for n, each in enumerate(budgets)]

    async def refused() -> tuple[str, str, str | None]:
        problem = (await queries.run(sql))["problem"]
        return problem["limit"], problem["detail"].partition(". ")[2], problem["role"]

    assert await refused() == ("read_bytes", "This installation lets a query read 0.0954 MiB", None)
    give(QueryBudgets(read_bytes=1 << 30), QueryBudgets(rows=7))
    found = await queries.run(sql)
    assert (found["rows"], found["is_cut"]) == (7, True)
    # A role that says nothing gives what the installation does, so less by another takes nothing away.
    give(QueryBudgets(read_bytes=1 << 30, rows=1), QueryBudgets())
    assert (await queries.run(sql))["rows"] == 3
    give(QueryBudgets(read_bytes=1 << 30, seconds=0.001))
    assert await refused() == ("seconds", "The role R0 gives a query 0.001 seconds", "R0")


def test_a_role_gives_no_more_memory_than_the_machine_has() -> None:
    settings = QuerySettings(memory_bytes=1 << 30)
    roles = [RoleQueryBudgets(role="Curators", budgets=QueryBudgets(memory_bytes=4 << 30))]
    for machine, expected in ((8 << 30, (4 << 30, "Curators")), (3 << 30, (3 << 30, None)), (0, (1 << 30, None))):
        found = budgets_of(settings, roles, machine).memory_bytes
        assert (found.amount, found.role) == expected
    reached = budgets_of(settings, roles, 3 << 30).explain(SqlLimitReached("It was too much", limit="memory"))
    assert str(reached) == "It was too much. The machine that ran it gives a query 3 GiB of memory"


@pytest.mark.long
async def test_results_are_removed_after_their_time_and_records_after_theirs(
    queries: QueriesWorld, resources: RegistryResources
) -> None:
    world, settings = queries.world, queries.worker.tools.settings
    found = await queries.run("SELECT 1 AS a")
    kept = await queries.run("SELECT 2 AS a")
    path = f"{QUERIES}/{found['id']}"

    async def clean() -> None:
        await remove_old_queries(world.sessions, resources.results, settings)

    async def age(days: int) -> None:
        earlier = text(
            "UPDATE registry.query SET expires_at = expires_at - CAST(:age AS interval), finished_at = finished_at - CAST(:age AS interval) WHERE id = :id"
        )
        async with transaction(world.sessions) as session:
            await session.execute(earlier, {"age": timedelta(days=days), "id": found["id"]})

    await world.objects.put("patchwork-service", f"queries/{'0' * 8}-0000-4000-8000-{'0' * 12}/result.parquet", b"lost")
    await clean()
    assert len(await queries.stored_results()) == 2
    await age(2)
    # It is gone for its owner at once, and its object with the next cleaning.
    assert problem(await world.get(f"{path}/result"))[0] == 410
    assert (await world.json(path))["result"] is None
    await clean()
    assert await queries.stored_results() == [f"queries/{kept['id']}/result.parquet"]
    seen = await world.json(path)
    assert (seen["state"], seen["rows"], seen["first_rows"]) == ("done", 1, [])
    again = await queries.ended((await queries.post(f"{path}/run")).json())
    assert again["first_rows"] == [[1]]
    await age(200)
    await clean()
    assert problem(await world.get(path))[0] == 404


async def test_runs_and_refusals_are_in_the_audit_trail(queries: QueriesWorld, trail: Trail) -> None:
    top_hash = await queries.files("amy/wine", {"a.csv": "n\n1\n"})
    sql = f"SELECT n FROM package('{queries.world.bucket}/amy/wine', 'a.csv')"
    done = await queries.run(sql)
    refused = await queries.run("SELECT * FROM packages('nobodys')")

    details = (await trail.of(done)).details
    assert (details["sql"], details["rows"], details["read_bytes"]) == (sql, 1, 4)
    assert details["revisions"] == f"{queries.world.bucket}/amy/wine@{top_hash}"
    refusal = await trail.of(refused)
    assert (refusal.outcome, refusal.reason, refusal.caller.user) == ("refused", "not_found", "amy")


@pytest.mark.long
async def test_a_caller_who_has_signed_out_gets_no_rows(queries: QueriesWorld) -> None:
    submitted = await queries.submit("SELECT 1")
    opener = queries.worker.open_caller_s3
    assert isinstance(opener, FakeCallerS3Opener)
    async with transaction(queries.world.sessions) as session:
        owner = await session.scalar(text("SELECT owner_id FROM registry.query"))
    opener.signed_out.add(owner)
    found = await queries.ended(submitted)
    assert (found["state"], found["problem"]["status"]) == ("failed", 401)


async def test_without_a_bucket_or_a_sandbox_queries_are_refused(queries: QueriesWorld) -> None:
    tools = queries.worker.tools
    for without in (replace(tools, results=None), replace(tools, runner=None)):
        queries.worker.tools = without
        assert (await queries.refusal("SELECT 1"))[0] == "queries_not_set_up"
