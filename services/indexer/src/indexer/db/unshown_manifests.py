"""Manifests that changed in the index, until the search documents of their packages are written.

A manifest is noted in the transaction that writes it, so that a crash before its packages are written leaves none of them behind.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, Text, any_, delete, literal, select, text

from shared.db.engine import AsyncSession
from shared.index.tables import UnshownManifestRow

_NOTE = text("""
    INSERT INTO index.unshown_manifest (bucket, top_hash, noted_at)
    SELECT :bucket, top_hash, clock_timestamp() FROM unnest(CAST(:top_hashes AS text[])) AS top_hash
""")
_OLDER = text("""
    SELECT id, bucket, top_hash FROM index.unshown_manifest
    WHERE id > :after AND noted_at <= clock_timestamp() - make_interval(secs => :seconds)
    ORDER BY id LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class UnshownManifest:
    """One change of a manifest. Another one may have been noted since."""

    id: int
    bucket: str
    top_hash: str


class UnshownManifestStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def note(self, bucket: str, top_hashes: Collection[str]) -> None:
        if top_hashes:
            await self._session.execute(_NOTE, {"bucket": bucket, "top_hashes": sorted(top_hashes)})

    async def find(self, bucket: str, top_hashes: Collection[str]) -> list[UnshownManifest]:
        wanted = UnshownManifestRow.top_hash == any_(literal(sorted(top_hashes), ARRAY(Text)))
        query = select(UnshownManifestRow.id, UnshownManifestRow.bucket, UnshownManifestRow.top_hash)
        found = await self._session.execute(query.where(UnshownManifestRow.bucket == bucket, wanted))
        return [UnshownManifest(*row) for row in found]

    async def forget(self, shown: Sequence[UnshownManifest]) -> None:
        if shown:
            wanted = UnshownManifestRow.id == any_(literal([each.id for each in shown], ARRAY(BigInteger)))
            await self._session.execute(delete(UnshownManifestRow).where(wanted))

    async def find_older(self, seconds: float, after: int, limit: int) -> list[UnshownManifest]:
        """Changes that were noted at least `seconds` ago, in their order, after the one with this id."""
        found = await self._session.execute(_OLDER, {"seconds": seconds, "after": after, "limit": limit})
        return [UnshownManifest(*row) for row in found]
