"""Packages compared with a plain dictionary: listings, look-ups, totals and hashes agree with the manifest."""

import asyncio
import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.data.manifests import lines, top_hash

from shared.index.trees.blocks.frames import BlockTask, decode_summary
from shared.index.trees.blocks.lines import LineReader
from shared.index.trees.blocks.summaries import summarize_block
from shared.index.trees.builder import OutOfOrder
from shared.index.trees.cache import NodeCache
from shared.index.trees.entries import CorruptManifest
from shared.index.trees.manifest_reader import ManifestContents, ManifestReader
from shared.index.trees.nodes import NodePage, TreeDirectory, TreeFile, pack
from shared.index.trees.reader import TreeReader

Model = dict[str, dict[str, Any]]
"""Entries by logical key."""

NAMES = st.sampled_from(
    ["a", "b", "a-b", "a.b", "a b", "A", "é", "e\u0301", "🍷", "\u2028", "~", "0", "10", "9"]
) | st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=3).filter(
    lambda name: name not in {".", ".."}
)
KEYS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
ODD_KEYS = st.sampled_from(
    ["", "/", "//", "a//b", "/a", "a/", "./a", "a/.", "..", "a/../b", "a/b/..", "...", ".a", "a/. "]
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [0.1, 1e-4, 9.9e-5, 1e15, 1e16, 123456789.123456789, -0.0, 5e-324, 1.7976931348623157e308, 2.5, 1e22]
)


def _encodes(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | FLOATS
    | st.integers(-(2**70), 2**70)
    | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
).filter(_encodes)
METAS = st.dictionaries(st.sampled_from(["user_meta", "x", "é"]), VALUES, max_size=2)
HASHES = st.sampled_from(["SHA256", "sha2-256-chunked", "CRC64NVME"])
PLACES = st.sampled_from(["s3://bucket/{}?versionId=v", "s3://other/{}", "file:///tmp/{}", "s3://b/{}?versionId=null"])


@st.composite
def models(draw: st.DrawFn, keys: st.SearchStrategy[str] = KEYS) -> Model:
    """Some have keys that are below others."""
    return {
        key: {
            "logical_key": key,
            "physical_keys": [draw(PLACES).format(number)],
            "size": draw(st.integers(0, 2**50)),
            "hash": {"type": draw(HASHES), "value": draw(st.text("0123456789abcdef=+/", max_size=8))},
            "meta": draw(METAS),
        }
        for number, key in enumerate(draw(st.lists(keys, max_size=12, unique=True)))
    }


def is_good(model: Model) -> bool:
    paths = [tuple(key.split("/")) for key in model]
    parents = {path[:depth] for path in paths for depth in range(1, len(path))}
    return not any({"", ".", ".."} & set(path) for path in paths) and not parents & set(paths)


def walked(model: Model) -> list[dict[str, Any]]:
    return [model[key] for key in sorted(model, key=lambda key: key.split("/"))]


