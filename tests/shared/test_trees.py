import asyncio
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import TooLarge
from shared.index.trees import nodes
from shared.index.trees.builder import Misplaced, OutOfOrder, TreeBuilder, TreeRoot
from shared.index.trees.nodes import PAGE_SHAPE, TreeDirectory, TreeFile
from shared.index.trees.reader import MAX_META_BYTES, TreeGone, TreeReader

Path = tuple[str, ...]


def file(path: Path, *, where: str = "bucket", size: int = 1, value: str = "h", meta: bytes | None = None) -> TreeFile:
    return TreeFile(path[-1], f"s3://{where}/{'/'.join(path)}", size, "SHA256", value, meta)


class StoredNodes:
    """Nodes of trees in memory. It counts the nodes that are fetched."""

    def __init__(self) -> None:
        self.bodies: dict[bytes, bytes] = {}
        self.fetched = 0
        self.reader = TreeReader(self.fetch)

    async def fetch(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        self.fetched += len(wanted)
        return {storage: self.bodies[storage] for storage in wanted if storage in self.bodies}

    def build(self, files: Iterable[tuple[Path, TreeFile]], directories: dict[Path, bytes] | None = None) -> TreeRoot:
        """Build a tree and add its nodes; returns the root."""
        builder = TreeBuilder()
        both: list[tuple[Path, TreeFile | bytes]] = [*files, *(directories or {}).items()]
        for path, what in sorted(both, key=lambda pair: pair[0]):
            if isinstance(what, TreeFile):
                builder.add_file(path, what, what.meta)
            else:
                builder.add_directory(path, what, what)
        root = builder.finish()
        for page in builder.take():
            self.bodies[page.storage] = nodes.pack(page.body)
            assert nodes.digest(page.body) == page.storage
        return root


def store_tree(paths: Iterable[Path], **options: str) -> tuple[StoredNodes, TreeRoot]:
    stored = StoredNodes()
    return stored, stored.build((path, file(path, **options)) for path in paths)  # type: ignore[arg-type]


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=3) | st.sampled_from(
    ["a", "b", "a-b", "a.b", "é", "README.md"]
)


@st.composite
def trees(draw: st.DrawFn) -> list[Path]:
    """Paths of files, none of which is also a directory."""
    drawn = draw(st.sets(st.lists(NAMES, min_size=1, max_size=4).map(tuple), max_size=40))
    parents = {path[:depth] for path in drawn for depth in range(1, len(path))}
    return sorted(drawn - parents)


def listing(paths: Iterable[Path], directory: Path) -> list[tuple[str, int | None]]:
    """Names of a directory's items in order, directories with the number of files below: the naive way."""
    depth = len(directory)
    found: dict[str, int | None] = {}
    for path in paths:
        if path[:depth] == directory and len(path) > depth:
            name = path[depth]
            found[name] = None if len(path) == depth + 1 else (found.get(name) or 0) + 1
    return sorted(found.items())


@settings(max_examples=150)
@given(trees(), st.integers(1, 5), st.data())
def test_listings_equal_a_naive_model(paths: list[Path], limit: int, data: st.DataObject) -> None:
    stored, root = store_tree(paths)
    directories = sorted({path[:depth] for path in paths for depth in range(len(path))} or {()})
    directory = data.draw(st.sampled_from(directories))
    expected = listing(paths, directory)

    async def read() -> list[tuple[str, int | None]]:
        seen: list[tuple[str, int | None]] = []
        after = None
        while True:
            items, more = await stored.reader.page(root.storage, "/".join(directory), after, limit)
            seen += [(item.name, item.entries if isinstance(item, TreeDirectory) else None) for item in items]
            if not more:
                return seen
            after = items[-1].name

    assert asyncio.run(read()) == expected
    summary = asyncio.run(stored.reader.directory(root.storage, "/".join(directory)))
    assert summary
    assert summary.entries == sum(count or 1 for _, count in expected)
    assert root.entries == root.size == len(paths)


@settings(max_examples=100)
@given(trees(), st.lists(NAMES, min_size=1, max_size=4).map(tuple))
def test_an_entry_is_found_exactly_when_it_is_there(paths: list[Path], wanted: Path) -> None:
    stored, root = store_tree(paths)
    for path in [*paths[:5], wanted]:
        found = asyncio.run(stored.reader.entry(root.storage, "/".join(path)))
        if path in paths:
            assert found == file(path)
        elif any(known[: len(path)] == path for known in paths):
            assert isinstance(found, TreeDirectory)
        else:
            assert found is None


MANY = [(f"file-{number:06}.csv",) for number in range(20_000)]


@pytest.mark.parametrize("inserted", ["file-000000", "file-010000.csv.gz", "zzz"])
def test_an_insertion_into_a_large_directory_changes_a_handful_of_pages(inserted: str) -> None:
    stored, before = store_tree(MANY)
    pages = set(stored.bodies)
    assert 100 < len(pages) < 250
    after = stored.build((path, file(path)) for path in [*MANY, (inserted,)])
    assert after.entries == before.entries + 1
    assert len(set(stored.bodies) - pages) <= 5


def test_a_tree_does_not_depend_on_its_history() -> None:
    stored, once = store_tree(MANY)
    stored.build((path, file(path)) for path in MANY[::2])
    assert stored.build((path, file(path)) for path in MANY) == once


