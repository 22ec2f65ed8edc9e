"""Copies and hashes that are cut short, by us, by S3, or by the end of the process."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from support.worlds.transfer_world import Shop
from typing_extensions import override

from registry.services.transfers.digests import CHUNKED, PART, digest_of
from registry.services.transfers.errors import Throttled
from registry.services.transfers.limits import RetryPolicy, TransferLimits
from registry.services.transfers.transfers import Transfers
from registry.services.transfers.uploads import UnfinishedUpload
from shared.aws.transfers import Content, Part, S3Contents, Upload
from shared.quilt.physical_keys import PhysicalKey
from shared.schemas.package import Hash

LARGE = random.Random(2).randbytes(3 * PART + 1)  # noqa: S311
SAID = Hash(type=CHUNKED, value=digest_of(CHUNKED, LARGE))

Result = TypeVar("Result")


class Log:
    """An `UploadLog` in memory."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], UnfinishedUpload] = {}

    async def find(self, bucket: str, key: str) -> UnfinishedUpload | None:
        return self.known.get((bucket, key))

    async def put(self, bucket: str, key: str, unfinished: UnfinishedUpload) -> None:
        self.known[bucket, key] = unfinished

    async def remove(self, bucket: str, key: str) -> None:
        del self.known[bucket, key]


class Stopping(S3Contents):
    """Copies so many parts, and then no more."""

    stop_at = 1 << 30

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop.s3)
        self.copied: list[int] = []
        self.stopped = asyncio.Event()

    @override
    async def copy_part(self, content: Content, upload: Upload, number: int, start: int, end: int) -> Part:
        if len(self.copied) >= self.stop_at:
            self.stopped.set()
            await asyncio.Event().wait()
        self.copied.append(number)
        return await super().copy_part(content, upload, number, start, end)


class Throttling(S3Contents):
    """Refuses the first few of each kind of call."""

    refusals = 2

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop.s3)
        self.refused: dict[str, int] = {}

    @override
    async def head(self, location: PhysicalKey) -> Content:
        return await self._late("head", lambda: S3Contents.head(self, location))

    @override
    async def read(self, content: Content, start: int, end: int) -> bytes:
        return await self._late("read", lambda: S3Contents.read(self, content, start, end))

    @override
    async def copy(self, content: Content, bucket: str, key: str) -> Content:
        return await self._late("copy", lambda: S3Contents.copy(self, content, bucket, key))

    @override
    async def copy_part(self, content: Content, upload: Upload, number: int, start: int, end: int) -> Part:
        return await self._late("copy_part", lambda: S3Contents.copy_part(self, content, upload, number, start, end))

    async def _late(self, kind: str, call: Callable[[], Awaitable[Result]]) -> Result:
        self.refused[kind] = self.refused.get(kind, 0) + 1
        if self.refused[kind] <= self.refusals:
            raise Throttled("S3 answers SlowDown")
        return await call()


HASTY = TransferLimits(copies=2, retries=RetryPolicy(attempts=4, first=0.001))


async def interrupted(transfers: Transfers, contents: Stopping, source: PhysicalKey, to: str, log: Log | None) -> None:
    copying = asyncio.create_task(transfers.copy(source, to, source.key, SAID, log=log))
    await contents.stopped.wait()
    copying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await copying


async def test_a_cancelled_copy_leaves_nothing(shop: Shop, key: str) -> None:
    source = await shop.put(key, LARGE)
    contents = Stopping(shop)
    contents.stop_at = 2
    await interrupted(Transfers(contents, HASTY), contents, source, shop.target, None)
    assert (await shop.uploads(), await shop.versions(key)) == ([], 0)


async def test_an_interrupted_copy_goes_on_where_it_was(shop: Shop, key: str) -> None:
    source = await shop.put(key, LARGE)
    log, contents = Log(), Stopping(shop)
    contents.stop_at = 2
    await interrupted(Transfers(contents, HASTY), contents, source, shop.target, log)
    assert (await shop.uploads(), await shop.versions(key)) == ([key], 0)
    again = Stopping(shop)
    done: list[int] = []
    made = await Transfers(again).copy(source, shop.target, key, SAID, progress=done.append, log=log)
    assert (sorted([*contents.copied, *again.copied]), sum(done)) == ([1, 2, 3, 4], len(LARGE))
    assert (made.hash, await shop.body(made.location), await shop.versions(key)) == (SAID, LARGE, 1)
    assert (await shop.uploads(), log.known) == ([], {})


@pytest.mark.parametrize("what", ["the source changed", "the upload is gone"])
async def test_an_interrupted_copy_that_cannot_go_on_begins_anew(shop: Shop, key: str, what: str) -> None:
    source = await shop.put(key, LARGE)
    log, contents = Log(), Stopping(shop)
    contents.stop_at = 1
    await interrupted(Transfers(contents, HASTY), contents, source, shop.target, log)
    transfers = Transfers(S3Contents(shop.s3))
    if what == "the source changed":
        source = await shop.put(key, LARGE[::-1])
    else:
        await transfers.abandon(shop.target, key, log.known[shop.target, key])
    made = await transfers.copy(source, shop.target, key, log=log)
    assert await shop.body(made.location) == await shop.body(source)
    assert (await shop.uploads(), log.known) == ([], {})


async def test_a_lost_answer_is_no_second_copy(shop: Shop, key: str) -> None:
    class Deaf(S3Contents):
        @override
        async def complete(self, upload: Upload, parts: list[Part]) -> Content:  # type: ignore[override]
            await super().complete(upload, parts)
            return await super().complete(upload, parts)

    source = await shop.put(key, LARGE)
    made = await Transfers(Deaf(shop.s3)).copy(source, shop.target, key, SAID)
    assert (made.hash, await shop.versions(key)) == (SAID, 1)


@pytest.mark.parametrize("body", [b"hello", LARGE], ids=len)
async def test_a_busy_store_is_asked_again(shop: Shop, key: str, body: bytes) -> None:
    source = await shop.put(key, body)
    contents = Throttling(shop)
    transfers = Transfers(contents, HASTY)
    assert (await transfers.hash(source)).hash.value == digest_of(CHUNKED, body)
    made = await transfers.copy(source, shop.target, key)
    assert await shop.body(made.location) == body
    assert {"head", "read"} < contents.refused.keys()


async def test_patience_ends(shop: Shop, key: str) -> None:
    source = await shop.put(key, LARGE)
    contents = Throttling(shop)
    contents.refusals = 1000
    with pytest.raises(Throttled):
        await Transfers(contents, HASTY).hash(source)
    assert contents.refused == {"head": 4}
