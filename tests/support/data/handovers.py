"""Trees of manifests as pushes hand them over."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable

from shared.index.trees.handover import TreeHandover, WrittenManifest, frame, handover_body
from shared.index.trees.manifest_reader import ManifestReader
from shared.index.trees.nodes import NodePage


def tree_of(bucket: str, text: bytes) -> tuple[TreeHandover, list[NodePage]]:
    """The handover of a push that has written the manifest, and the pages of its tree."""
    reader = ManifestReader()
    pages = [*reader.feed(text), *reader.finish()]
    contents = reader.contents
    handover = TreeHandover(
        bucket=bucket,
        top_hash=contents.top_hash,
        is_announced=False,
        longest_line=max(map(len, text.split(b"\n"))),
        header=contents.header,
        message=contents.message,
        root=contents.root.storage,
        identity=contents.root.identity,
        entries=contents.root.entries,
        size=contents.root.size,
        layout=contents.layout or b"",
        kinds=contents.kinds,
    )
    return handover, pages


def written_of(text: bytes) -> WrittenManifest:
    return WrittenManifest(hashlib.md5(text, usedforsecurity=False).hexdigest(), len(text))


def body_of(handover: TreeHandover, pages: Iterable[NodePage], written: WrittenManifest) -> AsyncIterator[bytes]:
    async def when_written() -> WrittenManifest:
        await asyncio.sleep(0)
        return written

    return handover_body(handover, when_written, (frame(page.stored()) for page in pages))
