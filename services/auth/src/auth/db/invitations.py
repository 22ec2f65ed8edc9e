"""Invitations that wait to be accepted."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import RoleRow, SignUpInvitationRow
from auth.errors import InvitationNotFound
from shared.db.cursors import decode_cursor, encode_cursor
from shared.schemas.invitation import Invitation
from shared.schemas.page import Page

INVITATION_TTL = timedelta(days=7)
"""Time for which an invitation and the link in its mail work."""

_INVITATIONS = select(SignUpInvitationRow, RoleRow.name).outerjoin(RoleRow, RoleRow.id == SignUpInvitationRow.role_id)


@dataclass(frozen=True, slots=True)
class AcceptedInvitation:
    role_id: UUID | None


class SignUpInvitationStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, *, email: str, name: str | None, role_id: UUID | None, invited_by: str) -> Invitation:
        """Invite an address; an earlier invitation of it is replaced."""
        now = datetime.now(UTC)
        given = {"name": name, "role_id": role_id, "invited_by": invited_by, "created_at": now}
        values = {**given, "expires_at": now + INVITATION_TTL}
        query = insert(SignUpInvitationRow).values(id=uuid4(), email=email, **values)
        query = query.on_conflict_do_update(index_elements=[SignUpInvitationRow.email], set_=values)
        await self._session.execute(query)
        return await self._one(SignUpInvitationRow.email == email)

    async def get(self, invitation_id: UUID) -> Invitation:
        """Raises InvitationNotFound."""
        return await self._one(SignUpInvitationRow.id == invitation_id)

    async def find(self, email: str) -> Invitation | None:
        """The invitation of an address, if it is still good."""
        good = (SignUpInvitationRow.email == email, SignUpInvitationRow.expires_at > datetime.now(UTC))
        found = (await self._session.execute(_INVITATIONS.where(*good))).one_or_none()
        return _invitation(*found) if found else None

    async def page(self, *, after: str | None, limit: int) -> Page[Invitation]:
        """In order of addresses. Raises InvalidCursor."""
        query = _INVITATIONS.order_by(SignUpInvitationRow.email)
        if after is not None:
            query = query.where(SignUpInvitationRow.email > decode_cursor(after, str)[0])
        rows = (await self._session.execute(query.limit(limit + 1))).all()
        shown = [_invitation(*row) for row in rows[:limit]]
        more = encode_cursor(shown[-1].email) if len(rows) > limit else None
        return Page(items=shown, next=more)

    async def renew(self, invitation_id: UUID) -> Invitation:
        """Let it expire later. Raises InvitationNotFound."""
        expires_at = datetime.now(UTC) + INVITATION_TTL
        query = update(SignUpInvitationRow).where(SignUpInvitationRow.id == invitation_id).values(expires_at=expires_at)
        await self._session.execute(query)
        return await self.get(invitation_id)

    async def accept(self, email: str) -> AcceptedInvitation | None:
        """Delete and return the invitation of an address, if it is still good. Of several concurrent callers only one gets it."""
        good = (SignUpInvitationRow.email == email, SignUpInvitationRow.expires_at > datetime.now(UTC))
        query = delete(SignUpInvitationRow).where(*good).returning(SignUpInvitationRow.role_id)
        found = (await self._session.execute(query)).one_or_none()
        return AcceptedInvitation(*found) if found else None

    async def remove(self, invitation_id: UUID) -> None:
        await self._session.execute(delete(SignUpInvitationRow).where(SignUpInvitationRow.id == invitation_id))

    async def prune(self, *, expired_before: datetime) -> None:
        await self._session.execute(delete(SignUpInvitationRow).where(SignUpInvitationRow.expires_at < expired_before))

    async def _one(self, condition: ColumnElement[bool]) -> Invitation:
        found = (await self._session.execute(_INVITATIONS.where(condition))).one_or_none()
        if found is None:
            raise InvitationNotFound("There is no such invitation; it was accepted or withdrawn")
        return _invitation(*found)


def _invitation(row: SignUpInvitationRow, role: str | None) -> Invitation:
    return Invitation(
        id=row.id,
        email=row.email,
        name=row.name,
        role=role,
        invited_by=row.invited_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        is_expired=row.expires_at <= datetime.now(UTC),
    )
