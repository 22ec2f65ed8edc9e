"""S3 key pairs of API keys. Their secrets are stored encrypted, since signatures are checked with them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import S3KeyPairRow
from auth.errors import ApiKeyNotFound, S3KeyPairNotFound
from shared.schemas.api_key import S3KeyPair

MIN_PAIR_USE_INTERVAL = timedelta(minutes=1)
"""A use is stored only if the stored one is older than this."""


@dataclass(frozen=True, slots=True)
class SealedKeyPair:
    api_key_id: UUID
    sealed: str
    """The secret access key, encrypted."""


class S3KeyPairStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, api_key_id: UUID, *, access_key_id: str, sealed: str) -> S3KeyPair:
        """Raises ApiKeyNotFound when the key was revoked in between."""
        row = S3KeyPairRow(
            access_key_id=access_key_id, api_key_id=api_key_id, secret=sealed, created_at=datetime.now(UTC)
        )
        self._session.add(row)
        try:
            await self._session.flush()
        except IntegrityError as error:
            if "fk_s3_key_pair_" in str(error.orig):
                raise ApiKeyNotFound("No such API key") from error
            raise
        return _key_pair(row)

    async def find(self, access_key_id: str) -> SealedKeyPair | None:
        row = S3KeyPairRow
        query = select(row.api_key_id, row.secret).where(row.access_key_id == access_key_id)
        found = (await self._session.execute(query)).one_or_none()
        return SealedKeyPair(*found) if found else None

    async def list_by_key(self, api_key_ids: Sequence[UUID]) -> Mapping[UUID, list[S3KeyPair]]:
        """The key pairs of each API key, oldest first."""
        query = select(S3KeyPairRow).where(S3KeyPairRow.api_key_id.in_(api_key_ids))
        found: defaultdict[UUID, list[S3KeyPair]] = defaultdict(list)
        for row in await self._session.scalars(query.order_by(S3KeyPairRow.created_at, S3KeyPairRow.access_key_id)):
            found[row.api_key_id].append(_key_pair(row))
        return found

    async def remove(self, api_key_id: UUID, access_key_id: str) -> None:
        """Raises S3KeyPairNotFound."""
        row = S3KeyPairRow
        query = delete(row).where(row.api_key_id == api_key_id, row.access_key_id == access_key_id)
        if await self._session.scalar(query.returning(row.access_key_id)) is None:
            raise S3KeyPairNotFound

    async def note_uses(self, access_key_ids: Collection[str]) -> None:
        row, now = S3KeyPairRow, datetime.now(UTC)
        unnoted = or_(row.last_used_at.is_(None), row.last_used_at < now - MIN_PAIR_USE_INTERVAL)
        free = select(row.access_key_id).where(row.access_key_id.in_(access_key_ids), unnoted)
        free = free.with_for_update(skip_locked=True)
        await self._session.execute(update(row).where(row.access_key_id.in_(free)).values(last_used_at=now))


def _key_pair(row: S3KeyPairRow) -> S3KeyPair:
    return S3KeyPair(access_key_id=row.access_key_id, created_at=row.created_at, last_used_at=row.last_used_at)
