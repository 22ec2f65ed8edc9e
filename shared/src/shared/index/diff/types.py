"""The values of a difference: changes and their totals."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import msgspec

from shared.index.trees.nodes import TreeDirectory, TreeFile, TreeItem, TreePath
from shared.quilt.top_hash import canonical

Order = tuple[TreePath, bool]
"""Place in walk order: a path, and False for a file or True for a directory, which comes after a file of the same path."""

Content = tuple[str, str, int]
"""Type and value of the hash, and size: files with equal content are the same file."""


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    """Another hash or size; the metadata may differ as well."""
    MOVED = "moved"
    """The same hash and size at another path; metadata may differ."""
    METADATA = "metadata"
    """Only the metadata differs, of a file or of a directory that both trees have."""


class Change(msgspec.Struct, frozen=True):
    kind: Kind
    path: TreePath
    """Path in the tree that has the item; of a moved item, the new path."""
    before: TreeItem | None
    after: TreeItem | None
    previous: TreePath | None = None
    """Old path of a moved item."""

    @property
    def order(self) -> Order:
        return self.path, isinstance(self.item, TreeDirectory)

    @property
    def item(self) -> TreeItem:
        """The new item, or the old one of what was removed."""
        item = self.after or self.before
        assert item  # noqa: S101 – one of the two exists
        return item

    @property
    def has_other_metadata(self) -> bool:
        """Both items exist, and their metadata differs."""
        return bool(self.before and self.after and not same_metadata(self.before, self.after))


@dataclass(slots=True)
class Tally:
    count: int = 0
    size: int = 0
    """Bytes of the new files, or of the old ones that were removed."""

    def add(self, count: int, size: int) -> None:
        self.count += count
        self.size += size


class ChangeTotals(dict[Kind, Tally]):
    """Number and bytes of the files with each kind of change. `metadata` counts directories as well."""

    def __init__(self) -> None:
        super().__init__({kind: Tally() for kind in Kind})

    def add(self, change: Change) -> Self:
        self[change.kind].add(*_measure(change))
        return self

    def add_moved(self, change: Change) -> Self:
        """Count a move instead of the removal and the addition that were counted before."""
        count, size = _measure(change)
        self[Kind.REMOVED].add(-count, -size)
        self[Kind.ADDED].add(-count, -size)
        self[Kind.MOVED].add(count, size)
        return self


def content_of(file: TreeItem) -> Content:
    assert isinstance(file, TreeFile)  # noqa: S101 – only files have content
    return file.hash_type, file.hash_value, file.size


def same_metadata(one: TreeItem, other: TreeItem) -> bool:
    return one.meta == other.meta or comparable_metadata(one) == comparable_metadata(other)


def comparable_metadata(item: TreeItem) -> bytes | None:
    """Equal for equal metadata, however it is written; None without metadata."""
    try:
        return canonical(item.meta) if item.meta else None
    except ValueError:  # too deep, from before depth was limited
        return item.meta


def _measure(change: Change) -> tuple[int, int]:
    """Files and bytes. A directory counts as the files in it, or as one when only its metadata differs."""
    if isinstance(change.item, TreeFile):
        return 1, change.item.size
    return (1, 0) if change.kind is Kind.METADATA else (change.item.entries, change.item.size)
