"""What the hot paths of reading packages ask, in as few round trips as there can be."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shared.db.coalesce import Coalescer
from shared.db.statements import Statements

# A revision is named by a tag, or by its whole top hash; everything else takes the long way.
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
    """A revision that can be shown."""

    root: bytes
    top_hash: str


_Asked = tuple[str, str, str]
"""Bucket, name, reference."""


class RevisionReadStore:
    """One for all requests: what they ask at the same time is asked together."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._revisions = Coalescer(self._find_ready)
        self._pages = Coalescer(self._nodes)

    async def find_ready(self, bucket: str, name: str, reference: str) -> ReadyRevision | None:
        """None when the bucket is not registered, the package has no such revision, or it cannot be shown just now."""
        if "\0" in bucket + name + reference:
            return None
        asked = (bucket, name, reference)
        return (await self._revisions.get([asked])).get(asked)

    async def nodes(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        found = await self._pages.get(wanted)
        return {storage: found[storage] for storage in wanted if storage in found}

    async def _find_ready(self, asked: Collection[_Asked]) -> Mapping[_Asked, ReadyRevision]:
        order = list(asked)
        found = await self._statements.fetch(_READY, *map(list, zip(*order, strict=True)))
        return {order[at - 1]: ReadyRevision(root, top_hash) for at, root, top_hash in found}

    async def _nodes(self, wanted: Collection[bytes]) -> Mapping[bytes, bytes]:
        return {storage: body for storage, body in await self._statements.fetch(_NODES, list(wanted))}  # noqa: C416 – rows

    async def registered(self, buckets: set[str]) -> set[str]:
        """Which of these are registered."""
        return {name for (name,) in await self._statements.fetch(_REGISTERED, sorted(buckets))}
