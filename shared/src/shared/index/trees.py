"""Package trees: built from entries in walk order, read a few nodes at a time.

Walk order is the clients' order: at each level children by name (code points), descending into directories when met,
which is the order of the paths as tuples of components.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared.errors import TooLarge, Unavailable
from shared.index import nodes
from shared.index.cache import NodeCache
from shared.index.nodes import Child, Directory, File, Identity, Index, Item, Leaf, Opened, Page

__all__ = [
    "Child",
    "Directory",
    "File",
    "Item",
    "Page",
    "Path",
    "Root",
    "Summary",
    "TreeBuilder",
    "TreeGone",
    "TreeReader",
]

MOST_META = 32 << 20
"""Bytes of metadata that are read at once."""
_WINDOW = 32
"""Pages that are read at once."""

Path = tuple[str, ...]
Fetch = Callable[[list[bytes]], Awaitable[dict[bytes, bytes]]]
"""Stored bodies of nodes by their storage hashes."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A directory and the totals of everything below it."""

    storage: bytes
    entries: int
    size: int
    meta: bytes | None


@dataclass(frozen=True, slots=True)
class Root:
    """A finished tree."""

    storage: bytes
    identity: bytes
    entries: int
    size: int


class Misplaced(ValueError):
    """A path cannot stand where it does."""


class OutOfOrder(Misplaced):
    """The path should have come earlier in walk order."""


class TreeBuilder:
    """Builds a tree from paths in walk order, holding one open page per level of each open directory.

    Finished pages pile up until `take` is called; their order is children first.
    """

    def __init__(self) -> None:
        self._pages: list[Page] = []
        self._last: Path = ()
        self._last_is_file = False
        self._here: Path = ()
        self._open = [_OpenDirectory("")]

    def add_file(self, path: Path, file: File, canonical_meta: bytes | None) -> None:
        """`file.name` is the path's last component; `canonical_meta` is what its identity covers."""
        self.add_files(path[:-1], [file], [nodes.file_identity(file, canonical_meta)])

    def add_files(self, parent: Path, files: list[File], identities: list[Identity]) -> None:
        """Files that follow each other in one directory; by name, which callers have made sure of."""
        self._place((*parent, files[0].name), parent, is_file=True)
        self._last = (*parent, files[-1].name)
        self._open[-1].add_files(files, identities, self._pages)

    def add_directory(self, path: Path, meta: bytes | None, canonical_meta: bytes | None) -> None:
        """Only needed for directories that have metadata, or nothing in them."""
        self._place(path, path, is_file=False)
        self._open[-1].meta, self._open[-1].canonical_meta = meta, canonical_meta

    def take(self) -> list[Page]:
        """The pages finished since the last call."""
        taken, self._pages = self._pages, []
        return taken

    def finish(self) -> Root:
        self._close_down_to(1)
        child = self._open[0].finish(self._pages)
        return Root(child.storage, child.identity, child.entries, child.size)

    def _place(self, path: Path, parent: Path, *, is_file: bool) -> None:
        """Make the directory `parent` the innermost open one."""
        last = self._last
        if path <= last:
            if path == last and self._last_is_file == is_file:
                raise Misplaced(f"{'/'.join(path)!r} is there twice")
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

    def _descend(self, parent: Path) -> None:
        common = 0
        for mine, open_name in zip(parent, self._here, strict=False):
            if mine != open_name:
                break
            common += 1
        self._close_down_to(common + 1)
        self._open.extend(_OpenDirectory(name) for name in parent[common:])
        self._here = parent

    def _close_down_to(self, count: int) -> None:
        while len(self._open) > count:
            closed = self._open.pop()
            child = closed.finish(self._pages)
            directory = Directory(closed.name, child.storage, child.identity, child.entries, child.size, closed.meta)
            identity = nodes.directory_identity(directory, closed.canonical_meta)
            self._open[-1].add_directory(directory, identity, self._pages)


