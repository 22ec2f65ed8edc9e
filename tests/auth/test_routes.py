import pytest
from fastapi import FastAPI
from support.faults.failing_route import require_answers_to_unexpected_errors
from support.faults.large_bodies import NO_TOKEN, WRONG_TOKEN, require_little_memory, require_small_reads

from auth.main import PUBLIC
from auth.routes.deps import POLICIES
from shared.testing.routes import unguarded


async def test_every_route_has_a_policy_or_is_public(app: FastAPI) -> None:
    assert unguarded(app, POLICIES) == PUBLIC


async def test_every_documented_operation_has_a_summary_and_an_id_of_its_own(app: FastAPI) -> None:
    operations = [operation for path in app.openapi()["paths"].values() for operation in path.values()]
    assert all(operation["summary"] and operation["operationId"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert not any(path.startswith("/internal/") for path in app.openapi()["paths"])


@pytest.mark.parametrize("headers", [NO_TOKEN, WRONG_TOKEN])
async def test_no_route_reads_a_large_body_before_it_knows_the_caller(app: FastAPI, headers: dict[str, str]) -> None:
    await require_small_reads(app, headers, at_least=60)


async def test_bombs_of_every_format_take_little_memory_without_a_token(app: FastAPI) -> None:
    await require_little_memory(app)


async def test_an_unexpected_error_is_a_problem_that_is_counted_and_open_to_pages(app: FastAPI) -> None:
    await require_answers_to_unexpected_errors(app)
