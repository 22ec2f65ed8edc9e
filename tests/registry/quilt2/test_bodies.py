"""Large request bodies: they are read after the caller is known, and take bounded memory."""

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import Iterator
from functools import cache

import httpx
import pytest
from fastapi import FastAPI
from support.faults.large_bodies import send_large_body, writing_routes
from support.worlds.quilt2_world import BUCKET, H1, Quilt2World, file, root
from support.worlds.registry_world import problem

from registry.quilt2.body_budget import MAX_BODIES_BYTES, BodyBudget
from registry.quilt2.resources import Quilt2Resources
from registry.quilt2.routes.bodies import MAX_BODY_BYTES, MAX_HASHES, MAX_PUSH_VALUES
from registry.quilt2.services import trees
from registry.settings import Quilt2Settings

HASH = trees.package_hash(root())
PUSHES = [("PUT", f"package/amy/wine/{HASH}"), ("POST", "package_update/amy/wine/part")]
BODIES = [
    *PUSHES,
    ("POST", "get_objects"),
    ("PUT", "tag/amy/wine/latest"),
    ("PUT", "version/amy/wine/1.0"),
    ("POST", "comments/amy/wine/"),
    ("POST", "log"),
]
MANY_FILES = root(**{f"file{number}": file(H1) for number in range(1_000)})


@cache
def bomb() -> bytes:
    """A gzip of 76 kB, which unpacks to 26 million JSON lists."""
    return gzip.compress(b"[" + b"[]," * 26_000_000 + b"[]]", mtime=0)


@pytest.fixture
def memory() -> Iterator[None]:
    bomb()
    tracemalloc.start()
    yield
    tracemalloc.stop()


async def peak_of(
    registry: Quilt2World, who: str | None, method: str, path: str, body: bytes, *, encoding: str = "gzip"
) -> tuple[httpx.Response, int]:
    """The answer, and the peak of bytes in use above those before the request."""
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    answer = await registry.ask(who, method, path, content=body, headers={"Content-Encoding": encoding})
    return answer, tracemalloc.get_traced_memory()[1] - before


@pytest.mark.usefixtures("memory")
async def test_a_compressed_bomb_of_a_signed_in_caller_is_refused_and_takes_little_memory(
    registry: Quilt2World,
) -> None:
    for method, path in BODIES:
        answer, peak = await peak_of(registry, "amy", method, path, bomb())
        assert problem(answer)[0] == 413
        assert peak < 50 << 20, (path, peak)


@pytest.mark.usefixtures("memory")
async def test_a_compressed_bomb_of_an_anonymous_caller_is_refused(registry: Quilt2World) -> None:
    for method, path in BODIES:
        answer, peak = await peak_of(registry, None, method, path, bomb())
        assert problem(answer)[0] == (413 if path in {"get_objects", "log"} else 401)
        assert peak < 50 << 20, (path, peak)


@pytest.mark.usefixtures("memory")
async def test_nested_lists_of_hashes_are_refused_at_the_first_item_that_is_no_hash(registry: Quilt2World) -> None:
    lists = gzip.compress(b"[" + b"[]," * 90_000 + b"[]]")
    answer, peak = await peak_of(registry, "amy", "POST", "get_objects", lists)
    assert problem(answer) == (400, "The body must be an array of hashes")
    assert peak < 2 << 20


@pytest.mark.usefixtures("memory")
async def test_unknown_members_of_a_push_are_refused_without_being_parsed(registry: Quilt2World) -> None:
    lists = b"[" + b"[]," * 600_000 + b"[]]"
    for members in (b'"more":' + lists, b'"sizes":' + lists, b'"description":' + lists):
        body = b'{"contents":{},' + members + b"}"
        answer, peak = await peak_of(registry, "amy", *PUSHES[0], body, encoding="identity")
        assert problem(answer)[0] == 400
        assert peak < 8 << 20, peak


