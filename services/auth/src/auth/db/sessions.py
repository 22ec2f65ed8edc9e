"""Sessions, and who acts in one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased
from sqlalchemy.sql.dml import ReturningInsert

from auth.db.tables import ApiKeyRow, OAuthClientRow, RoleRow, SessionRow, UserRoleRow, UserRow, table
from shared.schemas.session import Session

MAX_LISTED = 200

USES_APART = timedelta(minutes=1)
"""Uses closer together than that are one."""


Found = Select[UUID, UUID, str, bool, UUID, str, datetime, bool, bool]


def _starting(*, because: bool) -> ReturningInsert[UUID]:
    columns = [
        SessionRow.id,
        SessionRow.user_id,
        SessionRow.created_at,
        SessionRow.expires_at,
        SessionRow.ends_at,
        SessionRow.is_browser,
        SessionRow.address,
        SessionRow.user_agent,
        SessionRow.oauth_client_id,
    ]
    values = [bindparam(f"new_{column.key}", type_=column.type) for column in columns]
    of: list[Any] = [UserRow]
    query = select(*values).where(UserRow.id == bindparam("new_user_id"), UserRow.is_active)
    if because:
        before = aliased(SessionRow)
        query = query.where(
            before.id == bindparam("because_of"), before.user_id == UserRow.id, before.revoked_at.is_(None)
        )
        of.append(before)
    living = query.with_for_update(read=True, of=of)
    names = [column.key for column in columns]
    return insert(table(SessionRow)).from_select(names, living).returning(SessionRow.id)


# Made once: putting a statement together takes longer than sending it.
_START, _START_BECAUSE = _starting(because=False), _starting(because=True)


@dataclass(frozen=True, slots=True)
class Actor:
    """The user of a live session or API key, and the role that they act under."""

    session_id: UUID
    user_id: UUID
    name: str
    is_admin: bool
    role_id: UUID | None
    role: str | None
    expires_at: datetime
    """Of the session or key, unless it is renewed."""
    is_browser: bool
    is_api_key: bool


class SessionStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self,
        user_id: UUID,
        expires_at: datetime,
        *,
        is_browser: bool,
        address: str,
        user_agent: str,
        tool: str | None = None,
        ends_at: datetime | None = None,
        because_of: UUID | None = None,
    ) -> UUID | None:
        """None when the user, or the session `because_of` which it is started, has come to an end.

        Whoever ends them all waits for this one, and ends it as well.
        """
        values = {
            "new_id": uuid4(),
            "new_user_id": user_id,
            "new_created_at": datetime.now(UTC),
            "new_expires_at": min(expires_at, ends_at) if ends_at else expires_at,
            "new_ends_at": ends_at,
            "new_is_browser": is_browser,
            "new_address": address,
            "new_user_agent": user_agent,
            "new_oauth_client_id": tool,
        }
        query, more = (_START_BECAUSE, {"because_of": because_of}) if because_of else (_START, {})
        found = (await self._session.execute(query, {**values, **more})).one_or_none()
        return found.id if found else None

    async def find_actor(self, session_id: UUID) -> Actor | None:
        """None unless the session lives and its user is active."""
        living = _actors(SessionRow, SessionRow.is_browser, is_api_key=False).where(SessionRow.revoked_at.is_(None))
        return await self._actor(living.where(SessionRow.id == session_id))

    async def find_key_actor(self, key_id: UUID) -> Actor | None:
        """The same for the API key that stands in for a session."""
        return await self._actor(_actors(ApiKeyRow, false(), is_api_key=True).where(ApiKeyRow.id == key_id))

    async def tool_of(self, session_id: UUID) -> str | None:
        """The client id of the tool that acts in it, if one does."""
        return await self._session.scalar(select(SessionRow.oauth_client_id).where(SessionRow.id == session_id))

    async def living(self, user_id: UUID, *, current: UUID | None = None) -> list[Session]:
        """The latest used first."""
        seen = func.coalesce(SessionRow.last_seen_at, SessionRow.created_at)
        now = datetime.now(UTC)
        query = (
            select(SessionRow, OAuthClientRow.name)
            .outerjoin(OAuthClientRow, OAuthClientRow.id == SessionRow.oauth_client_id)
            .where(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None), SessionRow.expires_at > now)
            .order_by(seen.desc(), SessionRow.id)
            .limit(MAX_LISTED)
        )
        return [
            Session(
                id=row.id,
                kind="browser" if row.is_browser else "client",
                is_current=row.id == current,
                application=application,
                address=row.address,
                user_agent=row.user_agent,
                created_at=row.created_at,
                last_seen_at=row.last_seen_at,
                expires_at=row.expires_at,
            )
            for row, application in await self._session.execute(query)
        ]

    async def is_of(self, session_id: UUID, user_id: UUID) -> bool:
        """Whether it is theirs, and lives."""
        mine = exists().where(
            SessionRow.id == session_id, SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None)
        )
        return bool(await self._session.scalar(select(mine)))

    async def owner(self, session_id: UUID) -> tuple[UUID, str] | None:
        """Id and name of whose it is."""
        query = select(UserRow.id, UserRow.name).join(SessionRow, SessionRow.user_id == UserRow.id)
        found = (await self._session.execute(query.where(SessionRow.id == session_id))).one_or_none()
        return (found.id, found.name) if found else None

    async def note_uses(self, session_ids: Collection[UUID]) -> None:
        now = datetime.now(UTC)
        unnoted = or_(SessionRow.last_seen_at.is_(None), SessionRow.last_seen_at < now - USES_APART)
        # Whoever changes one of them now has noted it well enough; nobody waits for anybody.
        free = select(SessionRow.id).where(SessionRow.id.in_(session_ids), unnoted).with_for_update(skip_locked=True)
        await self._session.execute(update(SessionRow).where(SessionRow.id.in_(free)).values(last_seen_at=now))

    async def extend(self, session_id: UUID, expires_at: datetime) -> datetime | None:
        """When it ends whatever is done, if it does."""
        return await self._session.scalar(
            update(SessionRow)
            .where(SessionRow.id == session_id)
            .values(expires_at=func.least(expires_at, SessionRow.ends_at))  # which passes over null
            .returning(SessionRow.ends_at)
        )

    async def end_of(self, session_id: UUID) -> datetime | None:
        """When it ends whatever is done, if it does."""
        return await self._session.scalar(select(SessionRow.ends_at).where(SessionRow.id == session_id))

    async def revoke(self, session_id: UUID) -> None:
        await self._revoke(SessionRow.id == session_id)

    async def revoke_all(self, user_id: UUID, *, but: UUID | None = None) -> None:
        """Also those that are being started just now: they are waited for here, and seen by the next statement."""
        lock = select(UserRow.id).where(UserRow.id == user_id).with_for_update(key_share=True)
        await self._session.execute(lock)
        await self._revoke(and_(SessionRow.user_id == user_id, SessionRow.id != but if but else true()))

    async def prune(self, *, ended_before: datetime) -> None:
        await self._session.execute(delete(SessionRow).where(SessionRow.expires_at < ended_before))

    async def _actor(self, query: Found) -> Actor | None:
        found = (await self._session.execute(query)).one_or_none()
        return Actor(*found) if found else None

    async def _revoke(self, which: ColumnElement[bool]) -> None:
        query = update(SessionRow).where(which, SessionRow.revoked_at.is_(None))
        await self._session.execute(query.values(revoked_at=datetime.now(UTC)))


def _actors(
    proof: type[SessionRow] | type[ApiKeyRow], is_browser: ColumnElement[bool] | Mapped[bool], *, is_api_key: bool
) -> Found:
    return (
        select(
            proof.id,
            UserRow.id,
            UserRow.name,
            UserRow.is_admin,
            RoleRow.id,
            RoleRow.name,
            proof.expires_at,
            is_browser,
            literal(is_api_key),
        )
        .join(UserRow, UserRow.id == proof.user_id)
        .outerjoin(UserRoleRow, and_(UserRoleRow.user_id == UserRow.id, UserRoleRow.active))
        .outerjoin(RoleRow, RoleRow.id == UserRoleRow.role_id)
        .where(proof.expires_at > datetime.now(UTC), UserRow.is_active)
    )
