"""Differences between two package trees, as values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import msgspec

from shared.index.trees.nodes import TreeDirectory, TreeFile, TreeItem, TreePath
from shared.quilt.top_hash import canonical

Order = tuple[TreePath, bool]
"""Place in walk order: a path, and whether it is a directory's own, which comes after a file's of the same path."""

Content = tuple[str, str, int]
"""What makes files the same: type and value of the hash, and size."""


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    """Another hash or size; metadata may differ, too."""
    MOVED = "moved"
    """The same hash and size at another path; metadata may differ."""
    METADATA = "metadata"
    """Metadata alone, of a file, or of a directory that is there on both sides."""


class Change(msgspec.Struct, frozen=True):
    kind: Kind
    path: TreePath
    """The new one of what moved."""
    before: TreeItem | None
    after: TreeItem | None
    previous: TreePath | None = None
    """Where that which moved was."""

    @property
    def order(self) -> Order:
        return self.path, isinstance(self.item, TreeDirectory)

    @property
    def item(self) -> TreeItem:
        """As it is now, or was."""
        item = self.after or self.before
        assert item  # noqa: S101 – one side is there
        return item

    @property
    def has_other_metadata(self) -> bool:
        """Both sides are there, and their metadata differ."""
        return bool(self.before and self.after and not same_metadata(self.before, self.after))


@dataclass(slots=True)
class Tally:
    count: int = 0
    size: int = 0
    """Bytes of the files, as they are now or were."""

    def add(self, count: int, size: int) -> None:
        self.count += count
        self.size += size


class ChangeTotals(dict[Kind, Tally]):
    """How many files changed in each way; of the kind `metadata`, directories count as well."""

    def __init__(self) -> None:
        super().__init__({kind: Tally() for kind in Kind})

    def add(self, change: Change) -> Self:
        self[change.kind].add(*_measure(change))
        return self

    def add_moved(self, change: Change) -> Self:
        """What counted as removed and as added is one that moved."""
        count, size = _measure(change)
        self[Kind.REMOVED].add(-count, -size)
        self[Kind.ADDED].add(-count, -size)
        self[Kind.MOVED].add(count, size)
        return self


def content_of(file: TreeItem) -> Content:
    assert isinstance(file, TreeFile)  # noqa: S101 – directories have none
    return file.hash_type, file.hash_value, file.size


def same_metadata(one: TreeItem, other: TreeItem) -> bool:
    return one.meta == other.meta or canonical(one.meta or b"{}") == canonical(other.meta or b"{}")


def _measure(change: Change) -> tuple[int, int]:
    """Of a directory as a whole its files; of one with other metadata itself."""
    if isinstance(change.item, TreeFile):
        return 1, change.item.size
    return (1, 0) if change.kind is Kind.METADATA else (change.item.entries, change.item.size)
