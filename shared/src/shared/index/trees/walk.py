"""Walks a whole tree in walk order with changes applied to it, holding a few nodes at a time."""

from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

from shared.index.trees import nodes
from shared.index.trees.nodes import Fetch, Index, Leaf, Standing, TreeDirectory, TreeFile, TreeItem
from shared.index.trees.reader import TreeGone

_BATCH_NODES = 128
"""Nodes that are fetched together: a round trip costs more than the nodes."""
_MAX_SCANNED_NODES = 1000
"""Coming nodes that are looked at to fill a batch."""
_MAX_HELD_NODES = 512
"""Nodes that are fetched and not yet needed."""


@dataclass(slots=True)
class Branch:
    """A directory with changes: the items of `base`, replaced and completed by those in `changed`."""

    base: bytes | None = None
    """Storage hash; None for a new directory."""
    meta: bytes | None = None
    """JSON object; None when empty."""
    changed: "dict[str, TreeFile | TreeDirectory | Branch | None]" = field(default_factory=dict)
    """Items by name; None removes an item."""
    survivor: str | None = field(default=None, compare=False)
    """Name of an item of `base` that was not removed when a patch last looked for one: where its next look begins."""


ItemChange = tuple[str, "TreeFile | TreeDirectory | Branch | None"]


@dataclass(frozen=True, slots=True)
class Files:
    """Files that follow each other in one directory, by name."""

    prefix: str
    """Path of the directory with a slash at its end; empty for the root."""
    files: Sequence[TreeFile]
    standing: Standing = Standing.NEW


@dataclass(frozen=True, slots=True)
class FilePage:
    """The stored body of a leaf page that holds files alone."""

    stored: bytes


Node = Leaf | Index | FilePage


@dataclass(frozen=True, slots=True)
class StoredFiles:
    """Files that follow each other in one directory, as the page that holds them."""

    prefix: str
    """Path of the directory with a slash at its end; empty for the root."""
    stored: bytes
    entries: int
    """Number of files."""
    standing: Standing


PageFetch = Callable[[list[bytes]], Awaitable[Mapping[bytes, bytes | FilePage]]]
"""As `Fetch`; tells pages that hold files alone."""


@dataclass(frozen=True, slots=True)
class DirectoryMeta:
    """A directory that has metadata. It comes before the files in it."""

    path: str
    """Without a slash at its end."""
    meta: bytes


@dataclass(frozen=True, slots=True)
class _PageStep:
    """A page of a directory that is still to be read, and the changes to its items."""

    prefix: str
    storage: bytes
    changes: Sequence[ItemChange]
    standing: Standing
    entries: int | None = None
    """Files in and below the page, if they are known."""


@dataclass(frozen=True, slots=True)
class _DirectoryStep:
    """A directory that is still to be walked."""

    prefix: str
    name: str
    item: TreeDirectory | Branch
    standing: Standing


_StandingItem = tuple[str, "TreeFile | TreeDirectory | Branch", Standing]
_Step = _PageStep | _DirectoryStep | Files | StoredFiles


def walk(fetch: Fetch, root: bytes | Branch, *, with_removed: bool = False) -> AsyncIterator[Files | DirectoryMeta]:
    """As `walk_pages`, with all pages opened."""
    return cast("AsyncIterator[Files | DirectoryMeta]", walk_pages(fetch, root, with_removed=with_removed))


async def walk_pages(
    fetch: PageFetch, root: bytes | Branch, *, with_removed: bool = False
) -> AsyncIterator[Files | StoredFiles | DirectoryMeta]:
    """Files and directories with metadata in walk order. Raises TreeGone.

    `fetch` is called for the node needed next together with nodes that follow. `with_removed`: files that changes remove are
    among the steps, so that those that are KEPT or REMOVED are all files of the base in its order.
    """
    held: dict[bytes, Node] = {}
    steps: list[_Step] = []
    _push(steps, _below("", Branch(root) if isinstance(root, bytes) else root, Standing.KEPT))
    while steps:
        step = steps.pop()
        if isinstance(step, Files | StoredFiles):
            yield step
        elif isinstance(step, _DirectoryStep):
            path = step.prefix + step.name
            if step.item.meta is not None and step.standing is not Standing.REMOVED:
                yield DirectoryMeta(path, step.item.meta)
            _push(steps, _below(f"{path}/", step.item, step.standing))
        else:
            if step.storage not in held:
                held.update(await _fetched(fetch, step.storage, steps, held))
            _push(steps, _within(step, held.pop(step.storage), with_removed=with_removed))


def _push(steps: list[_Step], following: Iterable[_Step]) -> None:
    steps.extend(reversed(list(following)))


