"""The import of one package.

1. The package's row is added without readers, so that nobody may see it.
2. Its instances are stored, a few at a time.
3. Pointers are written.
4. One transaction adds readers, tags, versions, log, invitations and comments: the package appears as a whole.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import orjson

from registry.quilt2.db.imports import BEGUN, DONE, LEFT, ImportedItem
from registry.quilt2.db.instances import ChangeStamp, Instance, InstanceStore
from registry.quilt2.db.packages import Quilt2Package, Quilt2PackageStore
from registry.quilt2.db.push_reads import PushReadStore
from registry.quilt2.db.source_database import SourceBlob, SourceDatabase, SourceDetails, SourceInstance, SourcePackage
from registry.quilt2.importing.import_details import DetailsImport
from registry.quilt2.importing.import_log import ImportLog
from registry.quilt2.importing.object_inventory import InventoryResult, ObjectInventory
from registry.quilt2.services import manifests, trees
from registry.quilt2.services.instance_writer import (
    InstanceDraft,
    add_instance,
    find_known_objects,
    retry_conflicts,
    write_instance,
)
from registry.quilt2.services.pushed_trees import MAX_NAME, is_name
from shared.aws.objects import ObjectRefused, ObjectStore
from shared.concurrency import bounded_gather
from shared.db.engine import Sessions, transaction
from shared.db.statements import SessionStatements
from shared.errors import Invalid
from shared.quilt.keys import LATEST
from shared.quilt.names import is_package_name

MAX_CONCURRENT_INSTANCES = 6

_BAD_INSTANCE = (Invalid, ObjectRefused, ValueError, TypeError, LookupError, RecursionError)
"""Errors of one instance, which is left out. During those of the database or of S3 the package is tried again."""
_MAX_CONCURRENT_POINTERS = 16
_DELETED = "It was deleted here during the import"

HasAccount = Callable[[str], Awaitable[bool]]


@dataclass(frozen=True)
class ImportLimits:
    """Limits over all packages: instances at the same time, of which one is large."""

    large_characters: int
    """Characters of an instance's contents from which on it needs much memory."""
    instances: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_INSTANCES))
    large: asyncio.Lock = field(default_factory=asyncio.Lock)


