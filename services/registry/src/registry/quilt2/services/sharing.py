"""Readers of packages, invitations to them, and comments on them."""

import re
from typing import Any

from registry.quilt2.db.packages import Quilt2Package, Quilt2PackageStore
from registry.quilt2.db.people import CommentStore, InvitationStore, Quilt2Comment, Quilt2Invitation, UnknownReaders
from registry.quilt2.errors import AlreadyThere, OwnerKeepsAccess, Quilt2PackageNotFound, SharingOff
from registry.quilt2.package_locks import PackageLocks
from registry.quilt2.services.callers import Quilt2Caller, flags, readable, require_owner
from registry.settings import PUBLIC, TEAM, Quilt2Settings
from shared.clients.auth import UserDirectory
from shared.db.engine import AsyncSession
from shared.errors import Invalid, NotFound, Unauthenticated
from shared.schemas.letter import PackageLetter
from shared.schemas.user import MAX_USER_NAME, USER_NAME_PATTERN, USER_NAME_REFUSAL, parse_email

MAX_COMMENT = 10_240
_USER = re.compile(USER_NAME_PATTERN)

Json = dict[str, Any]


class SharingService:
    def __init__(
        self,
        session: AsyncSession,
        settings: Quilt2Settings,
        directory: UserDirectory,
        locks: PackageLocks,
        letters: list[PackageLetter],
    ) -> None:
        """`letters` collects the letters that are posted after the commit."""
        self._locks = locks
        self._letters = letters
        self._settings = settings
        self._directory = directory
        self._packages = Quilt2PackageStore(session)
        self._invitations = InvitationStore(session)
        self._unknown_readers = UnknownReaders(session)
        self._comments = CommentStore(session)

    async def users(self, caller: Quilt2Caller, owner: str, name: str) -> Json:
        package = await readable(self._packages, caller, owner, name)
        return {"users": sorted(await self._named_readers(package))}

    async def require_access(self, caller: Quilt2Caller, owner: str, name: str, user: str) -> None:
        _require_user(user)
        require_owner(caller, owner, "view access")
        if user not in await self._named_readers(await self._own(owner, name)):
            raise _no_package(owner, name)

    async def grant(self, caller: Quilt2Caller, owner: str, name: str, user: str) -> None:
        """Give access to a user, or invite an email address. The answer does not depend on whether there is such a user."""
        require_owner(caller, owner, "grant access")
        async with self._locks.lock_of(owner, name):
            package = await self._packages.lock(owner, name)
            if package is None or package.is_reserved:
                raise _no_package(owner, name)
            await self._grant(caller, package, user)

    async def _grant(self, caller: Quilt2Caller, package: Quilt2Package, user: str) -> None:
        if "@" in user:
            await self._invite(package, _parse_email(user), str(caller.name))
            return
        _require_user(user)
        if user == PUBLIC and not self._settings.anonymous:
            raise SharingOff("Public access not allowed")
        if user == TEAM and not self._settings.team:
            raise SharingOff("Team access not allowed")
        if user in await self._named_readers(package):
            raise AlreadyThere("The user already has access")
        if user in {PUBLIC, TEAM} or await self._has_account(user):
            await self._packages.grant(package, user)
        else:
            await self._unknown_readers.add(package, user)

    async def _invite(self, package: Quilt2Package, email: str, by: str) -> None:
        """Only the first invitation to an address is mailed."""
        invited = {each.email for each in await self._invitations.all(package=package)}
        await self._invitations.add(package, email)
        if email not in invited:
            self._letters.append(PackageLetter(kind="shared", package=package.full_name, by=by, email=email))

    async def revoke(self, caller: Quilt2Caller, owner: str, name: str, user: str) -> None:
        _require_user(user)
        require_owner(caller, owner, "revoke access")
        if user == owner:
            raise OwnerKeepsAccess("Cannot revoke the owner's access")
        package = await self._own(owner, name)
        had_access = await self._packages.revoke(package, user)
        if not (await self._unknown_readers.remove(package, user) or had_access):
            raise _no_package(owner, name)

    async def own_invitations(self, caller: Quilt2Caller) -> Json:
        if caller.user_id is None:
            raise Unauthenticated("Not logged in")
        email = (await self._directory.user(caller.user_id)).email.lower()
        return {"invitations": [_invitation(each) for each in await self._invitations.all(email=email)]}

    async def invitations(self, caller: Quilt2Caller, owner: str, name: str) -> Json:
        package = await readable(self._packages, caller, owner, name)
        return {"invitations": [_invitation(each) for each in await self._invitations.all(package=package)]}

    async def profile(self, caller: Quilt2Caller, *, is_admin: bool) -> Json:
        """The caller's profile. Reading it turns their invitations into access."""
        assert caller.user_id is not None  # noqa: S101 – of somebody who has signed in
        user = str(caller.name)
        email = (await self._directory.user(caller.user_id)).email.lower()
        for each in await self._invitations.all(email=email):
            package = await self._packages.find(each.owner, each.package)
            if package and await self._packages.hold(package):
                await self._packages.grant(package, user)
        await self._invitations.remove(email)
        own = await self._packages.of_owner(user, caller.readers)
        shared = await self._packages.shared_with(user, caller.readers)
        return {
            "packages": {"own": [_listed(each) for each in own], "shared": [_listed(each) for each in shared]},
            "plan": None,
            "have_credit_card": None,
            "is_admin": is_admin,
        }

    async def comment(self, caller: Quilt2Caller, owner: str, name: str, contents: str) -> Json:
        package = await readable(self._packages, caller, owner, name)
        if not await self._packages.hold(package):
            raise _no_package(owner, name)
        by = str(caller.name)
        made = await self._comments.add(package, by, contents)
        self._letters.append(PackageLetter(kind="comment", package=package.full_name, by=by))
        return {"comment": _comment(made)}

    async def comments(self, caller: Quilt2Caller, owner: str, name: str) -> Json:
        package = await readable(self._packages, caller, owner, name)
        return {"comments": [_comment(each) for each in await self._comments.all(package)]}

    async def _own(self, owner: str, name: str) -> Quilt2Package:
        package = await self._packages.find(owner, name)
        if package is None:
            raise _no_package(owner, name)
        return package

    async def _named_readers(self, package: Quilt2Package) -> frozenset[str]:
        """Readers as the owner named them, whether or not there are such users."""
        return package.users | await self._unknown_readers.names(package)

    async def _has_account(self, user: str) -> bool:
        try:
            await self._directory.user_named(user)
        except NotFound:
            return False
        return True


def _no_package(owner: str, name: str) -> Quilt2PackageNotFound:
    return Quilt2PackageNotFound(f"Package {owner}/{name} does not exist")


def _parse_email(text: str) -> str:
    try:
        return parse_email(text)
    except ValueError as error:
        raise Invalid("Invalid email.") from error


def _require_user(user: str) -> None:
    if not _USER.fullmatch(user) or len(user) > MAX_USER_NAME:
        raise Invalid(USER_NAME_REFUSAL)


def _listed(package: Quilt2Package) -> Json:
    return {"owner": package.owner, "name": package.name, **flags(package)}


def _invitation(each: Quilt2Invitation) -> Json:
    return {
        "invitation_id": each.invitation_id,
        "owner": each.owner,
        "package": each.package,
        "email": each.email,
        "invited_at": each.invited_at.isoformat(),
    }


def _comment(each: Quilt2Comment) -> Json:
    return {
        "id": f"{each.id:016x}",
        "author": each.author,
        "created": each.created.timestamp(),
        "contents": each.contents,
    }
