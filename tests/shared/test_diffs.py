"""Differences of trees, compared with those of plain dictionaries."""

import asyncio
from collections import Counter
from functools import partial
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.data.trees import SMALL_LIMITS, SMALL_PAGES, Forest, Model, dice, file

from shared.index.diff import compare as comparisons
from shared.index.diff.compare import Comparison, count_changes
from shared.index.diff.types import Change, Kind, content_of, same_metadata
from shared.index.diff.walk import Tree
from shared.index.trees.nodes import TreeDirectory, TreeFile, TreePath
from shared.index.trees.reader import TreeGone

NAMES = st.sampled_from(["a", "b", "c", "a-b", "a.b", "é", "\U0010ffff", ".", "..", "", "z\x00"]) | st.text(
    st.characters(codec="utf-8", exclude_characters="/"), max_size=2
)
METAS = st.sampled_from([None, b'{"x": 1}', b'{"x":1}', b'{"x": 1.0}', b'{"y": "\\u00e9"}'])
PATHS: st.SearchStrategy[TreePath] = st.lists(NAMES, min_size=1, max_size=4).map(tuple)


compare = partial(comparisons.compare, limits=SMALL_LIMITS)
listed = partial(comparisons.listed, limits=SMALL_LIMITS)
page = partial(comparisons.page, limits=SMALL_LIMITS)


def fits(paths: set[TreePath]) -> list[TreePath]:
    """The paths that are not directories of other paths, sorted."""
    return sorted(paths - {path[:depth] for path in paths for depth in range(1, len(path))})


@st.composite
def models(draw: st.DrawFn) -> Model:
    drawn: set[TreePath] = draw(st.sets(PATHS, max_size=30))
    paths = fits(drawn)
    found = Model()
    for path in paths:
        value, size, meta = draw(st.sampled_from("hijk")), draw(st.integers(0, 1)), draw(METAS)
        found.files[path] = file(path, value=value, size=size, meta=meta)
    for path in sorted(found.all_directories()):
        if draw(st.booleans()) and (meta := draw(METAS)):
            found.directories[path] = meta
    return found


@st.composite
def edits(draw: st.DrawFn, base: Model) -> Model:
    """An edited package: entries removed, added, changed and moved; directories moved."""
    files = dict(base.files)
    for path in draw(st.sets(st.sampled_from(sorted(files)), max_size=8)) if files else ():
        edit(draw, files, path)
    directories = sorted(base.all_directories())
    moves: bool = draw(st.booleans())
    if directories and moves:
        old, new = draw(st.sampled_from(directories)), draw(PATHS)
        for path in [path for path in files if path[: len(old)] == old and len(path) > len(old)]:
            files[(*new, *path[len(old) :])] = files.pop(path)
    for path in draw(st.sets(PATHS, max_size=5)):
        files[path] = file(path, value=draw(st.sampled_from("hxy")))
    head = Model({path: files[path] for path in fits(set(files))})
    head.directories = {path: meta for path, meta in base.directories.items() if path in head.all_directories()}
    for path in sorted(head.all_directories()):
        if draw(st.integers(0, 9)) == 0:
            head.directories[path] = draw(METAS.filter(bool))  # type: ignore[assignment]
    return head


def edit(draw: st.DrawFn, files: dict[TreePath, TreeFile], path: TreePath) -> None:
    old = files.pop(path)
    match draw(st.sampled_from(["remove", "change", "annotate", "relocate", "move"])):
        case "change":
            files[path] = replace(old, hash_value=draw(st.sampled_from("hx")))
        case "annotate":
            files[path] = replace(old, meta=draw(METAS))
        case "relocate":
            files[path] = replace(old, physical_key=f"s3://other/{path}")
        case "move":
            to = draw(PATHS)
            files[to] = replace(old, name=to[-1])
        case _:
            pass


pairs = models().flatmap(lambda base: st.tuples(st.just(base), edits(base) | models()))


