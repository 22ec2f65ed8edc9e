"""Entries of packages as documents: what the tree of a package changed since the revision that the index has."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from shared.db.statements import Statements
from shared.index.diff.types import Change
from shared.index.diff.walk import Tree, diff
from shared.index.search.documents import DocumentKey, DocumentKind, EntryDocument, PackageDocument
from shared.index.trees.nodes import TreeFile
from shared.quilt.extensions import extension
from shared.quilt.metadata import read_metadata
from shared.quilt.physical_keys import parse_physical_key

MAX_ENTRIES_WITH_METADATA = 1_000_000
"""Entries of a package, above which only their keys are indexed."""

_NODES = "SELECT storage, body FROM index.node WHERE storage = ANY($1::bytea[])"

EntryBatch = tuple[list[EntryDocument], list[DocumentKey]]
"""Entries that are new or changed, and those that are gone."""


class EntryChanges:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def since(self, package: PackageDocument, before: bytes | None) -> AsyncIterator[EntryBatch]:
        """Changes that lead from the entries of the tree `before` to those of the package. Raises TreeGone when a page is missing."""
        if package.root is None or package.root == before:
            return
        # The identities only tell whether the trees are the same, which the storage hashes have told.
        base = Tree(before, b"", 0, 0) if before else None
        head = Tree(package.root, package.root, package.total_entries, package.total_bytes)
        async with aclosing(diff(self._nodes, base, head)) as batches:
            async for changes in batches:
                yield _batch(package, changes)

    async def _nodes(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        return {storage: body for storage, body in await self._statements.fetch(_NODES, wanted)}  # noqa: C416 – rows


def _batch(package: PackageDocument, changes: list[Change]) -> EntryBatch:
    documents: list[EntryDocument] = []
    gone: list[DocumentKey] = []
    for change in changes:
        if isinstance(change.after, TreeFile):
            documents.append(_document(package, "/".join(change.path), change.after))
        elif isinstance(change.before, TreeFile):
            name = f"{package.name}/{'/'.join(change.path)}"
            gone.append(DocumentKey(DocumentKind.ENTRY, package.bucket, name))
    return documents, gone


def _document(package: PackageDocument, key: str, file: TreeFile) -> EntryDocument:
    meta = read_metadata(file.meta).get("user_meta") if package.total_entries <= MAX_ENTRIES_WITH_METADATA else None
    return EntryDocument(
        package.bucket,
        package.name,
        key,
        file.size,
        package.modified,
        extension(key),
        meta if isinstance(meta, dict) else {},
        _object(file.physical_key),
    )


def _object(physical_key: str) -> str | None:
    """Address of the object of a file, without its version."""
    found = parse_physical_key(physical_key)
    return f"s3://{found.bucket}/{found.key}" if found else None
