"""Builds package trees from entries in walk order.

Walk order is the order of the clients: the order of paths as tuples of names, names by code point.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from shared.index.trees import nodes
from shared.index.trees.nodes import (
    PAGE_SHAPE,
    Child,
    Identity,
    Index,
    Leaf,
    NodePage,
    PageShape,
    TreeDirectory,
    TreeFile,
    TreeItem,
    TreePath,
)


class BuiltLeaf(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A leaf page of files that was built apart from its tree, as if the page before it had just ended."""

    child: Child
    stored: bytes
    """The body as it is stored."""
    is_ended: bool
    """Its items end it. If not, it ends because the builder had no more of them, and the next ones belong to it."""

    @property
    def page(self) -> NodePage:
        return NodePage(self.child.storage, b"", [], self.stored)

    def open(self) -> tuple[list[TreeFile], list[Identity]]:
        """Its files, and what its identity covers of them."""
        node = nodes.unpack(self.stored)
        files = [item for item in node.items if isinstance(item, TreeFile)] if isinstance(node, Leaf) else []
        return files, [nodes.identity_of(file) for file in files]


@dataclass(frozen=True, slots=True)
class TreeRoot:
    """A finished tree."""

    storage: bytes
    identity: bytes
    entries: int
    size: int


class Misplaced(ValueError):
    """A path contradicts the paths before it."""


class OutOfOrder(Misplaced):
    """The path belongs before the previous one in walk order."""


class TreeBuilder:
    """Builds a tree from paths in walk order. It holds one open page per level of each open directory.

    Finished pages are held until `take` is called, children before their parents.
    """

    def __init__(self, shape: PageShape = PAGE_SHAPE) -> None:
        self._shape = shape
        self._pages: list[NodePage] = []
        self._last: TreePath = ()
        self._last_is_file = False
        self._here: TreePath = ()
        self._open = [OpenDirectory("", shape)]

    def add_file(self, path: TreePath, file: TreeFile, canonical_meta: bytes | None) -> None:
        """`file.name` is the last name of the path; `canonical_meta` is its metadata as canonical JSON. Raises Misplaced."""
        self.add_files(path[:-1], [file], [nodes.file_identity(file, canonical_meta)])

    def add_files(self, parent: TreePath, files: list[TreeFile], identities: list[Identity]) -> None:
        """Add files that follow each other in one directory, and that the caller has sorted by name. Raises Misplaced."""
        self._place((*parent, files[0].name), parent, is_file=True)
        self._last = (*parent, files[-1].name)
        self._open[-1].add_files(files, identities, self._pages)

    def add_leaves(self, parent: TreePath, first: str, leaves: Sequence[BuiltLeaf]) -> None:
        """Add files that follow each other in one directory as leaf pages; `first` is the name of the first. Raises Misplaced."""
        self._place((*parent, first), parent, is_file=True)
        self._last = (*parent, leaves[-1].child.last)
        self._open[-1].add_leaves(leaves, self._pages)

    def add_directory(self, path: TreePath, meta: bytes | None, canonical_meta: bytes | None) -> None:
        """Needed only for directories that have metadata or are empty. Raises Misplaced."""
        self._place(path, path, is_file=False)
        self._open[-1].meta, self._open[-1].canonical_meta = meta, canonical_meta

    def take(self) -> list[NodePage]:
        """The pages finished since the last call."""
        taken, self._pages = self._pages, []
        return taken

    def finish(self) -> TreeRoot:
        self._close_down_to(1)
        child = self._open[0].finish(self._pages)
        return TreeRoot(child.storage, child.identity, child.entries, child.size)

    def _place(self, path: TreePath, parent: TreePath, *, is_file: bool) -> None:
        """Check the order, and make `parent` the innermost open directory."""
        last = self._last
        if path <= last:
            if path == last and self._last_is_file == is_file:
                raise Misplaced(f"{'/'.join(path)!r} occurs twice")
            if path == last:
                raise self._both()
            raise OutOfOrder(f"{'/'.join(path)!r} comes after {'/'.join(last)!r}")
        if self._last_is_file and path[: len(last)] == last:
            raise self._both()
        self._last = path
        self._last_is_file = is_file
        if parent != self._here:
            self._descend(parent)

    def _both(self) -> Misplaced:
        return Misplaced(f"{'/'.join(self._last)!r} is both a file and a directory")

    def _descend(self, parent: TreePath) -> None:
        common = 0
        for mine, open_name in zip(parent, self._here, strict=False):
            if mine != open_name:
                break
            common += 1
        self._close_down_to(common + 1)
        self._open.extend(OpenDirectory(name, self._shape) for name in parent[common:])
        self._here = parent

    def _close_down_to(self, count: int) -> None:
        while len(self._open) > count:
            closed = self._open.pop()
            child = closed.finish(self._pages)
            directory = TreeDirectory(
                closed.name, child.storage, child.identity, child.entries, child.size, closed.meta
            )
            identity = nodes.directory_identity(directory, closed.canonical_meta)
            self._open[-1].add_directory(directory, identity, self._pages)


