import asyncio
import json
import math
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.data.manifests import HELLO, entry, lines, manifest, nested, top_hash
from support.environments import environment
from support.processes import command_line

from shared.index.trees.blocks.processes import MIN_MANIFEST_BYTES, BlockProcesses, open_block_processes
from shared.index.trees.builder import OutOfOrder
from shared.index.trees.entries import CorruptManifest
from shared.index.trees.manifest_reader import ManifestContents, ManifestReader, read_manifest
from shared.index.trees.nodes import NodePage, TreeFile, body_of, digest, pack
from shared.index.trees.reader import TreeReader
from shared.quilt.metadata import (
    MAX_JSON_DEPTH,
    MAX_METADATA_DEPTH,
    JsonTooDeep,
    finite_json,
    metadata_text,
    read_metadata,
    require_depth,
)
from shared.quilt.physical_keys import PhysicalKey, parse_physical_key
from shared.quilt.top_hash import canonical


def read(text: bytes, *, sort: bool = False, at_once: int = 1 << 20, record_limit: int = 1_000_000) -> ManifestContents:
    return read_with_pages(text, sort=sort, at_once=at_once, record_limit=record_limit)[0]


def read_with_pages(
    text: bytes, *, sort: bool = False, at_once: int = 1 << 20, record_limit: int = 1_000_000
) -> tuple[ManifestContents, list[NodePage]]:
    reader = ManifestReader(record_limit=record_limit, sort=sort)
    pages = [page for start in range(0, len(text), at_once) for page in reader.feed(text[start : start + at_once])]
    pages += reader.finish()
    return reader.contents, pages


def reader_of(pages: list[NodePage]) -> TreeReader:
    bodies = {page.storage: pack(page.body) for page in pages}

    async def fetch(wanted: list[bytes]) -> dict[bytes, bytes]:
        return {storage: bodies[storage] for storage in wanted}

    return TreeReader(fetch)


FOUR = [entry(key) for key in ("a/b/c", "a/x", "a-b/y", "a.txt")]
ACCENTS = [entry("b.txt"), entry("a/é c.txt", meta={"user_meta": {"k": [1, 2]}})]


@pytest.mark.parametrize(
    ("header", "entries", "expected"),
    [
        ({"version": "v0"}, [], "7a67ff45a4a4c4814ea89d82bb9fb6fbf06caebc79d6507121b549213c747537"),
        ({"version": "v0", "message": None}, [], "2a5a67156ca9238c14d12042db51c5b52260fdd5511b61ea89b58929d6e1769b"),
        ({"version": "v0"}, FOUR, "08e8dcf69ca886f88468a6dd621a3401b284a8d2d72ced71f6b30d2e9f5dee05"),
        (
            {"version": "v0", "user_meta": {"a": 1, "é": "ü"}, "message": "msg"},
            ACCENTS,
            "e70a8b487ed412229bcf0707a12f350691fb068191eb0ff2af7e839cbda99fbe",
        ),
    ],
)
def test_top_hashes_equal_those_of_the_contract(
    header: dict[str, Any], entries: list[dict[str, Any]], expected: str
) -> None:
    assert top_hash(header, entries) == expected
    text = lines(header, *sorted(entries, key=lambda each: each["logical_key"].split("/")))
    assert read(text).top_hash == expected
    assert read(lines(header, *reversed(entries)), sort=True).top_hash == expected


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=500)
@given(JSON, st.booleans())
@example([1, 1.0, -0.0, 0, 1e16, 1e15, 1e-4, 9.9e-5, 1e22, 123456789012345680.0, 2**63, -(2**63), 2**64], True)
@example({"\x7f": '\x1f\b\f\n\r\t"\\/', "é": "\U0001f377", "\uffff": "\u2028"}, False)
def test_canonical_json_is_what_the_standard_library_writes(value: Any, escaped: bool) -> None:  # noqa: FBT001
    raw = json.dumps(value, ensure_ascii=escaped).encode()
    assert canonical(raw) == json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


