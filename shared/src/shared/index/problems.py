"""Problems of packages: manifests that cannot be read, and pointers without a top hash."""

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
            'corrupt', 'The content of the pointer is not a top hash', NULL, modified, ARRAY[name]
        FROM index.pointer WHERE bucket = :bucket AND top_hash = ''
    ) AS found
    WHERE key > :after ORDER BY key LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class ProblemRecord:
    """A manifest that cannot be read, or a pointer whose content is not a top hash."""

    key: str
    state: ManifestState
    problem: str
    top_hash: str | None
    packages: list[str]
    """Packages to which it belongs."""
    modified: datetime | None
    """Time of the object's last change; None when it does not exist."""


class ProblemStore:
    """One session's view of the index. Callers decide who may see which bucket."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(self, bucket: str, *, after: str = "", limit: int) -> tuple[list[ProblemRecord], bool]:
        """Problems in order of key, after the key `after`, and whether there are more."""
        values = {"bucket": bucket, "after": after, "limit": limit + 1}
        found = (await self._session.execute(_PAGE, values)).all()
        records = [
            ProblemRecord(row.key, ManifestState(row.state), row.problem, row.top_hash, row.packages, row.modified)
            for row in found
        ]
        return records[:limit], len(records) > limit