@pytest.mark.parametrize("after", [None, "file-009998.csv", "file-00999", "zzz"])
async def test_a_page_of_a_large_directory_fetches_few_nodes(after: str | None) -> None:
    stored, root = store_tree(MANY)
    names = [name for (name,) in MANY if after is None or name > after]
    stored.fetched = 0
    items, more = await stored.reader.page(root.storage, "", after, 100)
    assert ([item.name for item in items], more) == (names[:100], len(names) > 100)
    assert stored.fetched <= 12
    items, more = await stored.reader.page(root.storage, "", after, 50_000)
    assert ([item.name for item in items], more) == (names, False)


async def test_an_entry_of_a_large_directory_fetches_one_page_per_level() -> None:
    stored, root = store_tree([("data", *path) for path in MANY])
    stored.fetched = 0
    assert await stored.reader.entry(root.storage, "data/file-012345.csv") == file(("data", "file-012345.csv"))
    assert stored.fetched <= 4
    assert await stored.reader.entry(root.storage, "data/file-012345") is None
    assert await stored.reader.entry(root.storage, "data/file-012345.csv/x") is None
    assert await stored.reader.directory(root.storage, "data/file-012345.csv") is None
    assert await stored.reader.page(root.storage, "data/nothing", None, 10) == ([], False)


async def test_pages_have_at_most_max_items_for_all_names() -> None:
    unlucky = [name for number in range(6000) if not PAGE_SHAPE.ends_page(0, name := f"{number:05}")]
    stored, root = store_tree([(name,) for name in unlucky])
    sizes = [len(node.items) for body in stored.bodies.values() if isinstance(node := nodes.unpack(body), nodes.Leaf)]
    assert max(sizes) == PAGE_SHAPE.max_items
    items, _ = await stored.reader.page(root.storage, "", unlucky[2000], 3000)
    assert [item.name for item in items] == unlucky[2001:5001]


def test_the_identity_covers_data_and_no_physical_keys() -> None:
    paths = [("a", "b"), ("c",)]
    _, here = store_tree(paths, where="here")
    _, there = store_tree(paths, where="there")
    assert here.identity == there.identity
    assert here.storage != there.storage
    _, other = store_tree(paths, where="here", value="other")
    assert here.identity != other.identity


def test_the_identity_covers_canonical_metadata_of_files_and_directories() -> None:
    def built(written: bytes, canonical: bytes, of_directory: bytes | None = None) -> TreeRoot:
        builder = TreeBuilder()
        if of_directory:
            builder.add_directory(("a",), of_directory, of_directory)
        builder.add_file(("a", "b"), file(("a", "b"), meta=written), canonical)
        return builder.finish()

    plain = built(b'{"x": 1}', b'{"x":1}')
    assert built(b'{"x":1}', b'{"x":1}').identity == plain.identity
    assert built(b'{"x":2}', b'{"x":2}').identity != plain.identity
    assert built(b'{"x":1}', b'{"x":1}', b'{"y":1}').identity != plain.identity


async def test_directories_keep_their_metadata_even_when_empty() -> None:
    stored = StoredNodes()
    root = stored.build([(("a", "b"), file(("a", "b")))], {("a",): b'{"of":"a"}', ("z",): b'{"of":"z"}'})
    for name, entries in (("a", 1), ("z", 0)):
        summary = await stored.reader.directory(root.storage, name)
        assert summary
        assert (summary.entries, summary.meta) == (entries, b'{"of":"%s"}' % name.encode())
    assert await stored.reader.page(root.storage, "z", None, 5) == ([], False)


async def test_pages_with_much_metadata_are_shorter_and_complete() -> None:
    meta = b'{"x": "%s"}' % (b"y" * 900_000)
    names = [f"{number:03}" for number in range(90)]
    stored = StoredNodes()
    root = stored.build([((name,), file((name,), meta=meta)) for name in names])
    assert max(nodes.open_page(body).size for body in stored.bodies.values()) < 2_000_000
    seen: list[str] = []
    more, pages = True, 0
    while more:
        items, more = await stored.reader.page(root.storage, "", seen[-1] if seen else None, 1000)
        assert sum(len(item.meta or b"") for item in items) <= MAX_META_BYTES
        seen += [item.name for item in items]
        pages += 1
    assert (seen, pages) == (names, 3)
    with pytest.raises(TooLarge):
        await stored.reader.files(root.storage)


async def test_a_tree_whose_pages_were_removed_is_unavailable() -> None:
    stored, root = store_tree(MANY)
    del stored.bodies[next(iter(stored.bodies))]
    with pytest.raises(TreeGone):
        await stored.reader.page(root.storage, "", None, 10)


async def test_the_empty_tree_reads_as_empty() -> None:
    stored, root = store_tree([])
    assert await stored.reader.page(root.storage, "", None, 5) == ([], False)
    assert (root.entries, root.size) == (0, 0)


def test_files_are_added_in_hierarchical_order_only() -> None:
    store_tree([("a", "b", "c"), ("a", "x"), ("a-b", "y"), ("a.txt",)])
    builder = TreeBuilder()
    builder.add_file(("a-b", "y"), file(("a-b", "y")), None)
    with pytest.raises(OutOfOrder):
        builder.add_file(("a", "x"), file(("a", "x")), None)


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        (("a",), ("a",), "'a' occurs twice"),
        (("a",), ("a", "b"), "'a' is both a file and a directory"),
        (("a", "b"), ("a", "b", "c", "d"), "'a/b' is both a file and a directory"),
    ],
)
def test_a_path_is_one_file_or_one_directory(first: Path, second: Path, problem: str) -> None:
    builder = TreeBuilder()
    builder.add_file(first, file(first), None)
    with pytest.raises(Misplaced, match=problem):
        builder.add_file(second, file(second), None)
