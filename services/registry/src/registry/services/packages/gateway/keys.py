"""Keys of the package gateway in the order of their bytes: those of one revision, or of the latest revision of every package."""

from collections.abc import AsyncIterator, Collection
from typing import NamedTuple, Protocol

from registry.db.package_keys import LatestRevision, PackageKeyStore, PushedRevision
from shared.index.trees.key_order import KeyCursor
from shared.index.trees.nodes import TreeDirectory, TreeFile
from shared.index.trees.reader import TreeReader
from shared.quilt.keys import LATEST

_BATCH_PACKAGES = 100
AFTER_SLASH = chr(ord("/") + 1)
"""The first character that comes after the slash."""
BEFORE_NAMES = "\x01"
"""A character that no name has, before all that names have."""


class KeyedFile(NamedTuple):
    key: str
    file: TreeFile
    pushed_at: int


class KeyedFolder(NamedTuple):
    """Some keys follow that begin with this one, which ends with a slash."""

    key: str
    content: TreeDirectory | LatestRevision


class OrderedKeys(Protocol):
    """A position in keys that are in order."""

    async def seek(self, start: str) -> None:
        """Go to the first key that is not before `start`."""
        ...

    async def next(self) -> KeyedFile | KeyedFolder | None:
        """The next file, or a folder, whose keys are passed unless it is entered; None after the last."""
        ...

    def enter(self, folder: KeyedFolder) -> None:
        """Go into the folder that `next` has just given."""
        ...


class RevisionKeys:
    def __init__(
        self, trees: TreeReader, prefix: str, revision: PushedRevision, *, wanted: int, folded: bool = False
    ) -> None:
        """`prefix`: AUTHOR/NAME/REVISION/. `wanted`, `folded`: as for `KeyCursor`."""
        self._cursor = KeyCursor(trees, revision.root, wanted=wanted, folded=folded)
        self._prefix = prefix
        self._pushed_at = revision.pushed_at
        self._is_passed = False

    async def seek(self, start: str) -> None:
        is_below = start.startswith(self._prefix)
        self._is_passed = not is_below and start > self._prefix
        if not self._is_passed:
            await self._cursor.seek(start[len(self._prefix) :] if is_below else "")

    async def next(self) -> KeyedFile | KeyedFolder | None:
        found = None if self._is_passed else await self._cursor.next()
        if found is None:
            return None
        path, item = found
        if isinstance(item, TreeFile):
            return KeyedFile(self._prefix + path, item, self._pushed_at)
        return KeyedFolder(self._prefix + path, item)

    def enter(self, folder: KeyedFolder) -> None:
        assert isinstance(folder.content, TreeDirectory)  # noqa: S101 – `next` has given it
        self._cursor.enter(folder.key[len(self._prefix) :], folder.content)


class LatestKeys:
    """Keys of the latest revisions of all packages. A revision's prefix is a folder."""

    def __init__(self, store: PackageKeyStore, trees: TreeReader, *, wanted: int) -> None:
        self._store = store
        self._trees = trees
        self._wanted = wanted
        self._packages = self._none()
        self._inner: RevisionKeys | None = None

    async def seek(self, start: str) -> None:
        self._packages = self._in_key_order(start)
        self._inner = None
        inside = start[: len(start) - len(start.split("/", 3)[-1])] if start.count("/") >= 3 else ""
        for found in await self._store.latest_of([inside.removesuffix(f"/{LATEST}/")]) if inside else []:
            if inside == _prefix(found):
                self._inner = self._keys_of(found)
                await self._inner.seek(start)

    async def next(self) -> KeyedFile | KeyedFolder | None:
        if self._inner is not None:
            if found := await self._inner.next():
                return found
            self._inner = None
        package = await anext(self._packages, None)
        return KeyedFolder(_prefix(package), package) if package else None

    def enter(self, folder: KeyedFolder) -> None:
        if isinstance(folder.content, LatestRevision):
            self._inner = self._keys_of(folder.content)
        elif self._inner is not None:
            self._inner.enter(folder)

    def _keys_of(self, found: LatestRevision) -> RevisionKeys:
        return RevisionKeys(self._trees, _prefix(found), found.revision, wanted=self._wanted)

    async def _in_key_order(self, start: str) -> AsyncIterator[LatestRevision]:
        """Packages all of whose keys are at `start` or after it."""
        name, is_past = package_bound(start)
        delayed = await self._store.latest_of(delayed_names(name))
        if is_past:
            here = await self._store.latest_of([name])
            delayed += [found for found in here if _prefix(found) > start]
        first: str | None = name + AFTER_SLASH if is_past else name
        while first is not None:
            batch = await self._store.latest(first, _BATCH_PACKAGES)
            for package in batch:
                while delayed and delayed[-1].name + "/" < package.name:
                    yield delayed.pop()
                delayed.append(package)
            first = batch[-1].name + BEFORE_NAMES if len(batch) == _BATCH_PACKAGES else None
        while delayed:
            yield delayed.pop()

    @staticmethod
    async def _none() -> AsyncIterator[LatestRevision]:
        return
        yield


def package_bound(start: str) -> tuple[str, bool]:
    """The beginning of a key as far as AUTHOR/NAME, and whether the key goes on after it."""
    author, slash, rest = start.partition("/")
    name, past, _ = rest.partition("/")
    return f"{author}{slash}{name}", bool(past)


def delayed_names(name: str) -> Collection[str]:
    """Names of packages that come before `name` while their keys come after it: see `shared.index.trees.key_order`."""
    first = name.find("/") + 2
    return [name[:at] for at in range(first, len(name)) if name[at] < "/"] if first > 1 else []


def _prefix(found: LatestRevision) -> str:
    return f"{found.name}/{LATEST}/"