class LeafPages:
    """Leaf pages of files that follow each other in one directory, sorted by name."""

    def __init__(self, shape: PageShape = PAGE_SHAPE) -> None:
        self._leaf = _OpenLeaf(shape)
        self._made: list[BuiltLeaf] = []

    def add_files(self, files: list[TreeFile], identities: list[Identity]) -> None:
        for child, page in self._leaf.add_files(files, identities):
            self._made.append(BuiltLeaf(child, page.stored(), is_ended=True))

    def finish(self) -> list[BuiltLeaf]:
        """All pages, at the end."""
        if not self._leaf.is_empty:
            child, page = self._leaf.close()
            self._made.append(BuiltLeaf(child, page.stored(), is_ended=False))
        return self._made


class _OpenLeaf:
    """The leaf page that is being filled."""

    def __init__(self, shape: PageShape) -> None:
        self._shape = shape
        self._items: list[TreeItem] = []
        self._identities: list[Identity] = []
        self._entries = 0
        self._size = 0
        self._meta_bytes = 0

    @property
    def is_empty(self) -> bool:
        return not self._items

    def add_files(self, files: list[TreeFile], identities: list[Identity]) -> Iterator[tuple[Child, NodePage]]:
        """The pages that the files end."""
        start = 0
        ends = self._shape.leaf_ends(files)
        for number, end in enumerate((*ends, len(files))):
            part = files[start:end]
            meta_bytes = sum([len(file.meta) for file in part if file.meta])
            if (
                len(self._items) + len(part) > self._shape.max_items
                or self._meta_bytes + meta_bytes >= self._shape.max_meta_bytes
            ):
                yield from self._add_singly(part, identities[start:end])
            elif part:
                self._extend(part, identities[start:end], meta_bytes)
                if len(self._items) == self._shape.max_items:
                    yield self.close()
            if number < len(ends) and self._items:
                yield self.close()
            start = end

    def add_directory(self, directory: TreeDirectory, identity: Identity) -> bool:
        """True if the directory ends the page."""
        self._items.append(directory)
        self._identities.append(identity)
        self._entries += directory.entries
        self._size += directory.size
        self._meta_bytes += len(directory.meta or b"")
        return self._is_full or self._shape.ends_page(0, directory.name)

    def close(self) -> tuple[Child, NodePage]:
        """The page, and its place in an index page. The next page is open then."""
        items = self._items
        body = nodes.encode(Leaf(items))
        page = NodePage(nodes.digest(body), body, [item.storage for item in items if isinstance(item, TreeDirectory)])
        last = items[-1].name if items else ""
        identity = nodes.leaf_identity(self._identities)
        child = Child(last, page.storage, identity, len(items), self._entries, self._size)
        self._items, self._identities = [], []
        self._entries = self._size = self._meta_bytes = 0
        return child, page

    @property
    def _is_full(self) -> bool:
        return len(self._items) >= self._shape.max_items or self._meta_bytes >= self._shape.max_meta_bytes

    def _add_singly(self, files: list[TreeFile], identities: list[Identity]) -> Iterator[tuple[Child, NodePage]]:
        """Add files of which some fill the page."""
        for file, identity in zip(files, identities, strict=True):
            self._extend([file], [identity], len(file.meta or b""))
            if self._is_full:
                yield self.close()

    def _extend(self, files: list[TreeFile], identities: list[Identity], meta_bytes: int) -> None:
        self._items += files
        self._identities += identities
        self._entries += len(files)
        self._size += sum([file.size for file in files])
        self._meta_bytes += meta_bytes


