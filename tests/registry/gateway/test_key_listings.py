"""Listings of revisions compared with sorted keys: every prefix, delimiter, start and page size must give what S3 gives."""

import asyncio
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.data.trees import SMALL_PAGES, Forest, Model, file

from registry.db.package_keys import PushedRevision
from registry.services.packages.gateway.keys import RevisionKeys
from registry.services.packages.gateway.listings import list_keys
from shared.index.trees.cache import NodeCache
from shared.index.trees.key_order import end_of
from shared.index.trees.nodes import PAGE_SHAPE
from shared.index.trees.reader import TreeReader
from shared.schemas.gateway import SignedCall
from shared.schemas.package_gateway import KeysQuestion

SIGNED = SignedCall(method="GET", path="/", query="", headers=[])
REVISION = "amy/wine/latest/"
LETTERS = "ab-.~é😀"
"""Some come before the slash, some after it, and one has four bytes."""


def question(prefix: str = "", delimiter: str = "", start: str = "", limit: int = 1000) -> KeysQuestion:
    return KeysQuestion(
        signed=SIGNED,
        bucket="b",
        prefix=REVISION + prefix,
        delimiter=delimiter,
        start=start and REVISION + start,
        limit=limit,
    )


def expected(keys: list[str], asked: KeysQuestion) -> list[str]:
    """Keys and common prefixes in order, from their definition."""
    found: list[str] = []
    for key in sorted(keys, key=str.encode):
        if key < asked.start or not key.startswith(asked.prefix):
            continue
        at = key.find(asked.delimiter, len(asked.prefix)) if asked.delimiter else -1
        shown = key if at < 0 else key[: at + len(asked.delimiter)]
        if not found or found[-1] != shown:
            found.append(shown)
    return found


class Package:
    """Files in a tree in memory."""

    def __init__(self, paths: list[str], *, small: bool = True) -> None:
        self.keys = [REVISION + path for path in paths]
        model = Model({tuple(path.split("/")): file(tuple(path.split("/"))) for path in paths})
        self.forest = Forest(SMALL_PAGES if small else PAGE_SHAPE)
        self.root = self.forest.grow(model).storage

    async def pages(self, asked: KeysQuestion) -> list[list[str]]:
        """Keys and common prefixes of all pages, in order."""
        pages = []
        trees = TreeReader(self.forest.fetch, NodeCache(1 << 22))
        start: str | None = asked.start
        while start is not None:
            page = asked.model_copy(update={"start": start})
            revision = PushedRevision(self.root, "0" * 64, 1_700_000_000)
            keys = RevisionKeys(trees, REVISION, revision, wanted=asked.limit + 1, folded=asked.delimiter == "/")
            found = await list_keys(keys, page)
            pages.append(sorted([each.key for each in found.contents] + found.prefixes))
            assert len(found.contents) == len({each.key for each in found.contents})
            assert [each.key for each in found.contents] == sorted(each.key for each in found.contents)
            assert found.prefixes == sorted(set(found.prefixes))
            start = found.next
        return pages

    async def check(self, asked: KeysQuestion) -> None:
        pages = await self.pages(asked)
        wanted = expected(self.keys, asked)
        sizes = [len(page) for page in pages]
        assert list(itertools.chain(*pages)) == wanted, asked
        assert all(size == asked.limit for size in sizes[:-1]), (asked, sizes)
        assert sizes[-1] <= asked.limit
        assert len(pages) == 1 or sizes[-1]


names = st.text(LETTERS, min_size=1, max_size=4)
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
fragments = st.text(LETTERS + "/", max_size=6)


def without_conflicts(found: list[str]) -> list[str]:
    """No path is a file and a directory: a manifest in which one is both is refused."""
    directories = {path[:at] for path in found for at in range(len(path)) if path[at] == "/"}
    return sorted(set(found) - directories)


@settings(max_examples=400)
@given(
    st.lists(paths, min_size=1, max_size=60).map(without_conflicts),
    fragments,
    st.sampled_from(["", "/", "-", "a", "/a", "//", "é", "b-", "."]),
    fragments,
    st.integers(1, 7),
)
def test_listings_are_sorted_keys_for_all_parameters(
    found: list[str], prefix: str, delimiter: str, start: str, limit: int
) -> None:
    asyncio.run(Package(found).check(question(prefix, delimiter, start, limit)))


