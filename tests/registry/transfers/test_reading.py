"""Hashes of objects read in ranges, against a plain computation, with a bounded number of reads."""

import asyncio
import random

from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from registry.services.transfers.digests import KINDS, DigestKind, digest_of
from registry.services.transfers.limits import TransferLimits
from registry.services.transfers.s3_transfers import S3Transfers
from shared.aws.transfers import Content, S3Contents
from shared.quilt.chunked_hash import PART_BYTES
from shared.quilt.physical_keys import PhysicalKey

BYTES = random.Random(3).randbytes(PART_BYTES + 100_000)  # noqa: S311


class MemoryContents(S3Contents):
    """Objects whose key is their length: prefixes of BYTES. `most` is the peak of concurrent reads."""

    def __init__(self) -> None:
        self.reading = self.most = 0

    @override
    async def head(self, location: PhysicalKey) -> Content:
        return Content(location, int(location.key), "etag")

    @override
    async def read(self, content: Content, start: int, end: int) -> bytes:
        self.reading += 1
        self.most = max(self.most, self.reading)
        await asyncio.sleep((start // 7 % 3) * 0.0001)  # answers come out of order
        self.reading -= 1
        return BYTES[start:end]


@settings(max_examples=30)
@given(
    sizes=st.lists(st.integers(0, 50_000) | st.integers(PART_BYTES - 2, len(BYTES)), min_size=1, max_size=4),
    block=st.integers(1_000, 300_000) | st.just(PART_BYTES),
    reads=st.integers(1, 5),
    kind=st.sampled_from(KINDS),
)
async def test_the_hash_of_an_object_read_in_ranges_is_the_hash_of_its_bytes(
    sizes: list[int], block: int, reads: int, kind: DigestKind
) -> None:
    contents = MemoryContents()
    if max(sizes) > 100 * block:
        block = max(sizes) // 100
    transfers = S3Transfers(contents, TransferLimits(max_concurrent_reads=reads, block_bytes=block))
    try:
        found = await asyncio.gather(*(transfers.hash(PhysicalKey("b", str(size), None), kind) for size in sizes))
    finally:
        transfers.close()
    assert [held.hash.value for held in found] == [digest_of(kind, BYTES[:size]) for size in sizes]
    assert contents.most <= reads
