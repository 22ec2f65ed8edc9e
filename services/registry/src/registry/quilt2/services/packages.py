"""Reads of packages: listings, previews, logs, tags and versions, as the client's JSON."""

import asyncio
from typing import Any

import orjson
from packaging.version import Version

from registry.quilt2.db.instances import InstanceStore
from registry.quilt2.db.packages import Quilt2PackageStore
from registry.quilt2.db.search import PackageSearchStore
from registry.quilt2.db.tags_versions import TagVersionStore
from registry.quilt2.errors import Quilt2PackageNotFound
from registry.quilt2.events import Event, EventQueue
from registry.quilt2.services import trees
from registry.quilt2.services.callers import Quilt2Caller, flags, readable
from registry.quilt2.services.installs import InstallService
from registry.quilt2.services.package_changes import normal_version
from registry.settings import PUBLIC, TEAM, Quilt2Settings
from shared.db.engine import AsyncSession
from shared.errors import OwnerOnly

_NO_HASH = "Package hash does not exist"

Json = dict[str, Any]


class Quilt2PackageService:
    def __init__(
        self,
        session: AsyncSession,
        settings: Quilt2Settings,
        installs: InstallService,
        events: EventQueue,
    ) -> None:
        self._session = session
        self._settings = settings
        self._installs = installs
        self._events = events
        self._packages = Quilt2PackageStore(session)
        self._instances = InstanceStore(session)
        self._tags = TagVersionStore(session)

    async def hashes(self, caller: Quilt2Caller, owner: str, name: str) -> Json:
        return {"hashes": await self._instances.hashes(await readable(self._packages, caller, owner, name))}

    async def of_owner(self, caller: Quilt2Caller, owner: str) -> Json:
        found = await self._packages.of_owner(owner, caller.readers)
        return {"packages": [{"name": each.name, **flags(each)} for each in found]}

    async def recent(self, count: int) -> Json:
        if not (self._settings.anonymous or self._settings.team):
            raise OwnerOnly("Not allowed")
        found = await self._packages.recent(PUBLIC if self._settings.anonymous else TEAM, count)
        listed = [{"owner": each.owner, "name": each.name, "updated_at": when.isoformat()} for each, when in found]
        return {"packages": listed}

    async def search(self, caller: Quilt2Caller, query: str) -> Json:
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

    async def preview(self, caller: Quilt2Caller, owner: str, name: str, package_hash: str) -> Json:
        package = await self._packages.find(owner, name, caller.readers)
        instance = await self._instances.find(package, package_hash) if package else None
        if package is None or instance is None:
            raise Quilt2PackageNotFound(_NO_HASH)
        contents = await self._instances.contents(instance)
        nodes, types = await asyncio.to_thread(_previewed, contents)
        self._events.add(Event("PREVIEW", owner, name, caller.name, package_hash))
        readme = instance.readme_hash
        return {
            "preview": nodes,
            "readme_url": self._installs.url(owner, readme) if readme else None,
            "readme_preview": await self._instances.text(owner, readme),
            **instance.stamp.as_json(),
            **flags(package, caller.readers),
            "total_size_uncompressed": instance.total_size,
            "file_types": types,
            "log_count": await self._tags.log_count(package),
        }

    async def logs(self, caller: Quilt2Caller, owner: str, name: str) -> Json:
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
                for each in await self._tags.logs(package)
            ]
        }

    async def tags(self, caller: Quilt2Caller, owner: str, name: str) -> Json:
        package = await readable(self._packages, caller, owner, name)
        return {"tags": [{"tag": tag, "hash": each} for tag, each in await self._tags.tags(package)]}

    async def tag(self, caller: Quilt2Caller, owner: str, name: str, tag: str) -> Json:
        package = await readable(self._packages, caller, owner, name)
        instance = await self._tags.tagged(package, tag)
        if instance is None:
            raise Quilt2PackageNotFound(f"Tag '{tag}' does not exist")
        return {"hash": instance.hash, **instance.stamp.as_json(), **flags(package)}

    async def versions(self, caller: Quilt2Caller, owner: str, name: str) -> Json:
        package = await readable(self._packages, caller, owner, name)
        found = sorted(await self._tags.versions(package), key=lambda each: Version(each[0]))
        return {"versions": [{"version": typed, "hash": each} for _, typed, each in found]}

    async def version(self, caller: Quilt2Caller, owner: str, name: str, typed: str) -> Json:
        normal = normal_version(typed)
        package = await readable(self._packages, caller, owner, name)
        instance = await self._tags.version(package, normal)
        if instance is None:
            raise Quilt2PackageNotFound(f"Version {normal} does not exist")
        return {"hash": instance.hash, **instance.stamp.as_json()}


def _previewed(contents: bytes) -> tuple[list[Any], dict[str, int]]:
    root = orjson.loads(contents)
    return trees.preview(root), trees.file_types(root)