@settings(max_examples=150)
@given(st.lists(paths, min_size=1, max_size=60).map(without_conflicts), st.data())
def test_a_listing_goes_on_from_every_key(found: list[str], data: st.DataObject) -> None:
    package = Package(found)
    key = data.draw(st.sampled_from(found))
    prefix = data.draw(st.integers(0, len(key)).map(lambda at: key[:at]))
    start = data.draw(st.sampled_from([key, f"{key}\0", key[: len(key) // 2]]))
    delimiter = data.draw(st.sampled_from(["", "/", "-"]))
    asyncio.run(package.check(question(prefix, delimiter, start, data.draw(st.integers(1, 4)))))


def test_directories_come_after_names_that_continue_theirs_with_a_character_before_the_slash() -> None:
    package = Package(["a/x", "a-b", "a.txt", "a!/y", "a!x", "a0", "a!/-", "a-/z", "aa"])
    asyncio.run(package.check(question()))
    asyncio.run(package.check(question(delimiter="/")))
    for start in ("a-", "a-b", "a.", "a/", "a/x", "a!", "a!/", "a!/z", "a!w", "a-/", "a-/zz", "b"):
        for limit in (1, 2, 9):
            asyncio.run(package.check(question(start=start, limit=limit)))


@pytest.mark.parametrize("delimiter", ["", "/", "5"])
def test_what_is_before_the_start_is_not_read(delimiter: str) -> None:
    """A page in the middle reads about as many nodes as the first page."""
    package = Package([f"data/{number // 100:03}/{number % 100:02}.csv" for number in range(20_000)], small=False)

    def nodes_of(start: str) -> int:
        package.forest.fetched = 0
        keys = RevisionKeys(
            TreeReader(package.forest.fetch),
            REVISION,
            PushedRevision(package.root, "", 0),
            wanted=101,
            folded=delimiter == "/",
        )
        listing = asyncio.run(list_keys(keys, question("data/", delimiter, start, 100)))
        assert len(listing.contents) + len(listing.prefixes) >= (1 if delimiter == "5" else 50)
        return package.forest.fetched

    first = nodes_of("")
    for start in ("data/050/50.csv", "data/100", "data/140/99.csv\0"):
        assert nodes_of(start) <= 3 * first + 10


def test_small_directories_are_read_together() -> None:
    package = Package([f"sample{number:04}/output/values.csv" for number in range(2_000)], small=False)
    trees = TreeReader(package.forest.fetch, NodeCache(1 << 24))
    keys = RevisionKeys(trees, REVISION, PushedRevision(package.root, "", 0), wanted=1001)
    listing = asyncio.run(list_keys(keys, question()))
    assert len(listing.contents) == 1000
    assert package.forest.trips < 60


def test_a_common_prefix_of_many_keys_costs_no_more_than_one_of_few() -> None:
    package = Package([f"x{number:05}.csv" for number in range(20_000)], small=False)
    trees = TreeReader(package.forest.fetch)
    keys = RevisionKeys(trees, REVISION, PushedRevision(package.root, "", 0), wanted=1001)
    assert asyncio.run(list_keys(keys, question(delimiter="x"))).prefixes == [f"{REVISION}x"]
    assert package.forest.fetched < 50


def test_hostile_starts_are_answered_with_few_reads() -> None:
    chain = ["-" * length + "/x" for length in range(1, 200)]
    package = Package(chain, small=False)
    asyncio.run(package.check(question(start="-" * 4_000)))
    asyncio.run(package.check(question(start="-" * 100 + "/" + "-/" * 1_000)))
    flat = Package([f"{number:05}" for number in range(5_000)], small=False)
    flat.forest.fetched = 0
    keys = RevisionKeys(TreeReader(flat.forest.fetch), REVISION, PushedRevision(flat.root, "", 0), wanted=2)
    asyncio.run(list_keys(keys, question(start="0" + "-" * 4_000, limit=1)))
    assert flat.forest.fetched < 30


@pytest.mark.parametrize(
    ("prefix", "end"),
    [("a", "b"), ("a/", "a0"), ("a\U0010ffff", "b"), ("\ud7ff", "\ue000"), ("\U0010ffff", None)],
)
def test_the_end_of_a_prefix_is_the_first_text_after_all_that_begin_with_it(prefix: str, end: str | None) -> None:
    assert end_of(prefix) == end
