"""Trees that pushes have built: taken when S3 has the manifest that they are of, and left when it has another one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from support.data.handovers import body_of, tree_of, written_of
from support.data.manifests import entry, lines, manifest
from support.worlds.index_world import BUCKET, IndexWorld

from indexer.services.key_indexer import MAX_CONCURRENT_ANNOUNCED, MAX_CONCURRENT_WRITES
from indexer.services.sweep import SweepService
from shared.db.engine import transaction
from shared.index.trees.handover import HandoverBroken, WrittenManifest, frame, handover_body, receive_tree
from shared.index.trees.nodes import NodePage

ENTRIES = [entry(f"data/{number // 700:03}/{number:05}.csv", size=number * 37) for number in range(3000)]
DIRECTORIES = {"data/001": {"about": "one"}, "empty": {"about": "nothing"}}
TOP_HASH, MANIFEST = manifest(*ENTRIES, directories=DIRECTORIES, message="More", user_meta={"a": 1.0})
WRITTEN = written_of(MANIFEST)
KEY = f".quilt/packages/{TOP_HASH}"
ROWS = (
    "SELECT state, problem, header, message, total_entries, total_bytes, manifest.root, identity, etag, kinds, layout "
    "FROM manifest JOIN archive_layout USING (bucket, top_hash)"
)
NODES = "SELECT storage, body, children FROM node ORDER BY storage"
LOCKS = (
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
    "WHERE datname = current_database() AND locktype = 'advisory'"
)


async def written(stage: IndexWorld, body: bytes = MANIFEST) -> None:
    await stage.put(KEY, body, with_event=False)
    await stage.worker.buckets.sync_registered()


async def handed_over(stage: IndexWorld, body: AsyncIterator[bytes]) -> str | None:
    """The state of the manifest afterwards."""
    received = await receive_tree(body)
    status = await stage.worker.key_indexer.index_manifest(BUCKET, TOP_HASH, received=received)
    await received.drop()
    return status.state


async def index_of(stage: IndexWorld) -> list[Any]:
    """The rows of the manifest and its tree."""
    return [*await stage.rows(ROWS), *await stage.rows(NODES)]


async def as_read(stage: IndexWorld) -> list[Any]:
    """The rows that reading the manifest makes, which are removed again."""
    await stage.worker.key_indexer.index_manifest(BUCKET, TOP_HASH)
    made = await index_of(stage)
    async with transaction(stage.sessions) as session:
        await session.execute(text("TRUNCATE manifest, archive_layout, node"))
    return made


async def test_a_tree_that_is_handed_over_makes_the_rows_that_reading_makes_and_nothing_is_read(
    stage: IndexWorld,
) -> None:
    await written(stage)
    expected = await as_read(stage)
    stage.s3.archived.add(KEY)
    assert await handed_over(stage, body_of(*tree_of(BUCKET, MANIFEST), WRITTEN)) == "ready"
    assert await index_of(stage) == expected
    assert await handed_over(stage, body_of(*tree_of(BUCKET, MANIFEST), WRITTEN)) == "ready"
    assert await index_of(stage) == expected


async def test_only_new_pages_of_a_tree_need_to_be_handed_over(stage: IndexWorld) -> None:
    top_hash, body = manifest(*ENTRIES[:-1])
    await stage.push("amy/wine", "1785312000", top_hash, body)
    await stage.work_off_queue()
    before = {row[0] for row in await stage.rows("SELECT storage FROM node")}
    handover, pages = tree_of(BUCKET, MANIFEST)
    new = [page for page in pages if page.storage not in before]
    assert 0 < len(new) < len(pages) / 2
    await written(stage)
    stage.s3.archived.add(KEY)
    assert await handed_over(stage, body_of(handover, new, WRITTEN)) == "ready"
    expected = {row[0] for row in await stage.rows("SELECT storage FROM node")}
    assert expected == before | {page.storage for page in pages}


def without_one(pages: list[NodePage]) -> list[NodePage]:
    return [*pages[:5], *pages[6:]]


async def broken_off(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    first = True
    async for part in body:
        yield part if first else part[: len(part) // 2]
        first = False
    raise HandoverBroken("the caller has gone")


async def test_a_tree_that_does_not_fit_is_left_and_the_manifest_is_read(stage: IndexWorld) -> None:
    await written(stage)
    expected = await as_read(stage)
    handover, pages = tree_of(BUCKET, MANIFEST)
    bodies = {
        "another ETag": body_of(handover, pages, WrittenManifest("0" * 32, WRITTEN.size)),
        "another size": body_of(handover, pages, WrittenManifest(WRITTEN.etag, 1)),
        "a line above the limit": body_of(msgspec.structs.replace(handover, longest_line=1_000_001), pages, WRITTEN),
        "a page is missing": body_of(handover, without_one(pages), WRITTEN),
        "no pages": body_of(handover, [], WRITTEN),
        "a page that is none": body_of(handover, [*pages, NodePage(b"", b"", [], b"\x01garbage")], WRITTEN),
        "broken off": broken_off(body_of(handover, pages, WRITTEN)),
    }
    for what, body in bodies.items():
        received = await receive_tree(body)
        await stage.worker.key_indexer.index_manifest(BUCKET, TOP_HASH, received=received)
        assert await index_of(stage) == expected, what
        async with transaction(stage.sessions) as session:
            await session.execute(text("TRUNCATE manifest, archive_layout, node"))


async def test_a_manifest_that_somebody_overwrote_is_read(stage: IndexWorld) -> None:
    await written(stage, lines({"version": "v0"}, *ENTRIES[:7]))
    assert await handed_over(stage, body_of(*tree_of(BUCKET, MANIFEST), WRITTEN)) == "mismatch"
    assert await stage.rows("SELECT total_entries, root FROM manifest") == [(7, None)]
    await written(stage)
    assert await handed_over(stage, body_of(*tree_of(BUCKET, MANIFEST), WRITTEN)) == "ready"
    await written(stage, lines({"version": "v0"}, *ENTRIES[:9]))
    await stage.send_event(KEY)
    await stage.work_off_queue()
    assert await stage.rows("SELECT state, total_entries FROM manifest") == [("mismatch", 9)]


async def test_pages_that_a_sweep_has_removed_are_read_again_and_a_sweep_waits_for_a_handover(
    stage: IndexWorld,
) -> None:
    await written(stage)
    expected = await as_read(stage)
    handover, pages = tree_of(BUCKET, MANIFEST)
    assert await handed_over(stage, body_of(handover, pages[-1:], WRITTEN)) == "ready"
    assert await index_of(stage) == expected
    async with transaction(stage.sessions) as session:
        await session.execute(text("TRUNCATE manifest, archive_layout, node"))

    async def swept_between(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for part in body:
            for start in range(0, len(part), 5000):
                yield part[start : start + 5000]
                await SweepService(stage.sessions, retry_seconds=0).sweep_nodes()

    assert await handed_over(stage, swept_between(body_of(handover, pages, WRITTEN))) == "ready"
    assert await index_of(stage) == expected


async def test_two_handovers_of_one_tree_at_the_same_time_make_it_once(stage: IndexWorld) -> None:
    await written(stage)
    expected = await as_read(stage)
    bodies = [body_of(*tree_of(BUCKET, MANIFEST), WRITTEN) for _ in range(3)]
    assert await asyncio.gather(*(handed_over(stage, body) for body in bodies)) == ["ready"] * 3
    assert await index_of(stage) == expected


@pytest.mark.parametrize("body", [b"", b"\x00\x00", b"\x00\x00\x00\x03abc", b"\xff\xff\xff\xffabc"])
async def test_a_body_that_is_no_handover_is_refused(body: bytes) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield body

    with pytest.raises(HandoverBroken):
        await receive_tree(stream())


async def test_a_manifest_that_a_push_announced_is_not_read_when_s3_tells_of_it(stage: IndexWorld) -> None:
    await written(stage)
    expected = await as_read(stage)
    stage.s3.archived.add(KEY)
    await stage.send_event(KEY)
    handover, pages = tree_of(BUCKET, MANIFEST)
    writing: asyncio.Future[WrittenManifest] = asyncio.get_running_loop().create_future()
    announced = msgspec.structs.replace(handover, is_announced=True)
    body = handover_body(announced, lambda: writing, (frame(page.stored()) for page in pages))
    handing_over = asyncio.create_task(handed_over(stage, body))
    await stage.until(f"{LOCKS} AND granted", 1)
    working = asyncio.create_task(stage.work_off_queue())
    await stage.until(f"{LOCKS} AND NOT granted", 1)
    writing.set_result(WRITTEN)
    assert await handing_over == "ready"
    await working
    assert await index_of(stage) == expected
    assert stage.queue.left == 0


async def test_a_manifest_whose_push_ended_before_it_said_what_it_wrote_is_read(stage: IndexWorld) -> None:
    await written(stage)
    expected = await as_read(stage)
    handover, _ = tree_of(BUCKET, MANIFEST)
    writing: asyncio.Future[WrittenManifest] = asyncio.get_running_loop().create_future()
    writing.set_exception(HandoverBroken("the caller has gone"))
    body = handover_body(msgspec.structs.replace(handover, is_announced=True), lambda: writing, ())
    assert await handed_over(stage, body) == "ready"
    assert await index_of(stage) == expected


async def test_a_manifest_whose_push_sends_nothing_more_is_read(stage: IndexWorld) -> None:
    await written(stage)
    expected = await as_read(stage)
    handover, _ = tree_of(BUCKET, MANIFEST)
    writing: asyncio.Future[WrittenManifest] = asyncio.get_running_loop().create_future()
    body = handover_body(msgspec.structs.replace(handover, is_announced=True), lambda: writing, ())
    received = await receive_tree(body, idle_seconds=0.01)
    await stage.worker.key_indexer.index_manifest(BUCKET, TOP_HASH, received=received)
    await received.drop()
    assert await index_of(stage) == expected


async def test_pushes_that_are_writing_their_manifests_do_not_keep_others_from_being_indexed(stage: IndexWorld) -> None:
    await stage.put("a.txt", "riesling", with_event=False)
    await stage.worker.buckets.sync_registered()
    writing: asyncio.Future[WrittenManifest] = asyncio.get_running_loop().create_future()

    async def push(number: int) -> None:
        top_hash, body = manifest(entry("a.csv", size=number))
        handover = msgspec.structs.replace(tree_of(BUCKET, body)[0], is_announced=True)
        received = await receive_tree(handover_body(handover, lambda: writing, ()))
        await stage.worker.key_indexer.index_manifest(BUCKET, top_hash, received=received)

    pushes = [asyncio.create_task(push(number)) for number in range(MAX_CONCURRENT_ANNOUNCED + MAX_CONCURRENT_WRITES)]
    await stage.until(f"{LOCKS} AND granted", MAX_CONCURRENT_ANNOUNCED)
    assert await stage.index_keys("a.txt") == {}
    writing.set_exception(HandoverBroken("the caller has gone"))
    await asyncio.gather(*pushes)
