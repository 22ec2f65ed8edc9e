"""What the hot paths of reading packages ask, in as few round trips as there can be."""

from dataclasses import dataclass

from shared.db.statements import Statements

# A revision is named by a tag, or by its whole top hash; everything else takes the long way.
_READY = """
    SELECT manifest.root, manifest.top_hash FROM registry.bucket
    JOIN index.manifest ON manifest.bucket = bucket.name AND manifest.root IS NOT NULL AND manifest.top_hash = (
        (SELECT top_hash FROM index.pointer WHERE bucket = $1 AND name = $2 AND tag = $3
            ORDER BY modified DESC LIMIT 1)
        UNION ALL
        (SELECT top_hash FROM index.pointer WHERE bucket = $1 AND name = $2 AND top_hash = $3 LIMIT 1)
        LIMIT 1
    )
    WHERE bucket.name = $1
"""
_NODES = "SELECT storage, body FROM index.node WHERE storage = ANY($1::bytea[])"
_REGISTERED = "SELECT name FROM registry.bucket WHERE name = ANY($1::text[])"


@dataclass(frozen=True, slots=True)
class Ready:
    """A revision that can be shown."""

    root: bytes
    top_hash: str


class ReadingStore:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def find_ready(self, bucket: str, name: str, reference: str) -> Ready | None:
        """None when the bucket is not registered, the package has no such revision, or it cannot be shown just now."""
        if "\0" in bucket + name + reference:
            return None
        found = await self._statements.fetch(_READY, bucket, name, reference)
        return Ready(*found[0]) if found else None

    async def nodes(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        return {storage: body for storage, body in await self._statements.fetch(_NODES, wanted)}  # noqa: C416 – rows

    async def registered(self, buckets: set[str]) -> set[str]:
        """Which of these are registered."""
        return {name for (name,) in await self._statements.fetch(_REGISTERED, sorted(buckets))}
