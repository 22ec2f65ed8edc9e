"""Sessions of users, and the actor of a session or API key."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningInsert

from auth.db.tables import (
    ApiKeyRow,
    IdentityRow,
    OAuthClientRow,
    RoleRow,
    SecondFactorRow,
    SessionRow,
    UserRoleRow,
    UserRow,
    table,
)
from shared.schemas.principal import CredentialKind
from shared.schemas.session import Session

MAX_LISTED_SESSIONS = 200

MIN_USE_INTERVAL = timedelta(minutes=1)
"""A use is stored only if the stored one is older than this."""


ActorQuery = Select[UUID, UUID, str, bool, UUID, str, datetime, bool, str, bool, bool]


def _insert_session(*, because: bool) -> ReturningInsert[UUID]:
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
        SessionRow.role_id,
    ]
    values = [bindparam(f"new_{column.key}", type_=column.type) for column in columns]
    of: list[Any] = [UserRow]
    before = aliased(SessionRow)
    query = select(*values).where(UserRow.id == bindparam("new_user_id"), UserRow.is_active)
    if because:
        query = query.where(
            before.id == bindparam("because_of"), before.user_id == UserRow.id, before.revoked_at.is_(None)
        )
        of.append(before)
    query = query.add_columns(before.by_provider if because else bindparam("new_by_provider", type_=Boolean()))
    living = query.with_for_update(read=True, of=of)
    names = [*(column.key for column in columns), SessionRow.by_provider.key]
    return insert(table(SessionRow)).from_select(names, living).returning(SessionRow.id)


# Built once: building a statement takes longer than running it.
_START, _START_BECAUSE = _insert_session(because=False), _insert_session(because=True)


@dataclass(frozen=True, slots=True)
class Actor:
    """The user of a live session or API key, and the role in force: that of a tool, else the user's active one."""

    session_id: UUID
    user_id: UUID
    name: str
    is_admin: bool
    role_id: UUID | None
    role: str | None
    expires_at: datetime
    """Expiry of the session or key, unless it is renewed."""
    is_browser: bool
    kind_name: str
    may_administer: bool
    """The credential has the administrator's rights of its user."""
    has_password_alone: bool
    """They sign in with a password and without a second factor: the session did not begin at a provider, or, for a key,
    its owner has no identity at one."""

    @property
    def kind(self) -> CredentialKind:
        return CredentialKind(self.kind_name)


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
        role_id: UUID | None = None,
        ends_at: datetime | None = None,
        by_provider: bool = False,
        because_of: UUID | None = None,
    ) -> UUID | None:
        """Id of the new session, or None if the user or the session `because_of` is no longer active.

        `because_of`: the session of the same user that authorised this one. The statement locks both rows, so ending all
        sessions of the user waits for this one and ends it as well. The new session is `by_provider` if that one is.
        `role_id`: the role of a tool.
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
            "new_role_id": role_id,
        }
        query, more = (
            (_START_BECAUSE, {"because_of": because_of}) if because_of else (_START, {"new_by_provider": by_provider})
        )
        found = (await self._session.execute(query, {**values, **more})).one_or_none()
        return found.id if found else None

    async def find_actor(self, session_id: UUID) -> Actor | None:
        """The actor of a session, or None unless the session is live and its user active."""
        return await self._actor(_session_actors().where(SessionRow.id == session_id, SessionRow.revoked_at.is_(None)))

    async def find_key_actor(self, key_id: UUID) -> Actor | None:
        """The actor of an API key, which stands in for a session."""
        return await self._actor(_key_actors().where(ApiKeyRow.id == key_id))

    async def find_tool(self, session_id: UUID) -> str | None:
        """Client id of the tool that acts in the session, if one does."""
        return await self._session.scalar(select(SessionRow.oauth_client_id).where(SessionRow.id == session_id))

    async def list_live(self, user_id: UUID, *, current: UUID | None = None) -> list[Session]:
        """Live sessions of a user, last used first, at most MAX_LISTED_SESSIONS."""
        seen = func.coalesce(SessionRow.last_seen_at, SessionRow.created_at)
        now = datetime.now(UTC)
        query = (
            select(SessionRow, OAuthClientRow.name)
            .outerjoin(OAuthClientRow, OAuthClientRow.id == SessionRow.oauth_client_id)
            .where(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None), SessionRow.expires_at > now)
            .order_by(seen.desc(), SessionRow.id)
            .limit(MAX_LISTED_SESSIONS)
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

    async def belongs_to(self, session_id: UUID, user_id: UUID) -> bool:
        """Test whether the session is the user's and is not revoked."""
        mine = exists().where(
            SessionRow.id == session_id, SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None)
        )
        return bool(await self._session.scalar(select(mine)))

    async def find_owner(self, session_id: UUID) -> tuple[UUID, str] | None:
        """Id and name of the session's user."""
        query = select(UserRow.id, UserRow.name).join(SessionRow, SessionRow.user_id == UserRow.id)
        found = (await self._session.execute(query.where(SessionRow.id == session_id))).one_or_none()
        return (found.id, found.name) if found else None

    async def note_uses(self, session_ids: Collection[UUID]) -> None:
        now = datetime.now(UTC)
        unnoted = or_(SessionRow.last_seen_at.is_(None), SessionRow.last_seen_at < now - MIN_USE_INTERVAL)
        # A locked row is being changed by another request, which counts as a use: skip it instead of waiting.
        free = select(SessionRow.id).where(SessionRow.id.in_(session_ids), unnoted).with_for_update(skip_locked=True)
        await self._session.execute(update(SessionRow).where(SessionRow.id.in_(free)).values(last_seen_at=now))

    async def extend(self, session_id: UUID, expires_at: datetime, *, max_life: timedelta | None) -> datetime | None:
        """Move the expiry, not beyond the session's fixed end or `max_life` after its start; returns that end, or None."""
        end = _fixed_end(max_life)
        return await self._session.scalar(
            update(SessionRow)
            .where(SessionRow.id == session_id)
            .values(expires_at=func.least(expires_at, end), ends_at=end)
            .returning(SessionRow.ends_at)
        )

    async def find_fixed_end(self, session_id: UUID, *, max_life: timedelta | None) -> datetime | None:
        """The time beyond which the session cannot be renewed, or None."""
        return await self._session.scalar(select(_fixed_end(max_life)).where(SessionRow.id == session_id))

    async def list_origins(self, user_id: UUID) -> list[tuple[str, str]]:
        """Address and user agent of the user's latest sessions, also of those that ended a few days ago."""
        query = (
            select(SessionRow.address, SessionRow.user_agent)
            .where(SessionRow.user_id == user_id)
            .order_by(SessionRow.created_at.desc())
            .limit(MAX_LISTED_SESSIONS)
        )
        return [(address, user_agent) for address, user_agent in await self._session.execute(query)]

    async def list_addresses(self, user_id: UUID) -> list[str]:
        """Addresses from which the user began sessions, also those that ended; tools' sessions are left out."""
        query = (
            select(SessionRow.address)
            .where(SessionRow.user_id == user_id, SessionRow.oauth_client_id.is_(None), SessionRow.address != "")
            .distinct()
        )
        return list(await self._session.scalars(query))

    async def revoke(self, session_id: UUID) -> None:
        await self._revoke(SessionRow.id == session_id)

    async def revoke_all(self, user_id: UUID, *, but: UUID | None = None) -> None:
        """End all sessions but one. Waits for sessions that concurrent transactions start, and ends them as well."""
        lock = select(UserRow.id).where(UserRow.id == user_id).with_for_update(key_share=True)
        await self._session.execute(lock)
        await self._revoke(and_(SessionRow.user_id == user_id, SessionRow.id != but if but else true()))

    async def prune(self, *, ended_before: datetime) -> None:
        await self._session.execute(delete(SessionRow).where(SessionRow.expires_at < ended_before))

    async def _actor(self, query: ActorQuery) -> Actor | None:
        found = (await self._session.execute(query)).one_or_none()
        return Actor(*found) if found else None

    async def _revoke(self, which: ColumnElement[bool]) -> None:
        query = update(SessionRow).where(which, SessionRow.revoked_at.is_(None))
        await self._session.execute(query.values(revoked_at=datetime.now(UTC)))


