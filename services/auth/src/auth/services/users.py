"""Administration of people."""

from collections.abc import Sequence
from uuid import UUID

from auth.db.stores import Stores
from auth.errors import LastAdministrator, UnknownRole, WeakPassword
from auth.passwords import Hasher
from auth.settings import MIN_PASSWORD
from shared.schemas.user import RolesSet, User, UserCreate


class UserService:
    def __init__(self, stores: Stores, hasher: Hasher) -> None:
        self._stores = stores
        self._hasher = hasher

    async def create(self, new: UserCreate) -> User:
        hashed = await self._hash(new.password) if new.password is not None else None
        role_ids = await self._role_ids(new.roles)
        user_id = await self._stores.users.add(name=new.name, email=new.email, password=hashed, is_admin=new.is_admin)
        await self._stores.users.set_roles(user_id, role_ids, role_ids[0] if role_ids else None)
        return await self._stores.users.get_by_id(user_id)

    async def enable(self, name: str) -> User:
        user = await self._stores.users.get(name)
        await self._stores.users.set_active(user.id, active=True)
        return await self._stores.users.get_by_id(user.id)

    async def disable(self, name: str) -> User:
        user = await self._stores.users.get(name)
        if await self._stores.users.lock_administrators() == {user.id}:
            raise LastAdministrator(f"{name} is the last active administrator")
        await self._stores.users.set_active(user.id, active=False)
        return await self._end_sessions(user.id)

    async def set_password(self, name: str, password: str) -> User:
        """Ends the user's sessions: whoever has to be given a new password may have lost the old one."""
        user = await self._stores.users.get(name)
        await self._stores.users.set_password(user.id, await self._hash(password))
        return await self._end_sessions(user.id)

    async def set_roles(self, name: str, wanted: RolesSet) -> User:
        user = await self._stores.users.get(name)
        role_ids = await self._role_ids(wanted.roles)
        active = wanted.active or (wanted.roles[0] if wanted.roles else None)
        if active is not None and active not in wanted.roles:
            raise UnknownRole(f"{active} is not one of the roles")
        active_id = dict(zip(dict.fromkeys(wanted.roles), role_ids, strict=True))[active] if active else None
        await self._stores.alone(f"roles of {user.id}")
        await self._stores.users.set_roles(user.id, role_ids, active_id)
        await self._stores.revocations.add(f"user:{user.id}")
        return await self._stores.users.get_by_id(user.id)

    async def switch_role(self, user_id: UUID, role: str) -> User:
        """Act under another of one's own roles."""
        await self._stores.alone(f"roles of {user_id}")
        user = await self._stores.users.get_by_id(user_id)
        return await self.set_roles(user.name, RolesSet(roles=user.roles, active=role))

    async def _end_sessions(self, user_id: UUID) -> User:
        await self._stores.sessions.revoke_all(user_id)
        await self._stores.revocations.add(f"user:{user_id}")
        return await self._stores.users.get_by_id(user_id)

    async def _hash(self, password: str) -> str:
        if len(password) < MIN_PASSWORD:
            raise WeakPassword(WeakPassword.title())
        return await self._hasher.hash(password)

    async def _role_ids(self, names: Sequence[str] | None) -> list[UUID]:
        """In the given order, without repetitions; None means the default role."""
        if names is None:
            default = await self._stores.roles.default()
            return [default] if default else []
        known = await self._stores.roles.ids(names)
        missing = [name for name in names if name not in known]
        if missing:
            raise UnknownRole(f"No such role: {', '.join(missing)}")
        return [known[name] for name in dict.fromkeys(names)]