async def _fetched(
    fetch: PageFetch, needed: bytes, steps: Sequence[_Step], held: Mapping[bytes, Node]
) -> dict[bytes, Node]:
    """The node that is needed now, and nodes that will be needed next."""
    wanted = {needed: None}
    if len(held) < _MAX_HELD_NODES:
        for storage in islice(_following(steps, held), _MAX_SCANNED_NODES):
            if storage not in held:
                wanted[storage] = None
            if len(wanted) >= _BATCH_NODES:
                break
    found = await fetch(list(wanted))
    if needed not in found:
        raise TreeGone("A page of the revision is no longer in the index")
    return {storage: body if isinstance(body, FilePage) else nodes.unpack(body) for storage, body in found.items()}


def _following(steps: Sequence[_Step], held: Mapping[bytes, Node]) -> Iterator[bytes]:
    """Storage hashes of the coming nodes in order, as far as the held nodes name them."""
    pending = [storage for step in steps if (storage := _storage(step)) is not None]
    while pending:
        storage = pending.pop()
        yield storage
        match held.get(storage):
            case Index(children=children):
                pending.extend(child.storage for child in reversed(children))
            case Leaf(items=items):
                pending.extend(item.storage for item in reversed(items) if isinstance(item, TreeDirectory))
            case FilePage() | None:
                pass


def _storage(step: _Step) -> bytes | None:
    match step:
        case _PageStep(storage=storage) | _DirectoryStep(item=TreeDirectory(storage=storage)):
            return storage
        case _DirectoryStep(item=Branch(base=base)):
            return base
        case _:
            return None


def _below(prefix: str, item: TreeDirectory | Branch, standing: Standing) -> Iterable[_Step]:
    if isinstance(item, TreeDirectory):
        return [_PageStep(prefix, item.storage, (), standing, item.entries)]
    changes = sorted(item.changed.items(), key=lambda change: change[0])
    if item.base is None:
        return _steps(prefix, [(name, each, Standing.NEW) for name, each in changes if each is not None])
    return [_PageStep(prefix, item.base, changes, standing)]


def _within(page: _PageStep, node: Node, *, with_removed: bool) -> Iterable[_Step]:
    if isinstance(node, FilePage):
        if page.entries and not page.changes:
            return [StoredFiles(page.prefix, node.stored, page.entries, page.standing)]
        node = nodes.unpack(node.stored)
    if isinstance(node, Index):
        return _pages(page, node)
    if not page.changes:
        if set(map(type, node.items)) == {TreeFile}:
            return [Files(page.prefix, cast("list[TreeFile]", node.items), page.standing)]
        return _steps(page.prefix, [(item.name, item, page.standing) for item in node.items])
    return _steps(page.prefix, _changed_items(page, node.items, with_removed=with_removed))


def _changed_items(page: _PageStep, items: Sequence[TreeItem], *, with_removed: bool) -> Iterator[_StandingItem]:
    """Items of a page with changes by name: one that is replaced before the one in its place."""
    before = {item.name: item for item in items}
    changes = dict(page.changes)
    for name in sorted(before.keys() | changes.keys()):
        base = before.get(name)
        item = changes.get(name) if name in changes else base
        is_kept = base is not None and (item == base or _is_changed_directory(item, base))
        if base is not None and not is_kept and with_removed and page.standing is Standing.KEPT:
            yield name, base, Standing.REMOVED
        if item is not None:
            yield name, item, page.standing if is_kept else Standing.NEW


def _is_changed_directory(item: TreeItem | Branch | None, base: TreeItem) -> bool:
    """True if the item is the directory of the base with changes."""
    return isinstance(item, Branch) and isinstance(base, TreeDirectory) and item.base == base.storage


def _pages(page: _PageStep, node: Index) -> Iterable[_PageStep]:
    """Each change goes to the page in whose range its name is; changes after all names go to the last page."""
    start = 0
    for child in node.children[:-1]:
        end = bisect_right(page.changes, child.last, lo=start, key=lambda change: change[0])
        yield _PageStep(page.prefix, child.storage, page.changes[start:end], page.standing, child.entries)
        start = end
    last = node.children[-1]
    yield _PageStep(page.prefix, last.storage, page.changes[start:], page.standing, last.entries)


def _steps(prefix: str, items: Iterable[_StandingItem]) -> Iterable[_Step]:
    run: list[TreeFile] = []
    last = Standing.NEW
    for name, item, standing in items:
        if run and (standing is not last or not isinstance(item, TreeFile)):
            yield Files(prefix, run, last)
            run = []
        if isinstance(item, TreeFile):
            run.append(item)
            last = standing
        else:
            yield _DirectoryStep(prefix, name, item, standing)
    if run:
        yield Files(prefix, run, last)