class _OpenDirectory:
    """A directory being filled: its open leaf page, and the open index page of each level above."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.meta: bytes | None = None
        self.canonical_meta: bytes | None = None
        self._items: list[Item] = []
        self._identities: list[Identity] = []
        self._entries = 0
        self._size = 0
        self._meta_bytes = 0
        """Of the open leaf page."""
        self._levels: list[list[Child]] = []

    def add_files(self, files: list[File], identities: list[Identity], done: list[Page]) -> None:
        start = 0
        for end, file in enumerate(files, 1):
            if file.meta:
                self._meta_bytes += len(file.meta)
            if (
                nodes.ends_page(0, file.name)
                or len(self._items) + end - start >= nodes.MAX_ITEMS
                or self._meta_bytes >= nodes.MAX_META
            ):
                self._hold(files[start:end], identities[start:end])
                self._lift(0, self._close_leaf(done), done)
                start = end
        if start < len(files):
            self._hold(files[start:], identities[start:])

    def _hold(self, files: list[File], identities: list[Identity]) -> None:
        self._items += files
        self._identities += identities
        self._entries += len(files)
        self._size += sum(file.size for file in files)

    def add_directory(self, directory: Directory, identity: Identity, done: list[Page]) -> None:
        self._items.append(directory)
        self._identities.append(identity)
        self._entries += directory.entries
        self._size += directory.size
        self._meta_bytes += len(directory.meta or b"")
        if (
            len(self._items) >= nodes.MAX_ITEMS
            or self._meta_bytes >= nodes.MAX_META
            or nodes.ends_page(0, directory.name)
        ):
            self._lift(0, self._close_leaf(done), done)

    def finish(self, done: list[Page]) -> Child:
        """The topmost page: the lowest level that has only one."""
        if self._items or not self._levels:
            leaf = self._close_leaf(done)
            if not self._levels:
                return leaf
            self._lift(0, leaf, done)
        level = 0
        while True:
            children = self._levels[level]
            if len(children) == 1 and level == len(self._levels) - 1:
                return children[0]
            if children:
                self._levels[level] = []
                self._lift(level + 1, _close_index(children, done), done)
            level += 1

    def _lift(self, level: int, page: Child, done: list[Page]) -> None:
        """Note a finished page of `level` in the index above it, which it may finish in turn."""
        if level == len(self._levels):
            self._levels.append([])
        children = self._levels[level]
        children.append(page)
        if len(children) > 1 and (len(children) >= nodes.MAX_ITEMS or nodes.ends_page(level + 1, page.last)):
            self._levels[level] = []
            self._lift(level + 1, _close_index(children, done), done)

    def _close_leaf(self, done: list[Page]) -> Child:
        items = self._items
        body = nodes.encode(Leaf(items))
        page = Page(nodes.digest(body), body, [item.storage for item in items if isinstance(item, Directory)])
        done.append(page)
        last = items[-1].name if items else ""
        identity = nodes.leaf_identity(self._identities)
        child = Child(last, page.storage, identity, len(items), self._entries, self._size)
        self._items, self._identities = [], []
        self._entries = self._size = self._meta_bytes = 0
        return child


def _close_index(children: list[Child], done: list[Page]) -> Child:
    body = nodes.encode(Index(children))
    page = Page(nodes.digest(body), body, [child.storage for child in children])
    done.append(page)
    return Child(
        children[-1].last,
        page.storage,
        nodes.index_identity(children),
        sum(child.items for child in children),
        sum(child.entries for child in children),
        sum(child.size for child in children),
    )


class TreeGone(Unavailable):
    """The revision left the index while it was being read."""

    slug = "tree_gone"


class TreeReader:
    """Reads trees by the storage hash of their root, fetching only the nodes needed.

    Any directory is the root of its own tree: `page(directory.storage, "", …)`.
    """

    def __init__(self, fetch: Fetch, cache: NodeCache | None = None) -> None:
        self._fetch = fetch
        self._cache = cache

    async def entry(self, root: bytes, path: str) -> Item | None:
        """The file or directory at a path below the root."""
        found: Item | None = None
        storage = root
        for at, name in enumerate(components := _components(path)):
            found = await self._item(storage, name)
            if isinstance(found, Directory):
                storage = found.storage
            elif found is None or at < len(components) - 1:
                return None
        return found

    async def directory(self, root: bytes, path: str) -> Summary | None:
        """The directory at a path ("" is the root); None when there is none, or a file."""
        if not _components(path):
            return await self.summary(root)
        found = await self.entry(root, path)
        if not isinstance(found, Directory):
            return None
        return Summary(found.storage, found.entries, found.size, found.meta)

    async def summary(self, root: bytes) -> Summary:
        [node] = await self._nodes([root])
        if node.items is None:
            below = node.children
            return Summary(root, sum(each.entries for each in below), sum(each.size for each in below), None)
        entries = sum(item.entries if isinstance(item, Directory) else 1 for item in node.items)
        return Summary(root, entries, sum(item.size for item in node.items), None)

    async def page(self, root: bytes, path: str, after: str | None, limit: int) -> tuple[list[Item], bool]:
        """Items of a directory by name, at most `limit` of those after the name `after`, and whether there are more.

        Fewer where they have much metadata. A path that is no directory has none.
        """
        here = await self.directory(root, path) if path else None
        if path and here is None:
            return [], False
        front = [here.storage if here else root]
        read = await self._nodes(front)
        while read and read[0].items is None:
            read += await self._nodes(front[_WINDOW:])
            children = [child for node in read for child in node.children]
            start = 0 if after is None else bisect_right(children, after, key=lambda child: child.last)
            front = [child.storage for child in _enough(children[start:], limit)]
            read = await self._nodes(front[:_WINDOW])
        found: list[Item] = []
        size = 0
        while read:
            for node in read:
                for item in _after(node.items or (), None if found else after, limit + 1 - len(found)):
                    size += len(item.meta or b"")
                    if len(found) == limit or (found and size > MOST_META):
                        return found, True
                    found.append(item)
            front = front[_WINDOW:]
            read = await self._nodes(front[:_WINDOW])
        return found, False

    async def files(self, root: bytes) -> dict[str, File]:
        """Every file below the root, by its path: only for trees that are known to be small; raises TooLarge."""
        found: dict[str, File] = {}
        size = 0
        front = [("", root)]
        while front:
            some, front = front[: 2 * _WINDOW], front[2 * _WINDOW :]
            read = await self._nodes([storage for _, storage in some])
            below: list[tuple[str, bytes]] = []
            for (above, _), node in zip(some, read, strict=True):
                below.extend((above, child.storage) for child in node.children)
                for item in node.items or ():
                    if isinstance(item, File):
                        found[above + item.name] = item
                        size += len(item.meta or b"")
                        if size > MOST_META:
                            raise TooLarge("The metadata of these files are too large for one answer")
                    else:
                        below.append((f"{above}{item.name}/", item.storage))
            front = below + front
        return found

    async def _item(self, storage: bytes, name: str) -> Item | None:
        """The item of this name in one directory."""
        [node] = await self._nodes([storage])
        while node.items is None:
            at = bisect_left(node.children, name, key=lambda child: child.last)
            if at == len(node.children):
                return None
            [node] = await self._nodes([node.children[at].storage])
        at = bisect_left(node.items, name, key=lambda item: item.name)
        return found if at < len(node.items) and (found := node.items[at]).name == name else None

    async def _nodes(self, wanted: list[bytes]) -> list[Opened]:
        cache = self._cache
        found = {storage: page for storage in wanted if (page := cache.find(storage))} if cache else {}
        if missing := [storage for storage in wanted if storage not in found]:
            stored = await self._fetch(missing)
            if gone := set(missing) - stored.keys():
                raise TreeGone(f"{len(gone)} pages of the revision are no longer in the index")
            opened = cache.add if cache else _open
            found.update((storage, opened(storage, stored[storage])) for storage in missing)
        return [found[storage] for storage in wanted]


def _open(_storage: bytes, stored: bytes) -> Opened:
    return nodes.open_page(stored)


def _components(path: str) -> Path:
    return tuple(part for part in path.split("/") if part)


def _after(items: Sequence[Item], name: str | None, count: int) -> Sequence[Item]:
    start = 0 if name is None else bisect_right(items, name, key=lambda item: item.name)
    return items[start : start + count]


def _enough(children: Sequence[Child], limit: int) -> Sequence[Child]:
    """As many pages as surely hold one item more than `limit`, when up to all but one of the first are passed over."""
    held = 1
    for at, child in enumerate(children[1:], 1):
        if held > limit:
            return children[:at]
        held += child.items
    return children
