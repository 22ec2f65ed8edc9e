"""What a new installation starts with; harmless to repeat, once for all replicas."""

import structlog

from auth.db.stores import Stores
from auth.passwords import Hasher
from auth.settings import AdminSettings
from shared.schemas.principal import EVERY_BUCKET, Level
from shared.schemas.user import UserCreate

ADMINISTRATORS = "ReadWriteAll"
EVERYONE = "ReadAll"

log = structlog.get_logger()


async def seed(stores: Stores, hasher: Hasher, admin: AdminSettings | None) -> None:
    """Roles when there are none, the first administrator when there is no user."""
    await stores.alone("seed")
    if not await stores.roles.any():
        await stores.roles.add(ADMINISTRATORS, {EVERY_BUCKET: Level.READ_WRITE})
        await stores.roles.add(EVERYONE, {EVERY_BUCKET: Level.READ}, is_default=True)
    if await stores.users.any():
        return
    if admin is None:
        log.warning("no_administrator", hint="set AUTH_ADMIN__*, or run python -m auth.cli create-user --admin")
        return
    password = admin.password.get_secret_value()
    valid = UserCreate(name=admin.name, email=admin.email, password=password)
    # Not through UserService: the development profile's password may be short (see Settings).
    user_id = await stores.users.add(
        name=valid.name, email=valid.email, password=await hasher.hash(password), is_admin=True
    )
    roles = await stores.roles.ids([ADMINISTRATORS, EVERYONE])
    active = roles.get(ADMINISTRATORS) or roles.get(EVERYONE)
    await stores.users.set_roles(user_id, list(roles.values()), active)
    log.info("administrator_created", user_id=str(user_id))
