"""The tree of a push's manifest, built beside the manifest, so that the indexer need not read that.

It is what the indexer would build. A tree that might differ from that is not handed over.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from tempfile import SpooledTemporaryFile

import structlog

from shared.archives.layout import LayoutBuilder, encode
from shared.index.trees import nodes
from shared.index.trees.blocks.frames import DraftBlock
from shared.index.trees.builder import Misplaced, TreeBuilder, TreeRoot
from shared.index.trees.entries import MAX_DEPTH, MAX_TOTAL_BYTES, is_address
from shared.index.trees.handover import TreeHandover, WrittenManifest, frame, handover_body
from shared.index.trees.manifest_writer import ManifestDraft
from shared.index.trees.nodes import Fetch, NodePage, TreeFile
from shared.index.trees.reader import TreeGone
from shared.index.trees.rebuild import TooDeep, rebuild
from shared.index.trees.walk import Branch, DirectoryMeta, Files
from shared.quilt.file_kinds import BytesByKind
from shared.quilt.top_hash import canonical

MAX_MEMORY_BYTES = 4 << 20
"""Bytes of pages that are held in memory; what is longer goes to a temporary file."""
_READ_BYTES = 1 << 18

log = structlog.get_logger()


class BuiltTree:
    """Takes the steps of a walk. With `changes`, the tree is that of the base with the changes, and only its sums come from the steps."""

    def __init__(self, fetch: Fetch, changes: Branch | None) -> None:
        self._fetch = fetch
        self._changes = changes
        self._builder = TreeBuilder() if changes is None else None
        self._layout = LayoutBuilder()
        self._kinds = BytesByKind()
        self._pages = SpooledTemporaryFile(MAX_MEMORY_BYTES, prefix="patchwork-tree-")  # noqa: SIM115 – closed by close
        self._root: TreeRoot | None = None
        self._packed_layout = b""
        self._flaw: str | None = None
        """Why the tree is not handed over."""

    def close(self) -> None:
        self._pages.close()

    @property
    def takes_blocks(self) -> bool:
        """It is made from a base, and files are only added up."""
        return self._builder is None

    def add(self, step: Files | DirectoryMeta) -> None:
        """The next step in walk order. It is packed at once, so callers have threads for many of them."""
        self.note_path(step.path if isinstance(step, DirectoryMeta) else step.prefix)
        if self._flaw:
            return
        if isinstance(step, Files):
            self._layout.add_files(step.prefix, step.files)
            self._kinds.add_files(step.files)
        if self._builder:
            try:
                _add_to(self._builder, step)
            except (Misplaced, ValueError) as error:
                self._flaw = str(error)
            self._write(self._builder.take())

    def note_path(self, path: str) -> None:
        """Look at the path of a directory. Its files follow, perhaps in a block."""
        if path.count("/") >= MAX_DEPTH and not self._flaw:
            self._flaw = "directories are too deep"

    def add_block(self, block: DraftBlock) -> None:
        """Files that are added up already."""
        self._layout.add_part(block.layout)
        self._kinds.add_kinds(block.kinds)

    async def finish(self, draft: ManifestDraft) -> None:
        """Build what is left. `draft` is the finished manifest."""
        if self._flaw is None:
            try:
                self._root = await self._finish_tree()
                self._packed_layout = await asyncio.to_thread(lambda: encode(self._layout.finish()))
            except (TooDeep, TreeGone, ValueError, OverflowError) as error:
                self._flaw = str(error) or type(error).__name__
        root = self._root
        if root and ((root.entries, root.size) != (draft.entries, draft.size) or root.size > MAX_TOTAL_BYTES):
            self._flaw = f"the tree has {root.entries} entries, the manifest has {draft.entries}"
        if self._flaw:
            log.warning("tree_not_built", reason=self._flaw)

    def handover(
        self, bucket: str, draft: ManifestDraft, writing: Awaitable[str], *, is_announced: bool
    ) -> AsyncIterator[bytes] | None:
        """The bytes for the indexer; None if there is no tree. They can be read once, and raise what `writing` raises.

        `writing` gives the ETag of the manifest. `is_announced`: it is still being written.
        """
        if self._flaw or self._root is None:
            return None
        totals = draft.finish()
        head = TreeHandover(
            bucket=bucket,
            top_hash=totals.top_hash,
            is_announced=is_announced,
            longest_line=draft.longest_line,
            header=draft.header,
            message=draft.message,
            root=self._root.storage,
            identity=self._root.identity,
            entries=self._root.entries,
            size=self._root.size,
            layout=self._packed_layout,
            kinds=self._kinds.finish(),
        )

        async def written() -> WrittenManifest:
            return WrittenManifest(await writing, totals.length)

        return handover_body(head, written, self._read_pages())

    async def _finish_tree(self) -> TreeRoot:
        if self._builder:
            root = self._builder.finish()
            await asyncio.to_thread(self._write, self._builder.take())
            return root
        changes = self._changes or Branch()
        _require_addresses(changes)
        rebuilt = await rebuild(self._fetch, changes)
        await asyncio.to_thread(self._write, rebuilt.pages)
        return rebuilt.root

    def _write(self, pages: list[NodePage]) -> None:
        for page in pages:
            self._pages.write(frame(page.stored()))

    def _read_pages(self) -> Iterator[bytes]:
        self._pages.seek(0)
        while chunk := self._pages.read(_READ_BYTES):
            yield chunk


def _add_to(builder: TreeBuilder, step: Files | DirectoryMeta) -> None:
    """Raises Misplaced and ValueError."""
    if isinstance(step, DirectoryMeta):
        builder.add_directory(tuple(step.path.split("/")), step.meta, canonical(step.meta))
        return
    for file in step.files:
        _require_address(file)
    files = list(step.files)
    builder.add_files(tuple(step.prefix.split("/")[:-1]), files, list(map(nodes.identity_of, files)))


def _require_addresses(branch: Branch) -> None:
    """Check new files as the indexer does. Raises ValueError."""
    pending = [branch]
    while pending:
        for item in pending.pop().changed.values():
            if isinstance(item, Branch):
                pending.append(item)
            elif isinstance(item, TreeFile):
                _require_address(item)


def _require_address(file: TreeFile) -> None:
    if not is_address(file.physical_key):
        raise ValueError(f"the physical key {file.physical_key!r} is not a URL of an object")
