"""Changes of packages beside pushes: deletions, tags and versions.

Like a push, a change holds no database connection while it works on S3. It reads the package and its version, changes the
pointers, and adds or removes the rows if the package still has that version; if not, it begins again. One that ends early
is completed by repeating it.
"""

from packaging.version import InvalidVersion, Version

from registry.quilt2.db.events import EventStore
from registry.quilt2.db.instances import Instance, InstanceStore
from registry.quilt2.db.packages import Quilt2Package, Quilt2PackageStore
from registry.quilt2.db.tags_versions import TagVersionStore
from registry.quilt2.errors import AlreadyThere, Quilt2PackageNotFound
from registry.quilt2.events import Event
from registry.quilt2.package_locks import PackageLocks
from registry.quilt2.services import manifests
from registry.quilt2.services.callers import Quilt2Caller, readable, require_owner
from registry.quilt2.services.instance_writer import retry_conflicts
from registry.settings import TEAM, Quilt2Settings
from shared.aws.objects import ObjectStore
from shared.db.engine import AsyncSession, Sessions, transaction
from shared.errors import Invalid, OwnerOnly
from shared.quilt.keys import LATEST

MAX_TAG = 64
"""Characters of a tag, and of a version as it is typed."""


class PackageChangeService:
    def __init__(self, sessions: Sessions, objects: ObjectStore, settings: Quilt2Settings, locks: PackageLocks) -> None:
        self._sessions = sessions
        self._objects = objects
        self._settings = settings
        self._locks = locks

    async def delete(self, caller: Quilt2Caller, owner: str, name: str) -> None:
        require_owner(caller, owner, "delete packages")
        async with self._locks.lock_of(owner, name):
            await retry_conflicts(self._delete, caller, owner, name)

    async def _delete(self, caller: Quilt2Caller, owner: str, name: str) -> None:
        async with transaction(self._sessions) as session:
            package = await Quilt2PackageStore(session).find(owner, name)
        if package is None:
            raise Quilt2PackageNotFound(f"Package {owner}/{name} does not exist")
        # The row that says who may read the package goes last: pointers without it are seen by all who read the bucket.
        await manifests.remove_all_pointers(self._objects, self._settings.bucket, package.full_name)
        async with transaction(self._sessions) as session:
            packages = Quilt2PackageStore(session)
            await packages.mark_changed(package)
            await EventStore(session).add([Event("DELETE", owner, name, caller.name)])
            await packages.remove(package)

    async def put_tag(self, caller: Quilt2Caller, owner: str, name: str, tag: str, package_hash: str) -> None:
        if caller.name != owner and not self._settings.team:
            raise OwnerOnly("Only the package owner can modify tags")
        if len(tag) > MAX_TAG:
            raise Invalid(f"A tag has at most {MAX_TAG} characters")
        async with self._locks.lock_of(owner, name):
            await retry_conflicts(self._put_tag, caller, owner, name, tag, package_hash)

    async def _put_tag(self, caller: Quilt2Caller, owner: str, name: str, tag: str, package_hash: str) -> None:
        async with transaction(self._sessions) as session:
            package, instance = await _find_instance(session, owner, name, package_hash)
        if caller.name != owner and TEAM not in package.users:
            raise OwnerOnly("Only the package owner can modify tags")
        if tag == LATEST and instance.top_hash:
            bucket, by = self._settings.bucket, str(caller.name)
            await manifests.write_pointer(
                self._objects, bucket, package.full_name, LATEST, instance.top_hash, author=by
            )
        async with transaction(self._sessions) as session:
            await Quilt2PackageStore(session).mark_changed(package)
            await TagVersionStore(session).tag(package, tag, instance.id)

    async def remove_tag(self, caller: Quilt2Caller, owner: str, name: str, tag: str) -> None:
        """The pointer `latest` stays when the tag `latest` goes."""
        require_owner(caller, owner, "delete tags")
        async with self._locks.lock_of(owner, name):
            await retry_conflicts(self._remove_tag, caller, owner, name, tag)

    async def _remove_tag(self, caller: Quilt2Caller, owner: str, name: str, tag: str) -> None:
        async with transaction(self._sessions) as session:
            packages = Quilt2PackageStore(session)
            package = await readable(packages, caller, owner, name)
            if not await TagVersionStore(session).untag(package, tag):
                raise Quilt2PackageNotFound("Package tag does not exist")
            await packages.mark_changed(package)

    async def put_version(self, caller: Quilt2Caller, owner: str, name: str, typed: str, package_hash: str) -> None:
        require_owner(caller, owner, "create versions")
        normal = normal_version(typed)
        async with self._locks.lock_of(owner, name), transaction(self._sessions) as session:
            package, instance = await _find_instance(session, owner, name, package_hash)
            if not await Quilt2PackageStore(session).hold(package):
                raise Quilt2PackageNotFound(f"Package {owner}/{name} does not exist")
            if not await TagVersionStore(session).add_version(package, normal, typed, instance.id):
                raise AlreadyThere("Version already exists")


async def _find_instance(
    session: AsyncSession, owner: str, name: str, package_hash: str
) -> tuple[Quilt2Package, Instance]:
    package = await Quilt2PackageStore(session).find(owner, name)
    instance = await InstanceStore(session).find(package, package_hash) if package else None
    if package is None or instance is None:
        raise Quilt2PackageNotFound("Package hash does not exist")
    return package, instance


def normal_version(typed: str) -> str:
    """The version in PEP 440's normal form. Raises Invalid."""
    try:
        normal = str(Version(typed))
    except InvalidVersion as error:
        raise Invalid("Malformed version") from error
    if len(typed) > MAX_TAG:
        raise Invalid("Malformed version")
    return normal
