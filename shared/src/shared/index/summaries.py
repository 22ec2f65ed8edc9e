"""Sums over the packages of buckets, and which pushes a package has."""

from collections.abc import Collection

from shared.db.statements import Statements
from shared.index.records import BucketTotalsRecord
from shared.quilt.file_kinds import FILE_KINDS

_KINDS = ", ".join(f"coalesce(sum((manifest.kinds->>'{kind}')::bigint), 0)::bigint" for kind in FILE_KINDS)
_TOTALS = f"""
    SELECT package.bucket, count(*), max(package.modified), coalesce(sum(manifest.total_bytes), 0)::bigint, {_KINDS}
    FROM index.package
    LEFT JOIN index.manifest ON manifest.bucket = package.bucket AND manifest.top_hash = package.top_hash
    WHERE package.bucket = ANY($1::text[]) GROUP BY package.bucket
"""  # noqa: S608 – made of constants
_PUSHED = """
    SELECT tag, top_hash FROM index.pointer
    WHERE bucket = $1 AND name = $2 AND tag <> 'latest' AND (tag = ANY($3::text[]) OR top_hash = ANY($4::text[]))
"""


class SummaryStore:
    """Reads the index. The caller decides which buckets and packages may be read."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def totals(self, buckets: Collection[str]) -> list[BucketTotalsRecord]:
        """Totals of the latest revisions of all packages in each bucket. Buckets without packages are left out."""
        return [
            BucketTotalsRecord(
                bucket, packages, modified, total_bytes, dict(zip(FILE_KINDS, map(int, sizes), strict=True))
            )
            for bucket, packages, modified, total_bytes, *sizes in await self._statements.fetch(
                _TOTALS, sorted(buckets)
            )
        ]

    async def pushed(
        self, bucket: str, name: str, *, tags: Collection[str], top_hashes: Collection[str]
    ) -> frozenset[str]:
        """The tags and top hashes of these that pushes of the package have."""
        found = await self._statements.fetch(_PUSHED, bucket, name, sorted(tags), sorted(top_hashes))
        return frozenset(value for row in found for value in row if value in tags or value in top_hashes)
