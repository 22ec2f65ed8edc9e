import asyncio

import pytest
from support.data.manifests import entry, lines, manifest
from support.worlds.index_world import BUCKET, IndexWorld

from indexer.services.sweep import SweepService
from shared.db.engine import transaction
from shared.index.problems import ProblemStore
from shared.index.store import IndexStore
from shared.index.tables import ManifestState

HASH = "a" * 64


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "line 1: the manifest is empty"),
        (b"not json\n", "line 1: "),
        (lines({"version": "v0"}, entry("a"), entry("a")), "line 3: 'a' occurs twice"),
        (lines({"version": "v0"}, entry("a"), entry("b"))[:-9], "line 3: "),
        (lines({"version": "v0"}, entry("z"), entry("a"), entry("z")), "line 4: 'z' occurs twice"),
        (lines({"version": "v0"}, entry("b//c")), "line 2: 'b//c' has an empty component"),
    ],
)
async def test_a_corrupt_manifest_is_marked_with_its_line_and_the_next_is_indexed(
    stage: IndexWorld, text: bytes, problem: str
) -> None:
    await stage.push("amy/wine", "1785312000", HASH, text)
    await stage.push("amy/wine", "1785312001", *manifest(entry("a")))
    await stage.work_off_queue()
    found = await stage.manifest(HASH)
    assert found
    assert (found.state, found.root, found.total_entries) == (ManifestState.CORRUPT, None, 0)
    assert found.problem
    assert found.problem.startswith(problem)
    package = await stage.package("amy/wine")
    assert package
    assert package.latest.state is ManifestState.READY
    assert stage.queue.left == 0


BAD = {
    "garbage": b"\x00\xff\xfe" * 1000,
    "no UTF-8": lines({"version": "v0"}, entry("a")) + b'{"logical_key": "\xff"}\n',
    "no UTF-8 in metadata": lines({"version": "v0"}) + b'{"logical_key": "a/", "meta": {"\xff": 1}}\n',
    "huge line": lines({"version": "v0"}, entry("a", meta={"user_meta": "x" * 1_100_000})),
    "huge header": lines({"version": "v0", "user_meta": "x" * 1_100_000}),
    "endless line": b"{" * 3_000_000,
    "deep": lines({"version": "v0"}) + b'{"logical_key": "a/", "meta": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001 + b"\n",
    "deep header": b'{"version": "v0", "user_meta": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "truncated": lines({"version": "v0"}, *(entry(f"{number:05}") for number in range(3000)))[:-100],
    "twice": lines({"version": "v0"}, entry("b"), entry("a"), entry("b")),
    "null size": lines({"version": "v0"}, {**entry("a"), "size": None}),
    "NUL": lines({"version": "v0"}, entry("a\0b"), entry("a\0b")),
    "wrong types": lines({"version": "v0"}, {**entry("a"), "hash": "x"}),
    "html": b"<!DOCTYPE html><html></html>",
}


async def test_after_any_bad_manifest_the_next_one_is_indexed(stage: IndexWorld) -> None:
    for number, text in enumerate(BAD.values()):
        await stage.push("amy/bad", str(1_785_312_000 + number), f"{number:064x}", text)
    good, text = manifest(entry("a"), message="good")
    await stage.push("amy/wine", "1785312001", good, text)
    await stage.push("amy/wrong", "1785312001", "e" * 64, text)
    await stage.work_off_queue()
    assert stage.queue.left == 0
    for number, what in enumerate(BAD):
        found = await stage.manifest(f"{number:064x}")
        assert found, what
        assert (found.state, found.root, found.total_entries) == (ManifestState.CORRUPT, None, 0), what
        assert found.problem, what
        assert found.problem.startswith("line "), what
        assert len(found.problem) < 700, what
    package = await stage.package("amy/wine")
    assert package
    assert (package.latest.top_hash, package.latest.state) == (good, ManifestState.READY)
    async with transaction(stage.sessions) as session:
        wrong, more = await ProblemStore(session).page(BUCKET, limit=100)
    assert not more
    assert len(wrong) == len(BAD) + 1
    assert {each.state for each in wrong if each.top_hash == "e" * 64} == {ManifestState.MISMATCH}


async def test_a_manifest_under_another_name_is_a_mismatch(stage: IndexWorld) -> None:
    top_hash, text = manifest(entry("a"), message="mine")
    await stage.push("amy/wine", "1785312000", HASH, text)
    await stage.work_off_queue()
    found = await stage.manifest(HASH)
    assert found
    assert (found.state, found.message, found.root) == (ManifestState.MISMATCH, "mine", None)
    assert found.problem == f"Its content has the top hash {top_hash}"


