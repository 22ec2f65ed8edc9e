"""A revision with changes on top, whatever its size: only what the changes name is read."""

from shared.index.trees.nodes import Fetch, TreeDirectory, TreeFile, TreePath
from shared.index.trees.reader import TreeReader
from shared.index.trees.walk import Branch

MAX_DEPTH = 100
_LOOKED_THROUGH = 100
"""Items at a time."""
_NO_NAMES = frozenset({"", ".", ".."})

Item = TreeFile | TreeDirectory | Branch


class ChangeRefused(ValueError):
    """A change cannot be made; says why."""


def path_of(logical_key: str) -> TreePath:
    """Raises Unfit."""
    path = tuple(logical_key.split("/"))
    if not _NO_NAMES.isdisjoint(path):
        raise ChangeRefused(f"{logical_key!r} has an empty component, or '.' or '..'")
    if len(path) > MAX_DEPTH:
        raise ChangeRefused(f"{logical_key[:80]!r}… is more than {MAX_DEPTH} directories deep")
    if "\x00" in logical_key:
        raise ChangeRefused(f"{logical_key!r} holds a NUL character")
    return path


class PatchedTree:
    """Changes are made one after the other, each to what the ones before have left; all raise Unfit."""

    def __init__(self, fetch: Fetch, root: bytes | None) -> None:
        self._reader = TreeReader(fetch)
        self.root = Branch(root)
        self._survivors: dict[int, tuple[Branch, str]] = {}
        """Of branches: the first name that was still there at the last look."""

    async def add(self, path: TreePath, file: TreeFile) -> None:
        """In place of a file that is there. `file.name` need not be the path's last component."""
        parent = await self._make_directory(path[:-1])
        if isinstance(await self._child(parent, path[-1]), TreeDirectory | Branch):
            raise ChangeRefused(f"{_text(path)} is a directory")
        parent.changed[path[-1]] = _named(file, path[-1])

    async def find(self, path: TreePath) -> Item:
        """What is at the path."""
        found: Item | None = self.root
        for name in path:
            found = await self._child(found, name) if isinstance(found, TreeDirectory | Branch) else None
        if found is None:
            raise ChangeRefused(f"there is nothing at {_text(path)}")
        return found

    async def remove(self, path: TreePath) -> Item:
        found = await self.find(path)
        way = await self._way(path[:-1])
        way[-1].changed[path[-1]] = None
        # A directory is there as long as there is something in it, or something said of it.
        for depth in range(len(way) - 1, 0, -1):
            if await self._is_something(way[depth]):
                break
            way[depth - 1].changed[path[depth - 1]] = None
        return found

    async def move(self, path: TreePath, to: TreePath) -> None:
        """To where there is nothing, once it is gone from where it was."""
        moved = await self.remove(path)
        parent = await self._make_directory(to[:-1])
        if await self._child(parent, to[-1]) is not None:
            raise ChangeRefused(f"there is something at {_text(to)} already")
        parent.changed[to[-1]] = _named(moved, to[-1]) if isinstance(moved, TreeFile) else moved

    async def annotate_file(self, path: TreePath, meta: bytes | None) -> None:
        """`meta` as the manifest has it."""
        file = await self.find(path)
        if not isinstance(file, TreeFile):
            raise ChangeRefused(f"{_text(path)} is a directory")
        way = await self._way(path[:-1])
        way[-1].changed[path[-1]] = TreeFile(
            file.name, file.physical_key, file.size, file.hash_type, file.hash_value, meta
        )

    async def annotate_directory(self, path: TreePath, meta: bytes | None) -> None:
        if isinstance(await self.find(path), TreeFile):
            raise ChangeRefused(f"{_text(path)} is a file")
        way = await self._way(path)
        way[-1].meta = meta
        if not await self._is_something(way[-1]):
            await self.remove(path)

    async def _child(self, parent: TreeDirectory | Branch, name: str) -> Item | None:
        if isinstance(parent, Branch):
            if name in parent.changed:
                return parent.changed[name]
            storage = parent.base
        else:
            storage = parent.storage
        return await self._reader.entry(storage, name) if storage is not None else None

    async def _way(self, path: TreePath) -> list[Branch]:
        """The directories from the root to the path, ready to be changed; all of them must be there."""
        way = [self.root]
        for name in path:
            found = await self._child(way[-1], name)
            if isinstance(found, TreeDirectory):
                found = Branch(found.storage, found.meta)
                way[-1].changed[name] = found
            if not isinstance(found, Branch):
                raise ChangeRefused(f"there is no directory {_text(path)}")
            way.append(found)
        return way

    async def _make_directory(self, path: TreePath) -> Branch:
        here = self.root
        for depth, name in enumerate(path):
            found = await self._child(here, name)
            if isinstance(found, TreeFile):
                raise ChangeRefused(f"{_text(path[: depth + 1])} is a file")
            if isinstance(found, TreeDirectory):
                found = Branch(found.storage, found.meta)
            elif found is None:
                found = Branch()
            here.changed[name] = found
            here = found
        return here

    async def _is_something(self, branch: Branch) -> bool:
        if branch.meta is not None or any(each is not None for each in branch.changed.values()):
            return True
        return branch.base is not None and await self._survives(branch, branch.base)

    async def _survives(self, branch: Branch, base: bytes) -> bool:
        """Whether anything that was in a directory is left, though all changes so far took things away."""
        _, survivor = self._survivors.get(id(branch), (branch, None))
        while survivor is None or survivor in branch.changed:
            items, more = await self._reader.page(base, "", survivor, _LOOKED_THROUGH)
            survivor = next((item.name for item in items if item.name not in branch.changed), None)
            if survivor is None:
                if not more:
                    return False
                survivor = items[-1].name
        self._survivors[id(branch)] = branch, survivor
        return True


def _named(file: TreeFile, name: str) -> TreeFile:
    return TreeFile(name, file.physical_key, file.size, file.hash_type, file.hash_value, file.meta)


def _text(path: TreePath) -> str:
    return "/".join(path) or "the package's root"
