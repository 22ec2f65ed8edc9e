"""Reports of S3 Inventory: which buckets have them, and with which report the index was compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from shared.db.engine import AsyncSession
from shared.index.comparison_tables import InventoryRow

LEASE_SECONDS = 300

_SET = text("""
    INSERT INTO index.inventory AS known (bucket, url, is_awaited)
    SELECT bucket, url, NOT EXISTS (
        SELECT FROM index.slice WHERE slice.bucket = wanted.bucket AND (compared_at IS NOT NULL OR lease IS NOT NULL)
    )
    FROM unnest(CAST(:buckets AS text[]), CAST(:urls AS text[])) AS wanted (bucket, url)
    WHERE EXISTS (SELECT FROM index.bucket WHERE name = wanted.bucket)
    ON CONFLICT (bucket) DO UPDATE SET url = excluded.url, report = NULL, problem = NULL, read_at = NULL
    WHERE known.url <> excluded.url
""")
_CLAIM = text(f"""
    UPDATE index.inventory SET leased_until = now() + make_interval(secs => {LEASE_SECONDS})
    WHERE bucket = (
        SELECT bucket FROM index.inventory
        WHERE (leased_until IS NULL OR leased_until < now())
            AND (read_at IS NULL OR read_at < now() - make_interval(secs => :seconds))
        ORDER BY read_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING bucket, url, is_awaited, report
""")  # noqa: S608 – made of constants

_EXTEND = text(f"""
    UPDATE index.inventory SET leased_until = now() + make_interval(secs => {LEASE_SECONDS}) WHERE bucket = :bucket
""")  # noqa: S608 – made of constants


@dataclass(frozen=True, slots=True)
class ClaimedInventory:
    bucket: str
    url: str
    is_awaited: bool
    """Nothing of the bucket was compared before."""
    report: str | None
    """Key of the manifest of the report before."""


class InventoryStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find_urls(self) -> dict[str, str]:
        found = await self._session.execute(select(InventoryRow.bucket, InventoryRow.url))
        return {row.bucket: row.url for row in found}

    async def set_urls(self, urls: Mapping[str, str]) -> None:
        """Keep these folders by bucket, and forget others."""
        await self._session.execute(
            text("DELETE FROM index.inventory WHERE NOT bucket = ANY (:buckets)"), {"buckets": list(urls)}
        )
        await self._session.execute(_SET, {"buckets": list(urls), "urls": list(urls.values())})

    async def claim(self, older_than_seconds: float) -> ClaimedInventory | None:
        """Claim a bucket whose reports were last looked for longer ago than that; None when there is none."""
        row = (await self._session.execute(_CLAIM, {"seconds": older_than_seconds})).one_or_none()
        return ClaimedInventory(row.bucket, row.url, row.is_awaited, row.report) if row else None

    async def extend(self, bucket: str) -> None:
        await self._session.execute(_EXTEND, {"bucket": bucket})

    async def release(self, bucket: str) -> None:
        await self._session.execute(
            text("UPDATE index.inventory SET leased_until = NULL WHERE bucket = :bucket"), {"bucket": bucket}
        )

    async def finish(self, claimed: ClaimedInventory, report: str | None, reported_at: datetime | None) -> None:
        """Note that a report was compared, or that there was no newer one."""
        await self._session.execute(
            text("""
                UPDATE index.inventory SET leased_until = NULL, read_at = now(), is_awaited = false, problem = NULL,
                    report = coalesce(:report, report), reported_at = coalesce(:reported_at, reported_at)
                WHERE bucket = :bucket AND url = :url
            """),
            {"bucket": claimed.bucket, "url": claimed.url, "report": report, "reported_at": reported_at},
        )

    async def fail(self, claimed: ClaimedInventory, problem: str) -> None:
        """Note why a report could not be read. Comparisons go on by listings."""
        await self._session.execute(
            text("""
                UPDATE index.inventory SET leased_until = NULL, read_at = now(), is_awaited = false, problem = :problem
                WHERE bucket = :bucket AND url = :url
            """),
            {"bucket": claimed.bucket, "url": claimed.url, "problem": problem},
        )