PYTHON_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.sampled_from(["NaN", 'a"NaN', "\\Infinity", "-Infinity"]),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.sampled_from(["NaN", "b", "é\\"]), below),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.dictionaries(st.text(max_size=3), PYTHON_JSON, max_size=4), st.booleans())
@example({"a": [math.nan, math.inf, -math.inf, 1.0, "NaN", "[{", '"Infinity']}, True)
def test_metadata_that_python_wrote_is_hashed_as_it_is_and_answered_with_strings(
    meta: dict[str, Any],
    escaped: bool,  # noqa: FBT001
) -> None:
    raw = json.dumps(meta, ensure_ascii=escaped).encode()
    assert canonical(raw) == json.dumps(meta, sort_keys=True, separators=(",", ":")).encode()
    text = finite_json(raw)
    assert msgspec.json.decode(text) == strings_for_constants(meta) == read_metadata(raw) == read_metadata(text)
    assert metadata_text(raw) == text


def strings_for_constants(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: strings_for_constants(below) for key, below in value.items()}
    if isinstance(value, list):
        return [strings_for_constants(below) for below in value]
    return json.dumps(value) if isinstance(value, float) and not math.isfinite(value) else value


@pytest.mark.parametrize("levels", [64, 65, 66, 254, 300, 960, 400_000])
@pytest.mark.parametrize("brackets", [b"[]", b'{"a\\"[":}'])
def test_the_depth_of_json_is_measured_without_parsing_it(levels: int, brackets: bytes) -> None:
    text = brackets[:-1] * levels + b'"[{\\"{["' + brackets[-1:] * levels
    wide = b"[" + b",".join([b'{"a": [1, "]{"]}'] * 1000) + b"]"
    assert require_depth(wide) is None  # type: ignore[func-returns-value]
    for limit in (MAX_JSON_DEPTH, MAX_METADATA_DEPTH, 500):
        for given_text in (text, text[: -len(brackets)], text + b'"' * 1000):
            if levels > limit:
                with pytest.raises(JsonTooDeep, match="more than 64 levels deep"):
                    require_depth(given_text, limit)
            else:
                require_depth(given_text, limit)


@pytest.mark.parametrize(
    "raw", [b"[-0]", b"[1E5]", b"[1.50]", b"[0.00010]", b'["\\ud83c\\udf77"]', b'{"a":1,"a":2}', b"[1e5]"]
)
def test_unusual_json_is_canonical_as_in_the_standard_library(raw: bytes) -> None:
    assert canonical(raw) == json.dumps(json.loads(raw), sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "raw", [b"nan", b"[+Infinity]", b"[Inf]", b'["\xff"]', b"[1", b'["\\ud800"]', b"[" * 100_000 + b"]" * 100_000]
)
def test_text_that_is_not_json_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        canonical(raw)


@pytest.mark.parametrize("sort", [False, True])
def test_a_manifest_with_numbers_that_are_not_finite_is_read_as_the_clients_do(sort: bool) -> None:  # noqa: FBT001
    """Clients until quilt3 6.2 wrote NaN and infinities."""
    header = {"version": "v0", "user_meta": {"mean": math.nan, "max": [math.inf, -math.inf]}, "message": "NaN"}
    metas = [{"user_meta": {"mean": math.nan, "big": 2**70, "text": "é Infinity"}}, {}, {"x": [-math.inf, 1e22, 1.0]}]
    entries = [entry(f"{name}.txt", meta=metas[at % 3]) for at, name in enumerate("abcdef")]
    directory = {"logical_key": "z/", "meta": {"user_meta": math.inf}}
    text = lines(header, directory, *entries, entry("z/x"))
    contents, pages = read_with_pages(text, sort=sort)
    assert contents.top_hash == top_hash(header, [*entries, entry("z/x")])
    assert contents.header == json.dumps(header, ensure_ascii=False)
    assert contents.message == "NaN"
    root = asyncio.run(reader_of(pages).entry(contents.root.storage, "a.txt"))
    assert isinstance(root, TreeFile)
    assert root.meta == json.dumps(metas[0], ensure_ascii=False).encode()


