"""Import of the users of a Quilt 2 registry, with the hashes of their passwords."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError

from auth.db.stores import Stores
from auth.passwords import parse_legacy
from auth.services.audit import record
from shared.schemas.imports import Arrival, Incomer
from shared.schemas.user import MAX_EMAIL, UserName

ImportedEmail = Annotated[
    str, StringConstraints(max_length=MAX_EMAIL, to_lower=True, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")
]
"""An address as Quilt 2 accepted it. Its owner signs in with it, even if no mail can be sent to it."""


def _known_hash(hashed: str) -> str:
    if hashed and parse_legacy(hashed) is None:
        raise ValueError("The hash is not one of Quilt 2")
    return hashed


class ImportedUser(BaseModel):
    """A row of Quilt 2's table `user`; other columns are ignored."""

    name: UserName
    email: ImportedEmail
    password: Annotated[str, AfterValidator(_known_hash)] = ""
    is_admin: bool = False
    is_active: bool = True
    date_joined: datetime | None = None
    last_login: datetime | None = None


async def import_users(stores: Stores, lines: Iterable[str]) -> tuple[int, int]:
    """Import all lines or none; returns how many users were made, and how many exist already. Raises ValidationError."""
    made = present = 0
    for line in lines:
        if not line.strip():
            continue
        user = ImportedUser.model_validate_json(line)
        if await stores.users.find_account(user.name) or await stores.users.find_account(user.email):
            present += 1
            continue
        await _add(stores, user)
        made += 1
    return made, present


async def import_user(stores: Stores, given: Incomer, *, dry_run: bool) -> Arrival:
    """Import one user. A user who cannot be imported is left out, and the answer says why."""
    raw, reason = given.model_dump(), ""
    if given.password and parse_legacy(given.password) is None:
        raw["password"], reason = "", "The hash of their password is of an unknown kind: they must reset it"
    try:
        user = ImportedUser.model_validate(raw)
    except ValidationError as error:
        return Arrival(name=given.name, state="left", reason=_why_not(given, error))
    named, addressed = [await stores.users.find_account(each) for each in (user.name, user.email)]
    if named and addressed and named.user_id == addressed.user_id and not named.is_pending:
        return Arrival(name=user.name, state="done")
    if named:
        return Arrival(name=user.name, state="left", reason="There is another account of that name here")
    if addressed:
        reason = f"The account {addressed.name} here has their e-mail address"
        return Arrival(name=user.name, state="left", reason=reason)
    if not dry_run:
        await _add(stores, user)
    return Arrival(name=user.name, state="done", reason=reason)


async def _add(stores: Stores, user: ImportedUser) -> None:
    default = await stores.roles.find_default_id()
    user_id = await stores.users.add(
        name=user.name,
        email=user.email,
        password=user.password or None,
        is_admin=user.is_admin,
        created_at=user.date_joined,
        last_login=user.last_login,
    )
    if not user.is_active:
        await stores.users.set_active(user_id, active=False)
    await stores.users.set_roles(user_id, [default] if default else [], default)
    await record(stores, "Users.Import", f"user:{user.name}", is_admin=user.is_admin)


def _why_not(given: Incomer, error: ValidationError) -> str:
    field = str(error.errors()[0]["loc"][0])
    if field == "name":
        return "Names of people have lower-case letters, digits, `_` and `-`, and some are reserved"
    return "They have no e-mail address" if not given.email.strip() else "Their e-mail address is malformed"
