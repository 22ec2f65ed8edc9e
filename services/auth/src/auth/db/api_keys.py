"""API keys, stored as digests."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.s3_key_pairs import S3KeyPairStore
from auth.db.sessions import MIN_USE_INTERVAL
from auth.db.tables import ApiKeyRow, UserRow
from auth.errors import ApiKeyNotFound
from shared.db.cursors import cursor_time, decode_cursor, encode_cursor
from shared.errors import InvalidCursor, Unauthenticated
from shared.schemas.api_key import ApiKey, ApiKeyFilter, KeyStatus
from shared.schemas.page import Page


@dataclass(frozen=True, slots=True)
class ApiKeyHolder:
    key: ApiKey
    user_id: UUID
    is_active: bool


class ApiKeyStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self,
        user_id: UUID,
        *,
        name: str,
        fingerprint: str,
        digest: bytes,
        expires_at: datetime,
        may_administer: bool,
    ) -> UUID:
        row = ApiKeyRow(
            id=uuid4(),
            user_id=user_id,
            name=name,
            fingerprint=fingerprint,
            digest=digest,
            may_administer=may_administer,
            created_at=datetime.now(UTC),
            expires_at=expires_at,
        )
        self._session.add(row)
        try:
            await self._session.flush()
        except IntegrityError as error:
            if "fk_api_key_" in str(error.orig):
                raise Unauthenticated("The account was deleted, or the API key in use was revoked") from error
            raise
        return row.id

    async def get(self, key_id: UUID, *, of: UUID | None = None) -> ApiKey:
        """`of`: the user who must own the key. Raises ApiKeyNotFound."""
        query = _keys().where(ApiKeyRow.id == key_id)
        if of:
            query = query.where(ApiKeyRow.user_id == of)
        found = (await self._session.execute(query)).one_or_none()
        if found is None:
            raise ApiKeyNotFound("No such API key")
        return (await self._with_key_pairs([_key(found)]))[0]

    async def find(self, digest: bytes) -> ApiKeyHolder | None:
        return await self._find_holder(_keys().where(ApiKeyRow.digest == digest))

    async def find_by_id(self, key_id: UUID) -> ApiKeyHolder | None:
        return await self._find_holder(_keys().where(ApiKeyRow.id == key_id))

    async def _find_holder(self, query: Select[ApiKeyRow, UserRow]) -> ApiKeyHolder | None:
        found = (await self._session.execute(query)).one_or_none()
        return ApiKeyHolder(_key(found), found.UserRow.id, found.UserRow.is_active) if found else None

    async def _with_key_pairs(self, keys: Sequence[ApiKey]) -> list[ApiKey]:
        pairs = await S3KeyPairStore(self._session).list_by_key([key.id for key in keys])
        return [key.model_copy(update={"s3_key_pairs": pairs.get(key.id, [])}) for key in keys]

    async def count(self, user_id: UUID) -> int:
        return len(list(await self._session.scalars(select(ApiKeyRow.id).where(ApiKeyRow.user_id == user_id))))

    async def page(self, wanted: ApiKeyFilter, *, of: UUID | None, after: str | None, limit: int) -> Page[ApiKey]:
        """A page of the keys of everybody, or of the user `of`, newest first."""
        query = _filtered(_keys(), wanted).order_by(ApiKeyRow.created_at.desc(), ApiKeyRow.id.desc()).limit(limit + 1)
        if of:
            query = query.where(ApiKeyRow.user_id == of)
        if after:
            at, key_id = _parse_cursor(after)
            query = query.where(or_(ApiKeyRow.created_at < at, (ApiKeyRow.created_at == at) & (ApiKeyRow.id < key_id)))
        found = (await self._session.execute(query)).all()
        keys = await self._with_key_pairs([_key(each) for each in found[:limit]])
        more = encode_cursor(keys[-1].created_at.isoformat(), str(keys[-1].id)) if len(found) > limit else None
        return Page(items=keys, next=more)

    async def note_uses(self, key_ids: Collection[UUID]) -> None:
        now = datetime.now(UTC)
        unnoted = or_(ApiKeyRow.last_used_at.is_(None), ApiKeyRow.last_used_at < now - MIN_USE_INTERVAL)
        free = select(ApiKeyRow.id).where(ApiKeyRow.id.in_(key_ids), unnoted).with_for_update(skip_locked=True)
        await self._session.execute(update(ApiKeyRow).where(ApiKeyRow.id.in_(free)).values(last_used_at=now))

    async def remove(self, key_id: UUID) -> None:
        await self._session.execute(delete(ApiKeyRow).where(ApiKeyRow.id == key_id))

    async def remove_of(self, user_id: UUID) -> None:
        await self._session.execute(delete(ApiKeyRow).where(ApiKeyRow.user_id == user_id))

    async def remove_with_made(self, key_id: UUID) -> Sequence[UUID]:
        """Delete a key and, transitively, the keys that were made with it; returns their ids."""
        descendants = select(ApiKeyRow.id).where(ApiKeyRow.id == key_id).cte(recursive=True)
        descendants = descendants.union(select(ApiKeyRow.id).join(descendants, ApiKeyRow.made_with == descendants.c.id))
        query = delete(ApiKeyRow).where(ApiKeyRow.id.in_(select(descendants.c.id))).returning(ApiKeyRow.id)
        return list(await self._session.scalars(query))

    async def prune(self, *, expired_before: datetime) -> None:
        await self._session.execute(delete(ApiKeyRow).where(ApiKeyRow.expires_at < expired_before))


def _parse_cursor(cursor: str) -> tuple[datetime, UUID]:
    made, key_id = decode_cursor(cursor, str, str)
    try:
        return cursor_time(made), UUID(key_id)
    except ValueError as error:
        raise InvalidCursor("Malformed cursor") from error


def _keys() -> Select[ApiKeyRow, UserRow]:
    return select(ApiKeyRow, UserRow).join(UserRow, UserRow.id == ApiKeyRow.user_id)


def _filtered(query: Select[ApiKeyRow, UserRow], wanted: ApiKeyFilter) -> Select[ApiKeyRow, UserRow]:
    if wanted.name is not None:
        query = query.where(ApiKeyRow.name == wanted.name)
    if wanted.fingerprint is not None:
        query = query.where(ApiKeyRow.fingerprint == wanted.fingerprint)
    if wanted.email is not None:
        query = query.where(UserRow.email == wanted.email.lower())
    now = datetime.now(UTC)
    match wanted.status:
        case KeyStatus.ACTIVE:
            query = query.where(ApiKeyRow.expires_at > now)
        case KeyStatus.EXPIRED:
            query = query.where(ApiKeyRow.expires_at <= now)
        case None:
            pass
    return query


def _key(found: Row[ApiKeyRow, UserRow]) -> ApiKey:
    row, user = found
    return ApiKey(
        id=row.id,
        name=row.name,
        fingerprint=row.fingerprint,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        user=user.name,
        user_email=user.email,
        may_administer=row.may_administer,
        status=KeyStatus.ACTIVE if row.expires_at > datetime.now(UTC) else KeyStatus.EXPIRED,
    )
