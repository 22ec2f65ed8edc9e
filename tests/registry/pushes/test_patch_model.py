"""Patched trees against a plain dict with the same operations, and their manifests against the definition of the top hash."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.data.manifests import top_hash
from support.data.trees import SMALL_PAGES, Forest, dice
from support.data.trees import Model as Package

from registry.services.pushes.patching import ChangeRefused, PatchedTree, path_of
from shared.index.trees import nodes
from shared.index.trees.blocks.drafts import write_block
from shared.index.trees.blocks.frames import DraftPage, DraftTask
from shared.index.trees.entry_writer import EntryWriter
from shared.index.trees.manifest_reader import ManifestReader
from shared.index.trees.manifest_writer import ManifestDraft
from shared.index.trees.nodes import Index, Leaf, PageShape, TreeFile, TreePath
from shared.index.trees.rebuild import RebuiltTree, rebuild
from shared.index.trees.walk import Branch, DirectoryMeta, FilePage, StoredFiles, walk, walk_pages

Stored = dict[bytes, bytes]

NAMES = ["a", "a-b", "a.txt", "a b", "B", "é", "日本", "..a", '"', "\\", "007", "200", "399"]
METAS = [{"user_meta": {"x": 1.0}}, {"é": ["ü", None, 1e300, 5e-324, 10**25]}, {"b": 1, "a": {"d": 2, "c": 0.1}}]

paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map(tuple)
metas = st.sampled_from([None, *METAS])
numbers = st.integers(0, 2**53)
operations = st.one_of(
    st.tuples(st.just("add"), paths, numbers, metas),
    st.tuples(st.just("remove"), paths),
    st.tuples(st.just("move"), paths, paths),
    st.tuples(st.just("annotate"), paths, metas),
)


@dataclass
class Model:
    """A package as a plain dict. Impossible operations raise ChangeRefused."""

    files: dict[TreePath, TreeFile] = field(default_factory=dict)
    metas: dict[TreePath, bytes] = field(default_factory=dict)

    def is_directory(self, path: TreePath) -> bool:
        return any(key[: len(path)] == path and key != path for key in self.files) or any(
            key[: len(path)] == path for key in self.metas
        )

    def add(self, path: TreePath, file: TreeFile) -> None:
        if self.is_directory(path) or any(path[:depth] in self.files for depth in range(1, len(path))):
            raise ChangeRefused
        self.files[path] = msgspec.structs.replace(file, name=path[-1])

    def remove(self, path: TreePath) -> "Model":
        """Removes the item and returns its files and metadata, relative to the path."""
        if path not in self.files and not self.is_directory(path):
            raise ChangeRefused
        depth = len(path)
        return Model(
            {key[depth:]: self.files.pop(key) for key in list(self.files) if key[:depth] == path},
            {key[depth:]: self.metas.pop(key) for key in list(self.metas) if key[:depth] == path},
        )

    def move(self, path: TreePath, to: TreePath) -> None:
        moved = self.remove(path)
        if to in self.files or self.is_directory(to) or any(to[:depth] in self.files for depth in range(1, len(to))):
            raise ChangeRefused
        for key, file in moved.files.items():
            self.files[to + key] = file if key else msgspec.structs.replace(file, name=to[-1])
        self.metas |= {to + key: meta for key, meta in moved.metas.items()}

    def annotate(self, path: TreePath, meta: bytes | None) -> None:
        if path in self.files:
            self.files[path] = msgspec.structs.replace(self.files[path], meta=meta)
        elif not self.is_directory(path):
            raise ChangeRefused
        elif meta is None:
            self.metas.pop(path, None)
        else:
            self.metas[path] = meta


def raw(meta: Any) -> bytes | None:
    return json.dumps(meta, ensure_ascii=False).encode() if meta else None


def file_of(name: str, number: int, meta: Any) -> TreeFile:
    return TreeFile(name, f"s3://b/{number}?versionId=v", number, "sha2-256-chunked", f"hash{number}", raw(meta))


async def apply(tree: PatchedTree, operation: Any) -> None:
    match operation:
        case ("add", path, number, meta):
            await tree.add(path, file_of("x", number, meta))
        case ("remove", path):
            await tree.remove(path)
        case ("move", path, to):
            await tree.move(path, to)
        case _:
            _, path, meta = operation
            if isinstance(await tree.find(path), TreeFile):
                await tree.annotate_file(path, raw(meta))
            else:
                await tree.annotate_directory(path, raw(meta))


def apply_to_model(model: Model, operation: Any) -> None:
    match operation:
        case ("add", path, number, meta):
            model.add(path, file_of("x", number, meta))
        case ("remove", path):
            model.remove(path)
        case ("move", path, to):
            model.move(path, to)
        case _:
            _, path, meta = operation
            model.annotate(path, raw(meta))


async def drafted(stored: Stored, root: bytes | Branch, header: dict[str, Any]) -> tuple[str, bytes]:
    async def fetch(wanted: list[bytes]) -> dict[bytes, bytes]:
        return {storage: stored[storage] for storage in wanted}

    draft = ManifestDraft(header)
    async for step in walk(fetch, root):
        if isinstance(step, DirectoryMeta):
            draft.add_directory(step.path, step.meta)
        else:
            draft.add_files(step.prefix, step.files)
    totals = draft.finish()
    text = b"".join(draft.parts(1000))
    draft.close()
    assert totals.length == len(text)
    return totals.top_hash, text


def indexed(text: bytes) -> tuple[Stored, bytes, str]:
    """The nodes and the root of a manifest's tree, and the top hash that the index computes."""
    reader = ManifestReader()
    pages = [*reader.feed(text), *reader.finish()]
    stored = {page.storage: nodes.pack(page.body) for page in pages}
    return stored, reader.contents.root.storage, reader.contents.top_hash


