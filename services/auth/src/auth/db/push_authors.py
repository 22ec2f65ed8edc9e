"""Users behind what clients write straight to S3: the names of their role sessions, and the pushes that were matched to them.

The index learns authors from here, because S3 does not keep who wrote an object.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import PushAuthorRow, RoleSessionRow
from shared.schemas.principal import Principal

ObjectLocation = tuple[str, str]
"""Bucket and key."""


@dataclass(frozen=True, slots=True)
class PushAuthor:
    user_id: UUID
    name: str
    etag: str
    """ETag of the object that this user wrote."""


@dataclass(frozen=True, slots=True)
class RoleSession:
    user_id: UUID
    user_name: str
    access_key_id: str


class PushAuthorStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add_session(
        self, session_name: str, principal: Principal, *, access_key_id: str, expires_at: datetime
    ) -> None:
        row = RoleSessionRow(
            session_name=session_name,
            user_id=principal.user_id,
            user_name=principal.name,
            access_key_id=access_key_id,
            expires_at=expires_at,
        )
        self._session.add(row)
        await self._session.flush()

    async def find_sessions(self, session_names: Collection[str]) -> dict[str, RoleSession]:
        query = select(RoleSessionRow).where(RoleSessionRow.session_name.in_(session_names))
        return {
            row.session_name: RoleSession(row.user_id, row.user_name, row.access_key_id)
            for row in await self._session.scalars(query)
        }

    async def find(self, locations: Collection[ObjectLocation]) -> dict[ObjectLocation, PushAuthor]:
        query = select(PushAuthorRow).where(tuple_(PushAuthorRow.bucket, PushAuthorRow.key).in_(locations))
        return {
            (row.bucket, row.key): PushAuthor(row.user_id, row.user_name, row.etag)
            for row in await self._session.scalars(query)
        }

    async def put(self, authors: Mapping[ObjectLocation, PushAuthor]) -> None:
        for (bucket, key), author in sorted(authors.items()):
            values = {
                "user_id": author.user_id,
                "user_name": author.name,
                "etag": author.etag,
                "noted_at": datetime.now(UTC),
            }
            made = insert(PushAuthorRow).values(bucket=bucket, key=key, **values)
            await self._session.execute(made.on_conflict_do_update(index_elements=["bucket", "key"], set_=values))

    async def prune_sessions(self, *, expired_before: datetime) -> None:
        await self._session.execute(delete(RoleSessionRow).where(RoleSessionRow.expires_at < expired_before))