def check(base: Model, head: Model, changes: list[Change]) -> None:
    """Assert that the listed changes are those of the dictionaries, with as many moves as possible."""
    orders = [change.order for change in changes]
    assert orders == sorted(set(orders))
    by_kind = {kind: [change for change in changes if change.kind is kind] for kind in Kind}
    both = base.files.keys() & head.files.keys()
    changed = {path for path in both if content_of(base.files[path]) != content_of(head.files[path])}
    assert {change.path for change in by_kind[Kind.CHANGED]} == changed
    annotated = {(path, False) for path in both - changed if not same_metadata(base.files[path], head.files[path])}
    for path in base.all_directories() & head.all_directories():
        old, new = (file(path, meta=side.directories.get(path)) for side in (base, head))
        if not same_metadata(old, new):
            annotated.add((path, True))
    assert {change.order for change in by_kind[Kind.METADATA]} == annotated
    gone, came = base.files.keys() - head.files.keys(), head.files.keys() - base.files.keys()
    moved = by_kind[Kind.MOVED]
    assert Counter([change.path for change in by_kind[Kind.REMOVED]] + [each.previous for each in moved]) == Counter(
        gone
    )
    assert Counter([change.path for change in by_kind[Kind.ADDED] + moved]) == Counter(came)
    contents = Counter(content_of(base.files[path]) for path in gone) & Counter(
        content_of(head.files[path]) for path in came
    )
    assert Counter(content_of(change.item) for change in moved) == contents
    for change in changes:
        if isinstance(change.item, TreeFile):
            assert change.before == base.files.get(change.previous or change.path)
            assert change.after == head.files.get(change.path)
        else:
            assert isinstance(change.before, TreeDirectory)
            assert isinstance(change.after, TreeDirectory)


async def everything(forest: Forest, base: Tree | None, head: Tree | None, known: Comparison | None) -> list[Change]:
    return [change async for batch in listed(forest.fetch, base, head, known) for change in batch]


def check_totals(known: Comparison, changes: list[Change]) -> None:
    for kind in Kind:
        files = [change.item for change in changes if change.kind is kind]
        size = sum(item.size for item in files if isinstance(item, TreeFile))
        assert (known.totals[kind].count, known.totals[kind].size) == (len(files), size)


@settings(max_examples=150)
@given(pairs)
def test_differences_equal_those_of_dictionaries(both: tuple[Model, Model]) -> None:
    async def run() -> None:
        forest = Forest(SMALL_PAGES)
        base, head = map(forest.grow, both)
        known = await compare(forest.fetch, base, head)
        changes = await everything(forest, base, head, known)
        check(*both, changes)
        check_totals(known, changes)
        assert known.kept == changes
        reread = await compare(forest.fetch, base, head, keep=0)
        assert reread.kept is None or not changes
        assert await everything(forest, base, head, reread) == changes

    asyncio.run(run())


@settings(max_examples=80)
@given(pairs, st.integers(1, 4), st.sets(st.sampled_from(Kind), min_size=1), st.sampled_from([0, 1000, None]))
def test_the_pages_of_a_difference_together_are_the_whole_difference(
    both: tuple[Model, Model], limit: int, kinds: set[Kind], keep: int | None
) -> None:
    async def run() -> None:
        forest = Forest(SMALL_PAGES)
        base, head = map(forest.grow, both)
        known = None if keep is None else await compare(forest.fetch, base, head, keep=keep)
        changes = await everything(forest, base, head, known)
        wanted = [change for change in changes if change.kind in kinds]
        seen: list[Change] = []
        after = None
        for _ in range(200):
            got = await page(forest.fetch, base, head, known, kinds=kinds, after=after, limit=limit)
            assert len(got.changes) <= limit
            seen += got.changes
            after = got.last
            if after is None:
                break
        assert seen == wanted

    asyncio.run(run())


def random_tree(random: Random, count: int) -> Model:
    found = Model()
    for number in range(count):
        path = (f"d{random.randrange(3)}", f"{random.randrange(10**6):06}")[random.random() < 0.3 :]
        found.files[path] = file(path, value=str(number))
    return found


