"""Copies and hashes that are interrupted: by cancellation, by S3, or by the end of the process."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
import stamina
from support.worlds.transfer_world import TransferWorld
from typing_extensions import override

from registry.services.transfers.digests import CHUNKED, digest_of
from registry.services.transfers.limits import TransferLimits
from registry.services.transfers.s3_transfers import S3Transfers
from registry.services.transfers.uploads import UnfinishedUpload
from shared.aws.objects import Throttled
from shared.aws.transfers import Content, Part, S3Contents, Upload
from shared.errors import Unavailable
from shared.quilt.chunked_hash import PART_BYTES
from shared.quilt.physical_keys import PhysicalKey
from shared.schemas.package import Hash

LARGE = random.Random(2).randbytes(3 * PART_BYTES + 1)  # noqa: S311
EXPECTED = Hash(type=CHUNKED, value=digest_of(CHUNKED, LARGE))

Result = TypeVar("Result")


class MemoryUploadLog:
    """An `UploadLog` in memory."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], UnfinishedUpload] = {}

    async def find(self, bucket: str, key: str) -> UnfinishedUpload | None:
        return self.known.get((bucket, key))

    async def put(self, bucket: str, key: str, unfinished: UnfinishedUpload) -> None:
        self.known[bucket, key] = unfinished

    async def remove(self, bucket: str, key: str) -> None:
        del self.known[bucket, key]


class HangingContents(S3Contents):
    """Copies `stop_at` parts; further calls hang."""

    stop_at = 1 << 30

    def __init__(self, world: TransferWorld) -> None:
        super().__init__(world.s3)
        self.copied: list[int] = []
        self.stopped = asyncio.Event()

    @override
    async def copy_part(self, content: Content, upload: Upload, number: int, start: int, end: int) -> Part:
        if len(self.copied) >= self.stop_at:
            self.stopped.set()
            await asyncio.Event().wait()
        self.copied.append(number)
        return await super().copy_part(content, upload, number, start, end)


class ThrottledContents(S3Contents):
    """Answers the first `refusals` calls of each method with SlowDown."""

    refusals = 2

    def __init__(self, world: TransferWorld) -> None:
        super().__init__(world.s3)
        self.refused: dict[str, int] = {}

    @override
    async def head(self, location: PhysicalKey) -> Content:
        return await self._throttle("head", lambda: S3Contents.head(self, location))

    @override
    async def read(self, content: Content, start: int, end: int) -> bytes:
        return await self._throttle("read", lambda: S3Contents.read(self, content, start, end))

    @override
    async def copy(self, content: Content, bucket: str, key: str) -> Content:
        return await self._throttle("copy", lambda: S3Contents.copy(self, content, bucket, key))

    @override
    async def copy_part(self, content: Content, upload: Upload, number: int, start: int, end: int) -> Part:
        return await self._throttle(
            "copy_part", lambda: S3Contents.copy_part(self, content, upload, number, start, end)
        )

    async def _throttle(self, kind: str, call: Callable[[], Awaitable[Result]]) -> Result:
        self.refused[kind] = self.refused.get(kind, 0) + 1
        if self.refused[kind] <= self.refusals:
            raise Throttled("S3 answers SlowDown")
        return await call()


FOUR_ATTEMPTS = stamina.AsyncRetryingCaller(attempts=4, timeout=None, wait_initial=0.001, wait_jitter=0)
HASTY = TransferLimits(max_concurrent_copies=2, retries=FOUR_ATTEMPTS.on(Unavailable))


async def interrupted(
    transfers: S3Transfers, contents: HangingContents, source: PhysicalKey, to: str, log: MemoryUploadLog | None
) -> None:
    copying = asyncio.create_task(transfers.copy(source, to, source.key, EXPECTED, log=log))
    await contents.stopped.wait()
    copying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await copying


async def test_a_cancelled_copy_leaves_no_upload_and_no_object(world: TransferWorld, key: str) -> None:
    source = await world.put(key, LARGE)
    contents = HangingContents(world)
    contents.stop_at = 2
    await interrupted(S3Transfers(contents, HASTY), contents, source, world.target, None)
    assert (await world.uploads(), await world.count_versions(key)) == ([], 0)


async def test_an_interrupted_copy_in_the_log_continues_with_its_missing_parts(world: TransferWorld, key: str) -> None:
    source = await world.put(key, LARGE)
    log, contents = MemoryUploadLog(), HangingContents(world)
    contents.stop_at = 2
    await interrupted(S3Transfers(contents, HASTY), contents, source, world.target, log)
    assert (await world.uploads(), await world.count_versions(key)) == ([key], 0)
    again = HangingContents(world)
    done: list[int] = []
    made = await S3Transfers(again).copy(source, world.target, key, EXPECTED, progress=done.append, log=log)
    assert (sorted([*contents.copied, *again.copied]), sum(done)) == ([1, 2, 3, 4], len(LARGE))
    assert (made.hash, await world.body(made.location), await world.count_versions(key)) == (EXPECTED, LARGE, 1)
    assert (await world.uploads(), log.known) == ([], {})


@pytest.mark.parametrize("what", ["the source changed", "the upload is gone"])
async def test_an_interrupted_copy_starts_over_if_its_source_or_upload_has_changed(
    world: TransferWorld, key: str, what: str
) -> None:
    source = await world.put(key, LARGE)
    log, contents = MemoryUploadLog(), HangingContents(world)
    contents.stop_at = 1
    await interrupted(S3Transfers(contents, HASTY), contents, source, world.target, log)
    transfers = S3Transfers(S3Contents(world.s3))
    if what == "the source changed":
        source = await world.put(key, LARGE[::-1])
    else:
        await transfers.abandon(world.target, key, log.known[world.target, key])
    made = await transfers.copy(source, world.target, key, log=log)
    assert await world.body(made.location) == await world.body(source)
    assert (await world.uploads(), log.known) == ([], {})


async def test_a_lost_answer_to_the_completion_makes_no_second_copy(world: TransferWorld, key: str) -> None:
    class LosingContents(S3Contents):
        @override
        async def complete(self, upload: Upload, parts: list[Part]) -> Content:  # type: ignore[override]
            await super().complete(upload, parts)
            return await super().complete(upload, parts)

    source = await world.put(key, LARGE)
    made = await S3Transfers(LosingContents(world.s3)).copy(source, world.target, key, EXPECTED)
    assert (made.hash, await world.count_versions(key)) == (EXPECTED, 1)


@pytest.mark.parametrize("body", [b"hello", LARGE], ids=len)
async def test_throttled_calls_are_retried(world: TransferWorld, key: str, body: bytes) -> None:
    source = await world.put(key, body)
    contents = ThrottledContents(world)
    transfers = S3Transfers(contents, HASTY)
    assert (await transfers.hash(source)).hash.value == digest_of(CHUNKED, body)
    made = await transfers.copy(source, world.target, key)
    assert await world.body(made.location) == body
    assert {"head", "read"} < contents.refused.keys()


async def test_a_call_fails_after_the_last_retry(world: TransferWorld, key: str) -> None:
    source = await world.put(key, LARGE)
    contents = ThrottledContents(world)
    contents.refusals = 1000
    with pytest.raises(Throttled):
        await S3Transfers(contents, HASTY).hash(source)
    assert contents.refused == {"head": 4}