def _fixed_end(max_life: timedelta | None) -> ColumnElement[datetime | None]:
    longest = SessionRow.created_at + max_life if max_life else null()
    return func.least(SessionRow.ends_at, longest)  # `least` ignores null


def _session_actors() -> ActorQuery:
    of_person = SessionRow.oauth_client_id.is_(None)
    return _actors(
        SessionRow,
        SessionRow.is_browser,
        case((of_person, CredentialKind.PERSON.value), else_=CredentialKind.TOOL.value),
        may_administer=of_person,
        by_provider=SessionRow.by_provider,
        role_in_force=or_(
            and_(of_person, UserRoleRow.active), and_(not_(of_person), UserRoleRow.role_id == SessionRow.role_id)
        ),
    )


def _key_actors() -> ActorQuery:
    return _actors(
        ApiKeyRow,
        false(),
        literal(CredentialKind.KEY.value),
        may_administer=ApiKeyRow.may_administer,
        by_provider=exists().where(IdentityRow.user_id == UserRow.id),
        role_in_force=UserRoleRow.active,
    )


def _actors(
    proof: type[SessionRow] | type[ApiKeyRow],
    is_browser: SQLColumnExpression[bool],
    kind: ColumnElement[str],
    *,
    may_administer: SQLColumnExpression[bool],
    by_provider: SQLColumnExpression[bool],
    role_in_force: SQLColumnExpression[bool],
) -> ActorQuery:
    has_factor = exists().where(SecondFactorRow.user_id == UserRow.id, SecondFactorRow.confirmed_at.is_not(None))
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
            kind,
            may_administer,
            and_(UserRow.password.is_not(None), not_(by_provider), not_(has_factor)),
        )
        .join(UserRow, UserRow.id == proof.user_id)
        .outerjoin(UserRoleRow, and_(UserRoleRow.user_id == UserRow.id, role_in_force))
        .outerjoin(RoleRow, RoleRow.id == UserRoleRow.role_id)
        .where(proof.expires_at > datetime.now(UTC), UserRow.is_active)
    )
