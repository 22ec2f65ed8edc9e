"""Reads parts of package trees: single entries, pages of directories, and small trees as a whole."""

from bisect import bisect_left, bisect_right
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from shared.errors import TooLarge, Unavailable
from shared.index.trees import nodes
from shared.index.trees.cache import NodeCache
from shared.index.trees.nodes import Child, Fetch, OpenedPage, TreeDirectory, TreeFile, TreeItem, TreePath

MAX_META_BYTES = 32 << 20
"""Metadata in one answer."""
_MAX_CONCURRENT_PAGES = 32
"""Pages that are fetched together."""


@dataclass(frozen=True, slots=True)
class DirectorySummary:
    """A directory and the totals of everything below it."""

    storage: bytes
    entries: int
    size: int
    meta: bytes | None


@dataclass(frozen=True, slots=True)
class LeafPage:
    """Items that follow each other by name in one directory."""

    after: str | None
    """Name of the item before them; None when they are the first."""
    last: str | None
    """Name of the last of them; None when no item follows."""
    items: Sequence[TreeItem]


class TreeGone(Unavailable):
    title = "The revision was removed from the index while it was being read"
    slug = "tree_gone"


class TreeReader:
    """Reads trees by the storage hash of their root, fetching only the nodes needed.

    Any directory is the root of its own tree: `page(directory.storage, "", …)`.
    """

    def __init__(self, fetch: Fetch, cache: NodeCache | None = None) -> None:
        self._fetch = fetch
        self._cache = cache

    async def entry(self, root: bytes, path: str) -> TreeItem | None:
        """The file or directory at a path below the root."""
        found: TreeItem | None = None
        storage = root
        for at, name in enumerate(components := _components(path)):
            found = await self._item(storage, name)
            if isinstance(found, TreeDirectory):
                storage = found.storage
            elif found is None or at < len(components) - 1:
                return None
        return found

    async def leaf_page(self, root: bytes, parent: TreePath, name: str) -> LeafPage | None:
        """The page in which a name is, or would be; None when there is no such directory."""
        storage = root
        for component in parent:
            found = await self._item(storage, component)
            if not isinstance(found, TreeDirectory):
                return None
            storage = found.storage
        after: str | None = None
        last: str | None = None
        [node] = await self.open_pages([storage])
        while node.items is None:
            at = min(bisect_left(node.children, name, key=_last), len(node.children) - 1)
            if at:
                after = node.children[at - 1].last
            if at < len(node.children) - 1:
                last = node.children[at].last
            [node] = await self.open_pages([node.children[at].storage])
        return LeafPage(after, last, node.items)

    async def directory(self, root: bytes, path: str) -> DirectorySummary | None:
        """The directory at a path ("" is the root); None when the path does not exist or is a file."""
        if not _components(path):
            return await self.summary(root)
        found = await self.entry(root, path)
        if not isinstance(found, TreeDirectory):
            return None
        return DirectorySummary(found.storage, found.entries, found.size, found.meta)

    async def summary(self, root: bytes) -> DirectorySummary:
        [node] = await self.open_pages([root])
        if node.items is None:
            below = node.children
            return DirectorySummary(root, sum(each.entries for each in below), sum(each.size for each in below), None)
        entries = sum(item.entries if isinstance(item, TreeDirectory) else 1 for item in node.items)
        return DirectorySummary(root, entries, sum(item.size for item in node.items), None)

    async def page(self, root: bytes, path: str, after: str | None, limit: int) -> tuple[list[TreeItem], bool]:
        """Items of a directory by name, and whether there are more: at most `limit` items whose names come after `after`.

        A page is shorter when its metadata would exceed MAX_META_BYTES, but has at least one item. A path that does not
        exist, or is a file, has no items.
        """
        here = await self.directory(root, path) if path else None
        if path and here is None:
            return [], False
        found: list[TreeItem] = []
        meta_bytes = 0
        async with aclosing(self._leaf_pages(here.storage if here else root, after, limit)) as leaves:
            async for items in leaves:
                start = bisect_right(items, after, key=_name) if after is not None and not found else 0
                for item in items[start : start + limit + 1 - len(found)]:
                    meta_bytes += len(item.meta or b"")
                    if len(found) == limit or (found and meta_bytes > MAX_META_BYTES):
                        return found, True
                    found.append(item)
        return found, False

    async def _leaf_pages(self, root: bytes, after: str | None, limit: int) -> AsyncGenerator[Sequence[TreeItem], None]:
        """Leaf pages of one directory in order of name, from the one in which the names after `after` begin.

        They end with the page that holds the item after the `limit`-th, or with the directory's last.
        """
        pages, waiting = await self._first_leaf_pages(root, after, limit)
        while pages:
            for page in pages:
                yield page.items or ()
            pages = await self.open_pages(waiting[:_MAX_CONCURRENT_PAGES])
            waiting = waiting[_MAX_CONCURRENT_PAGES:]

    async def _first_leaf_pages(
        self, root: bytes, after: str | None, limit: int
    ) -> tuple[list[OpenedPage], list[bytes]]:
        """The first leaf pages of `_leaf_pages`, and the storage hashes of the others. All pages of a level are of one kind."""
        level = [root]
        while level:
            pages, waiting = await self.open_pages(level[:_MAX_CONCURRENT_PAGES]), level[_MAX_CONCURRENT_PAGES:]
            if pages[0].items is not None:
                return pages, waiting
            pages += await self.open_pages(waiting)
            children = [child for page in pages for child in page.children]
            start = 0 if after is None else bisect_right(children, after, key=_last)
            level = [child.storage for child in _enough(children[start:], limit)]
        return [], []

    async def files(self, root: bytes) -> dict[str, TreeFile]:
        """Every file below the root by its path, for trees that are known to be small. Raises TooLarge."""
        found: dict[str, TreeFile] = {}
        size = 0
        front = [("", root)]
        while front:
            batch, front = front[: 2 * _MAX_CONCURRENT_PAGES], front[2 * _MAX_CONCURRENT_PAGES :]
            read = await self.open_pages([storage for _, storage in batch])
            below: list[tuple[str, bytes]] = []
            for (above, _), node in zip(batch, read, strict=True):
                below.extend((above, child.storage) for child in node.children)
                for item in node.items or ():
                    if isinstance(item, TreeFile):
                        found[above + item.name] = item
                        size += len(item.meta or b"")
                        if size > MAX_META_BYTES:
                            raise TooLarge("The metadata of these files is too large for one answer")
                    else:
                        below.append((f"{above}{item.name}/", item.storage))
            front = below + front
        return found

    async def _item(self, storage: bytes, name: str) -> TreeItem | None:
        """The item of this name in the directory."""
        [node] = await self.open_pages([storage])
        while node.items is None:
            at = bisect_left(node.children, name, key=_last)
            if at == len(node.children):
                return None
            [node] = await self.open_pages([node.children[at].storage])
        at = bisect_left(node.items, name, key=_name)
        return found if at < len(node.items) and (found := node.items[at]).name == name else None

    async def open_pages(self, wanted: list[bytes]) -> list[OpenedPage]:
        """Pages by their storage hashes, in the order of the question. Raises TreeGone."""
        cache = self._cache
        found = {storage: page for storage in wanted if (page := cache.find(storage))} if cache else {}
        if missing := [storage for storage in wanted if storage not in found]:
            stored = await self._fetch(missing)
            if gone := set(missing) - stored.keys():
                raise TreeGone(f"{len(gone)} pages of the revision are no longer in the index")
            opened = cache.add if cache else _open
            found.update((storage, opened(storage, stored[storage])) for storage in missing)
        return [found[storage] for storage in wanted]


def _open(_storage: bytes, stored: bytes) -> OpenedPage:
    return nodes.open_page(stored)


def _components(path: str) -> TreePath:
    return tuple(part for part in path.split("/") if part)


def _name(item: TreeItem) -> str:
    return item.name


def _last(child: Child) -> str:
    return child.last


def _enough(children: Sequence[Child], limit: int) -> Sequence[Child]:
    """The fewest first pages that certainly hold `limit` + 1 items, of the first page counting only its last item."""
    held = 1
    for at, child in enumerate(children[1:], 1):
        if held > limit:
            return children[:at]
        held += child.items
    return children
