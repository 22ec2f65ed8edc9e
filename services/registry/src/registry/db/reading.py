"""Statements of the fast paths. One store serves all requests: keys that are wanted at the same time share a query."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shared.db.coalesce import Coalescer
from shared.db.statements import Statements

# The three arrays are the columns of the wanted keys. `at` is the position of a key, counted from 1.
# Permission was checked before (`Visibility.reads_every_package`), so only the registration of the bucket is checked here.
# A revision is named by a tag or a whole top hash; other references are resolved by `VisiblePackage.manifest`.
_READY = """
    SELECT asked.at, manifest.root, manifest.top_hash
    FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS asked (bucket, name, reference, at)
    JOIN registry.bucket ON bucket.name = asked.bucket
    CROSS JOIN LATERAL (
        (SELECT top_hash FROM index.pointer
            WHERE pointer.bucket = asked.bucket AND pointer.name = asked.name AND pointer.tag = asked.reference
            ORDER BY modified DESC LIMIT 1)
        UNION ALL
        (SELECT top_hash FROM index.pointer
            WHERE pointer.bucket = asked.bucket AND pointer.name = asked.name AND pointer.top_hash = asked.reference
            LIMIT 1)
        LIMIT 1
    ) AS pointed
    JOIN index.manifest ON manifest.bucket = asked.bucket AND manifest.top_hash = pointed.top_hash
    WHERE manifest.root IS NOT NULL
"""
_NODES = "SELECT storage, body FROM index.node WHERE storage = ANY($1::bytea[])"
_REGISTERED = "SELECT name FROM registry.bucket WHERE name = ANY($1::text[])"


@dataclass(frozen=True, slots=True)
class ReadyRevision:
    """A revision whose tree is in the index."""

    root: bytes
    top_hash: str


_RevisionKey = tuple[str, str, str]
"""Bucket, package name and reference."""


class RevisionReadStore:
    def __init__(self, statements: Statements) -> None:
        self.statements = statements
        self._revisions = Coalescer(self._find_ready)
        self._nodes = Coalescer(self._read_nodes)

    async def find_ready(self, bucket: str, name: str, reference: str) -> ReadyRevision | None:
        """The revision, if its bucket is registered, a tag or a whole top hash names it, and its tree is in the index."""
        if "\0" in bucket + name + reference:
            return None
        key = (bucket, name, reference)
        return (await self._revisions.get([key])).get(key)

    async def nodes(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        """Bodies of tree nodes by storage hash; missing ones are left out."""
        found = await self._nodes.get(wanted)
        return {storage: found[storage] for storage in wanted if storage in found}

    async def registered(self, buckets: set[str]) -> set[str]:
        """The buckets of these that are registered."""
        return {name for (name,) in await self.statements.fetch(_REGISTERED, sorted(buckets))}

    async def _find_ready(self, wanted: Collection[_RevisionKey]) -> Mapping[_RevisionKey, ReadyRevision]:
        keys = list(wanted)
        found = await self.statements.fetch(_READY, *map(list, zip(*keys, strict=True)))
        return {keys[at - 1]: ReadyRevision(root, top_hash) for at, root, top_hash in found}

    async def _read_nodes(self, wanted: Collection[bytes]) -> Mapping[bytes, bytes]:
        return {storage: body for storage, body in await self.statements.fetch(_NODES, list(wanted))}  # noqa: C416 – rows
