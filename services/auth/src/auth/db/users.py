"""Users and their roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import IdentityRow, RoleRow, SecondFactorRow, SsoConfigRow, UserRoleRow, UserRow, table
from auth.errors import EmailTaken, NameTaken, UserNotFound
from shared.db.cursors import decode_cursor, encode_cursor
from shared.schemas.page import Page
from shared.schemas.user import User

# Built once: building a statement takes longer than running it.
_NOTE_LOGIN = (
    update(table(UserRow))
    .where(UserRow.id == bindparam("user"), UserRow.is_active)
    .values(last_login=bindparam("now"))
    .returning(UserRow.id)
)
_NOTE_PASSWORD_LOGIN = _NOTE_LOGIN.where(UserRow.password == bindparam("verified")).values(password=bindparam("kept"))


@dataclass(frozen=True, slots=True)
class Account:
    """A user as sign-in sees them."""

    user_id: UUID
    name: str
    email: str
    password: str | None
    is_active: bool
    is_pending: bool
    """They signed up and have not confirmed their address."""


class UserStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find_account(self, username: str) -> Account | None:
        """Find by name or by e-mail address, in any case."""
        wanted = username.strip().lower()
        column = UserRow.email if "@" in wanted else UserRow.name
        return _account(await self._session.scalar(select(UserRow).where(column == wanted)))

    async def find_by_id(self, user_id: UUID) -> Account | None:
        return _account(await self._session.get(UserRow, user_id, populate_existing=True))

    async def get(self, name: str) -> User:
        return await self._one(await self._session.scalar(select(UserRow).where(UserRow.name == name)))

    async def get_by_id(self, user_id: UUID) -> User:
        return await self._one(await self._session.get(UserRow, user_id))

    async def page(self, *, contains: str = "", role: str = "", after: str | None, limit: int) -> Page[User]:
        """Users by name. `contains`: part of their name or e-mail address; `role`: name of a role that they have."""
        query = select(UserRow).order_by(UserRow.name).limit(limit + 1)
        if contains:
            parts = (column.icontains(contains, autoescape=True) for column in (UserRow.name, UserRow.email))
            query = query.where(or_(*parts))
        if role:
            given = select(UserRoleRow.user_id).join(RoleRow, RoleRow.id == UserRoleRow.role_id)
            query = query.where(UserRow.id.in_(given.where(RoleRow.name == role)))
        if after:
            query = query.where(UserRow.name > decode_cursor(after, str)[0])
        rows = list(await self._session.scalars(query))
        more = encode_cursor(rows[limit - 1].name) if len(rows) > limit else None
        return Page(items=await self._users(rows[:limit]), next=more)

    async def any(self) -> bool:
        return bool(await self._session.scalar(select(exists().where(UserRow.id.is_not(None)))))

    async def add(
        self,
        *,
        name: str,
        email: str,
        password: str | None,
        is_admin: bool,
        password_proven: bool = False,
        pending_until: datetime | None = None,
        created_at: datetime | None = None,
        last_login: datetime | None = None,
    ) -> UUID:
        """Raises EmailTaken or NameTaken. `pending_until`: time at which an unconfirmed, inactive account is deleted."""
        row = UserRow(
            id=uuid4(),
            name=name,
            email=email,
            password=password,
            password_proven=password_proven,
            is_admin=is_admin,
            is_active=pending_until is None,
            created_at=created_at or datetime.now(UTC),
            last_login=last_login,
            pending_until=pending_until,
        )
        self._session.add(row)
        try:
            await self._session.flush()
        except IntegrityError as error:
            if "uq_user_email" in str(error.orig):
                raise EmailTaken(f"The e-mail address {email} is taken") from error
            raise NameTaken(f"The user name {name} is taken") from error
        return row.id

    async def set_roles(self, user_id: UUID, role_ids: Sequence[UUID], active: UUID | None) -> None:
        await self._session.execute(delete(UserRoleRow).where(UserRoleRow.user_id == user_id))
        rows = [{"user_id": user_id, "role_id": role_id, "active": role_id == active} for role_id in role_ids]
        if not rows:
            return
        try:
            await self._session.execute(insert(UserRoleRow), rows)
        except IntegrityError as error:
            if "fk_user_role_user_id" in str(error.orig):
                raise UserNotFound("No such user") from error
            raise

    async def set_password(self, user_id: UUID, hashed: str | None, *, is_proven: bool = False) -> None:
        """`is_proven`: it was set with a link that was mailed to the user's address."""
        changes = {"password": hashed, "password_proven": is_proven}
        await self._session.execute(update(UserRow).where(UserRow.id == user_id).values(changes))

    async def remove_unproven_password(self, user_id: UUID) -> bool:
        """Remove a password that was not set with a link to the user's address; false if there is none."""
        unproven = UserRow.password.is_not(None), UserRow.password_proven.is_(False)
        query = update(UserRow).where(UserRow.id == user_id, *unproven).values(password=None)
        return (await self._session.execute(query.returning(UserRow.id))).one_or_none() is not None

    async def replace_password(self, user_id: UUID, old: str | None, hashed: str) -> bool:
        """False if the password is no longer `old`."""
        query = update(UserRow).where(UserRow.id == user_id, UserRow.password == old).values(password=hashed)
        return (await self._session.execute(query.returning(UserRow.id))).one_or_none() is not None

    async def set_active(self, user_id: UUID, *, active: bool) -> None:
        """Enable or disable; either way a pending account counts as confirmed, because an administrator decided."""
        changes = {"is_active": active, "pending_until": None}
        await self._session.execute(update(UserRow).where(UserRow.id == user_id).values(changes))

    async def set_admin(self, user_id: UUID, *, admin: bool) -> None:
        await self._session.execute(update(UserRow).where(UserRow.id == user_id).values(is_admin=admin))

    async def set_email(self, user_id: UUID, email: str) -> None:
        try:
            changes = {"email": email, "password_proven": False}
            await self._session.execute(update(UserRow).where(UserRow.id == user_id).values(changes))
        except IntegrityError as error:
            raise EmailTaken(f"The e-mail address {email} is taken") from error

    async def remove_pending(self, user_id: UUID) -> bool:
        """False if the address was confirmed, so that the account is no longer pending."""
        query = delete(UserRow).where(UserRow.id == user_id, UserRow.pending_until.is_not(None))
        return (await self._session.execute(query.returning(UserRow.id))).one_or_none() is not None

    async def remove(self, user_id: UUID) -> None:
        await self._session.execute(delete(UserRow).where(UserRow.id == user_id))

    async def note_login(self, user_id: UUID) -> bool:
        """False if the user was disabled or deleted. Locks the row, so that disabling waits for this transaction."""
        noted = await self._session.execute(_NOTE_LOGIN, {"user": user_id, "now": datetime.now(UTC)})
        return noted.one_or_none() is not None

    async def note_password_login(self, user_id: UUID, verified: str, kept: str) -> bool:
        """Like `note_login`, but also false if the password is no longer `verified`. Stores the hash `kept`."""
        values = {"user": user_id, "now": datetime.now(UTC), "verified": verified, "kept": kept}
        return (await self._session.execute(_NOTE_PASSWORD_LOGIN, values)).one_or_none() is not None

    async def activate(self, user_id: UUID) -> None:
        """Confirm the address of a pending account."""
        changes = {"is_active": True, "pending_until": None}
        await self._session.execute(update(UserRow).where(UserRow.id == user_id).values(changes))

    async def prune_pending(self) -> None:
        await self._session.execute(delete(UserRow).where(UserRow.pending_until < datetime.now(UTC)))

    async def administrators(self) -> list[User]:
        """Active administrators, by name."""
        query = select(UserRow).where(UserRow.is_admin, UserRow.is_active).order_by(UserRow.name)
        return await self._users(list(await self._session.scalars(query)))

    async def lock_administrators(self) -> set[UUID]:
        """Lock the active administrators until the transaction ends; they can still sign in."""
        query = select(UserRow.id).where(UserRow.is_admin, UserRow.is_active).order_by(UserRow.id)
        return set(await self._session.scalars(query.with_for_update(key_share=True)))

    async def _one(self, row: UserRow | None) -> User:
        if row is None:
            raise UserNotFound("No such user")
        return (await self._users([row]))[0]

    async def _users(self, rows: Sequence[UserRow]) -> list[User]:
        query = (
            select(UserRoleRow.user_id, RoleRow.name, UserRoleRow.active)
            .join(RoleRow, RoleRow.id == UserRoleRow.role_id)
            .where(UserRoleRow.user_id.in_([row.id for row in rows]))
            .order_by(RoleRow.name)
        )
        roles: dict[UUID, list[str]] = {}
        active: dict[UUID, str] = {}
        for user_id, name, is_active in await self._session.execute(query):
            roles.setdefault(user_id, []).append(name)
            if is_active:
                active[user_id] = name
        with_identity = select(IdentityRow.user_id).where(IdentityRow.user_id.in_([row.id for row in rows]))
        known = set(await self._session.scalars(with_identity))
        with_factor = select(SecondFactorRow.user_id).where(
            SecondFactorRow.user_id.in_([row.id for row in rows]), SecondFactorRow.confirmed_at.is_not(None)
        )
        protected = set(await self._session.scalars(with_factor))
        latest = select(SsoConfigRow.text).order_by(SsoConfigRow.version.desc()).limit(1)
        governed = known and await self._session.scalar(latest)
        return [
            User(
                id=row.id,
                name=row.name,
                email=row.email,
                is_admin=row.is_admin,
                is_active=row.is_active,
                role=active.get(row.id),
                roles=roles.get(row.id, []),
                is_sso_only=row.password is None and row.id in known,
                is_governed=row.id in known and bool(governed),
                has_second_factor=row.id in protected,
                created_at=row.created_at,
                last_login=row.last_login,
            )
            for row in rows
        ]


def _account(row: UserRow | None) -> Account | None:
    if row is None:
        return None
    return Account(row.id, row.name, row.email, row.password, row.is_active, row.pending_until is not None)
