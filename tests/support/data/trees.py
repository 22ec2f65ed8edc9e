"""Packages as dictionaries and as trees in memory."""

from dataclasses import dataclass, field
from random import Random

from shared.index.diff.ranges import DiffLimits
from shared.index.diff.walk import Tree
from shared.index.trees import nodes
from shared.index.trees.builder import TreeBuilder
from shared.index.trees.nodes import PAGE_SHAPE, PageShape, TreeFile, TreePath
from shared.quilt.top_hash import canonical

SMALL_PAGES = PageShape(average_items=4, max_items=8, max_meta_bytes=1 << 18)
"""Few entries make high trees."""
SMALL_LIMITS = DiffLimits(max_pages=2, max_level_ratio=2, first_window=3, largest_window=12, max_scanned_changes=5)
"""Few pages exceed every limit."""


@dataclass
class Model:
    files: dict[TreePath, TreeFile] = field(default_factory=dict)
    directories: dict[TreePath, bytes] = field(default_factory=dict)
    """Metadata of directories that have some."""

    def all_directories(self) -> set[TreePath]:
        parents = {path[:depth] for path in self.files for depth in range(1, len(path))}
        above = {path[:depth] for path in self.directories for depth in range(1, len(path) + 1)}
        return parents | above


class Forest:
    """Nodes of many trees. It counts the nodes that are fetched, and the calls."""

    def __init__(self, shape: PageShape = PAGE_SHAPE) -> None:
        self.shape = shape
        self.bodies: dict[bytes, bytes] = {}
        self.fetched = 0
        self.trips = 0

    async def fetch(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        self.trips += 1
        self.fetched += len(wanted)
        return {storage: self.bodies[storage] for storage in wanted if storage in self.bodies}

    def grow(self, model: Model) -> Tree:
        builder = TreeBuilder(self.shape)
        both: list[tuple[TreePath, TreeFile | bytes]] = [*model.files.items(), *model.directories.items()]
        for path, what in sorted(both, key=lambda pair: pair[0]):
            meta = what.meta if isinstance(what, TreeFile) else what
            made = canonical(meta) if meta else None
            if isinstance(what, TreeFile):
                builder.add_file(path, what, made)
            else:
                builder.add_directory(path, what, made)
        root = builder.finish()
        for page in builder.take():
            self.bodies[page.storage] = nodes.pack(page.body)
        return Tree(root.storage, root.identity, root.entries, root.size)


def file(
    path: TreePath, *, where: str = "bucket", size: int = 1, value: str = "h", meta: bytes | None = None
) -> TreeFile:
    return TreeFile(path[-1], f"s3://{where}/{'/'.join(path)}", size, "SHA256", value, meta)


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311 – nothing secret
