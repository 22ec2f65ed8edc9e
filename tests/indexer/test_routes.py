import pytest
from support.faults.failing_route import require_answers_to_unexpected_errors
from support.faults.large_bodies import NO_TOKEN, WRONG_TOKEN, require_little_memory, require_small_reads
from support.worlds.index_world import settings_for
from support.worlds.servers import Databases

from indexer.main import create_app
from shared.testing.routes import unguarded


def test_every_route_is_for_services_or_notifiers_only(database: Databases) -> None:
    assert unguarded(create_app(settings_for(database))) == set()


@pytest.mark.parametrize("headers", [NO_TOKEN, WRONG_TOKEN])
async def test_no_route_reads_a_large_body_before_it_knows_the_caller(
    database: Databases, headers: dict[str, str]
) -> None:
    await require_small_reads(create_app(settings_for(database)), headers, at_least=5)


async def test_bombs_of_every_format_take_little_memory_without_a_token(database: Databases) -> None:
    await require_little_memory(create_app(settings_for(database)))


async def test_an_unexpected_error_is_a_problem_that_is_counted_and_open_to_pages(database: Databases) -> None:
    await require_answers_to_unexpected_errors(create_app(settings_for(database)))
