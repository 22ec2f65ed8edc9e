"""People of a Quilt 2 registry, with their passwords' hashes."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel

from auth.db.stores import Stores
from auth.passwords import parse_legacy
from auth.services.audit import record
from shared.schemas.user import Email, UserName


def _known_hash(hashed: str) -> str:
    if hashed and parse_legacy(hashed) is None:
        raise ValueError("This is no hash of Quilt 2")
    return hashed


class QuiltUser(BaseModel):
    """A row of Quilt 2's table `user`; other columns are ignored."""

    name: UserName
    email: Email
    password: Annotated[str, AfterValidator(_known_hash)] = ""
    is_admin: bool = False
    is_active: bool = True


async def import_users(stores: Stores, lines: Iterable[str]) -> tuple[int, int]:
    """All or none; how many were made, and how many were there already. Raises ValidationError for what is no user."""
    default = await stores.roles.default()
    made = present = 0
    for line in lines:
        if not line.strip():
            continue
        user = QuiltUser.model_validate_json(line)
        if await stores.users.find_account(user.name) or await stores.users.find_account(user.email):
            present += 1
            continue
        user_id = await stores.users.add(
            name=user.name, email=user.email, password=user.password or None, is_admin=user.is_admin
        )
        if not user.is_active:
            await stores.users.set_active(user_id, active=False)
        await stores.users.set_roles(user_id, [default] if default else [], default)
        await record(stores, "Users.Import", f"user:{user.name}", is_admin=user.is_admin)
        made += 1
    return made, present
