"""Builds the tree of a revision from that of another one and the changes to it. Pages without changes are not read."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from shared.index.trees import nodes
from shared.index.trees.builder import OpenDirectory, TreeRoot
from shared.index.trees.nodes import (
    PAGE_SHAPE,
    Child,
    Fetch,
    Index,
    Leaf,
    NodePage,
    PageShape,
    TreeDirectory,
    TreeFile,
    TreeItem,
)
from shared.index.trees.reader import TreeGone
from shared.index.trees.walk import Branch

MAX_CHANGED_DEPTH = 200
"""Levels of changed directories, which are built one inside another."""
_BATCH_NODES = 128

_Change = tuple[str, TreeItem | None]
"""Name of an item, and what replaces it; None removes it."""


@dataclass(frozen=True, slots=True)
class RebuiltTree:
    root: TreeRoot
    pages: list[NodePage]
    """New pages, children before their parents."""


class TooDeep(Exception):
    """Directories with changes are more than MAX_CHANGED_DEPTH deep."""


async def rebuild(fetch: Fetch, root: Branch, shape: PageShape = PAGE_SHAPE) -> RebuiltTree:
    """The tree of the entries that `walk` finds in `root`: the same one that a `TreeBuilder` makes of them. Raises TreeGone and TooDeep."""
    rebuilder = _Rebuilder(fetch, shape)
    child = await rebuilder.build(root, 0)
    pages = [page for page in rebuilder.pages if page.storage not in rebuilder.known]
    return RebuiltTree(TreeRoot(child.storage, child.identity, child.entries, child.size), pages)


@dataclass(slots=True)
class _Rebuilder:
    fetch: Fetch
    shape: PageShape
    pages: list[NodePage] = field(default_factory=list)
    known: set[bytes] = field(default_factory=set)
    """Storage hashes of pages that exist."""

    async def build(self, branch: Branch, depth: int) -> Child:
        """The root page of a directory."""
        if depth > MAX_CHANGED_DEPTH:
            raise TooDeep
        changes: list[_Change] = [
            (name, await self._resolve(name, branch.changed[name], depth)) for name in sorted(branch.changed)
        ]
        directory = OpenDirectory("", self.shape)
        if branch.base is None:
            self._add_items(directory, [item for _, item in changes if item is not None])
        else:
            await self._add_base(directory, branch.base, changes)
        return directory.finish(self.pages)

    async def _resolve(self, name: str, item: TreeItem | Branch | None, depth: int) -> TreeItem | None:
        """An item under the name that it has now; None for a directory that is empty and has no metadata."""
        if not isinstance(item, Branch):
            return item if item is None or item.name == name else msgspec.structs.replace(item, name=name)
        child = await self.build(item, depth + 1)
        if not child.items and item.meta is None:
            return None
        return TreeDirectory(name, child.storage, child.identity, child.entries, child.size, item.meta)

    async def _add_base(self, directory: OpenDirectory, base: bytes, changes: Sequence[_Change]) -> None:
        root = (await self._read([base]))[base]
        if isinstance(root, Leaf):
            self._add_items(directory, _changed(root, changes))
            return
        leaves = await self._leaves_below(root)
        parts = _by_leaf(leaves, changes)
        touched = [leaf.storage for leaf, part in zip(leaves, parts, strict=True) if part]
        passed = 0
        held: dict[bytes, Leaf | Index] = {}
        for leaf, part in zip(leaves, parts, strict=True):
            passed += bool(part)
            if not part and directory.is_at_page_start:
                # It begins where a page begins, so it ends where it ended; the last one, at the end of the directory.
                directory.add_page(leaf, self.pages)
                continue
            if leaf.storage not in held:
                held = await self._read([leaf.storage, *touched[passed : passed + _BATCH_NODES]])
            node = held[leaf.storage]
            if not isinstance(node, Leaf):
                raise TreeGone("A page of the revision is not what the page above says")
            self._add_items(directory, _changed(node, part))

    async def _leaves_below(self, root: Index) -> list[Child]:
        """The leaf pages of a directory. All of them are equally deep."""
        level = root.children
        while True:
            first = (await self._read([level[0].storage]))[level[0].storage]
            if isinstance(first, Leaf):
                return level
            below: list[Child] = []
            for start in range(0, len(level), _BATCH_NODES):
                wanted = [child.storage for child in level[start : start + _BATCH_NODES]]
                found = await self._read(wanted)
                for storage in wanted:
                    node = found[storage]
                    below += node.children if isinstance(node, Index) else ()
            level = below

    async def _read(self, wanted: Sequence[bytes]) -> dict[bytes, Leaf | Index]:
        """Raises TreeGone unless all of them exist."""
        found = await self.fetch(list(wanted))
        if len(found) < len(set(wanted)):
            raise TreeGone("A page of the revision is no longer in the index")
        self.known.update(found)
        return {storage: nodes.unpack(body) for storage, body in found.items()}

    def _add_items(self, directory: OpenDirectory, items: Sequence[TreeItem]) -> None:
        files: list[TreeFile] = []
        for item in items:
            if isinstance(item, TreeFile):
                files.append(item)
                continue
            self._add_files(directory, files)
            files = []
            directory.add_directory(item, nodes.identity_of(item), self.pages)
        self._add_files(directory, files)

    def _add_files(self, directory: OpenDirectory, files: list[TreeFile]) -> None:
        if files:
            directory.add_files(files, list(map(nodes.identity_of, files)), self.pages)


def _changed(leaf: Leaf, changes: Sequence[_Change]) -> list[TreeItem]:
    """Items of a leaf page with changes, sorted by name."""
    if not changes:
        return leaf.items
    items: dict[str, TreeItem | None] = {item.name: item for item in leaf.items}
    items.update(changes)
    return [item for name in sorted(items) if (item := items[name]) is not None]


def _by_leaf(leaves: Sequence[Child], changes: Sequence[_Change]) -> list[Sequence[_Change]]:
    """The changes that belong to each leaf page; those after all names belong to the last."""
    parts: list[Sequence[_Change]] = []
    start = 0
    for leaf in leaves[:-1]:
        end = bisect_right(changes, leaf.last, lo=start, key=lambda change: change[0])
        parts.append(changes[start:end])
        start = end
    return [*parts, changes[start:]]
