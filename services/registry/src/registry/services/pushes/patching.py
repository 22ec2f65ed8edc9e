"""A revision's tree with changes on top. Only the nodes on the changed paths are read, whatever the revision's size."""

import msgspec

from shared.index.trees.nodes import Fetch, TreeDirectory, TreeFile, TreePath
from shared.index.trees.reader import TreeReader
from shared.index.trees.walk import Branch

MAX_DEPTH = 100
_PAGE_ITEMS = 100
"""Items of a directory that are read at a time."""
_FORBIDDEN_NAMES = frozenset({"", ".", ".."})

PatchedItem = TreeFile | TreeDirectory | Branch


class ChangeRefused(ValueError):
    """A change that cannot be made; the text says why."""


def path_of(logical_key: str) -> TreePath:
    """The path of a logical key. Raises ChangeRefused."""
    path = tuple(logical_key.split("/"))
    if not _FORBIDDEN_NAMES.isdisjoint(path):
        raise ChangeRefused(f"{logical_key!r} has an empty component, or '.' or '..'")
    if len(path) > MAX_DEPTH:
        raise ChangeRefused(f"{logical_key[:80]!r}… is more than {MAX_DEPTH} directories deep")
    if "\x00" in logical_key:
        raise ChangeRefused(f"{logical_key!r} holds a NUL character")
    return path


class PatchedTree:
    """A tree to which changes are applied in order. All methods raise ChangeRefused."""

    def __init__(self, fetch: Fetch, root: bytes | None) -> None:
        self._reader = TreeReader(fetch)
        self.root = Branch(root)
        self.removed_entries = 0
        """Files in whole directories that were removed or moved, each as often as that."""

    async def add(self, path: TreePath, file: TreeFile) -> None:
        """Add the file, or replace the file at the path. Its `name` becomes the path's last component."""
        parent = await self._make_directory(path[:-1])
        if isinstance(await self._find_child(parent, path[-1]), TreeDirectory | Branch):
            raise ChangeRefused(f"{_path_text(path)} is a directory")
        parent.changed[path[-1]] = _renamed(file, path[-1])

    async def find(self, path: TreePath) -> PatchedItem:
        """The item at the path."""
        found: PatchedItem | None = self.root
        for name in path:
            found = await self._find_child(found, name) if isinstance(found, TreeDirectory | Branch) else None
        if found is None:
            raise ChangeRefused(f"there is nothing at {_path_text(path)}")
        return found

    async def remove(self, path: TreePath) -> PatchedItem:
        """Remove the item, and the directories above it that are then empty and without metadata. Returns the item."""
        found = await self.find(path)
        branches = await self._open_branches(path[:-1])
        branches[-1].changed[path[-1]] = None
        for depth in range(len(branches) - 1, 0, -1):
            if await self._is_kept(branches[depth]):
                break
            branches[depth - 1].changed[path[depth - 1]] = None
        self.removed_entries += await self._count_entries(found)
        return found

    async def move(self, path: TreePath, to: TreePath) -> None:
        """Remove the item and add it at `to`, which must then be free."""
        moved = await self.remove(path)
        parent = await self._make_directory(to[:-1])
        if await self._find_child(parent, to[-1]) is not None:
            raise ChangeRefused(f"there is something at {_path_text(to)} already")
        parent.changed[to[-1]] = _renamed(moved, to[-1]) if isinstance(moved, TreeFile) else moved

    async def annotate_file(self, path: TreePath, meta: bytes | None) -> None:
        """Set the file's metadata: a JSON object, with the user's under `user_meta`."""
        file = await self.find(path)
        if not isinstance(file, TreeFile):
            raise ChangeRefused(f"{_path_text(path)} is a directory")
        branches = await self._open_branches(path[:-1])
        branches[-1].changed[path[-1]] = msgspec.structs.replace(file, meta=meta)

    async def annotate_directory(self, path: TreePath, meta: bytes | None) -> None:
        """Set the directory's metadata: a JSON object, or None to remove it. An empty directory without metadata is removed."""
        if isinstance(await self.find(path), TreeFile):
            raise ChangeRefused(f"{_path_text(path)} is a file")
        branch = (await self._open_branches(path))[-1]
        branch.meta = meta
        if not await self._is_kept(branch):
            await self.remove(path)

    async def _find_child(self, parent: TreeDirectory | Branch, name: str) -> PatchedItem | None:
        if isinstance(parent, Branch):
            if name in parent.changed:
                return parent.changed[name]
            storage = parent.base
        else:
            storage = parent.storage
        return await self._reader.entry(storage, name) if storage is not None else None

    async def _open_branches(self, path: TreePath) -> list[Branch]:
        """The directories from the root to the path, as branches of the tree; all of them must exist."""
        branches = [self.root]
        for name in path:
            found = await self._find_child(branches[-1], name)
            if isinstance(found, TreeDirectory):
                found = Branch(found.storage, found.meta)
                branches[-1].changed[name] = found
            if not isinstance(found, Branch):
                raise ChangeRefused(f"there is no directory {_path_text(path)}")
            branches.append(found)
        return branches

    async def _make_directory(self, path: TreePath) -> Branch:
        """The directory at the path as a branch of the tree; made if it does not exist, and so are those above it."""
        branch = self.root
        for depth, name in enumerate(path):
            found = await self._find_child(branch, name)
            if isinstance(found, TreeFile):
                raise ChangeRefused(f"{_path_text(path[: depth + 1])} is a file")
            if isinstance(found, TreeDirectory):
                found = Branch(found.storage, found.meta)
            elif found is None:
                found = Branch()
            branch.changed[name] = found
            branch = found
        return branch

    async def _count_entries(self, removed: PatchedItem) -> int:
        """Files in a directory, without its changes."""
        if isinstance(removed, Branch) and removed.base is not None:
            return (await self._reader.summary(removed.base)).entries
        return removed.entries if isinstance(removed, TreeDirectory) else 0

    async def _is_kept(self, branch: Branch) -> bool:
        """True if the directory has metadata or any item."""
        if branch.meta is not None or any(each is not None for each in branch.changed.values()):
            return True
        return branch.base is not None and await self._has_survivor(branch, branch.base)

    async def _has_survivor(self, branch: Branch, base: bytes) -> bool:
        """True if any item of `base` is left, given that all changes are removals."""
        survivor = branch.survivor
        while survivor is None or survivor in branch.changed:
            items, more = await self._reader.page(base, "", survivor, _PAGE_ITEMS)
            survivor = next((item.name for item in items if item.name not in branch.changed), None)
            if survivor is None:
                if not more:
                    return False
                survivor = items[-1].name
        branch.survivor = survivor
        return True


def _renamed(file: TreeFile, name: str) -> TreeFile:
    return msgspec.structs.replace(file, name=name)


def _path_text(path: TreePath) -> str:
    return "/".join(path) or "the package's root"
