"""Walking a whole tree in walk order, holding a few nodes at a time, with changes applied on the way."""

from bisect import bisect_right
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from shared.index import nodes
from shared.index.nodes import Directory, File, Index, Item, Leaf
from shared.index.trees import Fetch, TreeGone

_AHEAD = 32
"""Nodes fetched together."""
_LOOKED_THROUGH = 200
_MOST_HELD = 256
"""Nodes fetched and not needed yet."""


@dataclass(slots=True)
class Branch:
    """A directory with changes: what `base` holds (nothing, if None), but for the items in `changed`."""

    base: bytes | None = None
    """Storage hash."""
    meta: bytes | None = None
    """JSON object; None when empty."""
    changed: "dict[str, File | Directory | Branch | None]" = field(default_factory=dict)
    """By name; None is no such item."""


Change = tuple[str, "File | Directory | Branch | None"]


@dataclass(frozen=True, slots=True)
class Files:
    """Files that follow each other in one directory, by name."""

    prefix: str
    """The directory's path with a slash at its end; empty for the root."""
    files: Sequence[File]


@dataclass(frozen=True, slots=True)
class DirectoryMeta:
    """A directory that has metadata, before what is in it."""

    path: str
    """Without a slash at its end."""
    meta: bytes


@dataclass(frozen=True, slots=True)
class _Page:
    """Of a directory: not fetched yet, with the changes that fall into it."""

    prefix: str
    storage: bytes
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class _Open:
    """A directory not begun yet."""

    prefix: str
    name: str
    item: Directory | Branch


_Step = _Page | _Open | Files


async def walk(fetch: Fetch, root: bytes | Branch) -> AsyncIterator[Files | DirectoryMeta]:
    """Raises TreeGone."""
    fetched: dict[bytes, bytes] = {}
    steps: list[_Step] = []
    _push(steps, _below("", Branch(root) if isinstance(root, bytes) else root))
    while steps:
        step = steps.pop()
        if isinstance(step, Files):
            yield step
        elif isinstance(step, _Open):
            path = step.prefix + step.name
            if step.item.meta is not None:
                yield DirectoryMeta(path, step.item.meta)
            _push(steps, _below(f"{path}/", step.item))
        else:
            body = fetched.pop(step.storage, None)
            if body is None:
                fetched.update(await _fetched(fetch, step.storage, steps, fetched.keys()))
                body = fetched.pop(step.storage)
            _push(steps, _within(step, nodes.unpack(body)))


def _push(steps: list[_Step], following: Iterable[_Step]) -> None:
    steps.extend(reversed(list(following)))


async def _fetched(fetch: Fetch, needed: bytes, steps: Sequence[_Step], held: Collection[bytes]) -> dict[bytes, bytes]:
    """The node needed now, and those that will be needed next."""
    wanted = {needed: None}
    for step in reversed(steps[-_LOOKED_THROUGH:] if len(held) < _MOST_HELD else ()):
        if len(wanted) >= _AHEAD:
            break
        storage = _storage(step)
        if storage is not None and storage not in held:
            wanted[storage] = None
    found = dict(await fetch(list(wanted)))
    if needed not in found:
        raise TreeGone("A page of the revision is no longer in the index")
    return found


def _storage(step: _Step) -> bytes | None:
    match step:
        case _Page(storage=storage) | _Open(item=Directory(storage=storage)):
            return storage
        case _Open(item=Branch(base=base)):
            return base
        case _:
            return None


def _below(prefix: str, item: Directory | Branch) -> Iterable[_Step]:
    if isinstance(item, Directory):
        return [_Page(prefix, item.storage, ())]
    changes = sorted(item.changed.items(), key=lambda change: change[0])
    if item.base is None:
        return _steps(prefix, [(name, each) for name, each in changes if each is not None])
    return [_Page(prefix, item.base, changes)]


def _within(page: _Page, node: Leaf | Index) -> Iterable[_Step]:
    if isinstance(node, Index):
        return _pages(page, node)
    if not page.changes:
        return _steps(page.prefix, [(item.name, item) for item in node.items])
    items: dict[str, Item | Branch | None] = {item.name: item for item in node.items}
    items.update(page.changes)
    return _steps(page.prefix, [(name, items[name]) for name in sorted(items)])


def _pages(page: _Page, node: Index) -> Iterable[_Page]:
    """The changes go to the pages where their names are, those after all names to the last."""
    start = 0
    for child in node.children[:-1]:
        end = bisect_right(page.changes, child.last, lo=start, key=lambda change: change[0])
        yield _Page(page.prefix, child.storage, page.changes[start:end])
        start = end
    yield _Page(page.prefix, node.children[-1].storage, page.changes[start:])


def _steps(prefix: str, items: Iterable[tuple[str, Item | Branch | None]]) -> Iterable[_Step]:
    run: list[File] = []
    for name, item in items:
        if isinstance(item, File):
            run.append(item)
        elif item is not None:
            if run:
                yield Files(prefix, run)
                run = []
            yield _Open(prefix, name, item)
    if run:
        yield Files(prefix, run)
