"""Pushes of Quilt 2: what is checked, in the client's order, and what a push leaves behind."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from registry.quilt2.db.events import EventStore
from registry.quilt2.db.instances import InstanceStore, NewInstance
from registry.quilt2.db.packages import Quilt2Package, Quilt2PackageStore
from registry.quilt2.db.tags_versions import TagVersionStore
from registry.quilt2.errors import NotSharedYet, PackageNameTaken, SharingOff, SubpathNotFound
from registry.quilt2.events import Event
from registry.quilt2.package_locks import PackageLocks
from registry.quilt2.services import manifests, trees
from registry.quilt2.services.callers import Quilt2Caller
from registry.quilt2.services.keywords import keywords
from registry.quilt2.services.object_texts import read_metadata, read_readme
from registry.settings import PUBLIC, TEAM, Quilt2Settings
from shared.aws.objects import ObjectStore
from shared.db.engine import AsyncSession, Sessions, transaction
from shared.errors import Invalid, OwnerOnly, Unavailable
from shared.object_urls import ObjectUrls
from shared.quilt.keys import LATEST, quilt2_object

MAX_NAME = 64
MAX_SIZE = (1 << 63) - 1
_NAME = re.compile(r"[A-Za-z]\w*")
_BATCH_OBJECTS = 500
_TRIES = 5
_FEW = 2_000
"""Objects of a tree that is hashed without a thread."""


@dataclass(frozen=True, slots=True)
class PushedTree:
    """The body of a push, well-formed."""

    contents: trees.Node
    sizes: Mapping[str, int]
    dry_run: bool
    is_public: bool
    is_team: bool


NODE_TYPES = frozenset({"ROOT", "GROUP", "FILE", "TABLE"})


class Quilt2PushService:
    def __init__(
        self,
        sessions: Sessions,
        objects: ObjectStore,
        urls: ObjectUrls,
        settings: Quilt2Settings,
        turns: PackageLocks,
    ) -> None:
        self._sessions = sessions
        self._objects = objects
        self._urls = urls
        self._settings = settings
        self._turns = turns

    async def push(
        self, caller: Quilt2Caller, owner: str, name: str, package_hash: str, pushed: PushedTree
    ) -> str | None:
        """A whole instance; returns its hash, or None after a dry run."""
        _require_name(name)
        _require_type(pushed, frozenset({"ROOT"}))
        self._require_allowed(pushed)
        if await _in_thread(pushed, trees.package_hash, pushed.contents) != package_hash:
            raise Invalid("Wrong contents hash")
        await _in_thread(pushed, _require_sizes, pushed)
        async with self._turn(owner, name, pushed), transaction(self._sessions) as session:
            package = await self._package(session, caller, owner, name, pushed)
            if package is None:
                return None
            await self._add(session, caller, package, pushed.contents, package_hash, pushed=pushed)
        return package_hash

    async def update(
        self, caller: Quilt2Caller, owner: str, name: str, path: list[str], pushed: PushedTree
    ) -> str | None:
        """A part of the latest instance, which becomes another."""
        _require_name(name)
        _require_type(pushed, NODE_TYPES - {"ROOT"})
        if not path or not all(path):
            raise Invalid("The path of the subpackage is malformed")
        self._require_allowed(pushed)
        await _in_thread(pushed, _require_sizes, pushed)
        async with self._turn(owner, name, pushed), transaction(self._sessions) as session:
            package = await self._package(session, caller, owner, name, pushed)
            root = await self._latest(session, package or await Quilt2PackageStore(session).find(owner, name))
            if stands_in_the_way := trees.put(root, path, pushed.contents):
                raise SubpathNotFound(f"Target subpath is not a group node: '{stands_in_the_way}'")
            if package is None:
                return None
            # Whatever was pushed, the package may be large.
            root, package_hash = await asyncio.to_thread(_checked, root)
            instance_id = await self._add(session, caller, package, root, package_hash, pushed=pushed)
            await TagVersionStore(session).tag(package, LATEST, instance_id)
        return package_hash

    def upload_urls(self, owner: str, pushed: PushedTree) -> Iterator[bytes]:
        """JSON, in parts: where to ask for each object, and where to put it."""
        bucket, seconds = self._settings.bucket, self._settings.url_seconds
        head = self._urls.signer("HEAD", bucket, quilt2_object(owner, ""), seconds=seconds)
        put = self._urls.signer("PUT", bucket, quilt2_object(owner, ""), seconds=seconds)
        start = '{"upload_urls":{'
        wanted = iter(trees.objects(pushed.contents))
        while some := list(islice(wanted, _BATCH_OBJECTS)):
            listed = ",".join([f'"{each}":{{"head":"{head(each)}","put":"{put(each)}"}}' for each in some])
            yield f"{start}{listed}".encode()
            start = ","
        yield f"{start if start != ',' else ''}}}}}".encode()

    def _turn(self, owner: str, name: str, pushed: PushedTree) -> AbstractAsyncContextManager[None]:
        return nullcontext() if pushed.dry_run else self._turns.push(owner, name)

    def _require_allowed(self, pushed: PushedTree) -> None:
        if pushed.is_public and not self._settings.anonymous:
            raise SharingOff("Public access not allowed")
        if pushed.is_team and not self._settings.team:
            raise SharingOff("Team access not allowed")

    async def _package(
        self, session: AsyncSession, caller: Quilt2Caller, owner: str, name: str, pushed: PushedTree
    ) -> Quilt2Package | None:
        """Locked, and made if there is none; None in a dry run."""
        packages = Quilt2PackageStore(session)
        package = await (packages.find(owner, name) if pushed.dry_run else packages.lock(owner, name))
        if package is not None:
            self._require_pushable(caller, package, pushed)
            return None if pushed.dry_run else package
        if caller.name != owner:
            raise OwnerOnly("Only the package owner can create packages.")
        users = {owner} | ({PUBLIC} if pushed.is_public else set()) | ({TEAM} if pushed.is_team else set())
        for _ in range(_TRIES):
            if namesake := await packages.namesake(owner, name):
                raise PackageNameTaken(f"Package already exists: {namesake}")
            if pushed.dry_run:
                return None
            await packages.add(owner, name, users)
            # None when somebody was faster, but in another spelling, or has deleted theirs since.
            if made := await packages.lock(owner, name):
                self._require_pushable(caller, made, pushed)
                return made
        raise Unavailable(f"Package {owner}/{name} comes and goes just now; try again")

    def _require_pushable(self, caller: Quilt2Caller, package: Quilt2Package, pushed: PushedTree) -> None:
        full_name = package.full_name
        is_team = self._settings.team and TEAM in package.users
        if not is_team and caller.name != package.owner:
            raise OwnerOnly("Only the package owner can push private packages.")
        if pushed.is_public and PUBLIC not in package.users:
            raise NotSharedYet(
                f"{full_name} already exists and is private. To make it public, run `quilt access add {full_name} public`."
            )
        if pushed.is_team and TEAM not in package.users:
            raise NotSharedYet(
                f"{full_name} already exists and is private. To share it with the team, run "
                f"`quilt access add TEAM:{full_name} team`."
            )

    async def _latest(self, session: AsyncSession, package: Quilt2Package | None) -> trees.Node:
        """The contents of the instance tagged `latest`."""
        latest = await TagVersionStore(session).tagged(package, LATEST) if package else None
        if latest is None:
            return {"type": "ROOT", "children": {}}
        found: trees.Node = await asyncio.to_thread(orjson.loads, await InstanceStore(session).contents(latest))
        return found

    async def _add(
        self,
        session: AsyncSession,
        caller: Quilt2Caller,
        package: Quilt2Package,
        root: trees.Node,
        package_hash: str,
        *,
        pushed: PushedTree,
    ) -> int:
        """The instance, its objects and traces; the manifest before them, the pointers after them."""
        instances, marks = InstanceStore(session), TagVersionStore(session)
        sizes = await instances.add_objects(package, await self._sizes(session, package, root, pushed))
        readme_hash = trees.readme_of(root)
        readme = await self._readme(instances, package, readme_hash)
        top_hash = await self._write_manifest(instances, package, package_hash, root, sizes)
        by = str(caller.name)
        new = NewInstance(
            hash=package_hash,
            contents=await asyncio.to_thread(trees.dump, root),
            sizes=sizes,
            readme_hash=readme_hash,
            top_hash=top_hash,
            keywords=await asyncio.to_thread(keywords, package.owner, package.name, root, readme),
            by=by,
        )
        instance_id = await instances.put(package, new)
        await marks.log(package, instance_id, package.owner)
        event = Event("PUSH", package.owner, package.name, by, package_hash, {"public": pushed.is_public})
        await EventStore(session).add([event])
        await manifests.point(
            self._objects, self._settings.bucket, package.full_name, top_hash, author=by, is_push=True
        )
        return instance_id

    async def _sizes(
        self, session: AsyncSession, package: Quilt2Package, root: trees.Node, pushed: PushedTree
    ) -> dict[str, int]:
        """Of all objects; what a part was put into is known already."""
        wanted: dict[str, None] = await asyncio.to_thread(trees.objects, root)
        if len(wanted) == len(pushed.sizes):
            return {each: pushed.sizes[each] for each in wanted}
        latest = await TagVersionStore(session).tagged(package, LATEST)
        known = {**(await InstanceStore(session).sizes(latest) if latest else {}), **pushed.sizes}
        return {each: known[each] for each in wanted}

    async def _readme(self, instances: InstanceStore, package: Quilt2Package, readme_hash: str | None) -> str | None:
        """Fetched once for each object."""
        if readme_hash is None:
            return None
        readme = await instances.readme(package.owner, readme_hash)
        if readme is None:
            readme = await read_readme(self._objects, self._settings.bucket, package.owner, readme_hash)
            await instances.keep_readme(package.owner, readme_hash, readme)
        return readme

    async def _write_manifest(
        self,
        instances: InstanceStore,
        package: Quilt2Package,
        package_hash: str,
        root: trees.Node,
        sizes: Mapping[str, int],
    ) -> str:
        bucket, owner = self._settings.bucket, package.owner
        known = manifests.Known(
            await instances.stored(owner, sizes),
            await read_metadata(self._objects, instances, bucket, owner, root),
        )
        draft = await asyncio.to_thread(manifests.draft_of, bucket, owner, package_hash, root, sizes, known=known)
        try:
            return await manifests.write_manifest(self._objects, bucket, draft)
        finally:
            draft.close()


def is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and len(name) <= MAX_NAME


def _require_name(name: str) -> None:
    if not is_name(name):
        raise Invalid("Invalid package name")


def _require_type(pushed: PushedTree, types: frozenset[str]) -> None:
    if pushed.contents["type"] not in types:
        raise Invalid("Unexpected node type")


def _require_sizes(pushed: PushedTree) -> None:
    if not pushed.dry_run and pushed.sizes.keys() != trees.objects(pushed.contents).keys():
        raise Invalid("Sizes don't match the hashes")


def _checked(root: trees.Node) -> tuple[trees.Node, str]:
    """And its hash."""
    checked = trees.checked(root, types=frozenset({"ROOT"}))
    return checked, trees.package_hash(checked)


async def _in_thread(pushed: PushedTree, work: Any, *arguments: Any) -> Any:
    """What takes long lets others have their turn."""
    if len(pushed.sizes) < _FEW and not pushed.dry_run:
        return work(*arguments)
    return await asyncio.to_thread(work, *arguments)
