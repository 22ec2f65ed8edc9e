"""One package of another registry arrives: its instances one after another, then at once all that points to them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import orjson
from packaging.version import InvalidVersion, Version

from registry.quilt2.db.imports import BEGUN, DONE, LEFT, ImportedItem, ImportStore
from registry.quilt2.db.instances import ChangeStamp, Instance, InstanceStore, NewInstance
from registry.quilt2.db.packages import Quilt2Package, Quilt2PackageStore
from registry.quilt2.db.source_database import (
    SourceBlob,
    SourceDatabase,
    SourceInstance,
    SourcePackage,
    SourceTagsVersions,
)
from registry.quilt2.db.tags_versions import TagVersionStore
from registry.quilt2.importing.import_log import ImportLog
from registry.quilt2.importing.object_inventory import InventoryResult, ObjectInventory
from registry.quilt2.importing.task_group import together
from registry.quilt2.services import manifests, trees
from registry.quilt2.services.keywords import keywords
from registry.quilt2.services.object_texts import read_metadata, read_readme
from registry.quilt2.services.pushes import MAX_NAME, is_name
from registry.settings import PUBLIC, TEAM
from shared.aws.objects import ObjectStore
from shared.db.engine import AsyncSession, Sessions, transaction
from shared.errors import Forbidden, Invalid
from shared.quilt.keys import LATEST
from shared.quilt.names import is_package_name

_MAX_CONCURRENT_POINTERS = 16
_MAX_TAG = 64
_DELETED = "It was deleted here meanwhile"
LARGE = 4 << 20
"""Characters of an instance's contents."""

Resident = Callable[[str], Awaitable[bool]]


@dataclass(frozen=True)
class PackageLocksOf:
    """Of all packages: instances at the same time, and of those that need much memory only one."""

    instances: asyncio.Semaphore
    large: asyncio.Lock = field(default_factory=asyncio.Lock)


