"""Layouts of archives, which are made while manifests are read and go with them."""

from typing import Any

import pytest
from sqlalchemy import text
from support.data.manifests import entry, lines, manifest
from support.worlds.index_world import BUCKET, IndexWorld

from indexer.errors import RevisionNotIndexed
from indexer.services.archive_layouts import ArchiveLayoutService
from indexer.services.buckets import IndexedBucketService
from shared.archives.layout import ArchiveLayout, decode
from shared.archives.tar import file_blocks
from shared.db.engine import transaction
from shared.index.store import IndexStore

ENTRIES = [entry(f"data/{number // 700:03}/{number:05}.csv", size=number * 37) for number in range(3000)]


async def layout_of(stage: IndexWorld, top_hash: str) -> ArchiveLayout | None:
    found = await stage.manifest(top_hash)
    if found is None or found.root is None:
        return None
    async with transaction(stage.sessions) as session:
        stored = await IndexStore(session).archive_layout(BUCKET, top_hash, found.root)
    return decode(stored) if stored is not None else None


async def push(stage: IndexWorld, *entries: dict[str, Any]) -> str:
    top_hash, body = manifest(*entries)
    await stage.push("amy/wine", "1785312000", top_hash, body)
    await stage.work_off_queue()
    return top_hash


async def test_a_manifest_that_is_read_has_a_layout_of_all_its_files(stage: IndexWorld) -> None:
    found = await layout_of(stage, await push(stage, *ENTRIES))
    assert found
    assert found.end.entries == len(ENTRIES)
    assert found.end.content_bytes == sum(each["size"] for each in ENTRIES)
    assert found.end.tar_blocks == sum(file_blocks(each["logical_key"], each["size"]) for each in ENTRIES)
    assert found.end.name_bytes == sum(len(each["logical_key"]) for each in ENTRIES)
    assert found.buckets == ["wine"]
    assert [each.path for each in found.checkpoints] == [
        ENTRIES[each.before.entries]["logical_key"] for each in found.checkpoints
    ]
    assert len(found.checkpoints) == 3


async def test_a_manifest_in_another_order_has_the_same_totals(stage: IndexWorld) -> None:
    shuffled = ENTRIES[1::2] + ENTRIES[::2]
    top_hash, body = manifest(*ENTRIES)
    header, _, rest = body.partition(b"\n")
    assert rest
    await stage.push("amy/wine", "1785312000", top_hash, header + b"\n" + lines(*shuffled))
    await stage.work_off_queue()
    found = await layout_of(stage, top_hash)
    assert found
    assert found.end.tar_blocks == sum(file_blocks(each["logical_key"], each["size"]) for each in ENTRIES)
    assert found.end.samples == len(ENTRIES)


async def test_files_outside_s3_and_unsafe_names_are_flagged(stage: IndexWorld) -> None:
    found = await layout_of(
        stage, await push(stage, entry("a", at="file:///tmp/a"), entry("b\\..\\c"), entry("d", at="s3://other/d"))
    )
    assert found
    [checkpoint] = found.checkpoints
    assert (checkpoint.has_local, checkpoint.has_unsafe) == (True, True)
    assert found.buckets == ["wine", "other"]


async def test_an_empty_revision_has_an_empty_layout(stage: IndexWorld) -> None:
    found = await layout_of(stage, await push(stage))
    assert found
    assert (found.end.entries, list(found.checkpoints)) == (0, [])


async def test_a_manifest_that_is_not_what_its_name_says_has_no_layout(stage: IndexWorld) -> None:
    await stage.push("amy/wine", "1785312000", "f" * 64, manifest(*ENTRIES[:3])[1])
    await stage.work_off_queue()
    assert await stage.rows("SELECT count(*) FROM archive_layout") == [(0,)]


async def test_a_layout_is_removed_with_its_manifest_and_its_bucket(stage: IndexWorld) -> None:
    first, second = await push(stage, *ENTRIES[:3]), await push(stage, *ENTRIES[:4])
    assert await stage.rows("SELECT count(*) FROM archive_layout") == [(2,)]
    for key in (f".quilt/packages/{first}", ".quilt/named_packages/amy/wine/1785312000"):
        await stage.s3.delete(BUCKET, key)
        await stage.send_event(key)
    await stage.work_off_queue()
    assert await layout_of(stage, first) is None
    assert await layout_of(stage, second)
    stage.registry.names = []
    buckets: IndexedBucketService = stage.worker.buckets
    await buckets.sync_registered()
    assert await stage.rows("SELECT count(*) FROM archive_layout") == [(0,)]


async def test_the_layout_of_an_older_manifest_is_made_from_its_tree(stage: IndexWorld) -> None:
    top_hash = await push(stage, *ENTRIES)
    made_when_read = await layout_of(stage, top_hash)
    async with transaction(stage.sessions) as session:
        await session.execute(text("DELETE FROM archive_layout"))
    assert await layout_of(stage, top_hash) is None
    layouts = ArchiveLayoutService(stage.sessions)
    await layouts.make(BUCKET, top_hash)
    made_from_tree = await layout_of(stage, top_hash)
    assert made_when_read
    assert made_from_tree == made_when_read
    await layouts.make(BUCKET, top_hash)
    assert await layout_of(stage, top_hash) == made_when_read


async def test_a_layout_in_an_unknown_format_is_made_again(stage: IndexWorld) -> None:
    top_hash = await push(stage, *ENTRIES)
    made_when_read = await layout_of(stage, top_hash)
    async with transaction(stage.sessions) as session:
        # MessagePack of [99, [], []], compressed.
        await session.execute(text("UPDATE archive_layout SET layout = '\\x789c9b9c3c61020005290217'::bytea"))
    await ArchiveLayoutService(stage.sessions).make(BUCKET, top_hash)
    assert made_when_read
    assert await layout_of(stage, top_hash) == made_when_read


async def test_a_revision_that_is_not_in_the_index_gets_no_layout(stage: IndexWorld) -> None:
    with pytest.raises(RevisionNotIndexed):
        await ArchiveLayoutService(stage.sessions).make(BUCKET, "e" * 64)