def test_top_hashes_equal_those_of_the_real_client(tmp_path: Path) -> None:
    metas: list[Any] = [
        {"user_meta": {"f": 1.0, "i": 1, "tiny": 1e-7, "big": 2**70, "neg": -0.0, "é": "\U0001f377\x7f\u2028"}},
        {},
        {"user_meta": {"nested": [{"b": [1e16, 1e15, 0.0001, math.pi]}, None, True]}, "other": "x"},
    ]
    entries = [
        entry(f"{top}/{name}", meta=metas[at % 3]) for top in ("a", "a-b", "é", "a.b") for at, name in enumerate("zyx")
    ]
    text = lines({"version": "v0", "user_meta": metas[0], "message": "wine 🍷"}, *entries)
    source = tmp_path / "manifest.jsonl"
    source.write_bytes(text)
    program = (
        "import sys, quilt3\n"
        "with open(sys.argv[1], encoding='utf-8') as source: package = quilt3.Package.load(source)\n"
        "print(package.top_hash)\n"
        "with open(sys.argv[1], 'wb') as target: package.dump(target)\n"
    )
    variables = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "QUILT_DISABLE_USAGE_METRICS": "true"}
    ran = subprocess.run(
        [environment("client") / "bin" / "python", "-c", program, source],
        env=variables,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    expected = ran.stdout.strip()
    assert read(text, sort=True).top_hash == expected
    dumped = read(source.read_bytes())
    assert dumped.top_hash == expected
    assert dumped.root.identity == read(text, sort=True).root.identity


@pytest.mark.parametrize("at_once", [1, 7, 100, 1 << 20])
def test_a_manifest_can_be_read_in_chunks_of_any_size(at_once: int) -> None:
    _, text = manifest(*FOUR, message="é", directories={"a": {"x": 1}})
    assert read(text, at_once=at_once) == read(text)
    assert read(text.rstrip(b"\n"), at_once=at_once) == read(text)


async def test_reading_a_manifest_gives_its_header_message_totals_and_entries() -> None:
    name, text = manifest(
        entry("a/b.csv", size=7, meta={"user_meta": {"k": 1}}),
        entry("c", size=8),
        message="hello",
        user_meta={"z": 1, "a": 2},
        directories={"a": {"of": "a"}},
    )
    contents, pages = read_with_pages(text)
    assert contents.top_hash == name
    assert contents.message == "hello"
    assert json.loads(contents.header) == {"version": "v0", "message": "hello", "user_meta": {"z": 1, "a": 2}}
    assert (contents.root.entries, contents.root.size) == (2, 15)
    tree = reader_of(pages)
    found = await tree.entry(contents.root.storage, "a/b.csv")
    assert found == TreeFile(
        "b.csv", "s3://wine/a/b.csv?versionId=v1", 7, "sha2-256-chunked", HELLO, b'{"user_meta": {"k": 1}}'
    )
    summary = await tree.directory(contents.root.storage, "a")
    assert summary
    assert summary.meta == b'{"of": "a"}'


@pytest.mark.parametrize("kind", ["SHA256", "sha2-256-chunked", "CRC64NVME"])
def test_every_type_of_hash_is_accepted(kind: str) -> None:
    odd = {**entry("a"), "hash": {"type": kind, "value": "x"}}
    assert read(lines({"version": "v0"}, odd)).top_hash == top_hash({"version": "v0"}, [odd])


def test_a_top_hash_in_the_header_of_old_manifests_is_ignored() -> None:
    name, _ = manifest(*FOUR)
    contents = read(lines({"version": "v0", "top_hash": {"alg": "v0", "value": "x"}}, *FOUR))
    assert contents.top_hash == name
    assert json.loads(contents.header) == {"version": "v0"}


def test_metadata_that_is_null_or_absent_counts_as_empty() -> None:
    bare = entry("a")
    del bare["meta"]
    name, text = manifest(entry("a"))
    for odd in (bare, {**bare, "meta": None}):
        contents = read(lines({"version": "v0"}, odd))
        assert contents.top_hash == name
        assert contents.root == read(text).root


A = entry("a")

CORRUPT: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "line 1: the manifest is empty"),
    "no JSON": (b"wine\n", "line 1: "),
    "header is a list": (b"[]\n", "line 1: the header is not a JSON object"),
    "no version": (b"{}\n", 'line 1: the version is None, not "v0"'),
    "other version": (b'{"version": "v1"}\n', "line 1: the version is 'v1', not \"v0\""),
    "number that is not JSON": (b'{"version": "v0", "user_meta": Inf}\n', "line 1: Expecting value"),
    "header too deep": (lines({"version": "v0", "user_meta": nested(65)}), "line 1: .* more than 64 levels deep"),
    "header is no UTF-8": (b'{"version": "v0", "a": "\xff"}\n', "line 1: 'utf-8' codec"),
    "truncated line": (lines({"version": "v0"}, A)[:-20], "line 2: "),
    "blank line": (lines({"version": "v0"}) + b"\n" + lines(A), "line 2: "),
    "no logical key": (lines({"version": "v0"}, {"size": 1}), "line 2: .*logical_key"),
    "no physical key": (lines({"version": "v0"}, {**A, "physical_keys": []}), "line 2: 'a' has no physical key"),
    "two physical keys": (
        lines({"version": "v0"}, {**A, "physical_keys": ["s3://b/1", "s3://b/2"]}),
        "line 2: 'a' must have exactly one physical key",
    ),
    "odd physical key": (
        lines({"version": "v0"}, entry("a", at="s3://b/a?partNumber=1")),
        r"line 2: the physical key 's3://b/a\?partNumber=1'",
    ),
    "no physical key at all": (lines({"version": "v0"}, entry("a", at="x/y")), "line 2: the physical key 'x/y'"),
    "no hash": (lines({"version": "v0"}, {**A, "hash": None}), "line 2: 'a' has no size or no hash"),
    "no size": (lines({"version": "v0"}, {**A, "size": None}), "line 2: 'a' has no size or no hash"),
    "negative size": (lines({"version": "v0"}, {**A, "size": -1}), "line 2: 'a' has no size or no hash"),
    "fractional size": (lines({"version": "v0"}, {**A, "size": 1.0}), "line 2: Expected `int"),
    "enormous size": (lines({"version": "v0"}, {**A, "size": 2**64}), "line 2: "),
    "enormous total": (lines({"version": "v0"}, *(entry(c, size=2**62) for c in "ab")), "line 3: the sizes add up"),
    "meta is a list": (lines({"version": "v0"}, {**A, "meta": [1]}), "line 2: meta is not a JSON object"),
    "meta too deep": (
        lines({"version": "v0"}, A, entry("b", meta={"user_meta": nested(65)})),
        "line 3: .* more than 64 levels deep",
    ),
    "meta much too deep": (
        lines({"version": "v0"}, A, entry("b", meta={"user_meta": nested(900)})),
        "line 3: .* more than 64 levels deep",
    ),
    "directory's meta too deep": (
        lines({"version": "v0"}, {"logical_key": "d/", "meta": {"x": nested(65)}}),
        "line 2: .* more than 64 levels deep",
    ),
    "size not finite": (lines({"version": "v0"}, {**A, "size": math.inf}), "line 2: "),
    "NaN in no place": (lines({"version": "v0"}) + b"NaN", "line 2: "),
    "lone surrogate in metadata": (
        lines({"version": "v0"}) + json.dumps(entry("a", meta={"x": "\ud800"})).encode(),
        "line 2: ",
    ),
    "lone surrogate in the header": (b'{"version": "v0", "message": "\\ud800"}', "line 1: 'utf-8' codec"),
    "lone surrogate": (lines({"version": "v0"}) + json.dumps(entry("\ud800")).encode(), "line 2: "),
    "duplicate": (lines({"version": "v0"}, A, A), "line 3: 'a' occurs twice"),
    "file and directory": (lines({"version": "v0"}, A, entry("a/b")), "line 3: 'a' is both a file and a directory"),
    "directory record of a file": (
        lines({"version": "v0"}, {"logical_key": "a/", "meta": {"x": 1}}, A),
        "line 3: 'a' is both a file and a directory",
    ),
    "duplicate directory": (
        lines({"version": "v0"}, *[{"logical_key": "a/", "meta": {"x": 1}}] * 2),
        "line 3: 'a' occurs twice",
    ),
    "empty component": (lines({"version": "v0"}, entry("a//b")), "line 2: 'a//b' has an empty component"),
    "leading slash": (lines({"version": "v0"}, entry("/a")), "line 2: '/a' has an empty component"),
    "upwards": (lines({"version": "v0"}, entry("a/../b")), r"line 2: 'a/\.\./b' has an empty component, or"),
    "deep": (lines({"version": "v0"}, entry("a/" * 1001 + "b")), "line 2: directories are more than 1000 deep"),
}