@pytest.mark.parametrize("seed", range(6))
async def test_edits_of_large_trees_are_found_by_reading_few_pages(seed: int) -> None:
    random = dice(seed)
    base = random_tree(random, 2000)
    head = Model(dict(base.files))
    for path in random.sample(sorted(base.files), 10):
        match random.randrange(3):
            case 0:
                del head.files[path]
            case 1:
                head.files[path] = replace(head.files[path], size=5)
            case _:
                name = f"{random.randrange(10**6):06}"
                head.files[(*path[:-1], name)] = replace(head.files.pop(path), name=name)
    forest = Forest(SMALL_PAGES)
    trees = forest.grow(base), forest.grow(head)
    known = await compare(forest.fetch, *trees)
    assert forest.fetched < len(forest.bodies) / 4
    check(base, head, await everything(forest, *trees, known))


@pytest.mark.parametrize("seed", range(3))
async def test_the_difference_of_trees_with_nothing_in_common_is_complete(seed: int) -> None:
    random = dice(seed)
    base, head = random_tree(random, 1500), random_tree(random, 700)
    forest = Forest(SMALL_PAGES)
    trees = forest.grow(base), forest.grow(head)
    for keep in (0, 10_000):
        known = await compare(forest.fetch, *trees, keep=keep)
        changes = await everything(forest, *trees, known)
        check(base, head, changes)
        check_totals(known, changes)


async def test_a_copy_at_other_physical_keys_has_no_differences() -> None:
    forest = Forest(SMALL_PAGES)
    here = random_tree(dice(1), 300)
    there = {path: replace(item, physical_key="s3://other/x") for path, item in here.files.items()}
    base, head = forest.grow(here), forest.grow(Model(there))
    assert base.storage != head.storage
    known = await compare(forest.fetch, base, head)
    assert (known.kept, forest.fetched) == ([], 0)
    edited = Model({**there, ("d0", "new"): file(("d0", "new"), value="new")})
    known = await compare(forest.fetch, base, forest.grow(edited))
    assert [(change.kind, change.path) for change in known.kept or ()] == [(Kind.ADDED, ("d0", "new"))]


@pytest.mark.parametrize("keep", [0, 100])
async def test_an_empty_directory_on_one_side_is_not_listed_as_a_change(keep: int) -> None:
    forest = Forest(SMALL_PAGES)
    stays: dict[TreePath, TreeFile] = {("a",): file(("a",))}
    base, head = forest.grow(Model(stays)), forest.grow(Model(stays, {("empty",): b'{"x": 1}'}))
    for trees in ((base, head), (head, base)):
        known = await compare(forest.fetch, *trees, keep=keep)
        assert await everything(forest, *trees, known) == []
        check_totals(known, [])


async def test_a_directory_that_moved_is_not_read_until_it_is_listed() -> None:
    forest = Forest(SMALL_PAGES)

    def model(where: str) -> Model:
        found = Model({("stays",): file(("stays",), value="stays")})
        for number in range(1000):
            path = (where, "deep", f"{number:04}")
            found.files[path] = file(path, value=str(number))
        return found

    base, head = forest.grow(model("old")), forest.grow(model("new"))
    known = await compare(forest.fetch, base, head, keep=10, candidates=10)
    assert forest.fetched == 2
    assert known.totals[Kind.MOVED].count == 1000
    assert known.moves.are_all
    first = await page(forest.fetch, base, head, known, after=(("new", "deep", "0499"), False), limit=1)
    [change] = first.changes
    assert (change.kind, change.path, change.previous) == (
        Kind.MOVED,
        ("new", "deep", "0500"),
        ("old", "deep", "0500"),
    )
    assert forest.fetched < 40


async def test_a_directory_that_is_put_into_another_is_found_as_moved() -> None:
    forest = Forest(SMALL_PAGES)
    files = {(f"{number % 7}", f"{number:03}"): file((f"{number:03}",), value=str(number)) for number in range(200)}
    base = forest.grow(Model({("data", *path): item for path, item in files.items()}))
    head = forest.grow(Model({("archive", "2026", "data", *path): item for path, item in files.items()}))
    known = await compare(forest.fetch, base, head, candidates=1)
    assert known.totals[Kind.MOVED].count == 200
    assert len(known.moves.directories) == 7


