"""Attempts to read through previews what the caller may not read, each of which must fail as if there were nothing."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import structlog
from support.worlds.previews_world import PreviewsWorld, opened
from support.worlds.servers import Aws

from shared.schemas.principal import CredentialKind, Level
from shared.testing.auth import FakeAuth

OPERATIONS = ("preview", "rows", "stats", "thumbnail")
SECRET = b"the secret of the cellar\n"


@pytest.fixture(scope="module")
async def opened_world(aws: Aws) -> AsyncIterator[PreviewsWorld]:
    """The reader's bucket has `own.txt`, the other bucket has `secret.txt`."""
    async with opened(aws, FakeAuth()) as world:
        await world.put("own.txt", b"riesling\n")
        await world.put("secret.txt", SECRET, bucket=world.other)
        world.package("amy/own", "own.txt", "own.txt", 9)
        world.package("amy/thief", "secret.txt", "secret.txt", len(SECRET), bucket=world.other)
        yield world


@pytest.fixture
def world(opened_world: PreviewsWorld) -> Iterator[PreviewsWorld]:
    """The same, with new callers."""
    keys = opened_world.auth.s3_keys
    opened_world.forget_callers()
    yield opened_world
    opened_world.auth.s3_keys = keys


@dataclass(frozen=True)
class Attempt:
    query: dict[str, str]
    status: int = 404


ATTEMPTS = {
    "another bucket": Attempt({"bucket": "{other}", "key": "secret.txt"}),
    "another bucket by a version": Attempt({"bucket": "{other}", "key": "secret.txt", "version_id": "null"}),
    "a bucket that is not registered": Attempt({"bucket": "nobodys", "key": "secret.txt"}),
    "the service bucket": Attempt({"bucket": "service", "key": "previews/00/x"}),
    "every bucket": Attempt({"bucket": "*", "key": "secret.txt"}),
    "a bucket with a slash": Attempt({"bucket": "{bucket}/../{other}", "key": "secret.txt"}),
    "a key that climbs": Attempt({"bucket": "{bucket}", "key": "../{other}/secret.txt"}, 400),
    "a package of another bucket": Attempt({"bucket": "{other}", "package": "amy/own", "path": "own.txt"}),
    "a package that points into another bucket": Attempt(
        {"bucket": "{bucket}", "package": "amy/thief", "path": "secret.txt"}
    ),
    "a file that the package does not have": Attempt(
        {"bucket": "{bucket}", "package": "amy/own", "path": "secret.txt"}
    ),
    "key and package": Attempt(
        {"bucket": "{bucket}", "key": "own.txt", "package": "amy/thief", "path": "secret.txt"}, 400
    ),
    "neither key nor package": Attempt({"bucket": "{bucket}"}, 400),
}


def filled(world: PreviewsWorld, query: dict[str, str]) -> dict[str, str]:
    return {name: value.format(bucket=world.bucket, other=world.other) for name, value in query.items()}


