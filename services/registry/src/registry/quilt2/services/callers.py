"""Callers of Quilt 2's routes, and the checks of their rights."""

from dataclasses import dataclass
from uuid import UUID

from registry.quilt2.db.packages import Quilt2Package, Quilt2PackageStore
from registry.quilt2.errors import Quilt2PackageNotFound
from registry.settings import PUBLIC, TEAM, Quilt2Settings
from shared.errors import OwnerOnly


@dataclass(frozen=True, slots=True)
class Quilt2Caller:
    """A caller; one who has not signed in has neither name nor id."""

    name: str | None
    user_id: UUID | None
    readers: frozenset[str]
    """The caller's name, `public` and `team`, as far as the settings allow them."""


def caller(name: str | None, user_id: UUID | None, settings: Quilt2Settings) -> Quilt2Caller:
    return Quilt2Caller(name, user_id, settings.readers(name))


async def readable(packages: Quilt2PackageStore, caller: Quilt2Caller, owner: str, name: str) -> Quilt2Package:
    """The package, if the caller may read it. Raises Quilt2PackageNotFound."""
    package = await packages.find(owner, name, caller.readers)
    if package is None:
        hint = "" if caller.name else " (do you need to log in?)"
        raise Quilt2PackageNotFound(f"Package {owner}/{name} does not exist{hint}")
    return package


def require_owner(caller: Quilt2Caller, owner: str, what: str) -> None:
    if caller.name != owner:
        raise OwnerOnly(f"Only the package owner can {what}")


def flags(package: Quilt2Package, readers: frozenset[str] | None = None) -> dict[str, bool]:
    """The client's flags of a package, from those of its readers that apply to the caller."""
    users = package.users if readers is None else package.users & readers
    return {"is_public": PUBLIC in users, "is_team": TEAM in users}
