"""Three buckets in the S3 emulator: a source, a target, and one without versions."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from support.worlds.servers import Aws
from support.worlds.transfer_world import TransferWorld

from registry.services.transfers.s3_transfers import S3Transfers, open_s3_transfers
from shared.aws.clients import open_s3


@pytest.fixture(scope="module")
async def world(aws: Aws) -> AsyncIterator[TransferWorld]:
    names = [f"{name}-{uuid4().hex[:8]}" for name in ("source", "target", "plain")]
    async with open_s3(aws.settings) as s3:
        for name in names:
            await s3.create_bucket(Bucket=name)
        for name in names[:2]:
            await s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        yield TransferWorld(s3, *names)


@pytest.fixture
def transfers(world: TransferWorld) -> Iterator[S3Transfers]:
    with open_s3_transfers(world.s3) as transfers:
        yield transfers


@pytest.fixture
def key() -> str:
    return f"d {uuid4().hex}/é+.bin"
