"""Readers that crash, take too much or say what they should not cost one answer. The pool and the next caller do not notice."""

import struct

import msgspec
import pytest
from structlog.testing import capture_logs
from support.sandbox.hostile_family import Frames, NoArguments, Ranges
from support.sandbox.pools import open_hostile_pool
from support.sandbox.sources import MemorySource

from shared.readers.errors import NoSuchReader, UnreadableFile
from shared.sandbox.errors import SandboxFailed
from shared.sandbox.pool import SandboxPool

MEGABYTE = 1 << 20


async def misbehave(pool: SandboxPool, what: str) -> None:
    await pool.run("misbehave", "hostile", what, NoArguments(), MemorySource())


async def process_of(pool: SandboxPool) -> int:
    answer = await pool.run("read_ranges", "hostile", "file", Ranges([(0, 3)]), MemorySource(b"abc"))
    number, _, content = answer.body.split(b" ", 2)
    assert content == b"abc"
    return int(number)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("crashes", "crashed"),
        ("aborts", "crashed"),
        ("exits", "crashed"),
        ("overflows the stack", "crashed"),
        ("answers too much", "answered too much"),
        ("answers a page", "crashed"),
        ("unknown family", "crashed"),
        ("recurses", "failed"),
        ("raises", "failed"),
        ("takes memory", "took too much memory"),
        ("wants more memory than there is", "took too much memory"),
        ("starts threads", "started too many threads"),
    ],
)
async def test_a_reader_that_misbehaves_is_replaced(pool: SandboxPool, what: str, reason: str) -> None:
    before = await process_of(pool)
    with pytest.raises(SandboxFailed, match=reason):
        await misbehave(pool, what)
    assert await process_of(pool) != before


@pytest.mark.parametrize("what", ["loops", "sleeps", "loops in threads"])
async def test_a_reader_that_does_not_end_is_ended(what: str) -> None:
    async with open_hostile_pool(seconds=0.3) as pool:
        await process_of(pool)
        with pytest.raises(SandboxFailed, match="took too long"):
            await misbehave(pool, what)


async def test_a_reader_whose_threads_compute_too_long_is_ended() -> None:
    async with open_hostile_pool(seconds=60, cpu_seconds=0.3) as pool:
        await process_of(pool)
        with pytest.raises(SandboxFailed, match="took too long"):
            await misbehave(pool, "loops in threads")


@pytest.mark.parametrize(
    ("what", "error", "text"),
    [
        ("unreadable", UnreadableFile, "Line 3 is damaged"),
        ("no such reader", NoSuchReader, "Pictures have no rows"),
    ],
)
async def test_a_reader_that_refuses_a_file_is_kept(
    pool: SandboxPool, what: str, error: type[Exception], text: str
) -> None:
    before = await process_of(pool)
    with pytest.raises(error, match=text):
        await misbehave(pool, what)
    assert await process_of(pool) == before


async def test_a_file_that_turns_out_to_be_for_another_family_does_not_circle(pool: SandboxPool) -> None:
    with pytest.raises(SandboxFailed, match="crashed"):
        await misbehave(pool, "other family")


async def test_noise_on_standard_streams_is_dropped(pool: SandboxPool, capfd: pytest.CaptureFixture[str]) -> None:
    answer = await pool.run("misbehave", "hostile", "prints", NoArguments(), MemorySource())
    assert answer.body == b"printed"
    assert "noise" not in "".join(capfd.readouterr())


async def test_the_log_says_where_a_reader_failed_and_nothing_of_the_file(pool: SandboxPool) -> None:
    with capture_logs() as logs, pytest.raises(SandboxFailed):
        await misbehave(pool, "raises")
    [line] = [each for each in logs if each["event"] == "sandbox_reader_failed"]
    assert line["places"].startswith("ZeroDivisionError\n")
    assert "hostile_family.py" in line["places"]
    assert "secret" not in str(logs)


def frame(head: object, body: bytes = b"") -> bytes:
    encoded = head if isinstance(head, bytes) else msgspec.msgpack.encode(head)
    return struct.pack(">II", len(encoded), len(body)) + encoded + body


def read(number: int, offset: int, length: int) -> bytes:
    return frame({"type": "read", "number": number, "offset": offset, "length": length})


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(struct.pack(">II", 0xFFFFFFFF, 0), id="endless head"),
        pytest.param(frame(b"\xc1"), id="no msgpack"),
        pytest.param(frame(b""), id="empty head"),
        pytest.param(frame(b"\x91" * 60_000), id="deep head"),
        pytest.param(frame(b"\x82\xa4type\xa4read\xa1x" + b"\x91" * 60_000), id="deep unknown field"),
        pytest.param(frame(b"\xdf\xff\xff\xff\xff"), id="endless map"),
        pytest.param(frame({"type": "other"}), id="unknown message"),
        pytest.param(frame({"type": "call", "operation": "x"}), id="message of the pool"),
        pytest.param(frame({"type": "ready", "protections": []}), id="ready again"),
        pytest.param(frame({"type": "ready", "protections": []}, b"body"), id="body where there is none"),
        pytest.param(frame({"type": "answer", "media_type": "text/html"}, b"<script>"), id="page"),
        pytest.param(frame({"type": "answer", "media_type": 1}), id="media type of another type"),
        pytest.param(frame({"type": "failure", "reason": "other", "text": ""}), id="unknown failure"),
        pytest.param(read(1, -1, 10), id="read before the beginning"),
        pytest.param(read(1, 0, 1 << 40), id="endless read"),
        pytest.param(read(1, 0, 0), id="empty read"),
        pytest.param(read(1, 0, -1), id="negative read"),
        pytest.param(read(1, 9, 2), id="read beyond the end"),
        pytest.param(read(1, 1 << 62, 1), id="read far away"),
    ],
)
async def test_a_lying_worker_is_ended(pool: SandboxPool, content: bytes) -> None:
    with pytest.raises(SandboxFailed, match="crashed"):
        await pool.run("write_frames", "hostile", "file", Frames(content), MemorySource(b"0123456789"))


async def test_a_worker_that_reads_too_often_is_ended(pool: SandboxPool) -> None:
    often = Frames(read(1, 0, 1), times=5_001)
    with pytest.raises(SandboxFailed, match="read too much"):
        await pool.run("write_frames", "hostile", "file", often, MemorySource(b"a"))


@pytest.mark.parametrize("size", [65 * MEGABYTE, 0xFFFFFFFF])
async def test_a_worker_that_announces_too_large_an_answer_is_ended(pool: SandboxPool, size: int) -> None:
    announced = Frames(struct.pack(">II", 1, size))
    with pytest.raises(SandboxFailed, match="answered too much"):
        await pool.run("write_frames", "hostile", "file", announced, MemorySource())


async def test_a_worker_that_reads_too_much_is_ended() -> None:
    async with open_hostile_pool(max_read_bytes=MEGABYTE) as pool:
        source = MemorySource(bytes(4 * MEGABYTE))
        with pytest.raises(SandboxFailed, match="read too much"):
            await pool.run("read_ranges", "hostile", "file", Ranges([(0, 4 * MEGABYTE)]), source)
        assert source.reads == []
