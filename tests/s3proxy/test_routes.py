from support.faults.failing_route import require_answers_to_unexpected_errors
from support.faults.large_bodies import NO_TOKEN, require_little_memory, require_small_reads
from support.worlds.proxy_world import settings_for

from s3proxy.main import PUBLIC, create_app
from s3proxy.routes.browsing import browsed
from s3proxy.routes.gateway import signer
from s3proxy.routes.previews import reader
from shared.testing.routes import unguarded
from shared.web.auth import internal, scraper


def test_every_route_asks_for_a_signature_a_token_or_a_ticket_or_is_public() -> None:
    assert unguarded(create_app(settings_for(None)), (signer, reader, browsed, internal, scraper)) == PUBLIC


async def test_no_route_reads_a_large_body_before_it_knows_the_caller() -> None:
    await require_small_reads(create_app(settings_for(None)), NO_TOKEN, at_least=4)


async def test_bombs_of_every_format_take_little_memory_without_a_token() -> None:
    await require_little_memory(create_app(settings_for(None)))


async def test_an_unexpected_error_is_a_problem_that_is_counted_and_open_to_pages() -> None:
    await require_answers_to_unexpected_errors(create_app(settings_for(None)), "/lambda/broken")