@pytest.mark.parametrize("sort", [False, True])
@pytest.mark.parametrize(("text", "problem"), CORRUPT.values(), ids=CORRUPT)
def test_a_corrupt_manifest_is_refused_with_line_and_reason(text: bytes, problem: str, sort: bool) -> None:  # noqa: FBT001
    with pytest.raises(CorruptManifest, match="^" + problem):
        read(text, sort=sort)


@pytest.mark.parametrize("at_once", [100, 1 << 20])
def test_a_record_above_the_limit_is_refused_before_it_is_held(at_once: int) -> None:
    text = lines({"version": "v0"}, entry("a", meta={"x": "y" * 5000}))
    with pytest.raises(CorruptManifest, match="line 2: more than 2000 bytes"):
        read(text, at_once=at_once, record_limit=2000)
    assert read(text, at_once=at_once, record_limit=6000)


async def test_entries_in_any_order_make_the_same_tree() -> None:
    entries = [entry(f"{number % 7}/{number % 13}/{number}") for number in range(1000)]
    shuffled = lines({"version": "v0"}, *entries, {"logical_key": "3/", "meta": {"x": 1}})
    with pytest.raises(OutOfOrder):
        read(shuffled)
    in_order = sorted(entries, key=lambda each: each["logical_key"].split("/"))
    expected = read(lines({"version": "v0"}, {"logical_key": "3/", "meta": {"x": 1}}, *in_order))
    opened = 0
    kept: list[NodePage] = []

    @asynccontextmanager
    async def stream() -> AsyncIterator[AsyncIterator[bytes]]:
        nonlocal opened
        opened += 1

        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(shuffled), 10_000):
                yield shuffled[start : start + 10_000]

        yield chunks()

    async def keep(pages: list[NodePage]) -> None:
        kept.extend(pages)

    several_runs = 20_000
    assert await read_manifest(stream, keep, max_sort_bytes=several_runs) == expected
    assert opened == 2
    found = await reader_of(kept).entry(expected.root.storage, "3/6/500")
    assert found
    assert found.name == "500"


