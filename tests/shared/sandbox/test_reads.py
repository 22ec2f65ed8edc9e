"""How a worker reads a file through the pipe."""

# ruff: noqa: ASYNC110, S311 – reads set no events, and the same numbers each time are wanted

import asyncio
import random

import pytest
from support.sandbox.hostile_family import Frames, Ranges
from support.sandbox.pools import open_hostile_pool
from support.sandbox.sources import MemorySource
from typing_extensions import override

from shared.errors import NotFound
from shared.readers.source import SourceError
from shared.sandbox.errors import SandboxFailed
from shared.sandbox.frames import (
    MAX_CONCURRENT_READ_BYTES,
    MAX_CONCURRENT_READS,
    MAX_READ_BYTES,
    RangeRequest,
    frame_start,
)
from shared.sandbox.pipe_source import BLOCK_BYTES
from shared.sandbox.pool import SandboxPool

MEGABYTE = 1 << 20
CONTENT = random.Random(1).randbytes(24 * MEGABYTE + 4711)


async def read(
    pool: SandboxPool, source: MemorySource, *ranges: tuple[int, int], threads: int = 1
) -> tuple[int, bytes]:
    """Bytes that the reader says it fetched, and the content that it got."""
    answer = await pool.run("read_ranges", "hostile", "file", Ranges(list(ranges), threads), source)
    _, fetched, content = answer.body.split(b" ", 2)
    assert answer.read_bytes <= sum(length for _, length in source.reads)
    return int(fetched), content


def wanted(*ranges: tuple[int, int]) -> bytes:
    return b"".join(CONTENT[offset : offset + length] for offset, length in ranges)


async def test_a_small_read_fetches_one_block(pool: SandboxPool) -> None:
    source = MemorySource(CONTENT)
    fetched, content = await read(pool, source, (100_000, 50))
    assert content == wanted((100_000, 50))
    assert source.reads == [(BLOCK_BYTES, BLOCK_BYTES)]
    assert fetched == BLOCK_BYTES


async def test_arguments_may_be_long(pool: SandboxPool) -> None:
    ranges = [(0, 1)] * 100_000
    _, content = await read(pool, MemorySource(b"abc"), *ranges)
    assert content == b"a" * 100_000


async def test_blocks_are_fetched_once(pool: SandboxPool) -> None:
    source = MemorySource(CONTENT)
    ranges = [(5 * MEGABYTE, 10), (200_000, 10), (5 * MEGABYTE + 500, 10), (199_000, 2_000)]
    _, content = await read(pool, source, *ranges)
    assert content == wanted(*ranges)
    assert len(source.reads) == 2


async def test_a_file_that_is_read_from_beginning_to_end_is_fetched_once_and_with_few_reads(pool: SandboxPool) -> None:
    source = MemorySource(CONTENT)
    ranges = [(start, 20_000) for start in range(0, len(CONTENT), 20_000)]
    fetched, content = await read(pool, source, *ranges)
    assert content == CONTENT
    assert fetched == len(CONTENT)
    assert len(source.reads) < 25


async def test_large_reads_are_divided_and_fetched_at_the_same_time(pool: SandboxPool) -> None:
    gate = asyncio.Event()
    source = MemorySource(CONTENT, gate)
    call = asyncio.create_task(read(pool, source, (10, len(CONTENT))))
    at_once = MAX_CONCURRENT_READ_BYTES // MAX_READ_BYTES
    while source.running < at_once:
        await asyncio.sleep(0.01)
    gate.set()
    fetched, content = await call
    assert content == CONTENT[10:]
    assert fetched == len(CONTENT) - 10
    assert source.most_running == at_once
    assert max(length for _, length in source.reads) == MAX_READ_BYTES


async def test_a_worker_that_asks_for_more_at_the_same_time_waits() -> None:
    asked = b"".join(frame_start(RangeRequest(number, 0, 10)) for number in range(100))
    source = MemorySource(CONTENT)
    async with open_hostile_pool(seconds=0.5) as pool:
        with pytest.raises(SandboxFailed, match="took too long"):
            await pool.run("write_frames", "hostile", "file", Frames(asked), source)
    assert source.most_running == MAX_CONCURRENT_READS
    assert len(source.reads) == 100


async def test_threads_of_a_reader_share_a_source(pool: SandboxPool) -> None:
    chance = random.Random(7)
    ranges = [(chance.randrange(len(CONTENT)), chance.choice([1, 1_000, 100_000, 3 * MEGABYTE])) for _ in range(40)]
    _, content = await read(pool, MemorySource(CONTENT), *ranges, threads=8)
    assert content == wanted(*ranges)


@pytest.mark.parametrize("seed", range(5))
async def test_any_ranges_are_read_as_they_are(pool: SandboxPool, seed: int) -> None:
    chance = random.Random(seed)
    size = chance.choice([0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 5 * MEGABYTE + 3])
    source = MemorySource(CONTENT[:size])
    position, ranges = 0, []
    for _ in range(120):
        position = chance.choice([position, position + 100, chance.randrange(size + 100)])
        length = chance.choice([0, 1, 4_096, BLOCK_BYTES, chance.randrange(3 * MEGABYTE)])
        ranges.append((position, length))
        position += length
    _, content = await read(pool, source, *ranges)
    assert content == b"".join(source.content[offset : offset + length] for offset, length in ranges)


async def test_answers_that_come_after_the_end_of_a_call_do_not_disturb_the_next(pool: SandboxPool) -> None:
    first = MemorySource(CONTENT)
    for _ in range(5):  # each ends while the next blocks are being fetched
        await read(pool, first, (0, 10), (BLOCK_BYTES, 10), (2 * BLOCK_BYTES, 10), (3 * BLOCK_BYTES, 10))
        first.reads.clear()
    other = MemorySource(CONTENT[::-1])
    _, content = await read(pool, other, (0, 300_000))
    assert content == CONTENT[::-1][:300_000]


@pytest.mark.parametrize("error", [NotFound("The object is gone"), SourceError("The object has changed")])
async def test_an_error_of_the_source_reaches_the_caller_and_the_worker_is_kept(
    pool: SandboxPool, error: Exception
) -> None:
    class Failing(MemorySource):
        @override
        async def read(self, offset: int, length: int) -> bytes:
            raise error

    before = await pool.run("read_ranges", "hostile", "file", Ranges([]), MemorySource())
    with pytest.raises(type(error)) as raised:
        await pool.run("read_ranges", "hostile", "file", Ranges([(0, 10), (9 * MEGABYTE, 10)]), Failing(CONTENT))
    assert raised.value is error
    after = await pool.run("read_ranges", "hostile", "file", Ranges([]), MemorySource())
    assert after.body == before.body


async def test_a_file_that_has_become_shorter_is_an_error_of_the_source(pool: SandboxPool) -> None:
    class Shorter(MemorySource):
        @override
        async def read(self, offset: int, length: int) -> bytes:
            return (await super().read(offset, length))[:-1]

    with pytest.raises(SourceError, match="changed"):
        await pool.run("read_ranges", "hostile", "file", Ranges([(0, 10)]), Shorter(b"0123456789"))