class Package:
    """A manifest as the index reads it."""

    def __init__(self, text: bytes, *, at_once: int, sort: bool = False) -> None:
        reader = ManifestReader(sort=sort)
        pages = [page for start in range(0, len(text), at_once) for page in reader.feed(text[start : start + at_once])]
        pages += reader.finish()
        self.contents: ManifestContents = reader.contents
        self._bodies = {page.storage: pack(page.body) for page in pages}
        self.trees = TreeReader(self._fetch, NodeCache(10_000))

    async def _fetch(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        return {storage: self._bodies[storage] for storage in wanted}

    async def listing(self, directory: str, limit: int) -> dict[str, TreeFile | TreeDirectory]:
        found: dict[str, TreeFile | TreeDirectory] = {}
        after = None
        while True:
            items, more = await self.trees.page(self.contents.root.storage, directory, after, limit)
            found.update((item.name, item) for item in items)
            if not more:
                return found
            after = items[-1].name


def check_entry(entry: dict[str, Any], found: object) -> None:
    assert isinstance(found, TreeFile)
    assert found.physical_key == entry["physical_keys"][0]
    assert (found.size, {"type": found.hash_type, "value": found.hash_value}) == (entry["size"], entry["hash"])
    assert (found.meta or b"{}") == json.dumps(entry["meta"], ensure_ascii=False).encode()


def check_directory(model: Model, package: Package, directory: str, limit: int) -> None:
    prefix = f"{directory}/" if directory else ""
    below = {key[len(prefix) :]: entry for key, entry in model.items() if key.startswith(prefix)}
    items = asyncio.run(package.listing(directory, limit))
    assert list(items) == sorted({key.partition("/")[0] for key in below})
    for name, item in items.items():
        if isinstance(item, TreeDirectory):
            inside = [entry for key, entry in below.items() if key.startswith(f"{name}/")]
            assert (item.entries, item.size) == (len(inside), sum(entry["size"] for entry in inside))
        else:
            check_entry(below[name], item)
    summary = asyncio.run(package.trees.directory(package.contents.root.storage, directory))
    assert summary
    assert (summary.entries, summary.size) == (len(below), sum(entry["size"] for entry in below.values()))


@settings(max_examples=120)
@given(models(), METAS, st.integers(1, 4), st.integers(1, 4000), KEYS)
@example({}, {}, 1, 100, "a")
def test_listings_and_look_ups_of_a_package_agree_with_its_entries(
    model: Model, header: dict[str, Any], limit: int, at_once: int, stranger: str
) -> None:
    first = {"version": "v0", "message": None, **header}
    text = lines(first, *walked(model))
    if not is_good(model):
        with pytest.raises(CorruptManifest, match="is both a file and a directory"):
            Package(text, at_once=at_once)
        return
    package = Package(text, at_once=at_once)
    root = package.contents.root
    assert package.contents.top_hash == top_hash(first, model.values())
    assert json.loads(package.contents.header) == first
    assert (root.entries, root.size) == (len(model), sum(entry["size"] for entry in model.values()))
    for key, entry in model.items():
        check_entry(entry, asyncio.run(package.trees.entry(root.storage, key)))
    found = asyncio.run(package.trees.entry(root.storage, stranger))
    assert isinstance(found, TreeFile) == (stranger in model)
    assert isinstance(found, TreeDirectory) == any(key.startswith(f"{stranger}/") for key in model)
    for directory in {"", *("/".join(key.split("/")[:-1]) for key in model)}:
        check_directory(model, package, directory, limit)


def read_by_blocks(text: bytes, at_once: int) -> tuple[ManifestContents, dict[bytes, bytes]]:
    """Contents and pages of a manifest whose blocks are read as other processes read them."""
    reader = ManifestReader()
    pages: list[NodePage] = []
    lines_of_files = LineReader()
    for start in range(0, len(text), at_once):
        chunk = text[start : start + at_once]
        if not reader.has_files:
            pages += reader.feed(chunk)
        elif block := reader.cut(chunk):
            task = BlockTask(block, reader.lines, reader.files, reader.record_limit)
            pages += reader.add_summary(decode_summary(msgspec.msgpack.encode(summarize_block(task, lines_of_files))))
    pages += reader.finish()
    return reader.contents, {page.storage: page.stored() for page in pages}


def read_at_once(text: bytes) -> tuple[ManifestContents, dict[bytes, bytes]]:
    reader = ManifestReader()
    pages = [*reader.feed(text), *reader.finish()]
    return reader.contents, {page.storage: page.stored() for page in pages}


@settings(max_examples=100)
@given(
    models() | models(st.integers(0, 400).map("d/{:03}.a.b".format)),
    st.dictionaries(KEYS.map("{}/".format) | st.sampled_from(["d/", "d/200/"]), METAS, max_size=3),
    st.integers(1, 3000),
)
def test_a_manifest_read_by_blocks_gives_the_same_as_one_read_at_once(
    model: Model, directories: dict[str, Any], at_once: int
) -> None:
    records = [{"logical_key": key, "meta": meta} for key, meta in directories.items()]
    text = lines({"version": "v0"}, *records, *walked(model))
    try:
        expected = read_at_once(text)
    except (CorruptManifest, OutOfOrder) as error:
        with pytest.raises(type(error), match=re.escape(str(error)) if isinstance(error, CorruptManifest) else ""):
            read_by_blocks(text, at_once)
    else:
        assert read_by_blocks(text, at_once) == expected


@settings(max_examples=60)
@given(models().filter(is_good), st.randoms(use_true_random=False))
def test_the_order_of_entries_and_their_physical_keys_do_not_change_the_identity(model: Model, random: Any) -> None:
    first = {"version": "v0"}
    package = Package(lines(first, *walked(model)), at_once=1000)
    shuffled = list(model.values())
    random.shuffle(shuffled)
    assert Package(lines(first, *shuffled), at_once=1000, sort=True).contents == package.contents
    promoted = [{**entry, "physical_keys": [f"s3://promoted/{at}"]} for at, entry in enumerate(walked(model))]
    copy = Package(lines(first, *promoted), at_once=1000).contents
    assert (copy.top_hash, copy.root.identity) == (package.contents.top_hash, package.contents.root.identity)
    assert (copy.root.storage == package.contents.root.storage) == (not model)


@settings(max_examples=60)
@given(models(KEYS | ODD_KEYS), st.booleans())
def test_only_logical_keys_that_are_not_paths_are_refused(model: Model, sort: bool) -> None:  # noqa: FBT001
    text = lines({"version": "v0"}, *walked(model))
    try:
        Package(text, at_once=500, sort=sort)
    except (CorruptManifest, OutOfOrder):
        assert not is_good(model)
    else:
        assert is_good(model)


@settings(max_examples=60)
@given(models().filter(lambda model: is_good(model) and len(model) > 0), st.data())
def test_any_change_of_data_changes_the_identity(model: Model, data: st.DataObject) -> None:
    before = Package(lines({"version": "v0"}, *walked(model)), at_once=1000).contents
    entry = model[data.draw(st.sampled_from(sorted(model)))]
    match data.draw(st.sampled_from(["size", "hash", "meta", "gone"])):
        case "size":
            entry["size"] += 1
        case "hash":
            entry["hash"] = {**entry["hash"], "value": entry["hash"]["value"] + "0"}
        case "meta":
            entry["meta"] = {**entry["meta"], "new": 0.1}
        case _:
            del model[entry["logical_key"]]
    after = Package(lines({"version": "v0"}, *walked(model)), at_once=1000).contents
    assert before.root.identity != after.root.identity
    assert before.top_hash != after.top_hash


def test_directories_with_metadata_are_at_their_place_in_walk_order() -> None:
    model = {key: _plain(key) for key in ("a/b/c", "a/x", "a-b/y", "a.txt")}
    directories = {"a-b": {"k": 1}, "a/empty": {"k": 2}, "a": {"k": 3}, "z/é": {"k": 4}}
    records = [{"logical_key": f"{path}/", "meta": meta} for path, meta in directories.items()]
    package = Package(lines({"version": "v0"}, *records, *walked(model)), at_once=100)
    assert package.contents.top_hash == top_hash({"version": "v0"}, model.values())
    for path, meta in directories.items():
        found = asyncio.run(package.trees.directory(package.contents.root.storage, path))
        assert found
        assert json.loads(found.meta or b"") == meta
    assert list(asyncio.run(package.listing("", 2))) == ["a", "a-b", "a.txt", "z"]
    assert list(asyncio.run(package.listing("a", 2))) == ["b", "empty", "x"]


def _plain(key: str) -> dict[str, Any]:
    return {
        "logical_key": key,
        "physical_keys": [f"s3://b/{len(key)}"],
        "size": 1,
        "hash": {"type": "SHA256", "value": "0"},
        "meta": {},
    }
