"""Walks the files of a tree in the order of their keys, from any key on, as S3 lists them.

S3 compares whole keys. Trees sort items by name, in which a directory has no slash: `a` comes before `a-b` and `a.txt`, while the
keys below it, such as `a/x`, come after both. So a directory waits until the items are passed whose names continue its own with a
character before the slash. Those that wait continue each other, hence the last to come is the first to go. Keys compare by code
point, which is the order of their bytes in UTF-8.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from shared.index.trees.nodes import Child, OpenedPage, TreeDirectory, TreeFile, TreeItem
from shared.index.trees.reader import TreeReader

SLASH = "/"
_AFTER_SLASH = chr(ord(SLASH) + 1)
_MAX_BATCH_PAGES = 128
"""Pages that are fetched together: a round trip costs more than the pages."""
_MAX_SCANNED_PAGES = 1_000
"""Coming pages that are looked at to fill a batch."""

Waiting = tuple[bytes, int]
"""Storage hash of a page, and how many of the wanted items it holds."""


@dataclass(slots=True)
class _Level:
    """A directory that is being walked. In all lists the next is the last."""

    prefix: str
    """Path of the directory with a slash at its end; empty for the root."""
    pages: list[Waiting] = field(default_factory=list)
    items: list[TreeItem] = field(default_factory=list)
    """The rest of the page that is open."""
    delayed: list[TreeDirectory] = field(default_factory=list)
    """Directories whose keys come after items that follow them by name."""


class KeyCursor:
    """A position in the keys of a tree. It reads pages from there on, and the pages on the way to it."""

    def __init__(self, trees: TreeReader, root: bytes, *, wanted: int, folded: bool = False) -> None:
        """`wanted`: items that will be asked for, by which it fetches pages together. `folded`: directories are not entered."""
        self._trees = trees
        self._root = root
        self._wanted = wanted
        self._folded = folded
        self._levels = [_Level("", [(root, wanted)])]
        self._held: dict[bytes, OpenedPage] = {}

    async def seek(self, start: str) -> None:
        """Go to the first key that is not before `start`."""
        self._levels.clear()
        storage, prefix, rest = self._root, "", start
        while True:
            name, slash, rest = rest.partition(SLASH)
            self._levels.append(await self._position(prefix, storage, name, is_past=bool(slash)))
            found = await self._trees.leaf_page(storage, (), name) if slash else None
            child = _named(found.items, name) if found else None
            if not isinstance(child, TreeDirectory) or not child.entries:
                return
            prefix, storage = f"{prefix}{name}/", child.storage

    async def next(self) -> tuple[str, TreeItem] | None:
        """The next file, or the next directory, whose path has a slash at its end; None after the last.

        The files in a directory follow when it is entered; else they are passed.
        """
        while self._levels:
            level = self._levels[-1]
            while not level.items and level.pages:
                await self._open_next(level)
            item = level.items[-1] if level.items else None
            if level.delayed and (item is None or level.delayed[-1].name + SLASH < item.name):
                directory = level.delayed.pop()
                self._wanted -= self._folded
                return f"{level.prefix}{directory.name}/", directory
            if item is None:
                self._levels.pop()
                continue
            level.items.pop()
            if isinstance(item, TreeFile):
                self._wanted -= 1
                return level.prefix + item.name, item
            if item.entries:
                level.delayed.append(item)
        return None

    def enter(self, path: str, directory: TreeDirectory) -> None:
        """Go to the first key below the directory that `next` has just given."""
        self._levels.append(_Level(path, [self._weighed(directory)]))

    async def _position(self, prefix: str, storage: bytes, name: str, *, is_past: bool) -> _Level:
        """The items of a directory from a name on, or after all keys that begin with the name and a slash."""
        first = name + _AFTER_SLASH if is_past else name
        level = _Level(prefix, delayed=await self._delayed_at(storage, name))
        [page] = await self._trees.open_pages([storage])
        while page.items is None:
            at = bisect_left(page.children, first, key=_last)
            level.pages += map(self._weighed, reversed(page.children[at + 1 :]))
            if at == len(page.children):
                return level
            [page] = await self._trees.open_pages([page.children[at].storage])
        level.items = page.items[bisect_left(page.items, first, key=_name) :][::-1]
        return level

    async def _delayed_at(self, storage: bytes, name: str) -> list[TreeDirectory]:
        """Directories whose names are before `name` while their keys are after it: those that it continues with a character before the slash."""
        found: list[TreeDirectory] = []
        at = len(name)
        while at := _last_continued(name, at):
            page = await self._trees.leaf_page(storage, (), name[:at])
            assert page is not None  # noqa: S101 – the directory is there
            item = _named(page.items, name[:at])
            if isinstance(item, TreeDirectory) and item.entries:
                found.append(item)
            if item is None:
                # Names between a beginning of `name` and `name[:at]` begin with it, too: the next one before says how much can be there.
                before = bisect_left(page.items, name[:at], key=_name)
                neighbour = page.items[before - 1].name if before else page.after or ""
                at = min(at, _common(neighbour, name) + 1)
        return found[::-1]

    async def _open_next(self, level: _Level) -> None:
        storage, weight = level.pages.pop()
        page = self._held.pop(storage, None)
        if page is None:
            batch = [storage, *self._following(storage, self._wanted - weight)]
            self._held.update(zip(batch, await self._trees.open_pages(batch), strict=True))
            page = self._held.pop(storage)
        if page.items is None:
            level.pages += map(self._weighed, reversed(page.children))
        else:
            level.items = page.items[:][::-1]

    def _following(self, first: bytes, wanted: int) -> list[bytes]:
        """Pages that will be needed after this one, as far as they are known and not yet held."""
        following: dict[bytes, None] = {}
        for storage, weight in self._coming():
            if wanted <= 0 or len(following) >= _MAX_BATCH_PAGES - 1:
                break
            wanted -= weight
            following[storage] = None
        following.pop(first, None)
        return list(following)

    def _coming(self) -> Iterator[Waiting]:
        waiting: list[Waiting] = []
        for level in self._levels:
            waiting += level.pages
            if not self._folded:
                waiting += map(self._weighed, _directories(level.items))
                waiting += map(self._weighed, level.delayed)
        for _ in range(_MAX_SCANNED_PAGES):
            if not waiting:
                return
            storage, weight = waiting.pop()
            page = self._held.get(storage)
            if page is None:
                yield storage, weight
            elif page.items is None:
                waiting += map(self._weighed, reversed(page.children))
            elif not self._folded:
                waiting += map(self._weighed, _directories(page.items[:][::-1]))

    def _weighed(self, part: Child | TreeDirectory) -> Waiting:
        if self._folded:
            return part.storage, part.items if isinstance(part, Child) else 1
        return part.storage, part.entries


def end_of(prefix: str) -> str | None:
    """The first text after all that begin with the prefix; None when there is none."""
    for at in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[at]) + 1
        if code <= 0x10FFFF:
            return prefix[:at] + chr(0xE000 if 0xD800 <= code <= 0xDFFF else code)
    return None


def _last_continued(name: str, end: int) -> int:
    """The last position before `end`, and after the first character, with a character before the slash; 0 when there is none."""
    return next((at for at in range(end - 1, 0, -1) if name[at] < SLASH), 0)


def _common(one: str, other: str) -> int:
    """Characters with which both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _directories(items: Sequence[TreeItem]) -> Iterator[TreeDirectory]:
    return (item for item in items if isinstance(item, TreeDirectory))


def _named(items: Sequence[TreeItem], name: str) -> TreeItem | None:
    at = bisect_left(items, name, key=_name)
    return found if at < len(items) and (found := items[at]).name == name else None


def _name(item: TreeItem) -> str:
    return item.name


def _last(child: Child) -> str:
    return child.last