class PackageImport:
    def __init__(
        self,
        source: SourcePackage,
        *,
        bucket: str,
        database: SourceDatabase,
        sessions: Sessions,
        objects: ObjectStore,
        inventory: ObjectInventory,
        import_log: ImportLog,
        has_account: HasAccount,
        limits: ImportLimits,
        dry_run: bool,
    ) -> None:
        self._source = source
        self._bucket = bucket
        self._database = database
        self._sessions = sessions
        self._objects = objects
        self._inventory = inventory
        self._import_log = import_log
        self._has_account = has_account
        self._limits = limits
        self._dry_run = dry_run
        self._pushes: dict[str, str] = {}
        """Top hashes by tag of the pointers that were written."""

    async def run(self) -> None:
        if reason := await self._refusal():
            await self._import_log.record(ImportedItem("package", self._source.full_name, LEFT, reason))
            return
        package = await self._reserve()
        instances = await self._database.instances(self._source)
        stored = await bounded_gather(
            MAX_CONCURRENT_INSTANCES, lambda each: self._import_or_leave(package, each), instances
        )
        imported = [each for each, is_stored in zip(instances, stored, strict=True) if is_stored]
        await retry_conflicts(self._complete, package, imported)

    async def _refusal(self) -> str:
        """The reason why the package is left out; empty if it is imported."""
        source = self._source
        if not is_name(source.name) or not is_package_name(source.full_name):
            return f"Names of packages begin with a letter, and have at most {MAX_NAME} letters, digits and `_`"
        if not await self._has_account(source.owner):
            return "Its owner has no account here"
        earlier = await self._import_log.find("package", source.full_name)
        if earlier and earlier.state in {BEGUN, DONE}:
            return ""
        namesake = await self._namesake()
        if namesake == source.full_name:
            return "There is such a package here already"
        return f"Differs from {namesake} in upper and lower case only" if namesake else ""

    async def _namesake(self) -> str | None:
        """A package of that name, in upper or lower case."""
        async with transaction(self._sessions) as session:
            packages = Quilt2PackageStore(session)
            if await packages.find(self._source.owner, self._source.name):
                return self._source.full_name
            namesake = await packages.namesake(self._source.owner, self._source.name)
        if namesake or not self._dry_run:
            return namesake
        imported = {each.lower(): each for each in await self._import_log.keys("package", DONE)}
        return imported.get(self._source.full_name.lower())

    async def _reserve(self) -> Quilt2Package:
        """The package, without readers if it is new."""
        source = self._source
        if self._dry_run:
            return Quilt2Package(0, source.owner, source.name, frozenset())
        async with transaction(self._sessions) as session:
            packages = Quilt2PackageStore(session)
            package = await packages.find(source.owner, source.name) or await packages.reserve(
                source.owner, source.name
            )
            assert package is not None  # noqa: S101 – a namesake was looked for, and there is one import at a time
            await self._import_log.delete_records(f"{source.full_name} ", session)
            await self._import_log.record(ImportedItem("package", source.full_name, BEGUN), session=session)
        return package

    async def _import_or_leave(self, package: Quilt2Package, source: SourceInstance) -> bool:
        """Import the instance; returns whether it is here, and records why if it is not."""
        async with self._limits.instances:
            try:
                await self._import_instance(package, source)
            except _BAD_INSTANCE as error:
                reason = str(error) or type(error).__name__
                item = ImportedItem("instance", f"{self._source.full_name} {source.hash}", LEFT, reason[:1000])
                await self._import_log.record(item)
                return False
        return True

    async def _import_instance(self, package: Quilt2Package, source: SourceInstance) -> None:
        if not self._dry_run:
            async with transaction(self._sessions) as session:
                if await InstanceStore(session).find(package, source.hash):
                    return
        raw = await self._database.contents(source)
        async with self._limits.large if len(raw) > self._limits.large_characters else nullcontext():
            await self._import_contents(package, source, raw)

    async def _import_contents(self, package: Quilt2Package, source: SourceInstance, raw: str) -> None:
        root = await asyncio.to_thread(_parse_contents, raw, source.hash)
        hashes = trees.objects(root)
        blobs = await self._database.blobs(package.owner, list(hashes))
        found = await self._inventory.check_objects(hashes, blobs, f"{package.full_name} {source.hash[:8]}")
        if self._dry_run:
            await self._import_log.record(*found.notes)
            return
        draft = InstanceDraft(
            owner=package.owner,
            name=package.name,
            hash=source.hash,
            root=root,
            sizes=found.sizes,
            by=source.updated_by,
            json_bytes=len(raw),
            stamp=ChangeStamp(source.created_at, source.created_by, source.updated_at, source.updated_by),
            texts=_readme_of(root, blobs),
            stored=found.stored,
            needs_readme=False,
        )
        await retry_conflicts(self._store, package, draft, found)

    async def _store(self, package: Quilt2Package, draft: InstanceDraft, found: InventoryResult) -> None:
        known = await find_known_objects(PushReadStore(SessionStatements(self._sessions)), draft)
        written = await write_instance(self._objects, self._bucket, draft, known)
        async with transaction(self._sessions) as session:
            if not await Quilt2PackageStore(session).hold(package):
                raise Invalid(_DELETED)
            await add_instance(session, package, written)
            await self._import_log.record(*found.notes, session=session)

    async def _complete(self, package: Quilt2Package, imported: list[SourceInstance]) -> None:
        """Write the pointers, then add all other rows. Raises WriteConflict when another writer was faster."""
        details = await self._database.details(self._source)
        named = DetailsImport(self._source, details, {each.hash for each in imported}, self._has_account)
        items = await named.left_out()
        done = ImportedItem("package", self._source.full_name, DONE, position=len(imported))
        if self._dry_run:
            await self._import_log.record(*items, done)
            return
        async with transaction(self._sessions) as session:
            current = await Quilt2PackageStore(session).find(package.owner, package.name)
            found = await InstanceStore(session).find_all(package)
        if current is None or current.id != package.id:
            await manifests.remove_pointers(self._objects, self._bucket, package.full_name, self._pushes, latest=None)
            await self._import_log.record(ImportedItem("package", package.full_name, LEFT, _DELETED))
            return
        instances = {each.hash: found[each.hash] for each in imported if each.hash in found}
        await self._write_pointers(_pointers(imported, details, instances), instances)
        async with transaction(self._sessions) as session:
            await Quilt2PackageStore(session).mark_changed(current)
            await named.add_rows(session, current, instances)
            await self._import_log.record(*items, done, session=session)

    async def _write_pointers(self, pointers: dict[str, str], instances: dict[str, Instance]) -> None:
        self._pushes = {tag: str(instances[each].top_hash) for tag, each in pointers.items() if tag != LATEST}

        async def write(tag: str) -> None:
            instance = instances[pointers[tag]]
            top_hash, author = str(instance.top_hash), instance.stamp.updated_by
            await manifests.write_pointer(
                self._objects, self._bucket, self._source.full_name, tag, top_hash, author=author
            )

        await bounded_gather(_MAX_CONCURRENT_POINTERS, write, pointers)


def _pointers(imported: list[SourceInstance], details: SourceDetails, instances: dict[str, Instance]) -> dict[str, str]:
    """Instance hashes by tag: a pointer for each push, and `latest`."""
    pushes = [(created, each) for each, created, _ in details.logs if each in instances]
    logged = {each for _, each in pushes}
    pushes += [(each.updated_at, each.hash) for each in imported if each.hash not in logged]
    pointers: dict[str, str] = {}
    for created, each in sorted(pushes):
        second = int(created.timestamp())
        while str(second) in pointers:
            second += 1
        pointers[str(second)] = each
    if pointers:
        tagged = dict(details.tags).get(LATEST)
        pointers[LATEST] = tagged if tagged in instances else list(pointers.values())[-1]
    return pointers


def _readme_of(root: trees.Node, blobs: dict[str, SourceBlob]) -> dict[str, str]:
    """The README's text by its hash, if the source database has it."""
    readme_hash = trees.readme_of(root)
    preview = blobs[readme_hash].preview if readme_hash in blobs else None
    return {readme_hash: preview} if readme_hash and preview else {}


def _parse_contents(raw: str, package_hash: str) -> trees.Node:
    """Raises Invalid."""
    try:
        parsed: Any = orjson.loads(raw)
    except ValueError as error:
        raise Invalid(f"Its contents cannot be read: {error}") from error
    root = trees.checked(parsed, types=frozenset({"ROOT"}))
    if trees.package_hash(root) != package_hash:
        raise Invalid("Its contents do not have its hash")
    return root
