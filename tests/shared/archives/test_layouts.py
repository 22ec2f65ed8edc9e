"""Layouts of archives against a naive model: the list of all files."""

import zlib
from dataclasses import dataclass
from itertools import groupby

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.archives import layout
from shared.archives.layout import CHECKPOINT_ENTRIES, ArchiveLayout, LayoutBuilder, Position, size_between
from shared.archives.names import is_unsafe, sample_of
from shared.archives.shards import Interval, shard_samples, shards_by_interval
from shared.archives.tar import file_blocks
from shared.archives.zip import archive_bytes
from shared.index.trees.entries import MAX_TOTAL_BYTES


@dataclass(frozen=True)
class File:
    name: str
    size: int
    physical_key: str


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=3) | st.sampled_from(
    ["a.jpg", "a.cls", "a", "b.tar.gz", ".x", ".y", "d" * 99, "d" * 101, "é" * 300, "\\", "..\\x"]
)
MAX_RUNS, MAX_FILES = 6, 6
FILES = st.builds(
    File,
    NAMES,
    st.sampled_from([0, 1, 511, 512, 513, 8**11 - 1, 8**11])
    | st.integers(0, MAX_TOTAL_BYTES // (MAX_RUNS * MAX_FILES)),
    st.sampled_from(["s3://one/k", "s3://two/k", "s3://two/k?versionId=v", "file:///tmp/x", "gs://one/k"]),
)
PREFIXES = st.sampled_from(["", "dir/", "C:/", "é/", f"{'p' * 99}/", f"{'p' * 154}/", f"{'p' * 155}/", f"{'p' * 156}/"])
RUNS = st.lists(
    st.tuples(PREFIXES, st.lists(FILES, min_size=1, max_size=MAX_FILES, unique_by=lambda file: file.name)),
    max_size=MAX_RUNS,
)


def built(runs: list[tuple[str, list[File]]]) -> ArchiveLayout:
    builder = LayoutBuilder()
    for prefix, files in runs:
        builder.add_files(prefix, files)
    return builder.finish()


def flat(runs: list[tuple[str, list[File]]]) -> list[tuple[str, File]]:
    return [(prefix + file.name, file) for prefix, files in runs for file in files]


def samples_before(paths: list[str], count: int) -> int:
    keys = [path[: path.rfind("/") + 1] + sample_of(path.rpartition("/")[2]) for path in paths]
    return sum(at == 0 or keys[at] != keys[at - 1] for at in range(count))


def position(files: list[tuple[str, File]], count: int) -> Position:
    some = files[:count]
    return Position(
        len(some),
        sum(file_blocks(path, file.size) for path, file in some),
        sum(file.size for _, file in some),
        sum(len(path.encode()) for path, _ in some),
        samples_before([path for path, _ in files], count),
    )


def in_walk_order(runs: list[tuple[str, list[File]]]) -> list[tuple[str, list[File]]]:
    by_prefix: dict[str, dict[str, File]] = {}
    for prefix, files in runs:
        by_prefix.setdefault(prefix, {}).update({file.name: file for file in files})
    ordered = sorted(by_prefix.items(), key=lambda item: item[0].split("/")[:-1])
    return [(prefix, [files[name] for name in sorted(files)]) for prefix, files in ordered]


@settings(max_examples=100)
@given(RUNS.map(in_walk_order))
def test_totals_of_layouts_equal_the_sums_over_all_files(runs: list[tuple[str, list[File]]]) -> None:
    found, files = built(runs), flat(runs)
    assert found.end == position(files, len(files))
    size = size_between(layout.ORIGIN, found.end)
    assert size.zip_bytes == archive_bytes(size.entries, size.content_bytes, size.name_bytes)


@settings(max_examples=100)
@given(RUNS.map(in_walk_order))
def test_checkpoints_say_which_buckets_and_problems_their_files_have(runs: list[tuple[str, list[File]]]) -> None:
    found, files = built(runs), flat(runs)
    if not files:
        assert not found.checkpoints
        return
    [checkpoint] = found.checkpoints
    assert checkpoint.has_unsafe == any(is_unsafe(path) for path, _ in files)
    assert checkpoint.has_local == any(not file.physical_key.startswith("s3://") for _, file in files)
    named = {name for bit, name in enumerate(found.buckets or []) if checkpoint.buckets >> bit & 1}
    assert named == {file.physical_key.split("/")[2] for _, file in files if file.physical_key.startswith("s3://")}


@settings(max_examples=100)
@given(RUNS.map(in_walk_order))
def test_layouts_are_the_same_after_encoding(runs: list[tuple[str, list[File]]]) -> None:
    found = built(runs)
    assert layout.decode(layout.encode(found)) == found


def numbered(count: int, of_sample: int = 3) -> list[tuple[str, File]]:
    return [
        (
            f"{at // 1500:03}/{at // of_sample:07}.{at % of_sample}",
            File(f"{at // of_sample:07}.{at % of_sample}", at, "s3://one/k"),
        )
        for at in range(count)
    ]


def runs_of(files: list[tuple[str, File]]) -> list[tuple[str, list[File]]]:
    grouped = groupby(files, lambda pair: pair[0][: pair[0].rfind("/") + 1])
    return [(prefix, [file for _, file in pairs]) for prefix, pairs in grouped]


def test_checkpoints_follow_every_thousand_files() -> None:
    files = numbered(10_000)
    found = built(runs_of(files))
    assert [each.path for each in found.checkpoints] == [files[each.before.entries][0] for each in found.checkpoints]
    assert all(each.before == position(files, each.before.entries) for each in found.checkpoints)
    assert [each.before.entries for each in found.checkpoints] == list(range(0, 10_000, CHECKPOINT_ENTRIES))
    for tar_block in range(0, found.end.tar_blocks, 777):
        number = found.at_block(tar_block)
        assert found.checkpoints[number].before.tar_blocks <= tar_block < found.after(number).tar_blocks


def test_the_layout_of_a_hundred_thousand_files_takes_at_most_6_kb() -> None:
    builder = LayoutBuilder()
    for directory in range(100):
        files = [
            File(f"sample-{directory:04}-{number:06}.parquet", 10_000 + number * 7 % 9973, "s3://bucket/key")
            for number in range(1000)
        ]
        builder.add_files(f"data/year={2000 + directory // 12}/part-{directory:04}/", files)
    found = builder.finish()
    assert found.end.entries == 100_000
    assert len(layout.encode(found)) <= 6_000


def test_a_layout_with_very_many_buckets_names_none() -> None:
    files = [File(f"{number}", 1, f"s3://bucket-{number}/k") for number in range(layout.MAX_BUCKETS + 1)]
    assert built([("", files[:-1])]).buckets == [f"bucket-{number}" for number in range(layout.MAX_BUCKETS)]
    assert built([("", files)]).buckets is None


def test_a_layout_of_another_version_is_not_read() -> None:
    assert layout.decode(zlib.compress(msgspec.msgpack.encode([99, [], []]))) is None
    assert layout.decode(zlib.compress(msgspec.msgpack.encode({"other": 1}))) is None


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=1, max_size=30),
    st.integers(1, 12),
    st.lists(st.integers(1, 29), max_size=5),
)
def test_shards_are_the_whole_in_order_and_none_is_empty_while_samples_last(
    files: list[tuple[int, bool]], shards: int, cuts: list[int]
) -> None:
    """Files have blocks, and continue the sample of the file before or not; intervals are cut anywhere."""
    starts = [at == 0 or not continues for at, (_, continues) in enumerate(files)]
    blocks = [sum(size for size, _ in files[:at]) for at in range(len(files) + 1)]
    firsts = sorted({0, *(cut for cut in cuts if cut < len(files))})
    parts = list(zip(firsts, [*firsts[1:], len(files)], strict=True))
    given = shards_by_interval(
        [Interval(blocks[first], sum(starts[first:end])) for first, end in parts], blocks[-1], shards
    )
    begins: list[int] = []
    for (first, end), count in zip(parts, given, strict=True):
        samples = [at for at in range(first, end) if starts[at]]
        chosen = shard_samples([blocks[at] for at in samples], len(begins), count, blocks[-1], shards)
        begins += [samples[number] for number in chosen]
    assert begins == sorted(set(begins))
    assert begins[0] == 0
    assert len(begins) == min(shards, sum(starts))
    assert all(starts[at] for at in begins)


def test_shards_of_equal_samples_are_about_equal() -> None:
    intervals = [Interval(number * 1000, 500) for number in range(100)]
    given = shards_by_interval(intervals, 100_000, 10)
    begins: list[int] = []
    for each, count in zip(intervals, given, strict=True):
        samples = [each.tar_block + 2 * number for number in range(500)]
        begins += [samples[number] for number in shard_samples(samples, len(begins), count, 100_000, 10)]
    assert begins == [number * 10_000 for number in range(10)]
