"""Problems of a bucket: manifests that cannot be read, pointers without a top hash, and keys that could not be indexed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_PAGE = text("""
    SELECT DISTINCT ON (key) key, state, problem, top_hash, packages, modified, since FROM (
        SELECT key, state, coalesce(problem, '') AS problem, top_hash, modified, indexed_at AS since, ARRAY(
            SELECT DISTINCT name FROM index.pointer
            WHERE pointer.bucket = manifest.bucket AND pointer.top_hash = manifest.top_hash ORDER BY name
        ) AS packages
        FROM index.manifest WHERE bucket = :bucket AND state <> 'ready'
        UNION ALL
        SELECT
            CASE layout WHEN 1 THEN '.quilt/named_packages/' || name ELSE '.quilt/v2/tags/' || replace(name, '/', '@') END
                || '/' || tag,
            'corrupt', 'The content of the pointer is not a top hash', NULL, modified, modified, ARRAY[name]
        FROM index.pointer WHERE bucket = :bucket AND top_hash = ''
        UNION ALL
        SELECT
            key, 'unindexed', reason, NULL, NULL, since,
            CASE WHEN starts_with(key, '.quilt/named_packages/')
                THEN ARRAY[split_part(key, '/', 3) || '/' || split_part(key, '/', 4)] ELSE CAST(ARRAY[] AS text[]) END
        FROM index.unindexed_key WHERE bucket = :bucket
    ) AS found
    WHERE key > :after ORDER BY key LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class ProblemRecord:
    """A manifest that cannot be read, a pointer whose content is not a top hash, or a key that could not be indexed."""

    key: str
    state: str
    """A `ManifestState`, or `unindexed`."""
    problem: str
    top_hash: str | None
    packages: list[str]
    """Packages to which it belongs."""
    modified: datetime | None
    """Time of the object's last change; None when it does not exist, or could not be indexed."""
    since: datetime


class ProblemStore:
    """One session's view of the index. Callers decide who may see which bucket."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(self, bucket: str, *, after: str = "", limit: int) -> tuple[list[ProblemRecord], bool]:
        """Problems in order of key, after the key `after`, and whether there are more."""
        values = {"bucket": bucket, "after": after, "limit": limit + 1}
        found = (await self._session.execute(_PAGE, values)).all()
        records = [
            ProblemRecord(row.key, row.state, row.problem, row.top_hash, row.packages, row.modified, row.since)
            for row in found
        ]
        return records[:limit], len(records) > limit