class OpenDirectory:
    """A directory being filled: its open leaf page, and the open index page of each level above."""

    def __init__(self, name: str, shape: PageShape = PAGE_SHAPE) -> None:
        self.name = name
        self._shape = shape
        self.meta: bytes | None = None
        self.canonical_meta: bytes | None = None
        self._leaf = _OpenLeaf(shape)
        self._tail: BuiltLeaf | None = None
        """The open leaf page, if it was built apart and has not been opened; `_leaf` is then empty."""
        self._levels: list[list[Child]] = []

    @property
    def is_at_page_start(self) -> bool:
        """The next item begins a leaf page."""
        return self._leaf.is_empty and self._tail is None

    def add_files(self, files: list[TreeFile], identities: list[Identity], done: list[NodePage]) -> None:
        self._open_tail()
        for child, page in self._leaf.add_files(files, identities):
            done.append(page)
            self.add_page(child, done)

    def add_leaves(self, leaves: Sequence[BuiltLeaf], done: list[NodePage]) -> None:
        """Add pages of files. Those that do not begin where a page of this directory begins are opened."""
        for leaf in leaves:
            if not self.is_at_page_start:
                self.add_files(*leaf.open(), done)
            elif leaf.is_ended:
                done.append(leaf.page)
                self.add_page(leaf.child, done)
            else:
                self._tail = leaf

    def add_directory(self, directory: TreeDirectory, identity: Identity, done: list[NodePage]) -> None:
        self._open_tail()
        if self._leaf.add_directory(directory, identity):
            self._close_leaf(done)

    def finish(self, done: list[NodePage]) -> Child:
        """The root page of the directory: the page of the lowest level that has only one."""
        if not self.is_at_page_start or not self._levels:
            self._close_leaf(done)
        level = 0
        while True:
            children = self._levels[level]
            if len(children) == 1 and level == len(self._levels) - 1:
                return children[0]
            if children:
                self._levels[level] = []
                self.add_page(_close_index(children, done), done, level + 1)
            level += 1

    def add_page(self, page: Child, done: list[NodePage], level: int = 0) -> None:
        """Add a finished page of `level` to the index page above it, which this may finish in turn."""
        if level == len(self._levels):
            self._levels.append([])
        children = self._levels[level]
        children.append(page)
        if len(children) > 1 and (
            len(children) >= self._shape.max_items or self._shape.ends_page(level + 1, page.last)
        ):
            self._levels[level] = []
            self.add_page(_close_index(children, done), done, level + 1)

    def _open_tail(self) -> None:
        if self._tail is not None:
            tail, self._tail = self._tail, None
            for _ in self._leaf.add_files(*tail.open()):
                raise AssertionError("the items of an open page do not end it")

    def _close_leaf(self, done: list[NodePage]) -> None:
        if self._tail is not None:
            child, page = self._tail.child, self._tail.page
            self._tail = None
        else:
            child, page = self._leaf.close()
        done.append(page)
        self.add_page(child, done)


def _close_index(children: list[Child], done: list[NodePage]) -> Child:
    body = nodes.encode(Index(children))
    page = NodePage(nodes.digest(body), body, [child.storage for child in children])
    done.append(page)
    return Child(
        children[-1].last,
        page.storage,
        nodes.index_identity(children),
        sum(child.items for child in children),
        sum(child.entries for child in children),
        sum(child.size for child in children),
    )
