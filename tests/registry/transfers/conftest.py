"""Two buckets in the emulator: one to take from, one to give to."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from support.worlds.servers import Aws
from support.worlds.transfer_world import Shop

from registry.services.transfers.transfers import Transfers, open_transfers
from shared.aws.clients import open_s3


@pytest.fixture(scope="module")
async def shop(aws: Aws) -> AsyncIterator[Shop]:
    names = [f"{name}-{uuid4().hex[:8]}" for name in ("source", "target", "plain")]
    async with open_s3(aws.settings) as s3:
        for name in names:
            await s3.create_bucket(Bucket=name)
        for name in names[:2]:
            await s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        yield Shop(s3, *names)


@pytest.fixture
def transfers(shop: Shop) -> Iterator[Transfers]:
    with open_transfers(shop.s3) as transfers:
        yield transfers


@pytest.fixture
def key() -> str:
    return f"d {uuid4().hex}/é+.bin"
