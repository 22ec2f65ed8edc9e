"""Answers about files are made once, kept in memory and in the service bucket, and not kept when they failed for a moment."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from s3proxy.services.previews.cache import MIN_SECONDS_TO_STORE, Failure, PreviewCache, answer_key, temporary_failure
from s3proxy.services.previews.errors import NoReader, Unreadable
from s3proxy.services.previews.objects import ObjectHead, ObjectName
from shared.errors import Unauthenticated, Unavailable
from shared.readers.queries import PreviewOptions, RowsQuery

Made = tuple[str, bytes] | Failure
JSON = "application/json"


@dataclass
class Bucket:
    """Implements `AnswerStore`."""

    stored: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    async def read(self, key: str) -> tuple[str, bytes] | None:
        return self.stored.get(key)

    async def write(self, key: str, media_type: str, body: bytes) -> None:
        self.stored[key] = media_type, body


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def reader(clock: Clock, made: Made, seconds: float = 0) -> tuple[list[str], Callable[[], Awaitable[Made]]]:
    """Calls of a reader that takes some time, and the reader."""
    calls: list[str] = []

    async def make() -> Made:
        calls.append("called")
        await asyncio.sleep(0)
        clock.now += seconds
        return made

    return calls, make


async def test_equal_requests_at_once_are_one_call(clock: Clock) -> None:
    cache = PreviewCache(1 << 20, clock=clock)
    calls, make = reader(clock, (JSON, b"{}"))
    answers = await asyncio.gather(*(cache.answer("a", make) for _ in range(50)), cache.answer("b", make))
    assert {each.body for each in answers} == {b"{}"}
    assert len(calls) == 2
    await cache.answer("a", make)
    assert (len(calls), cache.results["memory"], cache.results["reader"]) == (2, 1, 2)


async def test_a_call_goes_on_when_the_first_who_asked_has_gone(clock: Clock) -> None:
    cache = PreviewCache(1 << 20, clock=clock)
    go = asyncio.Event()

    async def make() -> Made:
        await go.wait()
        return JSON, b"{}"

    first = asyncio.create_task(cache.answer("a", make))
    second = asyncio.create_task(cache.answer("a", make))
    await asyncio.sleep(0)
    first.cancel()
    go.set()
    assert (await second).body == b"{}"


async def test_others_get_an_answer_when_the_first_who_asked_loses_their_rights(clock: Clock) -> None:
    cache = PreviewCache(1 << 20, clock=clock)
    asked = asyncio.Event()

    async def revoked() -> Made:
        await asked.wait()
        raise Unauthenticated

    _, make = reader(clock, (JSON, b"{}"))
    first = asyncio.create_task(cache.answer("a", revoked))
    await asyncio.sleep(0)
    second = asyncio.create_task(cache.answer("a", make))
    await asyncio.sleep(0)
    asked.set()
    with pytest.raises(Unauthenticated):
        await first
    assert (await second).body == b"{}"


async def test_memory_is_bounded_and_the_longest_unused_go_first(clock: Clock) -> None:
    cache = PreviewCache(100_000, clock=clock)
    _, make = reader(clock, (JSON, b"x" * 9_500))
    for number in range(10):
        await cache.answer(str(number), make)
    assert cache.find("0") is not None
    await cache.answer("more", make)
    assert cache.find("0") is not None
    assert cache.find("1") is None
    _, large = reader(clock, (JSON, b"x" * 50_000))
    assert len((await cache.answer("large", large)).body) == 50_000
    assert cache.find("large") is None
    assert cache.bytes <= 100_000


async def test_answers_that_took_long_are_shared_through_the_bucket(clock: Clock) -> None:
    bucket = Bucket()
    first, second = PreviewCache(1 << 20, bucket, clock), PreviewCache(1 << 20, bucket, clock)
    calls, slow = reader(clock, (JSON, b"slow"), seconds=MIN_SECONDS_TO_STORE)
    _, fast = reader(clock, (JSON, b"fast"), seconds=MIN_SECONDS_TO_STORE / 2)
    await first.answer("slow", slow)
    await first.answer("fast", fast)
    assert bucket.stored == {"slow": (JSON, b"slow")}
    assert (await second.answer("slow", slow)).body == b"slow"
    assert (len(calls), second.results["bucket"]) == (1, 1)


async def test_a_file_that_cannot_be_read_is_not_tried_again(clock: Clock) -> None:
    cache = PreviewCache(1 << 20, clock=clock)
    for error in (Unreadable, NoReader):
        calls, make = reader(clock, Failure(error, "It is damaged"))
        for _ in range(3):
            with pytest.raises(error, match="It is damaged"):
                await cache.answer(error.slug, make)
        assert len(calls) == 1


async def test_a_reader_that_failed_for_a_moment_is_tried_again_later(clock: Clock) -> None:
    cache = PreviewCache(1 << 20, clock=clock)
    calls, make = reader(clock, temporary_failure("The reader took too long", clock))
    for seconds in (0, 59, 2):
        clock.now += seconds
        with pytest.raises(Unreadable):
            await cache.answer("a", make)
    assert len(calls) == 2


async def test_outages_are_not_kept(clock: Clock) -> None:
    cache = PreviewCache(1 << 20, clock=clock)

    async def fail() -> Made:
        raise Unavailable("The object store is not responding")

    with pytest.raises(Unavailable):
        await cache.answer("a", fail)
    _, make = reader(clock, (JSON, b"{}"))
    assert (await cache.answer("a", make)).body == b"{}"


def test_the_key_tells_objects_versions_names_operations_and_arguments_apart() -> None:
    name, head = ObjectName("wine", "a.csv"), ObjectHead(7, '"e"', None)
    keys = [
        answer_key(name, head, "a.csv", "rows", RowsQuery()),
        answer_key(ObjectName("wine", "b.csv"), head, "a.csv", "rows", RowsQuery()),
        answer_key(ObjectName("beer", "a.csv"), head, "a.csv", "rows", RowsQuery()),
        answer_key(name, ObjectHead(7, '"f"', None), "a.csv", "rows", RowsQuery()),
        answer_key(name, ObjectHead(8, '"e"', None), "a.csv", "rows", RowsQuery()),
        answer_key(name, ObjectHead(7, '"e"', "v1"), "a.csv", "rows", RowsQuery()),
        answer_key(name, ObjectHead(7, '"e"', "v2"), "a.csv", "rows", RowsQuery()),
        answer_key(name, head, "b.txt", "rows", RowsQuery()),
        answer_key(name, head, "a.csv", "statistics", RowsQuery()),
        answer_key(name, head, "a.csv", "preview", PreviewOptions()),
        answer_key(name, head, "a.csv", "rows", RowsQuery(offset=1)),
        answer_key(name, head, "a.csv", "rows", RowsQuery(where=[("a", "=", 1)])),
        answer_key(name, head, "a.csv", "rows", RowsQuery(where=[("a", "=", "1")])),
        answer_key(name, head, "a.csv", "rows", RowsQuery(where=[("a", "=", True)])),
    ]
    assert len(set(keys)) == len(keys)
    assert keys[0] == answer_key(name, head, "a.csv", "rows", RowsQuery())
    # A version without a number of its own is told by its ETag.
    null = [ObjectHead(7, etag, "null") for etag in ('"e"', '"f"')]
    assert len({answer_key(name, each, "a.csv", "rows", RowsQuery()) for each in null}) == 2