async def asked(
    world: PreviewsWorld, operation: str, query: dict[str, str], token: str | None, **more: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await world.client.request(more.get("method", "GET"), f"/-/{operation}", params=query, headers=headers)


@pytest.mark.parametrize("shown", ["token", "ticket"])
async def test_a_reader_of_one_bucket_sees_nothing_of_another(world: PreviewsWorld, shown: str) -> None:
    # The owner's answers are in the cache.
    owner = await world.get("preview", "stranger", bucket=world.other, key="secret.txt")
    assert SECRET.decode() in owner.json()["text"]
    wrong = []
    for name, attempt in ATTEMPTS.items():
        query = filled(world, attempt.query)
        for operation in OPERATIONS:
            ticket = {"ticket": world.ticket(operation, query)} if shown == "ticket" else {}
            token = None if ticket else world.token()
            for method in ("GET", "HEAD"):
                answer = await asked(world, operation, query | ticket, token, method=method)
                if answer.status_code != attempt.status or b"secret of" in answer.content:
                    wrong.append((name, operation, method, answer.status_code, answer.text[:100]))
    assert not wrong
    assert set(world.auth.reads) <= {world.bucket, world.other}
    vended = zip(world.auth.vended_for, world.auth.reads, strict=True)
    reader = world.auth.principal_of(world.token()).session_id
    assert {bucket for session, bucket in vended if session == reader} <= {world.bucket}


async def test_nothing_is_read_without_a_token(world: PreviewsWorld) -> None:
    query = {"bucket": world.bucket, "key": "own.txt"}
    for token in (None, "x", "a.b.c", "qk_" + "0" * 38):
        for operation in OPERATIONS:
            assert (await asked(world, operation, query, token)).status_code == 401, (token, operation)
    for ticket in ("", "x", "a.b.c", world.token()):
        assert (await asked(world, "preview", {**query, "ticket": ticket}, None)).status_code == 401
    two = [*query.items(), ("ticket", world.ticket("preview", query)), ("ticket", world.ticket("preview", query))]
    assert (await world.client.get(f"/-/preview?{urlencode(two)}")).status_code == 401
    assert not world.auth.vended_for


async def test_a_ticket_reads_its_address_and_no_other(world: PreviewsWorld) -> None:
    query = {"bucket": world.bucket, "key": "own.txt", "table": "a b&c=d"}
    ticket = world.ticket("preview", query)
    assert (await asked(world, "preview", {**query, "ticket": ticket}, None)).status_code == 200
    assert (await asked(world, "preview", {**query, "ticket": ticket}, None, method="HEAD")).status_code == 200
    backwards = dict(reversed({**query, "ticket": ticket}.items()))
    assert (await asked(world, "preview", backwards, None)).status_code == 200
    changed: list[dict[str, str]] = [
        {**query, "key": "other.txt"},
        {**query, "table": "a"},
        {**query, "member": "x"},
        {name: value for name, value in query.items() if name != "table"},
    ]
    for other in changed:
        assert (await asked(world, "preview", {**other, "ticket": ticket}, None)).status_code == 401, other
    assert (await asked(world, "rows", {**query, "ticket": ticket}, None)).status_code == 401
    doubled = urlencode([*query.items(), ("key", "own.txt"), ("ticket", ticket)])
    assert (await world.client.get(f"/-/preview?{doubled}")).status_code == 401
    quoted = urlencode({**query, "ticket": ticket})
    assert (await world.client.get(f"/-/previe%77?{quoted}")).status_code == 401
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert (await asked(world, "preview", {**query, "ticket": ticket}, None, method=method)).status_code == 405
    # A token does not help a ticket that is wrong.
    wrong = {**query, "key": "other.txt", "ticket": ticket}
    assert (await asked(world, "preview", wrong, world.token())).status_code == 401


async def test_an_expired_ticket_is_refused(world: PreviewsWorld) -> None:
    query = {"bucket": world.bucket, "key": "own.txt"}
    ended = world.auth.ticket_for(world.token(), "/-/preview", query, timedelta(seconds=-1))
    answer = await asked(world, "preview", {**query, "ticket": ended}, None)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthenticated")
    short = world.auth.ticket_for(world.token(), "/-/preview", query, timedelta(seconds=1.5))

    async def is_refused() -> bool:
        return (await asked(world, "preview", {**query, "ticket": short}, None)).status_code == 401

    while not await is_refused():  # what was accepted is refused at its end
        pass


@pytest.mark.parametrize("shown", ["token", "ticket"])
async def test_a_cached_answer_ends_with_the_session(world: PreviewsWorld, shown: str) -> None:
    query = {"bucket": world.bucket, "key": "own.txt"}
    ticket = {"ticket": world.ticket("preview", query)} if shown == "ticket" else {}
    token = None if ticket else world.token()
    assert (await asked(world, "preview", query | ticket, token)).status_code == 200
    before = world.resources.previews.cache.results["memory"]
    assert (await asked(world, "preview", query | ticket, token)).status_code == 200
    assert world.resources.previews.cache.results["memory"] == before + 1
    world.auth.revoke(world.token())
    await world.has_followed()
    assert (await asked(world, "preview", query | ticket, token)).status_code == 401


async def test_a_cached_answer_ends_with_the_right(world: PreviewsWorld) -> None:
    query = {"bucket": world.bucket, "key": "own.txt"}
    assert (await asked(world, "preview", query, world.token())).status_code == 200
    world.auth.permit(world.token(), {world.other: Level.READ})
    await world.has_followed()
    assert (await asked(world, "preview", query, world.token())).status_code == 404


@pytest.mark.parametrize("kind", list(CredentialKind))
async def test_tools_and_api_keys_read_what_their_role_reads_and_no_more(
    world: PreviewsWorld, kind: CredentialKind
) -> None:
    token = world.auth.token_for("amy", {world.bucket: Level.READ}, kind=kind)
    assert (await asked(world, "preview", {"bucket": world.bucket, "key": "own.txt"}, token)).status_code == 200
    assert (await asked(world, "preview", {"bucket": world.other, "key": "secret.txt"}, token)).status_code == 404
    powerless = world.auth.token_for("amy", {}, kind=kind)
    assert (await asked(world, "preview", {"bucket": world.bucket, "key": "own.txt"}, powerless)).status_code == 404


async def test_what_the_store_denies_is_not_shown_from_the_cache(world: PreviewsWorld) -> None:
    query = {"bucket": world.bucket, "key": "own.txt"}
    assert (await asked(world, "preview", query, world.token())).status_code == 200
    world.auth.s3_keys = ("ASIANOBODY", "wrong", "")
    other = world.auth.token_for("bob", {world.bucket: Level.READ})
    answer = await asked(world, "preview", query, other)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/store_denied")


async def test_no_log_line_has_a_ticket(world: PreviewsWorld, capsys: pytest.CaptureFixture[str]) -> None:
    query = {"bucket": world.bucket, "key": "own.txt"}
    ticket = world.ticket("preview", query)
    await asked(world, "preview", {**query, "ticket": ticket}, None)
    await asked(world, "preview", {**query, "key": "x", "ticket": ticket}, None)
    await asked(world, "nothing", {**query, "ticket": ticket}, None)
    structlog.get_logger().info("the_end")
    written = capsys.readouterr()
    assert "the_end" in written.out + written.err
    assert ticket not in written.out + written.err
    assert ticket.rpartition(".")[2] not in written.out + written.err