class PackageImport:
    def __init__(
        self,
        came: SourcePackage,
        *,
        bucket: str,
        origin: SourceDatabase,
        sessions: Sessions,
        objects: ObjectStore,
        shelf: ObjectInventory,
        ledger: ImportLog,
        is_resident: Resident,
        turns: PackageLocksOf,
    ) -> None:
        self._came = came
        self._bucket = bucket
        self._origin = origin
        self._sessions = sessions
        self._objects = objects
        self._shelf = shelf
        self._ledger = ledger
        self._is_resident = is_resident
        self._turns = turns
        self._dry_run = False

    async def import_package(self, *, dry_run: bool) -> None:
        self._dry_run = dry_run
        if reason := await self._refusal():
            await self._ledger.note(ImportedItem("package", self._came.full_name, LEFT, reason))
            return
        package = await self._package()
        instances = await self._origin.instances(self._came)
        moved = await together(*(self._in_turn(package, each) for each in instances))
        await self._finish(package, [each for each, is_here in zip(instances, moved, strict=True) if is_here])

    async def _refusal(self) -> str:
        came = self._came
        if not is_name(came.name) or not is_package_name(came.full_name):
            return f"Names of packages begin with a letter, and have at most {MAX_NAME} letters, digits and `_`"
        if not await self._is_resident(came.owner):
            return "Its owner has no account here"
        begun = await self._ledger.find("package", came.full_name)
        if begun and begun.state in {BEGUN, DONE}:
            return ""
        namesake = await self._namesake()
        if namesake == came.full_name:
            return "There is such a package here already"
        return f"Differs from {namesake} in upper and lower case only" if namesake else ""

    async def _namesake(self) -> str | None:
        """A package of that name, in upper or lower case."""
        async with transaction(self._sessions) as session:
            packages = Quilt2PackageStore(session)
            if await packages.find(self._came.owner, self._came.name):
                return self._came.full_name
            namesake = await packages.namesake(self._came.owner, self._came.name)
        if namesake or not self._dry_run:
            return namesake
        here = {each.lower(): each for each in await self._ledger.keys("package", DONE)}
        return here.get(self._came.full_name.lower())

    async def _package(self) -> Quilt2Package:
        """Nobody may see it yet."""
        came = self._came
        if self._dry_run:
            return Quilt2Package(0, came.owner, came.name, frozenset())
        async with transaction(self._sessions) as session:
            packages = Quilt2PackageStore(session)
            package = await packages.find(came.owner, came.name)
            if package is None:
                await packages.add(came.owner, came.name, ())
                package = await packages.find(came.owner, came.name)
            assert package is not None  # noqa: S101 – a namesake was looked for, and there is one import at a time
            await self._ledger.forget(f"{came.full_name} ", session)
            await self._ledger.note(ImportedItem("package", came.full_name, BEGUN), session=session)
        return package

    async def _in_turn(self, package: Quilt2Package, came: SourceInstance) -> bool:
        """Whether it is here."""
        async with self._turns.instances:
            try:
                return await self._move_instance(package, came)
            except Invalid as error:
                await self._ledger.note(
                    ImportedItem("instance", f"{self._came.full_name} {came.hash}", LEFT, str(error))
                )
                return False

    async def _move_instance(self, package: Quilt2Package, came: SourceInstance) -> bool:
        if not self._dry_run:
            async with transaction(self._sessions) as session:
                if await InstanceStore(session).find(package, came.hash):
                    return True
        raw = await self._origin.contents(came)
        async with self._turns.large if len(raw) > LARGE else nullcontext():
            await self._take(package, came, raw)
        return True

    async def _take(self, package: Quilt2Package, came: SourceInstance, raw: str) -> None:
        root, contents = await asyncio.to_thread(_checked, raw, came.hash)
        hashes = trees.objects(root)
        blobs = await self._origin.blobs(package.owner, list(hashes))
        found = await self._shelf.check_objects(hashes, blobs, f"{package.full_name} {came.hash[:8]}")
        if self._dry_run:
            await self._ledger.note(*found.notes)
        else:
            async with transaction(self._sessions) as session:
                if not await Quilt2PackageStore(session).hold(package):
                    raise Invalid(_DELETED)
                await self._add(session, package, came, (root, contents), blobs=blobs, found=found)
                await self._ledger.note(*found.notes, session=session)

    async def _add(
        self,
        session: AsyncSession,
        package: Quilt2Package,
        came: SourceInstance,
        read: tuple[trees.Node, bytes],
        *,
        blobs: dict[str, SourceBlob],
        found: InventoryResult,
    ) -> None:
        root, contents = read
        instances, owner = InstanceStore(session), package.owner
        sizes = await instances.add_objects(package, found.sizes)
        for each, stored in sorted(found.stored.items()):  # in one order, so that nobody waits in a circle
            await instances.keep_stored(owner, each, stored)
        readme_hash = trees.readme_of(root)
        readme = await self._readme(instances, owner, readme_hash, blobs)
        known = manifests.Known(
            await instances.stored(owner, sizes),
            await read_metadata(self._objects, instances, self._bucket, owner, root),
        )
        draft = await asyncio.to_thread(manifests.draft_of, self._bucket, owner, came.hash, root, sizes, known=known)
        try:
            top_hash = await manifests.write_manifest(self._objects, self._bucket, draft)
        finally:
            draft.close()
        new = NewInstance(
            hash=came.hash,
            contents=contents,
            sizes=sizes,
            readme_hash=readme_hash,
            top_hash=top_hash,
            keywords=await asyncio.to_thread(keywords, owner, package.name, root, readme),
            by=came.updated_by,
            signed=ChangeStamp(came.created_at, came.created_by, came.updated_at, came.updated_by),
        )
        await instances.put(package, new)

    async def _readme(
        self, instances: InstanceStore, owner: str, readme_hash: str | None, blobs: dict[str, SourceBlob]
    ) -> str | None:
        if readme_hash is None:
            return None
        readme = await instances.readme(owner, readme_hash)
        if readme is None:
            readme = blobs[readme_hash].preview if readme_hash in blobs else None
            try:
                readme = readme or await read_readme(self._objects, self._bucket, owner, readme_hash)
            except Forbidden:
                return None
            await instances.keep_readme(owner, readme_hash, readme)
        return readme

    async def _finish(self, package: Quilt2Package, came: list[SourceInstance]) -> None:
        """Now it can be seen."""
        marks = await self._origin.marks(self._came)
        async with transaction(self._sessions) as session:
            locked = package if self._dry_run else await Quilt2PackageStore(session).lock(package.owner, package.name)
            if locked is None or locked.id != package.id:
                await self._ledger.note(ImportedItem("package", package.full_name, LEFT, _DELETED), session=session)
                return
            store = InstanceStore(session)
            here = {} if self._dry_run else {each.hash: await store.find(package, each.hash) for each in came}
            made = _Marking(session, package, self._ledger, {name: found for name, found in here.items() if found})
            known = {each.hash for each in came}
            fates = [*made.check(marks, known), *await self._access(marks)]
            if not self._dry_run:
                await made.add(marks, ImportStore(session, ""), await self._readers(marks))
                await self._point(package, came, marks, made.instances)
            done = ImportedItem("package", self._came.full_name, DONE, position=len(came))
            await self._ledger.note(*fates, done, session=session)

    async def _readers(self, marks: SourceTagsVersions) -> list[str]:
        others = [each for each in marks.users if each in {PUBLIC, TEAM} or await self._is_resident(each)]
        return list(dict.fromkeys([self._came.owner, *others]))

    async def _access(self, marks: SourceTagsVersions) -> list[ImportedItem]:
        readers = set(await self._readers(marks))
        gone = [each for each in marks.users if each not in readers]
        reason = "They have no account here"
        return [ImportedItem("access", f"{self._came.full_name} {each}", LEFT, reason) for each in gone]

    async def _point(
        self,
        package: Quilt2Package,
        came: list[SourceInstance],
        marks: SourceTagsVersions,
        instances: dict[str, Instance],
    ) -> None:
        """A pointer for each push, and `latest`."""
        by = {each.hash: each.updated_by for each in came}
        pushes = [(created, each) for each, created, _ in marks.logs if each in instances]
        logged = {each for _, each in pushes}
        pushes += [(each.updated_at, each.hash) for each in came if each.hash not in logged]
        pointers: dict[str, str] = {}
        for created, each in sorted(pushes):
            second = int(created.timestamp())
            while str(second) in pointers:
                second += 1
            pointers[str(second)] = each
        if pointers:
            tagged = dict(marks.tags).get(LATEST)
            pointers[LATEST] = tagged if tagged in instances else list(pointers.values())[-1]
        turns = asyncio.Semaphore(_MAX_CONCURRENT_POINTERS)

        async def write(tag: str, package_hash: str) -> None:
            async with turns:
                top_hash = str(instances[package_hash].top_hash)
                name = package.full_name
                await manifests.write_pointer(self._objects, self._bucket, name, tag, top_hash, author=by[package_hash])

        await together(*(write(tag, each) for tag, each in pointers.items()))