def records(text: bytes) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    header, *rest = map(json.loads, text.splitlines())
    directories = {each["logical_key"]: each["meta"] for each in rest if "physical_keys" not in each}
    return header, directories, [each for each in rest if "physical_keys" in each]


HEADER = {"version": "v0", "user_meta": {"é": 1.50}, "message": None}


async def check(base: list[Any], bulk: int, changes: list[Any]) -> None:
    model = Model({("bulk", f"{number:03}"): file_of(f"{number:03}", number, None) for number in range(bulk)})
    tree = PatchedTree(no_nodes, None)
    for path, file in model.files.items():
        await tree.add(path, file)
    for operation in base:
        kept = Model(dict(model.files), dict(model.metas))
        try:
            apply_to_model(kept, operation)
        except ChangeRefused:
            continue
        model = kept
        await apply(tree, operation)
    made, text = await drafted({}, tree.root, HEADER)
    stored, root, found = indexed(text)
    assert made == found == top_hash(HEADER, records(text)[2])

    async def fetch(wanted: list[bytes]) -> dict[bytes, bytes]:
        return {storage: stored[storage] for storage in wanted}

    tree = PatchedTree(fetch, root)
    for operation in changes:
        wanted = replace(model, files=dict(model.files), metas=dict(model.metas))
        try:
            apply_to_model(wanted, operation)
        except ChangeRefused:
            failed = False
            try:
                await apply(tree, operation)
            except ChangeRefused:
                failed = True
            assert failed, operation
            return
        model = wanted
        await apply(tree, operation)
    before = text
    made, text = await drafted(stored, tree.root, HEADER)
    await check_blocks(stored, tree.root, before, text)
    check_pages(await rebuild(fetch, tree.root), text, stored)
    header, directories, entries = records(text)
    assert header == HEADER
    assert directories == {f"{'/'.join(path)}/": json.loads(meta) for path, meta in model.metas.items()}
    assert [each["logical_key"] for each in entries] == ["/".join(path) for path in sorted(model.files)]
    for each, (_, file) in zip(entries, sorted(model.files.items()), strict=True):
        assert each["physical_keys"] == [file.physical_key]
        assert (each["size"], each["hash"]["value"]) == (file.size, file.hash_value)
        assert each["meta"] == json.loads(file.meta or b"{}")
    assert made == top_hash(HEADER, entries)
    if model.files or model.metas:
        assert indexed(text)[2] == made


async def check_blocks(stored: Stored, root: Branch, before: bytes, text: bytes) -> None:
    """Lines that are written of pages are those of the manifest. Those that are kept stand in the manifest before."""

    async def fetch(wanted: list[bytes]) -> dict[bytes, bytes | FilePage]:
        found = {storage: (stored[storage], nodes.unpack(stored[storage])) for storage in wanted}
        return {storage: FilePage(body) if holds_files(node) else body for storage, (body, node) in found.items()}

    draft = ManifestDraft(HEADER)
    pages: list[DraftPage] = []
    async for step in walk_pages(fetch, root, with_removed=True):
        if isinstance(step, DirectoryMeta):
            draft.add_directory(step.path, step.meta)
        elif isinstance(step, StoredFiles):
            pages.append(DraftPage(step.prefix, step.stored, step.entries, step.standing))
        elif step.files:
            page = nodes.pack_quickly(Leaf(list(step.files)))
            pages.append(DraftPage(step.prefix, page, len(step.files), step.standing))
    writer = EntryWriter()
    written = 0
    for each in pages:
        block = write_block(DraftTask([each], written), writer)
        written += block.entries
        draft.add_block(block)
    totals = draft.finish()
    assert b"".join(draft.parts(1000)) == text
    assert (totals.top_hash, totals.entries) == (top_hash(HEADER, records(text)[2]), written)
    read = draft.open_bytes().read
    for part in draft.kept_bytes():
        kept = read(part.start, part.length)
        assert len(kept) == part.length
        assert kept == before[len(before) - part.to_end :][: part.length]
    draft.close()


def holds_files(node: Leaf | Index) -> bool:
    return isinstance(node, Leaf) and all(isinstance(item, TreeFile) for item in node.items)


