"""Roles and administrator of a new installation. Repeating it changes nothing; a lock excludes other replicas."""

from uuid import UUID

import structlog

from auth.db.stores import Stores
from auth.passwords import Hasher, require_good
from auth.services.audit import record
from auth.settings import AuthSettings
from shared.schemas.principal import EVERY_BUCKET, Level
from shared.schemas.user import UserCreate

ADMINISTRATORS = "ReadWriteAll"
EVERYONE = "ReadAll"

log = structlog.get_logger()


async def seed(stores: Stores, hasher: Hasher, settings: AuthSettings) -> None:
    """Make the roles if there are none, and the first administrator if there is no user."""
    await stores.lock("seed")
    if not await stores.roles.any():
        await _add_role(stores, ADMINISTRATORS, Level.READ_WRITE)
        readers = await _add_role(stores, EVERYONE, Level.READ)
        if settings.default_role == EVERYONE:
            await stores.roles.set_default(readers)
    if await stores.users.any():
        return
    admin = settings.admin
    if admin is None:
        log.warning("no_administrator", hint="set AUTH_ADMIN__*, or run python -m auth.cli create-user --admin")
        return
    password = admin.password.get_secret_value()
    valid = UserCreate(name=admin.name, email=admin.email, password=password)
    if settings.profile == "production":
        require_good(password, valid.name, valid.email)
    # Not through UserService, which refuses the short password of the development profile.
    user_id = await stores.users.add(
        name=valid.name, email=valid.email, password=await hasher.hash(password), is_admin=True
    )
    roles = await stores.roles.ids_of_names([ADMINISTRATORS, EVERYONE])
    active = roles.get(ADMINISTRATORS) or roles.get(EVERYONE)
    await stores.users.set_roles(user_id, list(roles.values()), active)
    await record(stores, "Users.Create", f"user:{valid.name}", is_admin=True)
    log.info("administrator_created", user_id=str(user_id))


async def _add_role(stores: Stores, name: str, level: Level) -> UUID:
    """Make a role, with a policy of the same name, for every bucket."""
    return await stores.roles.add(name, [await stores.policies.add(name, {EVERY_BUCKET: level})])