async def test_characters_that_postgres_refuses_are_left_out(stage: IndexWorld) -> None:
    top_hash, text = manifest(entry("a\0b", meta={"x": "\0"}), message="a\0b", user_meta={"x": "\0"})
    await stage.push("amy/wine", "1785312000", top_hash, text)
    await stage.push("amy/wine", "1785312001", HASH, lines({"version": "v0"}, entry("a\0//b")))
    await stage.work_off_queue()
    assert stage.queue.left == 0
    found = await stage.manifest(top_hash)
    assert found
    assert (found.state, found.message) == (ManifestState.READY, "ab")
    found = await stage.manifest(HASH)
    assert found
    assert found.problem == r"line 2: 'a\x00//b' has an empty component, or '.' or '..'"


async def test_a_corrupt_manifest_heals_when_it_is_written_again(stage: IndexWorld) -> None:
    top_hash, text = manifest(entry("a"), message="healed")
    await stage.push("amy/wine", "1785312000", top_hash, text[:-5])
    await stage.work_off_queue()
    found = await stage.manifest(top_hash)
    assert found
    assert found.state is ManifestState.CORRUPT
    await stage.put(f".quilt/packages/{top_hash}", text)
    await stage.work_off_queue()
    found = await stage.manifest(top_hash)
    assert found
    assert (found.state, found.problem) == (ManifestState.READY, None)
    assert await stage.found("package", "healed:B") == ["amy/wine"]


async def test_a_manifest_that_no_pointer_names_is_indexed_and_forgotten_when_deleted(stage: IndexWorld) -> None:
    top_hash, text = manifest(entry("a"))
    await stage.put(f".quilt/packages/{top_hash}", text)
    await stage.work_off_queue()
    assert await stage.manifest(top_hash)
    await stage.s3.delete(BUCKET, f".quilt/packages/{top_hash}")
    await stage.send_event(f".quilt/packages/{top_hash}")
    await stage.work_off_queue()
    assert await stage.manifest(top_hash) is None


async def test_a_revision_adds_only_the_nodes_that_it_changes(stage: IndexWorld) -> None:
    entries = [entry(f"data/{number // 1000}/{number:05}.csv", size=number) for number in range(10_000)]
    first, first_text = manifest(*entries)
    await stage.push("amy/wine", "1785312000", first, first_text)
    await stage.work_off_queue()
    [(before,)] = await stage.rows("SELECT count(*) FROM node")
    entries[4321] = entry("data/4/04321.csv", size=1, value="other")
    second, second_text = manifest(*entries)
    await stage.push("amy/wine", "1785312001", second, second_text)
    await stage.work_off_queue()
    [(after,)] = await stage.rows("SELECT count(*) FROM node")
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert 60 < before < 300
    assert after - before <= 6
    async with transaction(stage.sessions) as session:
        index = IndexStore(session)
        for top_hash, size in ((first, 4321), (second, 1)):
            found = await index.manifest(BUCKET, top_hash)
            assert found
            assert found.root
            item = await index.trees.entry(found.root, "data/4/04321.csv")
            assert item
            assert item.size == size
            page, more = await index.trees.page(found.root, "data/4", "04320.csv", 2)
            assert ([item.name for item in page], more) == (["04321.csv", "04322.csv"], True)


async def test_the_sweep_removes_exactly_the_nodes_that_no_revision_has(stage: IndexWorld) -> None:
    entries = [entry(f"data/{number:05}.csv") for number in range(3000)]
    kept, kept_text = manifest(*entries)
    dropped, dropped_text = manifest(*entries[:-1], entry("other/x.csv"))
    await stage.put(f".quilt/packages/{kept}", kept_text)
    await stage.work_off_queue()
    nodes = await stage.rows("SELECT storage FROM node ORDER BY storage")
    await stage.put(f".quilt/packages/{dropped}", dropped_text)
    await stage.work_off_queue()
    assert await stage.worker.sweep.sweep_nodes() == 0
    await stage.s3.delete(BUCKET, f".quilt/packages/{dropped}")
    await stage.send_event(f".quilt/packages/{dropped}")
    await stage.work_off_queue()
    removed = await stage.worker.sweep.sweep_nodes()
    assert removed
    assert await stage.rows("SELECT storage FROM node ORDER BY storage") == nodes


async def test_the_sweep_waits_for_writers_of_nodes(stage: IndexWorld) -> None:
    sweep = SweepService(stage.sessions, retry_seconds=0.02)
    top_hash, text = manifest(*(entry(f"{number:05}") for number in range(10_000)))
    await stage.put(f".quilt/packages/{top_hash}", text)
    await stage.worker.buckets.sync_registered()
    indexing = asyncio.create_task(stage.worker.key_indexer.index_keys(BUCKET, [f".quilt/packages/{top_hash}"]))
    await stage.until("SELECT count(*) > 0 FROM node", expected=True)
    assert await sweep.sweep_nodes() == 0
    assert not await indexing
    found = await stage.manifest(top_hash)
    assert found
    assert found.state is ManifestState.READY
