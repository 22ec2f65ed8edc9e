"""Packages of Quilt 2, what points into them, and what is shown of them."""

import asyncio
from typing import Any

import orjson
from packaging.version import InvalidVersion, Version

from registry.quilt2.db.events import EventStore
from registry.quilt2.db.instances import Instance, InstanceStore
from registry.quilt2.db.packages import Quilt2Package, Quilt2PackageStore
from registry.quilt2.db.search import PackageSearchStore
from registry.quilt2.db.tags_versions import TagVersionStore
from registry.quilt2.errors import AlreadyThere, Quilt2PackageNotFound
from registry.quilt2.events import Event, EventQueue
from registry.quilt2.package_locks import PackageLocks
from registry.quilt2.services import manifests, trees
from registry.quilt2.services.callers import Quilt2Caller, flags, readable, require_owner
from registry.quilt2.services.installs import InstallService
from registry.settings import PUBLIC, TEAM, Quilt2Settings
from shared.aws.objects import ObjectStore
from shared.db.engine import AsyncSession
from shared.errors import Invalid, OwnerOnly
from shared.quilt.keys import LATEST

MAX_TAG = 64
_NO_HASH = "Package hash does not exist"

Shown = dict[str, Any]


class Quilt2PackageService:
    def __init__(
        self,
        session: AsyncSession,
        objects: ObjectStore,
        settings: Quilt2Settings,
        installs: InstallService,
        events: EventQueue,
        *,
        turns: PackageLocks,
    ) -> None:
        self._session = session
        self._objects = objects
        self._settings = settings
        self._installs = installs
        self._events = events
        self._turns = turns
        self._packages = Quilt2PackageStore(session)
        self._instances = InstanceStore(session)
        self._marks = TagVersionStore(session)

    async def hashes(self, caller: Quilt2Caller, owner: str, name: str) -> Shown:
        return {"hashes": await self._instances.hashes(await readable(self._packages, caller, owner, name))}

    async def delete(self, caller: Quilt2Caller, owner: str, name: str) -> None:
        require_owner(caller, owner, "delete packages")
        async with self._turns.lock_of(owner, name):
            package = await self._packages.lock(owner, name)
            if package is None:
                raise Quilt2PackageNotFound(f"Package {owner}/{name} does not exist")
            # The row last: from then on others wait for this to be committed.
            await manifests.unpoint(self._objects, self._settings.bucket, package.full_name)
            await EventStore(self._session).add([Event("DELETE", owner, name, caller.name)])
            await self._packages.remove(package)

    async def of_owner(self, caller: Quilt2Caller, owner: str) -> Shown:
        found = await self._packages.of_owner(owner, caller.readers)
        return {"packages": [{"name": each.name, **flags(each)} for each in found]}

    async def recent(self, count: int) -> Shown:
        if not (self._settings.anonymous or self._settings.team):
            raise OwnerOnly("Not allowed")
        found = await self._packages.recent(PUBLIC if self._settings.anonymous else TEAM, count)
        shown = [{"owner": each.owner, "name": each.name, "updated_at": when.isoformat()} for each, when in found]
        return {"packages": shown}

    async def search(self, caller: Quilt2Caller, query: str) -> Shown:
        hits = await PackageSearchStore(self._session).search(query.strip(), caller.readers)
        return {
            "packages": [
                {
                    "owner": each.owner,
                    "name": each.name,
                    "is_public": each.is_public,
                    "is_team": each.is_team,
                    "readme_preview": each.readme_preview,
                    "rank": each.rank,
                }
                for each in hits
            ]
        }

    async def preview(self, caller: Quilt2Caller, owner: str, name: str, package_hash: str) -> Shown:
        package = await self._packages.find(owner, name, caller.readers)
        instance = await self._instances.find(package, package_hash) if package else None
        if package is None or instance is None:
            raise Quilt2PackageNotFound(_NO_HASH)
        contents = await self._instances.contents(instance)
        nodes, types = await asyncio.to_thread(_previewed, contents)
        self._events.note(Event("PREVIEW", owner, name, caller.name, package_hash))
        readme = instance.readme_hash
        return {
            "preview": nodes,
            "readme_url": self._installs.url(owner, readme) if readme else None,
            "readme_preview": await self._instances.readme(owner, readme),
            **instance.signed.shown(),
            **flags(package, caller.readers),
            "total_size_uncompressed": instance.total_size,
            "file_types": types,
            "log_count": await self._marks.log_count(package),
        }

    async def logs(self, caller: Quilt2Caller, owner: str, name: str) -> Shown:
        package = await readable(self._packages, caller, owner, name)
        return {
            "logs": [
                {
                    "hash": each.hash,
                    "created": each.created.timestamp(),
                    "author": each.author,
                    "tags": each.tags,
                    "versions": each.versions,
                }
                for each in await self._marks.logs(package)
            ]
        }

    async def tags(self, caller: Quilt2Caller, owner: str, name: str) -> Shown:
        package = await readable(self._packages, caller, owner, name)
        return {"tags": [{"tag": tag, "hash": each} for tag, each in await self._marks.tags(package)]}

    async def tag(self, caller: Quilt2Caller, owner: str, name: str, tag: str) -> Shown:
        package = await readable(self._packages, caller, owner, name)
        instance = await self._marks.tagged(package, tag)
        if instance is None:
            raise Quilt2PackageNotFound(f"Tag '{tag}' does not exist")
        return {"hash": instance.hash, **instance.signed.shown(), **flags(package)}

    async def put_tag(self, caller: Quilt2Caller, owner: str, name: str, tag: str, package_hash: str) -> None:
        if caller.name != owner and not self._settings.team:
            raise OwnerOnly("Only the package owner can modify tags")
        if len(tag) > MAX_TAG:
            raise Invalid(f"A tag has at most {MAX_TAG} characters")
        async with self._turns.lock_of(owner, name):
            package, instance = await self._locked(owner, name, package_hash)
            if caller.name != owner and TEAM not in package.users:
                raise OwnerOnly("Only the package owner can modify tags")
            await self._marks.tag(package, tag, instance.id)
            if tag == LATEST and instance.top_hash:
                bucket, by, full_name = self._settings.bucket, str(caller.name), package.full_name
                await manifests.point(self._objects, bucket, full_name, instance.top_hash, author=by, is_push=False)

    async def remove_tag(self, caller: Quilt2Caller, owner: str, name: str, tag: str) -> None:
        require_owner(caller, owner, "delete tags")
        package = await readable(self._packages, caller, owner, name)
        if not await self._marks.untag(package, tag):
            raise Quilt2PackageNotFound("Package tag does not exist")

    async def versions(self, caller: Quilt2Caller, owner: str, name: str) -> Shown:
        package = await readable(self._packages, caller, owner, name)
        found = sorted(await self._marks.versions(package), key=lambda each: Version(each[0]))
        return {"versions": [{"version": typed, "hash": each} for _, typed, each in found]}

    async def version(self, caller: Quilt2Caller, owner: str, name: str, typed: str) -> Shown:
        normal = _normal(typed)
        package = await readable(self._packages, caller, owner, name)
        instance = await self._marks.version(package, normal)
        if instance is None:
            raise Quilt2PackageNotFound(f"Version {normal} does not exist")
        return {"hash": instance.hash, **instance.signed.shown()}

    async def put_version(self, caller: Quilt2Caller, owner: str, name: str, typed: str, package_hash: str) -> None:
        require_owner(caller, owner, "create versions")
        normal = _normal(typed)
        async with self._turns.lock_of(owner, name):
            package, instance = await self._locked(owner, name, package_hash)
            if not await self._marks.add_version(package, normal, typed, instance.id):
                raise AlreadyThere("Version already exists")

    async def _locked(self, owner: str, name: str, package_hash: str) -> tuple[Quilt2Package, Instance]:
        package = await self._packages.lock(owner, name)
        instance = await self._instances.find(package, package_hash) if package else None
        if package is None or instance is None:
            raise Quilt2PackageNotFound(_NO_HASH)
        return package, instance


def _previewed(contents: bytes) -> tuple[list[Any], dict[str, int]]:
    root = orjson.loads(contents)
    return trees.preview(root), trees.file_types(root)


def _normal(typed: str) -> str:
    try:
        normal = str(Version(typed))
    except InvalidVersion as error:
        raise Invalid("Malformed version") from error
    if len(typed) > MAX_TAG:
        raise Invalid("Malformed version")
    return normal