class _Marking:
    """Tags, versions and all else that hangs on a package."""

    def __init__(
        self, session: AsyncSession, package: Quilt2Package, ledger: ImportLog, instances: dict[str, Instance]
    ) -> None:
        self._session = session
        self._package = package
        self._ledger = ledger
        self.instances = instances

    def check(self, marks: SourceTagsVersions, known: set[str]) -> list[ImportedItem]:
        """What is left out."""
        name, fates = self._package.full_name, []
        for kind, pairs in (("tag", marks.tags), ("version", marks.versions)):
            for text, package_hash in pairs:
                if package_hash not in known:
                    fates.append(
                        ImportedItem(kind, f"{name} {text}", LEFT, f"Its instance {package_hash[:8]} was left out")
                    )
        fates += [
            ImportedItem("tag", f"{name} {tag}", LEFT, f"A tag has at most {_MAX_TAG} characters")
            for tag, _ in marks.tags
            if len(tag) > _MAX_TAG
        ]
        fates += [
            ImportedItem("version", f"{name} {typed}", LEFT, "Not a version as PEP 440 has them")
            for typed, _ in marks.versions
            if _normal(typed) is None
        ]
        if gone := sum(each not in known for each, _, _ in marks.logs):
            fates.append(ImportedItem("log", f"{name} of instances that were left out", LEFT, f"{gone} entries"))
        return fates

    async def add(self, marks: SourceTagsVersions, imports: ImportStore, readers: list[str]) -> None:
        package, store = self._package, TagVersionStore(self._session)
        for tag, each in marks.tags:
            if each in self.instances and len(tag) <= _MAX_TAG:
                await store.tag(package, tag, self.instances[each].id)
        for typed, each in marks.versions:
            normal = _normal(typed)
            if normal and each in self.instances:
                await store.add_version(package, normal, typed, self.instances[each].id)
        for each, created, author in marks.logs:
            if each in self.instances:
                await imports.add_log(package.id, self.instances[each].id, created, author)
        for email, invited_at in marks.invitations:
            await imports.add_invitation(package.id, email.lower(), invited_at)
        for author, created, contents in marks.comments:
            await imports.add_comment(package.id, author, created, contents)
        for user in readers:
            await Quilt2PackageStore(self._session).grant(package, user)


def _checked(raw: str, package_hash: str) -> tuple[trees.Node, bytes]:
    """The tree and its canonical form; raises Invalid."""
    try:
        parsed: Any = orjson.loads(raw)
    except ValueError as error:
        raise Invalid(f"Its contents cannot be read: {error}") from error
    root = trees.checked(parsed, types=frozenset({"ROOT"}))
    if trees.package_hash(root) != package_hash:
        raise Invalid("Its contents do not have its hash")
    return root, trees.dump(root)


def _normal(typed: str) -> str | None:
    try:
        return str(Version(typed))
    except InvalidVersion:
        return None
