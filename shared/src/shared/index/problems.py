"""What the index found wrong with a bucket's packages."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.index.tables import ManifestState

_PAGE = text("""
    SELECT key, state, problem, top_hash, packages, modified FROM (
        SELECT key, state, coalesce(problem, '') AS problem, top_hash, modified, ARRAY(
            SELECT DISTINCT name FROM index.pointer
            WHERE pointer.bucket = manifest.bucket AND pointer.top_hash = manifest.top_hash ORDER BY name
        ) AS packages
        FROM index.manifest WHERE bucket = :bucket AND state <> 'ready'
        UNION ALL
        SELECT
            CASE layout WHEN 1 THEN '.quilt/named_packages/' || name ELSE '.quilt/v2/tags/' || replace(name, '/', '@') END
                || '/' || tag,
            'corrupt', 'The pointer''s content is no top hash', NULL, modified, ARRAY[name]
        FROM index.pointer WHERE bucket = :bucket AND top_hash = ''
    ) AS found
    WHERE key > :after ORDER BY key LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class ProblemRecord:
    """A manifest that cannot be shown, or a pointer that names none."""

    key: str
    state: ManifestState
    problem: str
    top_hash: str | None
    packages: list[str]
    """That it belongs to."""
    modified: datetime | None
    """None when there is no such object."""


class ProblemStore:
    """One session's view of the index. Callers decide who may see which bucket."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(self, bucket: str, *, after: str = "", limit: int) -> tuple[list[ProblemRecord], bool]:
        """By key, and whether there are more."""
        values = {"bucket": bucket, "after": after, "limit": limit + 1}
        found = (await self._session.execute(_PAGE, values)).all()
        records = [
            ProblemRecord(row.key, ManifestState(row.state), row.problem, row.top_hash, row.packages, row.modified)
            for row in found
        ]
        return records[:limit], len(records) > limit
