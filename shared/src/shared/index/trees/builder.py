"""Builds package trees from entries in walk order.

Walk order is the order of the clients: the order of paths as tuples of names, names by code point.
"""

from dataclasses import dataclass

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
        self._open = [_OpenDirectory("", shape)]

    def add_file(self, path: TreePath, file: TreeFile, canonical_meta: bytes | None) -> None:
        """`file.name` is the last name of the path; `canonical_meta` is its metadata as canonical JSON. Raises Misplaced."""
        self.add_files(path[:-1], [file], [nodes.file_identity(file, canonical_meta)])

    def add_files(self, parent: TreePath, files: list[TreeFile], identities: list[Identity]) -> None:
        """Add files that follow each other in one directory, and that the caller has sorted by name. Raises Misplaced."""
        self._place((*parent, files[0].name), parent, is_file=True)
        self._last = (*parent, files[-1].name)
        self._open[-1].add_files(files, identities, self._pages)

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
        self._open.extend(_OpenDirectory(name, self._shape) for name in parent[common:])
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


class _OpenDirectory:
    """A directory being filled: its open leaf page, and the open index page of each level above."""

    def __init__(self, name: str, shape: PageShape) -> None:
        self.name = name
        self._shape = shape
        self.meta: bytes | None = None
        self.canonical_meta: bytes | None = None
        self._items: list[TreeItem] = []
        self._identities: list[Identity] = []
        self._entries = 0
        self._size = 0
        self._meta_bytes = 0
        """Metadata of the open leaf page."""
        self._levels: list[list[Child]] = []

    def add_files(self, files: list[TreeFile], identities: list[Identity], done: list[NodePage]) -> None:
        start = 0
        for end, file in enumerate(files, 1):
            if file.meta:
                self._meta_bytes += len(file.meta)
            if (
                self._shape.ends_page(0, file.name)
                or len(self._items) + end - start >= self._shape.max_items
                or self._meta_bytes >= self._shape.max_meta_bytes
            ):
                self._add_items(files[start:end], identities[start:end])
                self._add_to_index(0, self._close_leaf(done), done)
                start = end
        if start < len(files):
            self._add_items(files[start:], identities[start:])

    def _add_items(self, files: list[TreeFile], identities: list[Identity]) -> None:
        self._items += files
        self._identities += identities
        self._entries += len(files)
        self._size += sum(file.size for file in files)

    def add_directory(self, directory: TreeDirectory, identity: Identity, done: list[NodePage]) -> None:
        self._items.append(directory)
        self._identities.append(identity)
        self._entries += directory.entries
        self._size += directory.size
        self._meta_bytes += len(directory.meta or b"")
        if (
            len(self._items) >= self._shape.max_items
            or self._meta_bytes >= self._shape.max_meta_bytes
            or self._shape.ends_page(0, directory.name)
        ):
            self._add_to_index(0, self._close_leaf(done), done)

    def finish(self, done: list[NodePage]) -> Child:
        """The root page of the directory: the page of the lowest level that has only one."""
        if self._items or not self._levels:
            leaf = self._close_leaf(done)
            if not self._levels:
                return leaf
            self._add_to_index(0, leaf, done)
        level = 0
        while True:
            children = self._levels[level]
            if len(children) == 1 and level == len(self._levels) - 1:
                return children[0]
            if children:
                self._levels[level] = []
                self._add_to_index(level + 1, _close_index(children, done), done)
            level += 1

    def _add_to_index(self, level: int, page: Child, done: list[NodePage]) -> None:
        """Add a finished page of `level` to the index page above it, which this may finish in turn."""
        if level == len(self._levels):
            self._levels.append([])
        children = self._levels[level]
        children.append(page)
        if len(children) > 1 and (
            len(children) >= self._shape.max_items or self._shape.ends_page(level + 1, page.last)
        ):
            self._levels[level] = []
            self._add_to_index(level + 1, _close_index(children, done), done)

    def _close_leaf(self, done: list[NodePage]) -> Child:
        items = self._items
        body = nodes.encode(Leaf(items))
        page = NodePage(nodes.digest(body), body, [item.storage for item in items if isinstance(item, TreeDirectory)])
        done.append(page)
        last = items[-1].name if items else ""
        identity = nodes.leaf_identity(self._identities)
        child = Child(last, page.storage, identity, len(items), self._entries, self._size)
        self._items, self._identities = [], []
        self._entries = self._size = self._meta_bytes = 0
        return child


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
