"""Trees of manifests as pushes hand them over."""

import hashlib
from collections.abc import AsyncIterator, Iterable

import msgspec

from shared.index.trees.handover import TreeHandover, frame, handover_body
from shared.index.trees.manifest_reader import ManifestReader
from shared.index.trees.nodes import NodePage


def tree_of(bucket: str, text: bytes) -> tuple[TreeHandover, list[NodePage]]:
    """What a push that has written the manifest hands over, and the pages of its tree."""
    reader = ManifestReader()
    pages = [*reader.feed(text), *reader.finish()]
    contents = reader.contents
    handover = TreeHandover(
        bucket=bucket,
        top_hash=contents.top_hash,
        etag=hashlib.md5(text, usedforsecurity=False).hexdigest(),
        manifest_bytes=len(text),
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


def body_of(handover: TreeHandover, pages: Iterable[NodePage], **changes: object) -> AsyncIterator[bytes]:
    changed = msgspec.structs.replace(handover, **changes)
    return handover_body(changed, (frame(page.stored()) for page in pages))