def stream_of(text: bytes, end: Exception | None = None) -> Any:
    @asynccontextmanager
    async def stream() -> AsyncIterator[AsyncIterator[bytes]]:
        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(text), 1 << 20):
                yield text[start : start + (1 << 20)]
            if end:
                raise end

        yield chunks()

    return stream


async def drop(_: list[NodePage]) -> None:
    await asyncio.sleep(0)


async def test_an_error_in_a_manifest_ends_reading_without_fetching_the_rest() -> None:
    many = [entry(f"{number:06}", meta={"user_meta": "x" * 1000}) for number in range(20_000)]
    async with asyncio.timeout(30):
        with pytest.raises(CorruptManifest, match="line 2: 'a//b'"):
            await read_manifest(stream_of(lines({"version": "v0"}, entry("a//b"), *many)), drop)
        out_of_order = await read_manifest(stream_of(lines({"version": "v0"}, entry("z"), *many)), drop)
        in_order = await read_manifest(stream_of(lines({"version": "v0"}, *many, entry("z"))), drop)
    assert out_of_order == in_order


async def test_processes_read_a_large_manifest_as_threads_do_and_are_replaced_when_they_end() -> None:
    long = {"user_meta": {"text": "x" * 1500}}
    files = [entry(f"d/{number // 1000}/{number:04}.a.csv", meta=long) for number in range(4000)]
    middle = len(files) // 2
    records = [{"logical_key": f"d/{key}/", "meta": {"about": key}} for key in ("1", "2/2900.b", "9")]
    texts = {
        "with directories and accents": lines(
            {"version": "v0"}, *records, *files[:middle], entry("d/2/1999.é", meta={"é": "ü"}), *files[middle:]
        ),
        "out of order": lines({"version": "v0"}, *files[middle:], *files[:middle]),
        "corrupt": lines({"version": "v0"}, *files[:-9], {**files[-9], "size": -1}, *files[-8:]),
        "long line": lines({"version": "v0"}, *files) + b'{"logical_key": "' + b"x" * 3_000_000,
    }

    async def outcome(text: bytes, processes: BlockProcesses | None) -> tuple[object, set[bytes]]:
        kept: set[bytes] = set()

        async def keep(pages: list[NodePage]) -> None:
            kept.update(page.storage for page in pages)
            assert all(digest(body_of(page.stored())) == page.storage for page in pages)

        try:
            size = MIN_MANIFEST_BYTES
            return await read_manifest(stream_of(text), keep, size=size, processes=processes), kept
        except CorruptManifest as error:
            return str(error).partition(" (")[0], set()

    async with open_block_processes(2) as processes:
        for what, text in texts.items():
            assert await outcome(text, processes) == await outcome(text, None), what
        assert readers_of_blocks()
        for process in readers_of_blocks():
            process.kill()
        text = texts["with directories and accents"]
        assert await outcome(text, processes) == await outcome(text, None)
    async with asyncio.timeout(30):
        while readers_of_blocks():  # noqa: ASYNC110 – the end of a process that nobody waits for has no event
            await asyncio.sleep(0.01)