def check_pages(rebuilt: RebuiltTree, text: bytes, stored: Stored) -> None:
    """The tree is that of the manifest. Pages that were not stored are there; one that was may be, too, if it stands elsewhere now."""
    read, root, _ = indexed(text)
    assert rebuilt.root.storage == root
    pages = {page.storage: page.stored() for page in rebuilt.pages}
    assert pages.items() <= read.items()
    assert read.keys() - stored.keys() <= pages.keys()


async def no_nodes(_: list[bytes]) -> dict[bytes, bytes]:
    return {}


bulky = st.one_of(
    operations,
    st.tuples(st.just("remove"), st.integers(0, 399).map(lambda number: ("bulk", f"{number:03}"))),
    st.tuples(st.just("move"), paths, st.integers(0, 500).map(lambda number: ("bulk", f"{number:03}x"))),
    st.tuples(st.just("move"), st.just(("bulk",)), paths),
)


@settings(max_examples=25)
@given(base=st.lists(operations, max_size=12), changes=st.lists(operations, max_size=8))
def test_a_patched_tree_equals_the_patched_dict(base: list[Any], changes: list[Any]) -> None:
    asyncio.run(check(base, 0, changes))


@pytest.mark.long
@settings(max_examples=400)
@given(base=st.lists(operations, max_size=12), changes=st.lists(operations, max_size=8))
def test_a_patched_tree_equals_the_patched_dict_in_many_cases(base: list[Any], changes: list[Any]) -> None:
    asyncio.run(check(base, 0, changes))


@settings(max_examples=25)
@given(base=st.lists(operations, max_size=4), bulk=st.integers(390, 400), changes=st.lists(bulky, max_size=8))
def test_a_patched_tree_with_a_directory_of_several_pages_equals_the_patched_dict(
    base: list[Any], bulk: int, changes: list[Any]
) -> None:
    asyncio.run(check(base, bulk, changes))


def test_a_directory_whose_files_are_all_removed_is_removed() -> None:
    async def emptied() -> list[Any]:
        tree = PatchedTree(no_nodes, None)
        for number in range(400):
            await tree.add(("bulk", f"{number:03}"), file_of("x", number, None))
        await tree.add(("z",), file_of("z", 1, None))
        _, text = await drafted({}, tree.root, HEADER)
        stored, root, _ = indexed(text)

        async def fetch(wanted: list[bytes]) -> dict[bytes, bytes]:
            return {storage: stored[storage] for storage in wanted}

        tree = PatchedTree(fetch, root)
        for number in range(400):
            await tree.remove(path_of(f"bulk/{number:03}"))
        await tree.add(("bulk",), file_of("bulk", 1, None))
        return records((await drafted(stored, tree.root, HEADER))[1])[2]

    assert [each["logical_key"] for each in asyncio.run(emptied())] == ["bulk", "z"]


PARENTS = [(), ("d",), ("d", "e"), ("f",)]


def random_change(random: Random) -> Any:
    path = (*random.choice(PARENTS), f"{random.randrange(400):03}")
    meta = random.choice([None, None, *METAS])
    return random.choice(
        [
            ("add", path, random.randrange(1000), meta),
            ("remove", path),
            ("remove", (*path[:-1], f"{random.randrange(20):03}")),
            ("move", path, (*random.choice(PARENTS), f"{random.randrange(400):03}")),
            ("annotate", path, meta),
            ("annotate", random.choice(PARENTS[1:]), meta),
            ("move", random.choice(PARENTS[1:]), ("moved", f"{random.randrange(3)}")),
        ]
    )


async def check_rebuilt(random: Random, shape: PageShape) -> None:
    paths = {(*random.choice(PARENTS), f"{random.randrange(400):03}") for _ in range(random.choice([3, 50, 800]))}
    model = Model({path: file_of(path[-1], at, random.choice([None, *METAS])) for at, path in enumerate(sorted(paths))})
    forest = Forest(shape)
    tree = PatchedTree(forest.fetch, forest.grow(Package(model.files, model.metas)).storage)
    for _ in range(random.choice([0, 1, 4, 60])):
        changed = replace(model, files=dict(model.files), metas=dict(model.metas))
        operation = random_change(random)
        try:
            apply_to_model(changed, operation)
        except ChangeRefused:
            continue
        model = changed
        await apply(tree, operation)
    fetched = forest.fetched
    rebuilt = await rebuild(forest.fetch, tree.root, shape)
    assert forest.fetched - fetched <= len(forest.bodies)
    stored = set(forest.bodies)
    expected = forest.grow(Package(model.files, model.metas))
    root = rebuilt.root
    assert (root.storage, root.identity, root.entries, root.size) == (
        expected.storage,
        expected.identity,
        expected.entries,
        expected.size,
    )
    assert {page.storage for page in rebuilt.pages} >= set(forest.bodies) - stored


@pytest.mark.parametrize("seed", range(60))
def test_a_tree_that_is_rebuilt_from_its_base_is_the_one_built_of_all_entries(seed: int) -> None:
    random = dice(seed)
    asyncio.run(
        check_rebuilt(random, random.choice([SMALL_PAGES, PageShape(average_items=4, max_items=8, max_meta_bytes=60)]))
    )