PREFERENCES = [
    # gone, came, moved: (path, metadata)
    ([("a/x", 1), ("b/x", 2)], [("c/x", 2), ("d/x", 1)], {"c/x": "b/x", "d/x": "a/x"}),
    ([("a/x", None), ("a/y", None)], [("b/y", None), ("b/z", None)], {"b/y": "a/y", "b/z": "a/x"}),
    ([("a/x", 1), ("a/y", 2)], [("b/x", 2), ("b/z", 3)], {"b/x": "a/y", "b/z": "a/x"}),
    ([("a/x", None)], [("b/x", None), ("c/x", None)], {"b/x": "a/x"}),
    ([("a/x", None), ("b/x", None)], [("c/x", None)], {"c/x": "a/x"}),
]


@pytest.mark.parametrize(("gone", "came", "moved"), PREFERENCES)
async def test_moved_files_are_paired_by_name_and_metadata_first(
    gone: list[tuple[str, int | None]], came: list[tuple[str, int | None]], moved: dict[str, str]
) -> None:
    def model(*some: tuple[str, int | None]) -> Model:
        files: dict[TreePath, TreeFile] = {}
        for key, meta in some:
            path = tuple(key.split("/"))
            files[path] = file(path, meta=b'{"m": %d}' % meta if meta else None)
        # Directories that stay, so that none moves as a whole.
        for name in "abcd":
            files[(name, "stays")] = file(("stays",), value=name)
        return Model(files)

    forest = Forest(SMALL_PAGES)
    known = await compare(forest.fetch, forest.grow(model(*gone)), forest.grow(model(*came)))
    assert {"/".join(new): "/".join(move.previous or ()) for new, move in known.moves.files.items()} == moved


async def test_few_removed_files_are_found_among_many_added_ones() -> None:
    base, head = random_tree(dice(1), 20), random_tree(dice(2), 900)
    head.files = {path: replace(item, hash_value=f"new {path}") for path, item in head.files.items()}
    back = sorted(head.files)[500]
    head.files[back] = replace(head.files[back], hash_value="7")
    forest = Forest(SMALL_PAGES)
    trees = forest.grow(base), forest.grow(head)
    known = await compare(forest.fetch, *trees, candidates=50, keep=0)
    assert known.moves.are_all
    check(base, head, await everything(forest, *trees, known))


async def test_moves_are_not_searched_among_too_many_files() -> None:
    base, head = random_tree(dice(1), 100), random_tree(dice(2), 100)
    forest = Forest(SMALL_PAGES)
    trees = forest.grow(base), forest.grow(head)
    known = await compare(forest.fetch, *trees, candidates=10)
    assert not known.moves.are_all
    changes = await everything(forest, *trees, known)
    check_totals(known, changes)
    assert {change.kind for change in changes} == {Kind.ADDED, Kind.REMOVED}


async def test_a_missing_tree_is_an_empty_one_and_nothing_is_read() -> None:
    forest = Forest(SMALL_PAGES)
    model = random_tree(dice(1), 100)
    tree = forest.grow(model)
    for kind, base, head in ((Kind.ADDED, None, tree), (Kind.REMOVED, tree, None)):
        forest.fetched = 0
        known = await compare(forest.fetch, base, head)
        totals = await count_changes(forest.fetch, base, head)
        assert totals == known.totals
        assert (totals[kind].count, totals[kind].size, forest.fetched) == (100, 100, 0)
        changes = await everything(forest, base, head, known)
        assert [(change.kind, change.path) for change in changes] == [(kind, path) for path in sorted(model.files)]
    assert await everything(forest, None, None, await compare(forest.fetch, None, None)) == []


async def test_a_tree_whose_pages_were_removed_is_unavailable() -> None:
    forest = Forest(SMALL_PAGES)
    trees = forest.grow(random_tree(dice(1), 100)), forest.grow(random_tree(dice(2), 100))
    forest.bodies.popitem()
    with pytest.raises(TreeGone):
        await compare(forest.fetch, *trees)


async def test_the_first_page_of_a_large_difference_reads_few_pages() -> None:
    forest = Forest(SMALL_PAGES)
    base = Model({(f"{number:05}",): file((f"{number:05}",), value=str(number)) for number in range(5000)})
    head = Model({path: replace(item, size=2) for path, item in base.files.items()})
    trees = forest.grow(base), forest.grow(head)
    found = await page(forest.fetch, *trees, None, limit=5)
    assert len(found.changes) == 5
    assert forest.fetched < 100