def readers_of_blocks() -> list[psutil.Process]:
    """Processes of this one that read blocks."""
    found = psutil.Process().children(recursive=True)
    return [each for each in found if "shared.index.trees.blocks.worker" in command_line(each)]


async def test_errors_of_the_store_and_the_database_end_reading_a_manifest() -> None:
    text = lines({"version": "v0"}, *(entry(f"{number:06}") for number in range(30_000)))
    with pytest.raises(ConnectionResetError):
        await read_manifest(stream_of(text, ConnectionResetError()), drop)

    async def fail(_: list[NodePage]) -> None:
        raise ConnectionRefusedError

    async with asyncio.timeout(30):
        with pytest.raises(ConnectionRefusedError):
            await read_manifest(stream_of(text), fail)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("s3://b/a/%C3%A9%20c.txt?versionId=v%2B1", PhysicalKey("b", "a/é c.txt", "v+1")),
        ("s3://b/a%2Fb+c", PhysicalKey("b", "a/b+c", None)),
        ("file:///tmp/x", None),
        ("s3://b/", None),
    ],
)
def test_physical_keys_are_percent_encoded(url: str, expected: PhysicalKey | None) -> None:
    assert parse_physical_key(url) == expected
    if expected:
        assert parse_physical_key(expected.url) == expected