async def test_a_push_of_too_many_values_is_refused(registry: Quilt2World) -> None:
    lists = b"[" + b"[]," * (MAX_PUSH_VALUES // 2) + b"[]]"
    body = b'{"contents":{"type":"ROOT","children":{},"metadata":' + lists + b'},"description":"","sizes":{}}'
    answer = await registry.ask("amy", *PUSHES[0], content=body)
    assert problem(answer) == (413, f"The body has more than {MAX_PUSH_VALUES} values")


async def test_a_list_of_more_than_100_000_hashes_is_refused(registry: Quilt2World) -> None:
    most = json.dumps([H1] * MAX_HASHES).encode()
    assert (await registry.ask("amy", "POST", "get_objects", content=most)).status_code == 200
    more = gzip.compress(json.dumps(["x"] * (MAX_HASHES + 1)).encode(), 1)
    answer = await registry.ask("amy", "POST", "get_objects", content=more, headers={"Content-Encoding": "gzip"})
    assert problem(answer)[0] == 413


async def test_a_push_that_compresses_well_is_accepted(registry: Quilt2World) -> None:
    folder = "some_directory/" * 16
    names = [f"file{number:06}.csv" for number in range(20_000)]
    tree = root(**{name: file(H1, metadata={"q_path": folder + name}) for name in names})
    body = {"contents": tree, "description": "", "sizes": {H1: 1}, "dry_run": True}
    plain = json.dumps(body).encode()
    packed = gzip.compress(plain, 9)
    assert len(plain) > max(MAX_BODY_BYTES, 50 * len(packed))
    where = f"package/amy/wine/{trees.package_hash(tree)}"
    gzipped = {"Content-Encoding": "gzip"}
    answer = await registry.ask("amy", "PUT", where, content=packed, headers=gzipped)
    assert answer.status_code == 200, answer.text


async def test_a_push_waits_for_memory_and_is_refused_when_none_is_released(
    app: FastAPI, registry: Quilt2World
) -> None:
    budget = BodyBudget(seconds=0)
    app.state.quilt2 = Quilt2Resources(body_budget=budget)
    async with budget.claim() as claim:
        await claim.hold(MAX_BODIES_BYTES)
        answer = await registry.push(MANY_FILES)
        assert problem(answer)[0] == 503
        assert answer.headers["retry-after"]
        assert (await registry.push(root())).status_code == 200
    assert (await registry.push(MANY_FILES)).status_code == 200
    assert budget.free == MAX_BODIES_BYTES

    patient = BodyBudget()
    app.state.quilt2 = Quilt2Resources(body_budget=patient)
    async with patient.claim() as claim:
        await claim.hold(MAX_BODIES_BYTES)
        waiting = asyncio.create_task(registry.push(MANY_FILES))
        await asyncio.sleep(0)
        await claim.hold(0)
        assert (await waiting).status_code == 200
    assert patient.free == MAX_BODIES_BYTES


async def test_the_budget_counts_the_memory_of_parsed_values(app: FastAPI, registry: Quilt2World) -> None:
    size = len(json.dumps({"contents": MANY_FILES}))
    for max_bytes, status in ((2 * size, 503), (20 * size, 200)):
        app.state.quilt2 = Quilt2Resources(body_budget=BodyBudget(max_bytes, seconds=0))
        assert (await registry.push(MANY_FILES)).status_code == status


async def test_a_refused_body_releases_its_memory(app: FastAPI, registry: Quilt2World) -> None:
    budget = BodyBudget()
    app.state.quilt2 = Quilt2Resources(body_budget=budget)
    for body, status in ((bomb(), 413), (b"no gzip" * 20_000, 400), (gzip.compress(b"{" * (2 << 20)), 413)):
        for method, path in BODIES:
            answer = await registry.ask("amy", method, path, content=body, headers={"Content-Encoding": "gzip"})
            assert answer.status_code == status, path
    assert budget.free == MAX_BODIES_BYTES


class TestClosed:
    @pytest.fixture
    def quilt2(self) -> Quilt2Settings:
        return Quilt2Settings(bucket=BUCKET)

    @pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer garbage"}])
    async def test_no_body_is_read_before_the_caller_is_known(self, app: FastAPI, headers: dict[str, str]) -> None:
        assert app.state.resources.settings.quilt2.bucket
        for method, path in writing_routes(app):
            taken = await send_large_body(app, method, path, headers)
            assert taken.size == 0, (method, path)
            assert taken.status == (403 if path.startswith("/internal/") and headers else 401), (method, path)

    @pytest.mark.usefixtures("memory")
    async def test_a_compressed_bomb_without_a_token_is_not_unpacked(self, registry: Quilt2World) -> None:
        for method, path in BODIES:
            answer, peak = await peak_of(registry, None, method, path, bomb())
            assert problem(answer) == (401, "Not logged in")
            assert peak < 2 << 20, (path, peak)
